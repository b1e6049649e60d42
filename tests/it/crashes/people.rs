//! People and enrollments over crashes: what the store has committed the fleet knows after the next
//! start, whether or not the server lived to tell it.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};
use systole::fleet_sim::connection::{Call, Connection, Target};
use systole::fleet_sim::setup::{ApiClient, SetupError, SignIn};
use systole::store::open;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{OPTIONS, crashes, millis};
use crate::process::Process;
use crate::server::{Kind, Place, token_of};

/// People at work at one time.
const WRITERS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_known_after_a_crash_on_sqlite() {
    crash_while_people_write(Place::new(Kind::Sqlite).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_committed_is_known_after_a_crash_on_postgres() {
    crash_while_people_write(Place::new(Kind::Postgres).await).await;
}

async fn crash_while_people_write(place: Place) {
    place.seed(&["p1"], "vf_node_test").await;
    let mut process = Process::start(&place, &OPTIONS).await;
    let mut root = process.root().await;
    let (_, token) = token_of(&mut root).await;
    let path = "/api/v1/environments/e1/enrollment-token";
    let enrollment = root.post(path, &json!({})).await.unwrap()["token"].clone();
    let enrollment = enrollment.as_str().unwrap().to_owned();
    let mut known = Known::default();
    for crash in 0..crashes() {
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (address, token, enrollment) = (process.address, token.clone(), enrollment.clone());
            writers.spawn(async move {
                let name = format!("{crash}-{writer}");
                let written = write(address, &token, &enrollment, &name).await;
                assert!(matches!(&written, Err(error) if is_end(error)), "{written:?}");
            });
        }
        sleep(millis(200..700)).await;
        process.kill();
        while let Some(ended) = writers.join_next().await {
            ended.unwrap();
        }
        let committed = committed(&place).await;
        assert_ne!(committed, known, "nothing was written");
        process = Process::start(&place, &OPTIONS).await;
        known = live(&process, &token).await;
        assert_eq!(known, committed, "left: the fleet; right: the store");
    }
    process.stop().await;
}

/// Pipelines with name and version, nodes with whether they are revoked.
#[derive(Debug, Default, PartialEq, Eq)]
struct Known {
    pipelines: BTreeSet<(String, String, u64)>,
    nodes: BTreeSet<(String, bool)>,
}

/// Creates, changes and deletes until the server is gone.
async fn write(
    address: SocketAddr,
    token: &str,
    enrollment: &str,
    name: &str,
) -> Result<(), SetupError> {
    let target = Target::parse(&format!("http://{address}")).unwrap();
    let sign_in = SignIn::ApiToken(token.to_owned());
    let mut client = ApiClient::sign_in(target.clone(), &sign_in).await?;
    let mut host = Connection::new(target);
    for turn in 0.. {
        let name = format!("{name}-{turn}");
        let body = json!({ "environmentId": "e1", "name": name, "config": "sources: {}\n" });
        let created = client.post("/api/v1/pipelines", &body).await?;
        let path = format!("/api/v1/pipelines/{}", created["id"].as_str().unwrap());
        let changed = json!({ "name": format!("{name} again"), "config": "sinks: {}\n" });
        client.call(Method::PUT, &path, Some(&changed)).await?;
        if turn % 3 == 0 {
            client.call(Method::DELETE, &path, None).await?;
        }

        let body = json!({ "token": enrollment, "hostname": name, "os": "linux",
            "agentVersion": "1", "vectorVersion": "1" });
        let path = "/api/agent/enroll";
        let body = Bytes::from(body.to_string());
        let call = Call { method: Method::POST, path, body, ..Call::default() };
        let answer = host.call(&call).await?;
        let enrolled: Value = serde_json::from_slice(&answer.body).unwrap();
        let node = enrolled["nodeId"].as_str().ok_or(SetupError::Missing("nodeId"))?;
        let path = format!("/api/v1/nodes/{node}");
        match turn % 3 {
            0 => client.call(Method::DELETE, &path, None).await?,
            1 => client.call(Method::POST, &format!("{path}/revoke"), None).await?,
            _ => Value::Null,
        };
    }
    Ok(())
}

/// A server that goes gives no answer, or says that it is going.
fn is_end(error: &SetupError) -> bool {
    match error {
        SetupError::Call(_) | SetupError::Missing("nodeId") => true,
        SetupError::Refused { status, .. } => *status == 503,
        SetupError::Missing(_) => false,
    }
}

/// What the store says, while no server runs.
async fn committed(place: &Place) -> Known {
    let store = open(&place.database_url).await.unwrap();
    let directory = store.load_directory().await.unwrap();
    let nodes = store.load_nodes("", 100_000).await.unwrap();
    store.close().await;
    let pipelines = directory.pipelines.into_iter();
    Known {
        pipelines: pipelines.map(|row| (row.id, row.name, row.revision.into())).collect(),
        nodes: nodes.into_iter().map(|row| (row.state.node, row.token_digest.is_none())).collect(),
    }
}

/// What the fleet says.
async fn live(process: &Process, token: &str) -> Known {
    let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
    let pipeline =
        |item: &Value| (text(item, "id"), text(item, "name"), item["version"].as_u64().unwrap());
    let node = |item: &Value| (text(item, "id"), item["revoked"].as_bool().unwrap());
    Known {
        pipelines: all(process, token, "pipelines").await.iter().map(pipeline).collect(),
        nodes: all(process, token, "nodes").await.iter().map(node).collect(),
    }
}

async fn all(process: &Process, token: &str, list: &str) -> Vec<Value> {
    let mut items = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/api/v1/{list}?limit=500{cursor}");
        let answer = process.get(&path, Some(token)).await.unwrap();
        let page: Value = serde_json::from_slice(&answer.body).unwrap();
        items.extend(page["items"].as_array().unwrap().iter().cloned());
        let Some(next) = page["nextCursor"].as_str() else { return items };
        cursor = format!("&cursor={next}");
    }
}
