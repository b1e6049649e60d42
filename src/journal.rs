//! The journal: every tick's inputs on disk, from which the fleet can be run again.
//!
//! | file | holds |
//! |---|---|
//! | `<first tick>.journal` | a segment: ticks in order, from the first one on |
//! | `<first tick>.journal.zst` | a sealed segment, compressed |
//! | `<first tick>.snapshot` | the fleet as it was before that tick |
//!
//! It is write-ahead log, crash recovery, replay tape, audit trail and bug report at once.

pub mod catalog;
mod codec;
pub mod disk;
pub mod error;
mod frame;
pub mod keeper;
pub mod player;
pub mod record;
pub mod recovery;
pub mod segment;
pub mod snapshot;
pub mod status;
pub mod thread;
pub mod writer;

pub use error::JournalError;

#[cfg(test)]
mod tests;
