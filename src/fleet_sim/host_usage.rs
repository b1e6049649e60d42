//! How busy a simulated machine is: it wanders slowly around what is usual there. Counters never go down.

use std::time::Duration;

use fastrand::Rng;

use crate::fleet_sim::messages::HostMetrics;

const CORES: f64 = 2.0;
const MEMORY_BYTES: u64 = 8 << 30;
/// Age of a machine when its agent starts.
const BOOTED_BEFORE: f64 = 10.0;
/// Of so many machines about one is hot.
const HOT_EVERY: u32 = 20;
const BUSY: Wandering = Wandering { least: 0.03, most: 0.95, step: 0.08 };
const MEMORY: Wandering = Wandering { least: 0.1, most: 0.95, step: 0.02 };

/// What a machine has done so far, and how busy it is now.
#[derive(Clone, Debug)]
pub struct HostUsage {
    usual_busy: f64,
    usual_memory: f64,
    /// Shares of all there is.
    busy: f64,
    memory: f64,
    busy_seconds: f64,
    idle_seconds: f64,
    measured_at: Duration,
}

/// How a share moves from one look to the next.
struct Wandering {
    least: f64,
    most: f64,
    step: f64,
}

impl HostUsage {
    /// A machine that has just started.
    pub fn of(rng: &mut Rng) -> HostUsage {
        // What neighbouring seeds draw first is alike.
        let rng = &mut rng.fork();
        let is_hot = rng.u32(..HOT_EVERY) == 0;
        let usual_busy = if is_hot { 0.82 + rng.f64() * 0.1 } else { 0.06 + rng.f64() * 0.5 };
        let usual_memory = 0.25 + rng.f64() * 0.5;
        HostUsage {
            usual_busy,
            usual_memory,
            busy: usual_busy,
            memory: usual_memory,
            busy_seconds: BOOTED_BEFORE * usual_busy,
            idle_seconds: BOOTED_BEFORE * (1.0 - usual_busy),
            measured_at: Duration::ZERO,
        }
    }

    /// Moves the machine to `now`, and measures it.
    pub fn measure(&mut self, rng: &mut Rng, now: Duration) -> HostMetrics {
        self.busy = BUSY.next(self.busy, self.usual_busy, rng);
        self.memory = MEMORY.next(self.memory, self.usual_memory, rng);
        let core_seconds = now.saturating_sub(self.measured_at).as_secs_f64() * CORES;
        self.measured_at = now;
        self.busy_seconds += core_seconds * self.busy;
        self.idle_seconds += core_seconds * (1.0 - self.busy);
        let used = (MEMORY_BYTES as f64 * self.memory) as u64;
        let (load, usual_load) = (self.busy * CORES, self.usual_busy * CORES);
        let moved = |bytes_per_second: f64| (self.busy_seconds * bytes_per_second) as u64;
        HostMetrics {
            memory_total_bytes: MEMORY_BYTES,
            memory_used_bytes: used,
            memory_free_bytes: MEMORY_BYTES - used,
            cpu_seconds_total: self.busy_seconds + self.idle_seconds,
            cpu_seconds_idle: self.idle_seconds,
            load_avg1: load,
            load_avg5: f64::midpoint(load, usual_load),
            load_avg15: usual_load,
            fs_total_bytes: 64 << 30,
            fs_used_bytes: 20 << 30,
            fs_free_bytes: 44 << 30,
            disk_read_bytes: moved(60_000.0),
            disk_written_bytes: moved(140_000.0),
            net_rx_bytes: moved(640_000.0),
            net_tx_bytes: moved(790_000.0),
        }
    }
}

impl Wandering {
    /// A step from a share, drawn back to the usual one.
    fn next(&self, share: f64, usual: f64, rng: &mut Rng) -> f64 {
        let drift = (usual - share) * 0.05 + (rng.f64() - 0.5) * self.step;
        (share + drift).clamp(self.least, self.most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: u64 = 400;
    const STEP_SECONDS: u64 = 5;

    /// What a machine tells, from its first look on.
    fn story(seed: u64) -> Vec<HostMetrics> {
        let mut rng = Rng::with_seed(seed);
        let mut usage = HostUsage::of(&mut rng);
        let at = |step| Duration::from_secs(step * STEP_SECONDS);
        (0..=STEPS).map(|step| usage.measure(&mut rng, at(step))).collect()
    }

    /// The busy percentage between two looks, as the server computes it.
    fn busy_percent(before: &HostMetrics, after: &HostMetrics) -> f64 {
        let total = after.cpu_seconds_total - before.cpu_seconds_total;
        let idle = after.cpu_seconds_idle - before.cpu_seconds_idle;
        (total - idle) / total * 100.0
    }

    #[test]
    fn counters_never_go_down_and_shares_wander_slowly_within_bounds() {
        for seed in 0..60 {
            let story = story(seed);
            let mut last = None;
            for pair in story.windows(2) {
                let [before, after] = pair else { panic!() };
                let grown = after.cpu_seconds_total - before.cpu_seconds_total;
                assert!((grown - STEP_SECONDS as f64 * CORES).abs() < 1e-6, "{grown}");
                assert!(before.cpu_seconds_idle < after.cpu_seconds_idle);
                assert!(before.disk_read_bytes < after.disk_read_bytes);
                assert!(before.net_tx_bytes < after.net_tx_bytes);
                assert_eq!(after.memory_used_bytes + after.memory_free_bytes, MEMORY_BYTES);
                let memory = after.memory_used_bytes.abs_diff(before.memory_used_bytes);
                assert!(memory < MEMORY_BYTES / 20, "{memory}");

                let busy = busy_percent(before, after);
                assert!((2.99..95.01).contains(&busy), "{busy}");
                let step = last.replace(busy).map_or(0.0, |last: f64| (busy - last).abs());
                assert!(step < 10.0, "{step}");
            }
        }
    }

    #[test]
    fn machines_differ_a_few_are_hot_and_a_seed_tells_the_same_twice() {
        // As `run_fleet` draws them.
        for seeds in [0..60, 1_000_003..1_000_063, 7_000_021..7_000_081] {
            let mut shares: Vec<f64> = seeds
                .map(story)
                .map(|story| busy_percent(&story[0], &story[story.len() - 1]))
                .collect();
            let hot = shares.iter().filter(|share| **share > 70.0).count();
            assert!((1..=8).contains(&hot), "{hot} in {shares:?}");
            shares.sort_by(f64::total_cmp);
            shares.dedup();
            assert_eq!(shares.len(), 60);
            assert!(shares[0] < 15.0, "{shares:?}");
        }
        let told = |seed| serde_json::to_string(&story(seed)).unwrap();
        assert_eq!(told(7), told(7));
        assert_ne!(told(7), told(8));
    }

    #[test]
    fn a_look_at_the_same_moment_counts_nothing() {
        let mut rng = Rng::with_seed(1);
        let mut usage = HostUsage::of(&mut rng);
        let [first, second] = [9, 9].map(|at| usage.measure(&mut rng, Duration::from_secs(at)));
        assert_eq!(first.cpu_seconds_total.to_bits(), second.cpu_seconds_total.to_bits());
        assert_eq!(first.cpu_seconds_idle.to_bits(), second.cpu_seconds_idle.to_bits());
    }
}
