//! One event stream: counts what comes, and measures from the intended heartbeat to its first metric.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use http_body_util::BodyExt as _;
use hyper::Method;
use rustc_hash::FxHashMap;
use tokio::time::Instant;

use crate::fleet_sim::connection::{Call, Connection, Target};
use crate::load::tracker::Tracker;

/// What all streams together have seen while measuring.
#[derive(Debug, Default)]
pub struct Reading {
    measuring: AtomicBool,
    pub events: AtomicU64,
    pub bytes: AtomicU64,
    pub snapshots: AtomicU64,
    pub lagged: AtomicU64,
    /// Positions that went back.
    pub positions_back: AtomicU64,
    /// Heartbeats whose first metric came, counted once for each stream that watches the node.
    pub beats_seen: AtomicU64,
    /// The nodes that streams watch, once for each stream.
    pub watched: Mutex<Vec<String>>,
    latencies: Mutex<Vec<u32>>,
}

impl Reading {
    /// Measuring begins.
    pub fn begin(&self) {
        self.measuring.store(true, Ordering::Relaxed);
    }

    /// Latencies in microseconds.
    pub fn latencies(&self) -> Vec<u32> {
        self.latencies.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn count(&self, counter: &AtomicU64, more: u64) {
        if self.measuring.load(Ordering::Relaxed) {
            counter.fetch_add(more, Ordering::Relaxed);
        }
    }
}

/// Reads a stream of these nodes, or of all when there are none, until it ends.
pub async fn read_stream(
    target: Target,
    api_token: &str,
    watched: &[String],
    tracker: &Tracker,
    reading: &Reading,
) {
    let path = match watched {
        [] => "/api/sse".to_owned(),
        nodes => format!("/api/sse?nodeIds={}", nodes.join(",")),
    };
    reading.watched.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(watched);
    let call = Call { method: Method::GET, path: &path, token: Some(api_token), ..Call::default() };
    let mut connection = Connection::new(target);
    let Ok(response) = connection.open(&call).await else { return };
    if response.status().as_u16() != 200 {
        return;
    }
    let mut body = response.into_body();
    let mut blocks = Blocks::default();
    let mut stream = Stream { tracker, reading, seen: FxHashMap::default(), position: 0 };
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(bytes) = frame.into_data() else { continue };
        reading.count(&reading.bytes, bytes.len() as u64);
        let now = Instant::now();
        blocks.feed(&bytes, |block| stream.take(block, now));
    }
}

/// What one stream has seen.
struct Stream<'a> {
    tracker: &'a Tracker,
    reading: &'a Reading,
    /// The newest heartbeat seen of each node.
    seen: FxHashMap<String, u64>,
    position: u64,
}

impl Stream<'_> {
    fn take(&mut self, block: &str, now: Instant) {
        if let Some(position) = block.strip_prefix("id: ") {
            let tick = position.rsplit('.').next().and_then(|tick| tick.parse().ok()).unwrap_or(0);
            if tick < self.position {
                self.reading.count(&self.reading.positions_back, 1);
            }
            self.position = tick;
            return;
        }
        let Some(event) = block.strip_prefix("event: ") else { return };
        self.reading.count(&self.reading.events, 1);
        if event.starts_with("metric_update") {
            if let Some(node) = node_of(event) {
                self.metric(node, now);
            }
        } else if event.starts_with("snapshot") {
            self.reading.count(&self.reading.snapshots, 1);
        } else if event.starts_with("lagged") {
            self.reading.count(&self.reading.lagged, 1);
        }
    }

    /// The first metric of a node after its newest heartbeat ends a measurement.
    fn metric(&mut self, node: &str, now: Instant) {
        let Some(newest) = self.tracker.newest(node, now) else { return };
        match self.seen.get_mut(node) {
            Some(seen) if *seen == newest.beat => return,
            Some(seen) => *seen = newest.beat,
            None => {
                self.seen.insert(node.to_owned(), newest.beat);
            }
        }
        if !self.tracker.is_measuring() {
            return;
        }
        self.reading.count(&self.reading.beats_seen, 1);
        let micros = u32::try_from(newest.latency.as_micros()).unwrap_or(u32::MAX);
        let mut latencies = self.reading.latencies.lock().unwrap_or_else(PoisonError::into_inner);
        latencies.push(micros);
    }
}

fn node_of(event: &str) -> Option<&str> {
    let (_, rest) = event.split_once("\"nodeId\":\"")?;
    rest.split('"').next()
}

/// Cuts a stream into blocks, wherever its pieces end.
#[derive(Debug, Default)]
struct Blocks {
    rest: Vec<u8>,
}

impl Blocks {
    fn feed(&mut self, bytes: &[u8], mut take: impl FnMut(&str)) {
        self.rest.extend_from_slice(bytes);
        let mut start = 0;
        while let Some(end) = find_end(&self.rest[start..]) {
            if let Ok(block) = std::str::from_utf8(&self.rest[start..start + end]) {
                take(block);
            }
            start += end + 2;
        }
        self.rest.drain(..start);
    }
}

fn find_end(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == b'\n') {
        if bytes.get(from + at + 1) == Some(&b'\n') {
            return Some(from + at);
        }
        from += at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_the_same_however_the_stream_is_cut() {
        let text = b": connected\n\nretry: 2000\n\nevent: a\ndata: {}\n\nid: 1.2\n\nevent: half";
        for size in 1..text.len() {
            let mut blocks = Blocks::default();
            let mut seen = Vec::new();
            for piece in text.chunks(size) {
                blocks.feed(piece, |block| seen.push(block.to_owned()));
            }
            assert_eq!(seen, [": connected", "retry: 2000", "event: a\ndata: {}", "id: 1.2"]);
        }
    }

    #[test]
    fn a_metric_names_its_node() {
        let event = "metric_update\ndata: {\"type\":\"metric_update\",\"nodeId\":\"n1\",\"x\":1}";
        assert_eq!(node_of(event), Some("n1"));
        assert_eq!(node_of("metric_update\ndata: {}"), None);
    }
}
