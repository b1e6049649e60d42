//! Live taps of a simulated agent: a few events a second for each, until the server has enough.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use hyper::Method;
use tokio::sync::{Mutex, Notify};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::clock::wall_now;
use crate::fleet_sim::connection::{Call, Connection};
use crate::fleet_sim::events::event;
use crate::fleet_sim::messages::{TapReport, TapRequest};
use crate::fleet_sim::subjects::EventKind;

/// Taps an agent runs at once; more are refused without a word.
const TAPS_MAX: usize = 3;
/// Longest life of a tap.
const LIFE_MAX: Duration = Duration::from_secs(300);
/// Time between two reports.
const REPORT_PAUSE: Duration = Duration::from_millis(500);

/// The taps of one agent. They end with it.
#[derive(Default)]
pub struct SimulatedTaps {
    running: BTreeMap<String, Running>,
}

struct Running {
    stop: Arc<Notify>,
    task: JoinHandle<()>,
}

/// What a tap needs of its agent.
pub struct TapSource {
    pub connection: Arc<Mutex<Connection>>,
    pub token: String,
    pub host: String,
    /// What passes there.
    pub events: EventKind,
    pub rng: Rng,
}

impl SimulatedTaps {
    /// Starts a tap, if there is a place for it.
    pub fn start(&mut self, request: TapRequest, source: TapSource) {
        self.running.retain(|_, running| !running.task.is_finished());
        if TAPS_MAX <= self.running.len() || self.running.contains_key(&request.request_id) {
            return;
        }
        let stop = Arc::<Notify>::default();
        let id = request.request_id.clone();
        let task = tokio::spawn(run(request, source, stop.clone()));
        self.running.insert(id, Running { stop, task });
    }

    /// Stops a tap; it says good-bye by itself.
    pub fn stop(&mut self, request: &str) {
        if let Some(running) = self.running.get(request) {
            running.stop.notify_one();
        }
    }
}

impl Drop for SimulatedTaps {
    fn drop(&mut self) {
        self.running.values().for_each(|running| running.task.abort());
    }
}

async fn run(request: TapRequest, mut source: TapSource, stop: Arc<Notify>) {
    let started = Instant::now();
    while started.elapsed() < LIFE_MAX {
        tokio::select! {
            () = stop.notified() => break,
            () = sleep(REPORT_PAUSE) => {
                let now = wall_now();
                let count = source.rng.usize(1..4);
                let events = (0..count)
                    .map(|_| event(&source.events, &source.host, now, &mut source.rng))
                    .collect();
                send(&source, &TapReport { events, ..TapReport::of(&request) }).await;
            }
        }
    }
    let (status, reason) = (Some("stopped"), Some("cancelled"));
    send(&source, &TapReport { status, reason, ..TapReport::of(&request) }).await;
}

/// A report that fails is lost, as in real agents.
async fn send(source: &TapSource, report: &TapReport<'_>) {
    let body = Bytes::from(serde_json::to_vec(report).expect("plain data"));
    let call = Call {
        method: Method::POST,
        path: "/api/agent/tap-events",
        token: Some(&source.token),
        body,
        ..Call::default()
    };
    let _lost = source.connection.lock().await.call(&call).await.is_err();
}
