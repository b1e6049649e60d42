//! What others may know of the journal, and of rows on their way from it to the store. Written by the
//! journal's threads and the store writer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use systole_systems::time::{Millis, TickNumber};

/// The state of the journal. Cheap to clone; clones share it.
#[derive(Clone, Debug, Default)]
pub struct JournalStatus {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_failing: AtomicBool,
    is_stopping: AtomicBool,
    queued_bytes: AtomicU64,
    failure: Mutex<Option<Failure>>,
    store_failure: Mutex<Option<Failure>>,
    mismatch: Mutex<Option<String>>,
    durable: AtomicU64,
    stored: AtomicU64,
    bytes: AtomicU64,
    syncs: AtomicU64,
    sync_nanos: AtomicU64,
    snapshots: AtomicU64,
    ticks_verified: AtomicU64,
}

/// Why something does not work, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    pub since: Millis,
    pub why: String,
}

/// Counts since the process began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalCounts {
    pub durable: TickNumber,
    pub bytes: u64,
    pub syncs: u64,
    pub sync_time: Duration,
    pub snapshots: u64,
    pub ticks_verified: u64,
}

impl JournalStatus {
    /// Whether nothing can be made durable: heartbeats are refused meanwhile.
    pub fn is_failing(&self) -> bool {
        self.shared.is_failing.load(Ordering::Acquire)
    }

    /// The server is to stop: nothing that takes long is begun any more, and no bound keeps the end out.
    pub fn stop(&self) {
        self.shared.is_stopping.store(true, Ordering::Release);
    }

    pub(crate) fn is_stopping(&self) -> bool {
        self.shared.is_stopping.load(Ordering::Acquire)
    }

    /// Bytes of inputs on their way to the journal's thread.
    pub(crate) fn queued_bytes(&self) -> u64 {
        self.shared.queued_bytes.load(Ordering::Acquire)
    }

    pub(crate) fn note_queued(&self, bytes: usize) {
        self.shared.queued_bytes.fetch_add(bytes as u64, Ordering::AcqRel);
    }

    pub(crate) fn note_taken(&self, bytes: usize) {
        self.shared.queued_bytes.fetch_sub(bytes as u64, Ordering::AcqRel);
    }

    /// Why nothing can be made durable.
    pub fn failure(&self) -> Option<Failure> {
        lock(&self.shared.failure).clone()
    }

    /// What ran again and came out differently.
    pub fn mismatch(&self) -> Option<String> {
        lock(&self.shared.mismatch).clone()
    }

    /// The last tick whose batch the store has.
    pub fn stored(&self) -> TickNumber {
        TickNumber(self.shared.stored.load(Ordering::Acquire))
    }

    /// Notes that the store has committed a batch.
    pub fn note_stored(&self, tick: TickNumber) {
        self.shared.stored.fetch_max(tick.0, Ordering::AcqRel);
        self.note_store_answered();
    }

    /// Notes that the store is there, whatever it said.
    pub fn note_store_answered(&self) {
        *lock(&self.shared.store_failure) = None;
    }

    /// Notes that the store did not take a batch.
    pub fn note_store_failure(&self, why: String, now: Millis) {
        let mut failure = lock(&self.shared.store_failure);
        let since = failure.as_ref().map_or(now, |known| known.since);
        *failure = Some(Failure { since, why });
    }

    /// Why the store takes no rows.
    pub fn store_failure(&self) -> Option<Failure> {
        lock(&self.shared.store_failure).clone()
    }

    /// What was written and verified so far.
    pub fn counts(&self) -> JournalCounts {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        JournalCounts {
            durable: TickNumber(read(&self.shared.durable)),
            bytes: read(&self.shared.bytes),
            syncs: read(&self.shared.syncs),
            sync_time: Duration::from_nanos(read(&self.shared.sync_nanos)),
            snapshots: read(&self.shared.snapshots),
            ticks_verified: read(&self.shared.ticks_verified),
        }
    }

    pub(crate) fn note_sync(&self, durable: TickNumber, bytes: u64, spent: Duration) {
        self.shared.durable.store(durable.0, Ordering::Relaxed);
        self.shared.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.shared.syncs.fetch_add(1, Ordering::Relaxed);
        self.shared.sync_nanos.fetch_add(spent.as_nanos() as u64, Ordering::Relaxed);
    }

    pub(crate) fn note_snapshot(&self, ticks_verified: u64) {
        self.shared.snapshots.fetch_add(1, Ordering::Relaxed);
        self.shared.ticks_verified.fetch_add(ticks_verified, Ordering::Relaxed);
    }

    pub(crate) fn note_mismatch(&self, what: String) {
        *lock(&self.shared.mismatch) = Some(what);
    }

    /// True when this is the first failure in a row.
    pub(crate) fn note_failure(&self, why: String, now: Millis) -> bool {
        let mut failure = lock(&self.shared.failure);
        let is_first = failure.is_none();
        let since = failure.as_ref().map_or(now, |known| known.since);
        *failure = Some(Failure { since, why });
        self.shared.is_failing.store(true, Ordering::Release);
        is_first
    }

    /// True when there was a failure.
    pub(crate) fn note_success(&self) -> bool {
        if !self.is_failing() {
            return false;
        }
        *lock(&self.shared.failure) = None;
        self.shared.is_failing.store(false, Ordering::Release);
        true
    }
}

/// What is behind these locks is whole at all times.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
