//! The world around the engine: everything that is fake, in one step after another.

mod life;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher as _;
use std::time::Duration;

use fastrand::Rng;
use rustc_hash::FxHasher;
use systole::config::JournalConfig;
use systole::journal::record::Check;
use systole_systems::answer::{AnswerBody, Gauges};
use systole_systems::engine::Engine;
use systole_systems::input::{Input, Inputs};
use systole_systems::query::Query;
use systole_systems::settings::Settings;
use systole_systems::status::NodeStatus;
use systole_systems::time::{Millis, Tick, TickNumber};

use crate::Verdict;
use crate::agents::{self, Agents};
use crate::compare::{Follow, Seen, check_state, check_view};
use crate::directory::{Act, Directory, pick};
use crate::disk::{DiskFaults, SimDisk};
use crate::fanout::Fanout;
use crate::faults::{Fault, Faults};
use crate::history::History;
use crate::ingress::Ingress;
use crate::journal::{Journal, draw_config};
use crate::model::{Flaw, Model};
use crate::readers::{self, Readers};
use crate::record::Record;
use crate::replay::check_replays;
use crate::store::FakeStore;
use crate::time::Time;
use crate::trail::Trail;

/// Everything.
pub struct World {
    rng: Rng,
    faults: Faults,
    time: Time,
    directory: Directory,
    agents: Agents,
    readers: Readers,
    ingress: Ingress,
    fanout: Fanout,
    store: FakeStore,
    disk: SimDisk,
    journal_config: JournalConfig,
    /// The journal of the process that lives.
    journal: Option<Journal>,
    /// The last tick that was durable when the last process died: acknowledged, or a batch of it.
    durable: TickNumber,
    /// Files from which a replay could have begun have been let go.
    is_shortened: bool,
    /// Every tick that was run; the model goes back to them after a crash.
    record: Record,
    engine: Engine,
    model: Model,
    follow: Follow,
    history: History,
    scopes: BTreeMap<String, BTreeSet<String>>,
    epoch: u64,
    settings: Settings,
    steps: u64,
    is_calm: bool,
    digest: FxHasher,
    pub trail: Trail,
}

impl World {
    /// The world of a seed, with its first process about to start.
    pub fn new(seed: u64, flaw: Option<Flaw>) -> World {
        let mut rng = Rng::with_seed(seed);
        let faults = Faults::draw(&mut rng);
        let directory = Directory::draw(&mut rng);
        let settings = draw_settings(&mut rng);
        let readers = Readers::new(rng.usize(1..6));
        let (disk, journal_config) = (SimDisk::new(rng.u64(..)), draw_config(&mut rng));
        World {
            rng,
            faults,
            time: Time::new(),
            directory,
            agents: Agents::default(),
            readers,
            ingress: Ingress::default(),
            fanout: Fanout::default(),
            store: FakeStore::new(),
            disk,
            journal_config,
            journal: None,
            durable: TickNumber(0),
            is_shortened: false,
            record: Record::default(),
            engine: Engine::default(),
            model: Model::new(flaw),
            follow: Follow::default(),
            history: History::default(),
            scopes: BTreeMap::new(),
            epoch: 0,
            settings,
            steps: 0,
            is_calm: false,
            digest: FxHasher::default(),
            trail: Trail::default(),
        }
    }

    /// One step: whatever comes in, one tick, and what it asks for.
    pub fn step(&mut self) -> Verdict {
        self.steps += 1;
        let interval_millis = self.settings.heartbeat_interval.0;
        let real_millis = self.time.real_millis();
        let at = agents::Surroundings {
            directory: &self.directory,
            faults: &self.faults,
            real_millis,
            interval_millis,
        };
        self.agents.step(&at, &mut self.rng, &mut self.ingress)?;
        self.read()?;
        self.people_act();
        let (gap, was_refusing) = self.gap();
        let some_is_late = self.faults.strikes(Fault::FeedbackLate, &mut self.rng);
        self.ingress.hear_feedback(&mut self.rng, some_is_late);
        let some_wait = self.faults.strikes(Fault::Backlog, &mut self.rng);
        let inputs = self.ingress.take(&mut self.rng, some_wait);
        let tick = self.time.pass(gap, was_refusing);
        self.tick(tick, &inputs)?;
        self.disk_acts();
        if !self.faults.strikes(Fault::SlowSync, &mut self.rng) {
            self.commit();
        }
        self.step_store()?;
        if self.faults.strikes(Fault::Keeping, &mut self.rng) {
            self.keep()?;
        }
        if self.disk.is_dead() || self.faults.strikes(Fault::Crash, &mut self.rng) {
            self.die()?;
            self.start()?;
        }
        Ok(())
    }

    /// From now on nothing goes wrong.
    pub fn calm_down(&mut self) {
        self.trail.note("faults end".into());
        self.is_calm = true;
        self.faults.end();
        self.disk.plan(|plan| *plan = DiskFaults::default());
        self.agents.calm_down();
        self.readers.calm_down();
        self.store.calm_down();
    }

    /// How long it may take until everything is as it should be, in real milliseconds.
    pub fn patience_millis(&self) -> u64 {
        let settings = &self.settings;
        settings.lease().0 + settings.heartbeat_interval.0 * 2 + settings.lag_max.0 + 5_000
    }

    /// Milliseconds since the world began.
    pub fn real_millis(&self) -> u64 {
        self.time.real_millis()
    }

    /// Everything that reports is alive, everything that is silent is not, and everybody can see it.
    pub fn check_convergence(&self) -> Verdict {
        for (id, node) in &self.directory.nodes {
            let status = self.model.nodes.get(id).map(|known| known.status);
            let status = status.ok_or_else(|| format!("{id} is not in the fleet"))?;
            let is_heard = self.agents.reports(id) && !node.is_revoked;
            let is_right = match status {
                NodeStatus::Healthy | NodeStatus::Degraded => is_heard,
                NodeStatus::Unreachable => !is_heard,
                NodeStatus::Unknown => !is_heard,
            };
            if !is_right {
                return Err(format!("{id} is {status:?}, does it report: {is_heard}"));
            }
        }
        self.readers.check(&self.model, &self.fanout)
    }

    /// Agents fall silent for a moment, and whatever was not written is written.
    pub fn flush(&mut self) -> Verdict {
        let mut steps_left = 50;
        loop {
            self.ingress.hear_feedback(&mut self.rng, false);
            let mut inputs = self.ingress.take(&mut self.rng, false);
            inputs.push(&Input::FlushRequested);
            let tick = self.time.pass(Duration::from_millis(20), false);
            self.tick(tick, &inputs)?;
            self.commit();
            self.step_store()?;
            let gauges = self.gauges();
            if gauges.staged_rows == 0 && !gauges.batch_in_flight {
                break;
            }
            steps_left -= 1;
            if steps_left == 0 {
                return Err(format!("{} rows are not written", gauges.staged_rows));
            }
        }
        self.store.check(&self.model.view(), &self.directory)?;
        self.history.check()
    }

    /// All that is left of the journal comes to what the engine came to.
    pub fn check_journal(&mut self) -> Verdict {
        self.keep()?;
        if self.rng.bool() {
            self.end_journal()?;
        }
        check_replays(&self.disk.fork(), &self.record, self.engine.last_tick())
    }

    /// The process ends in order.
    pub fn end_journal(&mut self) -> Verdict {
        self.disk.plan(|plan| *plan = DiskFaults::default());
        let journal = self.journal.take().expect("a process lives");
        journal.finish().map_err(|why| format!("the journal cannot be ended: {why}"))
    }

    /// A copy of the journal as it is, and what was run.
    pub fn remains(&self) -> (SimDisk, &Record) {
        (self.disk.fork(), &self.record)
    }

    /// The same for two runs that were the same, byte for byte.
    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// One tick of the engine and of the model, and everything that can be said about it.
    fn tick(&mut self, tick: Tick, inputs: &Inputs) -> Verdict {
        self.trail.tick(tick, inputs);
        let journal = self.journal.as_mut().expect("a process lives");
        journal.append(&tick, inputs, self.time.real_millis());
        self.model.run(tick, inputs);
        self.note_rights();
        let output = self.engine.tick(tick, inputs);
        self.digest.write(output.frame_bytes);
        self.digest.write(format!("{:?}", (tick, output.effects, output.batch)).as_bytes());
        self.fanout.keep(&output);
        let seen = Seen {
            output: &output,
            model: &self.model,
            fanout: &self.fanout,
            returning: &self.readers.returning,
        };
        for (subscriber, event) in self.follow.check(&seen)? {
            let user = &self.model.streams.open[&subscriber].user;
            for node in event.nodes() {
                let environment = &self.model.homes[node];
                self.history.deliver(self.steps, user, environment, subscriber);
            }
        }
        self.fanout.check_slow(output.effects)?;
        self.fanout.hand_out(&output, &mut self.ingress);
        if let Some(batch) = output.batch.filter(|batch| batch.tick != tick.number) {
            return Err(format!("a batch of {:?} in {tick:?}", batch.tick));
        }
        let cut = output.batch.map(|batch| (batch.clone(), self.model.view()));
        let journal = self.journal.as_mut().expect("a process lives");
        journal.ran(Check::of(&output), cut);
        self.record.add(tick, inputs, output.fingerprint.value());
        if output.counters.rows_shed > 0 {
            return Err("rows were given up".into());
        }
        self.fanout.look_at_waiting(&mut self.ingress);
        check_state(&self.engine, &self.model)?;
        if self.rng.u32(0..4) > 0 {
            return Ok(());
        }
        let viewer = pick(&mut self.rng, self.directory.users.keys());
        check_view(&self.engine, &self.model, &viewer.expect("root is always there"))
    }

    /// Tells the history which rights this tick gave and took.
    fn note_rights(&mut self) {
        let users = self.model.rights.users.keys();
        let scopes: BTreeMap<String, BTreeSet<String>> =
            users.map(|user| (user.clone(), self.model.rights.scope(user))).collect();
        let none = BTreeSet::new();
        for (user, before) in &self.scopes {
            let now = scopes.get(user).unwrap_or(&none);
            before.difference(now).for_each(|lost| self.history.revoke(self.steps, user, lost));
        }
        for (user, now) in &scopes {
            let before = self.scopes.get(user).unwrap_or(&none);
            now.difference(before).for_each(|won| self.history.grant(self.steps, user, won));
        }
        self.scopes = scopes;
    }

    /// Readers read what lies in their queues: after the last tick, before the next.
    fn read(&mut self) -> Verdict {
        let at = readers::Surroundings {
            directory: &self.directory,
            model: &self.model,
            faults: &self.faults,
            real_millis: self.time.real_millis(),
        };
        let read = self.readers.step(&at, &mut self.rng, &mut self.fanout, &mut self.ingress)?;
        self.fanout.look_at_waiting(&mut self.ingress);
        for (user, subscriber, event) in read {
            for node in event.nodes() {
                // The node may have come in a tick that was lost.
                if let Some(environment) = self.model.homes.get(node) {
                    self.history.deliver(self.steps - 1, &user, environment, subscriber);
                }
            }
        }
        Ok(())
    }

    fn people_act(&mut self) {
        if self.faults.strikes(Fault::SettingsChange, &mut self.rng) {
            // What fell out of a small window does not come back when it grows.
            let resume_bytes_max = self.settings.resume_bytes_max;
            self.settings = Settings { resume_bytes_max, ..draw_settings(&mut self.rng) };
            self.ingress.tell(&Input::SettingsChanged { settings: self.settings });
        }
        if !self.store.is_up() || !self.faults.strikes(Fault::PeopleAct, &mut self.rng) {
            return;
        }
        let mut told = Inputs::default();
        match self.directory.act(&mut self.rng, &mut told) {
            Act::None => (),
            Act::NodeRemoved(node) => self.store.delete_node(&node),
            Act::PipelineRemoved(pipeline) => self.store.delete_pipeline(&pipeline),
        }
        self.ingress.tell_all(told);
    }

    /// Time until the next tick, and whether the edge refused anything in it.
    fn gap(&mut self) -> (Duration, bool) {
        let (faults, rng) = (&self.faults, &mut self.rng);
        if faults.strikes(Fault::WallJumps, rng) {
            let by = Duration::from_secs(rng.u64(0..3_600));
            self.time.jump(by, rng.bool());
        }
        let stall = faults.strikes(Fault::Stall, rng);
        let millis = match rng.u32(0..10) {
            _ if self.is_calm => rng.u64(50..250),
            0 if stall => 3_600_000,
            _ if stall => rng.u64(1_000..8_000),
            0..4 => rng.u64(5..50),
            4..9 => rng.u64(50..400),
            _ => rng.u64(400..1_100),
        };
        let was_refusing = self.ingress.is_refusing || faults.strikes(Fault::Refusal, rng);
        (Duration::from_millis(millis), was_refusing)
    }

    /// A turn of the journal, and the store gets what has waited for it.
    fn commit(&mut self) {
        let journal = self.journal.as_mut().expect("a process lives");
        if let Some((batch, expected)) = journal.commit(self.time.real_millis()) {
            self.store.write(batch, expected, &mut self.rng);
        }
        self.ingress.is_refusing = journal.is_failing();
    }

    fn step_store(&mut self) -> Verdict {
        self.store.step(&self.directory, &self.faults, &mut self.rng, &mut self.ingress)?;
        self.journal.as_ref().expect("a process lives").note_stored(self.store.told);
        Ok(())
    }

    /// What the disk is about to do.
    fn disk_acts(&mut self) {
        let (faults, rng) = (&self.faults, &mut self.rng);
        if faults.strikes(Fault::DiesWriting, rng) {
            let writes = rng.u32(0..30);
            self.disk.plan(|plan| plan.dies_in = Some(writes));
        }
        if faults.strikes(Fault::DiskFull, rng) {
            let writes = rng.u32(1..20);
            self.disk.plan(|plan| plan.full_for = writes);
        }
        if faults.strikes(Fault::SyncFails, rng) {
            self.disk.plan(|plan| plan.syncs_failing = 1);
        }
    }

    fn gauges(&self) -> Gauges {
        let AnswerBody::Gauges(gauges) = self.engine.read(&Query::Gauges).body else {
            unreachable!("gauges are always answered")
        };
        *gauges
    }
}

/// Settings by chance; what bounds memory stays as it is, so that nothing is given up.
fn draw_settings(rng: &mut Rng) -> Settings {
    let any = |rng: &mut Rng, among: &[u64]| among[rng.usize(0..among.len())];
    Settings {
        heartbeat_interval: Millis(any(rng, &[1_000, 1_000, 2_000, 5_000])),
        unreachable_after: any(rng, &[2, 3, 4]) as u32,
        flush_interval: Millis(any(rng, &[100, 1_000, 3_000])),
        keepalive_interval: Millis(any(rng, &[1_000, 15_000])),
        lag_max: Millis(any(rng, &[2_000, 10_000])),
        refresh_per_second_max: any(rng, &[20, 200, 2_000]) as u32,
        resume_bytes_max: any(rng, &[2_000, 1 << 20, 64 << 20]),
        ..Settings::default()
    }
}
