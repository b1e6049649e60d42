//! Wishes and rights become routes. A stream whose scope got narrower ends within the tick.

use bevy_ecs::prelude::{Entity, World};

use crate::access::scope_of;
use crate::changes::Changes;
use crate::effect::{CloseCause, Route};
use crate::ids::{EnvironmentKey, SubscriberKey};
use crate::index::{Environments, Nodes, Pipelines, Subscribers};
use crate::streams::close_subscriber;
use crate::subscriber::{Reach, SubscriberIdentity, Wish};
use crate::time::Tick;
use crate::watch::Watch;

/// Resolves the routes of subscribers that moved; of all when the directory changed.
pub fn resolve_routes(world: &mut World) {
    let tick = *world.resource::<Tick>();
    world.resource_mut::<Watch>().sweep(tick.now);
    let subscribers = world.resource::<Subscribers>();
    let stale: Vec<(SubscriberKey, Entity)> = if world.resource::<Changes>().directory {
        subscribers.slots.iter().collect()
    } else {
        let moved = world.resource::<Changes>().subscribers_moved.iter();
        moved.map(|key| (key, subscribers.slots.entity(key))).collect()
    };
    for (key, entity) in stale {
        let identity = world.get::<SubscriberIdentity>(entity).expect(WHOLE);
        let reach = world.get::<Reach>(entity).expect(WHOLE);
        let scope = scope_of(world, &identity.user);
        let id = identity.id;
        if reach.scope.iter().any(|environment| scope.binary_search(environment).is_err()) {
            close_subscriber(world, id, CloseCause::Revoked);
            continue;
        }
        let route = route_of(world, world.get::<Wish>(entity).expect(WHOLE), &scope);
        let mut reach = world.get_mut::<Reach>(entity).expect(WHOLE);
        reach.scope = scope;
        if reach.route == route {
            continue;
        }
        let old = std::mem::replace(&mut reach.route, route.clone());
        let mut watch = world.resource_mut::<Watch>();
        watch.remove(key, &old, tick.now);
        watch.add(key, &route, &tick);
    }
}

const WHOLE: &str = "subscribers are entered with their whole bundle";

fn route_of(world: &World, wish: &Wish, scope: &[EnvironmentKey]) -> Route {
    let environments = match &wish.environments {
        None => scope.to_vec(),
        Some(ids) => {
            let index = &world.resource::<Environments>().0;
            let wanted = keys(ids, |id| index.key(id));
            wanted.into_iter().filter(|key| scope.binary_search(key).is_ok()).collect()
        }
    };
    let nodes = &world.resource::<Nodes>().0;
    let pipelines = &world.resource::<Pipelines>().0;
    Route {
        environments,
        topics: wish.topics,
        nodes: wish.nodes.as_ref().map(|ids| keys(ids, |id| nodes.key(id))),
        pipelines: wish.pipelines.as_ref().map(|ids| keys(ids, |id| pipelines.key(id))),
    }
}

fn keys<K: Ord>(ids: &[Box<str>], find: impl Fn(&str) -> Option<K>) -> Vec<K> {
    let mut keys: Vec<K> = ids.iter().filter_map(|id| find(id)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}
