//! MySQL tables that `CrowdSec` v0.3 made, on machines that are not in UTC: their times are those of the machine, and
//! warden has to be told.

use insta::assert_snapshot;

use crate::common::store::Store;
use crate::stage::Mariadb;

const FIXTURE: &str = include_str!("../../plugins/database/tests/fixtures/crowdsec-v0.3.7.mysql.sql");

/// A machine, and what its clock shows at the sandbox's now, an hour and four hours later.
struct Machine {
    store: Store,
    tz: &'static str,
    now: &'static str,
    in_4h: &'static str,
}

const KOLKATA: [&str; 4] =
    ["Asia/Kolkata", "2026-11-24 08:30:00", "2026-11-24 09:30:00", "2026-11-24 12:30:00"];
const NEW_YORK: [&str; 4] =
    ["America/New_York", "2026-11-23 22:00:00", "2026-11-23 23:00:00", "2026-11-24 02:00:00"];
const REYKJAVIK: [&str; 4] =
    ["Atlantic/Reykjavik", "2026-11-24 03:00:00", "2026-11-24 04:00:00", "2026-11-24 07:00:00"];

impl Machine {
    /// v0.3.7's tables, in which it banned an address for an hour a moment ago.
    fn with_v03([tz, now, in_1h, in_4h]: [&'static str; 4]) -> Option<Self> {
        let machine = Self { store: Mariadb::shared().map(Store::on_mariadb)?, tz, now, in_4h };
        for statement in FIXTURE.split(";\n").filter(|each| !each.trim().is_empty()) {
            machine.store.sql(statement);
        }
        machine.store.sql(&format!(
            "INSERT INTO signal_occurences (id, created_at, updated_at, scenario, events_count, start_at, stop_at, source_ip) \
             VALUES (1, '{now}', '{now}', 'v0.3', 1, '{now}', '{now}', '203.0.113.7')"
        ));
        machine.store.sql(&format!(
            "INSERT INTO ban_applications (created_at, updated_at, measure_source, measure_type, measure_extra, until, start_ip, \
             end_ip, target_cn, target_as, target_as_name, ip_text, reason, scenario, signal_occurence_id) \
             VALUES ('{now}', '{now}', 'cli', 'ban', '', '{in_1h}', 3405803783, 3405803783, '', 0, '', '203.0.113.7', 'v0.3', \
             '', 1)"
        ));
        Some(machine)
    }

    fn run(&self, line: &str) -> String {
        let mut command = self.store.sandbox.command(line.split_whitespace());
        let shown = self.store.sandbox.show(&command.env("TZ", self.tz).output().unwrap());
        // The server's port, and the database's name.
        let Some((before, rest)) = shown.split_once("@127.0.0.1:") else { return shown };
        format!("{before}@[SERVER]{}", &rest[rest.find(": ").unwrap()..])
    }

    /// What `ban list` of v0.3.7 shows now.
    fn listed_by_v03(&self) -> i64 {
        let sql = "SELECT COUNT(*) FROM ban_applications WHERE deleted_at IS NULL AND until >= ";
        self.store.number(&format!("{sql}'{}'", self.now))
    }
}

#[test]
fn every_command_on_tables_of_v03_asks_for_their_zone() {
    for place in [KOLKATA, NEW_YORK] {
        let Some(machine) = Machine::with_v03(place) else { return };
        machine.store.sandbox.write("list", "203.0.113.9\n");
        for line in [
            "ban list",
            "ban list --at 2026-11-20",
            "ban check 203.0.113.7",
            "ban history 203.0.113.7",
            "ban stats",
            "ban add ip 203.0.113.8 4h scan",
            "ban add ip 203.0.113.8 4h scan --dry-run",
            "ban import list",
            "ban del ip 203.0.113.7",
            "ban del --reason v0.3 --yes",
            "ban flush --yes",
            "ban undo --yes",
            "config check",
        ] {
            let shown = machine.run(line);
            // Of one who asks whether it is banned, nobody knows.
            let exit = if line.starts_with("ban check") { 3 } else { 1 };
            assert!(shown.ends_with(&format!("--- exit {exit}\n")), "{line}: {shown}");
            assert!(shown.contains("CrowdSec v0.3 made its tables"), "{line}: {shown}");
        }
        assert_eq!(machine.listed_by_v03(), 1);
        assert_eq!(
            machine.store.number(
                "SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND \
                 CONCAT(table_name, column_name) LIKE '%warden%'"
            ),
            0
        );
    }
}

#[test]
fn the_refusal_shows_how_the_two_zones_read_the_newest_ban() {
    let (Some(kolkata), Some(new_york)) = (Machine::with_v03(KOLKATA), Machine::with_v03(NEW_YORK)) else {
        return;
    };
    assert_snapshot!(kolkata.run("ban list"), @r#"
    --- stderr
    error: backend "database": could not read the bans: mysql root@[SERVER]: CrowdSec v0.3 made its tables, whose times have no zone, and `timezone` is not set (during list)
      in [DIR]/backend/database.yaml
    hint: set `timezone: local` if they are in this machine's time, as CrowdSec v0.3 writes them, or `timezone: utc` if they are in UTC: by the first, the newest ban (2026-11-24 08:30:00) was made 0 min ago, by the second 5 h 30 min in the future
    --- exit 1
    "#);
    assert_snapshot!(new_york.run("ban add ip 203.0.113.8 4h scan"), @r#"
    --- stderr
    error: backend "database": could not write the ban: mysql root@[SERVER]: CrowdSec v0.3 made its tables, whose times have no zone, and `timezone` is not set (during add)
      in [DIR]/backend/database.yaml
    hint: set `timezone: local` if they are in this machine's time, as CrowdSec v0.3 writes them, or `timezone: utc` if they are in UTC: by the first, the newest ban (2026-11-23 22:00:00) was made 0 min ago, by the second 5 h ago
    --- exit 1
    "#);
}

#[test]
fn in_the_machines_zone_warden_and_v03_read_what_the_other_writes() {
    for place in [KOLKATA, NEW_YORK] {
        let Some(machine) = Machine::with_v03(place) else { return };
        machine.store.configure(&[("timezone", "local")]);
        let listed = machine.run("ban list -o raw");
        assert!(listed.contains("cli,203.0.113.7,v0.3,1,ban,, ,1,1h0m0s\n"), "{listed}");
        assert!(machine.run("ban add ip 203.0.113.8 4h scan").ends_with("--- exit 0\n"));
        let written = format!(
            "SELECT COUNT(*) FROM ban_applications JOIN signal_occurences s ON s.id = signal_occurence_id \
             WHERE ip_text = '203.0.113.8' AND until = '{}' AND stop_at = '{}'",
            machine.in_4h, machine.now
        );
        assert_eq!(machine.store.number(&written), 1);
        assert_eq!(machine.listed_by_v03(), 2);
        assert!(machine.run("ban del ip 203.0.113.7").contains("Deleted 1 entries"));
        let ended = format!("SELECT COUNT(*) FROM ban_applications WHERE deleted_at = '{}'", machine.now);
        assert_eq!((machine.store.number(&ended), machine.listed_by_v03()), (1, 1));
        let listed = machine.run("ban list -o raw");
        assert!(listed.contains("203.0.113.8") && !listed.contains("203.0.113.7"), "{listed}");
    }
}

#[test]
fn config_check_compares_the_newest_ban_with_now() {
    let Some(kolkata) = Machine::with_v03(KOLKATA) else { return };
    kolkata.store.configure(&[("timezone", "local")]);
    assert_snapshot!(kolkata.run("config check"), @r#"
    --- stdout
    backend "database": usable (store)
    --- stderr
    info: backend "database": the newest ban (2026-11-24 08:30:00) was made 0 min ago if its time is local, 5 h 30 min in the future if it is in UTC; `timezone: local` is in use
    --- exit 0
    "#);
    kolkata.store.configure(&[("timezone", "utc")]);
    assert_snapshot!(kolkata.run("config check"), @r#"
    --- stdout
    backend "database": usable (store)
    --- stderr
    warning: backend "database": the newest ban (2026-11-24 08:30:00) was made 0 min ago if its time is local, 5 h 30 min in the future if it is in UTC: `timezone: utc` does not fit
    --- exit 0
    "#);
}

#[test]
fn a_machine_in_utc_has_no_choice_to_make() {
    let Some(machine) = Machine::with_v03(REYKJAVIK) else { return };
    assert!(machine.run("ban list -o raw").contains("203.0.113.7"));
    assert!(machine.run("ban add ip 203.0.113.8 4h scan").ends_with("--- exit 0\n"));
    assert_eq!(machine.listed_by_v03(), 2);
    assert_snapshot!(machine.run("config check"), @r#"
    --- stdout
    backend "database": usable (store)
    --- exit 0
    "#);
    // London is in UTC for half of the year.
    let london = Machine { tz: "Europe/London", ..machine };
    assert!(london.run("ban list").contains("`timezone` is not set"));
}

#[test]
fn a_machine_in_utc_is_told_of_bans_by_one_that_is_not() {
    let [_, now, in_1h, in_4h] = KOLKATA;
    let Some(machine) = Machine::with_v03(["UTC", now, in_1h, in_4h]) else { return };
    assert_snapshot!(machine.run("config check"), @r#"
    --- stdout
    backend "database": usable (store)
    --- stderr
    warning: backend "database": the newest ban (2026-11-24 08:30:00) was made 5 h 30 min in the future: by a machine in another time zone?
    --- exit 0
    "#);
}

#[test]
fn tables_that_warden_made_are_in_utc_wherever_the_machine_is() {
    let Some(server) = Mariadb::shared() else { return };
    let [tz, now, _, in_4h] = KOLKATA;
    let machine = Machine { store: Store::on_mariadb(server), tz, now, in_4h };
    assert!(machine.run("ban add ip 203.0.113.8 4h scan").ends_with("--- exit 0\n"));
    let written = "SELECT COUNT(*) FROM ban_applications WHERE until = '2026-11-24 07:00:00'";
    assert_eq!(machine.store.number(written), 1);
    assert!(machine.run("ban list -o raw").contains("4h0m0s"));
    assert_snapshot!(machine.run("config check"), @r#"
    --- stdout
    backend "database": usable (store)
    --- exit 0
    "#);
}
