//! Pipelines as lists and people see them: what they do over all nodes.

use std::ops::Bound;

use bevy_ecs::prelude::{Entity, World};

use crate::answer::{AnswerBody, DeployedItem, PipelineItem, RolloutItem, ScanProgress};
use crate::environment::EnvironmentIdentity;
use crate::ids::{EnvironmentKey, PipelineKey};
use crate::index::{Environments, Pipelines};
use crate::instance::Totals;
use crate::limits::PAGE_ITEMS_MAX;
use crate::orderings::{Orderings, folded};
use crate::pipeline::{Deployment, PipelineIdentity};
use crate::query::{Page, PipelineFilter, Query};
use crate::read::scan::Scan;
use crate::read::{WHOLE, may_see};

type Place = (EnvironmentKey, Box<str>, PipelineKey);

/// A page of pipelines, by name whatever order is asked for.
pub(crate) fn list(
    world: &World,
    query: &Query,
    scope: &[EnvironmentKey],
    (filter, page): (&PipelineFilter, &Page),
    progress: ScanProgress,
) -> AnswerBody {
    let orderings = world.resource::<Orderings>();
    let text = filter.text.as_deref().map(folded);
    let rows = |after: Option<Place>| -> Box<dyn Iterator<Item = (Place, PipelineKey)> + '_> {
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = orderings.pipelines_by_name.range((start, Bound::Unbounded));
        let visible = rows.filter(|row| scope.binary_search(&row.0).is_ok());
        Box::new(visible.map(|row| (row.clone(), row.2)))
    };
    let matches = |_: &Place, key: PipelineKey| {
        let entity = world.resource::<Pipelines>().0.slots.entity(key);
        let identity = world.get::<PipelineIdentity>(entity).expect(WHOLE);
        text.as_deref().is_none_or(|text| identity.name.to_lowercase().contains(text))
    };
    let scan = Scan {
        query,
        page,
        items_max: PAGE_ITEMS_MAX,
        rows: &rows,
        matches: &matches,
        total: None,
    };
    let item = |key| {
        let entity = world.resource::<Pipelines>().0.slots.get(key)?;
        Some(pipeline_item(world, entity))
    };
    scan.run(progress, item, AnswerBody::Pipelines)
}

/// One pipeline.
pub(crate) fn one(world: &World, viewer: &str, id: &str) -> Option<AnswerBody> {
    let entity = world.resource::<Pipelines>().0.find(id)?;
    let identity = world.get::<PipelineIdentity>(entity).expect(WHOLE);
    may_see(world, viewer, identity.environment)
        .then(|| AnswerBody::Pipeline(Box::new(pipeline_item(world, entity))))
}

fn pipeline_item(world: &World, entity: Entity) -> PipelineItem {
    let identity = world.get::<PipelineIdentity>(entity).expect(WHOLE);
    let totals = world.get::<Totals>(entity).expect(WHOLE);
    let environment = world.resource::<Environments>().0.slots.entity(identity.environment);
    PipelineItem {
        id: identity.id.to_string(),
        name: identity.name.to_string(),
        environment: world.get::<EnvironmentIdentity>(environment).expect(WHOLE).id.to_string(),
        revision: identity.revision,
        deployed: deployed_item(world.get::<Deployment>(entity).expect(WHOLE)),
        instances: totals.instances,
        instances_no_data: totals.instances_no_data,
        rates: totals.rates(),
    }
}

fn deployed_item(deployment: &Deployment) -> Option<DeployedItem> {
    let deployed = deployment.deployed.as_ref()?;
    Some(DeployedItem {
        revision: deployed.revision,
        rollout: deployment.rollout.as_ref().map(|rollout| RolloutItem {
            began_at: rollout.began_at,
            waiting: rollout.waiting.len() as u32,
            running: rollout.arrived.len() as u32,
            failed: rollout.failed.len() as u32,
            late: rollout.late.len() as u32,
        }),
    })
}
