//! Event streams: who gets one, what it carries, and when it ends.

use serde_json::{Value, json};

use super::{Whole, heartbeat};
use crate::edge::Client;

#[tokio::test]
async fn a_stream_tells_its_id_and_then_what_happens() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    assert_eq!(whole.send("", "GET /api/sse", &Value::Null).await.status, 401);

    let mut stream = admin.stream("?topics=status_change,fleet_status").await;
    let hello = event(&mut stream, "hello").await;
    assert!(hello["position"].as_str().unwrap().contains('.'));
    let report = heartbeat("unknown", "RUNNING", 1);
    assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &report).await, 200);
    let change = event(&mut stream, "status_change").await;
    assert_eq!((&change["nodeId"], &change["toStatus"]), (&json!(node.id), &json!("HEALTHY")));
}

#[tokio::test]
async fn a_filter_moves_without_a_new_stream() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let token = admin.enrollment_token(&environment).await;
    let (first, second) =
        (whole.enroll(&token, "web-1").await, whole.enroll(&token, "web-2").await);
    let mut stream = admin.stream(&format!("?topics=fleet_status&nodeIds={}", first.id)).await;
    let hello = event(&mut stream, "hello").await;
    let report = json!({ "pipelines": [] });
    for node in [&second, &first] {
        assert_eq!(whole.agent(node, "POST /api/agent/heartbeat", &report).await, 200);
    }
    assert_eq!(event(&mut stream, "fleet_status").await["nodeId"], json!(first.id));

    let id = hello["streamId"].as_str().unwrap();
    let path = format!("PUT /api/sse/{id}/filter");
    let filter = json!({ "nodeIds": [second.id], "topics": ["fleet_status"] });
    assert_eq!(admin.ask(&path, &filter).await.status, 204);
    for node in [&first, &second] {
        assert_eq!(whole.agent(node, "POST /api/agent/heartbeat", &report).await, 200);
    }
    assert_eq!(event(&mut stream, "fleet_status").await["nodeId"], json!(second.id));

    assert_eq!(admin.ask("PUT /api/sse/none/filter", &filter).await.status, 404);
    let too_many = json!({ "nodeIds": vec!["n"; 501] });
    assert_eq!(admin.ask(&path, &too_many).await.status, 400);
    let body = json!({ "email": "eve@example.org", "password": super::PASSWORD });
    admin.create("/api/v1/users", &body).await;
    let eve = whole.person("eve@example.org", super::PASSWORD).await;
    assert_eq!(eve.ask(&path, &filter).await.status, 404, "a stream is its user's alone");
}

#[tokio::test]
async fn a_position_of_another_life_is_answered_with_a_snapshot() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    for position in ["1.1", "yesterday"] {
        let mut stream = admin.stream(&format!("?lastEventId={position}")).await;
        let snapshot = event(&mut stream, "snapshot").await;
        assert!(snapshot.to_string().contains(&node.id), "{position}: {snapshot}");
    }
}

#[tokio::test]
async fn a_stream_ends_with_the_token_it_was_opened_with() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let mut stream = admin.stream("").await;
    event(&mut stream, "hello").await;
    let token = admin.get("/api/v1/tokens").await["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(admin.status(&format!("DELETE /api/v1/tokens/{token}")).await, 204);
    // The last chunk of the body; the connection may serve other requests.
    let rest = stream.read_until("\r\n0\r\n\r\n").await;
    assert!(!rest.contains("event:"), "{rest}");
}

/// The data of the next event of this name.
async fn event(stream: &mut Client, name: &str) -> Value {
    stream.read_until(&format!("event: {name}\ndata: ")).await;
    serde_json::from_str(stream.read_until("\n\n").await.trim_end()).unwrap()
}
