//! The journal's thread: writes ticks as they come and makes them durable, many with one sync.
//!
//! Ticks never wait for it. A tick somebody waits for is synced at once, or with all that came since when
//! the last sync has only just begun; one that nobody waits for, within a second.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use systole_systems::input::Inputs;
use systole_systems::rows::Batch;
use systole_systems::time::{Tick, TickNumber};
use tokio::sync::{mpsc, oneshot};

use crate::clock::wall_now;
use crate::journal::record::Check;
use crate::journal::status::JournalStatus;
use crate::journal::writer::Writer;

/// Ticks on their way to the thread, and bytes of their inputs.
const TICKS_MAX: usize = 256;
const QUEUED_BYTES_MAX: u64 = 64 << 20;
/// How often the driver looks whether there is room for more bytes.
const ROOM_LOOKED_FOR: Duration = Duration::from_millis(1);
/// How long a tick that nobody waits for may stay in memory.
const SYNC_LATEST: Duration = Duration::from_secs(1);
/// Pause after a write that failed.
const RETRY_PAUSE: Duration = Duration::from_millis(250);
/// Bytes kept while the disk takes none; over it the driver waits until there is room.
const KEPT_BYTES_MAX: usize = 64 << 20;

/// Told when a tick is durable; dropped untold when it could not be made so.
pub type DurableSender = oneshot::Sender<()>;

/// What the journal's thread is told.
enum Message {
    Tick {
        tick: Tick,
        inputs: Arc<Inputs>,
        /// What the tick before came out as.
        last_check: Option<Check>,
        waiting: Vec<DurableSender>,
    },
    Batch(Arc<Batch>),
    /// What the last tick of all came out as.
    End(Check),
}

/// The driver's side of the journal.
#[derive(Debug)]
pub struct Journal {
    messages: Sender<Message>,
    status: JournalStatus,
    last_check: Option<Check>,
}

impl Journal {
    /// Hands over a tick before it is run.
    pub fn append(&mut self, tick: Tick, inputs: Arc<Inputs>, waiting: Vec<DurableSender>) {
        let bytes = inputs.byte_len();
        // A tick on its own always has room.
        while self.status.queued_bytes() > 0
            && QUEUED_BYTES_MAX < self.status.queued_bytes() + bytes as u64
        {
            std::thread::sleep(ROOM_LOOKED_FOR);
        }
        self.status.note_queued(bytes);
        let last_check = self.last_check.take();
        self.send(Message::Tick { tick, inputs, last_check, waiting });
    }

    /// Tells what the tick came out as, and hands over the batch it cut: the store gets it once the
    /// tick is durable.
    pub fn ran(&mut self, check: Check, batch: Option<Arc<Batch>>) {
        self.last_check = Some(check);
        if let Some(batch) = batch {
            self.send(Message::Batch(batch));
        }
    }

    /// Ends the journal in order.
    pub fn end(mut self) {
        if let Some(check) = self.last_check.take() {
            self.send(Message::End(check));
        }
    }

    fn send(&self, message: Message) {
        // Full: the disk takes nothing and as much as may be is kept in memory; the driver waits.
        self.messages.send(message).expect("the journal's thread outlives the driver");
    }
}

/// What the thread is made of.
pub struct JournalThread {
    messages: Receiver<Message>,
    writer: Writer,
    status: JournalStatus,
    /// Holds one: the core puts one batch in flight at a time.
    batches: mpsc::Sender<Arc<Batch>>,
    /// Told when a segment is sealed. Full: it has been told already.
    sealed: Sender<()>,
    segment_bytes_max: u64,
    /// Size of the present segment at which the next one begins.
    rotate_at: u64,
    waiting: VecDeque<(TickNumber, Vec<DurableSender>)>,
    batch: Option<Arc<Batch>>,
    oldest_unsynced: Option<Instant>,
    /// From the beginning of one sync to that of the next at least: a sync costs the same for one tick
    /// and for many.
    sync_spacing: Duration,
    sync_began: Option<Instant>,
    /// When the last attempt failed, while it fails.
    failed_at: Option<Instant>,
}

/// Makes the thread and the driver's side of it.
pub fn journal(
    writer: Writer,
    status: JournalStatus,
    batches: mpsc::Sender<Arc<Batch>>,
    sealed: Sender<()>,
    segment_bytes_max: u64,
    sync_spacing: Duration,
) -> (Journal, JournalThread) {
    let (sender, messages) = bounded(TICKS_MAX); // full: the driver waits
    let driver_side = Journal { messages: sender, status: status.clone(), last_check: None };
    let thread = JournalThread {
        messages,
        writer,
        status,
        batches,
        sealed,
        segment_bytes_max,
        rotate_at: segment_bytes_max,
        waiting: VecDeque::new(),
        batch: None,
        oldest_unsynced: None,
        sync_spacing,
        sync_began: None,
        failed_at: None,
    };
    (driver_side, thread)
}

impl JournalThread {
    /// Runs until the driver is gone; then makes everything durable and seals the segment.
    pub fn run(mut self) {
        loop {
            match self.receive() {
                Ok(Some(message)) => {
                    self.take(message);
                    while self.has_room() {
                        match self.messages.try_recv() {
                            Ok(message) => self.take(message),
                            Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                        }
                    }
                }
                Ok(None) => (),
                Err(Ended) => break,
            }
            if self.failed_at.is_none_or(|at| at.elapsed() >= RETRY_PAUSE) {
                self.commit();
            }
            // One sleep costs less than waking for each tick that comes meanwhile.
            if !self.status.is_stopping() {
                std::thread::sleep(self.pause_before_sync());
            }
        }
        self.finish();
    }

    /// At the end what is left is taken in any case.
    fn has_room(&self) -> bool {
        self.writer.kept_bytes() < KEPT_BYTES_MAX || self.status.is_stopping()
    }

    /// The next message; nothing when it is time to sync or to try again.
    fn receive(&self) -> Result<Option<Message>, Ended> {
        if self.status.is_failing() && !self.has_room() {
            std::thread::sleep(RETRY_PAUSE);
            return Ok(None);
        }
        let pause = if self.status.is_failing() {
            RETRY_PAUSE
        } else {
            match self.oldest_unsynced {
                Some(since) => SYNC_LATEST.saturating_sub(since.elapsed()),
                None => return self.messages.recv().map(Some).map_err(|_| Ended),
            }
        };
        match self.messages.recv_timeout(pause) {
            Ok(message) => Ok(Some(message)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(Ended),
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Tick { tick, inputs, last_check, waiting } => {
                if let Some(check) = last_check {
                    self.writer.check(check);
                }
                self.writer.append(&tick, &inputs);
                self.status.note_taken(inputs.byte_len());
                self.oldest_unsynced.get_or_insert_with(Instant::now);
                if !waiting.is_empty() {
                    self.waiting.push_back((tick.number, waiting));
                }
            }
            Message::Batch(batch) => {
                let before = self.batch.replace(batch);
                assert!(before.is_none(), "one batch is in flight at a time");
            }
            Message::End(check) => self.writer.check(check),
        }
    }

    fn pause_before_sync(&self) -> Duration {
        let elapsed = self.sync_began.map_or(Duration::MAX, |began| began.elapsed());
        self.sync_spacing.saturating_sub(elapsed)
    }

    fn commit(&mut self) {
        let is_awaited = !self.waiting.is_empty() || self.batch.is_some();
        let is_due = self.oldest_unsynced.is_some_and(|since| since.elapsed() >= SYNC_LATEST);
        let bytes = self.writer.kept_bytes() as u64;
        let began = Instant::now();
        let done = if is_awaited || is_due {
            self.sync_began = Some(began);
            self.writer.sync().map(|durable| {
                self.oldest_unsynced = None;
                self.status.note_sync(durable, bytes, began.elapsed());
            })
        } else {
            self.writer.write()
        };
        match done {
            Ok(()) => self.succeeded(),
            Err(error) => self.failed(&error.to_string()),
        }
        self.answer();
    }

    fn succeeded(&mut self) {
        self.failed_at = None;
        // While it fails only a sync shows that it works again.
        if self.oldest_unsynced.is_none() && self.status.note_success() {
            tracing::info!("the journal can be written again, heartbeats are accepted");
        }
        if self.rotate_at <= self.writer.segment_bytes() {
            match self.writer.rotate() {
                Ok(()) => {
                    self.rotate_at = self.segment_bytes_max;
                    // Full: it has been told already.
                    let _told = self.sealed.try_send(()).is_ok();
                }
                // The present segment goes on.
                Err(error) => {
                    self.rotate_at += self.segment_bytes_max / 8;
                    tracing::warn!(%error, "the next segment of the journal cannot be made yet");
                }
            }
        }
    }

    /// Whoever waits is told that it is not durable: agents report again, and what they report is
    /// cumulative. Trying again goes on by itself.
    fn failed(&mut self, why: &str) {
        self.failed_at = Some(Instant::now());
        // First the reason, then the word: who is told looks for the reason.
        if self.status.note_failure(why.to_owned(), wall_now()) {
            tracing::error!(%why, "the journal cannot be written, heartbeats are refused");
        }
        self.waiting.clear();
    }

    /// Tells whom it concerns what is durable by now.
    fn answer(&mut self) {
        let durable = self.writer.durable();
        while self.waiting.front().is_some_and(|(tick, _)| *tick <= durable) {
            let (_, waiting) = self.waiting.pop_front().expect("it was just seen");
            for done in waiting {
                // Whoever gave up waiting is not there to be told.
                let _gone = done.send(()).is_err();
            }
        }
        if let Some(batch) = self.batch.take_if(|batch| batch.tick <= durable) {
            self.batches.try_send(batch).expect("one batch is in flight and the writer is there");
        }
    }

    fn finish(mut self) {
        let ended = self.writer.sync();
        if let Ok(durable) = ended {
            self.status.note_sync(durable, 0, Duration::ZERO);
        }
        self.answer();
        if let Err(error) = ended.map(|_| ()).and_then(|()| self.writer.seal()) {
            tracing::error!(%error, "the end of the journal cannot be written");
        }
    }
}

/// The driver is gone.
struct Ended;
