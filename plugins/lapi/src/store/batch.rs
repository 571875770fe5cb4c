//! How many bans become few requests. One alert with many decisions is cheap on the server and many alerts are not:
//! a list of 10,000 alerts takes it 7 s, of one alert with as many decisions 0.15 s.

use std::collections::HashMap;
use std::sync::Arc;

use super::pending::{Add, AlertInfo};

/// Decisions of one request: 1.4.6 takes 0.5 s for so many, and a request is lost or stored as a whole.
const DECISIONS: usize = 10_000;

/// Alerts of one request: 1.4.6 stores so many in one transaction.
const ALERTS: usize = 50;

/// Bytes of text of one request; the server takes a body of 50 MiB.
const BYTES: usize = 16 << 20;

/// Bytes of a decision besides its own text.
const FRAME: usize = 160;

/// Alerts of one flush with information of their own. Above, the bans share one alert, and country, system, actor and start
/// of each are lost.
const OWN_FACTS: usize = 1000;

/// One alert.
pub struct Group<'p> {
    pub info: Arc<AlertInfo>,
    pub adds: Vec<&'p Add>,
}

/// The requests: each is a list of alerts.
pub fn requests<'p>(adds: impl Iterator<Item = &'p Add>, now_us: i64) -> Vec<Vec<Group<'p>>> {
    let mut groups = grouped(adds);
    if groups.len() > OWN_FACTS {
        groups = shared(groups, now_us);
    }
    let mut requests = vec![Vec::new()];
    let (mut decisions, mut bytes) = (0, 0);
    for group in groups.into_iter().flat_map(split) {
        let size = group.adds.iter().map(|add| size(add)).sum::<usize>();
        let current = requests.last().map_or(0, Vec::len);
        if current > 0
            && (current == ALERTS || decisions + group.adds.len() > DECISIONS || bytes + size > BYTES)
        {
            requests.push(Vec::new());
            (decisions, bytes) = (0, 0);
        }
        decisions += group.adds.len();
        bytes += size;
        if let Some(last) = requests.last_mut() {
            last.push(group);
        }
    }
    requests.retain(|request| !request.is_empty());
    requests
}

/// Bans with equal information, in order of the first of them.
fn grouped<'p>(adds: impl Iterator<Item = &'p Add>) -> Vec<Group<'p>> {
    let mut groups: Vec<Group<'p>> = Vec::new();
    let mut places: HashMap<*const AlertInfo, usize> = HashMap::new();
    for add in adds {
        let place = *places.entry(Arc::as_ptr(&add.info)).or_insert_with(|| {
            groups.push(Group { info: Arc::clone(&add.info), adds: Vec::new() });
            groups.len() - 1
        });
        groups[place].adds.push(add);
    }
    groups
}

/// One alert for all, and one for all that are simulated.
fn shared(groups: Vec<Group<'_>>, now_us: i64) -> Vec<Group<'_>> {
    let (simulated, real): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.info.simulated);
    [one(real, now_us), one(simulated, now_us)].into_iter().flatten().collect()
}

fn one(groups: Vec<Group<'_>>, now_us: i64) -> Option<Group<'_>> {
    let first = Arc::clone(&groups.first()?.info);
    let adds: Vec<_> = groups.into_iter().flat_map(|group| group.adds).collect();
    let info = AlertInfo {
        scenario: format!("{} bans", adds.len()),
        message: first.message.clone(),
        actor: first.actor.clone(),
        simulated: first.simulated,
        events_count: 1,
        start_us: now_us,
        ..AlertInfo::default()
    };
    Some(Group { info: Arc::new(info), adds })
}

/// Alerts that are not too big for one request.
fn split(group: Group<'_>) -> Vec<Group<'_>> {
    let mut parts = vec![Vec::new()];
    let mut bytes = 0;
    for add in group.adds {
        let full =
            parts.last().is_some_and(|part: &Vec<_>| part.len() == DECISIONS || bytes + size(add) > BYTES);
        if full {
            parts.push(Vec::new());
            bytes = 0;
        }
        bytes += size(add);
        if let Some(part) = parts.last_mut() {
            part.push(add);
        }
    }
    parts.retain(|part| !part.is_empty());
    parts.into_iter().map(|adds| Group { info: Arc::clone(&group.info), adds }).collect()
}

/// What a decision weighs; control characters are escaped to six bytes.
fn size(add: &Add) -> usize {
    FRAME + 2 * (add.reason.len() + add.action.len() + add.source.len())
}

#[cfg(test)]
mod tests {
    use warden_plugin::Target;

    use super::*;

    fn add(number: usize, info: &Arc<AlertInfo>, reason: &str) -> Add {
        let [_, a, b, c] = u32::try_from(number).unwrap().to_be_bytes();
        Add {
            target: Target::parse(&format!("10.{a}.{b}.{c}")).unwrap(),
            source: "cli".into(),
            action: "ban".into(),
            reason: reason.into(),
            until_us: 0,
            info: Arc::clone(info),
            replaces: false,
        }
    }

    fn info(number: usize) -> Arc<AlertInfo> {
        Arc::new(AlertInfo { scenario: number.to_string(), country: "FR".into(), ..AlertInfo::default() })
    }

    /// Decisions of each alert of each request.
    fn shape(adds: &[Add]) -> Vec<Vec<usize>> {
        let requests = requests(adds.iter(), 5);
        requests.iter().map(|request| request.iter().map(|group| group.adds.len()).collect()).collect()
    }

    #[test]
    fn nothing_needs_no_request() {
        assert!(shape(&[]).is_empty());
    }

    #[test]
    fn bans_of_one_command_are_one_alert() {
        let info = info(1);
        let adds: Vec<_> = (0..10_000).map(|n| add(n, &info, "r")).collect();
        assert_eq!(shape(&adds), [[10_000]]);
        let adds: Vec<_> = (0..25_000).map(|n| add(n, &info, "r")).collect();
        assert_eq!(shape(&adds), [[10_000], [10_000], [5_000]]);
    }

    #[test]
    fn each_kind_of_facts_is_an_alert_of_its_own() {
        let adds: Vec<_> = (0..120).map(|n| add(n, &info(n), "r")).collect();
        assert_eq!(shape(&adds).iter().map(Vec::len).collect::<Vec<_>>(), [50, 50, 20]);
    }

    #[test]
    fn too_many_kinds_share_one_alert() {
        let adds: Vec<_> = (0..1001).map(|n| add(n, &info(n), "r")).collect();
        assert_eq!(shape(&adds), [[1001]]);
        let request = &requests(adds.iter(), 5)[0];
        let info = &request[0].info;
        assert_eq!((info.scenario.as_str(), info.country.as_str(), info.start_us), ("1001 bans", "", 5));
    }

    #[test]
    fn long_reasons_make_small_requests() {
        let (info, reason) = (info(1), "x".repeat(1 << 20));
        let adds: Vec<_> = (0..20).map(|n| add(n, &info, &reason)).collect();
        let shape = shape(&adds);
        assert_eq!(shape.iter().flatten().sum::<usize>(), 20);
        assert!(shape.iter().all(|request| request.iter().sum::<usize>() <= 8), "{shape:?}");
    }
}
