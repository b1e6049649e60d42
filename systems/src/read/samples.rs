//! What has lately come in: samples of components.

use bevy_ecs::prelude::World;

use crate::answer::{AnswerBody, ComponentSamples};
use crate::component_rows::ComponentRows;
use crate::history::History;
use crate::index::{Instances, Nodes, Pipelines};
use crate::node::NodeIdentity;
use crate::pipeline::PipelineIdentity;
use crate::read::{WHOLE, may_see};
use crate::time::Millis;

/// Recent samples of every component of a pipeline, by node and component.
pub(crate) fn samples(
    world: &World,
    viewer: &str,
    pipeline: &str,
    node: Option<&str>,
    since: Millis,
) -> Option<AnswerBody> {
    let pipeline = world.resource::<Pipelines>().0.find(pipeline)?;
    let pipeline = world.get::<PipelineIdentity>(pipeline).expect(WHOLE);
    if !may_see(world, viewer, pipeline.environment) {
        return None;
    }
    let instances = world.resource::<Instances>();
    let history = world.resource::<History>();
    let mut answer = Vec::new();
    for &(node_key, instance) in instances.of_pipeline(pipeline.key) {
        let entity = world.resource::<Nodes>().0.slots.entity(node_key);
        let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
        if node.is_some_and(|wanted| *identity.id != *wanted) {
            continue;
        }
        let rows = world.get::<ComponentRows>(instances.slots.entity(instance)).expect(WHOLE);
        let reported = rows.rows.iter().enumerate().filter(|(_, row)| row.totals().is_some());
        answer.extend(reported.map(|(index, row)| ComponentSamples {
            node: identity.id.to_string(),
            component: row.id.to_string(),
            kind: row.kind,
            samples: history.samples(rows.chunks(index), since),
        }));
    }
    answer.sort_by(|a, b| (&a.node, &a.component).cmp(&(&b.node, &b.component)));
    Some(AnswerBody::Samples(answer))
}
