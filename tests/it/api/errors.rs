//! Errors: each is a sentence in `{"error": …}` that names what is wrong.

use serde_json::{Value, json};

use super::Whole;

#[tokio::test]
async fn what_is_no_path_is_not_found() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    for path in [
        "/api",
        "/api/",
        "/api/v1",
        "/api/v1/",
        "/api/v1/nope",
        "/api/v1/nodes/",
        "/api/v1/nodes/n/x",
        "/api/v1/nodes/%20",
        "/api/v1/audit/1",
        "/api/v2/nodes",
        "/api/agent/nope",
        "/api/sse/x",
        "/api/sse/x/y",
        "/nope",
    ] {
        for method in ["GET", "POST"] {
            let answer = admin.ask(&format!("{method} {path}"), &Value::Null).await;
            assert_eq!(answer.status, 404, "{method} {path}");
            assert_eq!(answer.json(), json!({ "error": "this path was not found" }), "{path}");
            assert_eq!(answer.header("content-type"), Some("application/json"));
        }
    }
}

#[tokio::test]
async fn a_target_that_is_no_path_is_not_found() {
    let whole = Whole::start().await;
    for target in ["GET foo", "CONNECT a:1", "OPTIONS *"] {
        let mut client = whole.connect().await;
        let head = format!("{target} HTTP/1.1\r\nHost: h\r\nAccept: text/html\r\n\r\n");
        client.send(head.as_bytes()).await;
        let answer = client.read_until("\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 404"), "{target}: {answer}");
    }
    whole.stop().await;
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (team, environment) = admin.environment("production").await;
    let body = json!({ "environmentId": environment, "name": "p", "config": "sources: {}" });
    let pipeline = admin.create("/api/v1/pipelines", &body).await;
    let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    let pipeline = format!("/api/v1/pipelines/{pipeline}");
    let check = async |call: String, body: Value, status: u16, named: &str| {
        let answer = admin.ask(&call, &body).await;
        assert_eq!(answer.status, status, "{call} {answer:?}");
        let error = answer.json();
        assert_eq!(error.as_object().unwrap().len(), 1, "{error}");
        assert!(error["error"].as_str().unwrap().contains(named), "{call} {error}");
    };
    let on = |call: &str| call.replace("PIPELINE", &pipeline);
    check(on("POST /api/v1/teams"), json!({ "name": 7 }), 400, "name does not fit").await;
    check(on("POST /api/v1/teams"), json!({}), 400, "`name`").await;
    check(on("POST /api/v1/teams"), json!([]), 400, "the body").await;
    check(on("POST PIPELINE/deploy"), json!([null, null]), 400, "no object").await;
    check(on("POST /api/v1/teams"), Value::Null, 400, "the body is not JSON").await;
    let taken = json!({ "name": "production", "teamId": team });
    check(on("POST /api/v1/environments"), taken, 409, "name").await;
    check(on("POST PIPELINE/deploy"), json!({ "nodeSelector": [] }), 400, "nodeSelector").await;
    check(on("POST PIPELINE/deploy"), json!({ "changelog": "a\0" }), 400, "changelog").await;
    check(on("POST PIPELINE/rollback"), json!({ "version": -1 }), 400, "version").await;
    check(on("POST PIPELINE/rollback"), json!({ "version": 9 }), 404, "version").await;
    for (query, named) in [
        ("/api/v1/nodes?limit=0", "limit"),
        ("/api/v1/nodes?status=healthy", "status"),
        ("/api/v1/nodes?environmentId=a%20b", "environmentId"),
        ("/api/v1/nodes?label=x", "label"),
        ("/api/v1/nodes?cursor=%00", "cursor"),
        ("/api/v1/nodes/NODE/events?pipelines=2", "pipelines"),
        ("/api/v1/audit?action=nap", "action"),
        ("/api/v1/audit?since=yesterday", "since"),
        ("/api/v1/audit?cursor=x", "cursor"),
        ("/api/v1/deployments", "environmentId"),
    ] {
        let query = query.replace("NODE", &node.id);
        check(format!("GET {query}"), Value::Null, 400, named).await;
    }
    // What a query holds beyond its parameters is ignored, as are unknown fields of bodies.
    assert_eq!(admin.status("GET /api/v1/nodes?colour=blue").await, 200);

    let long = json!({ "email": "x".repeat(17 << 10), "password": "" });
    let answer = whole.send("", "POST /api/v1/session", &long).await;
    assert_eq!(answer.status, 413);
    assert!(answer.json()["error"].as_str().unwrap().contains("larger than 16384 bytes"));
    let answer = whole.send("", "GET /api/v1/nodes", &Value::Null).await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")));
}
