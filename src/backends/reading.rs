//! A list: the backends' rows, one after another.

use warden_plugin::{Applied, Capabilities, Query, Row};

use super::{Backends, Member, answered, asked};
use crate::error::Exit;
use crate::filter;
use crate::instant::Instant;
use crate::model::BanRow;

/// What a read asks for.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The filters, the instant and the limit.
    pub query: Query<'a>,
    /// The instant lies in the past, so the store must keep history.
    pub past: bool,
    /// The user named the backends.
    pub named: bool,
}

/// A read under way, over all backends together.
struct Reading<'q> {
    question: &'q Question<'q>,
    left: Option<u64>,
    repaired: bool,
    done: bool,
}

impl Reading<'_> {
    fn of(
        &mut self,
        member: &mut Member,
        rows: &mut dyn FnMut(&BanRow<'_>) -> bool,
    ) -> warden_plugin::Result {
        let query = Query { limit: self.left, ..self.question.query };
        let name = &member.name;
        member.instance.read(&query, |row, repaired, applied| {
            self.repaired |= repaired;
            self.take(row, applied, name, rows)
        })
    }

    /// Hands one row on; answers whether more are wanted.
    fn take(
        &mut self,
        row: &Row<'_>,
        applied: Applied,
        backend: &str,
        rows: &mut dyn FnMut(&BanRow<'_>) -> bool,
    ) -> bool {
        let query = &self.question.query;
        if self.left == Some(0) {
            self.done = true;
            return false;
        }
        if !filter::matches(query, row, applied) {
            return true;
        }
        let at = Instant::from_micros(query.at_us);
        self.left = self.left.map(|left| left - 1);
        self.done = !rows(&BanRow { row, backend, at }) || self.left == Some(0);
        !self.done
    }
}

impl Backends {
    /// Reads the bans active at an instant, backend by backend, each row handed on as it comes. `named`: the user chose
    /// the backends; otherwise those that keep bans are read, and all of them when none does.
    pub fn read(&mut self, question: &Question<'_>, rows: &mut dyn FnMut(&BanRow<'_>) -> bool) -> Exit {
        let (mut failed, mut done) = (self.lost.len(), 0);
        let mut reading = Reading { question, left: question.query.limit, repaired: false, done: false };
        for member in asked(&mut self.members, question.named) {
            if member.failed {
                failed += 1;
                continue;
            }
            if question.past && !member.has(Capabilities::HISTORY) {
                let note =
                    format!("backend \"{}\" keeps no history: left out of a list of the past", member.name);
                self.ui.say(note);
                continue;
            }
            match reading.of(member, rows) {
                Ok(()) => done += 1,
                Err(error) => {
                    self.ui.error(&member.failed("list", &error));
                    self.is_cut = true;
                    failed += 1;
                }
            }
            if reading.done {
                break;
            }
        }
        if reading.repaired {
            self.ui.say("some text was not UTF-8 and is shown with U+FFFD");
        }
        answered(failed, done)
    }

    /// Whether a backend failed while its rows were read: what was handed on is a part.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// How many backends a list reads.
    pub fn readable(&self, named: bool) -> usize {
        let stores = self.members.iter().filter(|m| m.has(Capabilities::STORE)).count();
        if named || stores == 0 { self.members.len() } else { stores }
    }
}
