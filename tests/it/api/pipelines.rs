//! Pipelines: what people store is what agents are told.

use serde_json::{Value, json};

use super::{EnrolledNode, Whole};

#[tokio::test]
async fn a_stored_configuration_reaches_the_nodes_of_its_environment() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    assert_eq!(configuration(&whole, &node).await, json!([]));

    let body = json!({ "environmentId": environment, "name": " logs ", "config": "sources: {}" });
    let id = admin.create("/api/v1/pipelines", &body).await;
    let told = configuration(&whole, &node).await;
    assert_eq!((&told[0]["pipelineId"], &told[0]["version"]), (&json!(id), &json!(1)));

    let path = format!("/api/v1/pipelines/{id}");
    let change = json!({ "config": "sources: {a: {}}" });
    let changed = admin.ask(&format!("PUT {path}"), &change).await.json();
    assert_eq!((&changed["version"], &changed["name"]), (&json!(2), &json!("logs")));
    assert_eq!(configuration(&whole, &node).await[0]["version"], 2);
    // The same text is the same revision.
    assert_eq!(admin.ask(&format!("PUT {path}"), &change).await.json()["version"], 2);
    let renamed = admin.ask(&format!("PUT {path}"), &json!({ "name": "journal" })).await.json();
    assert_eq!((&renamed["version"], &renamed["name"]), (&json!(2), &json!("journal")));

    let shown = admin.get(&path).await;
    assert_eq!((&shown["name"], &shown["config"]), (&json!("journal"), &json!("sources: {a: {}}")));
    assert_eq!((&shown["version"], &shown["instances"]["total"]), (&json!(2), &json!(0)));
    let list = admin.get(&format!("/api/v1/pipelines?environmentId={environment}")).await;
    assert_eq!((&list["total"], &list["items"][0]["id"]), (&json!(1), &json!(id)));

    assert_eq!(admin.status(&format!("DELETE {path}")).await, 204);
    assert_eq!(admin.status(&format!("GET {path}")).await, 404);
    assert_eq!(configuration(&whole, &node).await, json!([]));
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
    let headers = format!("Authorization: Bearer {}\r\n", node.token);
    let answer = whole.send(&headers, "GET /api/agent/config", &Value::Null).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["pipelines"].clone()
}
