//! Logs: each line once, newest first, whether it is live or stored.

use serde_json::{Value, json};

use super::{Person, Whole, eventually};

#[tokio::test]
async fn pages_hold_each_line_once_before_and_after_the_flush() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let body = json!({ "environmentId": environment, "name": "logs", "config": "sources: {}" });
    let pipeline = admin.create("/api/v1/pipelines", &body).await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    let report = super::heartbeat(&pipeline, "RUNNING", 1);
    assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &report).await, 200);
    for batch in 0..5 {
        let lines: Vec<String> =
            (0..5).map(|line| format!("INFO line {:02}", 5 * batch + line)).collect();
        let body = json!([{ "pipelineId": pipeline, "lines": lines }]);
        assert_eq!(whole.agent(&node, "POST /api/agent/logs", &body).await, 200);
    }
    let expected: Vec<String> = (0..25).rev().map(|line| format!("line {line:02}")).collect();
    let path = format!("/api/v1/pipelines/{pipeline}/logs?limit=4");
    // At once, from the live tail; then while some lines are stored already; then long after.
    for _ in 0..5 {
        assert_eq!(numbers(&all_pages(&admin, &path).await), expected);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    for path in [
        "/api/v1/logs?limit=500".to_owned(),
        format!("/api/v1/nodes/{}/logs", node.id),
        format!("/api/v1/logs?environmentId={environment}&nodeId={}", node.id),
    ] {
        assert_eq!(numbers(&all_pages(&admin, &path).await), expected, "{path}");
    }
    let found = admin.get("/api/v1/logs?q=LINE%2007").await;
    assert_eq!((found["items"].as_array().unwrap().len(), &found["total"]), (1, &json!(1)));
    let line = &found["items"][0];
    assert_eq!((&line["level"], &line["pipelineId"]), (&json!("INFO"), &json!(pipeline)));
    assert_eq!(admin.get("/api/v1/logs?levels=WARN,ERROR").await["items"], json!([]));
}

#[tokio::test]
async fn lines_are_still_there_after_a_node_is_silent_and_gone_when_it_is_deleted() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let body = json!({ "environmentId": environment, "name": "logs", "config": "sources: {}" });
    let pipeline = admin.create("/api/v1/pipelines", &body).await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    let report = super::heartbeat(&pipeline, "RUNNING", 1);
    assert_eq!(whole.agent(&node, "POST /api/agent/heartbeat", &report).await, 200);
    let body = json!([{ "pipelineId": pipeline, "lines": ["ERROR out of disk"] }]);
    assert_eq!(whole.agent(&node, "POST /api/agent/logs", &body).await, 200);
    assert_eq!(admin.get("/api/v1/logs").await["total"], 1);
    assert_eq!(admin.status(&format!("DELETE /api/v1/nodes/{}", node.id)).await, 204);
    let none = |logs: &Value| logs["items"] == json!([]);
    eventually(|| admin.get("/api/v1/logs"), none).await;
}

async fn all_pages(person: &Person<'_>, path: &str) -> Vec<Value> {
    let mut lines = Vec::new();
    let mut cursor = String::new();
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = person.get(&format!("{path}{separator}cursor={cursor}")).await;
        lines.extend(page["items"].as_array().unwrap().iter().cloned());
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return lines,
        }
    }
}

fn numbers(lines: &[Value]) -> Vec<String> {
    let text = |line: &Value| line["message"].as_str().unwrap().to_owned();
    lines.iter().map(text).map(|text| text[text.find("line").unwrap()..].to_owned()).collect()
}
