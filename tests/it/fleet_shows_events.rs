//! A simulated fleet that is asked to show events, by a person of the API: samples and live taps.

use hyper::Method;
use serde_json::{Value, json};
use systole::fleet_sim::setup::ApiClient;

use crate::server::{Kind, Place, Running, token_of};
use crate::simulated_fleet::{NODES, SimulatedFleet, plain, until};

#[tokio::test(flavor = "multi_thread")]
async fn both_generations_send_samples_and_newer_agents_run_taps_on_sqlite() {
    a_fleet_shows_events(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn both_generations_send_samples_and_newer_agents_run_taps_on_postgres() {
    a_fleet_shows_events(Kind::Postgres).await;
}

async fn a_fleet_shows_events(kind: Kind) {
    let place = Place::new(kind).await;
    let running = place.serve(&["--heartbeat-interval-ms=1000"]).await;
    let mut client = running.root().await;
    let prepared = client.prepare("fleet", plain(1)).await.unwrap();
    let pipeline = prepared.pipelines[0].clone();
    let fleet = SimulatedFleet::start(&running, &prepared);
    let nodes = running_nodes(&mut client, &pipeline).await;

    for name in ["node-00000", "node-00003"] {
        let node = nodes.iter().find(|node| node.1 == name).unwrap().0.clone();
        let path = format!("/api/v1/pipelines/{pipeline}/event-samples");
        let body = json!({ "componentIds": ["in", "step_1", "none"], "limit": 3, "nodeId": node });
        let asked = client.post(&path, &body).await.unwrap();
        let path = format!("{path}/{}", asked["id"].as_str().unwrap());
        let done = until(&mut client, &path, |shown| shown["status"] != "PENDING").await;
        assert_eq!((&done["status"], &done["nodeId"]), (&json!("PARTIAL"), &json!(node)));
        let components = done["components"].as_array().unwrap();
        assert!(components[0]["events"][2]["message"].is_string(), "{done}");
        assert!(components[1]["events"][0]["status"].is_u64(), "{done}");
        assert_eq!(components[1]["schema"][0]["type"], "string");
        assert!(components[2]["error"].is_string(), "{done}");
    }

    let token = token_of(&mut client).await.1;
    let newer = &nodes.iter().find(|node| node.1 == "node-00001").unwrap().0;
    let body = json!({ "componentId": "out", "nodeId": newer });
    let path = format!("/api/v1/pipelines/{pipeline}/taps");
    let tap = client.post(&path, &body).await.unwrap();
    let tap = tap["id"].as_str().unwrap();
    let mut reader = running.stream_at(&format!("/api/v1/taps/{tap}/events"), &token).await;
    reader.until(|text| text.matches("event: tap_event").count() >= 3).await;
    for event in reader.events_of("tap_event") {
        assert_eq!(event["nodeId"], **newer);
        assert!(event["events"][0]["status"].is_u64(), "{event}");
    }
    end_tap(&running, tap, &token).await;
    reader.ended().await;
    assert_eq!(reader.events_of("tap_stopped")[0]["reason"], "stopped");

    fleet.stop().await;
    running.stop().await;
}

/// Id and name of each node, once all of them run the pipeline.
async fn running_nodes(client: &mut ApiClient, pipeline: &str) -> Vec<(String, String)> {
    let path = format!("/api/v1/instances?pipelineId={pipeline}&status=RUNNING");
    let list = until(client, &path, |list| list["total"] == NODES).await;
    let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| (text(item, "nodeId"), text(item, "nodeName"))).collect()
}

async fn end_tap(running: &Running, tap: &str, token: &str) {
    let path = format!("/api/v1/taps/{tap}");
    let answer = running.call(Method::DELETE, &path, Some(token), "").await;
    assert_eq!(answer.status, 204);
}
