//! Streams open, move their filter, fall behind, catch up and go.

use bevy_ecs::prelude::{Mut, World};

use crate::access::Access;
use crate::changes::Changes;
use crate::effect::{CloseCause, Counters};
use crate::ids::SubscriberId;
use crate::inbox::Inbox;
use crate::index::Subscribers;
use crate::input::{Filter, Input, Subscribed};
use crate::streams::{close_subscriber, close_subscribers, drop_subscriber};
use crate::subscriber::{Phase, Progress, Reach, SubscriberBundle, SubscriberIdentity, Wish};
use crate::time::Tick;

/// Applies what the shell tells about streams, in order of arrival.
#[expect(clippy::wildcard_enum_match_arm, reason = "the inbox has matched every variant by name")]
pub fn apply_subscriptions(world: &mut World) {
    world.resource_scope(|world, inbox: Mut<Inbox>| {
        for input in inbox.read(&inbox.subscriptions) {
            match input {
                Input::Subscribed(subscribed) => subscribe(world, &subscribed),
                // In order of arrival with the streams it may have opened in this very tick.
                Input::CredentialRevoked { credential } => {
                    close_subscribers(world, CloseCause::Revoked, |subscriber| {
                        &*subscriber.credential == credential
                    });
                }
                Input::FilterMoved { subscriber, filter } => {
                    move_filter(world, subscriber, &filter);
                }
                Input::SubscriberLagged { subscriber, skipped_events } => {
                    lagged(world, subscriber, skipped_events);
                }
                Input::SubscriberDrained { subscriber } => drained(world, subscriber),
                Input::SubscriberLost { subscriber } => drop_subscriber(world, subscriber),
                other => unreachable!("the inbox sorts inputs by their reader: {other:?}"),
            }
        }
    });
}

fn subscribe(world: &mut World, subscribed: &Subscribed<'_>) {
    let now = world.resource::<Tick>().now;
    let key = world.resource_mut::<Subscribers>().slots.issue(now);
    let bundle = SubscriberBundle {
        identity: SubscriberIdentity {
            key,
            id: subscribed.subscriber,
            stream: subscribed.stream.into(),
            user: subscribed.user.into(),
            credential: subscribed.credential.into(),
        },
        wish: Wish::of(&subscribed.filter),
        reach: Reach::default(),
        progress: Progress { phase: Phase::Opening { resume: subscribed.resume }, sent_at: now },
    };
    let entity = world.spawn(bundle).id();
    world.resource_mut::<Subscribers>().insert(subscribed.subscriber, key, entity);
    world.resource_mut::<Changes>().subscribers_moved.insert(key);
    // Somebody who was deleted in this tick, or never was.
    if !world.resource::<Access>().knows(subscribed.user) {
        close_subscriber(world, subscribed.subscriber, CloseCause::Revoked);
    }
}

fn move_filter(world: &mut World, id: SubscriberId, filter: &Filter<'_>) {
    let Some(key) = world.resource::<Subscribers>().key(id) else { return };
    let entity = world.resource::<Subscribers>().slots.entity(key);
    *world.get_mut::<Wish>(entity).expect("subscribers have a wish") = Wish::of(filter);
    world.resource_mut::<Changes>().subscribers_moved.insert(key);
}

fn drained(world: &mut World, id: SubscriberId) {
    let Some(key) = world.resource::<Subscribers>().key(id) else { return };
    world.resource_mut::<Changes>().touched.subscribers.insert(key);
    let entity = world.resource::<Subscribers>().slots.entity(key);
    let mut progress = world.get_mut::<Progress>(entity).expect("subscribers have a progress");
    match &mut progress.phase {
        Phase::Lagging { skipped_events, .. } => {
            progress.phase = Phase::Drained { skipped_events: *skipped_events };
        }
        Phase::Snapshot(cursor) => cursor.may_send = true,
        Phase::Opening { .. } | Phase::Live | Phase::Drained { .. } => (),
    }
}

/// A subscriber that is behind already only misses more.
fn lagged(world: &mut World, id: SubscriberId, more: u32) {
    let Some(key) = world.resource::<Subscribers>().key(id) else { return };
    world.resource_mut::<Changes>().touched.subscribers.insert(key);
    let now = world.resource::<Tick>().now;
    let entity = world.resource::<Subscribers>().slots.entity(key);
    let mut progress = world.get_mut::<Progress>(entity).expect("subscribers have a progress");
    let more = u64::from(more);
    match &mut progress.phase {
        Phase::Lagging { skipped_events, .. } | Phase::Drained { skipped_events } => {
            *skipped_events += more;
        }
        Phase::Opening { .. } | Phase::Live | Phase::Snapshot(_) => {
            progress.phase = Phase::Lagging { since: now, skipped_events: more };
            world.resource_mut::<Counters>().subscribers_lagged += 1;
        }
    }
    world.resource_mut::<Counters>().events_skipped += more;
}
