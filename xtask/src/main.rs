//! The project's own tools: `cargo xtask run | test | install | gen | fuzz | bench`.

mod bench;
mod build;
mod fuzz;
mod generate;
mod install;
mod programs;
mod sandbox;
mod summary;
mod test;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own tools")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build everything and run warden in a sandbox under the target folder
    Run {
        /// What warden is given
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Build the plugins and run every test
    Test {
        /// Install what the tests need (servers, compilers, the servers' users), as root on Debian
        #[arg(long)]
        install_servers: bool,
        /// What `cargo test` is given
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Build for release and install
    Install {
        /// Install the debug build
        #[arg(long)]
        debug: bool,
        /// Where the program is to live
        #[arg(long, value_name = "DIR")]
        prefix: PathBuf,
        /// A folder that stands for / (for packages)
        #[arg(long, value_name = "DIR")]
        destdir: Option<PathBuf>,
    },
    /// Run the fuzz targets, with cargo-fuzz
    Fuzz {
        /// For how long each
        #[arg(long, value_name = "N", default_value_t = 60)]
        seconds: u32,
        /// Which targets [default: all]
        #[arg(value_name = "TARGET")]
        targets: Vec<String>,
    },
    /// Measure warden beside its peers
    Bench(bench::Bench),
    /// Send packets to this machine itself: what a bench measures
    #[command(hide = true)]
    Flood { family: u8, packets: u32 },
    /// Run a command and print how many KiB it took at most: what a bench measures
    #[command(hide = true)]
    Peak { words: Vec<String> },
    /// Write the completions, man pages and the command-line reference
    Gen {
        /// Only say whether they are up to date
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let task = Cli::parse().task;
    let result = match task {
        Task::Run { args } => return sandbox::run(&args).unwrap_or_else(|e| failed(&e)),
        Task::Test { install_servers, args } => test::run(install_servers, &args),
        Task::Install { debug, prefix, destdir } => install::run(debug, &prefix, destdir.as_deref()),
        Task::Fuzz { seconds, targets } => fuzz::run(seconds, &targets),
        Task::Bench(bench) => bench::run(&bench),
        Task::Flood { family, packets } => bench::flood(family, packets),
        Task::Peak { words } => bench::print_peak(&words),
        Task::Gen { check } => generate::run(check),
    };
    result.map_or_else(|e| failed(&e), |()| ExitCode::SUCCESS)
}

#[allow(clippy::print_stderr, reason = "a tool for developers")]
fn failed(error: &anyhow::Error) -> ExitCode {
    eprintln!("error: {error:#}");
    ExitCode::FAILURE
}
