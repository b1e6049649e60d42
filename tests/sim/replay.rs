//! Runs what is left of a journal again, from each of its places: it must come to what was.

use std::sync::Arc;

use systole::journal::JournalError;
use systole::journal::catalog::{Catalog, Place};
use systole::journal::disk::Disk;
use systole::journal::player::Player;
use systole_systems::time::Tick;

use crate::Verdict;
use crate::disk::SimDisk;
use crate::record::Record;

/// Places besides the first from which the whole rest is run.
const PLACES_MAX: usize = 3;

/// Every replay ends with `last` and the fingerprint it had.
pub fn check_replays(disk: &SimDisk, record: &Record, last: Tick) -> Verdict {
    let catalog = Catalog::of(disk).map_err(|why| why.to_string())?;
    let places = catalog.places(disk).map_err(|why| why.to_string())?;
    let Some(first) = places.first() else { return Err("there is no place to begin".into()) };
    let others = places.iter().skip(1);
    let skipped = others.len().saturating_sub(PLACES_MAX);
    for place in [first].into_iter().chain(others.skip(skipped)) {
        let told = |why| format!("replayed from {place:?}, {why}");
        let found = replay(disk, record, place).map_err(told)?;
        if found != last {
            return Err(told(format!("it ends with {found:?}, and should with {last:?}")));
        }
    }
    Ok(())
}

/// Runs everything from a place on. Answers its last tick.
fn replay(disk: &SimDisk, record: &Record, place: &Place) -> Result<Tick, String> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let said = |why: JournalError| why.to_string();
    let catalog = Catalog::of(&*disk).map_err(said)?;
    let mut player = Player::start(disk, catalog, |other| other == place).map_err(said)?;
    record.check(player.engine())?;
    while player.step().map_err(said)?.is_some() {
        record.check(player.engine())?;
    }
    Ok(player.engine().last_tick())
}
