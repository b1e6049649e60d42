//! A byte of the journal is turned: recovery says so, or comes to what was.

use std::sync::Arc;

use fastrand::Rng;
use systole::journal::JournalError;
use systole::journal::catalog::Catalog;
use systole::journal::disk::Disk;
use systole::journal::player::Player;
use systole::journal::segment::{End, Next, Segment};
use systole_systems::input::Inputs;
use systole_systems::time::Tick;

use crate::Verdict;
use crate::disk::SimDisk;
use crate::record::Record;
use crate::run::STEPS;
use crate::world::World;

/// Bytes turned in one run.
const TURNS: u32 = 60;

/// Lives as any world, then turns bytes in copies of its journal.
pub fn run_damaged(seed: u64) -> Verdict {
    let mut world = World::new(seed, None);
    world.start()?;
    for _ in 0..STEPS / 3 {
        world.step()?;
    }
    // Every other one ends as it is: its last segment is not sealed.
    if seed.is_multiple_of(2) {
        world.end_journal()?;
    }
    let (disk, record) = world.remains();
    let end = run_all(&disk, record)?.map_err(|why| why.to_string())?;
    let mut rng = Rng::with_seed(seed);
    let mut found = 0;
    for _ in 0..TURNS {
        let disk = disk.fork();
        let files = disk.list().map_err(|why| why.to_string())?;
        let file = &files[rng.usize(0..files.len())];
        let size = disk.size(file).map_err(|why| why.to_string())? as usize;
        let (at, bits) = (rng.usize(0..size.max(1)), 1 << rng.u32(0..8));
        if size == 0 {
            continue;
        }
        let is_sealed = is_sealed(&disk, file);
        disk.damage(file, at, bits);
        let told = |why| format!("byte {at} of {size} in {file} was turned by {bits}, {why}");
        found += u32::from(check(&disk, record, end, is_sealed).map_err(told)?);
    }
    if found < TURNS / 4 { Err(format!("only {found} were found")) } else { Ok(()) }
}

/// Whether the damage was found. When it was not, what comes out is what was; and less than everything
/// only when the end of a segment was turned that is not sealed, which may never have been durable.
fn check(disk: &SimDisk, record: &Record, end: Tick, is_sealed: bool) -> Result<bool, String> {
    match run_all(disk, record)? {
        Ok(last) if last == end || !is_sealed => Ok(false),
        Ok(last) => Err(format!("and it ends with {last:?}")),
        Err(
            JournalError::Damaged { .. }
            | JournalError::Differs { .. }
            | JournalError::NotAJournal { .. }
            | JournalError::Version { .. },
        ) => Ok(true),
        Err(JournalError::Gap { .. }) if !is_sealed => Ok(true),
        Err(error) => Err(format!("and the answer is: {error}")),
    }
}

/// Runs everything there is. Whatever comes out must be what was.
fn run_all(disk: &SimDisk, record: &Record) -> Result<Result<Tick, JournalError>, String> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let begun = Catalog::of(&*disk).and_then(|catalog| {
        let first = catalog.places(&*disk)?.into_iter().next();
        Player::start(disk, catalog, |place| Some(place) == first.as_ref())
    });
    let mut player = match begun {
        Ok(player) => player,
        Err(error) => return Ok(Err(error)),
    };
    loop {
        record.check(player.engine())?;
        match player.step() {
            Ok(Some(_)) => (),
            Ok(None) => return Ok(Ok(player.engine().last_tick())),
            Err(error) => return Ok(Err(error)),
        }
    }
}

/// Whether a file is whole to its last byte.
fn is_sealed(disk: &SimDisk, file: &str) -> bool {
    let Ok(mut segment) = Segment::open(disk, file) else { return true };
    loop {
        match segment.next(&mut Inputs::default()) {
            Ok(Next::End(end)) => return end == End::Sealed,
            Ok(Next::Tick { .. } | Next::Check(_)) => (),
            Err(_) => return false,
        }
    }
}
