//! The end of a process and the beginning of the next one, as the server begins: with its journal.

use std::sync::Arc;
use std::time::Duration;

use systole::boot::beginning::{begin_with_state, next_segment};
use systole::journal::JournalError;
use systole::journal::catalog::Catalog;
use systole::journal::disk::Disk;
use systole::journal::recovery::{Recovered, recover};
use systole::journal::writer::Writer;
use systole_systems::engine::Engine;
use systole_systems::input::{Input, Inputs};
use systole_systems::time::{Millis, Tick, TickNumber};

use crate::Verdict;
use crate::compare::{Follow, check_state};
use crate::fanout::Fanout;
use crate::faults::Fault;
use crate::journal::{IDENTITY, Journal};
use crate::model::Model;
use crate::store::Tables;
use crate::world::World;

impl World {
    /// Processes start until one lives.
    pub fn start(&mut self) -> Verdict {
        while !self.begin()? {
            self.die()?;
        }
        Ok(())
    }

    /// The process dies, by itself or with its machine.
    pub(super) fn die(&mut self) -> Verdict {
        if let Some(journal) = self.journal.take() {
            self.durable = self.durable.max(journal.durable());
        }
        let loses_power = self.rng.bool();
        match loses_power {
            true => self.disk.lose_power(),
            false => self.disk.end_process(),
        }
        self.trail.note(format!("dies, power lost: {loses_power}"));
        self.ingress.lose();
        self.ingress.is_refusing = false;
        self.fanout = Fanout::default();
        self.follow = Follow::default();
        self.agents.lose_late();
        self.readers.lose_server(self.time.real_millis(), &mut self.rng);
        self.store.lose_writer(&self.directory, &mut self.rng)?;
        if self.faults.strikes(Fault::DiesWriting, &mut self.rng) || self.dies_early() {
            let writes = self.rng.u32(0..12);
            self.disk.plan(|plan| plan.dies_in = Some(writes));
        }
        Ok(())
    }

    /// The keeper tidies. Only the disk may keep it from that.
    pub(super) fn keep(&mut self) -> Verdict {
        let first = self.first_place();
        let now = Millis(self.model.tick.now.0 + self.rng.u64(0..60_000));
        let kept = self.journal.as_ref().expect("a process lives").keep(now);
        self.is_shortened |= first < self.first_place();
        match kept {
            Ok(()) | Err(JournalError::Io { .. }) => Ok(()),
            Err(error) => Err(format!("the keeper says: {error}")),
        }
    }

    /// One start in four ends at a write, while everything goes wrong.
    fn dies_early(&mut self) -> bool {
        !self.is_calm && self.rng.u32(0..4) == 0
    }

    fn first_place(&self) -> Option<TickNumber> {
        let disk = self.disk.fork();
        let catalog = Catalog::of(&disk).ok()?;
        Some(catalog.places(&disk).ok()?.first()?.tick)
    }

    /// A process begins; false: it does not get far.
    fn begin(&mut self) -> Result<bool, String> {
        let newer = match self.faults.strikes(Fault::StoreRestored, &mut self.rng) {
            true => self.store.restore_older(&self.directory, &mut self.rng),
            false => None,
        };
        let disk: Arc<dyn Disk> = Arc::new(self.disk.clone());
        let stored = self.store.last_tick();
        let begun = match recover(&disk, IDENTITY, stored) {
            Ok(Some(recovered)) => {
                self.go_on(&recovered)?;
                let writer = next_segment(&recovered, IDENTITY, disk);
                writer.map(|writer| (recovered.engine, writer))
            }
            Ok(None) => {
                let engine = self.start_anew(stored)?;
                begin_with_state(&engine, IDENTITY, disk).map(|writer| (engine, writer))
            }
            Err(error) => Err(error),
        };
        match begun {
            Ok((engine, writer)) => self.boot(engine, writer),
            Err(error) => self.fail_to_begin(&error, newer).map(|()| false),
        }
    }

    /// The model goes back to the tick after which the journal ends.
    fn go_on(&mut self, recovered: &Recovered) -> Verdict {
        let Recovered { engine, is_rebased, .. } = recovered;
        let last = engine.last_tick();
        self.record.check(engine).map_err(|why| format!("after recovery, {why}"))?;
        if last.number < self.durable {
            return Err(format!("{last:?} is the last tick, and {:?} was durable", self.durable));
        }
        self.model = Model::new(self.model.flaw);
        let known = self.record.ticks.iter().take_while(|run| run.tick.number <= last.number);
        for run in known {
            self.model.run(run.tick, &run.inputs);
        }
        self.trail.note(format!("goes on after {last:?}, rebased: {is_rebased}"));
        self.time.restart(last);
        check_state(engine, &self.model).map_err(|why| format!("after recovery, {why}"))
    }

    /// There is no journal: begins with what the store has, which is what people have set up.
    fn start_anew(&mut self, stored: TickNumber) -> Result<Engine, String> {
        if self.durable != TickNumber(0) {
            return Err(format!("the journal is gone, and {:?} was durable", self.durable));
        }
        self.record.cut(TickNumber(0));
        self.model = Model::new(self.model.flaw);
        self.time.restart(Tick::default());
        let tick = self.time.pass(Duration::from_millis(10), true);
        let inputs = self.directory.restate(&self.model);
        self.model.run(tick, &inputs);
        let mut engine = Engine::default();
        let fingerprint = engine.tick(tick, &inputs).fingerprint.value();
        engine.note_committed(stored);
        self.record.add(tick, &inputs, fingerprint);
        Ok(engine)
    }

    /// Runs the inputs of boot. False: the process dies meanwhile.
    fn boot(&mut self, engine: Engine, writer: Writer) -> Result<bool, String> {
        self.durable = engine.last_tick().number;
        let lost = self.record.cut(self.durable);
        self.trail.note(format!("begins, {lost} ticks lost"));
        self.engine = engine;
        self.note_rights();
        let stored = self.store.last_tick();
        self.store.told = stored;
        self.journal = Some(Journal::new(writer, &self.disk, self.journal_config, stored));
        self.epoch += 1;
        let started = Input::Started { epoch: self.epoch, settings: self.settings };
        for inputs in [Inputs::of(&started), self.directory.restate(&self.model)] {
            if inputs.is_empty() {
                continue;
            }
            let tick = self.time.pass(Duration::from_millis(10), true);
            self.tick(tick, &inputs)?;
            self.commit();
        }
        Ok(!self.disk.is_dead())
    }

    /// Whether that is an answer to expect; somebody removes what is in the way.
    fn fail_to_begin(&mut self, error: &JournalError, newer: Option<Tables>) -> Verdict {
        self.trail.note(format!("cannot begin: {error}"));
        if self.disk.is_dead() {
            return Ok(());
        }
        match (error, newer) {
            (JournalError::Io { .. }, _) if self.disk.ends_fault() => Ok(()),
            (JournalError::TooShort { .. }, Some(newer)) if self.is_shortened => {
                self.store.restore_newer(newer);
                Ok(())
            }
            _ => Err(format!("no beginning: {error}")),
        }
    }
}
