//! One simulated agent, step by step: enroll, poll, heartbeat, logs. The order of steps is its caller's.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use fastrand::Rng;
use hyper::Method;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::clock::wall_now;
use crate::fleet_sim::connection::{Answer, Call, CallError, Connection};
use crate::fleet_sim::flows::Flows;
use crate::fleet_sim::host::{Generation, Host, Identity};
use crate::fleet_sim::host_usage::HostUsage;
use crate::fleet_sim::messages::{
    AgentHealth, ConfigAnswer, EnrollAnswer, EnrollRequest, HeartbeatBody, Labels, LogBatch,
    SampleResult,
};
use crate::fleet_sim::process::Process;
use crate::fleet_sim::scenario::{Mishap, Scenario, Trouble};
use crate::fleet_sim::taps::SimulatedTaps;

mod asked;

/// A simulated agent, the processes it supervises, and what it was asked to show of them.
pub struct Agent {
    pub host: Host,
    connection: Arc<Mutex<Connection>>,
    flows: Arc<Flows>,
    processes: Vec<Process>,
    trouble: Option<Trouble>,
    /// What the server last asked for.
    pub poll_interval: Option<Duration>,
    rng: Rng,
    usage: HostUsage,
    /// Results that go with the next heartbeat.
    results: Vec<SampleResult>,
    /// Requests that a newer agent does not answer again.
    sampled: VecDeque<String>,
    taps: SimulatedTaps,
}

const VECTOR_VERSION: &str = "vector 0.53.0 (x86_64-unknown-linux-gnu)";

impl Agent {
    /// The agent of a host, which reads configurations together with the others of its fleet.
    pub fn new(
        host: Host,
        connection: Arc<Mutex<Connection>>,
        flows: Arc<Flows>,
        seed: u64,
    ) -> Agent {
        let mut rng = Rng::with_seed(seed);
        let usage = HostUsage::of(&mut rng);
        Agent {
            host,
            connection,
            flows,
            processes: Vec::new(),
            trouble: None,
            poll_interval: None,
            rng,
            usage,
            results: Vec::new(),
            sampled: VecDeque::new(),
            taps: SimulatedTaps::default(),
        }
    }

    /// The same agent in trouble, or in none.
    pub fn with_trouble(self, trouble: Option<Trouble>) -> Agent {
        Agent { trouble, ..self }
    }

    /// Who it is, once it is enrolled.
    pub fn identity(&self) -> Option<&Identity> {
        self.host.identity.as_ref()
    }

    /// The node's id, once it is enrolled.
    pub fn node(&self) -> Option<&str> {
        self.identity().map(|identity| &*identity.node_id)
    }

    /// The node's token, once it is enrolled.
    pub fn token(&self) -> Option<&str> {
        self.identity().map(|identity| &*identity.node_token)
    }

    /// Which program it is.
    pub fn generation(&self) -> Generation {
        self.host.generation
    }

    /// Draws what happens to the node next.
    pub fn draw(&mut self, scenario: Scenario, now: Duration) -> Mishap {
        let mishap = scenario.draw(&mut self.rng);
        self.trouble.map_or(mishap, |trouble| trouble.befall(mishap, now))
    }

    /// Enrolls with a token. Answers the status when it is not 200.
    pub async fn enroll(&mut self, token: &str) -> Result<u16, CallError> {
        let labels = self.labels();
        let request = EnrollRequest {
            token,
            hostname: &self.host.name,
            os: "linux/amd64",
            agent_version: self.version(),
            vector_version: VECTOR_VERSION,
            labels: labels.as_ref(),
        };
        let answer = self.post("/api/agent/enroll", &request).await?;
        if answer.status == 200 {
            let EnrollAnswer { node_id, node_token } =
                serde_json::from_slice(&answer.body).map_err(|error| CallError::new(&error))?;
            let host = self.host.name.clone();
            self.host.identity = Some(Identity { host, node_id, node_token });
        }
        Ok(answer.status)
    }

    /// Fetches the configuration and starts, restarts and stops processes accordingly.
    pub async fn poll(&mut self, now: Duration) -> Result<u16, CallError> {
        let call = Call {
            method: Method::GET,
            path: "/api/agent/config",
            token: self.token(),
            // As agents do; it is most of the bytes of a large fleet.
            headers: &[("accept-encoding", "gzip")],
            ..Call::default()
        };
        let answer = self.connection.lock().await.call(&call).await?;
        if answer.status == 200 {
            let config: ConfigAnswer =
                serde_json::from_slice(&answer.body).map_err(|error| CallError::new(&error))?;
            self.apply(config, now);
        }
        Ok(answer.status)
    }

    /// Sends a heartbeat after what has happened since the last one.
    pub async fn heartbeat(&mut self, mishap: Mishap, now: Duration) -> Result<Answer, CallError> {
        let body = self.next_body(mishap, now);
        self.post("/api/agent/heartbeat", &body).await
    }

    /// Sends a heartbeat with a body of the caller's.
    pub async fn send_body(&self, body: &HeartbeatBody) -> Result<Answer, CallError> {
        self.post("/api/agent/heartbeat", body).await
    }

    /// Sends the lines logged since the last call, when there are any.
    pub async fn send_logs(&mut self) -> Result<Option<Answer>, CallError> {
        let (mut batches, at) = (Vec::new(), wall_now());
        for process in &mut self.processes {
            let lines = process.take_lines(at);
            if !lines.is_empty() {
                let pipeline_id = process.pipeline.id.clone();
                batches.push(LogBatch { pipeline_id, lines });
            }
        }
        if batches.is_empty() {
            return Ok(None);
        }
        self.post("/api/agent/logs", &batches).await.map(Some)
    }

    /// The next heartbeat's body.
    pub fn next_body(&mut self, mishap: Mishap, now: Duration) -> HeartbeatBody {
        for process in &mut self.processes {
            process.advance(&mut self.rng, now);
        }
        let victim = match mishap.is_loop {
            true => 0,
            false => self.rng.usize(..self.processes.len().max(1)),
        };
        if let Some(process) = self.processes.get_mut(victim) {
            if let Some(downtime) = mishap.crash {
                process.crash(now, downtime);
            }
            if process.is_running(now) {
                if mishap.logs_error {
                    process.log_error(&mut self.rng);
                }
                process.log_routine(&mut self.rng);
            }
        }
        let processes = self.processes.iter();
        let mut pipelines: Vec<_> = processes.map(|p| p.status(&mut self.rng, now)).collect();
        for (status, process) in pipelines.iter_mut().zip(&mut self.processes) {
            self.rng.shuffle(&mut status.component_metrics);
            match self.host.generation {
                Generation::M002 => status.recent_logs = process.take_lines(wall_now()),
                Generation::Head => {
                    status.config_checksum = Some(process.pipeline.checksum.clone());
                    if status.status == "RUNNING" {
                        status.utilization = Some(0.2 + self.rng.f64() * 0.5);
                    }
                }
            }
        }
        self.rng.shuffle(&mut pipelines);
        let running = self.processes.iter().filter(|process| process.is_running(now)).count();
        let is_head = self.generation() == Generation::Head;
        HeartbeatBody {
            pipelines,
            host_metrics: (running > 0).then(|| self.usage.measure(&mut self.rng, now)),
            agent_version: self.version().to_owned(),
            vector_version: VECTOR_VERSION.to_owned(),
            deployment_mode: "STANDALONE",
            running_as: is_head.then_some("root"),
            labels: self.labels(),
            agent_health: is_head.then(|| AgentHealth {
                pipelines_running: running,
                uptime_seconds: now.as_secs_f64(),
                ..AgentHealth::default()
            }),
            sample_results: std::mem::take(&mut self.results),
        }
    }

    fn apply(&mut self, config: ConfigAnswer, now: Duration) {
        for request in &config.sample_requests {
            let results = self.sample(request, now);
            self.send_later(results);
        }
        if config.poll_interval_ms > 0 {
            self.poll_interval = Some(Duration::from_millis(config.poll_interval_ms));
        }
        self.processes.retain(|process| {
            config.pipelines.iter().any(|wanted| wanted.pipeline_id == process.pipeline.id)
        });
        for wanted in config.pipelines {
            let known =
                self.processes.iter_mut().find(|process| process.pipeline.id == wanted.pipeline_id);
            match known {
                Some(_) if self.trouble == Some(Trouble::KeepsVersions) => (),
                Some(process) if process.pipeline.checksum == wanted.checksum => {
                    process.pipeline.version = wanted.version;
                }
                Some(process) => {
                    let reading = self.flows.of(&wanted);
                    *process = Process::start(wanted, reading, &mut self.rng, now);
                }
                None => {
                    let reading = self.flows.of(&wanted);
                    self.processes.push(Process::start(wanted, reading, &mut self.rng, now));
                }
            }
        }
    }

    fn labels(&self) -> Option<Labels> {
        (self.generation() == Generation::Head).then(|| self.host.labels.clone())
    }

    fn version(&self) -> &'static str {
        match self.generation() {
            Generation::M002 => "sim-m002",
            Generation::Head => "sim-head",
        }
    }

    async fn post<T: Serialize + Sync>(&self, path: &str, body: &T) -> Result<Answer, CallError> {
        let body = Bytes::from(serde_json::to_vec(body).map_err(|error| CallError::new(&error))?);
        let call =
            Call { method: Method::POST, path, token: self.token(), body, ..Call::default() };
        self.connection.lock().await.call(&call).await
    }
}
