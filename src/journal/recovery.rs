//! After a stop or a crash: the newest snapshot not newer than the store, then the journal to its end.

use std::sync::Arc;
use std::thread::{Scope, ScopedJoinHandle};

use systole_systems::engine::Engine;
use systole_systems::time::TickNumber;

use crate::journal::catalog::Catalog;
use crate::journal::disk::{Disk, put_in_place, write_aside};
use crate::journal::error::{JournalError, in_file};
use crate::journal::player::Player;
use crate::journal::segment::{COMPRESSED, End, Segment, sealed};

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
    std::thread::scope(|scope| run_to_the_end(scope, disk, catalog, identity, stored)).map(Some)
}

fn run_to_the_end<'scope>(
    scope: &'scope Scope<'scope, '_>,
    disk: &'scope Arc<dyn Disk>,
    catalog: Catalog,
    identity: &str,
    stored: TickNumber,
) -> Result<Recovered, JournalError> {
    let last_segment = catalog.segments.last_key_value();
    let last_segment = last_segment.map(|(&follows, file)| (follows, file.clone()));
    let anew = last_segment.as_ref().filter(|(_, file)| !file.ends_with(COMPRESSED));
    let anew = anew.map(|(_, file)| WrittenAnew::begin(scope, &**disk, file.clone()));

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
        if let Some(anew) = anew {
            anew.finish()?;
        }
    }
    engine.end_replay();
    let is_rebased = engine.commits_distrusted() > 0;
    Ok(Recovered { engine, ticks, torn_bytes, is_rebased, replaces_state })
}

/// The last segment, written anew, sealed and without what is torn at its end, while it is run. What was
/// read may be known to memory alone: the process that wrote it may have ended before a sync, or after one
/// that failed.
struct WrittenAnew<'scope> {
    disk: &'scope dyn Disk,
    file: String,
    writing: ScopedJoinHandle<'scope, std::io::Result<()>>,
}

impl<'scope> WrittenAnew<'scope> {
    fn begin(
        scope: &'scope Scope<'scope, '_>,
        disk: &'scope dyn Disk,
        file: String,
    ) -> WrittenAnew<'scope> {
        let name = file.clone();
        let writing = scope.spawn(move || match sealed(disk.read(&name)?) {
            Some(bytes) => write_aside(disk, &name, &bytes),
            // Whoever runs it finds the damage, and says where it is.
            None => Ok(()),
        });
        WrittenAnew { disk, file, writing }
    }

    /// Puts it in place, once all that it holds has been run.
    fn finish(self) -> Result<(), JournalError> {
        let written = self.writing.join().map_err(|_| JournalError::Breaks)?;
        let placed = written.and_then(|()| put_in_place(self.disk, &self.file));
        placed.map_err(in_file(&self.file))
    }
}
