//! Why a journal cannot be read or written. Every message says where, and what can be done.

use std::fmt;
use std::io;

use systole_systems::time::TickNumber;

/// Why a journal cannot be used.
#[derive(Debug)]
pub enum JournalError {
    /// A file cannot be read or written.
    Io { file: String, error: io::Error },
    /// The file is not a journal's.
    NotAJournal { file: String },
    /// Another version wrote it.
    Version { file: String, found: u16, expected: u16 },
    /// Bytes that were safely on disk are not what was written.
    Damaged { file: String, offset: u64, why: String },
    /// Ticks between two files are missing.
    Gap { file: String, expected: TickNumber, found: TickNumber },
    /// It was written beside another database.
    Foreign { journal: String, store: String },
    /// No state in it is old enough. The oldest one is of tick `from`, and takes a store that has all
    /// rows up to tick `committed`.
    TooShort { from: TickNumber, committed: TickNumber },
    /// The store has ticks that the journal lacks.
    Behind { last: TickNumber, stored: TickNumber },
    /// There is no snapshot to begin with.
    NoBeginning,
    /// The rules themselves cannot run a tick again: a defect.
    Breaks,
    /// Running it again came out differently.
    Differs { tick: TickNumber, what: String },
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JournalError::Io { file, error } => write!(f, "{file}: {error}"),
            JournalError::NotAJournal { file } => {
                write!(f, "{file} is not a file of a Systole journal")
            }
            JournalError::Version { file, found, expected } => write!(
                f,
                "{file} has format {found}, this version reads format {expected}; \
                 use the version of Systole that wrote it"
            ),
            JournalError::Damaged { file, offset, why } => {
                write!(
                    f,
                    "{file} is damaged at byte {offset}: {why}; nothing after it was read. Bring the file \
                 back from a copy"
                )
            }
            JournalError::Gap { file, expected, found } => write!(
                f,
                "{file} follows tick {}, but the files before it end with tick {}; one is missing: bring it back from a copy",
                found.0, expected.0
            ),
            JournalError::Foreign { journal, store } => write!(
                f,
                "this journal belongs to database {journal}, but this is database {store}; use \
                 the right --database-url, or move the journal directory away to begin a new one"
            ),
            JournalError::TooShort { from, committed } => write!(
                f,
                "the journal begins after tick {}, for a database that has all rows up to tick {}, \
                 and nothing in it goes further back; to go on from an older database alone, move \
                 the journal directory away",
                from.0, committed.0
            ),
            JournalError::Behind { last, stored } => write!(
                f,
                "the journal ends with tick {}, but the database has tick {}: the end of the \
                 journal is missing; to go on from the database alone, move the journal directory \
                 away",
                last.0, stored.0
            ),
            JournalError::NoBeginning => f.write_str(
                "the journal has no state to begin with; the file of its first ticks is missing",
            ),
            JournalError::Breaks => f.write_str(
                "a recorded tick cannot be run again, see above where; this is a defect: keep the \
                 files and report it. To go on from the database alone, move the journal directory \
                 away",
            ),
            JournalError::Differs { tick, what } => write!(
                f,
                "tick {} did not come out as recorded: {what}; another version may have recorded it: \
                 stop in order with that version before upgrading",
                tick.0
            ),
        }
    }
}

impl std::error::Error for JournalError {}

/// Names the file of an error.
pub(crate) fn in_file(file: &str) -> impl FnOnce(io::Error) -> JournalError {
    move |error| JournalError::Io { file: file.to_owned(), error }
}
