//! How streams end: the shell is told, the subscriber forgotten.

use bevy_ecs::prelude::World;

use crate::changes::Changes;
use crate::effect::{CloseCause, Counters, Effect};
use crate::ids::SubscriberId;
use crate::index::Subscribers;
use crate::outbox::Outbox;
use crate::subscriber::{Reach, SubscriberIdentity};
use crate::time::Tick;
use crate::watch::Watch;

/// Ends the streams that `ends` picks, in key order.
pub(crate) fn close_subscribers(
    world: &mut World,
    cause: CloseCause,
    ends: impl Fn(&SubscriberIdentity) -> bool,
) {
    let picked: Vec<SubscriberId> = world
        .resource::<Subscribers>()
        .slots
        .iter()
        .filter_map(|(_, entity)| world.get::<SubscriberIdentity>(entity))
        .filter(|identity| ends(identity))
        .map(|identity| identity.id)
        .collect();
    for subscriber in picked {
        close_subscriber(world, subscriber, cause);
    }
}

/// Ends a stream: tells the shell and forgets the subscriber.
pub(crate) fn close_subscriber(world: &mut World, subscriber: SubscriberId, cause: CloseCause) {
    let mut counters = world.resource_mut::<Counters>();
    match cause {
        CloseCause::Revoked => counters.subscribers_revoked += 1,
        CloseCause::TooSlow => counters.subscribers_closed_slow += 1,
    }
    world.resource_mut::<Outbox>().effects.push(Effect::Close { subscriber, cause });
    drop_subscriber(world, subscriber);
}

/// Forgets all subscribers of a process that is gone; nobody is there to be told.
pub(crate) fn close_all_subscribers(world: &mut World) {
    let all: Vec<SubscriberId> = world
        .resource::<Subscribers>()
        .slots
        .iter()
        .filter_map(|(_, entity)| world.get::<SubscriberIdentity>(entity))
        .map(|identity| identity.id)
        .collect();
    for subscriber in all {
        drop_subscriber(world, subscriber);
    }
}

/// Forgets a subscriber.
pub(crate) fn drop_subscriber(world: &mut World, id: SubscriberId) {
    let now = world.resource::<Tick>().now;
    let Some((key, entity)) = world.resource_mut::<Subscribers>().remove(id, now) else { return };
    let reach = world.get::<Reach>(entity).expect("subscribers have a reach");
    let route = reach.route.clone();
    world.resource_mut::<Watch>().remove(key, &route, now);
    let mut changes = world.resource_mut::<Changes>();
    changes.subscribers_moved.remove(key);
    changes.touched.subscribers.insert(key);
    world.despawn(entity);
}
