//! Text ids of heartbeats become keys; instances enter as their nodes report them.

use bevy_ecs::prelude::{Mut, World};

use crate::effect::Counters;
use crate::fleet::{enter_instance, process_word};
use crate::ids::NodeKey;
use crate::inbox::Inbox;
use crate::index::{Instances, Nodes, Pipelines};
use crate::input::Input;
use crate::instance::ProcessStatus;
use crate::node::NodeIdentity;
use crate::pipeline::PipelineIdentity;
use crate::report::PipelineReport;
use crate::resolved::{ResolvedHeartbeats, ResolvedNode, ResolvedReport};
use crate::status::ProcessClass;
use crate::time::Tick;

/// Resolves every heartbeat of this tick, in order of arrival.
pub fn resolve_heartbeats(world: &mut World) {
    world.resource_scope(|world, mut resolved: Mut<ResolvedHeartbeats>| {
        resolved.nodes.clear();
        resolved.reports.clear();
        resolved.leaving.clear();
        world.resource_scope(|world, inbox: Mut<Inbox>| {
            for input in inbox.read(&inbox.heartbeats) {
                let Input::Heartbeat(heartbeat) = input else {
                    unreachable!("the inbox sorts inputs by their reader")
                };
                let node = find_node(world, heartbeat.node);
                resolved.nodes.push(node);
                let Some(node) = node else {
                    world.resource_mut::<Counters>().heartbeats_from_unknown_nodes += 1;
                    continue;
                };
                let first = resolved.reports.len();
                resolved.seen.clear();
                for report in heartbeat.pipelines.iter() {
                    let report = resolve(world, &node, &report, &mut resolved, first);
                    resolved.reports.push(report);
                }
                note_leaving(world, node.key, &mut resolved);
            }
        });
    });
}

fn find_node(world: &World, id: &str) -> Option<ResolvedNode> {
    let nodes = world.resource::<Nodes>();
    let key = nodes.0.key(id)?;
    let entity = nodes.0.slots.entity(key);
    let identity = world.get::<NodeIdentity>(entity).expect("nodes have an identity");
    Some(ResolvedNode { key, entity, environment: identity.environment })
}

/// Finds or enters the instance. A pipeline of another environment is nobody's; of two reports of
/// one pipeline the last counts.
fn resolve(
    world: &mut World,
    node: &ResolvedNode,
    report: &PipelineReport<'_>,
    resolved: &mut ResolvedHeartbeats,
    first: usize,
) -> Option<ResolvedReport> {
    let found = world.resource::<Pipelines>().0.key(report.pipeline).filter(|&key| {
        let entity = world.resource::<Pipelines>().0.slots.entity(key);
        let identity = world.get::<PipelineIdentity>(entity).expect("pipelines have an identity");
        identity.environment == node.environment
    });
    let Some(pipeline) = found else {
        world.resource_mut::<Counters>().pipelines_foreign += 1;
        return None;
    };
    if !resolved.seen.insert(pipeline) {
        world.resource_mut::<Counters>().pipelines_repeated += 1;
        let mut earlier = resolved.reports[first..].iter_mut();
        let earlier = earlier.find(|r| r.is_some_and(|r| r.pipeline == pipeline));
        return earlier.expect("a seen pipeline has an earlier report").take();
    }
    let instances = world.resource::<Instances>();
    if let Some(key) = instances.find(node.key, pipeline) {
        let entity = instances.slots.entity(key);
        return Some(ResolvedReport { pipeline, key, entity, is_new: false });
    }
    let now = world.resource::<Tick>().now;
    let process = ProcessStatus {
        word: process_word(report.status),
        class: ProcessClass::of(report.status),
        since: now,
        revision: report.revision,
        pid: report.pid,
        uptime_seconds: report.uptime_seconds,
        config_checksum: report.config_checksum.map(Box::from),
        updated_at: now,
    };
    let (key, entity) = enter_instance(world, node.key, pipeline, process);
    Some(ResolvedReport { pipeline, key, entity, is_new: true })
}

/// An instance that is not reported leaves, unless a later heartbeat of this tick reports it again.
fn note_leaving(world: &World, node: NodeKey, resolved: &mut ResolvedHeartbeats) {
    for &(pipeline, _) in world.resource::<Instances>().on_node(node) {
        if resolved.seen.contains(pipeline) {
            resolved.leaving.remove(&(node, pipeline));
        } else {
            resolved.leaving.insert((node, pipeline));
        }
    }
}
