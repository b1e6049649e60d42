//! Stopping and starting: what was counted goes on, nobody is called dead, nothing is written twice.

use std::time::Duration;

use hyper::Method;
use serde_json::json;
use systole_systems::status::NodeStatus;
use systole_systems::time::Minute;

use crate::server::{BOTH, Place, Running};

const TOKEN: &str = "vf_node_test";

async fn beat(running: &Running, events: u64, status: &str) {
    let body = json!({"pipelines": [{
        "pipelineId": "p1", "version": 1, "status": status, "pid": 7, "uptimeSeconds": 60,
        "eventsIn": events, "eventsOut": events,
        "componentMetrics": [{"componentId": "in", "componentKind": "source",
            "receivedEvents": events, "sentEvents": events, "latencyMeanSeconds": 0.002}],
    }]});
    let answer =
        running.call(Method::POST, "/api/agent/heartbeat", Some(TOKEN), &body.to_string()).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_goes_on_over_restarts_on_both_stores() {
    for kind in BOTH {
        let place = Place::new(kind).await;
        place.seed(&["p1"], TOKEN).await;
        for (first, second) in [(100, 110), (125, 130), (150, 160)] {
            let running = place.serve(&[]).await;
            beat(&running, first, "RUNNING").await;
            beat(&running, second, "RUNNING").await;
            running.stop().await;
        }
        let running = place.serve(&[]).await;
        let store = &*running.server.app.store;
        let minutes = store.pipeline_minutes("p1", None, Minute(0)).await.unwrap();
        for node in [None, Some("n1")] {
            let minutes = store.pipeline_minutes("p1", node, Minute(0)).await.unwrap();
            let sum: u64 = minutes.iter().map(|minute| minute.1.counts.events_in).sum();
            assert_eq!(sum, 60, "{kind:?} {node:?}");
            let weight: u64 = minutes.iter().map(|minute| minute.1.latency_weight).sum();
            assert_eq!(weight, 2 * 60, "{kind:?} {node:?}");
        }
        let (first, last) = (minutes[0].0, minutes[minutes.len() - 1].0);
        let mut weight = 0;
        for minute in first.0..=last.0 {
            let rows = store.load_minute(Minute(minute)).await.unwrap();
            let mine = rows.iter().filter(|row| row.component.as_deref() == Some("in"));
            weight += mine.map(|row| row.totals.latency_weight).sum::<u64>();
        }
        assert_eq!(weight, 2 * 60, "{kind:?}");
        let node = store.load_nodes("", 10).await.unwrap().remove(0);
        assert_eq!(node.state.status, NodeStatus::Healthy);
        running.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_node_is_unreachable_at_its_deadline_and_a_restarted_server_waits_in_full() {
    let options = ["--heartbeat-interval-ms=1000", "--unreachable-after=2"];
    let place = Place::new(BOTH[0]).await;
    place.seed(&["p1"], TOKEN).await;
    let running = place.serve(&options).await;
    beat(&running, 100, "RUNNING").await;
    running.stop().await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;

    let running = place.serve(&options).await;
    let token = running.root_token().await;
    let mut stream = running.stream("", &token).await;
    stream.read_for(Duration::from_millis(1_200)).await;
    assert_eq!(stream.events_of("status_change"), [json!(null); 0]);
    beat(&running, 100, "RUNNING").await;
    stream.until(|text| text.contains("fleet_status")).await;
    let heard = stream.events_of("fleet_status").remove(0)["timestamp"].as_u64().unwrap();
    stream.until(|text| text.contains("UNREACHABLE")).await;
    let change = stream.events_of("status_change").remove(0);
    assert_eq!(
        (&change["fromStatus"], &change["toStatus"]),
        (&json!("HEALTHY"), &json!("UNREACHABLE"))
    );
    assert_eq!(change["reason"], "heartbeat timeout");
    let late = change["timestamp"].as_u64().unwrap() - heard - 2_000;
    assert!(late <= 2 * 50 + 20, "{late} ms after the deadline");
    beat(&running, 100, "CRASHED").await;
    stream.until(|text| text.contains("DEGRADED")).await;
    running.stop().await;
}
