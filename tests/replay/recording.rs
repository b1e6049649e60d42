//! Records ticks on made-up time into a journal, as the server does.

use std::path::Path;
use std::sync::Arc;

use systole::journal::disk::{Directory, Disk};
use systole::journal::record::{Check, Head};
use systole::journal::snapshot;
use systole::journal::writer::Writer;
use systole_systems::effect::{Delivery, Effect};
use systole_systems::engine::Engine;
use systole_systems::input::{FlushOutcome, Input, Inputs};
use systole_systems::time::{Millis, Tick, TickNumber};

/// The first instant of every recording.
const START: u64 = 1_800_000_000_000;

/// A fleet whose ticks are being recorded.
pub(crate) struct Recording {
    engine: Engine,
    writer: Writer,
    tick: Tick,
    pending: Inputs,
    /// How batches end.
    pub(crate) settle: FlushOutcome,
}

impl Recording {
    /// Records a script in place of whatever the folder held.
    pub(crate) fn keep(folder: &Path, script: impl FnOnce(&mut Recording)) {
        if folder.exists() {
            std::fs::remove_dir_all(folder).expect("it can be recorded again");
        }
        std::fs::create_dir_all(folder).expect("there is room");
        let disk: Arc<dyn Disk> = Arc::new(Directory::existing(folder).expect("it was just made"));
        let mut engine = Engine::default();
        let tick = Tick { number: TickNumber(1), now: Millis(START), listened: Millis(0) };
        engine.tick(tick, &Inputs::default());
        let image = engine.image();
        let head = Head::beginning("recorded", &image);
        let writer = Writer::begin(disk, &head, Some(&snapshot::pack(&image)));
        let writer = writer.expect("there is room");
        let settle = FlushOutcome::Committed;
        let mut recording = Recording { engine, writer, tick, pending: Inputs::default(), settle };
        script(&mut recording);
        recording.writer.seal().expect("there is room");
    }

    /// Queues an input for the next tick.
    pub(crate) fn input(&mut self, input: &Input<'_>) {
        self.pending.push(input);
    }

    /// Queues what a body was decoded to.
    pub(crate) fn inputs(&mut self, inputs: &Inputs) {
        self.pending.append(inputs);
    }

    /// Runs one tick, `millis` after the last.
    pub(crate) fn step(&mut self, millis: u64) {
        self.tick = Tick {
            number: TickNumber(self.tick.number.0 + 1),
            now: Millis(self.tick.now.0 + millis),
            listened: Millis(self.tick.listened.0 + millis.min(1_000)),
        };
        let inputs = std::mem::take(&mut self.pending);
        self.writer.append(&self.tick, &inputs);
        let output = self.engine.tick(self.tick, &inputs);
        self.writer.check(Check::of(&output));
        let mut answers = Inputs::default();
        for effect in output.effects {
            if let Effect::Deliver { subscriber, delivery: Delivery::Paced, .. } = *effect {
                answers.push(&Input::SubscriberDrained { subscriber });
            }
        }
        if let Some(batch) = output.batch {
            answers.push(&Input::BatchSettled { batch: batch.id, outcome: self.settle });
        }
        self.pending.append(&answers);
    }

    /// Runs ticks of 250 ms until `millis` have passed.
    pub(crate) fn run(&mut self, millis: u64) {
        for _ in 0..millis / 250 {
            self.step(250);
        }
    }
}
