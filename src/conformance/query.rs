//! Cases about the extensions that answer with the storage's own means: the answer must be the host's own.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use warden_plugin::{Capabilities, Query, Target, Targets, abi};

use super::fixture::{Fixture, TestBan, now, offers, rows_of};
use super::verdict::{During, Verdict, ensure, ensure_eq, fail, skip};
use crate::plugin::Instance;

/// Bans that differ in all that can be asked for.
fn filled(fixture: &Fixture) -> Verdict<Instance> {
    let mut store = fixture.empty_store()?;
    let ranges = fixture.plugin.capabilities().has(Capabilities::RANGES);
    let all =
        ["10.1.2.3", "10.1.2.4", "2001:db8::1", "10.1.0.0/16", "10.0.0.0/8", "2001:db8::/32", "0.0.0.0/0"];
    let reasons =
        ["SSH brute force", "ssh 100% sure", "http_probing", "httpXprobing", "it's \"quoted\"", "ÉTÉ"];
    let systems = [(16276, "OVH SAS"), (4134, "Chinanet"), (0, "")];
    let bans = all
        .into_iter()
        .filter(|t| ranges || !t.contains('/'))
        .flat_map(|target| ["cli", "api", "list:ssh"].map(|source| TestBan::new(target).source(source)));
    for (n, mut ban) in bans.enumerate() {
        ban.reason = reasons[n % reasons.len()].into();
        ban.country = ["FR", "de", ""][n % 3].into();
        ban.action = ["ban", "captcha"][n % 2].into();
        (ban.as_number, ban.as_name) = (systems[n % 3].0, systems[n % 3].1.into());
        ban.insert(&mut store).during("insert")?;
    }
    store.flush().during("flush")?;
    Ok(store)
}

/// What is asked for: each filter alone, and some together.
fn questions() -> Vec<Query<'static>> {
    let target = |text: &str| Target::of_stored(text);
    let all = Query { at_us: now(), ..Query::default() };
    let mut questions = vec![all];
    questions.extend(
        ["10.1.2.3", "10.1.0.0/16", "10.9.9.9", "2001:db8::1", "::1", "8.8.8.8"]
            .map(|ip| Query { ip: target(ip), ..all }),
    );
    questions.extend(
        ["10.0.0.0/8", "10.1.2.3", "2001:db8::/32", "0.0.0.0/0", "::/0"]
            .map(|r| Query { range: target(r), ..all }),
    );
    questions.extend(["10.1.2.3", "10.1.0.0/16", "2001:db8::1"].map(|t| Query { target: target(t), ..all }));
    let texts = ["", "ssh", "100%", "http_p", "'", "\"", "été", "x", "[", "\\"];
    questions.extend(texts.map(|reason| Query { reason: Some(reason), ..all }));
    questions.extend(["fr", "DE", "", "%"].map(|country| Query { country: Some(country), ..all }));
    questions
        .extend(["ovh", "16276 o", "4134", "", "_"].map(|system| Query { as_text: Some(system), ..all }));
    questions.extend(["cli", "CLI", "list:ssh", ""].map(|source| Query { source: Some(source), ..all }));
    questions.extend(["api", "", "x"].map(|source| Query { not_source: Some(source), ..all }));
    questions.extend(["ban", "captcha", "BAN"].map(|action| Query { action: Some(action), ..all }));
    let [some, none] = targets();
    questions.extend([some, none].map(|targets| Query { targets: Some(targets), ..all }));
    questions.push(Query { targets: Some(some), not_source: Some("api"), ..all });
    questions.push(Query { reason: Some("ssh"), country: Some("fr"), ..all });
    questions.push(Query { ip: target("10.1.2.3"), not_source: Some("api"), action: Some("ban"), ..all });
    questions
}

/// Some of the bans' targets among others, and none.
fn targets() -> &'static [Targets; 2] {
    static TARGETS: OnceLock<[Targets; 2]> = OnceLock::new();
    TARGETS.get_or_init(|| {
        let some = ["2001:db8::1", "10.1.2.3", "10.1.0.0/16", "192.0.2.0/24", "10.1.0.0", "::/0"];
        [some.into_iter().filter_map(Target::of_stored).collect(), Targets::none()]
    })
}

/// The answer without the plugin's filters, in the plugin's order.
fn by_host(store: &mut Instance, question: &Query<'_>) -> Verdict<Vec<TestBan>> {
    let all = Query { at_us: question.at_us, ..Query::default() };
    rows_of(store, &all, |row, _, _| question.matches(row, 0))
}

/// The answer with them; the host checks what the plugin did not.
fn by_plugin(store: &mut Instance, question: &Query<'_>) -> Verdict<Vec<TestBan>> {
    rows_of(store, question, |row, applied, query| query.matches(row, applied))
}

pub fn filters(fixture: &Fixture) -> Verdict {
    let mut store = filled(fixture)?;
    offers(&mut store, abi::EXT_QUERY)?;
    for question in questions() {
        let (mut wanted, mut found) = (by_host(&mut store, &question)?, by_plugin(&mut store, &question)?);
        wanted.sort();
        found.sort();
        ensure!(found == wanted, "{}: {} rows in place of {}", shown(&question), found.len(), wanted.len());
    }
    store.shutdown().during("shutdown")
}

/// The filters of a question in a line.
fn shown(question: &Query<'_>) -> String {
    let texts = [
        ("ip", question.ip.map(|t| t.to_string())),
        ("range", question.range.map(|t| t.to_string())),
        ("target", question.target.map(|t| t.to_string())),
        ("targets", question.targets.map(|targets| targets.len().to_string())),
        ("reason", question.reason.map(str::to_owned)),
        ("country", question.country.map(str::to_owned)),
        ("as", question.as_text.map(str::to_owned)),
        ("source", question.source.map(str::to_owned)),
        ("action", question.action.map(str::to_owned)),
        ("not source", question.not_source.map(str::to_owned)),
        ("limit", question.limit.map(|n| n.to_string())),
    ];
    let set: Vec<_> = texts.iter().filter_map(|(k, v)| v.as_ref().map(|v| format!("{k} `{v}`"))).collect();
    if set.is_empty() { "no filter".into() } else { set.join(", ") }
}

pub fn limit(fixture: &Fixture) -> Verdict {
    let mut store = filled(fixture)?;
    offers(&mut store, abi::EXT_QUERY)?;
    let ordered = fixture.plugin.capabilities().has(Capabilities::ORDERED);
    for question in questions() {
        let wanted = by_host(&mut store, &question)?;
        for limit in [0, 1, 3, 1_000] {
            let question = Query { limit: Some(limit), ..question };
            let found = by_plugin(&mut store, &question)?;
            let most = wanted.len().min(usize::try_from(limit).unwrap_or(usize::MAX));
            ensure!(found.len() >= most, "{}: {} rows, {most} are fewest", shown(&question), found.len());
            ensure!(found.iter().all(|row| wanted.contains(row)), "{}: a row too many", shown(&question));
            if ordered {
                ensure_eq!(found[..most], wanted[..most], shown(&question));
            }
        }
    }
    store.shutdown().during("shutdown")
}

pub fn summary(fixture: &Fixture) -> Verdict {
    let mut store = filled(fixture)?;
    offers(&mut store, abi::EXT_SUMMARY)?;
    let mut compared = 0;
    for question in questions() {
        let mut counts: BTreeMap<(String, String), u64> = BTreeMap::new();
        let applied = store.summarise(&question, &mut |dimension, value, count| {
            counts.insert((dimension.into(), value.into()), count);
            true
        });
        let applied = applied.during("summarise")?.unwrap_or_default();
        if question.wanted() & !applied != 0 {
            continue;
        }
        compared += 1;
        let rows = by_host(&mut store, &question)?;
        for (dimension, value) in DIMENSIONS {
            let mut wanted: BTreeMap<String, u64> = BTreeMap::new();
            for row in &rows {
                *wanted.entry(value(row)).or_default() += 1;
            }
            let found: BTreeMap<String, u64> = (counts.iter())
                .filter(|((d, _), count)| d == dimension && **count > 0)
                .map(|((_, v), count)| (v.clone(), *count))
                .collect();
            ensure_eq!(found, wanted, format!("{}, by {dimension}", shown(&question)));
        }
    }
    if compared == 0 {
        skip!("the plugin honours no filter in a summary");
    }
    store.shutdown().during("shutdown")
}

/// What is counted, and the value that a row counts for.
type Dimension = (&'static str, fn(&TestBan) -> String);

const DIMENSIONS: [Dimension; 5] = [
    ("total", |_| String::new()),
    ("source", |row| row.source.clone()),
    ("reason", |row| row.reason.clone()),
    ("country", |row| row.country.clone()),
    ("action", |row| row.action.clone()),
];
