//! `warden ban diff`: what one backend has and another one has not. Both are read into a spool and merged: the memory does
//! not grow with the lists.

use std::io::{self, Write};

use clap::Args;
use serde::Serialize;

use super::scope::Scope;
use crate::backends::Mode;
use crate::clock;
use crate::error::{Error, Exit};
use crate::instant::Instant;
use crate::operation::{self, Use};
use crate::output::{Record, Records, local_second};
use crate::plan::{SpooledBan, compare, is_same, snapshot};
use crate::session::Session;
use crate::spool;
use crate::ui::Escaped;

/// What one backend has and another one has not. Exit 0 when they hold the same bans, 4 when not.
#[derive(Debug, Args)]
pub struct Diff {
    /// A backend
    #[arg(value_name = "A")]
    a: String,
    /// Another one
    #[arg(value_name = "B")]
    b: String,
}

pub fn run(diff: &Diff, scope: Scope<'_>) -> anyhow::Result<Exit> {
    scope.refuse_backends()?;
    if diff.a == diff.b {
        return Err(Error::usage(format!("`{}` is both A and B", diff.a)).into());
    }
    let session = Session::open(scope.global)?;
    let now = clock::now();
    let (a, b) = ([diff.a.clone()], [diff.b.clone()]);
    let uses = [Use { named: &a, mode: Mode::Read }, Use { named: &b, mode: Mode::Read }];
    operation::run(&session, "ban diff", uses, |[a, b]| {
        let (a_holds, b_holds) = (a.applied_actions(), b.applied_actions());
        let both = |row: &warden_plugin::Row<'_>| {
            !row.simulation && a_holds.has(row.action) && b_holds.has(row.action)
        };
        let in_a = snapshot(a, &diff.a, now, session.ui, &both)?;
        let in_b = snapshot(b, &diff.b, now, session.ui, &both)?;
        let mut records = Records::begin(session.output, &Difference::COLUMNS);
        compare(
            &in_a,
            &in_b,
            |e| spool::failed(&e),
            |a, b| {
                let bans = (a.as_ref().map(|group| &group.ban), b.as_ref().map(|group| &group.ban));
                Ok(match bans {
                    (Some(a), Some(b)) if is_same(a, b) => true,
                    (a, b) => records.record(&Difference::of(diff, a, b)),
                })
            },
        )?;
        let found = records.count();
        records.end(|out, count| match count {
            0 => writeln!(out, "{} and {} hold the same bans", Escaped(&diff.a), Escaped(&diff.b)),
            _ => Ok(()),
        })?;
        Ok(if found == 0 { Exit::Done } else { Exit::NoMatch })
    })
}

/// A target and source whose bans differ.
#[derive(Serialize)]
struct Difference<'d> {
    difference: String,
    iptext: String,
    source: &'d str,
    a: Option<Side<'d>>,
    b: Option<Side<'d>>,
    #[serde(skip)]
    names: [&'d str; 2],
}

/// The ban that one of the two backends has.
#[derive(Serialize)]
struct Side<'d> {
    action: &'d str,
    reason: &'d str,
    until_at: Option<String>,
    #[serde(skip)]
    until: Instant,
}

impl<'d> Difference<'d> {
    const COLUMNS: [&'static str; 5] = ["difference", "ip", "source", "action", "until_at"];

    fn of(diff: &'d Diff, a: Option<&'d SpooledBan>, b: Option<&'d SpooledBan>) -> Self {
        let names = [diff.a.as_str(), diff.b.as_str()];
        let difference = match (a, b) {
            (Some(_), Some(_)) => "different".into(),
            (Some(_), None) => format!("only in {}", names[0]),
            _ => format!("only in {}", names[1]),
        };
        // One of them is there.
        let (iptext, source) =
            a.or(b).map_or_else(Default::default, |ban| (ban.target.to_string(), ban.source.as_str()));
        Self { difference, iptext, source, a: a.map(Side::of), b: b.map(Side::of), names }
    }
}

impl<'d> Side<'d> {
    fn of(ban: &'d SpooledBan) -> Self {
        let until = (ban.until != Instant::FOREVER).then(|| ban.until.rfc3339_utc().to_string());
        Self { action: &ban.action, reason: &ban.reason, until_at: until, until: ban.until }
    }

    /// The ban in a few words.
    fn described(&self) -> String {
        let action = Escaped(self.action);
        match self.until {
            Instant::FOREVER => format!("{action}, permanent"),
            until => format!("{action} until {}", local_second(until)),
        }
    }
}

impl Record for Difference<'_> {
    fn human(&self, out: &mut dyn Write) -> io::Result<()> {
        let (kind, target, source) = (Escaped(&self.difference), &self.iptext, Escaped(self.source));
        match (&self.a, &self.b) {
            (Some(a), Some(b)) => {
                let [name_a, name_b] = self.names.map(Escaped);
                let (a, b) = (a.described(), b.described());
                writeln!(out, "{kind}: {target} ({source}): {a} in {name_a}, {b} in {name_b}")
            }
            (one, other) => {
                let ban = one.as_ref().or(other.as_ref()).map(Side::described).unwrap_or_default();
                writeln!(out, "{kind}: {target} ({source}), {ban}")
            }
        }
    }

    fn values(&self) -> Vec<&str> {
        let side = self.a.as_ref().or(self.b.as_ref());
        let (action, until) = side.map_or(("", None), |side| (side.action, side.until_at.as_deref()));
        vec![&self.difference, &self.iptext, self.source, action, until.unwrap_or_default()]
    }
}
