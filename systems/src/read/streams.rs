//! What has lately come in: samples of components, lines of logs.

use bevy_ecs::prelude::World;

use crate::history::History;
use crate::index::{Environments, Instances, Nodes, Pipelines};
use crate::instance::{ComponentRows, LogTail};
use crate::node::NodeIdentity;
use crate::pipeline::PipelineIdentity;
use crate::query::{AnswerBody, ComponentSamples, LogFilter, TailLine};
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
        let reported = rows.rows.iter().filter(|row| row.totals.is_some());
        answer.extend(reported.map(|row| ComponentSamples {
            node: identity.id.to_string(),
            component: row.id.to_string(),
            kind: row.kind,
            samples: history.samples(&row.chunks, since),
        }));
    }
    answer.sort_by(|a, b| (&a.node, &a.component).cmp(&(&b.node, &b.component)));
    Some(AnswerBody::Samples(answer))
}

/// The newest lines of the live tails the filter names, newest first.
pub(crate) fn log_tail(
    world: &World,
    viewer: &str,
    filter: &LogFilter,
    limit: usize,
) -> AnswerBody {
    let instances = world.resource::<Instances>();
    let nodes = &world.resource::<Nodes>().0;
    let pipelines = &world.resource::<Pipelines>().0;
    let mut keys = Vec::new();
    match (&filter.node, &filter.pipeline) {
        (Some(node), pipeline) => {
            let wanted = pipeline.as_ref().map(|id| pipelines.key(id));
            let Some(node) = nodes.key(node) else { return AnswerBody::LogTail(Vec::new()) };
            let on_node = instances.on_node(node).iter();
            let on_node = on_node.filter(|entry| wanted.is_none_or(|key| key == Some(entry.0)));
            keys.extend(on_node.map(|&(pipeline, instance)| (node, pipeline, instance)));
        }
        (None, Some(pipeline)) => {
            if let Some(pipeline) = pipelines.key(pipeline) {
                let of_pipeline = instances.of_pipeline(pipeline).iter();
                keys.extend(of_pipeline.map(|&(node, instance)| (node, pipeline, instance)));
            }
        }
        (None, None) => {
            for (node, _) in nodes.slots.iter() {
                let on_node = instances.on_node(node).iter();
                keys.extend(on_node.map(|&(pipeline, instance)| (node, pipeline, instance)));
            }
        }
    }
    let environment = filter.environment.as_deref();
    let environment = environment.map(|id| world.resource::<Environments>().0.key(id));
    let text = filter.text.as_deref().map(str::to_lowercase);
    let mut lines = Vec::new();
    for (node, pipeline, instance) in keys {
        let tail = world.get::<LogTail>(instances.slots.entity(instance)).expect(WHOLE);
        if tail.lines.is_empty() {
            continue;
        }
        let node = world.get::<NodeIdentity>(nodes.slots.entity(node)).expect(WHOLE);
        let is_asked = environment.is_none_or(|wanted| wanted == Some(node.environment));
        if !is_asked || !may_see(world, viewer, node.environment) {
            continue;
        }
        let pipeline =
            world.get::<PipelineIdentity>(pipelines.slots.entity(pipeline)).expect(WHOLE);
        let wanted = tail.lines.iter().rev().filter(|line| {
            (filter.levels.is_empty() || filter.levels.contains(&line.level))
                && text.as_ref().is_none_or(|text| line.text.to_lowercase().contains(text))
                && filter.before.is_none_or(|before| (line.tick, line.ordinal) < before)
        });
        lines.extend(wanted.take(limit).map(|line| TailLine {
            tick: line.tick,
            ordinal: line.ordinal,
            at: line.at,
            level: line.level,
            node: node.id.to_string(),
            pipeline: pipeline.id.to_string(),
            message: line.text.to_string(),
        }));
    }
    lines.sort_by_key(|line| std::cmp::Reverse((line.tick, line.ordinal)));
    lines.truncate(limit);
    AnswerBody::LogTail(lines)
}
