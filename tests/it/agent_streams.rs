//! Connections over time: push streams, slow and many clients, the end of the server.

use std::sync::atomic::Ordering;
use std::time::Duration;

use systole::edge_counters::Reason;
use systole::http::server::ServerLimits;
use systole::ports::IngressLimits;
use systole::push::PushMessage;

use crate::edge::{Client, Edge, LIMITS, NODE_TOKEN, request};

const HEARTBEAT: &str = r#"{"pipelines":[]}"#;
const QUEUE: IngressLimits = IngressLimits { arrivals_max: 100, bytes_max: 1 << 20 };

#[tokio::test]
async fn a_push_stream_carries_messages_until_it_is_replaced() {
    let edge = Edge::start().await;
    let mut older = open_push(&edge).await;
    let message = PushMessage::ConfigChanged { pipeline_id: Some("p1".into()), reason: "deploy" };
    edge.app.caches.push.notify_environment("e2", &message);
    edge.app.caches.push.notify_environment("e1", &message);
    let event = older.read_until("\n\n").await;
    assert!(event.contains("event: config_changed\ndata: {\"type\":\"config_changed\""), "{event}");

    let mut newer = open_push(&edge).await;
    assert_eq!(older.read_until("0\r\n\r\n").await.trim(), "0", "ended with its last chunk");
    edge.app.caches.push.disconnect("n1");
    assert_eq!(newer.read_until("0\r\n\r\n").await.trim(), "0");
}

#[tokio::test]
async fn a_head_that_does_not_come_costs_a_connection_for_its_time_only() {
    let limits = ServerLimits { head_time_max: Duration::from_millis(50), ..LIMITS };
    let edge = Edge::start_with(limits, QUEUE).await;
    let mut slow = edge.connect().await;
    slow.send(b"POST /api/agent/heartbeat HTTP/1.1\r\nHost: h\r\nX-").await;
    assert!(slow.is_ended().await);
    let mut idle = edge.connect().await;
    assert_eq!(idle.ask("POST", "/api/agent/heartbeat", HEARTBEAT).await.status, 200);
    assert!(idle.is_ended().await);
}

#[tokio::test]
async fn a_push_stream_outlives_the_time_of_a_head() {
    let limits = ServerLimits { head_time_max: Duration::from_millis(50), ..LIMITS };
    let edge = Edge::start_with(limits, QUEUE).await;
    let mut stream = open_push(&edge).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    let message = PushMessage::ConfigChanged { pipeline_id: None, reason: "undeploy" };
    edge.app.caches.push.notify_node("n1", &message);
    assert!(stream.read_until("\n\n").await.contains("undeploy"));
}

#[tokio::test]
async fn a_head_larger_than_the_buffer_is_refused() {
    let edge = Edge::start().await;
    let mut client = edge.connect().await;
    client
        .send(format!("GET / HTTP/1.1\r\nHost: h\r\nX: {}\r\n\r\n", "x".repeat(9_000)).as_bytes())
        .await;
    assert_eq!(client.answer().await.status, 431);
}

#[tokio::test]
async fn one_connection_too_many_is_closed_and_a_freed_place_is_taken() {
    let limits = ServerLimits { connections_max: 1, ..LIMITS };
    let edge = Edge::start_with(limits, QUEUE).await;
    let mut first = edge.connect().await;
    assert_eq!(first.ask("GET", "/healthz", "").await.status, 200);
    assert!(edge.connect().await.is_ended().await);
    assert_eq!(first.ask("GET", "/healthz", "").await.status, 200);
    drop(first);
    let mut refused = 1;
    loop {
        let mut next = edge.connect().await;
        next.send(request(NODE_TOKEN, "GET", "/healthz", "").as_bytes()).await;
        if next.read_until("ok\n").await.ends_with("ok\n") {
            break;
        }
        refused += 1;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(edge.counted(Reason::ConnectionOverLimit), refused);
}

#[tokio::test]
async fn at_the_end_requests_finish_and_streams_end() {
    let mut edge = Edge::start().await;
    let mut stream = open_push(&edge).await;
    let mut idle = edge.connect().await;
    assert_eq!(idle.ask("GET", "/healthz", "").await.status, 200);
    edge.paused.store(true, Ordering::Relaxed);
    let mut waiting = edge.connect().await;
    let head = request(NODE_TOKEN, "POST", "/api/agent/heartbeat", HEARTBEAT);
    waiting.send(head.as_bytes()).await;
    while edge.arrived.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    edge.stop();
    assert!(idle.is_ended().await);
    assert_eq!(stream.read_until("0\r\n\r\n").await.trim(), "0");
    edge.paused.store(false, Ordering::Relaxed);
    assert_eq!(waiting.answer().await.status, 200);
    assert!(waiting.is_ended().await);
    assert!(!edge.app.is_ready());
    edge.ended().await;
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_ended() {
    let limits = ServerLimits { finish_time_max: Duration::from_millis(50), ..LIMITS };
    let mut edge = Edge::start_with(limits, QUEUE).await;
    let mut halfway = edge.connect().await;
    let text = request(NODE_TOKEN, "POST", "/api/agent/heartbeat", HEARTBEAT);
    halfway.send(&text.as_bytes()[..text.len() - 1]).await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    edge.stop();
    assert!(halfway.is_ended().await);
    edge.ended().await;
}

async fn open_push(edge: &Edge) -> Client {
    let mut client = edge.connect().await;
    client.send(request(NODE_TOKEN, "GET", "/api/agent/push", "").as_bytes()).await;
    let answer = client.answer().await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("text/event-stream"));
    assert_eq!(answer.header("cache-control"), Some("no-cache, no-transform"));
    assert!(client.read_until("\n\n").await.ends_with(": connected\n\n"));
    // The end of the chunk.
    assert_eq!(client.read_until("\r\n").await, "\r\n");
    client
}
