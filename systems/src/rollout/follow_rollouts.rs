//! How far deploys have got: a node is there when it reports the revision running, the pipeline when all are.

use std::borrow::Cow;

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::arrivals::Arrivals;
use crate::changes::Changes;
use crate::ids::{NodeKey, PipelineKey};
use crate::index::{Instances, Pipelines};
use crate::instance::ProcessStatus;
use crate::pipeline::{Deployment, PipelineIdentity};
use crate::rollout::progress::Progress;
use crate::rollout_deadlines::RolloutDeadlines;
use crate::time::Tick;
use crate::transitions::{Subject, Transition, Transitions};

/// Moves rollouts by what nodes reported in this tick, and by the time that is over.
pub fn follow_rollouts(
    tick: Res<Tick>,
    index: (Res<Pipelines>, Res<Instances>),
    mut arrivals: ResMut<Arrivals>,
    mut deadlines: ResMut<RolloutDeadlines>,
    processes: Query<&ProcessStatus>,
    mut pipelines: Query<(&PipelineIdentity, &mut Deployment)>,
    (mut transitions, mut changes): (ResMut<Transitions>, ResMut<Changes>),
) {
    let (pipeline_index, instance_index) = index;
    for (node, pipeline, instance) in arrivals.list.drain(..) {
        let Some(entity) = pipeline_index.0.slots.get(pipeline) else { continue };
        let (identity, mut deployment) = pipelines.get_mut(entity).expect("it has a deployment");
        let Deployment { deployed: Some(deployed), rollout: Some(rollout) } = &mut *deployment
        else {
            continue;
        };
        let Some(instance) = instance_index.slots.get(instance) else { continue };
        let process = processes.get(instance).expect("instances have a process");
        if process.revision != deployed.revision {
            continue;
        }
        let Some((from, to)) = rollout.report(node, process.class) else { continue };
        changes.rollouts.insert(pipeline);
        let reason = match to {
            Progress::Deployed => format!("version {} is running", deployed.revision),
            Progress::Failed => format!("version {} is {}", deployed.revision, process.word),
            Progress::Deploying | Progress::TimedOut => unreachable!("a report is an arrival"),
        };
        transitions.list.push(transition(identity, node, (from, to), reason));
    }
    while let Some(pipeline) = deadlines.pop_due(tick.listened) {
        let Some(entity) = pipeline_index.0.slots.get(pipeline) else { continue };
        let (identity, mut deployment) = pipelines.get_mut(entity).expect("it has a deployment");
        let Deployment { deployed: Some(deployed), rollout: Some(rollout) } = &mut *deployment
        else {
            continue;
        };
        for node in rollout.time_out(tick.listened) {
            changes.rollouts.insert(pipeline);
            let reason = format!("version {} was not reported in time", deployed.revision);
            let step = (Progress::Deploying, Progress::TimedOut);
            transitions.list.push(transition(identity, node, step, reason));
        }
    }
    end_complete(&pipeline_index, &mut pipelines, &mut changes, &mut transitions);
}

/// Ends the rollouts whose every node runs the revision, and says so.
fn end_complete(
    index: &Pipelines,
    pipelines: &mut Query<(&PipelineIdentity, &mut Deployment)>,
    changes: &mut Changes,
    transitions: &mut Transitions,
) {
    let moved: Vec<PipelineKey> = changes.rollouts.iter().collect();
    for pipeline in moved {
        changes.touched.pipelines.insert(pipeline);
        let Some(entity) = index.0.slots.get(pipeline) else { continue };
        let (identity, mut deployment) = pipelines.get_mut(entity).expect("it has a deployment");
        let Some(rollout) = deployment.rollout.take_if(|rollout| rollout.is_complete()) else {
            continue;
        };
        // The last to arrive stands for all of them; when the last one left, one that is there.
        let last = transitions.list.iter().rev().find(|transition| {
            transition.subject == Subject::Deployment(pipeline)
                && transition.to == Progress::Deployed.as_str()
        });
        let present = rollout.arrived.last().copied();
        let Some(node) = last.map(|last| last.node).or(present) else { continue };
        let revision = deployment.deployed.as_ref().map_or(0, |deployed| deployed.revision);
        let reason = match rollout.arrived.len() {
            1 => format!("version {revision} is running on the one node that was picked"),
            count => format!("version {revision} is running on all {count} nodes"),
        };
        let step = (Progress::Deploying, Progress::Deployed);
        transitions.list.push(transition(identity, node, step, reason));
    }
}

fn transition(
    pipeline: &PipelineIdentity,
    node: NodeKey,
    (from, to): (Progress, Progress),
    reason: String,
) -> Transition {
    Transition {
        environment: pipeline.environment,
        node,
        subject: Subject::Deployment(pipeline.key),
        from: Some(Cow::Borrowed(from.as_str())),
        to: Cow::Borrowed(to.as_str()),
        reason: Cow::Owned(reason),
    }
}
