//! Pipelines on nodes: the process as it is told, its counters, its components, its minutes.

use std::collections::BTreeMap;

use systole_systems::input::MinuteTotals;
use systole_systems::report::{ComponentCounts, Counts, PipelineReport};
use systole_systems::rows::{InstanceRef, InstanceRow};
use systole_systems::time::Millis;

use crate::model::baseline::{self, Baseline, Measured, Seen, Six};
use crate::model::{Flaw, Kept};

/// Latencies above this many seconds are not believed.
const LATENCY_SECONDS_MAX: f64 = 1_000_000.0;
/// Utilization above this is not believed.
const UTILIZATION_MAX: f64 = 1_000.0;

/// A pipeline on a node.
#[derive(Clone, Debug)]
pub struct Instance {
    pub word: String,
    pub since: u64,
    pub revision: u32,
    pub pid: Option<u32>,
    pub uptime: Option<u64>,
    pub checksum: Option<String>,
    pub updated_at: u64,
    pub baseline: Option<Baseline>,
    /// Thousandths per second.
    pub rates: Option<Six>,
    pub utilization: Option<f64>,
    pub latency_mean_millis: Option<f64>,
    /// Counters of each component when it was last seen.
    components: BTreeMap<String, Component>,
}

#[derive(Clone, Copy, Debug)]
struct Component {
    counts: ComponentCounts,
    seen_at: u64,
}

impl Instance {
    /// An instance nobody has measured yet.
    pub fn new(report: &PipelineReport<'_>, now: u64) -> Instance {
        Instance {
            word: report.status.to_owned(),
            since: now,
            revision: report.revision,
            pid: report.pid,
            uptime: report.uptime_seconds,
            checksum: report.config_checksum.map(str::to_owned),
            updated_at: now,
            baseline: None,
            rates: None,
            utilization: None,
            latency_mean_millis: None,
            components: BTreeMap::new(),
        }
    }

    /// Whether its process has crashed.
    pub fn is_crashed(&self) -> bool {
        matches!(&*self.word, "CRASHED" | "CRASH_LOOP")
    }

    /// The last counters somebody counted.
    pub fn totals(&self) -> Option<Counts> {
        self.baseline.filter(|known| !known.is_origin).map(|known| baseline::counts(&known.counts))
    }

    /// Its row in the store.
    pub fn row(&self, place: &(String, String)) -> InstanceRow {
        InstanceRow {
            instance: InstanceRef { node: place.0.clone(), pipeline: place.1.clone() },
            status: self.word.clone(),
            status_since: Millis(self.since),
            revision: self.revision,
            pid: self.pid,
            uptime_seconds: self.uptime,
            config_checksum: self.checksum.clone(),
            totals: self.baseline.map(|known| baseline::counts(&known.counts)),
            totals_pid: self.baseline.and_then(|known| known.pid),
            totals_seen_at: self.baseline.map(|known| Millis(known.at)),
            updated_at: Millis(self.updated_at),
        }
    }

    /// Takes the process as told. Answers the word it had, when that is another now.
    pub fn tell(&mut self, report: &PipelineReport<'_>, now: u64) -> Option<String> {
        self.revision = report.revision;
        self.pid = report.pid;
        self.uptime = report.uptime_seconds;
        self.checksum = report.config_checksum.map(str::to_owned);
        self.updated_at = now;
        if self.word == report.status {
            return None;
        }
        self.since = now;
        Some(std::mem::replace(&mut self.word, report.status.to_owned()))
    }

    /// Takes the measurements of a report and counts them in the minute of `now`.
    pub fn measure(&mut self, report: &PipelineReport<'_>, place: &Place<'_>, kept: &mut Kept) {
        let now = place.now;
        let is_measured = report.counters.is_some() || !report.components.is_empty();
        let uptime = match report.status {
            "RUNNING" => Some(report.uptime_seconds.unwrap_or(0)),
            _ => report.uptime_seconds,
        };
        let seen = Seen {
            is_starting: report.status == "STARTING",
            pid: report.pid,
            uptime,
            counts: is_measured.then(|| report.counters.as_ref().map_or([0; 6], baseline::six)),
            at: now,
        };
        let measured = baseline::measure(&mut self.baseline, &seen, place.flaw);
        let utilization =
            report.utilization.filter(|share| (0.0..=UTILIZATION_MAX).contains(share));
        let from_zero = matches!(measured, Measured::Delta { from_zero: true, .. });

        let mut latency = (0.0, 0);
        let mut by_component = Vec::new();
        if measured != Measured::Nothing {
            for told in report.components.iter() {
                let known = self.components.get(told.component);
                let weight =
                    baseline::passed(known.map(|known| &known.counts), &told.counts, from_zero);
                let weight = weight.unwrap_or(0);
                let component = Component { counts: told.counts, seen_at: now };
                self.components.insert(told.component.to_owned(), component);
                let believed = told
                    .latency_mean_seconds
                    .filter(|seconds| (0.0..=LATENCY_SECONDS_MAX).contains(seconds));
                if let Some(seconds) = believed {
                    let weighted = seconds * 1_000.0 * weight as f64;
                    latency = (latency.0 + weighted, u64::saturating_add(latency.1, weight));
                    by_component.push((told.component, weighted, weight));
                }
            }
        }
        // Two heartbeats in one tick have no time between them: the first one's rates stand. A process that
        // counts as it begins has none yet.
        if !matches!(measured, Measured::Delta { elapsed: 0, from_zero: false, .. }) {
            self.rates = match measured {
                Measured::Nothing | Measured::First | Measured::Delta { elapsed: 0, .. } => None,
                Measured::Delta { counts, elapsed, .. } => {
                    Some(counts.map(|count| per_second_thousandths(count, elapsed)))
                }
            };
            self.utilization = utilization;
            self.latency_mean_millis = mean(latency);
        }
        if let Measured::Delta { counts, .. } = measured {
            let gained = MinuteTotals {
                counts: baseline::counts(&counts),
                utilization_sum: utilization.unwrap_or(0.0),
                utilization_count: u32::from(utilization.is_some()),
                latency_weighted_sum: latency.0,
                latency_weight: latency.1,
            };
            kept.count(place, &gained);
            for (component, weighted, weight) in by_component {
                kept.count_latency(place, component, weighted, weight);
            }
        }
        // Of a process that counts from zero, components that are not told are gone.
        if from_zero && is_measured {
            self.components.retain(|_, component| component.seen_at == now);
        }
    }
}

/// Where and when something is measured.
pub struct Place<'a> {
    pub node: &'a str,
    pub pipeline: &'a str,
    pub now: u64,
    pub flaw: Option<Flaw>,
}

fn per_second_thousandths(count: u64, elapsed: u64) -> u64 {
    let thousandths = u128::from(count) * 1_000_000 / u128::from(elapsed);
    u64::try_from(thousandths).unwrap_or(u64::MAX)
}

fn mean((sum, weight): (f64, u64)) -> Option<f64> {
    (weight > 0).then(|| sum / weight as f64)
}
