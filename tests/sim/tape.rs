//! What survives a crash: the ticks that were made durable, and an engine that goes on from them.

use fastrand::Rng;
use systole_systems::engine::Engine;
use systole_systems::input::Inputs;
use systole_systems::time::Tick;

/// A journal, as the simulator needs it.
pub trait Tape {
    /// Writes a tick; it is not durable yet.
    fn append(&mut self, tick: Tick, inputs: &Inputs);
    /// Makes everything appended durable.
    fn sync(&mut self);
    /// The process died. What was appended since the last sync is there up to some tick, and the
    /// rest is gone. Answers an engine as it was after the last tick that is there.
    fn recover(&mut self, rng: &mut Rng) -> Recovered;
}

/// What a new process begins with.
pub struct Recovered {
    pub engine: Engine,
    pub last: Tick,
}

/// A tape in memory: it keeps all ticks and recovers by running them from the beginning.
#[derive(Default)]
pub struct MemoryTape {
    ticks: Vec<(Tick, Inputs)>,
    durable: usize,
}

impl Tape for MemoryTape {
    fn append(&mut self, tick: Tick, inputs: &Inputs) {
        self.ticks.push((tick, inputs.clone()));
    }

    fn sync(&mut self) {
        self.durable = self.ticks.len();
    }

    fn recover(&mut self, rng: &mut Rng) -> Recovered {
        let kept = rng.usize(self.durable..=self.ticks.len());
        self.ticks.truncate(kept);
        self.durable = kept;
        let mut engine = Engine::default();
        for (tick, inputs) in &self.ticks {
            engine.tick(*tick, inputs);
        }
        Recovered { engine, last: self.ticks.last().map(|(tick, _)| *tick).unwrap_or_default() }
    }
}
