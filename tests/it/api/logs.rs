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
async fn lines_of_a_pipeline_that_is_not_the_nodes_to_run_cost_the_others_nothing() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let (_, other) = admin.environment("elsewhere").await;
    let pipeline = async |environment: &str| {
        let body = json!({ "environmentId": environment, "name": "logs", "config": "sources: {}" });
        admin.create("/api/v1/pipelines", &body).await
    };
    let (own, foreign) = (pipeline(&environment).await, pipeline(&other).await);
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    // An agent that gets an error sends the same lines again and again.
    let body = json!([
        { "pipelineId": foreign, "lines": ["INFO not ours"] },
        { "pipelineId": "gone", "lines": ["INFO of nobody"] },
        { "pipelineId": own, "lines": (0..501).map(|at| format!("INFO {at}")).collect::<Vec<_>>() },
    ]);
    assert_eq!(whole.agent(&node, "POST /api/agent/logs", &body).await, 200);
    let lines = all_pages(&admin, "/api/v1/logs?limit=400").await;
    assert_eq!((lines.len(), &*lines[0]["message"].to_string()), (501, r#""INFO 500""#));
    assert!(lines.iter().all(|line| line["pipelineId"] == json!(own)));
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

#[tokio::test]
async fn lines_are_found_by_level_words_and_time_before_their_flush_and_after() {
    for flush_interval in ["600000", "50"] {
        let whole = Whole::start_with(&["--flush-interval-ms", flush_interval]).await;
        let admin = whole.admin().await;
        let (_, environment) = admin.environment("production").await;
        let body = json!({ "environmentId": environment, "name": "logs", "config": "sources: {}" });
        let pipeline = admin.create("/api/v1/pipelines", &body).await;
        let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
        let lines =
            ["INFO line one of /var/log/x", "ERROR line two timed out", "WARN line three: time"];
        let body = json!([{ "pipelineId": pipeline, "lines": lines }]);
        assert_eq!(whole.agent(&node, "POST /api/agent/logs", &body).await, 200);
        let all = admin.get("/api/v1/logs").await;
        let newest = all["items"][0]["timestamp"].as_str().unwrap().to_owned();
        let later = "2099-01-01T00:00:00Z";
        for _ in 0..2 {
            for (query, expected) in [
                ("q=line".to_owned(), 3),
                ("q=LINE%20log".to_owned(), 1),
                ("q=tim*".to_owned(), 2),
                ("q=time".to_owned(), 1),
                ("q=lin".to_owned(), 0),
                ("level=ERROR".to_owned(), 1),
                ("level=WARN&levels=ERROR,INFO".to_owned(), 3),
                ("levels=ERROR,WARN&q=tim*".to_owned(), 2),
                (format!("since={newest}"), 3),
                (format!("until={newest}"), 0),
                (format!("since={later}"), 0),
                (format!("until={later}&q=line"), 3),
            ] {
                for path in [
                    format!("/api/v1/logs?{query}"),
                    format!("/api/v1/nodes/{}/logs?{query}", node.id),
                    format!("/api/v1/pipelines/{pipeline}/logs?{query}"),
                ] {
                    let found = all_pages(&admin, &format!("{path}&limit=2")).await;
                    assert_eq!(found.len(), expected, "{path} {found:?}");
                }
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        for (query, field) in
            [("q=%25", "q"), ("q=a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,r", "q"), ("since=now", "since")]
        {
            let answer = admin.ask(&format!("GET /api/v1/logs?{query}"), &Value::Null).await;
            let error = answer.json()["error"].as_str().unwrap().to_owned();
            assert!(answer.status == 400 && error.starts_with(field), "{query} {error}");
        }
        whole.stop().await;
    }
}

#[tokio::test]
async fn an_export_holds_every_line_once_and_nothing_of_other_teams() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    for name in ["ours", "theirs"] {
        let (_, environment) = admin.environment(name).await;
        let body = json!({ "environmentId": environment, "name": "logs", "config": "sources: {}" });
        let pipeline = admin.create("/api/v1/pipelines", &body).await;
        let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
        for batch in 0..3 {
            let lines: Vec<String> =
                (0..900).map(|line| format!("INFO {name} line {}", 900 * batch + line)).collect();
            let body = json!([{ "pipelineId": pipeline, "lines": lines }]);
            assert_eq!(whole.agent(&node, "POST /api/agent/logs", &body).await, 200);
        }
        let export = |query: &str| {
            let call = format!("GET /api/v1/logs/export?environmentId={environment}{query}");
            let admin = &admin;
            async move { admin.ask(&call, &Value::Null).await }
        };
        let answer = export("").await;
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("application/x-ndjson"))
        );
        let lines: Vec<Value> =
            answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let expected = (0..2_700).rev().map(|number| format!("{name} line {number}"));
        let found = lines.iter().map(|line| line["message"].as_str().unwrap());
        let found = found.map(|text| text.trim_start_matches("INFO ").to_owned());
        assert!(found.eq(expected));
        assert_eq!(lines[0]["nodeId"], json!(node.id));
        assert_eq!(export("&limit=7").await.body.lines().count(), 7);
        assert_eq!(export("&q=2699").await.body.lines().count(), 1);
        assert_eq!(export("&level=ERROR").await.body, "");
        assert_eq!(export("&limit=0").await.status, 400);
    }
    assert_eq!(admin.status("GET /api/v1/logs/export?environmentId=elsewhere").await, 404);
    assert_eq!(admin.status("POST /api/v1/logs/export").await, 405);
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
