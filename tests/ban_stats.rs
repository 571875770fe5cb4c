//! `ban stats`: the same counts by the plugin's counting and by rows, for people and for scripts.

use insta::assert_snapshot;
use serde_json::Value;

use crate::common::Sandbox;

fn counted() -> Sandbox {
    let mut sandbox = Sandbox::new();
    sandbox.set_now("2026-11-24T01:30:00Z");
    sandbox.warden("ban add ip 203.0.113.1 permanent old");
    sandbox.set_now("2026-11-24T03:00:00Z");
    sandbox.write(
        "list",
        "value,source,reason,country,as,duration,type\n203.0.113.2,a,scan,FR,16276 OVH SAS,4h,ban\n\
         203.0.113.3,a,scan,DE,,5h,captcha\n203.0.113.4,b,flood,FR,16276 OVH SAS,90m,ban\n",
    );
    sandbox.warden("ban import list");
    sandbox
}

fn json(sandbox: &Sandbox, more: &[&str]) -> Value {
    serde_json::from_str(&sandbox.stdout(&[&["ban", "stats", "-o", "json"], more].concat())).unwrap()
}

#[test]
fn people_see_lists_with_bars_and_a_timeline() {
    assert_snapshot!(counted().warden("ban stats"), @r"
    --- stdout
    4 bans at 2026-11-24 03:00:00 +00:00

    by reason (3)
      scan   2   50%  ##############################
      flood  1   25%  ###############
      old    1   25%  ###############

    by country (3)
      FR      2   50%  ##############################
      (none)  1   25%  ###############
      DE      1   25%  ###############

    by as (2)
      (none)   2   50%  ##############################
      OVH SAS  2   50%  ##############################

    by source (3)
      a    2   50%  ##############################
      b    1   25%  ###############
      cli  1   25%  ###############

    by action (2)
      ban      3   75%  ##############################
      captcha  1   25%  ##########

    began, by the hour
      2026-11-24 01:00:00 +00:00  1   25%  ##########
      2026-11-24 03:00:00 +00:00  3   75%  ##############################

    end, by the hour
      2026-11-24 04:00:00 +00:00  1   25%  ##############################
      2026-11-24 07:00:00 +00:00  1   25%  ##############################
      2026-11-24 08:00:00 +00:00  1   25%  ##############################
    --- exit 0
    ");
}

#[test]
fn scripts_get_json_and_csv() {
    let sandbox = counted();
    let all = json(&sandbox, &[]);
    assert_eq!(all["total"], 4);
    assert_eq!(all["by"]["country"]["distinct"], 3);
    assert_eq!(all["timeline"]["starts"].as_array().unwrap().len(), 24);
    assert_snapshot!(json(&sandbox, &["--by", "reason,action", "--top", "1"])["by"], @r#"{"reason":{"distinct":3,"top":[{"value":"scan","count":2}]},"action":{"distinct":2,"top":[{"value":"ban","count":3}]}}"#);
    assert_snapshot!(sandbox.stdout(&["ban", "stats", "--by", "as", "-o", "raw"]).lines().take(4).collect::<Vec<_>>().join("\n"), @r"
    by,value,count
    total,,4
    as,,2
    as,OVH SAS,2
    ");
}

#[test]
fn rows_count_to_the_same_as_the_plugin_does() {
    let sandbox = counted();
    let by_plugin = json(&sandbox, &[]);
    // Longer than any ban: by rows, and none is left out.
    let by_rows = json(&sandbox, &["--since", "24h"]);
    assert_eq!(by_plugin, by_rows);
}

#[test]
fn since_leaves_out_what_began_before() {
    let sandbox = counted();
    let found = json(&sandbox, &["--since", "1h"]);
    assert_eq!((&found["total"], &found["by"]["reason"]["distinct"]), (&3.into(), &2.into()));
}

#[test]
fn another_time_and_filters_hold() {
    let sandbox = counted();
    assert_eq!(json(&sandbox, &["--at", "2026-11-24 02:00"])["total"], 1);
    assert_eq!(json(&sandbox, &["--at", "2026-11-24 07:30"])["total"], 2);
    assert_eq!(json(&sandbox, &["--country", "fr", "--source", "a"])["total"], 1);
    assert!(sandbox.warden("ban stats --by colour").ends_with("exit 2\n"));
    assert!(sandbox.warden("ban stats --since permanent").ends_with("exit 2\n"));
}

#[test]
fn nothing_is_counted_as_nothing() {
    let sandbox = Sandbox::new();
    sandbox.warden("ban flush");
    assert_eq!(json(&sandbox, &[])["total"], 0);
    assert_snapshot!(sandbox.warden("ban stats --by source"), @r"
    --- stdout
    0 bans at 2026-11-24 03:00:00 +00:00

    by source (0)
    --- exit 0
    ");
}
