//! A simulated fleet of both generations that is run by a person of the API: deploys, rollbacks, selectors,
//! maintenance, and what is told about them.

use hyper::Method;
use serde_json::{Value, json};
use systole::fleet_sim::setup::ApiClient;

use crate::server::{Kind, Place, SOME_CONFIG, token_of};
use crate::simulated_fleet::{NODES, SimulatedFleet, plain, until};

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_is_run_on_sqlite() {
    a_fleet_is_run(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fleet_is_run_on_postgres() {
    a_fleet_is_run(Kind::Postgres).await;
}

async fn a_fleet_is_run(kind: Kind) {
    let place = Place::new(kind).await;
    let running = place.serve(&["--heartbeat-interval-ms=1000", "--flush-interval-ms=200"]).await;
    let mut client = running.root().await;
    let prepared = client.prepare("fleet", plain(2)).await.unwrap();
    let [first, second] = [&prepared.pipelines[0], &prepared.pipelines[1]].map(Clone::clone);
    let fleet = SimulatedFleet::start(&running, &prepared);
    let token = token_of(&mut client).await.1;
    let mut stream = running.stream("?topics=status_change", &token).await;

    // The version that was deployed before there was a node.
    until_all_run(&mut client, &first, 1, NODES).await;

    // A newer text is there when every node says so, and each says it once.
    let path = format!("/api/v1/pipelines/{first}");
    let change = json!({ "config": SOME_CONFIG });
    client.call(Method::PUT, &path, Some(&change)).await.unwrap();
    client.post(&format!("{path}/deploy"), &json!({ "changelog": "Simpler" })).await.unwrap();
    stream.until(|text| text.contains("version 2 is running on all 4 nodes")).await;
    let deployed: Vec<Value> = stream
        .events_of("status_change")
        .into_iter()
        .filter(|event| event["toStatus"] == "DEPLOYED")
        .filter(|event| event["reason"].as_str().unwrap().starts_with("version 2 is running"))
        .collect();
    assert_eq!(deployed.len(), NODES + 1, "{deployed:?}");
    let mut told: Vec<_> = deployed.iter().map(|event| event["nodeId"].to_string()).collect();
    told.sort();
    told.dedup();
    assert_eq!(told.len(), NODES, "every event names its node");
    assert!(deployed.iter().all(|event| event["fromStatus"] == "DEPLOYING"));
    until_all_run(&mut client, &first, 2, NODES).await;

    // Back is a newer version with the older text.
    let back = client.post(&format!("{path}/rollback"), &json!({ "version": 1 })).await.unwrap();
    assert_eq!(back["version"], 3);
    stream.until(|text| text.contains("version 3 is running on all 4 nodes")).await;

    // A node in maintenance runs nothing; the others go on.
    let list = client.get("/api/v1/nodes").await.unwrap();
    let node = list["items"][0]["id"].as_str().unwrap().to_owned();
    let node_path = format!("/api/v1/nodes/{node}");
    let set = |on: bool| json!({ "maintenance": on });
    client.call(Method::PUT, &node_path, Some(&set(true))).await.unwrap();
    let none = |shown: &Value| shown["pipelines"] == json!([]);
    until(&mut client, &node_path, none).await;
    let others = client.get(&format!("/api/v1/instances?pipelineId={first}")).await.unwrap();
    assert_eq!(others["total"], NODES - 1);
    client.call(Method::PUT, &node_path, Some(&set(false))).await.unwrap();
    until_all_run(&mut client, &first, 3, NODES).await;

    // A selector picks by the labels people gave; the others stop the pipeline.
    let labels = json!({ "labels": { "role": "edge" } });
    client.call(Method::PUT, &node_path, Some(&labels)).await.unwrap();
    let path = format!("/api/v1/pipelines/{second}");
    let deploy = json!({ "nodeSelector": { "role": "edge" } });
    client.post(&format!("{path}/deploy"), &deploy).await.unwrap();
    stream
        .until(|text| text.contains("version 2 is running on the one node that was picked"))
        .await;
    let instances = format!("/api/v1/instances?pipelineId={second}");
    let shown = until(&mut client, &instances, |list| list["total"] == 1).await;
    assert_eq!(shown["items"][0]["nodeId"], *node);
    client.post(&format!("{path}/undeploy"), &json!({})).await.unwrap();
    until(&mut client, &instances, |list| list["total"] == 0).await;

    // What happened is history, with the node it happened on.
    let events = format!("{node_path}/events?pipelines=true");
    let arrived = |list: &Value| {
        let items = list["items"].as_array().unwrap();
        items.iter().filter(|event| event["toStatus"] == "DEPLOYED").count() >= 3
    };
    until(&mut client, &events, arrived).await;

    fleet.stop().await;
    running.stop().await;
}

/// Waits until every node runs the version of the pipeline, and none differs from what is desired.
async fn until_all_run(client: &mut ApiClient, pipeline: &str, version: u32, nodes: usize) {
    let path = format!("/api/v1/pipelines/{pipeline}/deployment");
    let runs = |item: &Value| {
        item["version"] == version
            && item["desiredVersion"] == version
            && item["status"] == "RUNNING"
            && item["versionDrift"] == false
            && item["configDrift"] != true
            && item["progress"] == Value::Null
    };
    let all =
        |list: &Value| list["total"] == nodes && list["items"].as_array().unwrap().iter().all(runs);
    until(client, &path, all).await;
}
