//! What a list of bans comes to against the bans that a store has: which are added, which replace another one, which stay
//! as they are, which end. `ban import`, `ban add -`, `ban sync` and `ban diff` are made of these parts.
//!
//! Both sides are sorted by target and source and merged, through spools: memory does not grow with the lists.

mod apply;
mod compare;
mod existing;
pub mod list;
mod snapshot;
mod spooled;

pub use apply::{ChangeCounts, Plan, Skipped};
pub use compare::{compare, is_same};
pub use existing::look_up;
pub use snapshot::snapshot;
pub use spooled::{SpooledBan, Wanted, push_row};
