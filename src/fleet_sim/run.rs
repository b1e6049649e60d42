//! A whole fleet of simulated agents: each in its own task, staggered over the interval.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::Method;
use tokio::sync::{Mutex, Notify, Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::fleet_sim::agent::Agent;
use crate::fleet_sim::connection::{Call, Connection, Target};
use crate::fleet_sim::flows::Flows;
use crate::fleet_sim::host::{Generation, Host, Identity};
use crate::fleet_sim::pushed::{PushReader, Pushed};
use crate::fleet_sim::scenario::Scenario;

/// Agents that enroll at the same time.
const ENROLLING_MAX: usize = 16;
/// How often a newer agent sends its log lines.
const LOG_INTERVAL: Duration = Duration::from_secs(2);
/// Of the interval of heartbeats: theirs is 5 s where nothing else is asked for.
const LOG_INTERVAL_SHARE: f64 = 0.4;
/// Pause before a heartbeat that a changed configuration calls for.
const HEARTBEAT_AFTER_CHANGE: Duration = Duration::from_secs(1);
/// Messages of the server that an agent has not looked at yet, as in real ones.
const PUSHED_MAX: usize = 16;
/// Pauses between attempts to connect the push stream.
const PUSH_PAUSE_FIRST: Duration = Duration::from_secs(1);
const PUSH_PAUSE_LONGEST: Duration = Duration::from_secs(30);

/// What a fleet is made of.
#[derive(Clone, Debug)]
pub struct FleetOptions {
    pub target: Target,
    pub enrollment_token: String,
    /// One of each becomes a node.
    pub hosts: Vec<Host>,
    /// Connections that all agents share; `None`: each has its own, and a push stream.
    pub connections: Option<usize>,
    /// Time between heartbeats; `None`: what the server asks for.
    pub interval: Option<Duration>,
    pub scenario: Scenario,
    /// Whether newer agents send log lines.
    pub logs: bool,
    pub seed: u64,
}

/// What a fleet has sent and how it was answered.
#[derive(Debug, Default)]
pub struct FleetCounts {
    pub enrolled: AtomicU64,
    pub heartbeats: AtomicU64,
    pub answered_200: AtomicU64,
    /// Answered 503: the server sheds load.
    pub shed: AtomicU64,
    /// Answered with anything else.
    pub refused: AtomicU64,
    /// Not answered.
    pub failed: AtomicU64,
}

/// A heartbeat that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Beat<'a> {
    pub node: &'a str,
    /// When it should have been sent.
    pub intended: Instant,
    /// When the answer was there.
    pub answered: Instant,
    pub status: u16,
    /// It carries counters that give rates, so that events follow.
    pub has_metrics: bool,
}

/// Is told of each heartbeat. Must be quick.
pub trait BeatObserver: Send + Sync {
    /// A heartbeat is about to be sent.
    fn sending(&self, node: &str, intended: Instant, has_metrics: bool);
    /// A heartbeat was answered.
    fn answered(&self, beat: &Beat<'_>);
}

/// Runs a fleet until `stop` is notified. `nodes` gets who each one is, as they enroll.
pub async fn run_fleet(
    mut options: FleetOptions,
    counts: Arc<FleetCounts>,
    observer: Option<Arc<dyn BeatObserver>>,
    nodes: Arc<Mutex<Vec<Identity>>>,
    stop: Arc<Notify>,
) {
    let shared: Vec<Arc<Mutex<Connection>>> = (0..options.connections.unwrap_or(0))
        .map(|_| Arc::new(Mutex::new(Connection::new(options.target.clone()))))
        .collect();
    let enrolling = Arc::new(Semaphore::new(ENROLLING_MAX));
    let (hosts, flows) = (std::mem::take(&mut options.hosts), Arc::<Flows>::default());
    let troubles = options.scenario.troubles(hosts.len(), options.seed);
    let (options, of_fleet) = (Arc::new(options), hosts.len());
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    for (index, host) in hosts.into_iter().enumerate() {
        let connection = if shared.is_empty() {
            Arc::new(Mutex::new(Connection::new(options.target.clone())))
        } else {
            shared[index % shared.len()].clone()
        };
        let seed = options.seed.wrapping_mul(1_000_003).wrapping_add(index as u64);
        let trouble = troubles.iter().find(|(troubled, _)| *troubled == index);
        let agent = Agent::new(host, connection, flows.clone(), seed);
        let member = Member {
            agent: agent.with_trouble(trouble.map(|(_, trouble)| *trouble)),
            place: index as f64 / of_fleet as f64,
            options: options.clone(),
            counts: counts.clone(),
            observer: observer.clone(),
            started,
        };
        let (enrolling, nodes) = (enrolling.clone(), nodes.clone());
        tasks.spawn(async move {
            let mut member = member;
            if member.enroll(&enrolling).await {
                nodes.lock().await.extend(member.agent.identity().cloned());
                member.live().await;
            }
        });
    }
    stop.notified().await;
    tasks.shutdown().await;
}

/// One agent of a running fleet.
struct Member {
    agent: Agent,
    /// Where in the interval it reports.
    place: f64,
    options: Arc<FleetOptions>,
    counts: Arc<FleetCounts>,
    observer: Option<Arc<dyn BeatObserver>>,
    started: Instant,
}

impl Member {
    /// A real agent exits when enrolling fails and is started again by its supervisor.
    async fn enroll(&mut self, enrolling: &Semaphore) -> bool {
        if self.is_known(enrolling).await {
            return true;
        }
        for _ in 0..10 {
            let permit = enrolling.acquire().await.expect("the semaphore is never closed");
            let outcome = self.agent.enroll(&self.options.enrollment_token).await;
            drop(permit);
            if matches!(outcome, Ok(200)) {
                self.counts.enrolled.fetch_add(1, Ordering::Relaxed);
                return true;
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        false
    }

    /// Whether it enrolled in an earlier run, and the server has not forgotten.
    async fn is_known(&mut self, enrolling: &Semaphore) -> bool {
        if self.agent.identity().is_none() {
            return false;
        }
        let _permit = enrolling.acquire().await.expect("the semaphore is never closed");
        if let Ok(401) = self.agent.poll(self.started.elapsed()).await {
            self.agent.host.identity = None;
        }
        self.agent.identity().is_some()
    }

    async fn live(&mut self) {
        self.poll().await;
        let (pushed, mut messages) = mpsc::channel(PUSHED_MAX); // full: the message is dropped
        let _push = self.options.connections.is_none().then(|| self.spawn_push(pushed.clone()));
        let mut beat_at = self.first_beat();
        let mut log_at = beat_at + self.log_interval();
        let sends_logs = self.options.logs && self.agent.generation() == Generation::Head;
        loop {
            tokio::select! {
                () = sleep_until(beat_at) => {
                    self.poll().await;
                    self.beat(beat_at).await;
                    beat_at += self.interval();
                    // After a silence or a stall an agent goes on from now, it does not catch up.
                    while beat_at < Instant::now() {
                        beat_at += self.interval();
                    }
                }
                () = sleep_until(log_at), if sends_logs => {
                    // Lines of a failed request are lost here; a real agent keeps the newest 500.
                    let _sent = self.agent.send_logs().await.is_ok();
                    log_at = Instant::now() + self.log_interval();
                }
                Some(message) = messages.recv() => {
                    if self.act(message).await {
                        beat_at = beat_at.min(Instant::now() + HEARTBEAT_AFTER_CHANGE);
                    }
                }
            }
        }
    }

    /// Does what the server asks for; whether a heartbeat should follow soon.
    async fn act(&mut self, message: Pushed) -> bool {
        let now = self.started.elapsed();
        match message {
            Pushed::ConfigChanged => {
                self.poll().await;
                return true;
            }
            Pushed::SampleRequest(request) => self.agent.answer(&request, now).await,
            Pushed::TapStart(request) => self.agent.start_tap(request, now),
            Pushed::TapStop { request_id } => self.agent.stop_tap(&request_id),
            Pushed::Unknown => (),
        }
        false
    }

    /// Agents are spread evenly over the interval.
    fn first_beat(&self) -> Instant {
        let offset = self.interval().mul_f64(self.place);
        let mut at = self.started + offset;
        while at < Instant::now() {
            at += self.interval();
        }
        at
    }

    fn interval(&self) -> Duration {
        let asked = self.agent.poll_interval.unwrap_or(Duration::from_secs(5));
        self.options.interval.unwrap_or(asked)
    }

    /// Rarer when heartbeats are, so that a fleet which is slowed down to fit a machine is so altogether.
    fn log_interval(&self) -> Duration {
        LOG_INTERVAL.max(self.interval().mul_f64(LOG_INTERVAL_SHARE))
    }

    async fn poll(&mut self) {
        let now = self.started.elapsed();
        if self.agent.poll(now).await.is_err() {
            self.counts.failed.fetch_add(1, Ordering::Relaxed);
        }
    }

    async fn beat(&mut self, intended: Instant) {
        let now = self.started.elapsed();
        let mishap = self.agent.draw(self.options.scenario, now);
        if let Some(silence) = mishap.silence {
            tokio::time::sleep(silence).await;
            return;
        }
        let body = self.agent.next_body(mishap, now);
        let has_metrics = body.pipelines.iter().any(|p| !p.component_metrics.is_empty());
        let node = self.agent.node().expect("only enrolled agents live").to_owned();
        if let Some(observer) = &self.observer {
            observer.sending(&node, intended, has_metrics);
        }
        self.counts.heartbeats.fetch_add(1, Ordering::Relaxed);
        let Ok(answer) = self.agent.send_body(&body).await else {
            self.agent.send_later(body.sample_results);
            self.counts.failed.fetch_add(1, Ordering::Relaxed);
            return;
        };
        if answer.status != 200 {
            self.agent.send_later(body.sample_results);
        }
        let count = match answer.status {
            200 => &self.counts.answered_200,
            503 => &self.counts.shed,
            _ => &self.counts.refused,
        };
        count.fetch_add(1, Ordering::Relaxed);
        if let Some(observer) = &self.observer {
            let (answered, status) = (Instant::now(), answer.status);
            observer.answered(&Beat { node: &node, intended, answered, status, has_metrics });
        }
    }

    fn spawn_push(&self, pushed: mpsc::Sender<Pushed>) -> AbortOnDrop {
        let target = self.options.target.clone();
        let token = self.agent.token().expect("only enrolled agents live").to_owned();
        AbortOnDrop(tokio::spawn(async move {
            let mut pause = PUSH_PAUSE_FIRST;
            loop {
                let began = Instant::now();
                listen(&target, &token, &pushed).await;
                pause = if began.elapsed() > Duration::from_secs(5) {
                    PUSH_PAUSE_FIRST
                } else {
                    (pause * 2).min(PUSH_PAUSE_LONGEST)
                };
                tokio::time::sleep(pause).await;
            }
        }))
    }
}

/// Reads the push stream until it ends.
async fn listen(target: &Target, token: &str, pushed: &mpsc::Sender<Pushed>) {
    let call = Call {
        method: Method::GET,
        path: "/api/agent/push",
        token: Some(token),
        ..Call::default()
    };
    let mut connection = Connection::new(target.clone());
    let Ok(response) = connection.open(&call).await else { return };
    let (mut body, mut reader) = (response.into_body(), PushReader::default());
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(bytes) = frame.into_data() else { continue };
        let Ok(messages) = reader.read(&bytes) else { return };
        for message in messages {
            // As in real agents: one that does not fit is lost, the next poll tells most of it.
            let _dropped = pushed.try_send(message).is_err();
        }
    }
}

/// Ends a task with its owner.
struct AbortOnDrop(tokio::task::JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}
