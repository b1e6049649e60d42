//! Everything the control plane has told the core, whoever may see it. Asked once, at boot.

use bevy_ecs::prelude::{Entity, World};

use crate::access::Access;
use crate::directory::{DeployedEntry, Directory, EnvironmentEntry, NodeEntry, PipelineEntry};
use crate::environment::EnvironmentIdentity;
use crate::ids::EnvironmentKey;
use crate::index::{Environments, Nodes, Pipelines};
use crate::node::{Labels, Lease, NodeIdentity};
use crate::pipeline::{Deployment, PipelineIdentity};
use crate::read::WHOLE;

/// The directory as of the last tick.
pub(crate) fn directory(world: &World) -> Directory {
    let (users, members) = world.resource::<Access>().entries();
    let environments = world.resource::<Environments>().0.slots.iter();
    let pipelines = world.resource::<Pipelines>().0.slots.iter();
    let nodes = world.resource::<Nodes>().0.slots.iter();
    Directory {
        users,
        members,
        environments: sorted(environments.map(|(_, at)| environment(world, at)), |entry| &entry.id),
        pipelines: sorted(pipelines.map(|(_, at)| pipeline(world, at)), |entry| &entry.id),
        nodes: sorted(nodes.map(|(_, at)| node(world, at)), |entry| &entry.id),
    }
}

fn environment(world: &World, entity: Entity) -> EnvironmentEntry {
    let identity = world.get::<EnvironmentIdentity>(entity).expect(WHOLE);
    EnvironmentEntry {
        id: identity.id.to_string(),
        name: identity.name.to_string(),
        team: identity.team.to_string(),
    }
}

fn pipeline(world: &World, entity: Entity) -> PipelineEntry {
    let identity = world.get::<PipelineIdentity>(entity).expect(WHOLE);
    PipelineEntry {
        id: identity.id.to_string(),
        environment: environment_id(world, identity.environment),
        name: identity.name.to_string(),
        revision: identity.revision,
        deployed: world.get::<Deployment>(entity).expect(WHOLE).deployed.as_ref().map(|deployed| {
            DeployedEntry {
                revision: deployed.revision,
                checksum: deployed.checksum.to_string(),
                selector: pairs(&deployed.selector),
            }
        }),
    }
}

fn node(world: &World, entity: Entity) -> NodeEntry {
    let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
    NodeEntry {
        id: identity.id.to_string(),
        environment: environment_id(world, identity.environment),
        name: identity.name.to_string(),
        operator_labels: pairs(&identity.operator_labels),
        maintenance: identity.maintenance,
        revoked: world.get::<Lease>(entity).expect(WHOLE).revoked,
    }
}

fn pairs(labels: &Labels) -> Vec<(String, String)> {
    labels.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect()
}

fn environment_id(world: &World, key: EnvironmentKey) -> String {
    let entity = world.resource::<Environments>().0.slots.entity(key);
    world.get::<EnvironmentIdentity>(entity).expect(WHOLE).id.to_string()
}

fn sorted<T>(entries: impl Iterator<Item = T>, id: fn(&T) -> &String) -> Vec<T> {
    let mut entries: Vec<T> = entries.collect();
    entries.sort_unstable_by(|a, b| id(a).cmp(id(b)));
    entries
}
