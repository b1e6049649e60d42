//! Requests and answers of the agents' endpoints, over sockets.

use std::sync::atomic::Ordering;

use serde_json::json;
use systole::edge_counters::Reason;
use systole::ports::IngressLimits;
use systole::ports::Load;
use systole_systems::desired::DesiredSet;
use systole_systems::input::{Input, Inputs};
use systole_systems::shared::Shared;

use crate::captures::{FILES, requests};
use crate::edge::{ENROLLMENT_TOKEN, Edge, LIMITS, NODE_TOKEN};

const HEARTBEAT: &str = r#"{"pipelines":[{"pipelineId":"p1","version":1,"status":"RUNNING"}]}"#;

#[tokio::test]
async fn a_heartbeat_is_answered_when_its_tick_is_done() {
    let edge = Edge::start().await;
    let mut client = edge.connect().await;
    for path in ["/api/agent/heartbeat", "//api/agent/heartbeat"] {
        let answer = client.ask("POST", path, HEARTBEAT).await;
        assert_eq!((answer.status, answer.header("content-length")), (200, Some("0")));
    }
    let taken = edge.taken.lock().unwrap();
    assert_eq!(taken.len(), 2, "both on one connection, both in a tick before their answers");
    let Input::Heartbeat(heartbeat) = taken[1].get(0) else { panic!("a heartbeat") };
    assert_eq!((heartbeat.node, heartbeat.pipelines.iter().count()), ("n1", 1));
}

#[tokio::test]
async fn what_real_agents_sent_is_answered_200() {
    let edge = Edge::start().await;
    edge.app.caches.configs.set_node("n1", &Shared::<DesiredSet>::default());
    for file in FILES {
        let mut client = edge.connect().await;
        for captured in requests(file) {
            let tokens = |text: &str| {
                text.replace(&format!("vf_enroll_{}", "cd".repeat(32)), ENROLLMENT_TOKEN)
                    .replace(&format!("vf_node_{}", "ab".repeat(32)), NODE_TOKEN)
            };
            let body = tokens(&captured.body);
            let mut text = format!("{} {} HTTP/1.1\r\n", captured.method, captured.path);
            for (name, value) in &captured.headers {
                let length = body.len().to_string();
                let value = if name == "Content-Length" { &length } else { value };
                text += &format!("{name}: {}\r\n", tokens(value));
            }
            let mut stream;
            let to = if captured.path.ends_with("/push") {
                stream = edge.connect().await;
                &mut stream
            } else {
                &mut client
            };
            to.send(format!("{text}\r\n{body}").as_bytes()).await;
            assert_eq!(to.answer().await.status, 200, "{file} {}", captured.path);
        }
    }
    let inputs = edge.taken.lock().unwrap().iter().map(|inputs| inputs.len()).sum::<usize>();
    let sent = FILES.into_iter().flat_map(requests);
    let expected = sent
        .filter(|r| ["/enroll", "/heartbeat", "/logs"].iter().any(|path| r.path.ends_with(path)));
    assert_eq!(inputs, expected.count());
    assert_eq!(edge.counted(Reason::BodyInvalid), 0);
    assert!(6 <= edge.counted(Reason::SampleUnrequested));
}

#[tokio::test]
async fn a_host_enrolls_and_speaks_as_its_node() {
    let edge = Edge::start().await;
    let mut client = edge.connect().await;
    let body = json!({
        "token": ENROLLMENT_TOKEN, "hostname": "web-1", "os": "linux/amd64",
        "labels": {"zone": "a", "too long": "x".repeat(254)},
    });
    let answer = client.ask_as("", "POST", "/api/agent/enroll", &body.to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let told = answer.json();
    assert_eq!(told["environmentId"], "e1");
    assert_eq!(told["environmentName"], "production");
    let (node, token) = (told["nodeId"].as_str().unwrap(), told["nodeToken"].as_str().unwrap());
    let secret = token.strip_prefix("vf_node_").unwrap();
    assert!(secret.len() == 64 && secret.bytes().all(|b| b.is_ascii_hexdigit()));

    let answer = client.ask_as(token, "POST", "/api/agent/heartbeat", HEARTBEAT).await;
    assert_eq!(answer.status, 200);
    let stored = edge.store.enrolled.lock().unwrap()[0].clone();
    assert_eq!((stored.id.as_str(), stored.host.as_str()), (node, "web-1"));
    assert_eq!(stored.labels, [("zone".to_owned(), "a".to_owned())]);
    let taken = edge.taken.lock().unwrap();
    let Input::NodeEnrolled(enrolled) = taken[0].get(0) else { panic!("the enrollment first") };
    assert_eq!((enrolled.node, enrolled.environment, enrolled.name), (node, "e1", "web-1"));
    assert_eq!(enrolled.labels.iter().count(), 1);
    let Input::Heartbeat(heartbeat) = taken[1].get(0) else { panic!("then its heartbeat") };
    assert_eq!(heartbeat.node, node);
}

#[tokio::test]
async fn an_enrollment_needs_a_known_token_and_the_store() {
    let edge = Edge::start().await;
    let mut client = edge.connect().await;
    let answer = client
        .ask_as("", "POST", "/api/agent/enroll", r#"{"token":"vf_enroll_no","hostname":"h"}"#)
        .await;
    assert_eq!((answer.status, answer.json()), (401, json!({"error": "Invalid enrollment token"})));
    edge.store.away.store(true, Ordering::Relaxed);
    let body = json!({"token": ENROLLMENT_TOKEN, "hostname": "h"}).to_string();
    let answer = client.ask_as("", "POST", "/api/agent/enroll", &body).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    assert!(edge.taken.lock().unwrap().is_empty());
    let answer = client.ask_as("", "POST", "/api/agent/enroll", r#"{"token":"t"}"#).await;
    assert_eq!(answer.status, 400);
    assert!(answer.json()["error"].as_str().unwrap().starts_with("hostname"));
    let large = format!(r#"{{"token":"{}"}}"#, "t".repeat(65 << 10));
    assert_eq!(client.ask_as("", "POST", "/api/agent/enroll", &large).await.status, 413);
}

#[tokio::test]
async fn a_config_answer_is_whole_or_503() {
    let edge = Edge::start().await;
    let mut client = edge.connect().await;
    let answer = client.ask("GET", "/api/agent/config", "").await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    edge.app.caches.configs.set_node("n1", &Shared::<DesiredSet>::default());
    let answer = client.ask("GET", "/api/agent/config", "").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let expected = json!({
        "pipelines": [], "pollIntervalMs": 5_000, "secretBackend": "BUILTIN",
        "pushUrl": "http://127.0.0.1:7300/api/agent/push",
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(answer.header("content-length"), Some(answer.body.len().to_string().as_str()));
}

#[tokio::test]
async fn tokens_paths_and_methods_are_checked() {
    let edge = Edge::start().await;
    let mut client = edge.connect().await;
    let cases = [
        ("vf_node_n1", "GET", "/api/agent/heartbeat", 405),
        ("vf_node_n1", "POST", "/api/agent/config", 405),
        ("vf_node_n1", "DELETE", "/healthz", 405),
        ("vf_node_n1", "POST", "/api/agent/other", 404),
        ("vf_node_n1", "POST", "/api/agent/heartbeat/", 404),
        ("vf_node_n1", "GET", "/nothing", 404),
        ("vf_node_n2", "POST", "/api/agent/heartbeat", 401),
        ("vf_node_n2", "POST", "/api/agent/logs", 401),
        ("vf_node_n2", "POST", "/api/agent/samples", 401),
        ("vf_node_n2", "POST", "/api/agent/tap-events", 401),
        ("vf_node_n2", "GET", "/api/agent/config", 401),
        ("vf_node_n2", "GET", "/api/agent/push", 401),
        ("", "GET", "/api/agent/config", 401),
        ("vf_node_n1", "GET", "/healthz", 200),
        ("vf_node_n1", "GET", "/readyz", 200),
    ];
    for (token, method, path, status) in cases {
        let answer = client.ask_as(token, method, path, "").await;
        assert_eq!(answer.status, status, "{method} {path}: {answer:?}");
        if status != 200 {
            assert!(answer.json()["error"].is_string(), "{path}");
        }
        let allow = (status == 405).then_some(match path {
            "/healthz" => "GET, HEAD",
            "/api/agent/config" => "GET",
            _ => "POST",
        });
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
    assert_eq!(edge.counted(Reason::Unauthorized), 7);
    edge.app.caches.nodes.remove_node("n1");
    assert_eq!(client.ask("POST", "/api/agent/heartbeat", HEARTBEAT).await.status, 401);
}

#[tokio::test]
async fn until_ready_only_health_is_answered() {
    let edge = Edge::start().await;
    edge.app.set_ready(false);
    let mut client = edge.connect().await;
    assert_eq!(client.ask("GET", "/healthz", "").await.status, 200);
    for path in ["/readyz", "/api/agent/config", "/nothing"] {
        let answer = client.ask("GET", path, "").await;
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{path}");
    }
}

#[tokio::test]
async fn bodies_are_bounded_and_explained() {
    let edge = Edge::start().await;
    let large = format!(r#"{{"pipelines":[],"x":"{}"}}"#, "x".repeat(256 << 10));
    let mut client = edge.connect().await;
    assert_eq!(client.ask("POST", "/api/agent/heartbeat", &large).await.status, 413);

    let mut client = edge.connect().await;
    let head = "POST /api/agent/heartbeat HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer vf_node_n1\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    client.send(head.as_bytes()).await;
    let chunk = format!("10000\r\n{}\r\n", "x".repeat(0x10000));
    for _ in 0..4 {
        client.send(chunk.as_bytes()).await;
    }
    client.send(b"1\r\nx\r\n").await;
    assert_eq!(client.answer().await.status, 413, "counted as it comes");

    let mut client = edge.connect().await;
    client
        .send(format!("{head}{:x}\r\n{HEARTBEAT}\r\n0\r\n\r\n", HEARTBEAT.len()).as_bytes())
        .await;
    assert_eq!(client.answer().await.status, 200, "chunks are fine");
    for (path, body, why) in [
        ("heartbeat", "{", "the body is not JSON"),
        ("heartbeat", r#"{"pipelines":7}"#, "pipelines must be"),
        ("logs", "{}", "the body must be"),
        ("samples", r#"{"results":{}}"#, "results must be an array"),
        ("tap-events", r#"{"requestId":7}"#, "requestId is missing"),
    ] {
        let answer = client.ask("POST", &format!("/api/agent/{path}"), body).await;
        assert_eq!(answer.status, 400, "{path}");
        assert!(answer.json()["error"].as_str().unwrap().contains(why), "{answer:?}");
    }
    assert_eq!(edge.counted(Reason::BodyInvalid), 5);
    assert_eq!(edge.counted(Reason::BodyTooLarge), 2);
}

#[tokio::test]
async fn a_full_queue_refuses_and_recovers() {
    let queue = IngressLimits { arrivals_max: 100, bytes_max: 1 };
    let edge = Edge::start_with(LIMITS, queue).await;
    edge.paused.store(true, Ordering::Relaxed);
    let inputs = Inputs::of(&Input::UserRemoved { user: "u" });
    let app = edge.app.clone();
    let waiting = tokio::spawn(async move { app.ingress.offer(inputs, Load::Heartbeat).await });
    tokio::task::yield_now().await;
    let mut client = edge.connect().await;
    let answer = client.ask("POST", "/api/agent/heartbeat", HEARTBEAT).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")));
    assert_eq!(edge.counted(Reason::IngressFull), 1);
    edge.paused.store(false, Ordering::Relaxed);
    waiting.await.unwrap().unwrap();
    assert_eq!(client.ask("POST", "/api/agent/heartbeat", HEARTBEAT).await.status, 200);
}
