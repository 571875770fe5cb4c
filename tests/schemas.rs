//! Every document of `-o json` and `-o jsonl` against its schema in docs/schema/.

use std::collections::BTreeSet;
use std::fs;

use boon::{Compiler, Schemas};
use serde_json::Value;

use crate::common::{Sandbox, compile, plugin_path};

/// The commands in order, each with its schema and what it reads.
const COMMANDS: [(&str, &str, &str); 34] = [
    ("ban-list", "ban list", ""),
    ("ban-add", "ban add ip 203.0.113.7 4h scan", ""),
    ("ban-add", "ban add ip -t 203.0.113.7 -t 203.0.113.8 --duration permanent scan", ""),
    ("ban-add", "ban add range 203.0.113.0/24 1h wide --dry-run", ""),
    ("ban-add", "ban add range 203.0.113.0/24 1h wide --backend database", ""),
    ("ban-import", "ban add - 4h listed", "203.0.113.20\n"),
    ("ban-import", "ban import -", "203.0.113.21\n203.0.113.21\n127.0.0.1\n"),
    ("ban-import", "ban import - --sync feed --dry-run", "[{\"value\":\"203.0.113.22\"}]"),
    ("ban-list", "ban list", ""),
    ("ban-list", "ban list --sort until --limit 2", ""),
    ("ban-check", "ban check 203.0.113.7 198.51.100.1", ""),
    ("ban-history", "ban history 203.0.113.7", ""),
    ("ban-history", "ban history 198.51.100.1", ""),
    ("ban-diff", "ban diff database second", ""),
    ("ban-diff", "ban diff database broken", ""),
    ("ban-stats", "ban stats", ""),
    ("ban-stats", "ban stats --by reason --since 36h", ""),
    ("ban-sync", "ban sync --from database --to second --delete --dry-run", ""),
    ("ban-sync", "ban sync --from database --to second --delete", ""),
    ("ban-diff", "ban diff database second", ""),
    ("ban-del", "ban del ip 203.0.113.7 203.0.113.99 --dry-run", ""),
    ("ban-del", "ban del ip 203.0.113.7 203.0.113.99", ""),
    ("ban-del", "ban del -", "203.0.113.8\n"),
    ("ban-del", "ban del --reason listed", ""),
    ("ban-del", "ban del --reason listed --backend broken", ""),
    ("ban-undo", "ban undo --dry-run", ""),
    ("ban-undo", "ban undo --yes", ""),
    ("ban-undo", "ban undo --yes --backend second", ""),
    ("ban-flush", "ban flush --dry-run", ""),
    ("ban-flush", "ban flush", ""),
    ("signal-push", "signal push", "{\"scenario\":\"ssh\",\"source_ip\":\"203.0.113.7\"}\nno signal\n"),
    ("config-check", "config check", ""),
    ("config-show", "config show", ""),
    ("plugin-list", "plugin list", ""),
];

/// Two stores, one that cannot be read, and one that cannot be started.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for name in ["second", "broken"] {
        let file = format!("./{name}.db");
        sandbox.backend(name, "database", &[("type", "sqlite"), ("db_path", &file), ("flush", "true")]);
    }
    sandbox.write("broken.db", "This is a letter, and not a database. It is as long as one.".repeat(9));
    sandbox.write("backend/missing.yaml", "name: missing\npath: ./missing.so\n");
    sandbox
}

/// Whether a document is as its schema says, and why not.
fn fault(schema: &str, document: &Value) -> Option<String> {
    let (mut schemas, mut compiler) = (Schemas::new(), Compiler::new());
    let file = compile::source(&format!("docs/schema/{schema}.json"));
    let index =
        compiler.compile(file.to_str().unwrap(), &mut schemas).unwrap_or_else(|e| panic!("{schema}: {e:#}"));
    schemas.validate(document, index).err().map(|e| format!("{e:#}"))
}

/// A document with one key more, in the object that is nearest.
fn with_a_key_more(document: &Value) -> Option<Value> {
    let mut more = document.clone();
    let object = if more.is_array() { more.get_mut(0)? } else { &mut more };
    object.as_object_mut()?.insert("unheard_of".into(), true.into());
    Some(more)
}

/// Checks what a command prints; answers whether there was anything.
fn check(schema: &str, format: &str, line: &str, printed: &str) -> bool {
    if printed.is_empty() {
        return false;
    }
    let is_list = schema_is_list(schema);
    let document = match (format, is_list) {
        // `plugin list` is one document, however it is printed.
        ("jsonl", true) if !printed.starts_with('[') => {
            printed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect()
        }
        // A list that is cut short has no end.
        ("json", true) if !printed.ends_with("]\n") => serde_json::from_str(&format!("{printed}]")).unwrap(),
        _ => serde_json::from_str::<Value>(printed).unwrap_or_else(|e| panic!("{line}: {e}: {printed}")),
    };
    if let Some(fault) = fault(schema, &document) {
        panic!("{line} -o {format}: {fault}\n{document:#}");
    }
    if let Some(more) = with_a_key_more(&document) {
        assert!(fault(schema, &more).is_some(), "{schema} lets everything through");
    }
    true
}

fn schema_is_list(schema: &str) -> bool {
    let text = fs::read_to_string(compile::source(&format!("docs/schema/{schema}.json"))).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["type"] == "array"
}

#[test]
fn every_document_is_as_its_schema_says() {
    for format in ["json", "jsonl"] {
        let sandbox = sandbox();
        let mut seen = BTreeSet::new();
        let mut run = |schema: &str, line: &str, input: &str| {
            let args: Vec<_> = line.split(' ').chain(["-o", format]).collect();
            let shown = sandbox.piped(&args, input.as_bytes());
            let printed =
                shown.strip_prefix("--- stdout\n").map_or("", |rest| &rest[..rest.find("--- ").unwrap()]);
            let printed = printed.trim_end_matches("(no end of line)\n");
            if check(schema, format, line, printed) {
                seen.insert(format!("{schema}.json"));
            }
        };
        for (schema, line, input) in COMMANDS {
            run(schema, line, input);
        }
        let dummy = plugin_path("dummy");
        run("plugin-check", &format!("plugin check {} --only descriptor --rows 10", dummy.display()), "");
        let files = fs::read_dir(compile::source("docs/schema")).unwrap();
        let files: BTreeSet<_> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        assert_eq!(seen, files, "schemas without a document, with -o {format}");
    }
}
