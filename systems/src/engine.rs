//! The only door of the core: inputs in, effects out, and questions between ticks.

use bevy_ecs::prelude::{Schedule, World};

use crate::access::Access;
use crate::answer::{Answer, Continuation};
use crate::arrivals::Arrivals;
use crate::broadcast::outgoing::Outgoing;
use crate::changes::{Changes, Unsaved};
use crate::check::update_fingerprint::refingerprint;
use crate::desired::Undecided;
use crate::effect::{Counters, TickOutput};
use crate::fingerprint::{EntityKey, EntityName, Fingerprint, name_of};
use crate::history::History;
use crate::ids::BatchId;
use crate::image::Image;
use crate::image::redact::StandIn;
use crate::inbox::Inbox;
use crate::index::{Environments, Instances, Nodes, Pipelines, Subscribers};
use crate::input::Inputs;
use crate::lane::Lane;
use crate::lease_order::LeaseOrder;
use crate::log_arrivals::LogArrivals;
use crate::log_budget::LogBudget;
use crate::observations::Observations;
use crate::orderings::Orderings;
use crate::outbox::Outbox;
use crate::query::Query;
use crate::rate_changes::RateChanges;
use crate::read;
use crate::resolved::ResolvedHeartbeats;
use crate::resume_window::ResumeWindow;
use crate::rollout::derive_desired::decide_silently;
use crate::rollout_deadlines::RolloutDeadlines;
use crate::rows::{Batch, StatusEventRow};
use crate::schedule::tick_schedule;
use crate::settings::Settings;
use crate::stream_epoch::StreamEpoch;
use crate::time::{Tick, TickNumber};
use crate::transitions::Transitions;
use crate::watch::Watch;
use crate::write_behind::WriteBehind;

/// An image does not hold what its fingerprint says: it was damaged, or taken by other rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreError {
    pub expected: u64,
    pub found: u64,
}

/// The whole fleet, and the rules that move it.
pub struct Engine {
    world: World,
    schedule: Schedule,
    /// Nobody writes batches: their rows are not built.
    is_replay: bool,
    /// The batch that was cut in the last tick, and its rows.
    cut: Option<BatchId>,
    batch: Option<Batch>,
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::with_schedule(tick_schedule())
    }
}

impl Engine {
    /// An empty fleet under a schedule of the caller's, such as one with shuffled systems.
    pub fn with_schedule(schedule: Schedule) -> Engine {
        let mut world = World::new();
        world.insert_resource(Settings::default());
        world.init_resource::<Access>();
        world.init_resource::<Arrivals>();
        world.init_resource::<Changes>();
        world.init_resource::<Counters>();
        world.init_resource::<Environments>();
        world.init_resource::<Fingerprint>();
        world.init_resource::<History>();
        world.init_resource::<Inbox>();
        world.init_resource::<Instances>();
        world.init_resource::<Lane>();
        world.init_resource::<LeaseOrder>();
        world.init_resource::<LogArrivals>();
        world.init_resource::<LogBudget>();
        world.init_resource::<Nodes>();
        world.init_resource::<Observations>();
        world.init_resource::<Orderings>();
        world.init_resource::<Outbox>();
        world.init_resource::<Outgoing>();
        world.init_resource::<Pipelines>();
        world.init_resource::<RateChanges>();
        world.init_resource::<ResolvedHeartbeats>();
        world.init_resource::<ResumeWindow>();
        world.init_resource::<RolloutDeadlines>();
        world.init_resource::<StreamEpoch>();
        world.init_resource::<Subscribers>();
        world.init_resource::<Tick>();
        world.init_resource::<Transitions>();
        world.init_resource::<Undecided>();
        world.init_resource::<Unsaved>();
        world.init_resource::<Watch>();
        world.init_resource::<WriteBehind>();
        Engine { world, schedule, is_replay: false, cut: None, batch: None }
    }

    /// An empty fleet for the ticks of a journal. It decides as any other, but keeps no history and
    /// builds no rows until `end_replay`.
    pub fn for_replay() -> Engine {
        let mut engine = Engine { is_replay: true, ..Engine::default() };
        engine.world.resource_mut::<History>().suspend();
        engine
    }

    /// From here on ticks are live. What is in flight settles as its answer says: `Started` fails it.
    pub fn end_replay(&mut self) {
        self.is_replay = false;
        self.world.resource_mut::<WriteBehind>().stored = None;
        self.world.resource_mut::<History>().resume();
    }

    /// Runs one tick. Ticks must follow each other: numbers grow, times never go back.
    pub fn tick(&mut self, tick: Tick, inputs: &Inputs) -> TickOutput<'_> {
        self.world.resource_mut::<Inbox>().copy(inputs);
        self.run(tick);
        self.output()
    }

    /// The same, without a copy of inputs that nobody else looks at meanwhile.
    pub fn tick_lent(&mut self, tick: Tick, inputs: &mut Inputs) -> TickOutput<'_> {
        self.world.resource_mut::<Inbox>().swap(inputs);
        self.run(tick);
        self.world.resource_mut::<Inbox>().swap(inputs);
        self.output()
    }

    fn run(&mut self, tick: Tick) {
        let previous = *self.world.resource::<Tick>();
        assert!(tick.follows(&previous), "{tick:?} does not follow {previous:?}");

        self.world.insert_resource(tick);
        self.world.resource_mut::<Inbox>().sort();
        self.world.resource_mut::<Outbox>().clear();
        self.world.resource_mut::<Outgoing>().clear();
        self.world.resource_mut::<Changes>().clear();
        self.world.resource_mut::<Observations>().clear();
        self.world.resource_mut::<RateChanges>().list.clear();
        self.world.resource_mut::<Transitions>().list.clear();
        let last_batch = self.world.resource::<WriteBehind>().last_batch();
        self.schedule.run(&mut self.world);
        self.world.clear_trackers();

        let batch = self.world.resource::<WriteBehind>().last_batch();
        self.cut = (batch != last_batch).then_some(batch);
        let is_read = self.cut.is_some() && !self.is_replay;
        self.batch = if is_read { read::batch::batch(&self.world) } else { None };
    }

    fn output(&self) -> TickOutput<'_> {
        let outbox = self.world.resource::<Outbox>();
        TickOutput {
            tick: self.last_tick(),
            effects: &outbox.effects,
            frame_bytes: &outbox.frame_bytes,
            frames: &outbox.frames,
            ranges: &outbox.ranges,
            resumable_from: outbox.resumable_from,
            cut: self.cut,
            batch: self.batch.as_ref(),
            counters: self.world.resource::<Counters>(),
            fingerprint: self.world.resource::<Fingerprint>(),
        }
    }

    /// An engine that goes on where the one went whose image this is, with recorded ticks until
    /// `end_replay`.
    pub fn restore(image: Image<'_>) -> Result<Engine, RestoreError> {
        let expected = image.fingerprint;
        let engine = Engine::restore_unchecked(image);
        let found = engine.fingerprint().value();
        if found == expected { Ok(engine) } else { Err(RestoreError { expected, found }) }
    }

    /// The same with stand-ins for private texts. The fingerprint covers names, so it is another.
    pub fn restore_redacted(mut image: Image<'_>, stand_in: StandIn<'_>) -> Engine {
        image.redact(stand_in);
        Engine::restore_unchecked(image)
    }

    fn restore_unchecked(image: Image<'_>) -> Engine {
        let mut engine = Engine::for_replay();
        image.restore(&mut engine.world);
        engine.world.run_system_cached(decide_silently).expect("it takes what every world has");
        engine.world.run_system_cached(refingerprint).expect("it takes what every world has");
        engine
    }

    /// The whole fleet after the last tick, as plain data.
    pub fn image(&self) -> Image<'_> {
        Image::of(&self.world)
    }

    /// The fingerprint after the last tick.
    pub fn fingerprint(&self) -> &Fingerprint {
        self.world.resource::<Fingerprint>()
    }

    /// While an engine is brought up to date from recorded ticks: a batch after `stored` counts as
    /// failed whatever was recorded, for the store has lost it. Ends with `end_replay`.
    pub fn distrust_commits_after(&mut self, stored: TickNumber) {
        self.world.resource_mut::<WriteBehind>().stored = Some(stored);
    }

    /// The fleet was filled with the rows the store had after `tick`.
    pub fn note_committed(&mut self, tick: TickNumber) {
        self.world.resource_mut::<WriteBehind>().committed = tick;
    }

    /// Commits that were recorded and not believed, since `distrust_commits_after`.
    pub fn commits_distrusted(&self) -> u64 {
        self.world.resource::<WriteBehind>().distrusted
    }

    /// The changes of status of the last tick, in the order they happened. Looked up when asked for:
    /// an engine that nobody asks spends nothing on them.
    pub fn status_events(&self) -> Vec<StatusEventRow> {
        read::status_events::status_events(&self.world)
    }

    /// Whether the user was known after the last tick.
    pub fn knows_user(&self, user: &str) -> bool {
        self.world.resource::<Access>().knows(user)
    }

    /// The settings that hold since the last tick.
    pub fn settings(&self) -> Settings {
        *self.world.resource::<Settings>()
    }

    /// What was counted up to the last tick.
    pub fn tallies(&self) -> &Counters {
        self.world.resource::<Counters>()
    }

    /// The last tick.
    pub fn last_tick(&self) -> Tick {
        *self.world.resource::<Tick>()
    }

    /// The name of an entity that was there after the last tick.
    pub fn entity_name(&self, key: EntityKey) -> Option<EntityName> {
        name_of(&self.world, key)
    }

    /// Answers a question about the state after the last tick. A long scan answers
    /// `AnswerBody::More`; go on with `resume_read`.
    pub fn read(&self, query: &Query) -> Answer {
        read::answer(&self.world, query)
    }

    /// Goes on with a scan that used up its turn.
    pub fn resume_read(&self, continuation: Continuation) -> Answer {
        read::resume(&self.world, continuation)
    }
}
