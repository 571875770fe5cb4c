//! The conformance suite: what any plugin must do, case by case, as `warden plugin check` runs it. A case runs in a
//! process of its own (`child`), so that a plugin which crashes or hangs has failed one case and no more.

pub mod child;
mod errors;
mod fixture;
mod life;
mod query;
mod store;
mod transaction;
mod verdict;

pub use fixture::Fixture;
pub use verdict::{Outcome, Verdict};

/// A case.
#[derive(Debug)]
pub struct Case {
    /// Its name.
    pub name: &'static str,
    /// What it shows.
    pub about: &'static str,
    run: fn(&Fixture) -> Verdict,
}

impl Case {
    const fn new(name: &'static str, about: &'static str, run: fn(&Fixture) -> Verdict) -> Self {
        Self { name, about, run }
    }

    /// The case of a name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CASES.iter().find(|case| case.name == name)
    }

    /// Runs it here.
    pub fn run(&self, fixture: &Fixture) -> Outcome {
        Outcome::from((self.run)(fixture))
    }
}

/// All cases, the cheap ones first.
pub const CASES: &[Case] = &[
    Case::new("descriptor", "it says who it is and what it can do", life::descriptor),
    Case::new(
        "life-cycle",
        "init, probe, start_auto_commit, flush, shutdown and destroy succeed",
        life::cycle,
    ),
    Case::new("each-call", "each call succeeds", life::each_call),
    Case::new(
        "unknown-extension",
        "an extension that it does not know is not offered",
        life::unknown_extension,
    ),
    Case::new("enforcer", "its lock is let go by flush, discard and shutdown", life::enforcer),
    Case::new("two-instances", "two instances live side by side, and end one by one", life::two_instances),
    Case::new("threads", "an instance may be called from another thread", life::threads),
    Case::new("nonsense", "arguments without sense are refused or ignored", errors::nonsense),
    Case::new("error-never", "it goes on after a failure that was never explained", errors::never),
    Case::new("error-twice", "it goes on after a failure that was explained twice", errors::twice),
    Case::new("error-megabyte", "it goes on after a failure with a megabyte of text", errors::megabyte),
    Case::new("read-back", "what was inserted is read back", store::read_back),
    Case::new("bans-only", "bans without their signal are listed by their own fields", store::bans_only),
    Case::new("replace", "a ban replaces that of its target and source, and no other", store::replace),
    Case::new("delete", "what was deleted is gone, and nothing else", store::delete),
    Case::new("delete-all", "after delete_all nothing is left", store::delete_all),
    Case::new("active", "a ban is active from its start until before its end", store::active),
    Case::new("history", "a ban that was deleted was active before", store::history),
    Case::new("permanent", "a ban without end stays one", store::permanent),
    Case::new("ranges", "ranges of both families are kept", store::ranges),
    Case::new("ordered", "rows come newest first", store::ordered),
    Case::new("hostile-text", "hostile text is read back as it was, or refused", store::hostile_text),
    Case::new("stop", "a read stops when asked to, and the next one is whole", store::stop),
    Case::new("pending", "what is pending is seen, and dropped by discard", transaction::discard),
    Case::new("unflushed", "what was not flushed does not outlive the instance", transaction::unflushed),
    Case::new("flushed", "what was flushed is not dropped by discard", transaction::flushed),
    Case::new("undo", "a change that is undone is as if it had not been made", transaction::undo),
    Case::new("filters", "filters pushed down give the same rows as filters on the host", query::filters),
    Case::new("limit", "a limit pushed down gives the first rows", query::limit),
    Case::new("summary", "counts without rows are those of the rows", query::summary),
    Case::new("many-rows", "many rows are all read, each once", store::many_rows),
];
