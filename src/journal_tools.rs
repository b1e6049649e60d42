//! `systole journal`: look into a journal, shorten it, make it fit to be shown to others.
//!
//! All of it reads: no file of the journal is touched, so a server may be writing it meanwhile.

pub mod cut;
pub mod input_counts;
pub mod inspect;
pub mod moment;
pub mod output;
pub mod redact;
mod redact_inputs;
pub mod source;
pub mod stand_ins;
pub mod tape;

use std::fmt;
use std::io;
use std::path::PathBuf;

use systole_systems::time::TickNumber;

use crate::journal::JournalError;

/// Why a journal could not be replayed, shown or copied.
#[derive(Debug)]
pub enum ToolError {
    Journal(JournalError),
    /// The argument cannot be read at all.
    Unreadable {
        path: PathBuf,
        error: io::Error,
    },
    /// There is nothing of a journal where the argument points.
    NoJournal {
        path: PathBuf,
    },
    /// The file goes on from another one.
    NoStateOfItsOwn {
        path: PathBuf,
    },
    /// No state is old enough.
    TooEarly {
        asked: TickNumber,
        first: TickNumber,
    },
    /// No tick lies between the two moments.
    NothingBetween,
    /// The server went on from another state in the middle.
    BeganAnew {
        after: TickNumber,
    },
    /// The output is there already.
    Exists {
        path: PathBuf,
    },
    /// The output cannot be written.
    Output {
        path: PathBuf,
        error: io::Error,
    },
    /// Redaction changed what the fleet did.
    StatusDiffers {
        tick: TickNumber,
    },
    /// `--user` names nobody.
    UnknownUser {
        user: String,
    },
    /// It was told to stop.
    Interrupted {
        after: TickNumber,
    },
}

impl fmt::Display for ToolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ToolError::Journal(error) => error.fmt(f),
            ToolError::Unreadable { path, error } => write!(f, "{}: {error}", path.display()),
            ToolError::NoJournal { path } => write!(
                f,
                "{} holds no journal: give the data directory of a server, its journal directory, \
                 or a file written by `systole journal cut`",
                path.display()
            ),
            ToolError::NoStateOfItsOwn { path } => write!(
                f,
                "{} goes on from the file before it; give the journal directory, and pick ticks \
                 with --from and --to",
                path.display()
            ),
            ToolError::TooEarly { asked, first } => write!(
                f,
                "the journal begins with tick {}, so it cannot begin before tick {}; see its ticks \
                 with `systole journal inspect`",
                first.0, asked.0
            ),
            ToolError::NothingBetween => f.write_str(
                "no tick lies between --from and --to; see the journal's ticks and times with \
                 `systole journal inspect`",
            ),
            ToolError::BeganAnew { after } => write!(
                f,
                "after tick {0} the server went on from another state, since its database had lost \
                 commits, and one file cannot hold both; take the parts: --to {0}, and --from {1}",
                after.0,
                after.0 + 1
            ),
            ToolError::Exists { path } => {
                write!(f, "{} is there already; --force replaces it", path.display())
            }
            ToolError::Output { path, error } => {
                write!(f, "{} cannot be written: {error}", path.display())
            }
            ToolError::StatusDiffers { tick } => write!(
                f,
                "redacted, tick {} has other changes of status; nothing was written",
                tick.0
            ),
            ToolError::UnknownUser { user } => {
                write!(f, "--user: the journal knows no person with id {user}")
            }
            ToolError::Interrupted { after } => {
                write!(f, "interrupted after tick {}; nothing was written", after.0)
            }
        }
    }
}

impl std::error::Error for ToolError {}

impl From<JournalError> for ToolError {
    fn from(error: JournalError) -> ToolError {
        ToolError::Journal(error)
    }
}
