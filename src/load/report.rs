//! What a load has measured: a table for people, JSON for machines.

use std::fmt;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde::Serialize;

use crate::load::Snapshot;
use crate::load::options::LoadOptions;
use crate::load::process_cost::ProcessCost;
use crate::load::reader::Reading;
use crate::load::tracker::Tracker;

/// Everything a report is made from.
pub struct Measured<'a> {
    pub options: &'a LoadOptions,
    pub elapsed: Duration,
    pub heartbeats: Snapshot,
    pub tracker: &'a Tracker,
    pub reading: &'a Reading,
    /// A stream ended before it should.
    pub ended_early: bool,
    pub server: Option<(ProcessCost, ProcessCost)>,
    pub own: (ProcessCost, ProcessCost),
}

/// The figures of a load.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadReport {
    pub load: String,
    pub seconds: f64,
    pub heartbeats: u64,
    pub heartbeats_per_second: f64,
    pub answered200: u64,
    pub shed503: u64,
    pub refused: u64,
    pub failed: u64,
    /// Longest time the rig sent a heartbeat after it should have.
    pub rig_behind_max_ms: f64,
    /// From the intended send to the answer.
    pub answer_ms: Percentiles,
    /// From the intended send to the first `metric_update` of the node.
    pub event_ms: Percentiles,
    pub events: u64,
    pub events_per_second: f64,
    pub stream_bytes: u64,
    pub snapshots: u64,
    pub lagged: u64,
    pub positions_back: u64,
    pub streams_ended_early: bool,
    /// Heartbeats whose events streams waited for, and how many came. Unknown on open streams.
    pub beats_expected: Option<u64>,
    pub beats_seen: u64,
    pub server: Option<Cost>,
    pub rig: Cost,
}

/// Percentiles in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Percentiles {
    pub count: usize,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
}

/// What a process cost while it was measured.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cost {
    pub cpu_ms_per_second: f64,
    pub cpu_us_per_heartbeat: f64,
    pub rss_mib: f64,
    pub rss_peak_mib: f64,
}

impl LoadReport {
    /// The report of a measurement.
    pub fn new(measured: Measured<'_>) -> LoadReport {
        let Measured { options, elapsed, heartbeats, tracker, reading, ended_early, server, own } =
            measured;
        let seconds = elapsed.as_secs_f64();
        let load = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let watched = reading.watched.lock().unwrap_or_else(PoisonError::into_inner);
        let expected = (options.nodes_per_subscriber > 0)
            .then(|| watched.iter().map(|node| tracker.measured(node)).sum());
        let cost = |(before, after): (ProcessCost, ProcessCost)| {
            let cpu = (after.cpu.saturating_sub(before.cpu)).as_secs_f64();
            Cost {
                cpu_ms_per_second: cpu * 1e3 / seconds,
                cpu_us_per_heartbeat: cpu * 1e6 / heartbeats.heartbeats.max(1) as f64,
                rss_mib: after.rss_bytes as f64 / f64::from(1 << 20),
                rss_peak_mib: after.rss_peak_bytes as f64 / f64::from(1 << 20),
            }
        };
        LoadReport {
            load: options.summary(),
            seconds,
            heartbeats: heartbeats.heartbeats,
            heartbeats_per_second: heartbeats.heartbeats as f64 / seconds,
            answered200: heartbeats.answered_200,
            shed503: heartbeats.shed,
            refused: heartbeats.refused,
            failed: heartbeats.failed,
            rig_behind_max_ms: tracker.behind_max().as_secs_f64() * 1e3,
            answer_ms: Percentiles::of(tracker.answers()),
            event_ms: Percentiles::of(reading.latencies()),
            events: load(&reading.events),
            events_per_second: load(&reading.events) as f64 / seconds,
            stream_bytes: load(&reading.bytes),
            snapshots: load(&reading.snapshots),
            lagged: load(&reading.lagged),
            positions_back: load(&reading.positions_back),
            streams_ended_early: ended_early,
            beats_expected: expected,
            beats_seen: load(&reading.beats_seen),
            server: server.map(cost),
            rig: cost(own),
        }
    }

    /// Whether every answer was right: none refused or lost, no gap, no stream ended. The last
    /// heartbeat of each stream may still be under way when measuring ends.
    pub fn is_right(&self) -> bool {
        let under_way = self.beats_expected.unwrap_or(0) / 50 + 1_000;
        let seen =
            self.beats_expected.is_none_or(|expected| expected <= self.beats_seen + under_way);
        self.refused == 0
            && self.failed == 0
            && self.shed503 == 0
            && self.positions_back == 0
            && !self.streams_ended_early
            && seen
    }
}

impl Percentiles {
    /// Of latencies in microseconds.
    fn of(mut micros: Vec<u32>) -> Percentiles {
        micros.sort_unstable();
        let at = |share: f64| {
            let rank =
                ((micros.len() as f64 * share).ceil() as usize).clamp(1, micros.len().max(1));
            micros.get(rank - 1).map_or(0.0, |micros| f64::from(*micros) / 1e3)
        };
        Percentiles {
            count: micros.len(),
            p50: at(0.50),
            p90: at(0.90),
            p99: at(0.99),
            max: at(1.0),
        }
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.load)?;
        let mut row = |name: &str, value: String| writeln!(f, "  {name:<34} {value}");
        row("heartbeats", format!("{} ({:.1}/s)", self.heartbeats, self.heartbeats_per_second))?;
        let (shed, refused, failed) = (self.shed503, self.refused, self.failed);
        row("answered 200 / 503 / other / none", {
            format!("{} / {shed} / {refused} / {failed}", self.answered200)
        })?;
        row("rig behind its plan, at most", format!("{:.1} ms", self.rig_behind_max_ms))?;
        row("intended send to answer", self.answer_ms.to_string())?;
        row("intended send to first metric", self.event_ms.to_string())?;
        let expected = self.beats_expected.map_or("-".to_owned(), |count| count.to_string());
        row("heartbeats awaited / seen", format!("{expected} / {}", self.beats_seen))?;
        row("events received", format!("{} ({:.0}/s)", self.events, self.events_per_second))?;
        row("snapshots / lagged / gone back", {
            format!("{} / {} / {}", self.snapshots, self.lagged, self.positions_back)
        })?;
        if let Some(server) = &self.server {
            row("server", server.to_string())?;
        }
        row("rig", self.rig.to_string())?;
        if !self.is_right() {
            writeln!(f, "\n  Not every answer was right: see the rows above.")?;
        }
        Ok(())
    }
}

impl fmt::Display for Percentiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Percentiles { count, p50, p90, p99, max } = self;
        write!(f, "p50 {p50:.1}  p90 {p90:.1}  p99 {p99:.1}  max {max:.1} ms  (n={count})")
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0} ms CPU/s, {:.0} us CPU/heartbeat, {:.1} MiB now, {:.1} MiB at most",
            self.cpu_ms_per_second, self.cpu_us_per_heartbeat, self.rss_mib, self.rss_peak_mib
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks() {
        let of = Percentiles::of((1..=1_000).rev().map(|n| n * 1_000).collect());
        assert_eq!((of.p50, of.p90, of.p99, of.max), (500.0, 900.0, 990.0, 1_000.0));
        assert_eq!(Percentiles::of(Vec::new()).max, 0.0);
        assert_eq!(Percentiles::of(vec![7_000]).p99, 7.0);
    }
}
