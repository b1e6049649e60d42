//! The journal as the server drives it, without its thread: the real writer and keeper, a turn of them
//! whenever the world says so.

use std::collections::VecDeque;
use std::sync::Arc;

use fastrand::Rng;
use systole::config::JournalConfig;
use systole::journal::JournalError;
use systole::journal::keeper::Keeper;
use systole::journal::record::Check;
use systole::journal::status::JournalStatus;
use systole::journal::writer::Writer;
use systole_systems::input::{Input, Inputs};
use systole_systems::rows::Batch;
use systole_systems::time::{Millis, Tick, TickNumber};

use crate::disk::SimDisk;
use crate::model::View;

/// The database whose fleet it is.
pub const IDENTITY: &str = "db";
/// How long a tick that nobody waits for may stay in memory.
const SYNC_LATEST_MILLIS: u64 = 1_000;

/// A batch to write, and what the store must hold then.
pub type Cut = (Batch, View);

/// The journal of one life of the process.
pub struct Journal {
    writer: Writer,
    keeper: Keeper,
    status: JournalStatus,
    config: JournalConfig,
    rotate_at: u64,
    last_check: Option<Check>,
    /// Ticks with heartbeats that wait for an answer.
    waiting: VecDeque<TickNumber>,
    /// A batch whose tick is not durable yet.
    batch: Option<Cut>,
    unsynced_since: Option<u64>,
    is_failing: bool,
}

impl Journal {
    /// Goes on with a segment that was just begun; the store has everything up to `stored`.
    pub fn new(
        writer: Writer,
        disk: &SimDisk,
        config: JournalConfig,
        stored: TickNumber,
    ) -> Journal {
        let status = JournalStatus::default();
        status.note_stored(stored);
        let disk = Arc::new(disk.clone());
        Journal {
            writer,
            keeper: Keeper::new(disk, IDENTITY.into(), config, status.clone()),
            status,
            config,
            rotate_at: config.segment_bytes_max,
            last_check: None,
            waiting: VecDeque::new(),
            batch: None,
            unsynced_since: None,
            is_failing: false,
        }
    }

    /// Takes a tick before it is run.
    pub fn append(&mut self, tick: &Tick, inputs: &Inputs, real_millis: u64) {
        if let Some(check) = self.last_check.take() {
            self.writer.check(check);
        }
        self.writer.append(tick, inputs);
        self.unsynced_since.get_or_insert(real_millis);
        let waits = |input| matches!(input, Input::Heartbeat(_) | Input::LogsReceived { .. });
        if inputs.iter().any(waits) {
            self.waiting.push_back(tick.number);
        }
    }

    /// Hears what the tick came out as, and takes the batch it cut.
    pub fn ran(&mut self, check: Check, batch: Option<Cut>) {
        self.last_check = Some(check);
        if batch.is_some() {
            assert!(self.batch.is_none(), "one batch is in flight at a time");
            self.batch = batch;
        }
    }

    /// A turn of the journal's thread. Answers the batch that the store may have now.
    pub fn commit(&mut self, real_millis: u64) -> Option<Cut> {
        let is_awaited = !self.waiting.is_empty() || self.batch.is_some();
        let is_due = |since| SYNC_LATEST_MILLIS <= real_millis - since;
        let done = if is_awaited || self.unsynced_since.is_some_and(is_due) {
            self.writer.sync().map(|_| self.unsynced_since = None)
        } else {
            self.writer.write()
        };
        match done {
            Ok(()) => self.succeeded(),
            Err(_) => {
                self.waiting.clear();
                self.is_failing = true;
            }
        }
        let durable = self.writer.durable();
        while self.waiting.pop_front_if(|tick| *tick <= durable).is_some() {}
        self.batch.take_if(|(batch, _)| batch.tick <= durable)
    }

    /// Whether heartbeats are refused.
    pub fn is_failing(&self) -> bool {
        self.is_failing
    }

    /// The last tick that must be there whatever happens.
    pub fn durable(&self) -> TickNumber {
        self.writer.durable()
    }

    /// The store has said that it has everything up to a tick.
    pub fn note_stored(&self, tick: TickNumber) {
        self.status.note_stored(tick);
    }

    /// A turn of the keeper's thread.
    pub fn keep(&self, now: Millis) -> Result<(), JournalError> {
        self.keeper.keep(now)
    }

    /// Ends in order: everything is durable and the segment is sealed.
    pub fn finish(mut self) -> std::io::Result<()> {
        if let Some(check) = self.last_check.take() {
            self.writer.check(check);
        }
        self.writer.sync()?;
        self.writer.seal()
    }

    fn succeeded(&mut self) {
        // While it fails only a sync shows that it works again.
        if self.unsynced_since.is_none() {
            self.is_failing = false;
        }
        if self.rotate_at <= self.writer.segment_bytes() {
            match self.writer.rotate() {
                Ok(()) => self.rotate_at = self.config.segment_bytes_max,
                Err(_) => self.rotate_at += self.config.segment_bytes_max / 8,
            }
        }
    }
}

/// Small segments, and files that soon go.
pub fn draw_config(rng: &mut Rng) -> JournalConfig {
    let seldom = |rng: &mut Rng, small: u64| if rng.u32(0..3) == 0 { u64::MAX } else { small };
    let (millis, bytes) = (rng.u64(0..60_000), rng.u64(0..200 << 10));
    JournalConfig {
        segment_bytes_max: rng.u64(2 << 10..40 << 10),
        keep_for: Millis(seldom(rng, millis)),
        keep_bytes_max: seldom(rng, bytes),
    }
}
