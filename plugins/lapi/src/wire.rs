//! What goes over the wire, as reference: `CrowdSec` 1.4.6 to today. Here are the forms; who sends them when is not.

pub mod alert;
pub mod duration;
pub mod list;
pub mod time;
