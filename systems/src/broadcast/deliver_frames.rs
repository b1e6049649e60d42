//! Frames go to those whose route admits them; each subscriber gets one write a tick.

use bevy_ecs::prelude::{Query, Res, ResMut};

use crate::broadcast::events::write_position;
use crate::broadcast::outgoing::Outgoing;
use crate::changes::Changes;
use crate::effect::{Counters, Delivery, Effect, Frame};
use crate::ids::SubscriberKey;
use crate::index::Subscribers;
use crate::outbox::Outbox;
use crate::resume_window::ResumeWindow;
use crate::settings::Settings;
use crate::stream_epoch::StreamEpoch;
use crate::subscriber::{Phase, Progress, Reach, SubscriberIdentity};
use crate::time::Tick;
use crate::watch::Watch;

/// Routes every frame to its readers.
pub fn route_frames(
    watch: Res<Watch>,
    outbox: Res<Outbox>,
    index: Res<Subscribers>,
    mut subscribers: Query<(&Reach, &mut Progress)>,
    mut outgoing: ResMut<Outgoing>,
    mut changes: ResMut<Changes>,
    mut counters: ResMut<Counters>,
) {
    for frame in &outbox.frames {
        for (is_wide, key) in readers(&watch, frame) {
            let (reach, mut progress) =
                subscribers.get_mut(index.slots.entity(key)).expect("readers are subscribed");
            // Who reads of everything and of something by name gets it once.
            let reads = reach.route.is_wide(frame.topic) == is_wide && reach.route.admits(frame);
            if !reads || outgoing.resumed.contains_key(&key) {
                continue;
            }
            match &mut progress.phase {
                Phase::Lagging { skipped_events, .. } => {
                    *skipped_events += u64::from(frame.events);
                    changes.touched.subscribers.insert(key);
                    counters.events_skipped += u64::from(frame.events);
                }
                Phase::Opening { .. }
                | Phase::Live
                | Phase::Snapshot(_)
                | Phase::Drained { .. } => outgoing.push(key, &frame.range, frame.events),
            }
        }
    }
}

/// The subscribers a frame may concern, and whether as one of those who read of everything; their routes decide.
fn readers<'a>(
    watch: &'a Watch,
    frame: &Frame,
) -> impl Iterator<Item = (bool, SubscriberKey)> + use<'a> {
    let wide = if frame.is_wide { watch.wide_readers(frame.topic, frame.environment) } else { &[] };
    let node = frame.node.filter(|_| frame.is_watched);
    let pipeline = frame.pipeline.filter(|_| frame.is_watched);
    let by_node = node.map_or(&[][..], |node| watch.node_readers(node));
    let by_pipeline = pipeline.map_or(&[][..], |pipeline| watch.pipeline_readers(pipeline));
    let named = by_node.iter().chain(by_pipeline);
    wide.iter().map(|&key| (true, key)).chain(named.map(|&key| (false, key)))
}

/// Hands each subscriber's pieces to the shell, with the position they complete; keeps quiet streams
/// alive.
pub fn emit_deliveries(
    clock: (Res<Tick>, Res<Settings>, Res<StreamEpoch>),
    index: Res<Subscribers>,
    outgoing: Res<Outgoing>,
    mut subscribers: Query<(&SubscriberIdentity, &Reach, &mut Progress)>,
    window: Res<ResumeWindow>,
    mut outbox: ResMut<Outbox>,
    mut told: (ResMut<Changes>, ResMut<Counters>),
) {
    let (tick, settings, epoch) = clock;
    let outbox = &mut *outbox;
    let (changes, counters) = (&mut told.0, &mut told.1);
    outbox.resumable_from = window.from();
    let position = outbox.append(|out| write_position(out, epoch.0, tick.number));
    let keepalive = outbox.append(|out| out.extend_from_slice(b": keepalive\n\n"));

    for (key, entity) in index.slots.iter() {
        let (identity, reach, mut progress) = subscribers.get_mut(entity).expect(WHOLE);
        let subscriber = identity.id;
        if matches!(progress.phase, Phase::Lagging { .. }) {
            continue;
        }
        let first = outbox.ranges.len() as u32;
        let (mut events, mut delivery) = (0, Delivery::Plain);
        if let Some(parcel) = outgoing.parcel(key) {
            outbox.ranges.extend(parcel.ranges.iter().cloned());
            (events, delivery) = (parcel.events, parcel.delivery);
        } else if tick.now.since(progress.sent_at) >= settings.keepalive_interval {
            outbox.ranges.push(keepalive.clone());
        } else {
            continue;
        }
        let resumed = outgoing.resumed.get(&key);
        if resumed.is_none() && !matches!(progress.phase, Phase::Snapshot(_)) {
            outbox.ranges.push(position.clone());
        }
        let ranges = first..outbox.ranges.len() as u32;
        outbox.effects.push(Effect::Deliver { subscriber, ranges, events, delivery });
        if let Some(&after) = resumed {
            let (route, position) = (reach.route.clone(), position.clone());
            outbox.effects.push(Effect::Resume { subscriber, after, route, position });
        }
        progress.sent_at = tick.now;
        changes.touched.subscribers.insert(key);
        counters.events_delivered += u64::from(events);
    }
}

const WHOLE: &str = "subscribers are entered with their whole bundle";
