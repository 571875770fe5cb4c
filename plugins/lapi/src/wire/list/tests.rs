use warden_plugin::ErrorKind;

use super::*;

fn all(json: &str) -> Vec<(Alert, Vec<Decision>)> {
    let mut found = Vec::new();
    let mut each = |alert: &Alert, decisions: &[Decision]| {
        found.push((alert.clone(), decisions.to_vec()));
        Ok(())
    };
    read(json.as_bytes(), Reading { wanted: &|_| true, each: &mut each }).unwrap();
    found
}

fn decision(scope: &str, value: &str, left: &str) -> String {
    format!(
        r#"{{"duration":"{left}","id":7,"origin":"cscli","scenario":"s","scope":"{scope}","simulated":false,"type":"ban","value":"{value}"}}"#
    )
}

fn alert(decisions: &str) -> String {
    format!(
        r#"{{"capacity":0,"decisions":{decisions},"events":null,"events_count":3,"id":5,"labels":null,"scenario":"x",
        "meta":[{{"key":"warden.actor","value":"anna"}},{{"key":"other","value":"1"}}],"simulated":true,
        "source":{{"as_name":"OVH","as_number":"16276","cn":"FR","scope":"Ip","value":"1.2.3.4"}},
        "start_at":"2026-11-24 04:12:20 +0000 UTC","stop_at":"2026-11-24 04:12:23 +0000 UTC"}}"#
    )
}

#[test]
fn nothing_is_null() {
    assert!(all("null").is_empty());
    assert!(all("[]").is_empty());
    assert!(all(&format!("[{}]", alert("null"))).is_empty());
}

#[test]
fn an_alert_comes_with_its_decisions() {
    let found = all(&format!("[{}]", alert(&format!("[{}]", decision("Ip", "1.2.3.4", "1h")))));
    let (alert, decisions) = &found[0];
    assert_eq!((alert.id, alert.scenario.as_str(), alert.actor.as_str()), (5, "x", "anna"));
    assert_eq!((alert.source.cn.as_str(), alert.source.as_number.as_str()), ("FR", "16276"));
    assert_eq!((alert.events_count, alert.simulated, alert.stop_us), (3, true, Some(1_795_493_543_000_000)));
    assert_eq!((decisions[0].id, decisions[0].target.to_string().as_str()), (7, "1.2.3.4"));
    assert_eq!((decisions[0].left_us, &decisions[0].spelling), (3_600_000_000, &None));
}

#[test]
fn another_spelling_is_kept() {
    for (value, target) in [
        ("10.1.2.77/25", "10.1.2.0/25"),
        ("2001:DB8:0::2", "2001:db8::2"),
        ("::ffff:1.2.3.4", "1.2.3.4"),
        ("7.7.7.7/32", "7.7.7.7"),
    ] {
        let found = all(&format!("[{}]", alert(&format!("[{}]", decision("range", value, "1h")))));
        let decision = &found[0].1[0];
        assert_eq!(decision.target.to_string(), target);
        assert_eq!(decision.spelling.as_deref(), Some(value));
    }
}

#[test]
fn what_is_over_or_on_something_else_is_left_out() {
    let over = [decision("Ip", "1.2.3.4", "-1s"), decision("Ip", "1.2.3.5", "0s")];
    let other =
        [decision("Country", "FR", "1h"), decision("username", "1.2.3.4", "1h"), decision("Ip", "x", "1h")];
    let all_of_them = [over.as_slice(), &other].concat().join(",");
    assert!(all(&format!("[{}]", alert(&format!("[{all_of_them}]")))).is_empty());
}

#[test]
fn only_what_is_wanted_is_kept() {
    let json = format!(
        "[{}]",
        alert(&format!("[{},{}]", decision("Ip", "1.2.3.4", "1h"), decision("Range", "1.2.3.0/24", "1h")))
    );
    let mut count = 0;
    let mut each = |_: &Alert, decisions: &[Decision]| {
        count += decisions.len();
        Ok(())
    };
    read(json.as_bytes(), Reading { wanted: &Target::is_address, each: &mut each }).unwrap();
    assert_eq!(count, 1);
}

#[test]
fn a_single_alert_is_read_like_a_list() {
    let json = alert(&format!("[{}]", decision("Ip", "1.2.3.4", "1h")));
    let mut ids = Vec::new();
    let mut each = |alert: &Alert, _: &[Decision]| {
        ids.push(alert.id);
        Ok(())
    };
    read_one(json.as_bytes(), Reading { wanted: &|_| true, each: &mut each }).unwrap();
    assert_eq!(ids, [5]);
}

#[test]
fn a_reader_that_has_enough_ends_the_reading() {
    let one = alert(&format!("[{}]", decision("Ip", "1.2.3.4", "1h")));
    let mut calls = 0;
    let mut each = |_: &Alert, _: &[Decision]| {
        calls += 1;
        Err(Error::stopped())
    };
    let fault = read(format!("[{one},{one}]").as_bytes(), Reading { wanted: &|_| true, each: &mut each });
    assert!(matches!(fault, Err(Fault::Each(error)) if error.kind() == ErrorKind::Stopped));
    assert_eq!(calls, 1);
}

#[test]
fn what_is_no_list_is_an_error() {
    for json in ["", "{}", "[1]", "<html>", "[{\"decisions\":[", "[]x", r#"[{"decisions":[{"id":"a"}]}]"#] {
        let mut each = |_: &Alert, _: &[Decision]| Ok(());
        let fault = read(json.as_bytes(), Reading { wanted: &|_| true, each: &mut each });
        assert!(matches!(fault, Err(Fault::Json(_))), "{json}");
    }
}

#[test]
fn the_decisions_of_one_alert_are_bounded() {
    let reading = Reading { wanted: &|_| true, each: &mut |_, _| Ok(()) };
    let room = 2 * size_of::<Decision>() + 100;
    let mut state = State {
        reading,
        decisions: Vec::new(),
        bytes: ALERT - room,
        texts: Interner::default(),
        stopped: None,
    };
    let raw = |scenario: &str| RawDecision {
        duration: "1h".to_owned(),
        scope: "Ip".to_owned(),
        value: "1.2.3.4".to_owned(),
        scenario: scenario.to_owned(),
        ..RawDecision::default()
    };
    let mut keep =
        |scenario: &str| state.keep::<serde_json::Error>(&raw(scenario)).map_err(|e| e.to_string());
    assert_eq!(keep("few"), Ok(()));
    assert_eq!(keep("few"), Ok(()), "its text is held once");
    let why = "the decisions of one alert take more than 256 MiB";
    assert_eq!(keep("few"), Err(why.to_owned()));
    state.clear();
    assert_eq!((state.bytes, state.decisions.len()), (0, 0));
}
