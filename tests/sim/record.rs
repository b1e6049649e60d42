//! What was run: every tick of the lives so far that was not lost, and what each came out as.

use systole_systems::engine::Engine;
use systole_systems::input::Inputs;
use systole_systems::time::{Tick, TickNumber};

use crate::Verdict;

/// Ticks in order.
#[derive(Default)]
pub struct Record {
    pub ticks: Vec<Run>,
}

/// A tick that was run.
pub struct Run {
    pub tick: Tick,
    pub inputs: Inputs,
    pub fingerprint: u64,
}

impl Record {
    /// Adds a tick.
    pub fn add(&mut self, tick: Tick, inputs: &Inputs, fingerprint: u64) {
        self.ticks.push(Run { tick, inputs: inputs.clone(), fingerprint });
    }

    /// The engine is as it was after its last tick.
    pub fn check(&self, engine: &Engine) -> Verdict {
        let last = engine.last_tick();
        let at = self.ticks.binary_search_by_key(&last.number, |run| run.tick.number);
        let run = at.map_err(|_| format!("{last:?} never was"))?;
        let run = &self.ticks[run];
        if run.tick != last {
            return Err(format!("{last:?} was {:?}", run.tick));
        }
        let (found, expected) = (engine.fingerprint().value(), run.fingerprint);
        if found != expected {
            return Err(format!("{last:?} has fingerprint {found:016x}, and had {expected:016x}"));
        }
        Ok(())
    }

    /// Forgets all after a tick. Answers how many those were.
    pub fn cut(&mut self, last: TickNumber) -> usize {
        let kept = self.ticks.partition_point(|run| run.tick.number <= last);
        let lost = self.ticks.len() - kept;
        self.ticks.truncate(kept);
        lost
    }
}
