//! A server that was recorded: two environments, a node in each, a restart in between, and a silence.

use std::path::PathBuf;
use std::time::Duration;

use hyper::Method;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::server::{Kind, Place, Running};

pub(crate) const LABEL: &str = "rack-seventeen-of-hall-nine";
pub(crate) const LINE: &str = "could not reach billing.corp.example with account anna";
pub(crate) const UPDATE_ERROR: &str = "no space left on the volume of anna";

/// A node is UNREACHABLE after three seconds.
const OPTIONS: [&str; 2] = ["--heartbeat-interval-ms=1000", "--unreachable-after=3"];

/// What there was.
pub(crate) struct Recording {
    place: Place,
    pub(crate) north: Side,
    pub(crate) south: Side,
    /// May see the northern environment.
    pub(crate) viewer: String,
    pub(crate) heartbeats: u64,
}

/// An environment and what is in it, by id.
pub(crate) struct Side {
    pub(crate) environment: String,
    pub(crate) pipeline: String,
    pub(crate) node: String,
    host: String,
    node_token: String,
}

impl Recording {
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.place.data_dir()
    }

    /// A path beside the data directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.data_dir().with_file_name(name)
    }

    pub(crate) fn hosts(&self) -> [&str; 2] {
        [&self.north.host, &self.south.host]
    }
}

/// Records a server, which has ended when this does.
pub(crate) async fn record() -> Recording {
    let place = Place::new(Kind::Sqlite).await;
    let running = place.serve(&OPTIONS).await;
    let token = running.root_token().await;
    let root = Root { running: &running, token };
    let (team, north) = root.side("north", "pipeline-one").await;
    let (_, south) = root.side("south", "pipeline-two").await;
    let person = json!({"email": "vera@systole.test", "password": "correct horse"});
    let viewer = root.create("/api/v1/users", &person).await;
    let path = format!("/api/v1/teams/{team}/members/{viewer}");
    root.ask(Method::PUT, &path, &json!({"role": "VIEWER"})).await;

    let mut heartbeats = 0;
    for (events, status) in [(100, "RUNNING"), (150, "RUNNING"), (210, "CRASHED")] {
        for side in [&north, &south] {
            side.beat(&running, events, status).await;
            heartbeats += 1;
        }
    }
    running.stop().await;

    let running = place.serve(&OPTIONS).await;
    for events in [300, 400] {
        for side in [&north, &south] {
            side.beat(&running, events, "RUNNING").await;
            heartbeats += 1;
        }
    }
    // Longer than two intervals, and not as long as three.
    sleep(Duration::from_millis(2_400)).await;
    for side in [&north, &south] {
        side.beat(&running, 500, "RUNNING").await;
        heartbeats += 1;
    }
    snapshots(&place).await;
    running.stop().await;
    Recording { place, north, south, viewer, heartbeats }
}

/// Waits for the snapshot between the two lives of the server.
async fn snapshots(place: &Place) {
    let ends = Instant::now() + Duration::from_secs(10);
    loop {
        let mut files = std::fs::read_dir(place.data_dir().join("journal")).unwrap();
        let is_snapshot = |name: &str| name.ends_with(".snapshot");
        if files.any(|file| is_snapshot(file.unwrap().file_name().to_str().unwrap())) {
            return;
        }
        assert!(Instant::now() < ends, "no snapshot was made");
        sleep(Duration::from_millis(50)).await;
    }
}

impl Side {
    async fn beat(&self, running: &Running, events: u64, status: &str) {
        let body = json!({
            "agentVersion": "1.2.3", "updateError": UPDATE_ERROR, "labels": {"site": LABEL},
            "pipelines": [{
                "pipelineId": self.pipeline, "version": 1, "status": status, "pid": 7,
                "uptimeSeconds": 60, "eventsIn": events, "eventsOut": events, "errorsTotal": 1,
                "recentLogs": [format!("ERROR {LINE}")],
                "componentMetrics": [{"componentId": "in", "componentKind": "source",
                    "receivedEvents": events, "sentEvents": events}],
            }],
        });
        let (path, token) = ("/api/agent/heartbeat", Some(self.node_token.as_str()));
        let answer = running.call(Method::POST, path, token, &body.to_string()).await;
        assert_eq!(answer.status, 200);
        let logs = json!([{"pipelineId": self.pipeline, "logs": [{
            "level": "ERROR", "message": LINE, "timestamp": "2026-03-01T12:00:00Z"}]}]);
        running.call(Method::POST, "/api/agent/logs", token, &logs.to_string()).await;
        sleep(Duration::from_millis(60)).await;
    }
}

/// The super-admin.
struct Root<'a> {
    running: &'a Running,
    token: String,
}

impl Root<'_> {
    async fn ask(&self, method: Method, path: &str, body: &Value) -> Value {
        let answer = self.running.call(method, path, Some(&self.token), &body.to_string()).await;
        assert!(answer.status < 300, "{path}: {}", answer.status);
        serde_json::from_slice(&answer.body).unwrap_or_default()
    }

    async fn create(&self, path: &str, body: &Value) -> String {
        self.ask(Method::POST, path, body).await["id"].as_str().unwrap().to_owned()
    }

    /// The id of a team, and what is its own.
    async fn side(&self, name: &str, pipeline: &str) -> (String, Side) {
        let team = self.create("/api/v1/teams", &json!({ "name": name })).await;
        let body = json!({ "name": format!("environment-of-the-{name}"), "teamId": team });
        let environment = self.create("/api/v1/environments", &body).await;
        let body = json!({ "environmentId": environment, "name": pipeline, "config": "a: {}" });
        let pipeline = self.create("/api/v1/pipelines", &body).await;
        let path = format!("/api/v1/environments/{environment}/enrollment-token");
        let token = self.ask(Method::POST, &path, &Value::Null).await["token"].clone();
        let host = format!("web-{name}-17.corp.example");
        let body = json!({ "token": token, "hostname": host, "os": "linux/amd64" });
        let enrolled = self.ask(Method::POST, "/api/agent/enroll", &body).await;
        let text = |name: &str| enrolled[name].as_str().unwrap().to_owned();
        let (node, node_token) = (text("nodeId"), text("nodeToken"));
        (team, Side { environment, pipeline, node, host, node_token })
    }
}
