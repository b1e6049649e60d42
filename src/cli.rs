//! The command line. Parsing ends in a plain configuration; nothing is opened or started here.
//!
//! An option comes from its flag, else from `SYSTOLE_*`, else from the `--config` file, else it has
//! its default.

pub mod journal_options;
pub mod layers;
pub mod options;
pub mod replay_options;
pub mod retention_options;
pub mod values;

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

use crate::admin::AdminOptions;
use crate::config::{DemoConfig, ServeConfig};
use crate::load::options::LoadOptions;
use journal_options::JournalCommand;
use options::{DemoOptions, ServeOptions};
use replay_options::ReplayOptions;

/// A real-time fleet engine: heartbeats in, live events out.
#[derive(Parser, Clone, Debug)]
#[command(name = "systole", version, after_help = GUIDE, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const GUIDE: &str = "\
Start here:
  systole demo                   a server with a simulated fleet; prints the address to open
  systole serve                  a server for a real fleet, with SQLite in ./systole-data
  systole serve --help           every option, with its unit, default and environment variable

When something went wrong:
  systole replay DATA-DIR        runs what a server recorded again, checks it, shows what it did
  systole journal inspect DATA-DIR
                                 shows what was recorded, also while the server runs
  systole journal cut | redact   makes a file of some ticks; one that can be shown to others

An option is read from its flag, else from SYSTOLE_* in the environment, else from the TOML file
that --config names, else it has its default.";

/// What the program can do. Commands of other modules join here.
#[derive(Subcommand, Clone, Debug)]
enum Command {
    /// Run the server: agents report to it, people and scripts read from it.
    Serve(Box<ServeOptions>),
    /// Run the server with a simulated fleet that reports over loopback HTTP, and a demo user.
    Demo(Box<DemoOptions>),
    /// Put load on a running server and measure what it does.
    Load(Box<LoadOptions>),
    /// Create people, teams, environments and tokens, of a running server or in its database.
    Admin(Box<AdminOptions>),
    /// Run a recorded journal again at full speed and compare every tick with what was recorded.
    ///
    /// On a difference the first tick and the first entity that differ are named, and the exit code
    /// is 1.
    Replay(Box<ReplayOptions>),
    /// Look into a journal, shorten it, or make it fit to be shown to others.
    #[command(subcommand)]
    Journal(JournalCommand),
}

/// What the command line asks for, checked.
#[derive(Clone, Debug)]
pub enum Invocation {
    Serve(Box<ServeConfig>),
    Demo(Box<DemoConfig>),
    Load(Box<LoadOptions>),
    Admin(Box<AdminOptions>),
    Replay(Box<ReplayOptions>),
    Journal(JournalCommand),
}

/// Reads the command line. The error is a message for people, or the help they asked for, and knows
/// its exit code.
pub fn parse(
    arguments: &[OsString],
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<Invocation, clap::Error> {
    let mut command = layers::with_variable_names(Cli::command());
    let command = layers::with_defaults(&mut command, arguments, environment)?;
    let matches = command.clone().try_get_matches_from(arguments)?;
    let cli = Cli::from_arg_matches(&matches)?;

    match cli.command {
        Command::Serve(options) => {
            ServeConfig::of_serve(*options).map(|config| Invocation::Serve(Box::new(config)))
        }
        Command::Demo(options) => {
            DemoConfig::of_demo(*options).map(|config| Invocation::Demo(Box::new(config)))
        }
        Command::Load(options) => Ok(Invocation::Load(options)),
        Command::Admin(options) => Ok(Invocation::Admin(options)),
        Command::Replay(options) => Ok(Invocation::Replay(options)),
        Command::Journal(command) => Ok(Invocation::Journal(command)),
    }
    .map_err(layers::refuse)
}
