//! Who may do what: each role against each call.

use serde_json::{Value, json};

use super::{PASSWORD, Person, Whole, heartbeat};

/// Calls, and the statuses that an outsider, a viewer, an editor and an admin of the team get.
/// `E`, `T`, `N` and `P` stand for environment, team, node and pipeline.
const CALLS: &[(&str, [u16; 4])] = &[
    ("GET /api/v1/users", [403, 403, 403, 403]),
    ("POST /api/v1/users", [403, 403, 403, 403]),
    ("POST /api/v1/teams", [403, 403, 403, 403]),
    ("POST /api/v1/environments", [403, 403, 403, 403]),
    ("GET /api/v1/teams/T/members", [404, 200, 200, 200]),
    ("PUT /api/v1/teams/T/members/nobody", [404, 403, 403, 400]),
    ("GET /api/v1/environments/E/enrollment-tokens", [404, 403, 403, 200]),
    ("POST /api/v1/environments/E/enrollment-token", [404, 403, 403, 201]),
    ("DELETE /api/v1/environments/E/enrollment-tokens/none", [404, 403, 403, 204]),
    ("GET /api/v1/fleet/summary?environmentId=E", [404, 200, 200, 200]),
    ("GET /api/v1/nodes?environmentId=E", [404, 200, 200, 200]),
    ("GET /api/v1/nodes/N", [404, 200, 200, 200]),
    ("GET /api/v1/nodes/N/events", [404, 200, 200, 200]),
    ("GET /api/v1/nodes/N/logs", [404, 200, 200, 200]),
    ("GET /api/v1/nodes/N/metrics", [404, 200, 200, 200]),
    ("GET /api/v1/nodes/N/metrics?range=7d", [404, 200, 200, 200]),
    ("GET /api/v1/nodes/N/uptime", [404, 200, 200, 200]),
    ("GET /api/v1/nodes/N/timeline", [404, 200, 200, 200]),
    ("GET /api/v1/analytics/volume?range=1d&environmentId=E", [404, 200, 200, 200]),
    ("GET /api/v1/events?environmentId=E", [404, 200, 200, 200]),
    ("GET /api/v1/logs?environmentId=E", [404, 200, 200, 200]),
    ("GET /api/v1/logs/export?environmentId=E", [404, 200, 200, 200]),
    ("GET /api/v1/pipelines/P", [404, 200, 200, 200]),
    ("GET /api/v1/pipelines/P/metrics", [404, 200, 200, 200]),
    ("GET /api/v1/pipelines/P/latency", [404, 200, 200, 200]),
    ("GET /api/v1/pipelines/P/samples", [404, 200, 200, 200]),
    ("GET /api/v1/pipelines/P/logs", [404, 200, 200, 200]),
    ("GET /api/v1/pipelines/P/event-samples", [404, 200, 200, 200]),
    ("GET /api/v1/pipelines/P/event-samples/none", [404, 404, 404, 404]),
    ("POST /api/v1/pipelines/P/event-samples", [404, 403, 400, 400]),
    ("POST /api/v1/pipelines/P/taps", [404, 403, 400, 400]),
    ("GET /api/v1/taps/none/events", [404, 404, 404, 404]),
    ("DELETE /api/v1/taps/none", [404, 404, 404, 404]),
    ("PUT /api/v1/pipelines/P", [404, 403, 400, 400]),
    ("DELETE /api/v1/pipelines/P", [404, 403, 204, 404]),
    ("POST /api/v1/nodes/N/revoke", [404, 403, 403, 204]),
    ("DELETE /api/v1/nodes/N", [404, 403, 403, 204]),
];

#[tokio::test]
async fn each_role_may_do_its_own_and_no_more() {
    let whole = Whole::start().await;
    let super_admin = whole.admin().await;
    let (team, environment) = super_admin.environment("production").await;
    let node = whole.enroll(&super_admin.enrollment_token(&environment).await, "web-1").await;
    let body = json!({ "environmentId": environment, "name": "p", "config": "sources: {}" });
    let pipeline = super_admin.create("/api/v1/pipelines", &body).await;

    let mut people = Vec::new();
    for role in [None, Some("VIEWER"), Some("EDITOR"), Some("ADMIN")] {
        people.push(member(&whole, &super_admin, &team, role).await);
    }
    for (call, expected) in CALLS {
        let call = call
            .replace("/T/", &format!("/{team}/"))
            .replace("=E", &format!("={environment}"))
            .replace("/E/", &format!("/{environment}/"))
            .replace("/nodes/N", &format!("/nodes/{}", node.id))
            .replace("/pipelines/P", &format!("/pipelines/{pipeline}"));
        let mut statuses = Vec::new();
        for person in &people {
            statuses.push(person.status(&call).await);
        }
        assert_eq!(statuses, expected, "{call}");
    }
}

#[tokio::test]
async fn a_member_sees_their_environment_and_no_other() {
    let whole = Whole::start().await;
    let super_admin = whole.admin().await;
    let (team, ours) = super_admin.environment("ours").await;
    let (_, theirs) = super_admin.environment("theirs").await;
    for (environment, host) in [(&ours, "web-1"), (&theirs, "db-1")] {
        let node = whole.enroll(&super_admin.enrollment_token(environment).await, host).await;
        assert_eq!(
            whole.agent(&node, "POST /api/agent/heartbeat", &heartbeat("p", "RUNNING", 1)).await,
            200
        );
    }
    let viewer = member(&whole, &super_admin, &team, Some("VIEWER")).await;
    let nodes = viewer.get("/api/v1/nodes").await;
    assert_eq!((&nodes["total"], &nodes["items"][0]["host"]), (&json!(1), &json!("web-1")));
    let session = viewer.get("/api/v1/session").await;
    assert_eq!(session["environments"].as_array().unwrap().len(), 1);
    assert_eq!(session["environments"][0]["role"], "VIEWER");
    assert_eq!(session["teams"][0]["name"], "ours team");
    assert_eq!(viewer.get("/api/v1/fleet/summary").await["nodes"]["total"], 1);
    assert_eq!(super_admin.get("/api/v1/fleet/summary").await["nodes"]["total"], 2);
    assert_eq!(viewer.status(&format!("GET /api/v1/nodes?environmentId={theirs}")).await, 404);
}

#[tokio::test]
async fn a_role_taken_away_is_gone_at_once() {
    let whole = Whole::start().await;
    let super_admin = whole.admin().await;
    let (team, environment) = super_admin.environment("production").await;
    let person = member(&whole, &super_admin, &team, Some("ADMIN")).await;
    let path = format!("/api/v1/environments/{environment}/enrollment-tokens");
    assert_eq!(person.status(&format!("GET {path}")).await, 200);
    let me = person.get("/api/v1/session").await["user"]["id"].as_str().unwrap().to_owned();
    let seat = format!("/api/v1/teams/{team}/members/{me}");
    super_admin.ask(&format!("PUT {seat}"), &json!({ "role": "VIEWER" })).await;
    assert_eq!(person.status(&format!("GET {path}")).await, 403);
    assert_eq!(super_admin.status(&format!("DELETE {seat}")).await, 204);
    assert_eq!(person.status(&format!("GET {path}")).await, 404);
    assert_eq!(super_admin.status(&format!("DELETE /api/v1/users/{me}")).await, 204);
    assert_eq!(person.status("GET /api/v1/session").await, 401);
}

/// A new person with this role in the team.
pub(super) async fn member<'a>(
    whole: &'a Whole,
    super_admin: &Person<'_>,
    team: &str,
    role: Option<&str>,
) -> Person<'a> {
    let email = format!("{}@example.org", role.unwrap_or("outsider").to_lowercase());
    let body = json!({ "email": email, "password": PASSWORD });
    let user = super_admin.create("/api/v1/users", &body).await;
    if let Some(role) = role {
        let call = format!("PUT /api/v1/teams/{team}/members/{user}");
        assert_eq!(super_admin.ask(&call, &json!({ "role": role })).await.status, 200);
        let wrong: Value = json!({ "role": "OWNER" });
        assert_eq!(super_admin.ask(&call, &wrong).await.status, 400);
    }
    whole.person(&email, PASSWORD).await
}
