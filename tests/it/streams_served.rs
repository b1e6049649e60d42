//! Event streams of the whole server: resuming, revoking, narrowing, bad requests.

use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::json;

use crate::server::{Kind, Place, Running, token_of};

const TOKEN: &str = "vf_node_test";

async fn beat(running: &Running, events: u64) {
    let body = json!({"pipelines": [{
        "pipelineId": "p1", "version": 1, "status": "RUNNING", "pid": 7, "uptimeSeconds": 60,
        "eventsIn": events, "eventsOut": events,
        "componentMetrics": [{"componentId": "in", "componentKind": "source",
            "receivedEvents": events, "sentEvents": events}],
    }]});
    let answer =
        running.call(Method::POST, "/api/agent/heartbeat", Some(TOKEN), &body.to_string()).await;
    assert_eq!(answer.status, 200);
    tokio::time::sleep(Duration::from_millis(60)).await;
}

async fn place() -> Place {
    let place = Place::new(Kind::Sqlite).await;
    place.seed(&["p1", "p2"], TOKEN).await;
    place
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_comes_back_misses_nothing_and_repeats_nothing() {
    let place = place().await;
    let running = place.serve(&[]).await;
    let token = running.root_token().await;
    for query in ["", "?nodeIds=n1"] {
        let mut whole = running.stream(query, &token).await;
        let mut first = running.stream(query, &token).await;
        beat(&running, 10).await;
        beat(&running, 20).await;
        first.until(|text| text.contains("metric_update") && text.ends_with("\n\n")).await;
        first.read_for(Duration::from_millis(300)).await;
        let position = first.position();
        let seen = first.events().len();
        drop(first);
        for events in [35, 50, 70] {
            beat(&running, events).await;
        }
        let separator = if query.is_empty() { "?" } else { "&" };
        let resume = format!("{query}{separator}lastEventId={position}");
        let mut second = running.stream(&resume, &token).await;
        beat(&running, 99).await;
        second.read_for(Duration::from_millis(500)).await;
        whole.read_for(Duration::from_millis(100)).await;
        let mut expected = whole.events();
        expected.retain(|event| event.0 != "hello");
        let mut resumed = second.events();
        resumed.retain(|event| event.0 != "hello");
        assert_eq!(resumed, expected[seen - 1..], "{query}");
        assert!(resumed.len() >= 8, "{resumed:?}");
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_restart_a_stream_gets_a_snapshot_and_statuses_stay() {
    let place = place().await;
    let running = place.serve(&[]).await;
    let token = running.root_token().await;
    let stream = running.stream("", &token).await;
    let position = stream.position();
    beat(&running, 10).await;
    drop(stream);
    running.stop().await;

    let running = place.serve(&[]).await;
    let mut stream = running.stream(&format!("?lastEventId={position}"), &token).await;
    stream.until(|text| text.contains("event: snapshot")).await;
    let snapshot = &stream.events_of("snapshot")[0];
    assert_eq!((&snapshot["reason"], &snapshot["last"]), (&json!("epoch"), &json!(true)));
    assert_eq!(snapshot["nodes"][0]["status"], "HEALTHY");
    stream.read_for(Duration::from_millis(500)).await;
    assert_eq!(stream.events_of("status_change"), [json!(null); 0]);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_ends_the_stream_and_nothing_comes_after() {
    let place = place().await;
    let running = place.serve(&[]).await;
    let mut root = running.root().await;
    let person = json!({"email": "ann@systole.test", "password": "long enough"});
    let user = root.post("/api/v1/users", &person).await.unwrap();
    let member = format!("/api/v1/teams/t1/members/{}", user["id"].as_str().unwrap());
    let role = json!({"role": "VIEWER"});

    for loss in ["membership", "token", "session"] {
        root.call(Method::PUT, &member, Some(&role)).await.unwrap();
        let mut ann = running.sign_in("ann@systole.test", "long enough").await;
        let (id, token) = token_of(&mut ann).await;
        let mut stream = match loss {
            "session" => running.stream_with_cookie(&ann).await,
            _ => running.stream("", &token).await,
        };
        beat(&running, 10).await;
        stream.until(|text| text.contains("fleet_status")).await;
        match loss {
            "membership" => root.call(Method::DELETE, &member, None).await.unwrap(),
            "token" => {
                let path = format!("/api/v1/tokens/{id}");
                ann.call(Method::DELETE, &path, None).await.unwrap()
            }
            _ => ann.call(Method::DELETE, "/api/v1/session", None).await.unwrap(),
        };
        let committed = Instant::now();
        stream.ended().await;
        let took = committed.elapsed();
        assert!(took < Duration::from_millis(500), "{loss}: the stream ended after {took:?}");
        let before = stream.events().len();
        beat(&running, 20).await;
        assert_eq!(stream.events().len(), before);
    }
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_moves_without_reconnecting() {
    let place = place().await;
    let running = place.serve(&[]).await;
    let token = running.root_token().await;
    let mut stream = running.stream("?nodeIds=other", &token).await;
    beat(&running, 10).await;
    stream.read_for(Duration::from_millis(300)).await;
    assert_eq!(stream.events().len(), 1, "hello alone");
    let id = stream.events()[0].1["streamId"].as_str().unwrap().to_owned();
    let path = format!("/api/sse/{id}/filter");
    let filter = json!({"nodeIds": ["n1"], "topics": ["fleet_status"]}).to_string();
    let answer = running.call(Method::PUT, &path, Some(&token), &filter).await;
    assert_eq!(answer.status, 204);
    beat(&running, 20).await;
    stream.until(|text| text.contains("fleet_status")).await;
    stream.read_for(Duration::from_millis(200)).await;
    assert_eq!(stream.events().len(), 2);
    let answer = running.call(Method::PUT, "/api/sse/other/filter", Some(&token), &filter).await;
    assert_eq!(answer.status, 404);
    running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_get_a_clear_error() {
    let place = place().await;
    let running = place.serve(&[]).await;
    let token = running.root_token().await;
    for (method, path, token, body, status, word) in [
        (Method::GET, "/api/sse", None, "", 401, "sign in"),
        (Method::GET, "/api/sse?topics=weather", Some(&*token), "", 400, "topics"),
        (Method::GET, "/api/v1/nodes", None, "", 401, "sign in"),
        (Method::GET, "/api/v1/nodes?limit=x", Some(&*token), "", 400, "limit"),
        (Method::GET, "/api/v1/nodes?status=WELL", Some(&*token), "", 400, "status"),
        (Method::GET, "/api/v1/nodes?cursor=zz", Some(&*token), "", 400, "cursor"),
        (Method::GET, "/api/v1/nodes/none", Some(&*token), "", 404, "node"),
        (Method::GET, "/api/v1/nothing", Some(&*token), "", 404, "path"),
        (Method::DELETE, "/api/v1/fleet/summary", Some(&*token), "", 405, "method"),
        (Method::POST, "/api/v1/teams", Some(&*token), "{\"name\":5}", 400, "name"),
        (Method::POST, "/api/v1/teams", Some(&*token), "{", 400, "JSON"),
        (Method::POST, "/api/agent/heartbeat", Some("wrong"), "{}", 401, "token"),
        (Method::POST, "/api/agent/heartbeat", Some(TOKEN), "[]", 400, "body"),
        (Method::GET, "/api/agent/heartbeat", Some(TOKEN), "", 405, "method"),
        (
            Method::POST,
            "/api/v1/session",
            None,
            "{\"email\":\"a@b.c\",\"password\":\"x\"}",
            401,
            "wrong",
        ),
    ] {
        let answer = running.call(method, path, token, body).await;
        let json: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let error = json["error"].as_str().unwrap();
        assert_eq!(answer.status, status, "{path}: {error}");
        assert!(error.contains(word), "{path}: {error}");
    }
    running.stop().await;
}
