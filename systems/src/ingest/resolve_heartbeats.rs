//! Heartbeats are read; their text ids become keys; instances enter as their nodes report them.

use bevy_ecs::prelude::{Mut, Query, Res, ResMut, World};
use bevy_ecs::system::{SystemParam, SystemState};

use crate::effect::Counters;
use crate::fleet::{enter_instance, process_word};
use crate::ids::{NodeKey, PipelineKey};
use crate::inbox::Inbox;
use crate::index::{Instances, Nodes, Pipelines};
use crate::instance::ProcessStatus;
use crate::node::NodeIdentity;
use crate::pipeline::PipelineIdentity;
use crate::resolved::{
    ResolvedHeartbeat, ResolvedHeartbeats, ResolvedInstance, ResolvedNode, ResolvedReport,
};
use crate::status::ProcessClass;
use crate::time::Tick;
use crate::wire::{Reader, ReportForm};

const WHOLE: &str = "the engine has every resource";

/// Who there is.
#[derive(SystemParam)]
pub struct Directory<'w, 's> {
    nodes: Res<'w, Nodes>,
    pipelines: Res<'w, Pipelines>,
    instances: Res<'w, Instances>,
    node_identities: Query<'w, 's, &'static NodeIdentity>,
    pipeline_identities: Query<'w, 's, &'static PipelineIdentity>,
    counters: ResMut<'w, Counters>,
}

/// Resolves every heartbeat of this tick, in order of arrival.
pub fn resolve_heartbeats(world: &mut World, directory: &mut SystemState<Directory>) {
    world.resource_scope(|world, mut resolved: Mut<ResolvedHeartbeats>| {
        resolved.clear();
        world.resource_scope(|world, inbox: Mut<Inbox>| {
            let bytes = inbox.bytes();
            let mut found = directory.get_mut(world).expect(WHOLE);
            // All nodes at once: they lie apart in memory, and are waited for together then.
            let nodes = inbox.heartbeat_spans().map(|span| {
                let id = Reader::new(bytes, span).span();
                found.node(id.of(bytes))
            });
            resolved.nodes.extend(nodes);
            for (index, span) in inbox.heartbeat_spans().enumerate() {
                let Some(node) = resolved.nodes[index] else {
                    found.counters.heartbeats_from_unknown_nodes += 1;
                    continue;
                };
                let form = Reader::new(bytes, span).heartbeat();
                let first = resolved.reports.len();
                resolved.seen.clear();
                let mut reader = Reader::new(bytes, form.pipelines);
                while !reader.is_done() {
                    let form = reader.report();
                    let instance =
                        match found.resolve(&node, form.pipeline.of(bytes), &mut resolved, first) {
                            Resolution::Instance(instance) => instance,
                            Resolution::Enters(pipeline) => {
                                let instance = enter(world, node.key, pipeline, (&form, bytes));
                                found = directory.get_mut(world).expect(WHOLE);
                                Some(instance)
                            }
                        };
                    if !form.logs.is_empty() {
                        let place =
                            (resolved.heartbeats.len() as u32, resolved.reports.len() as u32);
                        resolved.logs.push(place);
                    }
                    resolved.reports.push(ResolvedReport { form, instance });
                }
                found.note_leaving(node.key, &mut resolved);
                let reports = (resolved.reports.len() - first) as u32;
                resolved.heartbeats.push(ResolvedHeartbeat { node, form, reports });
            }
        });
    });
}

/// What a report of a pipeline is about.
enum Resolution {
    /// `None`: it is not to be applied.
    Instance(Option<ResolvedInstance>),
    Enters(PipelineKey),
}

impl Directory<'_, '_> {
    fn node(&self, id: &[u8]) -> Option<ResolvedNode> {
        let key = self.nodes.0.key_of(id)?;
        let entity = self.nodes.0.slots.entity(key);
        let identity = self.node_identities.get(entity).expect("nodes have an identity");
        Some(ResolvedNode { key, entity, environment: identity.environment })
    }

    /// Finds the instance. A pipeline of another environment is nobody's; of two reports of one
    /// pipeline the last counts.
    fn resolve(
        &mut self,
        node: &ResolvedNode,
        id: &[u8],
        resolved: &mut ResolvedHeartbeats,
        first: usize,
    ) -> Resolution {
        let position = resolved.reports.len() - first;
        let identity = |key| {
            let entity = self.pipelines.0.slots.entity(key);
            self.pipeline_identities.get(entity).expect("pipelines have an identity")
        };
        // Looked for at its position first: nodes repeat themselves.
        let guess = self.instances.on_node(node.key).get(position);
        let found = guess
            .map(|&(key, _)| (key, identity(key)))
            .filter(|(_, identity)| identity.id.as_bytes() == id)
            .or_else(|| self.pipelines.0.key_of(id).map(|key| (key, identity(key))))
            .filter(|(_, identity)| identity.environment == node.environment)
            .map(|(key, _)| key);
        let Some(pipeline) = found else {
            self.counters.pipelines_foreign += 1;
            return Resolution::Instance(None);
        };
        if !resolved.seen.insert(pipeline) {
            self.counters.pipelines_repeated += 1;
            let mut earlier = resolved.reports[first..].iter_mut().map(|r| &mut r.instance);
            let earlier = earlier.find(|r| r.is_some_and(|r| r.pipeline == pipeline));
            let earlier = earlier.expect("a seen pipeline has an earlier report");
            return Resolution::Instance(earlier.take());
        }
        let Some(key) = self.instances.find_near(node.key, pipeline, position) else {
            return Resolution::Enters(pipeline);
        };
        let entity = self.instances.slots.entity(key);
        Resolution::Instance(Some(ResolvedInstance { pipeline, key, entity, is_new: false }))
    }

    /// An instance that is not reported leaves, unless a later heartbeat of this tick reports it again.
    fn note_leaving(&self, node: NodeKey, resolved: &mut ResolvedHeartbeats) {
        let on_node = self.instances.on_node(node);
        // Whatever was seen is on the node by now.
        if resolved.seen.len() == on_node.len() && resolved.leaving.is_empty() {
            return;
        }
        for &(pipeline, _) in on_node {
            if resolved.seen.contains(pipeline) {
                resolved.leaving.remove(&(node, pipeline));
            } else {
                resolved.leaving.insert((node, pipeline));
            }
        }
    }
}

fn enter(
    world: &mut World,
    node: NodeKey,
    pipeline: PipelineKey,
    (form, bytes): (&ReportForm, &[u8]),
) -> ResolvedInstance {
    let now = world.resource::<Tick>().now;
    let word = form.status.text(bytes);
    let process = ProcessStatus {
        word: process_word(word),
        class: ProcessClass::of(word),
        since: now,
        revision: form.revision,
        pid: form.pid,
        uptime_seconds: form.uptime_seconds,
        config_checksum: form.config_checksum.map(|sum| sum.text(bytes).into()),
        checksum_told: 0,
        updated_at: now,
    };
    let (key, entity) = enter_instance(world, node, pipeline, process);
    ResolvedInstance { pipeline, key, entity, is_new: true }
}
