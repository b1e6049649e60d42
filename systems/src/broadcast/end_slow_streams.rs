//! Streams that stay behind for too long end.

use bevy_ecs::prelude::World;

use crate::effect::CloseCause;
use crate::ids::SubscriberId;
use crate::index::Subscribers;
use crate::settings::Settings;
use crate::streams::close_subscriber;
use crate::subscriber::{Phase, Progress, SubscriberIdentity};
use crate::time::Tick;

/// Ends the streams whose reader has not caught up within the setting's bound.
pub fn end_slow_streams(world: &mut World) {
    let now = world.resource::<Tick>().now;
    let lag_max = world.resource::<Settings>().lag_max;
    let subscribers = world.resource::<Subscribers>().slots.iter();
    let slow: Vec<SubscriberId> = subscribers
        .filter(|(_, entity)| {
            let progress = world.get::<Progress>(*entity).expect("subscribers have a progress");
            matches!(progress.phase, Phase::Lagging { since, .. } if now.since(since) >= lag_max)
        })
        .map(|(_, entity)| world.get::<SubscriberIdentity>(entity).expect("it has an identity").id)
        .collect();
    for subscriber in slow {
        close_subscriber(world, subscriber, CloseCause::TooSlow);
    }
}
