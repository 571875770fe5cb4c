//! The zone of tables that `CrowdSec` v0.3 made: DATETIME has none, and v0.3 wrote the machine's. To take local times for
//! UTC lists no ban of v0.3's, and writes bans that are over for it, so nothing is assumed where it makes a difference.

use chrono::{DateTime, Duration, Local, Offset as _};
use mysql::{Conn, Value};
use warden_plugin::{Error, Host, Level, UNKNOWN_US};

use super::answers;
use super::schema::Schema;
use super::time::{Clock, naive_of};
use crate::server::fault::Fault;
use crate::settings::{TIMEZONE, Zone};

/// By the primary key: there is no index on times.
const NEWEST: &str = "SELECT created_at FROM ban_applications ORDER BY id DESC LIMIT 1";

const MINUTE_US: i64 = 60_000_000;

/// So far the clocks of two machines may be apart; less than any two zones are.
const SKEW_US: i64 = 5 * MINUTE_US;

/// The zone where `timezone` is not set. On a machine in UTC both of its values mean the same.
pub fn assumed(conn: &mut Conn, host: Host) -> Result<Zone, Fault> {
    if is_utc(host.now_us()) {
        return Ok(Zone::Utc);
    }
    let newest = match Newest::of(conn, host.now_us())? {
        Some(Newest { text, local, utc, .. }) => {
            format!(": by the first, the newest ban ({text}) was made {local}, by the second {utc}")
        }
        None => String::new(),
    };
    let hint = format!(
        "set `timezone: local` if they are in this machine's time, as CrowdSec v0.3 writes them, or `timezone: utc` \
         if they are in UTC{newest}"
    );
    let why = "CrowdSec v0.3 made its tables, whose times have no zone, and `timezone` is not set";
    Err(Fault::Failed(Error::config(TIMEZONE, why).with_hint(hint)))
}

/// Compares the newest row with now, and says what does not fit.
pub fn compare(conn: &mut Conn, schema: &Schema, host: Host) -> Result<(), Fault> {
    let Some(newest) = Newest::of(conn, host.now_us())? else { return Ok(()) };
    let Newest { text, local, utc, is_same } = &newest;
    let (name, in_use) = match schema.zone {
        Zone::Utc => ("utc", utc),
        Zone::Local => ("local", local),
    };
    let both =
        format!("the newest ban ({text}) was made {local} if its time is local, {utc} if it is in UTC");
    if in_use.us > SKEW_US && *is_same {
        let why = format!("the newest ban ({text}) was made {in_use}: by a machine in another time zone?");
        host.log(Level::Warn, why);
    } else if in_use.us > SKEW_US {
        host.log(Level::Warn, format_args!("{both}: `timezone: {name}` does not fit"));
    } else if schema.is_of_v03() && !is_same {
        host.log(Level::Info, format_args!("{both}; `timezone: {name}` is in use"));
    }
    Ok(())
}

/// The newest row, as each zone reads it.
struct Newest {
    text: String,
    local: FromNow,
    utc: FromNow,
    is_same: bool,
}

impl Newest {
    fn of(conn: &mut Conn, now_us: i64) -> Result<Option<Self>, Fault> {
        let found: Option<Value> = answers::first(conn, NEWEST, ())?;
        let Some((value, time)) = found.and_then(|value| naive_of(&value).map(|time| (value, time))) else {
            return Ok(None);
        };
        let [local, utc] =
            [Zone::Local, Zone::Utc].map(|zone| Clock { zone, whole_seconds: true }.read(&value));
        if local == UNKNOWN_US || utc == UNKNOWN_US {
            return Ok(None);
        }
        let [from_local, from_utc] = [local, utc].map(|us| FromNow { us: us.saturating_sub(now_us) });
        let text = time.format("%Y-%m-%d %H:%M:%S").to_string();
        Ok(Some(Self { text, local: from_local, utc: from_utc, is_same: local == utc }))
    }
}

/// A distance from now; positive: to come.
#[derive(Clone, Copy, Debug)]
struct FromNow {
    us: i64,
}

impl std::fmt::Display for FromNow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let minutes = self.us.unsigned_abs() / MINUTE_US.unsigned_abs();
        match (minutes / 1440, minutes / 60 % 24, minutes % 60) {
            (0, 0, minutes) => write!(f, "{minutes} min ")?,
            (0, hours, 0) => write!(f, "{hours} h ")?,
            (0, hours, minutes) => write!(f, "{hours} h {minutes} min ")?,
            (days, hours, _) => write!(f, "{days} d {hours} h ")?,
        }
        f.write_str(if self.us > 0 { "in the future" } else { "ago" })
    }
}

/// Whether the machine is in UTC the whole year round: London is only in winter.
fn is_utc(now_us: i64) -> bool {
    let Some(now) = DateTime::from_timestamp_micros(now_us) else { return false };
    (-13..=13).all(|month| {
        let then = now + Duration::days(30 * month);
        then.with_timezone(&Local).offset().fix().local_minus_utc() == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_says_on_which_side_of_now_it_is() {
        for (us, text) in [
            (0, "0 min ago"),
            (-2 * MINUTE_US - 1, "2 min ago"),
            (330 * MINUTE_US, "5 h 30 min in the future"),
            (-300 * MINUTE_US, "5 h ago"),
            (-1505 * MINUTE_US, "1 d 1 h ago"),
        ] {
            assert_eq!(FromNow { us }.to_string(), text);
        }
    }
}
