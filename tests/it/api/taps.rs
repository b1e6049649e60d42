//! Live taps: who may start and read one, what a reader gets, and when it ends.

use serde_json::{Value, json};
use systole::clock::steady_now;
use systole_systems::time::Millis;

use super::rights::member;
use super::running::{Running, event};
use super::{Person, Whole};
use crate::edge::Client;

#[tokio::test]
async fn events_pass_from_the_agent_to_the_reader_until_somebody_stops_the_tap() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 2).await;
    let mut push = running.connect(1).await;
    let tap = start(&admin, &running).await;
    assert_eq!(tap["nodeId"], *running.nodes[1].id, "the one that is connected");
    let expected = json!({
        "type": "tap_start", "requestId": tap["id"], "pipelineId": running.pipeline,
        "componentId": "out",
    });
    assert_eq!(event(&mut push, "tap_start").await, expected);

    report(&running, 1, &tap, json!({ "events": [{ "before": "anybody reads" }] })).await;
    let mut reader = read(&admin, &tap).await;
    report(&running, 1, &tap, json!({ "events": ["<b>\n", 12345678901234567890_u64] })).await;
    let first = event(&mut reader, "tap_event").await;
    let expected = json!({
        "type": "tap_event", "requestId": tap["id"], "componentId": "out",
        "nodeId": running.nodes[1].id, "events": [{ "before": "anybody reads" }],
    });
    assert_eq!(first, expected);
    let second = event(&mut reader, "tap_event").await;
    assert_eq!(second["events"], json!(["<b>\n", 12345678901234567890_u64]));

    assert_eq!(admin.status(&format!("DELETE /api/v1/taps/{}", id(&tap))).await, 204);
    ends_with(&mut reader, "stopped").await;
    let expected = json!({ "type": "tap_stop", "requestId": tap["id"] });
    assert_eq!(event(&mut push, "tap_stop").await, expected);
    // The agent may not have heard yet.
    report(&running, 1, &tap, json!({ "events": [1] })).await;
    assert_eq!(event(&mut push, "tap_stop").await, expected, "it is told again");
    assert_eq!(running.counted("tap_unrequested").await, 1);
    assert_eq!(admin.status(&format!("DELETE /api/v1/taps/{}", id(&tap))).await, 204);
    whole.stop().await;
}

#[tokio::test]
async fn a_tap_ends_when_the_agent_says_so_or_says_nothing() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 1).await;
    let _push = running.connect(0).await;
    let tap = start(&admin, &running).await;
    let mut reader = read(&admin, &tap).await;
    report(&running, 0, &tap, json!({ "status": "stopped", "reason": "process exited" })).await;
    let message = ends_with(&mut reader, "agent_stopped").await;
    assert_eq!(message, "the agent stopped the tap: process exited");

    let silent = start(&admin, &running).await;
    let mut reader = read(&admin, &silent).await;
    whole.server.app.taps.end_over(Millis(steady_now().0 + 15_000));
    let message = ends_with(&mut reader, "agent_silent").await;
    assert!(message.contains("an older one that knows no taps"), "{message}");
    // A browser that comes back is told once more.
    ends_with(&mut read(&admin, &silent).await, "agent_silent").await;
}

#[tokio::test]
async fn a_tap_ends_with_its_node_its_pipeline_and_its_server() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 1).await;
    let push = running.connect(0).await;
    let tap = start(&admin, &running).await;
    let mut reader = read(&admin, &tap).await;
    drop(push);
    ends_with(&mut reader, "node_disconnected").await;

    let mut push = running.connect(0).await;
    let tap = start(&admin, &running).await;
    let mut reader = read(&admin, &tap).await;
    let body =
        json!({ "environmentId": running.environment, "name": "q", "config": "sources: {}" });
    let other = admin.create("/api/v1/pipelines", &body).await;
    assert_eq!(admin.status(&format!("DELETE /api/v1/pipelines/{}", running.pipeline)).await, 204);
    ends_with(&mut reader, "pipeline_gone").await;
    assert_eq!(event(&mut push, "tap_stop").await["requestId"], tap["id"]);

    let running = Running { pipeline: other, ..running };
    running.beat(0, "RUNNING").await;
    let tap = start(&admin, &running).await;
    let mut reader = read(&admin, &tap).await;
    whole.stop().await;
    ends_with(&mut reader, "server_stopping").await;
}

#[tokio::test]
async fn a_tap_is_for_editors_and_ends_with_their_right_or_their_session() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 1).await;
    let _push = running.connect(0).await;
    let editor = member(&whole, &admin, &running.team, Some("EDITOR")).await;
    let viewer = member(&whole, &admin, &running.team, Some("VIEWER")).await;
    let outsider = member(&whole, &admin, &running.team, None).await;
    let tap = start(&editor, &running).await;
    report(&running, 0, &tap, json!({ "events": [1] })).await;
    let events = format!("GET /api/v1/taps/{}/events", id(&tap));
    assert_eq!((viewer.status(&events).await, outsider.status(&events).await), (403, 404));
    assert_eq!(whole.send("", &events, &Value::Null).await.status, 401);
    assert_eq!(outsider.status(&format!("DELETE /api/v1/taps/{}", id(&tap))).await, 404);

    let mut first = read(&editor, &tap).await;
    event(&mut first, "tap_event").await;
    let mut second = read(&admin, &tap).await;
    ends_with(&mut first, "taken_over").await;
    let mut reader = read(&editor, &tap).await;
    ends_with(&mut second, "taken_over").await;
    let me = editor.get("/api/v1/session").await["user"]["id"].as_str().unwrap().to_owned();
    let seat = format!("PUT /api/v1/teams/{}/members/{me}", running.team);
    assert_eq!(admin.ask(&seat, &json!({ "role": "VIEWER" })).await.status, 200);
    ends_with(&mut reader, "access_lost").await;

    assert_eq!(admin.ask(&seat, &json!({ "role": "EDITOR" })).await.status, 200);
    let tap = start(&editor, &running).await;
    let mut reader = read(&editor, &tap).await;
    let token = editor.get("/api/v1/tokens").await["items"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(editor.status(&format!("DELETE /api/v1/tokens/{token}")).await, 204);
    ends_with(&mut reader, "access_lost").await;
}

#[tokio::test]
async fn a_tap_that_cannot_be_is_refused_with_a_reason() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 1).await;
    let refused = async |body: Value| {
        let answer = admin.ask(&format!("POST {}", running.path("taps")), &body).await;
        (answer.status, answer.json()["error"].as_str().unwrap().to_owned())
    };
    let out = json!({ "componentId": "out" });
    let (status, why) = refused(out.clone()).await;
    assert_eq!((status, why.contains("is connected")), (409, true), "{why}");
    let (status, why) = refused(json!({ "componentId": "a,b" })).await;
    assert_eq!((status, why.contains("pattern")), (400, true), "{why}");
    let (status, why) = refused(json!({ "componentId": "out", "nodeId": "none" })).await;
    assert_eq!((status, &*why), (409, "the node does not run this pipeline now"));
    let _push = running.connect(0).await;
    for _ in 0..3 {
        start(&admin, &running).await;
    }
    let (status, why) = refused(out).await;
    assert_eq!((status, why.contains("three taps")), (429, true), "{why}");
}

#[tokio::test]
async fn forged_reports_reach_no_reader() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let running = Running::new(&whole, &admin, 2).await;
    let _push = running.connect(0).await;
    let mut other = running.connect(1).await;
    let tap = start(&admin, &running).await;
    let mut reader = read(&admin, &tap).await;
    report(&running, 1, &tap, json!({ "events": ["forged"] })).await;
    assert_eq!(event(&mut other, "tap_stop").await["requestId"], tap["id"]);
    report(&running, 1, &tap, json!({ "status": "stopped" })).await;
    report(&running, 0, &tap, json!({ "events": ["true"] })).await;
    assert_eq!(event(&mut reader, "tap_event").await["events"], json!(["true"]));
    assert_eq!(running.counted("tap_unrequested").await, 2);
}

async fn start(person: &Person<'_>, running: &Running<'_>) -> Value {
    let body = json!({ "componentId": "out" });
    let answer = person.ask(&format!("POST {}", running.path("taps")), &body).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

async fn read(person: &Person<'_>, tap: &Value) -> Client {
    person.stream_of(&format!("/api/v1/taps/{}/events", id(tap))).await
}

/// Sends what an agent has to say of a tap.
async fn report(running: &Running<'_>, node: usize, tap: &Value, more: Value) {
    let mut body = json!({
        "requestId": tap["id"], "pipelineId": running.pipeline, "componentId": "out",
    });
    for (key, value) in more.as_object().unwrap() {
        body[key] = value.clone();
    }
    assert_eq!(running.agent(node, "tap-events", &body).await, 200);
}

/// Reads to the end of a tap's stream, which must give this reason, and answers its sentence.
async fn ends_with(reader: &mut Client, reason: &str) -> String {
    let stopped = event(reader, "tap_stopped").await;
    assert_eq!(stopped["reason"], reason, "{stopped}");
    reader.read_until("0\r\n\r\n").await;
    stopped["message"].as_str().unwrap().to_owned()
}

fn id(tap: &Value) -> &str {
    tap["id"].as_str().unwrap()
}
