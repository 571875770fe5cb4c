//! How far a flush came, for the message when it failed.

use warden_plugin::Error;

use super::pending::Pending;

/// What is done, of how much.
#[derive(Debug, Default)]
pub struct Progress {
    /// Every ban was to end; whether that was begun.
    everything: bool,
    pub all_ended: bool,
    adds: usize,
    /// New bans that the server holds.
    pub stored: usize,
    /// New bans that it may hold.
    pub unsure: usize,
    /// Whether bouncers may see new bans that no list shows.
    pub hidden: bool,
    ends: usize,
    /// Bans that were ended, of those named.
    pub ended: usize,
}

impl Progress {
    /// Nothing yet.
    pub fn of(pending: &Pending) -> Self {
        Self {
            everything: pending.everything.is_some(),
            adds: pending.adds().count(),
            ends: pending.replaced.len() + pending.ends.iter().map(|end| end.ids.len()).sum::<usize>(),
            ..Self::default()
        }
    }

    /// The error with what is so now.
    pub fn explain(&self, error: &Error) -> Error {
        let mut told = vec![error.message().to_owned()];
        if !self.all_ended && self.stored == 0 && self.unsure == 0 && self.ended == 0 && !self.hidden {
            told.push("nothing was changed".to_owned());
        } else {
            told.extend(self.everything().into_iter().chain(self.adds()).chain(self.ends()));
        }
        let error = Error::new(error.kind(), told.join("; ")).with_key(error.key()).with_hint(error.hint());
        match self.unsure {
            0 => error,
            _ => error
                .with_hint("`warden ban list` shows it when the server is back; adding it again replaces it"),
        }
    }

    fn everything(&self) -> Option<String> {
        let word = if self.all_ended { "the bans that stood were ended" } else { "no ban was ended" };
        self.everything.then(|| word.to_owned())
    }

    fn adds(&self) -> Option<String> {
        let (all, stored, unsure) = (self.adds, self.stored, self.unsure);
        (all > 0).then(|| match (stored, unsure) {
            (0, 0) if self.hidden => {
                format!("none of {all} new bans is listed, but bouncers may see them until they end")
            }
            (0, 0) => format!("none of {all} new bans is stored"),
            (_, 0) => format!("{stored} of {all} new bans are stored"),
            (0, _) if unsure == all => format!("whether {all} new bans are stored is not known"),
            _ => format!("{stored} of {all} new bans are stored, of {unsure} it is not known"),
        })
    }

    fn ends(&self) -> Option<String> {
        (self.ends > 0).then(|| format!("{} of {} bans to end were ended", self.ended, self.ends))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(progress: &Progress) -> String {
        progress.explain(&Error::unavailable("no")).message().to_owned()
    }

    #[test]
    fn a_failure_says_exactly_what_is_so() {
        let adds = || Progress { adds: 9, ..Progress::default() };
        assert_eq!(said(&adds()), "no; nothing was changed");
        assert_eq!(
            said(&Progress { hidden: true, ..adds() }),
            "no; none of 9 new bans is listed, but bouncers may see them until they end"
        );
        assert_eq!(said(&Progress { stored: 4, ..adds() }), "no; 4 of 9 new bans are stored");
        assert_eq!(said(&Progress { unsure: 9, ..adds() }), "no; whether 9 new bans are stored is not known");
        assert_eq!(
            said(&Progress { stored: 4, unsure: 5, ..adds() }),
            "no; 4 of 9 new bans are stored, of 5 it is not known"
        );
        assert_eq!(
            said(&Progress { stored: 9, ends: 3, ended: 1, ..adds() }),
            "no; 9 of 9 new bans are stored; 1 of 3 bans to end were ended"
        );
        assert_eq!(
            said(&Progress { everything: true, all_ended: true, ..adds() }),
            "no; the bans that stood were ended; none of 9 new bans is stored"
        );
    }

    #[test]
    fn what_is_not_known_is_hinted_at() {
        let error = Progress { adds: 1, unsure: 1, ..Progress::default() }.explain(&Error::unavailable("no"));
        assert!(error.hint().contains("ban list"));
    }
}
