//! The whole fleet as plain data: what a snapshot holds, and what a dump shows to people.
//!
//! An engine restored from an image goes on exactly as the one it was taken from. Rate histories and
//! log tails are left out: they are bounded memory of the recent past that no rule reads, and fill
//! again by themselves. Sums, indexes and orders are not stored but built again.

pub mod pairs;
pub mod redact;
mod restore;

use std::borrow::Cow;

use bevy_ecs::component::Component;
use bevy_ecs::prelude::{Entity, World};
use bevy_ecs::resource::Resource;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::changes::Unsaved;
use crate::component_rows::ComponentRows;
use crate::effect::Counters as Tallies;
use crate::environment::{EnvironmentIdentity, NodeCounts};
use crate::fingerprint::Fingerprint;
use crate::ids::{EnvironmentKey, InstanceKey, Key, NodeKey, PipelineKey, SubscriberKey};
use crate::index::{Environments, Instances, Nodes, Pipelines, SlotPlan, Slots, Subscribers};
use crate::instance::{
    Contribution, Counters, InstanceIdentity, MinuteAccumulator, ProcessStatus, RateSums,
};
use crate::lane::Lane;
use crate::lease_order::LeaseOrder;
use crate::node::{Failing, Lease, NodeIdentity, NodeReport, StatusSince};
use crate::pipeline::{Deployment, PipelineIdentity};
use crate::resume_window::ResumeWindow;
use crate::settings::Settings;
use crate::status::{NodeStatus, ProcessClass};
use crate::stream_epoch::StreamEpoch;
use crate::subscriber::{Progress, Reach, SubscriberIdentity, Wish};
use crate::time::{Tick, TickNumber};
use crate::watch::Watch;
use crate::write_behind::WriteBehind;

/// Everything an engine holds between two ticks.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Image<'a> {
    pub tick: Tick,
    pub epoch: u64,
    /// Of the engine the image was taken from; whoever restores it must come to the same.
    pub fingerprint: u64,
    pub settings: Settings,
    pub tallies: Tallies,
    access: Cow<'a, Access>,
    environments: Table<EnvironmentKey, EnvironmentImage<'a>>,
    nodes: Table<NodeKey, NodeImage<'a>>,
    pipelines: Table<PipelineKey, PipelineImage<'a>>,
    instances: Table<InstanceKey, InstanceImage<'a>>,
    subscribers: Table<SubscriberKey, SubscriberImage<'a>>,
    /// Nodes with a lease, by when they were heard.
    lease_order: Vec<NodeKey>,
    watch: Cow<'a, Watch>,
    lane: Cow<'a, Lane>,
    resume_window: Cow<'a, ResumeWindow>,
    unsaved: Cow<'a, Unsaved>,
    write_behind: Cow<'a, WriteBehind>,
}

/// The entities of one kind, by key, and the keys that rest.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Table<K, T> {
    plan: SlotPlan<K>,
    entities: Vec<T>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct EnvironmentImage<'a> {
    identity: Cow<'a, EnvironmentIdentity>,
    nodes: NodeCounts,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct NodeImage<'a> {
    identity: Cow<'a, NodeIdentity>,
    lease: Lease,
    report: Cow<'a, NodeReport>,
    failing: Failing,
    status: NodeStatus,
    since: StatusSince,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct PipelineImage<'a> {
    identity: Cow<'a, PipelineIdentity>,
    deployment: Cow<'a, Deployment>,
    minute: MinuteAccumulator,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct InstanceImage<'a> {
    identity: InstanceIdentity,
    process: Cow<'a, ProcessStatus>,
    counters: Counters,
    minute: MinuteAccumulator,
    contribution: ContributionImage,
    components: Cow<'a, ComponentRows>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SubscriberImage<'a> {
    identity: Cow<'a, SubscriberIdentity>,
    wish: Cow<'a, Wish>,
    reach: Cow<'a, Reach>,
    progress: Cow<'a, Progress>,
}

/// What the totals hold of an instance.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct ContributionImage {
    class: Option<Option<ProcessClass>>,
    /// Those of its counters, if they count: told to people, restored from the counters.
    rates: Option<RateSums>,
}

impl ContributionImage {
    fn of(world: &World, entity: Entity) -> ContributionImage {
        let contribution: Contribution = copied(world, entity);
        let counters: Counters = copied(world, entity);
        let rates = counters.rates.filter(|_| contribution.is_rated());
        ContributionImage { class: contribution.class, rates }
    }
}

impl<'a> Image<'a> {
    /// The newest tick whose rows the store is known to have.
    pub fn committed(&self) -> TickNumber {
        self.write_behind.committed
    }

    /// The image of a world between two ticks. Nothing is copied but numbers.
    pub(crate) fn of(world: &'a World) -> Image<'a> {
        Image {
            tick: *world.resource::<Tick>(),
            epoch: world.resource::<StreamEpoch>().0,
            fingerprint: world.resource::<Fingerprint>().value(),
            settings: *world.resource::<Settings>(),
            tallies: *world.resource::<Tallies>(),
            access: borrowed(world),
            environments: table(&world.resource::<Environments>().0.slots, |entity| {
                EnvironmentImage {
                    identity: component(world, entity),
                    nodes: copied(world, entity),
                }
            }),
            nodes: table(&world.resource::<Nodes>().0.slots, |entity| NodeImage {
                identity: component(world, entity),
                lease: copied(world, entity),
                report: component(world, entity),
                failing: copied(world, entity),
                status: copied(world, entity),
                since: copied(world, entity),
            }),
            pipelines: table(&world.resource::<Pipelines>().0.slots, |entity| PipelineImage {
                identity: component(world, entity),
                deployment: component(world, entity),
                minute: copied(world, entity),
            }),
            instances: table(&world.resource::<Instances>().slots, |entity| InstanceImage {
                identity: copied(world, entity),
                process: component(world, entity),
                counters: copied(world, entity),
                minute: copied(world, entity),
                contribution: ContributionImage::of(world, entity),
                components: component(world, entity),
            }),
            subscribers: table(&world.resource::<Subscribers>().slots, |entity| SubscriberImage {
                identity: component(world, entity),
                wish: component(world, entity),
                reach: component(world, entity),
                progress: component(world, entity),
            }),
            lease_order: world.resource::<LeaseOrder>().iter().collect(),
            watch: borrowed(world),
            lane: borrowed(world),
            resume_window: borrowed(world),
            unsaved: borrowed(world),
            write_behind: borrowed(world),
        }
    }
}

fn table<K: Key, T>(slots: &Slots<K>, image: impl Fn(Entity) -> T) -> Table<K, T> {
    Table { plan: slots.plan(), entities: slots.iter().map(|(_, entity)| image(entity)).collect() }
}

fn borrowed<R: Resource + Clone>(world: &World) -> Cow<'_, R> {
    Cow::Borrowed(world.resource::<R>())
}

fn component<C: Component + Clone>(world: &World, entity: Entity) -> Cow<'_, C> {
    Cow::Borrowed(world.get::<C>(entity).expect(WHOLE))
}

fn copied<C: Component + Copy>(world: &World, entity: Entity) -> C {
    *world.get::<C>(entity).expect(WHOLE)
}

const WHOLE: &str = "whatever has a key was entered with its whole bundle";
