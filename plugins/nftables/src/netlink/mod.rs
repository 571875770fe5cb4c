//! `nf_tables` over netlink: batches of set elements, gets by key, dumps. What the sets mean is not known here.
//!
//! Every parser is total: whatever bytes come, it answers or passes over them, and never panics.

mod attribute;
mod batch;
mod element;
mod message;
mod object;
mod socket;
#[cfg(test)]
mod tests;

pub use batch::Batch;
pub use element::{Element, elements};
pub use message::{Fault, Message, messages};
pub use object::{ChainInfo, RuleInfo, SetInfo};
pub use socket::Socket;

/// `NFPROTO_INET`: the family of the tables that are spoken of here.
const INET: u8 = 1;

/// The messages of `nf_tables`, with the number of the subsystem.
mod kind {
    pub const NEW_CHAIN: u16 = 0x0a03;
    pub const GET_CHAIN: u16 = 0x0a04;
    pub const DEL_CHAIN: u16 = 0x0a05;
    pub const GET_RULE: u16 = 0x0a07;
    pub const DEL_RULE: u16 = 0x0a08;
    pub const GET_SET: u16 = 0x0a0a;
    pub const DEL_SET: u16 = 0x0a0b;
    pub const NEW_ELEMENT: u16 = 0x0a0c;
    pub const GET_ELEMENT: u16 = 0x0a0d;
    pub const DEL_ELEMENT: u16 = 0x0a0e;
    pub const GET_GENERATION: u16 = 0x0a10;

    pub const BATCH_BEGIN: u16 = 0x10;
    pub const BATCH_END: u16 = 0x11;
    pub const ERROR: u16 = 2;
    pub const DONE: u16 = 3;
}

/// The flags of a request.
mod flag {
    pub const REQUEST: u16 = 1;
    pub const ACK: u16 = 4;
    pub const EXCLUSIVE: u16 = 0x200;
    pub const CREATE: u16 = 0x400;
    pub const DUMP: u16 = 0x300;
}
