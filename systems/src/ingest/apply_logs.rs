//! Log lines go to the tail of their instance, to the store and to the stream, with one level each.

use bevy_ecs::prelude::{Mut, World};

use crate::effect::Counters;
use crate::fleet::instance_ref;
use crate::ids::{EnvironmentKey, InstanceKey, NodeKey, PipelineKey};
use crate::inbox::Inbox;
use crate::index::{Instances, Nodes, Pipelines};
use crate::input::Input;
use crate::instance::{LogTail, TailEntry};
use crate::limits::TAIL_LINES_PER_INSTANCE_MAX;
use crate::log_arrivals::{LogArrival, LogArrivals};
use crate::log_budget::LogBudget;
use crate::node::NodeIdentity;
use crate::packed::Packed;
use crate::pipeline::PipelineIdentity;
use crate::report::LogLine;
use crate::resolved::{ResolvedHeartbeats, ResolvedReport};
use crate::rows::LogRow;
use crate::settings::Settings;
use crate::time::Tick;
use crate::write_behind::WriteBehind;

/// Applies log lines in order of arrival, those within heartbeats first.
pub fn apply_logs(world: &mut World) {
    let mut arrivals = std::mem::take(&mut *world.resource_mut::<LogArrivals>());
    arrivals.batches.clear();
    arrivals.lines.clear();
    world.resource_scope(|world, inbox: Mut<Inbox>| {
        world.resource_scope(|world, resolved: Mut<ResolvedHeartbeats>| {
            for &(heartbeat, report) in &resolved.logs {
                let node = &resolved.heartbeats[heartbeat as usize].node;
                let ResolvedReport { form, instance } = &resolved.reports[report as usize];
                if let Some(instance) = instance {
                    let owner = (node.environment, node.key, instance.pipeline);
                    let lines = Packed::of(form.logs.of(inbox.bytes()));
                    take_lines(world, &mut arrivals, owner, &lines);
                }
            }
        });
        for input in inbox.read(&inbox.logs) {
            let Input::LogsReceived { node, batches } = input else {
                unreachable!("the inbox sorts inputs by their reader")
            };
            for batch in batches.iter() {
                match owner_of(world, node, batch.pipeline) {
                    Some(owner) => take_lines(world, &mut arrivals, owner, &batch.lines),
                    None => {
                        let lines = batch.lines.iter().count() as u64;
                        world.resource_mut::<Counters>().log_lines_foreign += lines;
                    }
                }
            }
        }
    });
    *world.resource_mut::<LogArrivals>() = arrivals;
}

fn owner_of(
    world: &World,
    node: &str,
    pipeline: &str,
) -> Option<(EnvironmentKey, NodeKey, PipelineKey)> {
    let node = world.get::<NodeIdentity>(world.resource::<Nodes>().0.find(node)?)?;
    let pipeline =
        world.get::<PipelineIdentity>(world.resource::<Pipelines>().0.find(pipeline)?)?;
    (node.environment == pipeline.environment).then_some((node.environment, node.key, pipeline.key))
}

fn take_lines(
    world: &mut World,
    arrivals: &mut LogArrivals,
    (environment, node, pipeline): (EnvironmentKey, NodeKey, PipelineKey),
    lines: &Packed<'_, LogLine<'_>>,
) {
    if lines.is_empty() {
        return;
    }
    let tick = *world.resource::<Tick>();
    let instance = instance_ref(world, node, pipeline);
    let first = arrivals.lines.len();
    for line in lines.iter() {
        let ordinal = arrivals.lines.len() as u32;
        arrivals.lines.push((line.level, line.text.into()));
        world.resource_mut::<WriteBehind>().waiting.add_log(LogRow {
            tick: tick.number,
            ordinal,
            instance: instance.clone(),
            at: tick.now,
            level: line.level,
            message: line.text.to_owned(),
        });
        let entry = TailEntry {
            tick: tick.number,
            ordinal,
            at: tick.now,
            level: line.level,
            text: line.text.into(),
        };
        keep_in_tail(world, node, pipeline, entry);
    }
    let count = arrivals.lines.len() - first;
    world.resource_mut::<Counters>().log_lines += count as u64;
    arrivals.batches.push(LogArrival { environment, node, pipeline, first, count });
}

/// A pipeline its node does not report yet has no tail; its lines are in the store and the stream.
fn keep_in_tail(world: &mut World, node: NodeKey, pipeline: PipelineKey, entry: TailEntry) {
    let Some(key) = world.resource::<Instances>().find(node, pipeline) else { return };
    let bytes_max = world.resource::<Settings>().log_tail_bytes_max;
    world.resource_scope(|world, mut budget: Mut<LogBudget>| {
        let mut tail = tail_of(world, key);
        if tail.lines.len() == TAIL_LINES_PER_INSTANCE_MAX
            && let Some(oldest) = tail.lines.pop_front()
        {
            budget.forget(&oldest);
        }
        budget.keep(key, &entry);
        tail.lines.push_back(entry);
        while let Some(owner) = budget.over(bytes_max) {
            let oldest = tail_of(world, owner).lines.pop_front().expect("the budget knows lines");
            budget.forget(&oldest);
        }
    });
}

fn tail_of(world: &mut World, key: InstanceKey) -> Mut<'_, LogTail> {
    let entity = world.resource::<Instances>().slots.entity(key);
    world.get_mut::<LogTail>(entity).expect("instances have a tail")
}
