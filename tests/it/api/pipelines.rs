//! Pipelines: what people store is what agents are told.

use serde_json::{Value, json};

use super::{EnrolledNode, Whole};
use crate::edge::request;

/// A configuration with this text in it.
fn config(mark: &str) -> String {
    format!(
        "# {mark}\nsources:\n  in:\n    type: demo_logs\n    format: json\n\
         sinks:\n  out:\n    type: blackhole\n    inputs: [in]\n"
    )
}

#[tokio::test]
async fn what_is_deployed_reaches_the_nodes_of_its_environment() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    assert_eq!(configuration(&whole, &node).await, json!([]));

    let body = json!({ "environmentId": environment, "name": " logs ", "config": config("first") });
    let id = admin.create("/api/v1/pipelines", &body).await;
    let path = format!("/api/v1/pipelines/{id}");
    assert_eq!(configuration(&whole, &node).await, json!([]), "stored is not deployed");

    let deploy = format!("POST {path}/deploy");
    let deployed = admin.ask(&deploy, &json!({ "changelog": "It begins" })).await.json();
    assert_eq!((&deployed["version"], &deployed["deployedVersion"]), (&json!(1), &json!(1)));
    let told = configuration(&whole, &node).await;
    assert_eq!((&told[0]["pipelineId"], &told[0]["version"]), (&json!(id), &json!(1)));
    assert_eq!(told[0]["configYaml"], config("first"));

    let change = json!({ "config": config("second") });
    let changed = admin.ask(&format!("PUT {path}"), &change).await.json();
    assert_eq!((&changed["version"], &changed["hasUndeployedChanges"]), (&json!(1), &json!(true)));
    assert_eq!(configuration(&whole, &node).await, told, "what people edit runs nowhere");
    assert_eq!(admin.ask(&deploy, &json!({})).await.json()["version"], 2);
    let newer = configuration(&whole, &node).await;
    assert_eq!(
        (&newer[0]["version"], &newer[0]["configYaml"]),
        (&json!(2), &json!(config("second")))
    );
    assert_ne!(newer[0]["checksum"], told[0]["checksum"]);

    let back = admin.ask(&format!("POST {path}/rollback"), &json!({ "version": 1 })).await.json();
    assert_eq!((&back["version"], &back["config"]), (&json!(3), &json!(config("first"))));
    let again = configuration(&whole, &node).await;
    assert_eq!((&again[0]["version"], &again[0]["checksum"]), (&json!(3), &told[0]["checksum"]));

    let versions = admin.get(&format!("{path}/versions?limit=2")).await;
    let said = |at: usize| (&versions["items"][at]["version"], &versions["items"][at]["changelog"]);
    assert_eq!(said(0), (&json!(3), &json!("Back to version 1")));
    assert_eq!(said(1), (&json!(2), &json!("")));
    assert_eq!(versions["items"][0]["authorEmail"], "ada@example.org");
    let rest = admin.get(&format!("{path}/versions?cursor=2")).await;
    assert_eq!(rest["items"][0]["changelog"], "It begins");
    assert_eq!(admin.get(&format!("{path}/versions/2")).await["config"], config("second"));
    assert_eq!(admin.status(&format!("GET {path}/versions/4")).await, 404);
    let difference = admin.get(&format!("{path}/diff?from=1&to=2")).await;
    let kinds: Vec<_> = difference["hunks"][0]["lines"].as_array().unwrap().iter().collect();
    assert_eq!((&kinds[0]["kind"], &kinds[0]["text"]), (&json!("removed"), &json!("# first")));
    assert_eq!(difference["components"], json!({"added": [], "removed": [], "changed": []}));

    let renamed = admin.ask(&format!("PUT {path}"), &json!({ "name": "journal" })).await.json();
    assert_eq!((&renamed["version"], &renamed["name"]), (&json!(3), &json!("journal")));
    assert_eq!(configuration(&whole, &node).await[0]["pipelineName"], "journal");
    let list = admin.get(&format!("/api/v1/pipelines?environmentId={environment}")).await;
    assert_eq!((&list["total"], &list["items"][0]["deployedVersion"]), (&json!(1), &json!(3)));

    assert_eq!(admin.status(&format!("POST {path}/undeploy")).await, 200);
    assert_eq!(configuration(&whole, &node).await, json!([]));
    assert_eq!(admin.ask(&deploy, &json!({})).await.json()["version"], 4);
    assert_eq!(admin.status(&format!("DELETE {path}")).await, 204);
    assert_eq!(admin.status(&format!("GET {path}")).await, 404);
    assert_eq!(configuration(&whole, &node).await, json!([]));
}

#[tokio::test]
async fn whatever_changes_what_a_node_runs_is_told_to_it_at_once() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    let body = json!({ "environmentId": environment, "name": "logs", "config": config("first") });
    let pipeline = admin.create("/api/v1/pipelines", &body).await;
    let mut push = whole.connect().await;
    push.send(request(&node.token, "GET", "/api/agent/push", "").as_bytes()).await;
    push.read_until(": connected").await;
    let path = format!("/api/v1/pipelines/{pipeline}");
    let node = format!("PUT /api/v1/nodes/{}", node.id);
    for (call, body, reason) in [
        (format!("POST {path}/deploy"), json!({}), "deploy"),
        (format!("POST {path}/rollback"), json!({ "version": 1 }), "rollback"),
        (node.clone(), json!({ "maintenance": true }), "maintenance_on"),
        (node, json!({ "maintenance": false }), "maintenance_off"),
        (format!("POST {path}/undeploy"), json!({}), "undeploy"),
    ] {
        assert_eq!(admin.ask(&call, &body).await.status, 200, "{call}");
        let told = push.read_until(&format!("\"reason\":\"{reason}\"")).await;
        assert!(told.contains("event: config_changed\n"), "{told}");
    }
}

#[tokio::test]
async fn a_configuration_with_a_mistake_is_kept_and_not_deployed() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let wrong = config("x").replace("[in]", "[inn]");
    let body = json!({ "environmentId": environment, "name": "logs", "config": wrong });
    let id = admin.create("/api/v1/pipelines", &body).await;
    let answer = admin.ask(&format!("POST /api/v1/pipelines/{id}/deploy"), &json!({})).await;
    let why =
        "the configuration cannot be deployed: line 9, column 14: sink `out` reads from `inn`";
    let error = answer.json()["error"].as_str().unwrap().to_owned();
    assert!(answer.status == 400 && error.starts_with(why), "{error}");
    let checked = admin.ask("POST /api/v1/configurations/check", &json!({ "config": wrong })).await;
    let problems = checked.json()["problems"].clone();
    let warning = (&problems[0]["severity"], &problems[0]["component"]);
    assert_eq!(warning, (&json!("warning"), &json!("in")), "nothing reads from it");
    let problem = &problems[1];
    assert_eq!((&problem["line"], &problem["column"]), (&json!(9), &json!(14)));
    let graph = admin.get(&format!("/api/v1/pipelines/{id}/graph")).await;
    assert_eq!(graph["components"].as_array().unwrap().len(), 2);
    assert_eq!(admin.get(&format!("/api/v1/pipelines/{id}")).await["deployedVersion"], Value::Null);
}

#[tokio::test]
async fn nodes_are_picked_by_their_labels_and_kept_from_running_anything_in_maintenance() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let token = admin.enrollment_token(&environment).await;
    let one = whole.enroll(&token, "web-1").await;
    let two = whole.enroll(&token, "web-2").await;
    let body = json!({ "environmentId": environment, "name": "logs", "config": config("x") });
    let id = admin.create("/api/v1/pipelines", &body).await;
    let deploy = json!({ "nodeSelector": { "zone": "a" } });
    assert_eq!(
        admin.ask(&format!("POST /api/v1/pipelines/{id}/deploy"), &deploy).await.status,
        200
    );
    let runs = async |node: &EnrolledNode| configuration(&whole, node).await != json!([]);
    assert!(!runs(&one).await && !runs(&two).await);

    let edit = |node: &EnrolledNode| format!("PUT /api/v1/nodes/{}", node.id);
    let labels = json!({ "labels": { "zone": "a" }, "name": "edge" });
    let edited = admin.ask(&edit(&one), &labels).await.json();
    assert_eq!((&edited["name"], &edited["labels"]), (&json!("edge"), &json!({ "zone": "a" })));
    assert!(runs(&one).await && !runs(&two).await);
    let shown = admin.get(&format!("/api/v1/nodes/{}", one.id)).await;
    assert_eq!((&shown["name"], &shown["labels"]["zone"]), (&json!("edge"), &json!("a")));
    assert_eq!(
        shown["operatorLabels"],
        json!({ "zone": "a" }),
        "of those it has, what people said"
    );

    let rows = admin.get(&format!("/api/v1/deployments?environmentId={environment}")).await;
    let first = &rows["items"][0];
    assert_eq!(
        (&first["nodeName"], &first["pipelines"][0]["desiredVersion"]),
        (&json!("edge"), &json!(1))
    );
    assert_eq!(rows["items"][1]["pipelines"], json!([]));

    assert_eq!(admin.ask(&edit(&one), &json!({ "maintenance": true })).await.status, 200);
    assert!(!runs(&one).await);
    let list = admin.get("/api/v1/nodes?q=edge").await;
    assert_eq!(list["items"][0]["maintenance"], true);
    assert_eq!(admin.ask(&edit(&one), &json!({ "maintenance": false })).await.status, 200);
    assert!(runs(&one).await);
    assert_eq!(admin.ask(&edit(&one), &json!({})).await.status, 400);
}

#[tokio::test]
async fn an_agent_is_told_to_replace_itself_until_it_has() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    let action = format!("/api/v1/nodes/{}/action", node.id);
    let update = json!({
        "type": "self_update", "targetVersion": "v2.0.0",
        "downloadUrl": "https://example.org/agent", "checksum": format!("sha256:{}", "ab".repeat(32)),
    });
    assert_eq!(admin.ask(&format!("POST {action}"), &update).await.status, 204);
    assert_eq!(answer(&whole, &node).await["pendingAction"], update);
    let shown = admin.get(&format!("/api/v1/nodes/{}", node.id)).await;
    assert_eq!(shown["pendingAction"], update, "people see what is not done yet");
    let restart = json!({ "type": "restart", "pipelineId": "p1" });
    assert_eq!(admin.ask(&format!("POST {action}"), &restart).await.status, 409);

    let headers = format!("Authorization: Bearer {}\r\n", node.token);
    let old = json!({ "pipelines": [], "agentVersion": "v1.9.0" });
    assert_eq!(whole.send(&headers, "POST /api/agent/heartbeat", &old).await.status, 200);
    assert_eq!(answer(&whole, &node).await["pendingAction"], update);
    let new = json!({ "pipelines": [], "agentVersion": "v2.0.0" });
    for _ in 0..100 {
        assert_eq!(whole.send(&headers, "POST /api/agent/heartbeat", &new).await.status, 200);
        if answer(&whole, &node).await["pendingAction"] == Value::Null {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the action is still pending");
}

#[tokio::test]
async fn a_pipeline_without_name_or_text_is_refused() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    for (name, config, why) in [
        (" ", "x", "name is empty"),
        ("p", " \n", "config is empty"),
        ("p", "a\0b", "config holds a NUL character"),
        ("p\u{1b}[2J", "x", "name holds control characters"),
    ] {
        let body = json!({ "environmentId": environment, "name": name, "config": config });
        let answer = admin.ask("POST /api/v1/pipelines", &body).await;
        assert_eq!((answer.status, answer.json()["error"].as_str().unwrap()), (400, why));
    }
    let elsewhere = json!({ "environmentId": "elsewhere", "name": "p", "config": "x" });
    assert_eq!(admin.ask("POST /api/v1/pipelines", &elsewhere).await.status, 404);
}

async fn configuration(whole: &Whole, node: &EnrolledNode) -> Value {
    answer(whole, node).await["pipelines"].clone()
}

/// What the agent of a node is answered when it polls.
async fn answer(whole: &Whole, node: &EnrolledNode) -> Value {
    let headers = format!("Authorization: Bearer {}\r\n", node.token);
    let answer = whole.send(&headers, "GET /api/agent/config", &Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()
}
