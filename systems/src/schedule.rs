//! The tick, top to bottom. Reading this file is reading the engine.

use bevy_ecs::prelude::{IntoScheduleConfigs as _, Schedule, SystemSet};
use bevy_ecs::schedule::{LogLevel, ScheduleBuildSettings, ScheduleLabel, SingleThreadedExecutor};

use crate::{broadcast, check, ingest, liveness, persist, rollout, rollup};

/// The schedule of one tick.
#[derive(ScheduleLabel, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TickSchedule;

/// Stages of a tick, in execution order.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Inputs become component writes.
    Ingest,
    /// Time passes: leases run out, node status is derived.
    Liveness,
    /// What nodes are to run is decided, and how far deploys have got.
    Rollout,
    /// Measurements become deltas, rates, minutes and sums.
    Rollup,
    /// Changes become frames, frames go to subscribers.
    Broadcast,
    /// Changes become rows, rows become batches.
    Persist,
    /// What must hold is checked.
    Check,
}

/// Builds the tick.
pub fn tick_schedule() -> Schedule {
    use Stage::{Broadcast, Check, Ingest, Liveness, Persist, Rollout, Rollup};

    let mut schedule = Schedule::new(TickSchedule);
    schedule.set_executor(SingleThreadedExecutor::new());
    schedule.set_build_settings(ScheduleBuildSettings {
        ambiguity_detection: LogLevel::Error,
        ..ScheduleBuildSettings::new()
    });
    schedule.configure_sets((Ingest, Liveness, Rollout, Rollup, Broadcast, Check).chain());
    // Rows and events are made of the same state, and neither changes it.
    schedule.configure_sets(Persist.after(Rollup).before(Check).ambiguous_with(Broadcast));

    // Answers of the store first: a settled batch frees its place for this tick.
    let ingest = (
        ingest::settle_batch::settle_batch,
        ingest::apply_control::apply_control,
        ingest::apply_loaded::apply_loaded,
        ingest::resolve_heartbeats::resolve_heartbeats,
        ingest::apply_heartbeats::apply_heartbeats,
    );
    schedule.add_systems(ingest.chain().in_set(Ingest));
    // Who leaves says no more, and lines change no status.
    let after_heartbeats = (
        ingest::note_departures::note_departures,
        ingest::apply_logs::apply_logs.ambiguous_with(ingest::note_departures::note_departures),
    );
    let heartbeats = ingest::apply_heartbeats::apply_heartbeats;
    schedule.add_systems(after_heartbeats.after(heartbeats).in_set(Ingest));
    // Streams depend on people, and on nothing that agents say.
    let streams = ingest::apply_subscriptions::apply_subscriptions
        .after(ingest::apply_control::apply_control)
        .ambiguous_with(ingest::apply_loaded::apply_loaded)
        .ambiguous_with(ingest::resolve_heartbeats::resolve_heartbeats)
        .ambiguous_with(ingest::apply_heartbeats::apply_heartbeats)
        .ambiguous_with(ingest::note_departures::note_departures)
        .ambiguous_with(ingest::apply_logs::apply_logs);
    schedule.add_systems(streams.in_set(Ingest));

    let liveness = (
        liveness::derive_node_status::expire_leases,
        liveness::derive_node_status::derive_node_status,
    );
    schedule.add_systems(liveness.chain().in_set(Liveness));

    let rollout =
        (rollout::derive_desired::derive_desired, rollout::follow_rollouts::follow_rollouts);
    schedule.add_systems(rollout.chain().in_set(Rollout));

    let rollup = (
        rollup::apply_observations::apply_observations,
        rollup::evict_departed::evict_departed,
        rollup::derive_totals::derive_totals,
    );
    schedule.add_systems(rollup.chain().in_set(Rollup));

    // Frames for many come first in the buffer, what is for one alone after them.
    let broadcast = (
        broadcast::resolve_routes::resolve_routes,
        broadcast::end_slow_streams::end_slow_streams,
        broadcast::encode_frames::encode_frames,
        broadcast::send_snapshots::send_snapshots,
        broadcast::deliver_frames::route_frames,
        broadcast::deliver_frames::emit_deliveries,
    );
    schedule.add_systems(broadcast.chain().in_set(Broadcast));

    let persist = (persist::stage_events::stage_events, persist::cut_batch::cut_batch);
    schedule.add_systems(persist.chain().in_set(Persist));

    schedule.add_systems(check::check_totals::check_totals.in_set(Check));
    let fingerprint = (
        check::update_fingerprint::update_fingerprint,
        check::check_fingerprint::check_fingerprint,
    );
    schedule.add_systems(fingerprint.chain().in_set(Check));
    schedule
}
