//! What nodes are to run beside what they report.

use std::ops::Bound;

use bevy_ecs::prelude::{Entity, World};

use crate::answer::{
    AnswerBody, DeploymentItem, MatrixCell, MatrixRow, ReportedRevision, ScanProgress,
};
use crate::desired::Desired;
use crate::ids::{EnvironmentKey, InstanceKey, NodeKey, PipelineKey};
use crate::index::{Environments, Instances, Nodes, Pipelines};
use crate::instance::ProcessStatus;
use crate::limits::PAGE_ITEMS_MAX;
use crate::node::NodeIdentity;
use crate::orderings::Orderings;
use crate::pipeline::{Deployment, PipelineIdentity};
use crate::query::{Page, Query};
use crate::read::scan::Scan;
use crate::read::{WHOLE, may_see};
use crate::status::NodeStatus;

type Place = (EnvironmentKey, Box<str>, NodeKey);

/// A page of the nodes that are to run a pipeline or run it, by name.
pub(crate) fn of_pipeline(
    world: &World,
    query: &Query,
    (viewer, id): (&str, &str),
    page: &Page,
    progress: ScanProgress,
) -> Option<AnswerBody> {
    let entity = world.resource::<Pipelines>().0.find(id)?;
    let identity = world.get::<PipelineIdentity>(entity).expect(WHOLE);
    if !may_see(world, viewer, identity.environment) {
        return None;
    }
    let key = identity.key;
    let rows = |after| rows(world, identity.environment, after);
    let matches = |_: &Place, node: NodeKey| {
        desired(world, node)
            .is_some_and(|set| set.0.as_ref().is_some_and(|s| s.revision(key).is_some()))
            || world.resource::<Instances>().find(node, key).is_some()
    };
    let scan = Scan {
        query,
        page,
        items_max: PAGE_ITEMS_MAX,
        rows: &rows,
        matches: &matches,
        total: None,
    };
    let item = |node: NodeKey| {
        let entity = world.resource::<Nodes>().0.slots.get(node)?;
        let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
        let instance = world.resource::<Instances>().find(node, key);
        Some(DeploymentItem {
            node: identity.id.to_string(),
            node_name: identity.name.to_string(),
            node_status: *world.get::<NodeStatus>(entity).expect(WHOLE),
            maintenance: identity.maintenance,
            cell: cell(world, (node, entity), key, instance),
        })
    };
    Some(scan.run(progress, item, AnswerBody::Deployment))
}

/// A page of the nodes of an environment, by name.
pub(crate) fn matrix(
    world: &World,
    query: &Query,
    (viewer, environment): (&str, &str),
    page: &Page,
    progress: ScanProgress,
) -> Option<AnswerBody> {
    let environment = world.resource::<Environments>().0.key(environment)?;
    if !may_see(world, viewer, environment) {
        return None;
    }
    let rows = |after| rows(world, environment, after);
    let matches = |_: &Place, _: NodeKey| true;
    let scan = Scan {
        query,
        page,
        items_max: PAGE_ITEMS_MAX,
        rows: &rows,
        matches: &matches,
        total: None,
    };
    let item = |node: NodeKey| {
        let entity = world.resource::<Nodes>().0.slots.get(node)?;
        let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
        let instances = world.resource::<Instances>().on_node(node);
        let set = world.get::<Desired>(entity).expect(WHOLE).0.as_ref();
        let missing = set.into_iter().flat_map(|set| &set.keys).filter(|(pipeline, _)| {
            instances.binary_search_by_key(pipeline, |entry| entry.0).is_err()
        });
        let reported = instances.iter().map(|&(pipeline, instance)| (pipeline, Some(instance)));
        let cells = reported.chain(missing.map(|&(pipeline, _)| (pipeline, None)));
        let mut cells: Vec<MatrixCell> = cells
            .map(|(pipeline, instance)| cell(world, (node, entity), pipeline, instance))
            .collect();
        cells.sort_by(|a, b| a.pipeline.cmp(&b.pipeline));
        Some(MatrixRow {
            node: identity.id.to_string(),
            node_name: identity.name.to_string(),
            node_status: *world.get::<NodeStatus>(entity).expect(WHOLE),
            maintenance: identity.maintenance,
            cells,
        })
    };
    Some(scan.run(progress, item, AnswerBody::DeploymentMatrix))
}

fn rows(
    world: &World,
    environment: EnvironmentKey,
    after: Option<Place>,
) -> Box<dyn Iterator<Item = (Place, NodeKey)> + '_> {
    let start = match after {
        Some(place) => Bound::Excluded(place),
        None => Bound::Included((environment, "".into(), NodeKey(0))),
    };
    let rows = world.resource::<Orderings>().nodes_by_name.range((start, Bound::Unbounded));
    let own = rows.take_while(move |row| row.0 == environment);
    Box::new(own.map(|row| (row.clone(), row.2)))
}

fn desired(world: &World, node: NodeKey) -> Option<&Desired> {
    let entity = world.resource::<Nodes>().0.slots.get(node)?;
    world.get::<Desired>(entity)
}

fn cell(
    world: &World,
    (node, entity): (NodeKey, Entity),
    pipeline: PipelineKey,
    instance: Option<InstanceKey>,
) -> MatrixCell {
    let of_pipeline = world.resource::<Pipelines>().0.slots.entity(pipeline);
    let deployment = world.get::<Deployment>(of_pipeline).expect(WHOLE);
    let set = world.get::<Desired>(entity).expect(WHOLE).0.as_ref();
    let desired = set.and_then(|set| set.revision(pipeline));
    let process = instance.map(|instance| {
        let entity = world.resource::<Instances>().slots.entity(instance);
        world.get::<ProcessStatus>(entity).expect(WHOLE)
    });
    let is_reachable = *world.get::<NodeStatus>(entity).expect(WHOLE) != NodeStatus::Unreachable;
    let expected = deployment.deployed.as_ref().filter(|_| desired.is_some());
    let told = process.and_then(|process| process.config_checksum.as_deref());
    MatrixCell {
        pipeline: world.get::<PipelineIdentity>(of_pipeline).expect(WHOLE).id.to_string(),
        desired,
        version_drift: process.is_some_and(|process| desired != Some(process.revision)),
        config_drift: expected.zip(told).map(|(expected, told)| *expected.checksum != *told),
        progress: deployment
            .rollout
            .as_ref()
            .and_then(|rollout| rollout.progress(node))
            .map(|progress| progress.as_str()),
        reported: process.map(|process| ReportedRevision {
            revision: process.revision,
            status: is_reachable.then(|| process.word.to_string()),
            status_since: process.since,
            updated_at: process.updated_at,
        }),
    }
}
