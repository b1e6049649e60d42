//! The keeper's thread: of every sealed segment it makes the snapshot that follows it, compresses it,
//! and lets the oldest go. It runs each segment again, which verifies every fingerprint.
//!
//! It owns an engine of its own while it works, so memory for the fleet doubles meanwhile.

use std::sync::Arc;

use crossbeam_channel::Receiver;
use systole_systems::input::Inputs;
use systole_systems::time::{Millis, TickNumber};

use crate::clock::wall_now;
use crate::config::JournalConfig;
use crate::journal::catalog::Catalog;
use crate::journal::disk::{Disk, write_whole};
use crate::journal::error::{JournalError, in_file};
use crate::journal::player::Player;
use crate::journal::segment::{COMPRESSED, End, Next, Segment};
use crate::journal::snapshot;
use crate::journal::status::JournalStatus;
use crate::journal::{frame, record};

/// Segments are written once and read rarely.
const LEVEL: i32 = 3;
/// Looks after the files of a journal that are not being written.
pub struct Keeper {
    disk: Arc<dyn Disk>,
    identity: String,
    config: JournalConfig,
    status: JournalStatus,
}

impl Keeper {
    pub fn new(
        disk: Arc<dyn Disk>,
        identity: String,
        config: JournalConfig,
        status: JournalStatus,
    ) -> Keeper {
        Keeper { disk, identity, config, status }
    }

    /// Works at the start and whenever a segment is sealed, until the journal's thread is gone.
    pub fn run(self, sealed: &Receiver<()>) {
        loop {
            match self.keep(wall_now()) {
                Ok(()) => (),
                Err(error @ JournalError::Differs { .. }) => {
                    tracing::error!(
                        %error,
                        "the journal does not replay as recorded; its files are kept as they are, \
                         and none is removed any more"
                    );
                    self.status.note_mismatch(error.to_string());
                    return;
                }
                Err(error) => tracing::warn!(%error, "the journal cannot be tidied yet"),
            }
            if sealed.recv().is_err() {
                return;
            }
        }
    }

    /// Does what there is to do. Public for simulations, which have no threads.
    pub fn keep(&self, now: Millis) -> Result<(), JournalError> {
        self.make_snapshots()?;
        self.compress()?;
        self.let_go(now)
    }

    /// Makes the snapshot with which the present segment begins.
    fn make_snapshots(&self) -> Result<(), JournalError> {
        let catalog = Catalog::of(&*self.disk)?;
        // Every segment but the first begins where another ends. Only the newest snapshot is of use.
        let Some((&last, file)) = catalog.segments.iter().skip(1).next_back() else {
            return Ok(());
        };
        let has_base = !Segment::read_head(&*self.disk, file)?.continues;
        if has_base || catalog.snapshots.contains_key(&last) {
            return Ok(());
        }
        let mut player = Player::start(self.disk.clone(), catalog, |place| place.tick < last)?;
        while player.engine().last_tick().number < last {
            if self.status.is_stopping() {
                return Ok(());
            }
            if player.step()?.is_none() {
                break;
            }
        }
        // What the last tick came out as stands before the first one of the next segment.
        player.look_ahead()?;
        snapshot::write(&*self.disk, &self.identity, &player.engine().image())?;
        self.status.note_snapshot(player.ticks_verified);
        Ok(())
    }

    /// Compresses every finished segment.
    fn compress(&self) -> Result<(), JournalError> {
        let catalog = Catalog::of(&*self.disk)?;
        for (&follows, file) in &catalog.segments {
            if catalog.end_of(follows).is_none() || file.ends_with(COMPRESSED) {
                continue;
            }
            let bytes = sealed(&*self.disk, file)?;
            let packed = zstd::encode_all(bytes.as_slice(), LEVEL).map_err(in_file(file))?;
            let name = format!("{file}{COMPRESSED}");
            write_whole(&*self.disk, &name, &packed).map_err(in_file(&name))?;
            self.disk.remove(file).map_err(in_file(file))?;
        }
        Ok(())
    }

    /// Removes what is too old or too much, oldest first; never what recovery needs.
    fn let_go(&self, now: Millis) -> Result<(), JournalError> {
        let catalog = Catalog::of(&*self.disk)?;
        let stored = self.status.stored();
        let places = catalog.places(&*self.disk)?;
        let Some(needed) = places.iter().rfind(|place| place.committed <= stored) else {
            return Ok(());
        };
        let mut files: Vec<(TickNumber, &String)> = Vec::new();
        files.extend(catalog.snapshots.iter().map(|(&tick, file)| (tick, file)));
        files.extend(catalog.segments.iter().map(|(&tick, file)| (tick, file)));
        // A snapshot goes before its segment: alone, it is a place from which nothing goes on.
        files.sort_by_key(|(tick, _)| *tick);
        let mut sizes = Vec::new();
        for (_, file) in &files {
            sizes.push(self.disk.size(file).map_err(in_file(file))?);
        }
        let mut total: u64 = sizes.iter().sum();
        // A segment goes together with the snapshot before it, once the one after it is there.
        for (index, (tick, file)) in files.iter().enumerate() {
            if needed.tick <= *tick {
                break;
            }
            let is_too_much = self.config.keep_bytes_max < total;
            if !is_too_much && !self.ended_before(&catalog, *tick, now)? {
                break;
            }
            self.disk.remove(file).map_err(in_file(file))?;
            // One after the other: a file that is gone has nothing before it, whenever power is lost.
            self.disk.sync_names().map_err(in_file("the journal"))?;
            total -= sizes[index];
        }
        Ok(())
    }

    /// Whether the segment that follows `tick` ended longer ago than is kept.
    fn ended_before(
        &self,
        catalog: &Catalog,
        tick: TickNumber,
        now: Millis,
    ) -> Result<bool, JournalError> {
        let Some(end) = catalog.end_of(tick) else { return Ok(false) };
        let next = Segment::read_head(&*self.disk, &catalog.segments[&end])?;
        Ok(self.config.keep_for < now.since(next.follows.now))
    }
}

/// The bytes of a segment that another follows. Its writer may have ended before it sealed it, and what
/// is torn then was never durable.
fn sealed(disk: &dyn Disk, file: &str) -> Result<Vec<u8>, JournalError> {
    let mut segment = Segment::open(disk, file)?;
    let mut inputs = Inputs::default();
    let end = loop {
        inputs.clear();
        if let Next::End(end) = segment.next(&mut inputs)? {
            break end;
        }
    };
    let mut bytes = disk.read(file).map_err(in_file(file))?;
    if let End::Open { length, .. } = end {
        bytes.truncate(length as usize);
        frame::append(&mut bytes, length, record::SEALED, |_| ());
    }
    Ok(bytes)
}
