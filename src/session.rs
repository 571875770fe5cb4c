//! What a command starts with: the printer, the configuration, and how results are printed.

use crate::config::Config;
use crate::error::Result;
use crate::global::Global;
use crate::output::Output;
use crate::ui::{ColorChoice, Ui};

/// The printer and the configuration.
pub struct Session {
    /// The main file.
    pub config: Config,
    /// The printer of talk.
    pub ui: Ui,
    /// When to use colour.
    pub color: ColorChoice,
    /// How results are printed.
    pub output: Output,
    /// Unless every backend is usable, nothing is done.
    pub strict: bool,
}

impl Session {
    /// Reads the configuration.
    pub fn open(global: &Global) -> Result<Self> {
        let mut config = Config::load(global.config_file())?;
        config.timeout = global.timeout.or(config.timeout);
        let color = global.color.or(config.color).unwrap_or_default();
        let ui = Ui::new(global.verbosity.level(), color);
        Ok(Self { config, ui, color, output: global.output, strict: global.strict })
    }
}
