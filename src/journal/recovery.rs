//! After a stop or a crash: the newest snapshot not newer than the store, then the journal to its end.

use std::sync::Arc;

use systole_systems::engine::Engine;
use systole_systems::time::TickNumber;

use crate::journal::catalog::Catalog;
use crate::journal::disk::{Disk, write_whole};
use crate::journal::error::{JournalError, in_file};
use crate::journal::player::Player;
use crate::journal::segment::{COMPRESSED, End, Segment};
use crate::journal::{frame, record};

/// What came out of a journal.
pub struct Recovered {
    pub engine: Engine,
    /// Ticks that were run again.
    pub ticks: u64,
    /// Bytes after the last whole frame that were cut off.
    pub torn_bytes: u64,
    /// The store has lost what it had committed: the state is not what the journal would come to, so
    /// the next segment begins with it.
    pub is_rebased: bool,
    /// The next segment takes the place of an empty one that holds a state, and must hold one too.
    pub replaces_state: bool,
}

/// Brings an engine to the end of the journal. `None`: there is no journal. `stored`: the last tick
/// whose batch the store has.
pub fn recover(
    disk: &Arc<dyn Disk>,
    identity: &str,
    stored: TickNumber,
) -> Result<Option<Recovered>, JournalError> {
    let catalog = Catalog::of(&**disk)?;
    for file in &catalog.leftovers {
        disk.remove(file).map_err(in_file(file))?;
    }
    if catalog.is_empty() {
        return Ok(None);
    }
    let last_segment = catalog.segments.last_key_value();
    let last_segment = last_segment.map(|(&follows, file)| (follows, file.clone()));
    let mut player = Player::start(disk.clone(), catalog, |place| place.committed <= stored)?;
    if player.identity() != identity {
        let (journal, store) = (player.identity().to_owned(), identity.to_owned());
        return Err(JournalError::Foreign { journal, store });
    }
    player.distrust_commits_after(stored);
    let mut ticks = 0;
    while player.step()?.is_some() {
        ticks += 1;
    }
    let (mut engine, end) = player.finish();
    let last = engine.last_tick().number;
    if last < stored {
        return Err(JournalError::Behind { last, stored });
    }
    let (mut torn_bytes, mut replaces_state) = (0, false);
    if let (Some(end), Some((follows, file))) = (end, last_segment) {
        replaces_state = follows == last && !Segment::read_head(&**disk, &file)?.continues;
        if let End::Open { torn_bytes: torn, .. } = end {
            torn_bytes = torn;
        }
        if !file.ends_with(COMPRESSED) {
            write_anew(&**disk, &file, end).map_err(in_file(&file))?;
        }
    }
    engine.end_replay();
    let is_rebased = engine.commits_distrusted() > 0;
    Ok(Some(Recovered { engine, ticks, torn_bytes, is_rebased, replaces_state }))
}

/// Writes the last segment anew, sealed, without what is torn at its end. What was read may be known to
/// memory alone: the process that wrote it may have ended before a sync, or after one that failed.
fn write_anew(disk: &dyn Disk, file: &str, end: End) -> std::io::Result<()> {
    let mut bytes = disk.read(file)?;
    if let End::Open { length, .. } = end {
        bytes.truncate(length as usize);
        frame::append(&mut bytes, length, record::SEALED, |_| ());
    }
    write_whole(disk, file, &bytes)
}
