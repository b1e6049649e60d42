//! A directory on a disk that has its moods: it is full, its names cannot be made durable, or a write takes
//! until it is let through.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use crate::journal::disk::{Directory, Disk, DiskFile};

#[derive(Default)]
pub(super) struct Moods {
    pub(super) names_fail: AtomicBool,
    pub(super) is_full: AtomicBool,
    gate: Mutex<Gate>,
    changed: Condvar,
}

#[derive(Default)]
struct Gate {
    is_shut: bool,
    waiting: usize,
}

impl Moods {
    /// Holds every write until the gate is opened.
    pub(super) fn shut_gate(&self) {
        self.gate.lock().unwrap().is_shut = true;
    }

    pub(super) fn open_gate(&self) {
        self.gate.lock().unwrap().is_shut = false;
        self.changed.notify_all();
    }

    /// Waits until a write stands before the gate.
    pub(super) fn wait_for_write(&self) {
        let gate = self.gate.lock().unwrap();
        drop(self.changed.wait_while(gate, |gate| gate.waiting == 0).unwrap());
    }

    fn pass(&self) {
        let mut gate = self.gate.lock().unwrap();
        gate.waiting += 1;
        self.changed.notify_all();
        gate = self.changed.wait_while(gate, |gate| gate.is_shut).unwrap();
        gate.waiting -= 1;
    }
}

/// The disk.
pub(super) struct Moody {
    directory: Directory,
    pub(super) moods: Arc<Moods>,
    _kept: tempfile::TempDir,
}

impl Moody {
    pub(super) fn new() -> Arc<Moody> {
        let kept = tempfile::tempdir().unwrap();
        let directory = Directory::open(&kept.path().join("j")).unwrap();
        Arc::new(Moody { directory, moods: Arc::default(), _kept: kept })
    }
}

impl Disk for Moody {
    fn list(&self) -> io::Result<Vec<String>> {
        self.directory.list()
    }

    fn read(&self, name: &str) -> io::Result<Vec<u8>> {
        self.directory.read(name)
    }

    fn read_start(&self, name: &str, length: usize) -> io::Result<Vec<u8>> {
        self.directory.read_start(name, length)
    }

    fn size(&self, name: &str) -> io::Result<u64> {
        self.directory.size(name)
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn DiskFile>> {
        let file = self.directory.create(name)?;
        Ok(Box::new(MoodyFile { file, moods: self.moods.clone() }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.directory.rename(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.directory.remove(name)
    }

    fn sync_names(&self) -> io::Result<()> {
        if self.moods.names_fail.load(Ordering::Relaxed) {
            return Err(io::Error::other("the sync failed"));
        }
        self.directory.sync_names()
    }
}

struct MoodyFile {
    file: Box<dyn DiskFile>,
    moods: Arc<Moods>,
}

impl DiskFile for MoodyFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.moods.pass();
        if self.moods.is_full.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.file.append(bytes)
    }

    fn truncate(&mut self, length: u64) -> io::Result<()> {
        self.file.truncate(length)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync()
    }
}
