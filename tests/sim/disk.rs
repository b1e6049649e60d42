//! A disk in memory that can lose power at every write: what was not synced is there in part, or not.

mod content;
mod names;

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use fastrand::Rng;
use systole::journal::disk::{Disk, DiskFile};

use crate::disk::content::Content;
use crate::disk::names::Names;

/// The disk; clones are the same one.
#[derive(Clone)]
pub struct SimDisk(Arc<Mutex<State>>);

#[derive(Clone)]
struct State {
    names: Names,
    files: BTreeMap<u64, Content>,
    files_made: u64,
    faults: DiskFaults,
    /// The process that wrote has ended; whatever it still tries fails.
    is_dead: bool,
    /// A write or a sync has failed.
    has_failed: bool,
    rng: Rng,
}

/// What is about to go wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct DiskFaults {
    /// The process ends in the middle of this write point, counted from the next one.
    pub dies_in: Option<u32>,
    /// So many writes find no room.
    pub full_for: u32,
    /// So many syncs fail, of files or of names.
    pub syncs_failing: u32,
}

impl SimDisk {
    /// An empty disk.
    pub fn new(seed: u64) -> SimDisk {
        SimDisk(Arc::new(Mutex::new(State {
            names: Names::default(),
            files: BTreeMap::new(),
            files_made: 0,
            faults: DiskFaults::default(),
            is_dead: false,
            has_failed: false,
            rng: Rng::with_seed(seed),
        })))
    }

    /// Another disk with the same content, on which nothing goes wrong.
    pub fn fork(&self) -> SimDisk {
        let mut state = self.state().clone();
        (state.faults, state.is_dead) = (DiskFaults::default(), false);
        SimDisk(Arc::new(Mutex::new(state)))
    }

    /// Changes what is about to go wrong.
    pub fn plan(&self, change: impl FnOnce(&mut DiskFaults)) {
        change(&mut self.state().faults);
    }

    /// Ends whatever fails now; false: nothing did.
    pub fn ends_fault(&self) -> bool {
        let mut state = self.state();
        state.faults = DiskFaults::default();
        std::mem::take(&mut state.has_failed)
    }

    /// Whether the process has ended at a write.
    pub fn is_dead(&self) -> bool {
        self.state().is_dead
    }

    /// The process has ended and another one may come. What was written is there.
    pub fn end_process(&self) {
        let mut state = self.state();
        (state.is_dead, state.faults.dies_in) = (false, None);
    }

    /// The machine has lost power. Of what was not synced some is there.
    pub fn lose_power(&self) {
        self.end_process();
        let State { names, files, rng, .. } = &mut *self.state();
        names.lose_power(rng);
        for file in files.values_mut() {
            file.lose_power(rng);
        }
    }

    /// Turns some bits of the byte at `at`, as wear does.
    pub fn damage(&self, name: &str, at: usize, bits: u8) {
        self.state().file(name).expect("a file that is there is damaged").damage(at, bits);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("whoever panics ends the run")
    }
}

impl State {
    fn file(&mut self, name: &str) -> io::Result<&mut Content> {
        if self.is_dead {
            return Err(ended());
        }
        let id = self.names.find(name).ok_or(io::ErrorKind::NotFound)?;
        Ok(self.files.get_mut(&id).expect("a file that has a name is there"))
    }

    /// Does something at which the process may end: then it is done, or not.
    fn write_point(&mut self, act: impl FnOnce(&mut State)) -> io::Result<()> {
        if self.is_dead {
            return Err(ended());
        }
        if self.dies_now() {
            if self.rng.bool() {
                act(self);
            }
            return Err(ended());
        }
        act(self);
        Ok(())
    }

    fn dies_now(&mut self) -> bool {
        self.faults.dies_in = match self.faults.dies_in {
            Some(0) => {
                self.is_dead = true;
                None
            }
            left => left.map(|left| left - 1),
        };
        self.is_dead
    }

    fn is_full(&mut self) -> bool {
        let is_full = self.faults.full_for > 0;
        self.has_failed |= is_full;
        self.faults.full_for = self.faults.full_for.saturating_sub(1);
        is_full
    }

    fn sync_fails(&mut self) -> bool {
        let fails = self.faults.syncs_failing > 0;
        self.has_failed |= fails;
        self.faults.syncs_failing = self.faults.syncs_failing.saturating_sub(1);
        fails
    }

    fn append(&mut self, id: u64, bytes: &[u8]) -> io::Result<()> {
        if self.is_dead {
            return Err(ended());
        }
        let (dies, is_full) = (self.dies_now(), self.is_full());
        let length = if dies || is_full { self.rng.usize(0..=bytes.len()) } else { bytes.len() };
        let file = self.files.get_mut(&id).expect("an open file is there");
        file.append(&bytes[..length]);
        match (dies, is_full) {
            (true, _) => Err(ended()),
            (false, true) => Err(io::ErrorKind::StorageFull.into()),
            (false, false) => Ok(()),
        }
    }

    fn sync(&mut self, id: u64) -> io::Result<()> {
        let fails = !self.is_dead && self.sync_fails();
        self.write_point(|state| {
            let file = state.files.get_mut(&id).expect("an open file is there");
            if fails { file.fail_sync(&mut state.rng) } else { file.sync() }
        })?;
        if fails { Err(failed_sync()) } else { Ok(()) }
    }
}

/// What a process hears that is not there any more.
fn ended() -> io::Error {
    io::Error::other("the process has ended")
}

fn failed_sync() -> io::Error {
    io::Error::other("the sync failed")
}

impl Disk for SimDisk {
    fn list(&self) -> io::Result<Vec<String>> {
        let state = self.state();
        if state.is_dead { Err(ended()) } else { Ok(state.names.list()) }
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        Ok(self.state().file(name)?.seen().to_vec())
    }

    fn read_start(&self, name: &str, length: usize) -> io::Result<Vec<u8>> {
        let mut state = self.state();
        let seen = state.file(name)?.seen();
        Ok(seen[..length.min(seen.len())].to_vec())
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        Ok(self.state().file(name)?.seen().len() as u64)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state();
        state.files_made += 1;
        let id = state.files_made;
        state.write_point(|state| {
            state.files.insert(id, Content::default());
            state.names.bind(name, id);
        })?;
        Ok(Box::new(OpenFile { disk: self.clone(), id }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state();
        state.file(from)?;
        state.write_point(|state| state.names.rename(from, to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state();
        state.file(name)?;
        state.write_point(|state| state.names.remove(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        let mut state = self.state();
        let fails = !state.is_dead && state.sync_fails();
        state.write_point(|state| {
            if !fails {
                state.names.sync();
            }
        })?;
        if fails { Err(failed_sync()) } else { Ok(()) }
    }
}

struct OpenFile {
    disk: SimDisk,
    id: u64,
}

impl DiskFile for OpenFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.disk.state().append(self.id, bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        let id = self.id;
        self.disk.state().write_point(|state| {
            state.files.get_mut(&id).expect("an open file is there").cut(length as usize);
        })
    }

    fn sync(&mut self) -> io::Result<()> {
        self.disk.state().sync(self.id)
    }
}
