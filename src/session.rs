//! What a command starts with: the printer, the configuration, and the backends when it needs them.

use crate::backends::Backends;
use crate::config::Config;
use crate::error::Result;
use crate::global::Global;
use crate::ui::{ColorChoice, Ui};

/// The printer and the configuration.
pub struct Session {
    /// The main file.
    pub config: Config,
    /// The printer of talk.
    pub ui: Ui,
    /// When to use colour.
    pub color: ColorChoice,
    strict: bool,
}

impl Session {
    /// Reads the configuration.
    pub fn open(global: &Global) -> Result<Self> {
        let mut config = Config::load(global.config_file())?;
        config.timeout = global.timeout.or(config.timeout);
        let color = global.color.or(config.color).unwrap_or_default();
        let ui = Ui::new(global.verbosity.level(), color);
        Ok(Self { config, ui, color, strict: global.strict })
    }

    /// Starts the backends for a command that reads; with `--strict` all of them or none.
    pub fn backends(&self, named: &[String], command: &str) -> Result<Backends> {
        let backends = Backends::start(&self.config, named, command, self.ui)?;
        if self.strict {
            backends.require_started()?;
        }
        Ok(backends)
    }

    /// Starts the backends for a command that writes, whose name goes into their records; with `--strict` all of them
    /// or none.
    pub fn writers(&self, named: &[String], command: &str) -> Result<Backends> {
        let mut backends = self.backends(named, command)?;
        if self.strict {
            backends.require_usable()?;
        }
        Ok(backends)
    }
}
