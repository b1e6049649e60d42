//! The world around the engine: everything that is fake, in one step after another.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher as _;
use std::time::Duration;

use fastrand::Rng;
use rustc_hash::FxHasher;
use systole_systems::engine::Engine;
use systole_systems::input::{Input, Inputs};
use systole_systems::query::{AnswerBody, Gauges, Query};
use systole_systems::rows::Batch;
use systole_systems::settings::Settings;
use systole_systems::status::NodeStatus;
use systole_systems::time::{Millis, Tick};

use crate::Verdict;
use crate::agents::{self, Agents};
use crate::compare::{Follow, Seen, check_state, check_view};
use crate::directory::{Act, Directory, pick};
use crate::fanout::Fanout;
use crate::faults::{Fault, Faults};
use crate::history::History;
use crate::ingress::Ingress;
use crate::model::{Flaw, Model, View};
use crate::readers::{self, Readers};
use crate::store::FakeStore;
use crate::tape::{MemoryTape, Tape};
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
    /// A batch whose tick is not durable yet.
    batch: Option<(Batch, View)>,
    tape: Box<dyn Tape>,
    /// Every tick that was appended, as the tape was told; the model goes back to them after a crash.
    ticks: Vec<(Tick, Inputs)>,
    /// How many of them are known to be durable: their heartbeats are acknowledged.
    durable: usize,
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
            batch: None,
            tape: Box::new(MemoryTape::default()),
            ticks: Vec::new(),
            durable: 0,
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

    /// A process starts: first of all it says so, then what people did that it does not know.
    pub fn start(&mut self) -> Verdict {
        self.epoch += 1;
        let mut inputs = Inputs::of(&Input::Started { epoch: self.epoch, settings: self.settings });
        inputs.append(&self.directory.restate(&self.model));
        let tick = self.time.pass(Duration::from_millis(10), true);
        self.tick(tick, &inputs)
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
        let some_wait = self.faults.strikes(Fault::Backlog, &mut self.rng);
        let inputs = self.ingress.take(&mut self.rng, some_wait);
        let tick = self.time.pass(gap, was_refusing);
        self.tick(tick, &inputs)?;
        self.sync();
        self.store.step(&self.directory, &self.faults, &mut self.rng, &mut self.ingress)?;
        if self.faults.strikes(Fault::Crash, &mut self.rng) {
            self.crash()?;
        }
        Ok(())
    }

    /// From now on nothing goes wrong.
    pub fn calm_down(&mut self) {
        self.trail.note("faults end".into());
        self.is_calm = true;
        self.faults.end();
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
            let mut inputs = self.ingress.take(&mut self.rng, false);
            inputs.push(&Input::FlushRequested);
            let tick = self.time.pass(Duration::from_millis(20), false);
            self.tick(tick, &inputs)?;
            self.sync();
            self.store.step(&self.directory, &self.faults, &mut self.rng, &mut self.ingress)?;
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

    /// The same for two runs that were the same, byte for byte.
    pub fn digest(&self) -> u64 {
        self.digest.finish()
    }

    /// One tick of the engine and of the model, and everything that can be said about it.
    fn tick(&mut self, tick: Tick, inputs: &Inputs) -> Verdict {
        self.trail.tick(tick, inputs);
        self.tape.append(tick, inputs);
        self.ticks.push((tick, inputs.clone()));
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
        if let Some(batch) = output.batch {
            if batch.tick != tick.number {
                return Err(format!("a batch of {:?} in {tick:?}", batch.tick));
            }
            self.batch = Some((batch.clone(), self.model.view()));
        }
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
        (Duration::from_millis(millis), faults.strikes(Fault::Refusal, rng))
    }

    /// Makes ticks durable, and hands the store what has waited for that.
    fn sync(&mut self) {
        if self.faults.strikes(Fault::SlowSync, &mut self.rng) {
            return;
        }
        self.tape.sync();
        self.durable = self.ticks.len();
        if let Some((batch, expected)) = self.batch.take() {
            self.store.write(batch, expected, &mut self.rng);
        }
    }

    /// The process dies, and another one starts with what is durable.
    fn crash(&mut self) -> Verdict {
        let recovered = self.tape.recover(&mut self.rng);
        let last = recovered.last;
        let kept = self.ticks.partition_point(|(tick, _)| tick.number <= last.number);
        self.trail
            .note(format!("crash: goes on after {last:?}, {} ticks lost", self.ticks.len() - kept));
        if kept < self.durable || self.ticks.get(kept.wrapping_sub(1)).map(|t| t.0) != Some(last) {
            return Err(format!(
                "{last:?} is the last of {kept}, and {} are durable",
                self.durable
            ));
        }
        self.ticks.truncate(kept);
        self.durable = kept;
        self.engine = recovered.engine;
        self.model = Model::new(self.model.flaw);
        for (tick, inputs) in &self.ticks {
            self.model.run(*tick, inputs);
        }
        self.note_rights();
        check_state(&self.engine, &self.model).map_err(|why| format!("after recovery, {why}"))?;

        self.batch = None;
        self.ingress.lose();
        self.fanout = Fanout::default();
        self.follow = Follow::default();
        self.agents.lose_late();
        self.readers.lose_server(self.time.real_millis(), &mut self.rng);
        self.store.lose_writer(&self.directory, &mut self.rng)?;
        self.time.restart(last);
        self.start()
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
