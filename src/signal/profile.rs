//! Profiles: which signals are acted on, how, for how long, and which backends are told. The file is v0.3's
//! `profiles.yaml`: one document a profile.

use std::path::Path;

use crate::action::SIMULATION;
use crate::config::MAX_FILE;
use crate::duration::BanDuration;
use crate::error::{Error, Result};
use crate::instant::Instant;
use crate::trust;
use crate::yaml::{self, Foreign, Key, Node, Shape};

use super::criterion::Criterion;
use super::{BanRecord, SignalRecord};

/// One profile.
#[derive(Debug)]
pub struct Profile {
    /// Its name.
    pub name: String,
    criterion: Option<Criterion>,
    actions: Vec<&'static str>,
    duration: BanDuration,
    outputs: Vec<Output>,
}

/// What one backend is told.
#[derive(Debug, PartialEq, Eq)]
struct Output {
    backend: String,
    store: bool,
}

/// The actions that a profile can order. A target has one active ban of a source, the last one: so the strictest comes
/// last.
const ACTIONS: [&str; 3] = ["captcha", "slow", "ban"];

/// v0.3's keys: one that is not known would be a remediation that is not applied.
const PROFILE: Shape = Shape::Keys(
    Foreign::Refused,
    &[
        Key { name: "profile", shape: Shape::Text(yaml::any) },
        Key { name: "name", shape: Shape::Text(yaml::any) },
        Key { name: "filter", shape: Shape::Text(filter) },
        Key { name: "api", shape: Shape::Text(yaml::boolean) },
        Key {
            name: "remediation",
            shape: Shape::Keys(
                Foreign::Refused,
                &[
                    Key { name: "ban", shape: Shape::Text(yaml::boolean) },
                    Key { name: "slow", shape: Shape::Text(yaml::boolean) },
                    Key { name: "captcha", shape: Shape::Text(yaml::boolean) },
                    Key { name: "duration", shape: Shape::Text(duration) },
                ],
            ),
        },
        Key { name: "duration", shape: Shape::Text(duration) },
        Key {
            name: "outputs",
            shape: Shape::Maps(&[
                Key { name: "plugin", shape: Shape::Text(yaml::any) },
                Key { name: "store", shape: Shape::Text(yaml::boolean) },
            ]),
        },
    ],
);

/// Reads a file of profiles.
///
/// # Errors
/// `Config`, with file and line.
pub fn read(file: &Path) -> Result<Vec<Profile>> {
    let (_, text) = trust::read(file, MAX_FILE)?;
    parse(&text, file)
}

/// Reads the text of such a file.
///
/// # Errors
/// `Config`, with file and line.
pub fn parse(text: &str, file: &Path) -> Result<Vec<Profile>> {
    let documents = yaml::read_all(text, PROFILE, file)?;
    documents.iter().map(|node| Profile::of(node).map_err(|e| e.in_file(file, None))).collect()
}

impl Profile {
    fn of(node: &Node) -> Result<Self> {
        let name = node.text("profile").or(node.text("name")).unwrap_or("unnamed").to_owned();
        let criterion = node
            .text("filter")
            .map(Criterion::read)
            .transpose()
            .map_err(|words| Error::config(format!("profile `{name}`: filter: {words}")))?;
        let empty = Node::Map(Vec::new());
        let remediation = node.at("remediation").unwrap_or(&empty);
        let wanted = |action: &&str| remediation.text(action).and_then(yaml::truth) == Some(true);
        let actions: Vec<_> = ACTIONS.into_iter().filter(wanted).collect();
        let length = remediation.text("duration").or(node.text("duration"));
        let duration = match (length.and_then(|text| text.parse().ok()), actions.is_empty()) {
            (Some(duration), _) => duration,
            (None, true) => BanDuration::Permanent,
            (None, false) => return Err(Error::config(format!("profile `{name}`: duration is missing"))),
        };
        let outputs =
            node.maps("outputs").iter().map(|output| Output::of(output, &name)).collect::<Result<_>>()?;
        Ok(Self { name, criterion, actions, duration, outputs })
    }

    /// Whether the profile is about a signal.
    ///
    /// # Errors
    /// What of its filter cannot be evaluated, in words.
    pub fn matches(&self, signal: &SignalRecord) -> Result<bool, String> {
        self.criterion.as_ref().map_or(Ok(true), |criterion| criterion.matches(signal))
    }

    /// Whether a backend is told; without a list of outputs all are.
    pub fn tells(&self, backend: &str) -> bool {
        self.outputs.is_empty() || self.outputs.iter().any(|o| o.backend == backend && o.store)
    }

    /// The backends that it names.
    pub fn backends(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(|output| output.backend.as_str())
    }

    /// The bans that the profile orders for a signal.
    pub fn bans(&self, signal: &SignalRecord, now: Instant) -> Vec<BanRecord> {
        self.actions.iter().map(|action| order(signal, action, self.duration, now)).collect()
    }
}

impl Output {
    fn of(node: &Node, profile: &str) -> Result<Self> {
        let missing = || Error::config(format!("profile `{profile}`: an output lacks `plugin`"));
        let backend = node.text("plugin").ok_or_else(missing)?.to_owned();
        Ok(Self { backend, store: node.text("store").and_then(yaml::truth) != Some(false) })
    }
}

/// The ban that a signal gets: of its source, from its last event on, as v0.3's daemon ordered it.
pub fn order(signal: &SignalRecord, action: &str, duration: BanDuration, now: Instant) -> BanRecord {
    let target = if signal.source_range.is_empty() || !signal.source_ip.is_empty() {
        &signal.source_ip
    } else {
        &signal.source_range
    };
    BanRecord {
        source: "local".into(),
        action: if signal.simulation { format!("{SIMULATION}{action}") } else { action.to_owned() },
        target: target.clone(),
        reason: signal.scenario.clone(),
        country: signal.country.clone(),
        as_name: signal.as_name.clone(),
        as_number: signal.as_number.parse().unwrap_or(0),
        until: Some(signal.stop_at.unwrap_or(now).plus(duration)),
        ..BanRecord::default()
    }
}

fn filter(text: &str) -> Result<(), String> {
    if text.is_empty() { Ok(()) } else { Criterion::read(text).map(|_| ()) }
}

fn duration(text: &str) -> Result<(), String> {
    text.parse::<BanDuration>().map(|_| ()).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const V03: &str = "profile: default_remediation
filter: \"sig.Labels.remediation == 'true' && not sig.Whitelisted\"
api: true
remediation:
  ban: true
  slow: false
  captcha: true
  duration: 4h
outputs:
  - plugin: database
  - plugin: nftables
    store: false
---
profile: seen
filter: \"sig.Whitelisted == true\"
outputs:
  - plugin: database
";

    fn profiles(text: &str) -> Result<Vec<Profile>> {
        parse(text, Path::new("profiles.yaml"))
    }

    #[test]
    fn it_reads_the_profiles_of_v03() {
        let profiles = profiles(V03).unwrap();
        let signal: SignalRecord = serde_json::from_str(
            r#"{"scenario":"ssh","source_ip":"203.0.113.7","labels":{"remediation":"true"}}"#,
        )
        .unwrap();
        let matching: Vec<_> = profiles.iter().filter(|p| p.matches(&signal).unwrap()).collect();
        assert_eq!(matching.len(), 1);
        let bans = matching[0].bans(&signal, Instant::from_micros(0));
        assert_eq!(bans.iter().map(|b| b.action.as_str()).collect::<Vec<_>>(), ["captcha", "ban"]);
        assert_eq!(bans[0].until, Some(Instant::from_micros(4 * 3_600_000_000)));
        assert!(
            matching[0].tells("database") && !matching[0].tells("nftables") && !matching[0].tells("other")
        );
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let error = profiles(&V03.replace("sig.Whitelisted == true", "sig.Whitelsted == true")).unwrap_err();
        assert_eq!(error.to_string(), "filter: `sig.Whitelsted` is not known");
        assert_eq!(error.place().unwrap().line, Some(15));
        let error = profiles(&V03.replace("duration: 4h", "duration: 4")).unwrap_err();
        assert_eq!(error.place().unwrap().line, Some(8));
        assert!(profiles("profile: x\nremediation: {ban: true}\n").is_err());
        assert!(profiles("profile: x\noutput: []\n").is_err());
    }
}
