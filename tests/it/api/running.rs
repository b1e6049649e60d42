//! A pipeline that runs on some nodes, for what is asked of running ones.

use serde_json::{Value, json};

use super::{EnrolledNode, Person, Whole, heartbeat};
use crate::edge::{Client, request};

/// A pipeline and the nodes that run it.
pub(super) struct Running<'a> {
    pub(super) whole: &'a Whole,
    pub(super) team: String,
    pub(super) environment: String,
    pub(super) pipeline: String,
    pub(super) nodes: Vec<EnrolledNode>,
}

impl Running<'_> {
    /// A new environment with a pipeline that runs on so many nodes.
    pub(super) async fn new<'a>(whole: &'a Whole, admin: &Person<'_>, nodes: usize) -> Running<'a> {
        let (team, environment) = admin.environment("production").await;
        let token = admin.enrollment_token(&environment).await;
        let body = json!({ "environmentId": environment, "name": "p", "config": "sources: {}" });
        let pipeline = admin.create("/api/v1/pipelines", &body).await;
        let mut running = Running { whole, team, environment, pipeline, nodes: Vec::new() };
        for number in 0..nodes {
            running.nodes.push(whole.enroll(&token, &format!("web-{number}")).await);
            running.beat(number, "RUNNING").await;
        }
        running
    }

    /// A heartbeat that tells the status of the pipeline on a node.
    pub(super) async fn beat(&self, node: usize, status: &str) {
        let report = heartbeat(&self.pipeline, status, 1);
        assert_eq!(self.agent(node, "heartbeat", &report).await, 200);
    }

    /// Sends what a node has to say and answers the status.
    pub(super) async fn agent(&self, node: usize, path: &str, body: &Value) -> u16 {
        self.whole.agent(&self.nodes[node], &format!("POST /api/agent/{path}"), body).await
    }

    /// Opens the push stream of a node.
    pub(super) async fn connect(&self, node: usize) -> Client {
        let mut client = self.whole.connect().await;
        let token = &self.nodes[node].token;
        client.send(request(token, "GET", "/api/agent/push", "").as_bytes()).await;
        client.read_until(": connected\n\n").await;
        client
    }

    /// A path below the pipeline.
    pub(super) fn path(&self, rest: &str) -> String {
        format!("/api/v1/pipelines/{}/{rest}", self.pipeline)
    }

    /// How often the edge counted something for this reason.
    pub(super) async fn counted(&self, reason: &str) -> u64 {
        let page = self.whole.send("", "GET /metrics", &Value::Null).await.body;
        let start = format!("systole_edge_total{{reason=\"{reason}\"}} ");
        page.lines().find_map(|line| line.strip_prefix(&start)).unwrap().parse().unwrap()
    }
}

/// The data of the next event of this name.
pub(super) async fn event(stream: &mut Client, name: &str) -> Value {
    stream.read_until(&format!("event: {name}\ndata: ")).await;
    serde_json::from_str(stream.read_until("\n\n").await.trim_end()).unwrap()
}
