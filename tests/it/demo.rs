//! The whole demo in this process: what it shows, and that a second run on the same files goes on with the first.

use std::collections::BTreeSet;
use std::ffi::OsString;

use serde_json::{Value, json};
use systole::cli::{self, Invocation};
use systole::config::DemoConfig;
use systole::demo::{DemoFleet, EMAIL, PASSWORD, start_fleet, with_demo_user};
use systole::fleet_sim::connection::Target;
use systole::fleet_sim::setup::{ApiClient, SignIn};
use systole::serve::{Server, start};
use tempfile::TempDir;

use crate::simulated_fleet::until;

/// So many that each trouble comes to one.
const NODES: usize = 12;

/// A demo that runs.
struct Demo {
    server: Server,
    fleet: DemoFleet,
    client: ApiClient,
}

impl Demo {
    async fn start(directory: &TempDir) -> Demo {
        let config = config(directory);
        let server = start(&config.serve).await.unwrap();
        let fleet = start_fleet(&config, &server).await.unwrap();
        let target = Target::parse(&format!("http://{}", server.address)).unwrap();
        let sign_in = SignIn::Password { email: EMAIL.into(), password: PASSWORD.into() };
        let client = ApiClient::sign_in(target, &sign_in).await.unwrap();
        Demo { server, fleet, client }
    }

    async fn stop(self) {
        self.fleet.stop().await;
        self.server.stop().await;
    }
}

fn config(directory: &TempDir) -> DemoConfig {
    let data_dir = format!("--data-dir={}", directory.path().join("data").display());
    let nodes = format!("--nodes={NODES}");
    let options = ["--listen=127.0.0.1:0", "--heartbeat-interval-ms=1000", "--log=warn"];
    let arguments: Vec<OsString> = ["systole", "demo", &data_dir, &nodes]
        .into_iter()
        .chain(options)
        .map(OsString::from)
        .collect();
    let Invocation::Demo(mut config) = cli::parse(&arguments, |_| None).unwrap() else {
        panic!("demo was asked for");
    };
    with_demo_user(&mut config);
    *config
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_shows_its_components_and_trouble_and_goes_on_when_it_is_started_again() {
    let directory = tempfile::tempdir().unwrap();
    let mut demo = Demo::start(&directory).await;
    let client = &mut demo.client;

    // Each page has something to show.
    let changing = pipeline(client, "web-access-logs").await;
    let expected: BTreeSet<String> = graph(client, &changing).await;
    assert!(expected.contains("by_status") && expected.len() == 5, "{expected:?}");
    let told = |list: &Value| measured(list) == expected;
    let samples = format!("/api/v1/pipelines/{changing}/samples");
    until(client, &samples, told).await;
    let unwell = |summary: &Value| {
        let nodes = &summary["nodes"];
        nodes["total"] == NODES && nodes["degraded"] != 0 && nodes["unreachable"] != 0
    };
    until(client, "/api/v1/fleet/summary", unwell).await;
    let labelled = "/api/v1/nodes?label=role=kubernetes";
    let picked = until(client, labelled, |list| list["total"] == 4).await;
    let older = |item: &Value| item["agentVersion"] == "sim-m002";
    assert!(picked["items"].as_array().unwrap().iter().any(older), "people label these");
    let chosen = pipeline(client, "kubernetes-events").await;
    let path = format!("/api/v1/pipelines/{chosen}/deployment");
    until(client, &path, |list| list["total"] == 4).await;

    // A newer version comes by itself, and one node does not take it.
    let path = format!("/api/v1/pipelines/{changing}/deployment");
    let drifts = |item: &&Value| item["versionDrift"] == true && item["desiredVersion"] == 2;
    let one_drifts = |list: &Value| {
        let items = list["items"].as_array().unwrap();
        items.iter().filter(|item| item["version"] == 2).count() >= NODES - 4
            && items.iter().any(|item| drifts(&item) && item["status"] == "RUNNING")
    };
    until(client, &path, one_drifts).await;
    let before = nodes(client).await;
    demo.stop().await;

    // The same nodes come back, and nothing is made twice.
    let mut demo = Demo::start(&directory).await;
    let client = &mut demo.client;
    let all_known = |list: &Value| {
        let items = list["items"].as_array().unwrap();
        items.iter().filter(|item| item["status"] == "HEALTHY").count() >= NODES - 2
    };
    until(client, "/api/v1/nodes", all_known).await;
    assert_eq!(nodes(client).await, before);
    assert_eq!(client.get("/api/v1/teams").await.unwrap()["total"], 1);
    assert_eq!(client.get("/api/v1/environments").await.unwrap()["total"], 1);
    assert_eq!(client.get("/api/v1/pipelines").await.unwrap()["total"], 8);
    let path = format!("/api/v1/pipelines/{changing}/versions");
    let versions = client.get(&path).await.unwrap();
    let versions = versions["items"].as_array().unwrap();
    assert_eq!((versions.len(), &versions[1]["changelog"]), (2, &json!("First version")));
    demo.stop().await;
}

/// The id of a pipeline.
async fn pipeline(client: &mut ApiClient, name: &str) -> String {
    let list = client.get(&format!("/api/v1/pipelines?q={name}")).await.unwrap();
    assert_eq!(list["total"], 1, "{list}");
    list["items"][0]["id"].as_str().unwrap().to_owned()
}

/// The components its text has.
async fn graph(client: &mut ApiClient, pipeline: &str) -> BTreeSet<String> {
    let graph = client.get(&format!("/api/v1/pipelines/{pipeline}/graph")).await.unwrap();
    texts(graph["components"].as_array().unwrap(), "id")
}

/// The components that nodes tell of.
fn measured(list: &Value) -> BTreeSet<String> {
    texts(list["components"].as_array().unwrap(), "componentId")
}

/// Ids and names of all nodes.
async fn nodes(client: &mut ApiClient) -> BTreeSet<(String, String)> {
    let list = client.get("/api/v1/nodes?limit=500").await.unwrap();
    assert_eq!(list["total"], NODES, "{list}");
    let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    let items = list["items"].as_array().unwrap();
    items.iter().map(|item| (text(item, "id"), text(item, "name"))).collect()
}

fn texts(items: &[Value], field: &str) -> BTreeSet<String> {
    items.iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}
