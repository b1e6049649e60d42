//! Answers to questions about live state. Reads the world, changes nothing.

pub(crate) mod batch;
mod deployments;
mod directory;
mod instances;
mod log_tail;
mod nodes;
mod pipelines;
mod samples;
mod scan;
mod sizes;
pub(crate) mod status_events;
mod unflushed;
mod wall;

use bevy_ecs::prelude::World;

use crate::access::{Access, scope_of};
use crate::answer::{
    Answer, AnswerBody, Continuation, EnvironmentItem, FleetSummary, ScanProgress,
};
use crate::environment::{EnvironmentIdentity, NodeCounts};
use crate::ids::EnvironmentKey;
use crate::index::{Environments, Nodes, Pipelines};
use crate::input::StreamPosition;
use crate::instance::Totals;
use crate::node::NodeIdentity;
use crate::pipeline::PipelineIdentity;
use crate::query::{Query, Subject};
use crate::stream_epoch::StreamEpoch;
use crate::time::Tick;

pub(crate) const WHOLE: &str = "whatever has a key was entered with its whole bundle";

/// Answers a question, or says how the scan goes on.
pub(crate) fn answer(world: &World, query: &Query) -> Answer {
    at_position(world, body(world, query, ScanProgress::default()))
}

/// Goes on with a scan.
pub(crate) fn resume(world: &World, continuation: Continuation) -> Answer {
    at_position(world, body(world, &continuation.query, continuation.progress))
}

fn at_position(world: &World, body: AnswerBody) -> Answer {
    let epoch = world.resource::<StreamEpoch>().0;
    let tick = world.resource::<Tick>().number;
    Answer { position: StreamPosition { epoch, tick }, body }
}

fn body(world: &World, query: &Query, progress: ScanProgress) -> AnswerBody {
    let found = match query {
        Query::Access { viewer, subject } => Some(access(world, viewer, subject)),
        Query::Environments { viewer } => Some(environments(world, viewer)),
        Query::FleetSummary { viewer, environment } => {
            summary(world, viewer, environment.as_deref())
        }
        Query::Nodes { viewer, filter, page } => {
            let scope = visible(world, viewer, filter.environment.as_deref());
            scope.map(|scope| nodes::list(world, query, &scope, (filter, page), progress))
        }
        Query::Wall { viewer, filter, group, page } => {
            let scope = visible(world, viewer, filter.environment.as_deref());
            let group = group.as_deref();
            scope.map(|scope| wall::page(world, query, &scope, (filter, page), group, progress))
        }
        Query::Node { viewer, node } => nodes::detail(world, viewer, node),
        Query::Pipelines { viewer, filter, page } => {
            let scope = visible(world, viewer, filter.environment.as_deref());
            scope.map(|scope| pipelines::list(world, query, &scope, (filter, page), progress))
        }
        Query::Pipeline { viewer, pipeline } => pipelines::one(world, viewer, pipeline),
        Query::Instances { viewer, filter, page } => {
            let scope = visible(world, viewer, filter.environment.as_deref());
            scope.map(|scope| instances::list(world, query, &scope, (filter, page), progress))
        }
        Query::Deployment { viewer, pipeline, page } => {
            deployments::of_pipeline(world, query, (viewer, pipeline), page, progress)
        }
        Query::DeploymentMatrix { viewer, environment, page } => {
            deployments::matrix(world, query, (viewer, environment), page, progress)
        }
        Query::Samples { viewer, pipeline, node, since } => {
            samples::samples(world, viewer, pipeline, node.as_deref(), *since)
        }
        Query::LogTail { viewer, filter, limit } => {
            Some(log_tail::lines(world, query, (viewer, filter, *limit), progress))
        }
        Query::Unflushed { viewer, of } => unflushed::rows(world, query, (viewer, of), progress),
        Query::Directory => Some(AnswerBody::Directory(Box::new(directory::directory(world)))),
        Query::Gauges => Some(AnswerBody::Gauges(Box::new(sizes::gauges(world)))),
    };
    found.unwrap_or(AnswerBody::NotFound)
}

/// The environments a list is over, sorted; `None` when the one asked for is not the viewer's to see.
fn visible(world: &World, viewer: &str, asked: Option<&str>) -> Option<Vec<EnvironmentKey>> {
    let scope = scope_of(world, viewer);
    let Some(asked) = asked else { return Some(scope) };
    let key = world.resource::<Environments>().0.key(asked)?;
    scope.binary_search(&key).is_ok().then(|| vec![key])
}

/// Whether the viewer may see the environment.
pub(crate) fn may_see(world: &World, viewer: &str, environment: EnvironmentKey) -> bool {
    let entity = world.resource::<Environments>().0.slots.entity(environment);
    let identity = world.get::<EnvironmentIdentity>(entity).expect(WHOLE);
    world.resource::<Access>().role(viewer, &identity.team).is_some()
}

fn access(world: &World, viewer: &str, subject: &Subject) -> AnswerBody {
    let access = world.resource::<Access>();
    let team_of = |environment: EnvironmentKey| {
        let entity = world.resource::<Environments>().0.slots.entity(environment);
        &*world.get::<EnvironmentIdentity>(entity).expect(WHOLE).team
    };
    let team =
        match subject {
            Subject::Team(team) => Some(&**team),
            Subject::Environment(id) => world.resource::<Environments>().0.key(id).map(team_of),
            Subject::Node(id) => {
                world.resource::<Nodes>().0.find(id).map(|entity| {
                    team_of(world.get::<NodeIdentity>(entity).expect(WHOLE).environment)
                })
            }
            Subject::Pipeline(id) => world.resource::<Pipelines>().0.find(id).map(|entity| {
                team_of(world.get::<PipelineIdentity>(entity).expect(WHOLE).environment)
            }),
        };
    AnswerBody::Access {
        role: team.and_then(|team| access.role(viewer, team)),
        super_admin: access.is_super_admin(viewer),
    }
}

fn environments(world: &World, viewer: &str) -> AnswerBody {
    let access = world.resource::<Access>();
    let all = world.resource::<Environments>().0.slots.iter();
    let items = all.filter_map(|(_, entity)| {
        let identity = world.get::<EnvironmentIdentity>(entity).expect(WHOLE);
        Some(EnvironmentItem {
            id: identity.id.to_string(),
            name: identity.name.to_string(),
            team: identity.team.to_string(),
            role: access.role(viewer, &identity.team)?,
        })
    });
    AnswerBody::Environments(items.collect())
}

fn summary(world: &World, viewer: &str, environment: Option<&str>) -> Option<AnswerBody> {
    let mut summary = FleetSummary::default();
    let mut sums = Totals::default();
    for key in visible(world, viewer, environment)? {
        let entity = world.resource::<Environments>().0.slots.entity(key);
        let counts = world.get::<NodeCounts>(entity).expect(WHOLE);
        let totals = world.get::<Totals>(entity).expect(WHOLE);
        for (sum, count) in summary.nodes.iter_mut().zip(counts.0) {
            *sum += count;
        }
        for (sum, count) in summary.instances.iter_mut().zip(totals.instances) {
            *sum += count;
        }
        summary.instances_no_data += totals.instances_no_data;
        sums.rates.add(&totals.rates);
    }
    summary.rates = sums.rates.per_second();
    Some(AnswerBody::FleetSummary(Box::new(summary)))
}
