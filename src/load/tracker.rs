//! When each node's newest heartbeat should have been sent: what latencies are measured from.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use rustc_hash::FxHashMap;
use tokio::time::Instant;

use crate::fleet_sim::run::{Beat, BeatObserver};

/// The newest heartbeats, and the answers' latencies.
#[derive(Debug, Default)]
pub struct Tracker {
    nodes: RwLock<FxHashMap<String, Tracked>>,
    epoch: std::sync::OnceLock<Instant>,
    measuring: AtomicBool,
    /// From the intended send to the answer, in microseconds.
    answers: Mutex<Vec<u32>>,
    /// Longest time a heartbeat was sent after it should have been, in microseconds.
    behind_max: AtomicU64,
}

#[derive(Debug, Default)]
struct Tracked {
    /// Number of the newest heartbeat with measurements; 0: none yet.
    beat: AtomicU64,
    /// When it should have been sent, in microseconds since the epoch.
    intended: AtomicU64,
    /// Beats with measurements sent while measuring.
    measured: AtomicU64,
}

/// A heartbeat that an event may belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewestBeat {
    pub beat: u64,
    pub latency: Duration,
}

impl Tracker {
    /// Starts keeping track of these nodes.
    pub fn watch(&self, nodes: &[String]) {
        self.epoch.get_or_init(Instant::now);
        let mut tracked = self.nodes.write().unwrap_or_else(PoisonError::into_inner);
        tracked.extend(nodes.iter().map(|node| (node.clone(), Tracked::default())));
    }

    /// Measuring begins.
    pub fn begin(&self) {
        self.measuring.store(true, Ordering::Relaxed);
    }

    /// Measuring ends; events of heartbeats that are under way still count.
    pub fn end(&self) {
        self.measuring.store(false, Ordering::Relaxed);
    }

    /// The newest heartbeat of a node, as of an event that arrived now.
    pub fn newest(&self, node: &str, now: Instant) -> Option<NewestBeat> {
        let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
        let tracked = nodes.get(node)?;
        let beat = tracked.beat.load(Ordering::Acquire);
        let since = self.micros(now).saturating_sub(tracked.intended.load(Ordering::Relaxed));
        (beat > 0).then_some(NewestBeat { beat, latency: Duration::from_micros(since) })
    }

    /// Latencies of answers, in microseconds.
    pub fn answers(&self) -> Vec<u32> {
        self.answers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The longest time a heartbeat was sent too late.
    pub fn behind_max(&self) -> Duration {
        Duration::from_micros(self.behind_max.load(Ordering::Relaxed))
    }

    /// Heartbeats with measurements sent by a node while measuring.
    pub fn measured(&self, node: &str) -> u64 {
        let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
        nodes.get(node).map_or(0, |tracked| tracked.measured.load(Ordering::Relaxed))
    }

    /// Whether measuring is under way.
    pub fn is_measuring(&self) -> bool {
        self.measuring.load(Ordering::Relaxed)
    }

    fn micros(&self, instant: Instant) -> u64 {
        let epoch = *self.epoch.get_or_init(Instant::now);
        instant.saturating_duration_since(epoch).as_micros() as u64
    }
}

impl BeatObserver for Tracker {
    fn sending(&self, node: &str, intended: Instant, has_metrics: bool) {
        let measuring = self.is_measuring();
        if measuring {
            let behind = intended.elapsed().as_micros() as u64;
            self.behind_max.fetch_max(behind, Ordering::Relaxed);
        }
        let nodes = self.nodes.read().unwrap_or_else(PoisonError::into_inner);
        let Some(tracked) = nodes.get(node).filter(|_| has_metrics) else { return };
        tracked.intended.store(self.micros(intended), Ordering::Relaxed);
        tracked.beat.fetch_add(1, Ordering::Release);
        if measuring {
            tracked.measured.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn answered(&self, beat: &Beat<'_>) {
        if !self.is_measuring() {
            return;
        }
        let latency = beat.answered.saturating_duration_since(beat.intended).as_micros();
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.push(u32::try_from(latency).unwrap_or(u32::MAX));
    }
}
