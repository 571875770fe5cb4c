//! The mirror has the header's layout: a C program prints sizes, offsets and constants, and so do we.

#![allow(clippy::format_push_string, reason = "a program written line by line")]

#[path = "../../../tests/common/skip.rs"]
mod skip;

use std::mem::{offset_of, size_of};
use std::path::{Path, PathBuf};
use std::process::Command;

use warden_plugin::abi;

/// Lists each struct with its fields, once: as a C program and as what Rust says.
macro_rules! structs {
    ($($c:literal = $rust:ident { $($field:ident $(as $c_field:literal)?),* $(,)? })*) => {
        const NAMES: &[(&str, &[&str])] = &[$(($c, &[$(name!($field $($c_field)?)),*])),*];

        fn rust_layout() -> Vec<String> {
            let mut lines = Vec::new();
            $(
                lines.push(format!("{} {}", $c, size_of::<abi::$rust>()));
                $(lines.push(format!("{}.{} {}", $c, name!($field $($c_field)?), offset_of!(abi::$rust, $field)));)*
            )*
            lines
        }
    };
}

macro_rules! name {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $c_field:literal) => {
        $c_field
    };
}

structs! {
    "warden_str" = Str { ptr, len }
    "warden_pair" = Pair { key, value }
    "warden_error" = Error { struct_size, reserved, ctx, set }
    "warden_range" = Range { family, reserved, first, last }
    "warden_source" = Source { struct_size, reserved, ip, range, as_number, as_name, country, latitude, longitude,
        flags, flag_count }
    "warden_ban" = Ban { struct_size, as_number, source, action, extra, target, reason, scenario, country, as_name,
        actor, until_us, range }
    "warden_event" = Event { struct_size, reserved, time_us, serialized, source }
    "warden_signal" = Signal { struct_size, flags, map_key, scenario, bucket_id, alert_message, source_ip,
        source_range, as_number, as_name, country, dest_ip, latitude, longitude, events_count, created_us, start_us,
        stop_us, leak_speed_ns, capacity, reserved, source, labels, label_count, sources, source_count, source_stride,
        bans, ban_count, ban_stride, events, event_count, event_stride }
    "warden_inserted" = Inserted { struct_size, reserved, inserted, replaced, replaced_until_us, skipped_action,
        skipped_other }
    "warden_row" = Row { struct_size, flags, id, source, target, reason, scenario, action, country, as_text, as_name,
        actor, ended_by, as_number, end_kind, ban_count, events_count, start_us, until_us, ended_us, range }
    "warden_sink" = Sink { ctx, row }
    "warden_host" = Host { struct_size, abi_major, abi_minor, max_log_level, ctx, log, is_cancelled, get_extension,
        now_us, actor, command }
    "warden_backend" = Backend { struct_size, reserved, init, probe, insert, read_at, delete_target, delete_all,
        flush, discard, start_auto_commit, shutdown, destroy, get_extension }
    "warden_plugin" = Plugin { magic, struct_size, abi_major, abi_minor, capabilities, name, version, description,
        actions, backend, schema, reserved, keys, key_count, key_stride }
    "warden_key" = Key { struct_size, kind, name, preset, choices, help }
    "warden_query" = Query { struct_size, wanted, at_us, ip, range, reason, country, as_text, source, action,
        not_source, limit, target, targets, target_count }
    "warden_ext_query" = ExtQuery { struct_size, reserved, read }
    "warden_ext_summary" = ExtSummary { struct_size, reserved, summarise }
    "warden_ext_delete_where" = ExtDeleteWhere { struct_size, reserved, delete_where }
    "warden_ext_history" = ExtHistory { struct_size, reserved, read }
    "warden_change" = Change { struct_size, flags, id, at_us, added, ended, command, actor }
    "warden_ext_undo" = ExtUndo { struct_size, reserved, changes, undo }
    "warden_enforcement" = Enforcement { struct_size, flags, dropped_packets }
    "warden_ext_enforce" = ExtEnforce { struct_size, reserved, begin, look }
}

macro_rules! constants {
    ($($c:literal = $rust:ident),* $(,)?) => {
        const CONSTANTS: &[&str] = &[$($c),*];

        fn rust_constants() -> Vec<String> {
            vec![$(format!("{} {}", $c, i128::from(abi::$rust))),*]
        }
    };
}

constants! {
    "WARDEN_ABI_MAJOR" = ABI_MAJOR, "WARDEN_ABI_MINOR" = ABI_MINOR, "WARDEN_PLUGIN_MAGIC" = PLUGIN_MAGIC,
    "WARDEN_OK" = OK, "WARDEN_STOPPED" = STOPPED, "WARDEN_E_CONFIG" = E_CONFIG,
    "WARDEN_E_UNAVAILABLE" = E_UNAVAILABLE, "WARDEN_E_DENIED" = E_DENIED, "WARDEN_E_INVALID" = E_INVALID,
    "WARDEN_E_UNSUPPORTED" = E_UNSUPPORTED, "WARDEN_E_INTERNAL" = E_INTERNAL, "WARDEN_E_PANIC" = E_PANIC,
    "WARDEN_FOREVER_US" = FOREVER_US, "WARDEN_UNKNOWN_US" = UNKNOWN_US,
    "WARDEN_SIGNAL_WHITELISTED" = SIGNAL_WHITELISTED, "WARDEN_SIGNAL_SIMULATION" = SIGNAL_SIMULATION,
    "WARDEN_SIGNAL_REPROCESS" = SIGNAL_REPROCESS, "WARDEN_ROW_ORPHAN" = ROW_ORPHAN,
    "WARDEN_ROW_SIMULATION" = ROW_SIMULATION, "WARDEN_END_NONE" = END_NONE, "WARDEN_END_EXPIRED" = END_EXPIRED,
    "WARDEN_END_DELETED" = END_DELETED, "WARDEN_END_REPLACED" = END_REPLACED, "WARDEN_LOG_ERROR" = LOG_ERROR,
    "WARDEN_LOG_WARN" = LOG_WARN, "WARDEN_LOG_INFO" = LOG_INFO, "WARDEN_LOG_DEBUG" = LOG_DEBUG,
    "WARDEN_LOG_TRACE" = LOG_TRACE, "WARDEN_CAP_STORE" = CAP_STORE, "WARDEN_CAP_HISTORY" = CAP_HISTORY,
    "WARDEN_CAP_ORDERED" = CAP_ORDERED, "WARDEN_CAP_TRANSACTIONAL" = CAP_TRANSACTIONAL,
    "WARDEN_CAP_PERMANENT" = CAP_PERMANENT, "WARDEN_CAP_RANGES" = CAP_RANGES,
    "WARDEN_CAP_DURABLE" = CAP_DURABLE, "WARDEN_CAP_ENFORCES" = CAP_ENFORCES, "WARDEN_Q_IP" = Q_IP,
    "WARDEN_Q_RANGE" = Q_RANGE, "WARDEN_Q_REASON" = Q_REASON, "WARDEN_Q_COUNTRY" = Q_COUNTRY, "WARDEN_Q_AS" = Q_AS,
    "WARDEN_Q_SOURCE" = Q_SOURCE, "WARDEN_Q_ACTION" = Q_ACTION, "WARDEN_Q_LIMIT" = Q_LIMIT,
    "WARDEN_Q_NOT_SOURCE" = Q_NOT_SOURCE, "WARDEN_Q_TARGET" = Q_TARGET,
    "WARDEN_Q_TARGETS" = Q_TARGETS, "WARDEN_CHANGE_UNDONE" = CHANGE_UNDONE, "WARDEN_ENFORCE_LOST" = ENFORCE_LOST,
    "WARDEN_ENFORCE_UNHOOKED" = ENFORCE_UNHOOKED, "WARDEN_ENFORCE_COUNTED" = ENFORCE_COUNTED,
    "WARDEN_SIGNAL_BANS_ONLY" = SIGNAL_BANS_ONLY, "WARDEN_KEY_TEXT" = KEY_TEXT, "WARDEN_KEY_FLAG" = KEY_FLAG,
    "WARDEN_KEY_COUNT" = KEY_COUNT, "WARDEN_KEY_DURATION" = KEY_DURATION, "WARDEN_KEY_CHOICE" = KEY_CHOICE,
    "WARDEN_KEY_PATH" = KEY_PATH, "WARDEN_KEY_PROGRAM" = KEY_PROGRAM, "WARDEN_KEY_SECRET" = KEY_SECRET,
    "WARDEN_KEY_SECRET_FILE" = KEY_SECRET_FILE, "WARDEN_KEY_STORE_FILE" = KEY_STORE_FILE, "WARDEN_KEY_URL" = KEY_URL,
    "WARDEN_KEY_SOCKET" = KEY_SOCKET, "WARDEN_SCHEMA_NONE" = SCHEMA_NONE, "WARDEN_SCHEMA_CLOSED" = SCHEMA_CLOSED,
    "WARDEN_SCHEMA_OPEN" = SCHEMA_OPEN,
}

const STRINGS: &[(&str, &str)] = &[
    ("WARDEN_PLUGIN_SYMBOL", abi::PLUGIN_SYMBOL),
    ("WARDEN_EXT_QUERY", "warden.query/1"),
    ("WARDEN_EXT_SUMMARY", "warden.summary/1"),
    ("WARDEN_EXT_DELETE_WHERE", "warden.delete-where/1"),
    ("WARDEN_EXT_HISTORY", "warden.history/1"),
    ("WARDEN_EXT_UNDO", "warden.undo/1"),
    ("WARDEN_EXT_ENFORCE", "warden.enforce/1"),
];

/// A C program that prints one line for each struct, field and constant.
fn c_program() -> String {
    let mut c = String::from("#include \"warden_plugin.h\"\n#include <stdio.h>\nint main(void) {\n");
    for (name, fields) in NAMES {
        c += &format!("printf(\"{name} %zu\\n\", sizeof({name}));\n");
        for field in *fields {
            c += &format!("printf(\"{name}.{field} %zu\\n\", offsetof({name}, {field}));\n");
        }
    }
    for name in CONSTANTS {
        c += &format!("printf(\"{name} %lld\\n\", (long long)({name}));\n");
    }
    for (name, _) in STRINGS {
        c += &format!("printf(\"{name} %s\\n\", {name});\n");
    }
    c + "return 0; }\n"
}

fn include() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("include")
}

fn compile(compiler: &str, options: &[&str], source: &Path, out: &Path) {
    let run = Command::new(compiler)
        .args(options)
        .args(["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-I"])
        .arg(include())
        .arg(source)
        .arg("-o")
        .arg(out)
        .output()
        .unwrap_or_else(|e| panic!("{compiler}: {e}"));
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

#[test]
fn the_mirror_has_the_layout_of_the_header() {
    let dir = tempfile::tempdir().unwrap();
    let (source, program) = (dir.path().join("layout.c"), dir.path().join("layout"));
    std::fs::write(&source, c_program()).unwrap();
    compile("cc", &["-std=c11"], &source, &program);
    let out = Command::new(&program).output().unwrap();
    let mut ours = rust_layout();
    ours.extend(rust_constants());
    ours.extend(STRINGS.iter().map(|(name, value)| format!("{name} {value}")));
    assert_eq!(String::from_utf8(out.stdout).unwrap().lines().collect::<Vec<_>>(), ours);
}

#[test]
fn the_header_compiles_alone_as_c11_and_cpp17() {
    let dir = tempfile::tempdir().unwrap();
    for (compiler, standard, name) in [("cc", "-std=c11", "alone.c"), ("c++", "-std=c++17", "alone.cc")] {
        if !skip::available(Command::new(compiler).arg("--version").output().is_ok(), compiler) {
            continue;
        }
        let source = dir.path().join(name);
        std::fs::write(&source, "#include \"warden_plugin.h\"\n#include \"warden_plugin.h\"\n").unwrap();
        compile(compiler, &[standard, "-c"], &source, &dir.path().join("alone.o"));
    }
}
