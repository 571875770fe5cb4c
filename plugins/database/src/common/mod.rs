//! What a ban is, whatever the store: SQLite and the servers are built on this, and it knows none of them.

pub mod audit;
pub mod counts;
pub mod record;
pub mod span;
pub mod spelling;
pub mod tally;
