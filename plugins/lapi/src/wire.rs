//! What goes over the wire, for `CrowdSec` 1.4.6 to today: the forms. Who sends them when is not here.

pub mod alert;
pub mod duration;
pub mod list;
pub mod time;
