//! A list: the backends' rows, one after another.

use warden_plugin::{Applied, Capabilities, Query, Row};

use super::{Backends, Member, asked};
use crate::ban_row::BanRow;
use crate::instant::Instant;

/// What a read asks for.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The filters, the instant and the limit.
    pub query: Query<'a>,
    /// Which backends are read.
    pub selection: Selection,
}

/// Which backends a question goes to: those that keep bans, or all when none does.
#[derive(Clone, Copy, Debug)]
pub struct Selection {
    /// The user named the backends: each of them is asked, whatever it keeps.
    pub named: bool,
    /// The question is about the past, so the store must keep history.
    pub past: bool,
}

/// A read under way, over all backends together.
struct RowReader<'q> {
    question: &'q Question<'q>,
    left: Option<u64>,
    repaired: bool,
    done: bool,
}

impl RowReader<'_> {
    fn read(
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
        if !query.matches(row, applied) {
            return true;
        }
        let at = Instant::from_micros(query.at_us);
        self.left = self.left.map(|left| left - 1);
        self.done = !rows(&BanRow { row, backend, at }) || self.left == Some(0);
        !self.done
    }
}

impl Backends {
    /// Reads the bans active at an instant, backend by backend, each row handed on as it comes. Answers whether every backend
    /// answered: else what was handed on is a part.
    pub fn read(&mut self, question: &Question<'_>, rows: &mut dyn FnMut(&BanRow<'_>) -> bool) -> bool {
        let mut complete = self.discarded.is_empty();
        let mut reader = RowReader { question, left: question.query.limit, repaired: false, done: false };
        for member in asked(&mut self.members, question.selection) {
            if member.failed.is_some() {
                complete = false;
                continue;
            }
            if question.selection.past && !member.has(Capabilities::HISTORY) {
                let note =
                    format!("backend \"{}\" keeps no history: left out of a list of the past", member.name);
                self.ui.say(note);
                continue;
            }
            match reader.read(member, rows) {
                Ok(()) => member.replied = true,
                Err(error) => {
                    self.ui.error(&member.failed("list", &error));
                    self.is_incomplete = true;
                    complete = false;
                }
            }
            if reader.done {
                break;
            }
        }
        if reader.repaired {
            self.ui.say("some text was not UTF-8 and is shown with U+FFFD");
        }
        complete
    }

    /// Whether a backend failed while its rows were read: what was handed on is a part.
    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// How many backends are selected.
    pub fn selected(&self, selection: Selection) -> usize {
        let stores = self.members.iter().filter(|m| m.has(Capabilities::STORE)).count();
        if selection.named || stores == 0 { self.members.len() } else { stores }
    }
}
