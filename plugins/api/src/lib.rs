//! The plugin interface of warden.
//!
//! `include/warden_plugin.h` is the contract, [`abi`] its mirror. A plugin author in Rust writes the [`Backend`] trait
//! and [`export_backend!`]; the host uses [`abi`] and [`convert`].
//!
//! `unsafe` stands in `abi`, `convert`, `export`, `host` and `trust` only.

#[allow(unsafe_code, reason = "a descriptor is constant, pointers and all")]
pub mod abi;
mod backend;
mod config;
#[allow(unsafe_code, reason = "reads the structs of the other side")]
pub mod convert;
pub mod duration;
mod error;
#[allow(unsafe_code, reason = "the functions that C calls")]
pub mod export;
mod filter;
#[allow(unsafe_code, reason = "calls the host's functions")]
mod host;
pub mod keys;
mod model;
pub mod pack;
pub mod shortened;
pub mod target;
mod targets;
#[cfg(feature = "trust")]
pub mod trust;

pub use abi::{FOREVER_US, UNKNOWN_US};
pub use backend::{Applied, Backend, Buckets, Capabilities, Changes, Rows};
pub use config::{Config, flag, is_secret};
pub use error::{Error, ErrorKind, Result};
pub use filter::FILTERS;
pub use host::{Host, Level};
pub use keys::{Key, Kind, Schema};
pub use model::{Ban, Change, EndKind, Enforcement, Event, Inserted, IpRange, Query, Row, Signal, Source};
pub use target::{Target, TargetError};
pub use targets::Targets;
