//! The document against the server: each describes the other.

mod document;
mod writes;

use serde_json::{Value, json};

use super::{EnrolledNode, Person, Whole, eventually};
use crate::edge::{Client, request};
use document::Document;

pub(super) const CONFIG: &str = "\
sources:
  in:
    type: demo_logs
    format: json
sinks:
  out:
    type: blackhole
    inputs: [in]
";

/// A server with one of each thing in it.
pub(super) struct Seeded<'a> {
    whole: &'a Whole,
    admin: Person<'a>,
    team: String,
    environment: String,
    pipeline: String,
    node: EnrolledNode,
    tap: String,
    event_request: String,
    /// The stream to the agent, without which nothing is tapped.
    _push: Client,
}

impl Seeded<'_> {
    async fn on(whole: &Whole) -> Seeded<'_> {
        let admin = whole.admin().await;
        let (team, environment) = admin.environment("production").await;
        let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
        let body = json!({ "environmentId": environment, "name": "logs", "config": CONFIG });
        let pipeline = admin.create("/api/v1/pipelines", &body).await;
        let mut push = whole.connect().await;
        push.send(request(&node.token, "GET", "/api/agent/push", "").as_bytes()).await;
        push.read_until(": connected").await;
        let (tap, event_request) = (String::new(), String::new());
        let mut seeded = Seeded {
            whole,
            admin,
            team,
            environment,
            pipeline,
            node,
            tap,
            event_request,
            _push: push,
        };
        for changelog in ["first", "second"] {
            let deploy = format!("POST /api/v1/pipelines/{}/deploy", seeded.pipeline);
            let answer = seeded.admin.ask(&deploy, &json!({ "changelog": changelog })).await;
            assert_eq!(answer.status, 200, "{answer:?}");
        }
        for events in [1_000, 2_000] {
            let body = heartbeat(&seeded.pipeline, events);
            assert_eq!(whole.agent(&seeded.node, "POST /api/agent/heartbeat", &body).await, 200);
        }
        let logs = json!([{ "pipelineId": seeded.pipeline, "lines": ["ERROR it broke"] }]);
        assert_eq!(whole.agent(&seeded.node, "POST /api/agent/logs", &logs).await, 200);
        let path = format!("/api/v1/pipelines/{}", seeded.pipeline);
        let body = json!({ "componentId": "in" });
        seeded.tap = seeded.admin.create(&format!("{path}/taps"), &body).await;
        let body = json!({ "componentIds": ["in"] });
        let path = format!("{path}/event-samples");
        seeded.event_request = seeded.admin.create(&path, &body).await;
        let result = json!({
            "requestId": seeded.event_request, "componentKey": "in", "events": [{ "a": 1 }],
            "schema": [],
        });
        let body = json!({ "results": [result] });
        assert_eq!(whole.agent(&seeded.node, "POST /api/agent/samples", &body).await, 200);
        let events = || seeded.admin.get("/api/v1/events");
        eventually(events, |events| events["items"].as_array().unwrap().len() > 1).await;
        seeded
    }

    /// A path with ids of what there is, and the parameters that must be given.
    fn filled(&self, path: &str) -> String {
        let path = path
            .replace("{nodeId}", &self.node.id)
            .replace("{pipelineId}", &self.pipeline)
            .replace("{teamId}", &self.team)
            .replace("{environmentId}", &self.environment)
            .replace("{tapId}", &self.tap)
            .replace("{requestId}", &self.event_request)
            .replace("{version}", "1");
        match path.rsplit('/').next().unwrap() {
            "deployments" | "volume" => format!("{path}?environmentId={}", self.environment),
            "diff" => format!("{path}?from=1"),
            _ => path,
        }
    }
}

#[tokio::test]
async fn every_documented_read_answers_as_described() {
    let whole = Whole::start().await;
    let seeded = Seeded::on(&whole).await;
    let document = Document::of(&whole).await;
    let mut read = 0;
    for operation in document.operations().filter(|operation| operation.method == "GET") {
        let path = seeded.filled(&operation.path);
        let token = if operation.is_of_agents() { &seeded.node.token } else { &seeded.admin.token };
        let mut paths = vec![path.clone()];
        if operation.has_parameter("range") {
            let sign = if path.contains('?') { '&' } else { '?' };
            paths.push(format!("{path}{sign}range=7d"));
        }
        for path in paths {
            let mut client = whole.connect().await;
            client.send(request(token, "GET", &path, "").as_bytes()).await;
            if operation.media_type() == Some("text/event-stream") {
                let head = client.read_until("\r\n\r\n").await.to_lowercase();
                assert!(head.starts_with("http/1.1 200"), "{path} {head}");
                assert!(head.contains("content-type: text/event-stream"), "{path} {head}");
            } else {
                operation.check(&client.whole_answer().await);
            }
            read += 1;
        }
    }
    assert!(40 < read, "{read}");
    // What is checked is there to be checked.
    let path = format!("/api/v1/pipelines/{}", seeded.pipeline);
    for (path, list) in [
        (format!("{path}/metrics"), "rows"),
        (format!("{path}/deployment"), "items"),
        (format!("{path}/samples"), "components"),
        (format!("{path}/event-samples"), "items"),
        (format!("/api/v1/nodes/{}/metrics", seeded.node.id), "rows"),
        (format!("/api/v1/nodes/{}/logs", seeded.node.id), "items"),
        ("/api/v1/audit".to_owned(), "items"),
        ("/api/v1/instances".to_owned(), "items"),
    ] {
        assert_ne!(seeded.admin.get(&path).await[list], json!([]), "{path}");
    }
    whole.stop().await;
}

#[tokio::test]
async fn a_documented_path_takes_the_documented_methods_and_no_other() {
    let whole = Whole::start().await;
    let document = Document::of(&whole).await;
    for path in document.paths() {
        let mut documented = document.methods(&path);
        if matches!(&*path, "/healthz" | "/readyz" | "/metrics" | "/api/openapi.json") {
            documented.push("HEAD".to_owned());
        }
        documented.sort();
        let filled = path.replace("{version}", "1").replace(['{', '}'], "");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            if documented.iter().any(|known| known == method) {
                continue;
            }
            let answer = whole.send("", &format!("{method} {filled}"), &Value::Null).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            let mut allowed: Vec<&str> = answer.header("allow").unwrap().split(", ").collect();
            allowed.sort_unstable();
            assert_eq!(allowed, documented, "{method} {path}");
            assert!(answer.json()["error"].is_string(), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_document_itself_is_tagged_and_needs_no_sign_in() {
    let whole = Whole::start().await;
    let answer = whole.send("", "GET /api/openapi.json", &Value::Null).await;
    assert_eq!((answer.status, answer.header("cache-control")), (200, Some("no-cache")));
    assert_eq!(answer.json()["openapi"], "3.1.0");
    let known = format!("If-None-Match: {}\r\n", answer.header("etag").unwrap());
    let again = whole.send(&known, "GET /api/openapi.json", &Value::Null).await;
    assert_eq!((again.status, &*again.body), (304, ""));
}

fn heartbeat(pipeline: &str, events: u64) -> Value {
    json!({
        "agentVersion": "1.2.3",
        "labels": { "site": "north" },
        "hostMetrics": { "memoryTotalBytes": 8_589_934_592_u64, "memoryUsedBytes": 3_221_225_472_u64,
            "cpuSecondsTotal": 1.5, "cpuSecondsIdle": 1.0 },
        "pipelines": [{
            "pipelineId": pipeline, "version": 2, "status": "RUNNING", "pid": 7,
            "uptimeSeconds": 60, "eventsIn": events, "eventsOut": events, "bytesIn": 10 * events,
            "componentMetrics": [
                { "componentId": "in", "componentKind": "source", "receivedEvents": events,
                  "sentEvents": events, "receivedBytes": 10 * events },
                { "componentId": "out", "componentKind": "sink", "receivedEvents": events,
                  "sentEvents": events, "latencyMeanSeconds": 0.004 },
            ],
        }],
    })
}
