//! The one reading of a list: every record is checked, those that count go into the spool, what is wrong is reported.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::spooled::{Groups, SpooledBan, Wanted};
use crate::action::Actions;
use crate::duration::BanDuration;
use crate::error::{Error, Kind, Result};
use crate::import::{self, Checked, End, Fault, Fields, Format, Input, Record, Source, Stop};
use crate::instant::Instant;
use crate::progress::Progress;
use crate::protected::Protected;
use crate::spool::{self, Sorted, Sorter};
use crate::ui::{Ui, number};

/// What holds for a record that does not say so itself.
pub struct Defaults {
    pub duration: BanDuration,
    pub reason: String,
    pub action: String,
    pub source: String,
    /// The source holds for every record, whatever it says.
    pub one_source: bool,
    pub now: Instant,
}

/// How strictly the list is taken.
#[derive(Clone, Copy)]
pub struct Rules {
    pub keep_going: bool,
    pub force: bool,
    /// As `ban add`: of a record only the target counts, and one that should not be banned is an error.
    pub adding: bool,
}

/// What was found in a list.
pub struct BanList {
    /// Sorted; a target may come several times.
    pub bans: Sorted,
    pub counts: RecordCounts,
    /// The sources that the bans name; `None`: more than [`MOST_SOURCES`].
    pub sources: Option<BTreeSet<String>>,
    pub format: Format,
    pub file: Option<PathBuf>,
}

impl BanList {
    /// The bans that a store is to have.
    pub fn wanted(&self) -> Wanted<'_> {
        Wanted { bans: &self.bans, sources: self.sources.as_ref() }
    }
}

/// How many records came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordCounts {
    pub read: u64,
    pub expired: u64,
    pub simulated: u64,
    pub allowlisted: u64,
    pub protected: u64,
    pub duplicates: u64,
    pub refused: u64,
    /// Banned as the range around what was written.
    pub host_bits_cut: u64,
}

impl RecordCounts {
    /// What was right, and yet is not to be banned.
    pub fn skipped(&self) -> u64 {
        self.expired + self.simulated + self.allowlisted + self.protected + self.duplicates
    }
}

/// More sources are not remembered by name.
const MOST_SOURCES: usize = 16;
/// More faults are counted, not printed.
const MOST_FAULTS: u64 = 10;

/// What a list is read with.
pub struct Reading<'r> {
    pub defaults: &'r Defaults,
    pub actions: &'r Actions<'r>,
    pub rules: Rules,
    pub protected: Protected,
    pub ui: Ui,
}

/// Reads a list to its end.
///
/// # Errors
/// `Input` when it cannot be read, or holds what is wrong and the rules do not leave that out.
pub fn read(mut input: Input<'_>, format: Option<Format>, with: Reading<'_>) -> Result<BanList> {
    let Reading { defaults, actions, rules, protected, ui } = with;
    let file = input.file().map(ToOwned::to_owned);
    let source = input.source().clone();
    let format = match format {
        Some(format) => format,
        None => input.detect().map_err(|fault| source.error(fault))?,
    };
    if input.is_empty() {
        ui.warn(&Error::new(Kind::Input, format!("{} is empty", input.name())));
    }
    let progress = Progress::new(ui, "reading", None);
    let mut collector = Collector {
        defaults,
        actions,
        rules,
        protected,
        progress,
        ui,
        source,
        counts: RecordCounts::default(),
        sources: Some(defaults.one_source.then(|| defaults.source.clone()).into_iter().collect()),
        sorter: Sorter::default(),
        value: Vec::new(),
        failed: None,
    };
    let stopped = import::read(format, &mut input, &mut |fields| collector.record(fields));
    collector.check_end(stopped, &input)?;
    collector.finish(format, file)
}

/// Collects the bans of a list.
struct Collector<'c> {
    defaults: &'c Defaults,
    actions: &'c Actions<'c>,
    rules: Rules,
    protected: Protected,
    progress: Progress,
    ui: Ui,
    source: Source,
    counts: RecordCounts,
    sources: Option<BTreeSet<String>>,
    sorter: Sorter,
    value: Vec<u8>,
    /// Why the spool wants no more.
    failed: Option<Error>,
}

impl Collector<'_> {
    /// Takes one record.
    fn record(&mut self, fields: Result<Fields<'_>, Fault>) -> Result<(), Stop> {
        self.counts.read += 1;
        self.progress.add(1);
        let now = self.defaults.now;
        let added = fields.and_then(|fields| {
            let checked = if self.rules.adding {
                self.check_target(&fields)
            } else {
                import::check(&fields, self.actions, now)
            };
            checked.map(|checked| self.add(&checked))
        });
        match added {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => {
                self.failed = Some(error);
                Err(Stop::Enough)
            }
            Err(fault) => self.refuse(fault),
        }
    }

    /// Reads the target alone, and refuses one that should not be banned.
    fn check_target(&self, fields: &Fields<'_>) -> Result<Checked<'static>, Fault> {
        let record = Record::of(import::target(fields)?);
        let objections =
            if self.rules.force { Vec::new() } else { self.protected.objections(&record.target) };
        if objections.is_empty() {
            return Ok(Checked::Ban(record));
        }
        let what = format!("banning {} is dangerous: {}", record.target, objections.join("; "));
        Err(Fault::new(fields.at, what).with_hint("--force bans it all the same"))
    }

    /// Counts a bad record, and prints it.
    fn refuse(&mut self, fault: Fault) -> Result<(), Stop> {
        self.counts.refused += 1;
        if self.counts.refused <= MOST_FAULTS {
            self.progress.suspend(|| self.ui.error(&self.source.error(fault)));
        }
        // A file that is no list at all would fault in every line: it is not read to its end to count them.
        let enough = !self.rules.keep_going && self.counts.refused > MOST_FAULTS;
        if enough { Err(Stop::Enough) } else { Ok(()) }
    }

    fn add(&mut self, checked: &Checked<'_>) -> Result {
        let record = match checked {
            Checked::Expired => {
                self.counts.expired += 1;
                return Ok(());
            }
            Checked::Simulated => {
                self.counts.simulated += 1;
                return Ok(());
            }
            Checked::Ban(record) => record,
        };
        if !self.rules.force && self.is_protected(record) {
            return Ok(());
        }
        self.counts.host_bits_cut += u64::from(record.host_bits_cut);
        let ban = self.defaults.ban(record);
        self.note_source(&ban.source);
        ban.push(&mut self.sorter, &mut self.value).map_err(|e| spool::failed(&e))
    }

    /// Whether a target is left alone, and counts it.
    fn is_protected(&mut self, record: &Record<'_>) -> bool {
        if self.protected.allowlisted(&record.target).is_some() {
            self.counts.allowlisted += 1;
            return true;
        }
        let dangers = self.protected.dangers(&record.target);
        if dangers.is_empty() {
            return false;
        }
        self.counts.protected += 1;
        if self.counts.protected <= MOST_FAULTS {
            let what = format!("{} is left out: {}", record.target, dangers.join("; "));
            self.progress.suspend(|| self.ui.warn(&Error::new(Kind::Refused, what)));
        }
        true
    }

    fn note_source(&mut self, source: &str) {
        let Some(sources) = &mut self.sources else { return };
        if !sources.contains(source) {
            sources.insert(source.to_owned());
        }
        if sources.len() > MOST_SOURCES {
            self.sources = None;
        }
    }

    /// Whether the reading ended as it should.
    fn check_end(&mut self, stopped: Result<(), Stop>, input: &Input<'_>) -> Result {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        if let Err(Stop::Io(e)) = &stopped {
            return Err(input.unreadable(e));
        }
        // Before its faults: they may come of that.
        input.unchanged()?;
        if let Err(Stop::Fault(fault)) = stopped {
            self.progress.suspend(|| self.ui.error(&self.source.error(fault)));
            return Err(Error::new(
                Kind::Input,
                "the list is not understood to its end, so nothing was done",
            ));
        }
        let (refused, read) = (self.counts.refused, self.counts.read);
        if refused == 0 || self.rules.keep_going {
            return Ok(());
        }
        let count = match refused {
            1 => format!("1 of {} records is", number(read)),
            2..=MOST_FAULTS => format!("{refused} of {} records are", number(read)),
            _ => format!("more than {MOST_FAULTS} of {} records are", number(read)),
        };
        let message = format!("{count} wrong, so nothing was done");
        let error = Error::new(Kind::Input, message);
        Err(match self.rules.adding {
            true => error,
            false => error.with_hint("--keep-going leaves them out and imports the rest"),
        })
    }

    fn finish(self, format: Format, file: Option<PathBuf>) -> Result<BanList> {
        let Self { mut counts, sources, sorter, .. } = self;
        let bans = sorter.finish().map_err(|e| spool::failed(&e))?;
        counts.duplicates = duplicates(&bans).map_err(|e| spool::failed(&e))?;
        Ok(BanList { bans, counts, sources, format, file })
    }
}

fn duplicates(spool: &Sorted) -> std::io::Result<u64> {
    let (mut groups, mut duplicates) = (Groups::of(spool)?, 0);
    while let Some(group) = groups.next()? {
        duplicates += group.count - 1;
    }
    Ok(duplicates)
}

impl Defaults {
    fn ban(&self, record: &Record<'_>) -> SpooledBan {
        let or = |text: &str, default: &str| if text.is_empty() { default } else { text }.to_owned();
        let (until, length) = match record.end.unwrap_or(End::For(self.duration)) {
            End::At(at) => (at, 0),
            End::For(duration) => (self.now.plus(duration), duration.micros()),
        };
        let source = if self.one_source { "" } else { record.source };
        SpooledBan {
            target: record.target,
            source: or(source, &self.source),
            action: or(&record.action, &self.action),
            reason: or(record.reason, &self.reason),
            country: record.country.to_owned(),
            as_name: record.as_name.to_owned(),
            as_number: record.as_number,
            until,
            length,
        }
    }
}
