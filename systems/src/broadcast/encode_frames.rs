//! Changes of this tick become frames, each encoded once. What nobody listens to is not encoded.

use bevy_ecs::prelude::{Local, Query, Res, ResMut};
use bevy_ecs::system::SystemParam;

use crate::broadcast::events::{
    ComponentPlace, StatusChange, write_fleet_status, write_log_entry, write_metric_update,
    write_status_change,
};
use crate::changes::Changes;
use crate::component_rows::ComponentRows;
use crate::dirty::KeySet;
use crate::effect::{Counters, Frame, Topic};
use crate::environment::EnvironmentIdentity;
use crate::ids::{EnvironmentKey, InstanceKey, NodeKey, PipelineKey};
use crate::index::{Environments, Instances, Nodes, Pipelines};
use crate::instance::InstanceIdentity;
use crate::lane::{Lane, Refresh};
use crate::log_arrivals::LogArrivals;
use crate::node::NodeIdentity;
use crate::outbox::Outbox;
use crate::pipeline::PipelineIdentity;
use crate::settings::Settings;
use crate::status::NodeStatus;
use crate::time::Tick;
use crate::transitions::{Subject, Transition, Transitions};
use crate::watch::Watch;

/// The fleet as events see it.
#[derive(SystemParam)]
pub struct FleetEvents<'w, 's> {
    tick: Res<'w, Tick>,
    environment_index: Res<'w, Environments>,
    node_index: Res<'w, Nodes>,
    pipeline_index: Res<'w, Pipelines>,
    instance_index: Res<'w, Instances>,
    environments: Query<'w, 's, &'static EnvironmentIdentity>,
    nodes: Query<'w, 's, (&'static NodeIdentity, &'static NodeStatus)>,
    pipelines: Query<'w, 's, &'static PipelineIdentity>,
    instances: Query<'w, 's, (&'static InstanceIdentity, &'static ComponentRows)>,
    watch: Res<'w, Watch>,
}

/// Encodes changes of status first, then refreshed nodes and metrics, then log lines.
pub fn encode_frames(
    fleet: FleetEvents,
    settings: Res<Settings>,
    happened: (Res<Transitions>, Res<Changes>, Res<LogArrivals>),
    mut encoded: Local<KeySet<InstanceKey>>,
    mut lane: ResMut<Lane>,
    mut outbox: ResMut<Outbox>,
    mut counters: ResMut<Counters>,
) {
    let (transitions, changes, logs) = happened;
    if fleet.watch.is_idle() && lane.is_empty() {
        lane.refill(fleet.tick.now, settings.refresh_per_second_max);
        return;
    }
    for transition in &transitions.list {
        fleet.encode_transition(transition, &mut outbox);
    }
    queue_refreshes(&fleet, &changes, &mut lane);
    lane.refill(fleet.tick.now, settings.refresh_per_second_max);
    encoded.clear();
    while let Some(refresh) = lane.pop() {
        let events = match refresh {
            Refresh::Node(key) => fleet.encode_node(key, true, false, &mut outbox),
            Refresh::Instance(key) => {
                let fresh = changes.instances_sampled.contains(key);
                if fresh {
                    encoded.insert(key);
                }
                fleet.encode_samples(key, true, fresh, &mut outbox)
            }
        };
        lane.spend(events);
    }
    for key in changes.nodes_heard.iter().filter(|&key| !changes.nodes_changed.contains(key)) {
        if fleet.watch.is_watched(key, None) {
            fleet.encode_node(key, false, true, &mut outbox);
        }
    }
    for key in changes.instances_sampled.iter().filter(|&key| !encoded.contains(key)) {
        fleet.encode_samples(key, false, true, &mut outbox);
    }
    fleet.encode_logs(&logs, &mut outbox);
    counters.events_encoded += outbox.frames.iter().map(|f| u64::from(f.events)).sum::<u64>();
}

fn queue_refreshes(fleet: &FleetEvents, changes: &Changes, lane: &mut Lane) {
    for environment in lane.environments() {
        if !fleet.watch.has_lane(environment) {
            lane.forget(environment);
        }
    }
    // A changed node has been told already.
    for key in changes.nodes_heard.iter().filter(|&key| !changes.nodes_changed.contains(key)) {
        let Some((identity, _)) = fleet.node(key) else { continue };
        if fleet.watch.is_wide(Topic::FleetStatus, identity.environment) {
            lane.push(identity.environment, Refresh::Node(key));
        }
    }
    for key in changes.instances_sampled.iter() {
        let Some((identity, _)) = fleet.instance(key) else { continue };
        if fleet.watch.is_wide(Topic::MetricUpdate, identity.environment) {
            lane.push(identity.environment, Refresh::Instance(key));
        }
    }
}

/// What a frame is about, and which streams it is for.
struct About {
    environment: EnvironmentKey,
    node: NodeKey,
    pipeline: Option<PipelineKey>,
    is_wide: bool,
    is_watched: bool,
}

impl About {
    fn frame(&self, topic: Topic, range: std::ops::Range<u32>, events: u32) -> Frame {
        Frame {
            range,
            events,
            topic,
            environment: self.environment,
            node: Some(self.node),
            pipeline: self.pipeline,
            is_wide: self.is_wide,
            is_watched: self.is_watched,
        }
    }

    fn is_wanted(&self) -> bool {
        self.is_wide || self.is_watched
    }
}

impl FleetEvents<'_, '_> {
    fn encode_transition(&self, transition: &Transition, outbox: &mut Outbox) {
        let Some((node, _)) = self.node(transition.node) else { return };
        let pipeline = match transition.subject {
            Subject::Node => None,
            // An instance that left within the tick has nobody to tell about it.
            Subject::Instance(instance) => {
                let Some((identity, _)) = self.instance(instance) else { return };
                Some(identity.pipeline)
            }
            Subject::Deployment(pipeline) => Some(pipeline),
        };
        let pipeline = pipeline.map(|pipeline| {
            let entity = self.pipeline_index.0.slots.entity(pipeline);
            self.pipelines.get(entity).expect("pipelines have an identity")
        });
        let is_wide = |topic| self.watch.is_wide(topic, transition.environment);
        let is_watched = self.watch.is_watched(transition.node, pipeline.map(|p| p.key));
        let subject = About {
            environment: transition.environment,
            node: transition.node,
            pipeline: pipeline.map(|p| p.key),
            is_wide: is_wide(Topic::StatusChange),
            is_watched,
        };
        if subject.is_wanted() {
            let environment = self.environment_index.0.slots.entity(transition.environment);
            let environment = self.environments.get(environment).expect("it has an identity");
            let change = StatusChange {
                node: &node.id,
                environment: &environment.id,
                from: transition.from.as_deref(),
                to: &transition.to,
                reason: &transition.reason,
                pipeline: pipeline.map(|pipeline| (&*pipeline.id, &*pipeline.name)),
                at: self.tick.now,
            };
            let range = outbox.append(|out| write_status_change(out, &change));
            outbox.frames.push(subject.frame(Topic::StatusChange, range, 1));
        }
        if pipeline.is_none() {
            self.encode_node(transition.node, is_wide(Topic::FleetStatus), is_watched, outbox);
        }
    }

    fn encode_node(
        &self,
        key: NodeKey,
        is_wide: bool,
        is_watched: bool,
        outbox: &mut Outbox,
    ) -> u32 {
        let Some((node, status)) = self.node(key) else { return 0 };
        if !(is_wide || is_watched) {
            return 0;
        }
        let subject =
            About { environment: node.environment, node: key, pipeline: None, is_wide, is_watched };
        let range = outbox.append(|out| write_fleet_status(out, &node.id, *status, self.tick.now));
        outbox.frames.push(subject.frame(Topic::FleetStatus, range, 1));
        1
    }

    /// One frame with an event for each component that has a sample. Data of an unreachable node is no data.
    fn encode_samples(
        &self,
        key: InstanceKey,
        is_wide: bool,
        fresh: bool,
        outbox: &mut Outbox,
    ) -> u32 {
        let Some((identity, rows)) = self.instance(key) else { return 0 };
        let (node, status) = self.node(identity.node).expect("instances have a node");
        let is_watched = fresh && self.watch.is_watched(identity.node, Some(identity.pipeline));
        if *status == NodeStatus::Unreachable || !(is_wide || is_watched) {
            return 0;
        }
        let entity = self.pipeline_index.0.slots.entity(identity.pipeline);
        let pipeline = self.pipelines.get(entity).expect("pipelines have an identity");
        let mut events = 0;
        let range = outbox.append(|out| {
            for row in &rows.rows {
                let (Some(sample), Some(totals)) = (row.latest(), row.totals()) else { continue };
                let place =
                    ComponentPlace { node: &node.id, pipeline: &pipeline.id, component: &row.id };
                write_metric_update(out, &place, &sample, totals.errors);
                events += 1;
            }
        });
        if events == 0 {
            return 0;
        }
        let subject = About {
            environment: identity.environment,
            node: identity.node,
            pipeline: Some(identity.pipeline),
            is_wide,
            is_watched,
        };
        outbox.frames.push(subject.frame(Topic::MetricUpdate, range, events));
        events
    }

    fn encode_logs(&self, logs: &LogArrivals, outbox: &mut Outbox) {
        for batch in &logs.batches {
            let subject = About {
                environment: batch.environment,
                node: batch.node,
                pipeline: Some(batch.pipeline),
                is_wide: self.watch.is_wide(Topic::LogEntry, batch.environment),
                is_watched: self.watch.is_watched(batch.node, Some(batch.pipeline)),
            };
            let Some((node, _)) = self.node(batch.node) else { continue };
            if !subject.is_wanted() {
                continue;
            }
            let entity = self.pipeline_index.0.slots.entity(batch.pipeline);
            let pipeline = self.pipelines.get(entity).expect("pipelines have an identity");
            let lines = &logs.lines[batch.first..batch.first + batch.count];
            let (node, now) = (&node.id, self.tick.now);
            let range = outbox.append(|out| write_log_entry(out, node, &pipeline.id, lines, now));
            outbox.frames.push(subject.frame(Topic::LogEntry, range, 1));
        }
    }

    fn node(&self, key: NodeKey) -> Option<(&NodeIdentity, &NodeStatus)> {
        self.nodes.get(self.node_index.0.slots.get(key)?).ok()
    }

    fn instance(&self, key: InstanceKey) -> Option<(&InstanceIdentity, &ComponentRows)> {
        self.instances.get(self.instance_index.slots.get(key)?).ok()
    }
}
