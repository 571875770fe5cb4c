//! The flags that hold for every command.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{ArgAction, Args};
use warden_plugin::Level;

use crate::duration::BanDuration;
use crate::output::Output;
use crate::ui::ColorChoice;

/// What holds for every command.
#[derive(Clone, Debug, Args)]
pub struct Global {
    /// The main configuration file; given twice, the last one counts
    #[arg(short, long, global = true, value_name = "FILE", action = ArgAction::Append, help_heading = "Global options")]
    pub config: Vec<PathBuf>,
    /// How results are printed on standard output
    #[arg(short, long, global = true, value_enum, default_value_t, help_heading = "Global options")]
    pub output: Output,
    /// When to use colour [default: auto; `NO_COLOR` turns it off]
    #[arg(long, global = true, value_enum, value_name = "WHEN", help_heading = "Global options")]
    pub color: Option<ColorChoice>,
    /// Do nothing unless every backend has started and, for a write, is fit for it
    #[arg(long, global = true, help_heading = "Global options")]
    pub strict: bool,
    /// How long one call of a plugin may take, then it is left behind [default: for ever]
    #[arg(long, global = true, value_name = "DURATION", value_parser = finite, help_heading = "Global options")]
    pub timeout: Option<Duration>,
    /// How much is said on standard error
    #[command(flatten)]
    pub verbosity: Verbosity,
}

/// A duration that ends.
fn finite(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(BanDuration::For(duration)) => Ok(duration),
        Ok(BanDuration::Permanent) => Err("leave --timeout out for no limit".into()),
        Err(error) => Err(error.to_string()),
    }
}

impl Global {
    /// The main configuration file, if one is named.
    pub fn config_file(&self) -> Option<&Path> {
        self.config.last().map(PathBuf::as_path)
    }
}

/// How much is said on standard error.
#[derive(Clone, Copy, Debug, Args)]
#[group(multiple = false)]
#[allow(clippy::struct_excessive_bools, reason = "v0.3's four flags, of which one may be given")]
pub struct Verbosity {
    /// Say each step
    #[arg(long, global = true, action = ArgAction::SetTrue, help_heading = "Global options")]
    debug: bool,
    /// Say what is done [default]
    #[arg(long, global = true, action = ArgAction::SetTrue, help_heading = "Global options")]
    info: bool,
    /// Say only what is not as it should be
    #[arg(long, global = true, action = ArgAction::SetTrue, help_heading = "Global options")]
    warning: bool,
    /// Say only what failed
    #[arg(long, global = true, action = ArgAction::SetTrue, help_heading = "Global options")]
    error: bool,
}

impl Verbosity {
    /// The level that is asked for.
    pub fn level(self) -> Level {
        match self {
            Self { debug: true, .. } => Level::Debug,
            Self { warning: true, .. } => Level::Warn,
            Self { error: true, .. } => Level::Error,
            _ => Level::Info,
        }
    }
}
