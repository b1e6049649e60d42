//! Streams are greeted, told what they missed, and shown the present state part by part.
//!
//! Parts are bounded in size, and a tick writes a bounded number of them for all streams together, so
//! that a hundred reconnects at once are no storm. Events flow meanwhile; each part is at least as new.

use bevy_ecs::prelude::{Entity, Mut, World};

use crate::broadcast::events::{ComponentPlace, write_event, write_place, write_sample};
use crate::broadcast::json::{Object, write_array};
use crate::broadcast::outgoing::Outgoing;
use crate::changes::Changes;
use crate::component_rows::ComponentRows;
use crate::effect::{Counters, Delivery, Route, Topic};
use crate::ids::{InstanceKey, Key as _, NodeKey, SubscriberKey};
use crate::index::{Instances, Nodes, Pipelines, Subscribers};
use crate::input::StreamPosition;
use crate::instance::ProcessStatus;
use crate::limits::SNAPSHOT_PART_BYTES_MAX;
use crate::node::{Lease, NodeIdentity, StatusSince};
use crate::outbox::Outbox;
use crate::pipeline::PipelineIdentity;
use crate::resume_window::ResumeWindow;
use crate::settings::Settings;
use crate::status::NodeStatus;
use crate::stream_epoch::StreamEpoch;
use crate::subscriber::{
    Phase, Progress, Reach, SnapshotCursor, SnapshotReason, SubscriberIdentity,
};
use crate::time::{Tick, TickNumber};
use crate::watch::Watch;

/// Parts written in one tick for all subscribers together.
const PARTS_PER_TICK_MAX: u32 = 8;

/// Moves every stream that is not simply live one step on.
pub fn send_snapshots(world: &mut World) {
    keep_frames(world);
    let subscribers: Vec<(SubscriberKey, Entity)> =
        world.resource::<Subscribers>().slots.iter().collect();
    let mut parts_left = PARTS_PER_TICK_MAX;
    // The tick decides who is first, so that nobody waits behind the same neighbours for ever.
    let start = (world.resource::<Tick>().number.0 as usize) % subscribers.len().max(1);
    for &(key, entity) in subscribers[start..].iter().chain(&subscribers[..start]) {
        let phase = &world.get::<Progress>(entity).expect(WHOLE).phase;
        let next = match phase {
            Phase::Live | Phase::Lagging { .. } => continue,
            Phase::Opening { resume } => open(world, key, entity, *resume),
            Phase::Drained { skipped_events } => {
                tell_lagged(world, key, *skipped_events);
                world.resource_mut::<Outgoing>().mark(key, Delivery::AfterLag);
                begin_snapshot(world, SnapshotReason::Lagged)
            }
            Phase::Snapshot(cursor) if parts_left == 0 || !cursor.may_send => continue,
            Phase::Snapshot(cursor) => {
                parts_left -= 1;
                send_part(world, key, entity, cursor.clone())
            }
        };
        world.get_mut::<Progress>(entity).expect(WHOLE).phase = next;
        world.resource_mut::<Changes>().touched.subscribers.insert(key);
    }
}

const WHOLE: &str = "whatever has a key was entered with its whole bundle";

/// Enters this tick's frames into what is kept: they push old ticks out, and whoever resumes in this
/// tick must not count on those.
fn keep_frames(world: &mut World) {
    let (tick, settings) = (*world.resource::<Tick>(), *world.resource::<Settings>());
    world.resource_scope(|world, mut window: Mut<ResumeWindow>| {
        let frames = &world.resource::<Outbox>().frames;
        window.note(tick.number, frames, settings.resume_bytes_max);
    });
}

/// Greets a stream. What it missed comes from the kept ticks when they reach, else as a snapshot.
fn open(
    world: &mut World,
    key: SubscriberKey,
    entity: Entity,
    resume: Option<StreamPosition>,
) -> Phase {
    let epoch = world.resource::<StreamEpoch>().0;
    let tick = world.resource::<Tick>().number;
    let stream = world.get::<SubscriberIdentity>(entity).expect(WHOLE).stream.clone();
    send(world, key, 1, |out, _| {
        write_event(out, "hello", |object| {
            object.text("streamId", &stream);
            object.text("position", &format!("{epoch}.{}", tick.0));
        });
    });
    let Some(position) = resume else { return Phase::Live };
    if position.epoch != epoch {
        return begin_snapshot(world, SnapshotReason::Epoch);
    }
    let route = &world.get::<Reach>(entity).expect(WHOLE).route;
    if !can_resume(world, route, position.tick, tick) {
        return begin_snapshot(world, SnapshotReason::Expired);
    }
    world.resource_mut::<Outgoing>().resumed.insert(key, position.tick);
    world.resource_mut::<Counters>().resumed += 1;
    Phase::Live
}

fn can_resume(world: &World, route: &Route, after: TickNumber, now: TickNumber) -> bool {
    after < now
        && world.resource::<ResumeWindow>().reaches(after)
        && world.resource::<Watch>().covers(route, after)
}

fn tell_lagged(world: &mut World, key: SubscriberKey, skipped_events: u64) {
    send(world, key, 1, |out, _| {
        write_event(out, "lagged", |object| {
            object.integer("skipped", skipped_events);
        });
    });
}

fn begin_snapshot(world: &mut World, reason: SnapshotReason) -> Phase {
    world.resource_mut::<Counters>().snapshots += 1;
    Phase::Snapshot(SnapshotCursor {
        reason,
        part: 0,
        may_send: true,
        node: NodeKey(0),
        instance: None,
    })
}

/// Appends bytes for one subscriber alone.
fn send(
    world: &mut World,
    key: SubscriberKey,
    events: u32,
    write: impl FnOnce(&mut Vec<u8>, &World),
) {
    world.resource_scope(|world, mut outbox: Mut<Outbox>| {
        let range = outbox.append(|out| write(out, world));
        world.resource_mut::<Outgoing>().push(key, &range, events);
    });
}

/// One part of a snapshot while it is being collected.
#[derive(Default)]
struct Part {
    nodes: Vec<u8>,
    instances: Vec<u8>,
    samples: Vec<u8>,
}

impl Part {
    fn is_full(&self) -> bool {
        // One more entry, the largest there can be, still fits.
        const ENTRY_BYTES_MAX: usize = 4 << 10;
        let bytes = self.nodes.len() + self.instances.len() + self.samples.len();
        SNAPSHOT_PART_BYTES_MAX - ENTRY_BYTES_MAX <= bytes
    }
}

fn entry(list: &mut Vec<u8>, write: impl FnOnce(&mut Object<'_>)) {
    if !list.is_empty() {
        list.push(b',');
    }
    let mut object = Object::begin(list);
    write(&mut object);
    object.end();
}

fn send_part(
    world: &mut World,
    key: SubscriberKey,
    entity: Entity,
    mut cursor: SnapshotCursor,
) -> Phase {
    let route = world.get::<Reach>(entity).expect(WHOLE).route.clone();
    let mut part = Part::default();
    let is_last = collect(world, &route, &mut cursor, &mut part);
    let (number, reason) = (cursor.part, cursor.reason.as_str());
    send(world, key, 1, |out, _| {
        write_event(out, "snapshot", |object| {
            object.text("reason", reason).integer("part", u64::from(number));
            object.boolean("last", is_last);
            for (name, list) in
                [("nodes", &part.nodes), ("instances", &part.instances), ("samples", &part.samples)]
            {
                object.value(name, |out| {
                    write_array(out, Some(list).filter(|l| !l.is_empty()), |out, list| {
                        out.extend_from_slice(list);
                    });
                });
            }
        });
    });
    cursor.part += 1;
    cursor.may_send = false;
    if !is_last {
        world.resource_mut::<Outgoing>().mark(key, Delivery::Paced);
    }
    if is_last { Phase::Live } else { Phase::Snapshot(cursor) }
}

/// Collects entries from the cursor on until the part is full; true at the end of the fleet.
fn collect(world: &World, route: &Route, cursor: &mut SnapshotCursor, part: &mut Part) -> bool {
    let slots = &world.resource::<Nodes>().0.slots;
    let first = cursor.node;
    let rows: Box<dyn Iterator<Item = (NodeKey, Entity)>> = match &route.nodes {
        Some(nodes) => {
            let rest = nodes.iter().filter(move |key| **key >= first);
            Box::new(rest.filter_map(|&key| slots.get(key).map(|entity| (key, entity))))
        }
        None => Box::new(slots.iter_from(first.index())),
    };
    for (key, entity) in rows {
        if key != cursor.node {
            (cursor.node, cursor.instance) = (key, None);
        }
        if part.is_full() {
            return false;
        }
        let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
        if route.environments.binary_search(&identity.environment).is_err() {
            continue;
        }
        if cursor.instance.is_none() && route.pipelines.is_none() && shows_states(route) {
            write_node(world, entity, identity, &mut part.nodes);
        }
        let first = cursor.instance.map_or((InstanceKey(0), 0), |place| place);
        if !collect_instances(world, route, identity, first, cursor, part) {
            return false;
        }
    }
    true
}

/// Collects the instances of one node from `first` on; false when the part is full before their end.
fn collect_instances(
    world: &World,
    route: &Route,
    node: &NodeIdentity,
    first: (InstanceKey, u16),
    cursor: &mut SnapshotCursor,
    part: &mut Part,
) -> bool {
    let index = world.resource::<Instances>();
    let mut admitted: Vec<_> = index.on_node(node.key).to_vec();
    admitted.retain(|(pipeline, instance)| {
        *instance >= first.0
            && route.pipelines.as_ref().is_none_or(|list| list.binary_search(pipeline).is_ok())
    });
    admitted.sort_unstable_by_key(|entry| entry.1);
    let status =
        *world.get::<NodeStatus>(world.resource::<Nodes>().0.slots.entity(node.key)).expect(WHOLE);
    for (pipeline, key) in admitted {
        let entity = index.slots.entity(key);
        let pipeline = world.resource::<Pipelines>().0.slots.entity(pipeline);
        let pipeline = world.get::<PipelineIdentity>(pipeline).expect(WHOLE);
        let skip = if key == first.0 { usize::from(first.1) } else { 0 };
        if skip == 0 && shows_states(route) {
            let process = world.get::<ProcessStatus>(entity).expect(WHOLE);
            let is_known = status != NodeStatus::Unreachable;
            entry(&mut part.instances, |object| {
                object.text("nodeId", &node.id).text("pipelineId", &pipeline.id);
                object.text("pipelineName", &pipeline.name);
                object.text_or_null("status", is_known.then_some(&process.word));
            });
        }
        if status == NodeStatus::Unreachable || !route.topics.wants(Topic::MetricUpdate) {
            continue;
        }
        let rows = world.get::<ComponentRows>(entity).expect(WHOLE);
        for (at, row) in rows.rows.iter().enumerate().skip(skip) {
            if part.is_full() {
                cursor.instance = Some((key, at as u16));
                return false;
            }
            let (Some(sample), Some(totals)) = (row.latest(), row.totals()) else { continue };
            let place =
                ComponentPlace { node: &node.id, pipeline: &pipeline.id, component: &row.id };
            entry(&mut part.samples, |object| {
                write_place(object, &place);
                object.text("kind", row.kind.as_str());
                object.value("sample", |out| write_sample(out, &sample, totals.errors));
            });
        }
        if part.is_full() {
            cursor.instance = Some((InstanceKey(key.0 + 1), 0));
            return false;
        }
    }
    true
}

fn shows_states(route: &Route) -> bool {
    route.topics.wants(Topic::FleetStatus) || route.topics.wants(Topic::StatusChange)
}

fn write_node(world: &World, entity: Entity, identity: &NodeIdentity, list: &mut Vec<u8>) {
    let environments = &world.resource::<crate::index::Environments>().0.slots;
    let environment = environments.entity(identity.environment);
    let environment =
        world.get::<crate::environment::EnvironmentIdentity>(environment).expect(WHOLE);
    let status = world.get::<NodeStatus>(entity).expect(WHOLE);
    let since = world.get::<StatusSince>(entity).expect(WHOLE).0;
    let heard_at = world.get::<Lease>(entity).expect(WHOLE).heard_at;
    entry(list, |object| {
        object.text("nodeId", &identity.id).text("environmentId", &environment.id);
        object.text("name", &identity.name).text("status", status.as_str());
        object.integer("statusSince", since.0);
        match heard_at {
            Some(at) => object.integer("lastHeartbeatAt", at.0),
            None => object.null("lastHeartbeatAt"),
        };
    });
}
