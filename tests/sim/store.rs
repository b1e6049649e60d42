//! A fake store: transactions that take their time, fail, or commit without a word.
//!
//! It keeps what a real one keeps: rows under natural keys, the tick of the last batch, and nothing
//! of nodes and pipelines that are gone.

mod tables;

use std::collections::VecDeque;

use fastrand::Rng;
use systole_systems::input::{FlushOutcome, Input};
use systole_systems::rows::Batch;
use systole_systems::time::TickNumber;

use crate::Verdict;
use crate::directory::Directory;
use crate::faults::{Fault, Faults};
use crate::ingress::Ingress;
use crate::model::View;
pub use crate::store::tables::Tables;

/// How the store behaves for now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// It commits within a few ticks.
    Up,
    /// It commits, but takes long.
    Slow,
    /// It cannot be reached.
    Away,
    /// A transaction fails in its middle.
    FailsHalfway,
    /// It commits, and the answer gets lost.
    CommitsSilently,
    /// It does not answer in time, and commits when nobody waits any more.
    CommitsTooLate,
}

/// A batch on its way, and what the store must hold once it is written.
struct Flight {
    batch: Batch,
    expected: View,
    ticks_left: u32,
    mode: Mode,
}

/// The store and the task that writes to it.
pub struct FakeStore {
    mode: Mode,
    tables: Tables,
    /// The batch somebody waits for.
    flight: Option<Flight>,
    /// Transactions nobody waits for any more; they may still commit.
    orphans: Vec<Flight>,
    /// Ticks until the writer tells of a failure; doubles with each.
    pause: u32,
    pub commits: u32,
    /// The tables as they were after the last commits, oldest first.
    older: VecDeque<Tables>,
    /// The newest tick the writer knows to be committed.
    pub told: TickNumber,
}

const PAUSE_FIRST: u32 = 2;
const PAUSE_LONGEST: u32 = 32;
/// Commits that may be lost at once.
const OLDER_MAX: usize = 6;

impl FakeStore {
    /// An empty store.
    pub fn new() -> FakeStore {
        FakeStore {
            mode: Mode::Up,
            tables: Tables::default(),
            flight: None,
            orphans: Vec::new(),
            pause: PAUSE_FIRST,
            commits: 0,
            older: VecDeque::new(),
            told: TickNumber(0),
        }
    }

    /// Takes a batch to write; `expected` is what the store holds when it is written.
    pub fn write(&mut self, batch: Batch, expected: View, rng: &mut Rng) {
        assert!(self.flight.is_none(), "one batch is in flight at a time");
        let mode = self.mode;
        let ticks_left = match mode {
            Mode::Up => rng.u32(0..3),
            Mode::Slow => rng.u32(10..80),
            Mode::Away | Mode::FailsHalfway | Mode::CommitsSilently => self.pause,
            Mode::CommitsTooLate => rng.u32(10..30),
        };
        self.flight = Some(Flight { batch, expected, ticks_left, mode });
    }

    /// Whether people's changes can be committed.
    pub fn is_up(&self) -> bool {
        matches!(self.mode, Mode::Up | Mode::Slow)
    }

    /// Lets a tick pass.
    pub fn step(
        &mut self,
        directory: &Directory,
        faults: &Faults,
        rng: &mut Rng,
        ingress: &mut Ingress,
    ) -> Verdict {
        if faults.strikes(Fault::StoreChanges, rng) {
            use Mode::{Away, CommitsSilently, CommitsTooLate, FailsHalfway, Slow, Up};
            let modes = [Up, Up, Slow, Away, FailsHalfway, CommitsSilently, CommitsTooLate];
            self.mode = modes[rng.usize(0..modes.len())];
        }
        self.finish_orphans(directory, rng)?;
        let Some(flight) = &mut self.flight else { return Ok(()) };
        if flight.ticks_left > 0 {
            flight.ticks_left -= 1;
            return Ok(());
        }
        let flight = self.flight.take().expect("it was just looked at");
        let batch = flight.batch.id;
        let outcome = match flight.mode {
            Mode::Up | Mode::Slow => {
                self.commit(&flight, directory)?;
                self.told = flight.batch.tick;
                FlushOutcome::Committed
            }
            Mode::CommitsSilently => {
                self.commit(&flight, directory)?;
                FlushOutcome::Failed
            }
            Mode::CommitsTooLate => {
                let ticks_left = rng.u32(0..60);
                self.orphans.push(Flight { ticks_left, ..flight });
                FlushOutcome::Failed
            }
            Mode::Away | Mode::FailsHalfway => FlushOutcome::Failed,
        };
        self.pause = match outcome {
            FlushOutcome::Failed => (self.pause * 2).min(PAUSE_LONGEST),
            FlushOutcome::Committed | FlushOutcome::Refused => PAUSE_FIRST,
        };
        ingress.tell(&Input::BatchSettled { batch, outcome });
        Ok(())
    }

    /// The process that waited died. Its transaction has committed, or will, or will not.
    pub fn lose_writer(&mut self, directory: &Directory, rng: &mut Rng) -> Verdict {
        self.pause = PAUSE_FIRST;
        let Some(flight) = self.flight.take() else { return Ok(()) };
        match rng.u32(0..3) {
            0 => self.commit(&flight, directory)?,
            1 => self.orphans.push(Flight { ticks_left: rng.u32(0..60), ..flight }),
            _ => (),
        }
        Ok(())
    }

    /// The tick of the last batch it has.
    pub fn last_tick(&self) -> TickNumber {
        TickNumber(self.tables.tick)
    }

    /// Somebody puts back an older state, without what people have deleted since. Nothing is on its
    /// way to a store that was down. Answers what it was, for whoever must undo that.
    pub fn restore_older(&mut self, directory: &Directory, rng: &mut Rng) -> Option<Tables> {
        let newer = rng.usize(1..=OLDER_MAX);
        let mut tables = self.older.get(self.older.len().checked_sub(newer)?)?.clone();
        self.older.truncate(self.older.len() - newer);
        tables.forget_gone(directory);
        self.orphans.clear();
        Some(std::mem::replace(&mut self.tables, tables))
    }

    /// Takes back `restore_older`.
    pub fn restore_newer(&mut self, tables: Tables) {
        self.tables = tables;
    }

    /// From now on it works.
    pub fn calm_down(&mut self) {
        self.mode = Mode::Up;
    }

    /// Deletes a node with all history of it.
    pub fn delete_node(&mut self, node: &str) {
        self.tables.delete_node(node);
    }

    /// Deletes a pipeline with all history of it.
    pub fn delete_pipeline(&mut self, pipeline: &str) {
        self.tables.delete_pipeline(pipeline);
    }

    /// The tables hold exactly this, as far as it is about nodes and pipelines that exist.
    pub fn check(&self, expected: &View, directory: &Directory) -> Verdict {
        self.tables.check(expected, directory)
    }

    fn finish_orphans(&mut self, directory: &Directory, rng: &mut Rng) -> Verdict {
        for orphan in &mut self.orphans {
            orphan.ticks_left = orphan.ticks_left.saturating_sub(1);
        }
        let ended: Vec<Flight> =
            self.orphans.extract_if(.., |orphan| orphan.ticks_left == 0).collect();
        for orphan in ended {
            if rng.bool() {
                self.commit(&orphan, directory)?;
            }
        }
        Ok(())
    }

    fn commit(&mut self, flight: &Flight, directory: &Directory) -> Verdict {
        if self.older.len() == OLDER_MAX {
            self.older.pop_front();
        }
        self.older.push_back(self.tables.clone());
        if !self.tables.apply(&flight.batch, directory) {
            return Ok(());
        }
        self.commits += 1;
        self.tables.check(&flight.expected, directory).map_err(|why| {
            format!("after the batch of tick {} committed, {why}", flight.batch.tick.0)
        })
    }
}
