//! Instants as PostgreSQL's timestamptz, and back.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, accepts, to_sql_checked};
use warden_plugin::{FOREVER_US, UNKNOWN_US};

/// 2000-01-01, from where PostgreSQL counts, in microseconds since the epoch.
const BEGINNING: i64 = 946_684_800_000_000;

/// 9999-12-30: an end at or after this is no end.
const FOREVER_FROM: i64 = 253_402_128_000_000_000;

/// 9999-12-31: what is written for no end.
const FOREVER: i64 = FOREVER_FROM + 86_400_000_000;

/// 4713 BC, where PostgreSQL's calendar begins.
const EARLIEST: i64 = -211_813_488_000_000_000;

/// An instant in microseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant(i64);

impl Instant {
    /// NULL where PostgreSQL's calendar does not reach.
    pub fn of(us: i64) -> Option<Self> {
        (us >= EARLIEST).then(|| Self(us.min(FOREVER)))
    }

    /// Of the end of a ban.
    pub fn of_end(us: i64) -> Option<Self> {
        if us >= FOREVER_FROM { Some(Self(FOREVER)) } else { Self::of(us) }
    }
}

/// The instant of a column; `UNKNOWN_US` when there is none.
pub fn read(instant: Option<Instant>) -> i64 {
    instant.map_or(UNKNOWN_US, |Instant(us)| us)
}

/// As [`read`], for the end of a ban.
pub fn read_end(instant: Option<Instant>) -> i64 {
    match read(instant) {
        us if us >= FOREVER_FROM => FOREVER_US,
        us => us,
    }
}

impl ToSql for Instant {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        out.extend_from_slice(&(self.0 - BEGINNING).to_be_bytes());
        Ok(IsNull::No)
    }

    accepts!(TIMESTAMPTZ);
    to_sql_checked!();
}

impl<'a> FromSql<'a> for Instant {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        // `infinity` is the largest number: for ever.
        Ok(Self(i64::from_be_bytes(raw.try_into()?).saturating_add(BEGINNING)))
    }

    accepts!(TIMESTAMPTZ);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through(instant: Instant) -> Instant {
        let mut bytes = BytesMut::new();
        instant.to_sql(&Type::TIMESTAMPTZ, &mut bytes).unwrap();
        Instant::from_sql(&Type::TIMESTAMPTZ, &bytes).unwrap()
    }

    #[test]
    fn an_instant_comes_back_as_it_was() {
        for us in [0, 1, -1, 1_795_489_200_123_456, FOREVER_FROM - 1] {
            assert_eq!(read_end(Instant::of_end(us).map(through)), us);
        }
        assert_eq!(read_end(Instant::of_end(FOREVER_US).map(through)), FOREVER_US);
        assert_eq!(read(Instant::of(UNKNOWN_US).map(through)), UNKNOWN_US);
        assert_eq!(read_end(Instant::from_sql(&Type::TIMESTAMPTZ, &i64::MAX.to_be_bytes()).ok()), FOREVER_US);
    }
}
