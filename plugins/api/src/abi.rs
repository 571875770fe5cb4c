//! The mirror of `include/warden_plugin.h`, name for name. The header is the truth: what a field means, who owns it
//! and which thread may touch it stands there. Nothing is done here; see `convert` and `export`.
#![allow(missing_docs, reason = "each item is documented in the header, under the same name")]

use std::ffi::{c_char, c_void};

pub const ABI_MAJOR: u32 = 1;
pub const ABI_MINOR: u32 = 0;
/// The exported symbol; its name carries the major.
pub const PLUGIN_SYMBOL: &str = "warden_plugin_v1";
pub const PLUGIN_MAGIC: u32 = 0x4e44_5257;

pub const OK: Status = 0;
pub const STOPPED: Status = 1;
pub const E_CONFIG: Status = -1;
pub const E_UNAVAILABLE: Status = -2;
pub const E_DENIED: Status = -3;
pub const E_INVALID: Status = -4;
pub const E_UNSUPPORTED: Status = -5;
pub const E_INTERNAL: Status = -6;
pub const E_PANIC: Status = -7;
pub type Status = i32;

/// A ban without end.
pub const FOREVER_US: i64 = i64::MAX;
/// A start or an end that the storage does not know.
pub const UNKNOWN_US: i64 = i64::MIN;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Str {
    pub ptr: *const c_char,
    pub len: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Pair {
    pub key: Str,
    pub value: Str,
}

#[repr(C)]
pub struct Error {
    pub struct_size: u32,
    pub reserved: u32,
    pub ctx: *mut c_void,
    pub set: Option<unsafe extern "C" fn(ctx: *mut c_void, message: Str, key: Str, hint: Str)>,
}

#[repr(C)]
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Range {
    pub family: u8,
    pub reserved: [u8; 7],
    pub first: [u8; 16],
    pub last: [u8; 16],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Source {
    pub struct_size: u32,
    pub reserved: u32,
    pub ip: Range,
    pub range: Range,
    pub as_number: Str,
    pub as_name: Str,
    pub country: Str,
    pub latitude: f64,
    pub longitude: f64,
    pub flags: *const Str,
    pub flag_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Ban {
    pub struct_size: u32,
    pub as_number: u32,
    pub source: Str,
    pub action: Str,
    pub extra: Str,
    pub target: Str,
    pub reason: Str,
    pub scenario: Str,
    pub country: Str,
    pub as_name: Str,
    pub actor: Str,
    pub until_us: i64,
    pub range: Range,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Event {
    pub struct_size: u32,
    pub reserved: u32,
    pub time_us: i64,
    pub serialized: Str,
    pub source: *const Source,
}

pub const SIGNAL_WHITELISTED: u32 = 1;
pub const SIGNAL_SIMULATION: u32 = 2;
pub const SIGNAL_REPROCESS: u32 = 4;
pub const SIGNAL_BANS_ONLY: u32 = 8;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Signal {
    pub struct_size: u32,
    pub flags: u32,
    pub map_key: Str,
    pub scenario: Str,
    pub bucket_id: Str,
    pub alert_message: Str,
    pub source_ip: Str,
    pub source_range: Str,
    pub as_number: Str,
    pub as_name: Str,
    pub country: Str,
    pub dest_ip: Str,
    pub latitude: f64,
    pub longitude: f64,
    pub events_count: u64,
    pub created_us: i64,
    pub start_us: i64,
    pub stop_us: i64,
    pub leak_speed_ns: i64,
    pub capacity: i32,
    pub reserved: u32,
    pub source: *const Source,
    pub labels: *const Pair,
    pub label_count: usize,
    pub sources: *const Source,
    pub source_count: usize,
    pub source_stride: usize,
    pub bans: *const Ban,
    pub ban_count: usize,
    pub ban_stride: usize,
    pub events: *const Event,
    pub event_count: usize,
    pub event_stride: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Inserted {
    pub struct_size: u32,
    pub reserved: u32,
    pub inserted: u64,
    pub replaced: u64,
    pub replaced_until_us: i64,
    pub skipped_action: u64,
    pub skipped_other: u64,
}

pub const ROW_ORPHAN: u32 = 1;
pub const ROW_SIMULATION: u32 = 2;

pub const END_NONE: u32 = 0;
pub const END_EXPIRED: u32 = 1;
pub const END_DELETED: u32 = 2;
pub const END_REPLACED: u32 = 3;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Row {
    pub struct_size: u32,
    pub flags: u32,
    pub id: Str,
    pub source: Str,
    pub target: Str,
    pub reason: Str,
    pub scenario: Str,
    pub action: Str,
    pub country: Str,
    pub as_text: Str,
    pub as_name: Str,
    pub actor: Str,
    pub ended_by: Str,
    pub as_number: u32,
    pub end_kind: u32,
    pub ban_count: u64,
    pub events_count: u64,
    pub start_us: i64,
    pub until_us: i64,
    pub ended_us: i64,
    pub range: Range,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Sink {
    pub ctx: *mut c_void,
    pub row: Option<unsafe extern "C" fn(ctx: *mut c_void, row: *const Row) -> i32>,
}

pub const LOG_ERROR: i32 = 1;
pub const LOG_WARN: i32 = 2;
pub const LOG_INFO: i32 = 3;
pub const LOG_DEBUG: i32 = 4;
pub const LOG_TRACE: i32 = 5;

#[repr(C)]
pub struct Host {
    pub struct_size: u32,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub max_log_level: i32,
    pub ctx: *mut c_void,
    pub log: Option<unsafe extern "C" fn(ctx: *mut c_void, level: i32, message: Str)>,
    pub is_cancelled: Option<unsafe extern "C" fn(ctx: *mut c_void) -> i32>,
    pub get_extension: Option<unsafe extern "C" fn(ctx: *mut c_void, id: *const c_char) -> *const c_void>,
    pub now_us: Option<unsafe extern "C" fn(ctx: *mut c_void) -> i64>,
    pub actor: Str,
    pub command: Str,
}

/// A function pointer that a broken plugin may leave NULL is an `Option`: the host checks before it calls.
pub type Call = Option<unsafe extern "C" fn(self_: *mut c_void, err: *mut Error) -> Status>;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Backend {
    pub struct_size: u32,
    pub reserved: u32,
    pub init: Option<
        unsafe extern "C" fn(
            host: *const Host,
            config: *const Pair,
            config_count: usize,
            self_: *mut *mut c_void,
            err: *mut Error,
        ) -> Status,
    >,
    pub probe: Call,
    pub insert: Option<
        unsafe extern "C" fn(
            self_: *mut c_void,
            signal: *const Signal,
            inserted: *mut Inserted,
            err: *mut Error,
        ) -> Status,
    >,
    pub read_at: Option<
        unsafe extern "C" fn(self_: *mut c_void, at_us: i64, sink: *const Sink, err: *mut Error) -> Status,
    >,
    pub delete_target: Option<
        unsafe extern "C" fn(self_: *mut c_void, target: Str, deleted: *mut u64, err: *mut Error) -> Status,
    >,
    pub delete_all:
        Option<unsafe extern "C" fn(self_: *mut c_void, deleted: *mut u64, err: *mut Error) -> Status>,
    pub flush: Call,
    pub discard: Call,
    pub start_auto_commit: Call,
    pub shutdown: Call,
    pub destroy: Option<unsafe extern "C" fn(self_: *mut c_void)>,
    pub get_extension: Option<unsafe extern "C" fn(self_: *mut c_void, id: *const c_char) -> *const c_void>,
}

pub const CAP_STORE: u64 = 1;
pub const CAP_HISTORY: u64 = 2;
pub const CAP_ORDERED: u64 = 4;
pub const CAP_TRANSACTIONAL: u64 = 8;
pub const CAP_PERMANENT: u64 = 16;
pub const CAP_RANGES: u64 = 32;
pub const CAP_DURABLE: u64 = 64;
pub const CAP_ENFORCES: u64 = 128;

pub const KEY_TEXT: u32 = 0;
pub const KEY_FLAG: u32 = 1;
pub const KEY_COUNT: u32 = 2;
pub const KEY_DURATION: u32 = 3;
pub const KEY_CHOICE: u32 = 4;
pub const KEY_PATH: u32 = 5;
pub const KEY_PROGRAM: u32 = 6;
pub const KEY_SECRET: u32 = 7;
pub const KEY_SECRET_FILE: u32 = 8;
pub const KEY_STORE_FILE: u32 = 9;
pub const KEY_URL: u32 = 10;
pub const KEY_SOCKET: u32 = 11;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Key {
    pub struct_size: u32,
    pub kind: u32,
    pub name: Str,
    pub preset: Str,
    pub choices: Str,
    pub help: Str,
}

// SAFETY: as for a Plugin: constant data.
unsafe impl Sync for Key {}

pub const SCHEMA_NONE: u32 = 0;
pub const SCHEMA_CLOSED: u32 = 1;
pub const SCHEMA_OPEN: u32 = 2;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Plugin {
    pub magic: u32,
    pub struct_size: u32,
    pub abi_major: u32,
    pub abi_minor: u32,
    pub capabilities: u64,
    pub name: Str,
    pub version: Str,
    pub description: Str,
    pub actions: Str,
    pub backend: *const Backend,
    pub schema: u32,
    pub reserved: u32,
    pub keys: *const Key,
    pub key_count: usize,
    pub key_stride: usize,
}

// SAFETY: a Plugin is constant data; whoever exports one promises that what it points to is constant and lives as
// long as the program (the header: "constant data", "never unloaded").
unsafe impl Sync for Plugin {}

/// NUL-terminated, as `get_extension` takes it.
pub const EXT_QUERY: &std::ffi::CStr = c"warden.query/1";

pub const Q_IP: u32 = 1;
pub const Q_RANGE: u32 = 2;
pub const Q_REASON: u32 = 4;
pub const Q_COUNTRY: u32 = 8;
pub const Q_AS: u32 = 16;
pub const Q_SOURCE: u32 = 32;
pub const Q_ACTION: u32 = 64;
pub const Q_LIMIT: u32 = 128;
pub const Q_NOT_SOURCE: u32 = 256;
pub const Q_TARGET: u32 = 512;
pub const Q_TARGETS: u32 = 1024;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Query {
    pub struct_size: u32,
    pub wanted: u32,
    pub at_us: i64,
    pub ip: Range,
    pub range: Range,
    pub reason: Str,
    pub country: Str,
    pub as_text: Str,
    pub source: Str,
    pub action: Str,
    pub not_source: Str,
    pub limit: u64,
    pub target: Range,
    pub targets: *const Range,
    pub target_count: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct ExtQuery {
    pub struct_size: u32,
    pub reserved: u32,
    pub read: Option<
        unsafe extern "C" fn(
            self_: *mut c_void,
            query: *const Query,
            applied: *mut u32,
            sink: *const Sink,
            err: *mut Error,
        ) -> Status,
    >,
}

/// NUL-terminated, as `get_extension` takes it.
pub const EXT_SUMMARY: &std::ffi::CStr = c"warden.summary/1";

pub type Bucket =
    Option<unsafe extern "C" fn(ctx: *mut c_void, dimension: Str, value: Str, count: u64) -> i32>;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct ExtSummary {
    pub struct_size: u32,
    pub reserved: u32,
    pub summarise: Option<
        unsafe extern "C" fn(
            self_: *mut c_void,
            query: *const Query,
            applied: *mut u32,
            ctx: *mut c_void,
            bucket: Bucket,
            err: *mut Error,
        ) -> Status,
    >,
}

/// NUL-terminated, as `get_extension` takes it.
pub const EXT_DELETE_WHERE: &std::ffi::CStr = c"warden.delete-where/1";

#[repr(C)]
#[derive(Clone, Copy)]
pub struct ExtDeleteWhere {
    pub struct_size: u32,
    pub reserved: u32,
    pub delete_where: Option<
        unsafe extern "C" fn(
            self_: *mut c_void,
            query: *const Query,
            deleted: *mut u64,
            err: *mut Error,
        ) -> Status,
    >,
}

/// NUL-terminated, as `get_extension` takes it.
pub const EXT_HISTORY: &std::ffi::CStr = c"warden.history/1";

#[repr(C)]
#[derive(Clone, Copy)]
pub struct ExtHistory {
    pub struct_size: u32,
    pub reserved: u32,
    pub read: Option<
        unsafe extern "C" fn(self_: *mut c_void, target: Str, sink: *const Sink, err: *mut Error) -> Status,
    >,
}

/// NUL-terminated, as `get_extension` takes it.
pub const EXT_UNDO: &std::ffi::CStr = c"warden.undo/1";

pub const CHANGE_UNDONE: u32 = 1;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Change {
    pub struct_size: u32,
    pub flags: u32,
    pub id: u64,
    pub at_us: i64,
    pub added: u64,
    pub ended: u64,
    pub command: Str,
    pub actor: Str,
}

pub type TakeChange = Option<unsafe extern "C" fn(ctx: *mut c_void, change: *const Change) -> i32>;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct ExtUndo {
    pub struct_size: u32,
    pub reserved: u32,
    pub changes: Option<
        unsafe extern "C" fn(
            self_: *mut c_void,
            limit: u64,
            ctx: *mut c_void,
            change: TakeChange,
            err: *mut Error,
        ) -> Status,
    >,
    pub undo: Option<unsafe extern "C" fn(self_: *mut c_void, id: u64, err: *mut Error) -> Status>,
}

/// NUL-terminated, as `get_extension` takes it.
pub const EXT_ENFORCE: &std::ffi::CStr = c"warden.enforce/1";

pub const ENFORCE_LOST: u32 = 1;
pub const ENFORCE_UNHOOKED: u32 = 2;
pub const ENFORCE_COUNTED: u32 = 4;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Enforcement {
    pub struct_size: u32,
    pub flags: u32,
    pub dropped_packets: u64,
}

pub type TellState = Option<
    unsafe extern "C" fn(self_: *mut c_void, enforcement: *mut Enforcement, err: *mut Error) -> Status,
>;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct ExtEnforce {
    pub struct_size: u32,
    pub reserved: u32,
    pub begin: TellState,
    pub look: TellState,
}
