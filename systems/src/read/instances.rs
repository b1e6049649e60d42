//! Instances as lists and people see them. Those of an unreachable node have no data.

use bevy_ecs::prelude::{Entity, World};

use crate::answer::{AnswerBody, InstanceItem, ScanProgress};
use crate::ids::{EnvironmentKey, InstanceKey, Key as _};
use crate::index::{Instances, Nodes, Pipelines};
use crate::instance::{Counters, InstanceIdentity, ProcessStatus};
use crate::limits::PAGE_ITEMS_MAX;
use crate::node::NodeIdentity;
use crate::pipeline::PipelineIdentity;
use crate::query::{InstanceFilter, Page, Query};
use crate::read::WHOLE;
use crate::read::scan::Scan;
use crate::status::NodeStatus;

/// A page of instances, in the order they entered.
pub(crate) fn list(
    world: &World,
    query: &Query,
    scope: &[EnvironmentKey],
    (filter, page): (&InstanceFilter, &Page),
    progress: ScanProgress,
) -> AnswerBody {
    let index = world.resource::<Instances>();
    let node = filter.node.as_ref().map(|id| world.resource::<Nodes>().0.key(id));
    let pipeline = filter.pipeline.as_ref().map(|id| world.resource::<Pipelines>().0.key(id));
    let rows =
        |after: Option<InstanceKey>| -> Box<dyn Iterator<Item = (InstanceKey, InstanceKey)> + '_> {
            let from = after.map_or(0, |key| key.index() + 1);
            let mut listed: Vec<InstanceKey> = match (node, pipeline) {
                (Some(node), _) => {
                    let on_node = node.map_or(&[][..], |node| index.on_node(node));
                    on_node.iter().map(|entry| entry.1).collect()
                }
                (None, Some(pipeline)) => {
                    let of_pipeline = pipeline.map_or(&[][..], |key| index.of_pipeline(key));
                    of_pipeline.iter().map(|entry| entry.1).collect()
                }
                (None, None) => {
                    return Box::new(index.slots.iter_from(from).map(|(key, _)| (key, key)));
                }
            };
            listed.retain(|key| from <= key.index());
            listed.sort_unstable();
            Box::new(listed.into_iter().map(|key| (key, key)))
        };
    let matches = |_: &InstanceKey, key: InstanceKey| {
        let entity = index.slots.entity(key);
        let identity = world.get::<InstanceIdentity>(entity).expect(WHOLE);
        scope.binary_search(&identity.environment).is_ok()
            && pipeline.is_none_or(|wanted| wanted == Some(identity.pipeline))
            && filter.status.as_deref().is_none_or(|wanted| {
                has_data(world, identity)
                    && world.get::<ProcessStatus>(entity).expect(WHOLE).word == wanted
            })
    };
    let scan = Scan {
        query,
        page,
        items_max: PAGE_ITEMS_MAX,
        rows: &rows,
        matches: &matches,
        total: None,
    };
    let item = |key| Some(instance_item(world, index.slots.get(key)?));
    scan.run(progress, item, AnswerBody::Instances)
}

fn has_data(world: &World, identity: &InstanceIdentity) -> bool {
    let node = world.resource::<Nodes>().0.slots.entity(identity.node);
    *world.get::<NodeStatus>(node).expect(WHOLE) != NodeStatus::Unreachable
}

/// An instance in a list.
pub(crate) fn instance_item(world: &World, entity: Entity) -> InstanceItem {
    let identity = world.get::<InstanceIdentity>(entity).expect(WHOLE);
    let process = world.get::<ProcessStatus>(entity).expect(WHOLE);
    let counters = world.get::<Counters>(entity).expect(WHOLE);
    let node = world.resource::<Nodes>().0.slots.entity(identity.node);
    let node = world.get::<NodeIdentity>(node).expect(WHOLE);
    let pipeline = world.resource::<Pipelines>().0.slots.entity(identity.pipeline);
    let pipeline = world.get::<PipelineIdentity>(pipeline).expect(WHOLE);
    let has_data = has_data(world, identity);
    InstanceItem {
        node: node.id.to_string(),
        node_name: node.name.to_string(),
        pipeline: pipeline.id.to_string(),
        pipeline_name: pipeline.name.to_string(),
        status: has_data.then(|| process.word.to_string()),
        status_since: process.since,
        revision: process.revision,
        uptime_seconds: process.uptime_seconds.filter(|_| has_data),
        totals: counters
            .baseline
            .filter(|baseline| has_data && !baseline.is_origin)
            .map(|baseline| baseline.totals),
        rates: counters.rates.filter(|_| has_data).map(|rates| rates.per_second()),
        utilization: counters.utilization.filter(|_| has_data),
        latency_mean_millis: counters.latency_mean_millis.filter(|_| has_data),
        updated_at: process.updated_at,
    }
}
