//! Journals stay whole whatever ends in their middle: a start, a rotation, the keeper's work.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use systole_systems::engine::Engine;
use systole_systems::ids::BatchId;
use systole_systems::input::{FlushOutcome, Input, Inputs, NodeEnrolled};
use systole_systems::packed::PackedBuf;
use systole_systems::report::Label;
use systole_systems::settings::Settings;
use systole_systems::time::{Millis, TickNumber};

use super::moody::Moody;
use super::tick;
use crate::boot::beginning::{begin_with_state, next_segment};
use crate::config::JournalConfig;
use crate::journal::JournalError;
use crate::journal::catalog::Catalog;
use crate::journal::disk::Disk;
use crate::journal::keeper::Keeper;
use crate::journal::player::Player;
use crate::journal::record::{Check, Head};
use crate::journal::recovery::{Recovered, recover};
use crate::journal::status::JournalStatus;
use crate::journal::writer::Writer;

/// An engine, and the journal it writes.
struct Life {
    moody: Arc<Moody>,
    disk: Arc<dyn Disk>,
    engine: Engine,
    writer: Writer,
}

impl Life {
    fn begin() -> Life {
        let moody = Moody::new();
        let disk: Arc<dyn Disk> = moody.clone();
        let mut engine = Engine::default();
        engine.tick(tick(1), &Inputs::default());
        let writer = begin_with_state(&engine, "db", disk.clone()).unwrap();
        Life { moody, disk, engine, writer }
    }

    /// Runs a tick. Answers the batch it cuts.
    fn tick(&mut self, input: &Input<'_>) -> Option<BatchId> {
        let tick = tick(self.engine.last_tick().number.0 + 1);
        let inputs = Inputs::of(input);
        self.writer.append(&tick, &inputs);
        let output = self.engine.tick(tick, &inputs);
        self.writer.check(Check::of(&output));
        output.cut
    }

    fn start(&mut self, epoch: u64) {
        self.tick(&Input::Started { epoch, settings: Settings::default() });
    }

    /// A node comes and the store gets it.
    fn enroll(&mut self, node: &str) {
        self.enroll_with(node, FlushOutcome::Committed);
    }

    /// A node comes, and the store says this of its batch.
    fn enroll_with(&mut self, node: &str, outcome: FlushOutcome) {
        let environment = "e1";
        self.tick(&Input::EnvironmentSet { environment, name: "e1", team: "t1" });
        let labels: PackedBuf = [Label { key: "k", value: "v" }].into_iter().collect();
        let cut = self.tick(&Input::NodeEnrolled(NodeEnrolled {
            node,
            environment,
            name: node,
            host: "host",
            os: None,
            agent_version: None,
            vector_version: None,
            labels: labels.packed(),
        }));
        let batch = cut.or_else(|| self.tick(&Input::FlushRequested)).unwrap();
        self.tick(&Input::BatchSettled { batch, outcome });
        self.writer.sync().unwrap();
    }

    /// The process ends, and another one goes on beside a store that has everything up to `stored`.
    fn again(&mut self, stored: u64) -> Recovered {
        let recovered = recover(&self.disk, "db", TickNumber(stored)).unwrap().unwrap();
        self.writer = next_segment(&recovered, "db", self.disk.clone()).unwrap();
        recovered
    }

    fn keep(&self, keep_bytes_max: u64, stored: TickNumber) {
        let status = JournalStatus::default();
        status.note_stored(stored);
        let config =
            JournalConfig { segment_bytes_max: 0, keep_for: Millis(u64::MAX), keep_bytes_max };
        Keeper::new(self.disk.clone(), "db".into(), config, status).keep(Millis(0)).unwrap();
    }

    /// Runs everything there is, from the oldest place on. Answers the last tick.
    fn run_all(&self) -> Result<u64, JournalError> {
        let catalog = Catalog::of(&*self.disk)?;
        let first = catalog.places(&*self.disk)?.into_iter().next();
        let serves = |place: &_| Some(place) == first.as_ref();
        let mut player = Player::start(self.disk.clone(), catalog, serves)?;
        while player.step()?.is_some() {}
        Ok(player.engine().last_tick().number.0)
    }
}

#[test]
fn a_state_without_ticks_is_there_at_every_start() {
    let mut life = Life::begin();
    for _ in 0..3 {
        assert_eq!(life.again(0).ticks, 0);
    }
    life.engine = life.again(0).engine;
    life.start(1);
    life.writer.sync().unwrap();
    assert_eq!(life.run_all().unwrap(), 2);
}

#[test]
fn a_segment_that_was_not_sealed_is_compressed_with_an_end() {
    let mut life = Life::begin();
    life.start(1);
    life.writer.sync().unwrap();
    // As when the process ends between the name of the next segment and the seal of this one.
    let head = Head::continuing("db", life.engine.last_tick());
    life.writer = Writer::begin(life.disk.clone(), &head, None).unwrap();
    life.start(2);
    life.writer.sync().unwrap();
    life.keep(u64::MAX, TickNumber(0));
    assert_eq!(life.run_all().unwrap(), 3);
}

#[test]
fn a_segment_whose_name_may_not_be_durable_is_the_one_that_goes_on() {
    let mut life = Life::begin();
    life.start(1);
    life.moody.moods.names_fail.store(true, Ordering::Relaxed);
    life.writer.rotate().unwrap_err();
    life.start(2);
    life.writer.sync().unwrap_err();
    assert_eq!(life.writer.durable(), TickNumber(2));
    life.moody.moods.names_fail.store(false, Ordering::Relaxed);
    assert_eq!(life.writer.sync().unwrap(), TickNumber(3));
    life.keep(u64::MAX, TickNumber(0));
    life.start(3);
    life.writer.sync().unwrap();
    assert_eq!(life.run_all().unwrap(), 4);
}

#[test]
fn whatever_is_let_go_the_rest_runs_from_its_first_place() {
    let mut life = Life::begin();
    for epoch in 1..5 {
        life.start(epoch);
        life.writer.rotate().unwrap();
        life.keep(u64::MAX, TickNumber(0));
    }
    life.start(5);
    life.writer.sync().unwrap();
    for keep_bytes_max in (0..20_000).rev().step_by(40) {
        life.keep(keep_bytes_max, TickNumber(6));
        assert_eq!(life.run_all().unwrap(), 6, "{keep_bytes_max}");
    }
}

#[test]
fn a_store_that_loses_more_each_time_gets_everything_again() {
    let mut life = Life::begin();
    life.start(1);
    life.enroll("n1");
    let stored = life.engine.last_tick().number.0;
    life.enroll("n2");
    let recovered = life.again(stored);
    assert!(recovered.is_rebased);
    life.engine = recovered.engine;
    life.start(2);
    life.writer.sync().unwrap();

    let recovered = life.again(0);
    assert!(recovered.is_rebased, "the state in between lacks the first node's row");
    assert_eq!(unsaved_nodes(recovered), 2);
}

#[test]
fn a_refusal_is_believed_like_a_commit_as_long_as_the_store_has_all_before_it() {
    let mut life = Life::begin();
    life.start(1);
    life.enroll("n1");
    let stored_first = life.engine.last_tick().number.0;
    life.enroll_with("n2", FlushOutcome::Refused);
    life.enroll("n3");
    let stored_all = life.engine.last_tick().number.0;

    let recovered = life.again(stored_all);
    assert!(!recovered.is_rebased);
    assert_eq!(unsaved_nodes(recovered), 0, "what was refused is given up");

    // The third is lost. What was refused before it may have held what is lost as well.
    let recovered = life.again(stored_first);
    assert!(recovered.is_rebased);
    assert_eq!(unsaved_nodes(recovered), 2);
}

/// Nodes that the first batch after a start writes.
fn unsaved_nodes(recovered: Recovered) -> usize {
    let mut inputs = Inputs::of(&Input::Started { epoch: 9, settings: Settings::default() });
    inputs.push(&Input::FlushRequested);
    let mut engine = recovered.engine;
    let next = engine.last_tick().number.0 + 1;
    let output = engine.tick(tick(next), &inputs);
    output.batch.map_or(0, |batch| batch.nodes.len())
}
