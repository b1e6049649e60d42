//! A fleet whose heartbeats come from a journal, for benches.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use systole_systems::engine::Engine;
use systole_systems::ids::BatchId;
use systole_systems::input::{FlushOutcome, Input};
use systole_systems::settings::Settings;
use systole_systems::time::Millis;

use crate::fleet::Fleet;

/// Ticks in which every node is heard once: five seconds.
const TICKS_OF_A_ROUND: usize = 100;
/// Made-up time between two ticks of a replayed journal.
const REPLAYED_TICK_MILLIS: u64 = 50;
/// Ticks until the store answers for a batch.
const TICKS_OF_A_FLUSH: u64 = 2;

/// A fleet that is heard node after node as from a journal: its working set passes through the caches
/// once a round, and the store answers for each batch a little later.
pub(crate) struct Replay {
    fleet: Fleet,
    nodes: usize,
    beat: u64,
    in_flight: VecDeque<(u64, BatchId)>,
}

impl Replay {
    /// A fleet of enrolled nodes that have not been heard.
    pub(crate) fn new(engine: Engine, size: (usize, usize, usize)) -> Replay {
        let settings = Settings { flush_interval: Millis(10_000), ..Settings::default() };
        let fleet = Fleet::inside(engine, size, settings);
        Replay { fleet, nodes: size.0, beat: 0, in_flight: VecDeque::new() }
    }

    /// Lets every node be heard once. Answers the time spent in ticks.
    pub(crate) fn round(&mut self) -> Duration {
        self.beat += 1;
        let mut spent = Duration::ZERO;
        let count = self.nodes / TICKS_OF_A_ROUND;
        for first in (0..self.nodes).step_by(count) {
            let mut inputs = self.fleet.heartbeats(first..first + count, self.beat);
            let number = self.fleet.tick.number.0;
            if let Some(&(due, batch)) = self.in_flight.front()
                && due <= number
            {
                self.in_flight.pop_front();
                let outcome = FlushOutcome::Committed;
                inputs.push(&Input::BatchSettled { batch, outcome });
            }
            self.fleet.advance(REPLAYED_TICK_MILLIS);
            let began = Instant::now();
            let output = self.fleet.engine.tick(self.fleet.tick, &inputs);
            spent += began.elapsed();
            let due = number + TICKS_OF_A_FLUSH;
            self.in_flight.extend(output.cut.map(|batch| (due, batch)));
        }
        spent
    }
}
