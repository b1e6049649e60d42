//! A host over time: means of gauges, and rates of counters between samples that can be compared.

use std::collections::BTreeMap;

use systole_systems::answer::Unflushed;
use systole_systems::report::HostMetrics;
use systole_systems::time::Minute;

use crate::history::minutes::first_minute;
use crate::history::range::Range;
use crate::store::resolution::{MINUTES_PER_HOUR, Resolution, spans};
use crate::store::{HOST_GAP_MINUTES, HostSums, Hour, Store, StoreResult};

/// Seconds in a minute.
const SECONDS: f64 = 60.0;

/// A host in each bucket of a range; buckets without samples are absent.
pub async fn series(
    store: &dyn Store,
    node: &str,
    range: &Range,
    live: &Unflushed,
) -> StoreResult<BTreeMap<Minute, HostSums>> {
    let Hour(next_hour) = store.next_hour().await?;
    let rolled = Minute(next_hour.saturating_mul(MINUTES_PER_HOUR));
    let rolled = first_minute(live).map_or(rolled, |edge| edge.min(rolled));
    let mut buckets = BTreeMap::<Minute, HostSums>::new();
    for span in spans(range.from, range.until, range.coarsest(), rolled) {
        match span.resolution {
            Resolution::Hour | Resolution::Day => {
                for (bucket, sums) in store.host_series(node, span, range.width).await? {
                    buckets.entry(bucket).or_default().add(&sums);
                }
            }
            Resolution::Minute => {
                let since = Minute(span.from.0.saturating_sub(HOST_GAP_MINUTES));
                let samples = samples(store, node, since, live).await?;
                let mut before = None;
                for (minute, host) in samples.range(..span.until) {
                    if span.from <= *minute {
                        let sums = HostSums::of_sample((*minute, host), before);
                        buckets.entry(range.bucket(*minute)).or_default().add(&sums);
                    }
                    before = Some((*minute, host));
                }
            }
        }
    }
    Ok(buckets)
}

/// Samples by the minute, the core's before the store's.
pub async fn samples(
    store: &dyn Store,
    node: &str,
    since: Minute,
    live: &Unflushed,
) -> StoreResult<BTreeMap<Minute, HostMetrics>> {
    let mut samples: BTreeMap<_, _> = store.node_minutes(node, since).await?.into_iter().collect();
    // In the order of the scan, newest first.
    let newest_last = live.hosts.iter().rev().filter(|row| since <= row.minute);
    samples.extend(newest_last.map(|row| (row.minute, row.host)));
    Ok(samples)
}

impl HostSums {
    /// One sample, and what happened since the one before, if that can be told.
    fn of_sample(
        (minute, host): (Minute, &HostMetrics),
        before: Option<(Minute, &HostMetrics)>,
    ) -> HostSums {
        let mut sums = HostSums {
            samples: 1,
            memory_total_bytes: host.memory_total_bytes as f64,
            memory_used_bytes: host.memory_used_bytes as f64,
            fs_total_bytes: host.fs_total_bytes as f64,
            fs_used_bytes: host.fs_used_bytes as f64,
            load_avg_1: host.load_avg_1,
            load_avg_5: host.load_avg_5,
            load_avg_15: host.load_avg_15,
            ..HostSums::default()
        };
        let Some((minute_before, before)) = before else { return sums };
        let minutes = minute.0 - minute_before.0;
        if HOST_GAP_MINUTES < minutes {
            return sums;
        }
        let seconds = f64::from(minutes) * SECONDS;
        // A counter that fell began anew in between, and says nothing of what happened.
        let grown = |now: u64, before: u64| now.checked_sub(before).map(|bytes| bytes as f64);
        let cpu = host.cpu_seconds_total - before.cpu_seconds_total;
        let idle = host.cpu_seconds_idle - before.cpu_seconds_idle;
        if cpu >= 0.0 && idle >= 0.0 {
            (sums.cpu_seconds, sums.cpu_idle_seconds) = (cpu, idle);
        }
        let read = grown(host.disk_read_bytes, before.disk_read_bytes);
        let written = grown(host.disk_written_bytes, before.disk_written_bytes);
        if let Some((read, written)) = read.zip(written) {
            sums.disk_seconds = seconds;
            (sums.disk_read_bytes, sums.disk_written_bytes) = (read, written);
        }
        let rx = grown(host.net_rx_bytes, before.net_rx_bytes);
        let tx = grown(host.net_tx_bytes, before.net_tx_bytes);
        if let Some((rx, tx)) = rx.zip(tx) {
            sums.net_seconds = seconds;
            (sums.net_rx_bytes, sums.net_tx_bytes) = (rx, tx);
        }
        sums
    }

    /// Adds another stretch of time.
    pub fn add(&mut self, other: &HostSums) {
        let samples = self.samples + other.samples;
        if samples == 0 {
            return;
        }
        let share = other.samples as f64 / samples as f64;
        for (mean, more) in [
            (&mut self.memory_total_bytes, other.memory_total_bytes),
            (&mut self.memory_used_bytes, other.memory_used_bytes),
            (&mut self.fs_total_bytes, other.fs_total_bytes),
            (&mut self.fs_used_bytes, other.fs_used_bytes),
            (&mut self.load_avg_1, other.load_avg_1),
            (&mut self.load_avg_5, other.load_avg_5),
            (&mut self.load_avg_15, other.load_avg_15),
        ] {
            *mean += (more - *mean) * share;
        }
        for (sum, more) in [
            (&mut self.cpu_seconds, other.cpu_seconds),
            (&mut self.cpu_idle_seconds, other.cpu_idle_seconds),
            (&mut self.disk_seconds, other.disk_seconds),
            (&mut self.disk_read_bytes, other.disk_read_bytes),
            (&mut self.disk_written_bytes, other.disk_written_bytes),
            (&mut self.net_seconds, other.net_seconds),
            (&mut self.net_rx_bytes, other.net_rx_bytes),
            (&mut self.net_tx_bytes, other.net_tx_bytes),
        ] {
            *sum += more;
        }
        self.samples = samples;
    }

    /// Busy time of all processors, 0 to 100; `None`: not measured.
    pub fn cpu_percent(&self) -> Option<f64> {
        let busy = self.cpu_seconds - self.cpu_idle_seconds;
        (self.cpu_seconds > 0.0).then(|| (busy / self.cpu_seconds * 100.0).clamp(0.0, 100.0))
    }
}

/// What a counter grew by in a second; `None`: not measured.
pub fn per_second(grown: f64, seconds: f64) -> Option<f64> {
    (seconds > 0.0).then(|| grown / seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(cpu: f64, read: u64) -> HostMetrics {
        HostMetrics {
            cpu_seconds_total: cpu,
            cpu_seconds_idle: cpu / 4.0,
            disk_read_bytes: read,
            ..HostMetrics::default()
        }
    }

    fn rates(before: (u32, HostMetrics), now: (u32, HostMetrics)) -> (Option<f64>, Option<f64>) {
        let before = Some((Minute(before.0), &before.1));
        let sums = HostSums::of_sample((Minute(now.0), &now.1), before);
        (sums.cpu_percent(), per_second(sums.disk_read_bytes, sums.disk_seconds))
    }

    #[test]
    fn rates_need_two_samples_that_can_be_compared() {
        let (earlier, later) = (host(100.0, 600), host(160.0, 6_600));
        assert_eq!(rates((1, earlier), (2, later)), (Some(75.0), Some(100.0)));
        assert_eq!(rates((1, earlier), (6, later)), (Some(75.0), Some(20.0)));
        // A gap, and counters that began anew.
        assert_eq!(rates((1, earlier), (7, later)), (None, None));
        assert_eq!(rates((1, later), (2, earlier)), (None, None));
        assert_eq!(rates((1, earlier), (2, host(160.0, 599))), (Some(75.0), None));
        // Nothing read is a rate of zero.
        assert_eq!(rates((1, earlier), (2, host(160.0, 600))).1, Some(0.0));
    }

    #[test]
    fn means_are_weighted_by_their_samples() {
        let sample = |used| HostSums { samples: 1, memory_used_bytes: used, ..HostSums::default() };
        let mut sums = HostSums::default();
        for used in [1.0, 2.0, 6.0] {
            sums.add(&sample(used));
        }
        assert_eq!((sums.samples, sums.memory_used_bytes), (3, 3.0));
        sums.add(&HostSums { samples: 3, memory_used_bytes: 5.0, ..HostSums::default() });
        assert_eq!((sums.samples, sums.memory_used_bytes), (6, 4.0));
    }
}
