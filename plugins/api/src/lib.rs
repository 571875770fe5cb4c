//! The plugin interface of warden.
//!
//! `include/warden_plugin.h` is the contract, [`abi`] its mirror. A plugin author in Rust writes the [`Backend`] trait
//! and [`export_backend!`]; the host uses [`abi`] and [`convert`].
//!
//! `unsafe` stands in `abi`, `convert`, `export`, `host` and `trust` only.

pub mod abi;
mod backend;
mod config;
pub mod convert;
mod error;
pub mod export;
mod host;
mod model;
pub mod target;
#[cfg(feature = "trust")]
pub mod trust;

pub use abi::{FOREVER_US, UNKNOWN_US};
pub use backend::{Applied, Backend, Buckets, Capabilities, Rows};
pub use config::{Config, is_secret};
pub use error::{Error, ErrorKind, Result};
pub use host::{Host, Level};
pub use model::{Ban, Change, EndKind, Event, Inserted, IpRange, Query, Row, Signal, Source};
pub use target::{Target, TargetError};
