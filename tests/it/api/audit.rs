//! The audit: what is told, to whom, and what a browser that polls gets.

use serde_json::{Value, json};

use super::contract::CONFIG;
use super::{PASSWORD, Whole};

#[tokio::test]
async fn a_deploy_is_told_to_those_of_its_environment_and_to_no_other() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (team, ours) = admin.environment("ours").await;
    let (_, theirs) = admin.environment("theirs").await;
    let body = json!({ "email": "v@example.org", "password": PASSWORD });
    let user = admin.create("/api/v1/users", &body).await;
    let seat = format!("PUT /api/v1/teams/{team}/members/{user}");
    assert_eq!(admin.ask(&seat, &json!({ "role": "EDITOR" })).await.status, 200);
    let editor = whole.person("v@example.org", PASSWORD).await;
    let mut pipelines = Vec::new();
    for (person, environment) in [(&editor, &ours), (&admin, &theirs)] {
        let body = json!({ "environmentId": environment, "name": "p", "config": CONFIG });
        let pipeline = person.create("/api/v1/pipelines", &body).await;
        let call = format!("POST /api/v1/pipelines/{pipeline}/deploy");
        assert_eq!(person.ask(&call, &json!({ "changelog": "go" })).await.status, 200);
        pipelines.push(pipeline);
    }
    let seen = editor.get("/api/v1/audit?action=pipeline.deploy").await;
    assert_eq!(seen["items"].as_array().unwrap().len(), 1);
    let entry = &seen["items"][0];
    assert_eq!(entry["actorEmail"], "v@example.org");
    assert_eq!((&entry["proof"], &entry["subjectId"]), (&json!("api_token"), &json!(pipelines[0])));
    assert_eq!(
        entry["detail"],
        json!({ "name": "p", "version": 1, "changelog": "go", "nodeSelector": {} })
    );
    let all = editor.get("/api/v1/audit").await;
    let places = all["items"].as_array().unwrap().iter().map(|entry| &entry["environmentId"]);
    assert!(places.into_iter().all(|place| *place == json!(ours)));
    assert_eq!(editor.status(&format!("GET /api/v1/audit?environmentId={theirs}")).await, 404);
    let both = admin.get("/api/v1/audit?action=pipeline.deploy").await;
    assert_eq!(both["items"].as_array().unwrap().len(), 2);

    // Page by page it is the same.
    let whole_list = admin.get("/api/v1/audit").await;
    let (mut pages, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = admin.get(&format!("/api/v1/audit?limit=2{cursor}")).await;
        pages.extend(page["items"].as_array().unwrap().clone());
        let Some(next) = page["nextCursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(json!(pages), whole_list["items"]);
    // People who are gone have done what they did.
    assert_eq!(admin.status(&format!("DELETE /api/v1/users/{user}")).await, 204);
    let left = admin.get(&format!("/api/v1/audit?actor={user}&action=pipeline.deploy")).await;
    assert_eq!(left["items"][0]["actorEmail"], "v@example.org");
}

#[tokio::test]
async fn what_is_refused_or_done_by_nobody_is_not_recorded() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let before = admin.get("/api/v1/audit").await["items"].clone();
    assert_eq!(whole.send("", "DELETE /api/v1/session", &Value::Null).await.status, 204);
    let wrong = json!({ "email": "ada@example.org", "password": "wrong horse" });
    assert_eq!(whole.send("", "POST /api/v1/session", &wrong).await.status, 401);
    assert_eq!(admin.ask("POST /api/v1/teams", &json!({ "name": "" })).await.status, 400);
    assert_eq!(admin.status("POST /api/v1/pipelines/none/deploy").await, 404);
    assert_eq!(admin.get("/api/v1/audit").await["items"], before);
}

#[tokio::test]
async fn a_browser_that_polls_gets_nothing_twice() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let (_, environment) = admin.environment("production").await;
    let auth = format!("Authorization: Bearer {}\r\n", admin.token);
    let ask = async |headers: &str, path: &str| {
        whole.send(&format!("{auth}{headers}"), &format!("GET {path}"), &Value::Null).await
    };
    for path in ["/api/v1/nodes", "/api/v1/fleet/summary", "/api/v1/teams", "/api/v1/audit"] {
        let first = ask("", path).await;
        assert_eq!(first.header("cache-control"), Some("private, no-cache"), "{path}");
        let known = format!("If-None-Match: {}\r\n", first.header("etag").unwrap());
        let again = ask(&known, path).await;
        assert_eq!((again.status, &*again.body), (304, ""), "{path}");
        assert_eq!(again.header("etag"), first.header("etag"));
    }
    let known = ask("", "/api/v1/nodes").await.header("etag").unwrap().to_owned();
    whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
    let changed = ask(&format!("If-None-Match: {known}\r\n"), "/api/v1/nodes").await;
    assert_eq!((changed.status, &changed.json()["total"]), (200, &json!(1)));

    let body = json!({ "environmentId": environment, "name": "p", "config": CONFIG });
    let pipeline = admin.create("/api/v1/pipelines", &body).await;
    let text = ask("", &format!("/api/v1/pipelines/{pipeline}")).await;
    assert_eq!(text.header("cache-control"), Some("no-store"));
    let export = ask("", "/api/v1/logs/export").await;
    assert_eq!((export.header("etag"), export.header("cache-control")), (None, Some("no-store")));
    assert_eq!(ask("", "/api/v1/nodes/none").await.header("etag"), None);
}
