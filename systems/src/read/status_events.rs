//! The changes of status of the last tick, with names, for whoever asks; rows of history are staged elsewhere.

use bevy_ecs::prelude::World;

use crate::environment::EnvironmentIdentity;
use crate::fingerprint::{EntityKey, EntityName, name_of};
use crate::index::Environments;
use crate::read::WHOLE;
use crate::rows::StatusEventRow;
use crate::time::Tick;
use crate::transitions::{Subject, Transition, Transitions};

/// The changes in the order they happened, as the rows that were staged of them.
pub(crate) fn status_events(world: &World) -> Vec<StatusEventRow> {
    let list = &world.resource::<Transitions>().list;
    let rows = list.iter().enumerate();
    rows.filter_map(|(ordinal, transition)| row(world, ordinal as u32, transition)).collect()
}

/// `None`: a node or instance that left in the same tick takes its history with it.
fn row(world: &World, ordinal: u32, transition: &Transition) -> Option<StatusEventRow> {
    let tick = world.resource::<Tick>();
    let of = match transition.subject {
        Subject::Node => None,
        Subject::Instance(instance) => Some(EntityKey::Instance(instance)),
        Subject::Deployment(pipeline) => Some(EntityKey::Pipeline(pipeline)),
    };
    let EntityName::Node(node) = name_of(world, EntityKey::Node(transition.node))? else {
        unreachable!("the name of a node was asked for")
    };
    let pipeline = match of {
        None => None,
        Some(of) => match name_of(world, of)? {
            EntityName::Pipeline(pipeline) | EntityName::Instance { pipeline, .. } => {
                Some(pipeline)
            }
            EntityName::Environment(_) | EntityName::Node(_) | EntityName::Subscriber(_) => {
                unreachable!("the name of a pipeline or an instance was asked for")
            }
        },
    };
    let environment = world.resource::<Environments>().0.slots.entity(transition.environment);
    let environment = world.get::<EnvironmentIdentity>(environment).expect(WHOLE);
    Some(StatusEventRow {
        tick: tick.number,
        ordinal,
        node,
        pipeline,
        environment: environment.id.to_string(),
        from_status: transition.from.as_ref().map(ToString::to_string),
        to_status: transition.to.to_string(),
        reason: transition.reason.to_string(),
        at: tick.now,
    })
}
