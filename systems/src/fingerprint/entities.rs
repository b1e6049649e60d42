//! What of each kind of entity goes into the fingerprint: what rules decide by and people are shown.

use crate::answer::Sample;
use crate::component_rows::ComponentRows;
use crate::effect::Counters as Tallies;
use crate::environment::NodeCounts;
use crate::fingerprint::hash::Hash;
use crate::instance::{Contribution, Counters, MinuteAccumulator, ProcessStatus, RateSums, Totals};
use crate::node::{Failing, Lease, NodeReport, StatusSince};
use crate::pipeline::{Deployed, Deployment};
use crate::status::NodeStatus;
use crate::subscriber::{Phase, Progress};
use crate::time::Millis;

pub(crate) fn hash_environment(
    identity: u64,
    name: &str,
    team: &str,
    nodes: &NodeCounts,
    totals: &Totals,
) -> u64 {
    let mut hash = Hash::seeded(identity);
    hash.text(name);
    hash.text(team);
    let [a, b, c, d] = nodes.0;
    hash.pair(two(a, b), two(c, d));
    write_totals(&mut hash, totals);
    hash.finish()
}

pub(crate) fn hash_node(
    identity: u64,
    (lease, failing): (&Lease, &Failing),
    (status, since): (&NodeStatus, &StatusSince),
    report: &NodeReport,
    totals: &Totals,
) -> u64 {
    let mut hash = Hash::seeded(identity);
    hash.pair(optional(lease.heard_at), optional(lease.heard_at_listened));
    let flags = u64::from(lease.expired) | u64::from(lease.revoked) << 1;
    hash.pair(since.0.0, flags | (*status as u64) << 8 | u64::from(failing.0) << 32);
    hash.optional_text(report.agent_version.as_deref());
    hash.optional_text(report.vector_version.as_deref());
    hash.optional_text(report.update_error.as_deref());
    for (key, value) in &report.labels {
        hash.text(key);
        hash.text(value);
    }
    if let Some((at, host)) = &report.host {
        hash.pair(at.0, host.memory_used_bytes);
        hash.pair(host.cpu_seconds_total.to_bits(), host.net_rx_bytes);
    }
    write_totals(&mut hash, totals);
    hash.finish()
}

pub(crate) fn hash_pipeline(
    identity: u64,
    (name, revision): (&str, u32),
    deployment: &Deployment,
    minute: &MinuteAccumulator,
    totals: &Totals,
) -> u64 {
    let mut hash = Hash::seeded(identity);
    hash.text(name);
    hash.pair(u64::from(revision), 0);
    if let Some(Deployed { revision, checksum, selector }) = &deployment.deployed {
        hash.pair(u64::from(*revision), 1);
        hash.text(checksum);
        for (key, value) in selector {
            hash.text(key);
            hash.text(value);
        }
    }
    if let Some(rollout) = &deployment.rollout {
        hash.pair(rollout.began_at.0, rollout.waiting.sum());
        let [failed, late, arrived] =
            [&rollout.failed, &rollout.late, &rollout.arrived].map(|set| set.len() as u32);
        hash.pair(two(rollout.waiting.len() as u32, failed), two(late, arrived));
    }
    write_minute(&mut hash, minute);
    write_totals(&mut hash, totals);
    hash.finish()
}

/// What a heartbeat only repeats (its totals, its pid) is not hashed: it is on the tape already, and
/// everything that is computed from it is here.
pub(crate) fn hash_instance(
    identity: u64,
    process: &ProcessStatus,
    counters: &Counters,
    (minute, contribution): (&MinuteAccumulator, &Contribution),
    components: &ComponentRows,
) -> u64 {
    let seen = counters.baseline.as_ref().map(|baseline| baseline.seen_at);
    let class = match contribution.class {
        None => 0,
        Some(None) => 1,
        Some(Some(class)) => 2 + class as u64,
    };
    let mut hash = Hash::seeded(identity);
    hash.pairs([
        [process.since.0, process.updated_at.0],
        [optional(seen), u64::from(process.revision) << 8 | class],
    ]);
    if let Some(rates) = &counters.rates {
        write_rates(&mut hash, rates);
    }
    hash.pair(real(counters.utilization), real(counters.latency_mean_millis));
    write_minute(&mut hash, minute);
    for row in &components.rows {
        let latency = [row.latency_weighted_sum.to_bits(), row.latency_weight];
        match row.latest() {
            Some(sample) => {
                let [first, second] = sample_pairs(&sample);
                hash.pairs([latency, first, second]);
            }
            None => hash.pairs([latency]),
        }
    }
    hash.finish()
}

/// Where a stream is directed shows in what is counted as delivered.
pub(crate) fn hash_subscriber(identity: u64, progress: &Progress) -> u64 {
    let mut hash = Hash::seeded(identity);
    hash.pair(progress.sent_at.0, 0);
    match &progress.phase {
        Phase::Opening { resume } => {
            let resume = resume.map_or((0, 0), |position| (position.epoch, position.tick.0));
            hash.pair(1, resume.0);
            hash.pair(resume.1, 0);
        }
        Phase::Live => hash.pair(2, 0),
        Phase::Snapshot(cursor) => {
            hash.pair(3 | u64::from(cursor.may_send) << 8, u64::from(cursor.part));
            let (instance, row) = cursor.instance.map_or((u32::MAX, 0), |at| (at.0.0, at.1));
            hash.pair(two(cursor.node.0, instance), u64::from(row));
        }
        Phase::Lagging { since, skipped_events } => {
            hash.pair(4, since.0);
            hash.pair(*skipped_events, 0);
        }
        Phase::Drained { skipped_events } => hash.pair(5, *skipped_events),
    }
    hash.finish()
}

/// What streams were sent is no entity; its count shows whether it was the same.
pub(crate) fn hash_tallies(tallies: &Tallies) -> u64 {
    let mut hash = Hash::seeded(0x7461_6c6c_6965_7300);
    hash.pair(tallies.heartbeats, tallies.pipelines_reported);
    hash.pair(tallies.components_reported, tallies.counter_resets);
    hash.pair(tallies.log_lines, tallies.status_events);
    hash.pair(tallies.events_encoded, tallies.events_delivered);
    hash.pair(tallies.events_skipped, tallies.snapshots);
    hash.pair(tallies.resumed, tallies.subscribers_revoked);
    hash.finish()
}

fn write_totals(hash: &mut Hash, totals: &Totals) {
    let [a, b, c, d, e] = totals.instances;
    hash.pairs([
        [two(a, b), two(c, d)],
        [two(e, totals.instances_no_data), u64::from(totals.rated)],
    ]);
    write_rates(hash, &totals.rates);
}

#[inline]
fn write_rates(hash: &mut Hash, rates: &RateSums) {
    hash.pairs([
        [rates.events_in, rates.events_out],
        [rates.errors, rates.discarded],
        [rates.bytes_in, rates.bytes_out],
    ]);
}

#[inline]
fn write_minute(hash: &mut Hash, minute: &MinuteAccumulator) {
    let totals = &minute.totals;
    hash.pairs([
        [totals.counts.events_in, totals.counts.events_out],
        [totals.counts.errors, totals.counts.discarded],
        [totals.counts.bytes_in, totals.counts.bytes_out],
        [totals.utilization_sum.to_bits(), two(minute.minute.0, totals.utilization_count)],
        [totals.latency_weighted_sum.to_bits(), totals.latency_weight],
    ]);
}

fn sample_pairs(sample: &Sample) -> [[u64; 2]; 2] {
    // Not a number has many forms; which one is nobody's decision.
    let latency = sample.latency_mean_millis;
    let latency = if latency.is_nan() { u32::MAX } else { latency.to_bits() };
    let events = two(sample.received_events.to_bits(), sample.sent_events.to_bits());
    let bytes = two(sample.received_bytes.to_bits(), sample.sent_bytes.to_bits());
    [
        [sample.at.0 ^ u64::from(latency) << 32, events],
        [bytes, two(sample.errors.to_bits(), sample.discarded.to_bits())],
    ]
}

fn two(first: u32, second: u32) -> u64 {
    u64::from(first) | u64::from(second) << 32
}

fn optional(at: Option<Millis>) -> u64 {
    at.map_or(u64::MAX, |at| at.0)
}

fn real(value: Option<f64>) -> u64 {
    value.map_or(u64::MAX, f64::to_bits)
}
