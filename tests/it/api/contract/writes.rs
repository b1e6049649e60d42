//! Every documented write, once: it answers as described, and the audit tells of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{CONFIG, Document, Seeded, heartbeat};
use crate::api::{EMAIL, PASSWORD, Whole};
use crate::edge::Answer;

#[tokio::test]
async fn every_documented_write_answers_as_described_and_is_recorded() {
    let whole = Whole::start().await;
    let seeded = Seeded::on(&whole).await;
    let document = Document::of(&whole).await;
    let mut tour = Tour { seeded: &seeded, document: &document, done: BTreeSet::new() };
    tour.people().await;
    tour.agents().await;
    tour.pipelines().await;
    tour.nodes().await;

    let writes: BTreeSet<String> = document
        .operations()
        .filter(|operation| operation.method != "GET")
        .map(|operation| format!("{} {}", operation.method, operation.path))
        .collect();
    assert_eq!(tour.done, writes);
    check_audit(&seeded).await;
    whole.stop().await;
}

/// Calls on their way through the document.
struct Tour<'a> {
    seeded: &'a Seeded<'a>,
    document: &'a Document,
    done: BTreeSet<String>,
}

impl Tour<'_> {
    /// Calls as somebody, with ids in place of what stands in braces.
    async fn call(&mut self, headers: &str, call: &str, ids: &[&str], body: Value) -> Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let mut filled = path.to_owned();
        for id in ids {
            let (open, close) = (filled.find('{').unwrap(), filled.find('}').unwrap());
            filled.replace_range(open..=close, id);
        }
        let call_filled = format!("{method} {filled}");
        let answer = self.seeded.whole.send(headers, &call_filled, &body).await;
        self.document.operation(method, path).check(&answer);
        self.done.insert(call.to_owned());
        answer
    }

    async fn admin(&mut self, call: &str, ids: &[&str], body: Value) -> Answer {
        let headers = bearer(&self.seeded.admin.token);
        self.call(&headers, call, ids, body).await
    }

    async fn create(&mut self, call: &str, ids: &[&str], body: Value) -> String {
        self.admin(call, ids, body).await.json()["id"].as_str().unwrap().to_owned()
    }

    async fn people(&mut self) {
        let sign_in = json!({ "email": EMAIL, "password": PASSWORD });
        let signed_in = self.call("", "POST /api/v1/session", &[], sign_in).await;
        let cookie = signed_in.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        self.call(&format!("Cookie: {cookie}\r\n"), "DELETE /api/v1/session", &[], Value::Null)
            .await;
        let token = self.seeded.whole.server.app.caches.setup.issue();
        let set_up = json!({ "token": token, "email": "b@example.org", "password": PASSWORD });
        self.call("", "POST /api/v1/setup", &[], set_up).await;

        let new_user = json!({ "email": "eve@example.org", "password": PASSWORD });
        let user = self.create("POST /api/v1/users", &[], new_user).await;
        let team = self.create("POST /api/v1/teams", &[], json!({ "name": "lab" })).await;
        let seat = [&*team, &*user];
        let role = json!({ "role": "EDITOR" });
        self.admin("PUT /api/v1/teams/{teamId}/members/{userId}", &seat, role).await;
        self.admin("DELETE /api/v1/teams/{teamId}/members/{userId}", &seat, Value::Null).await;
        self.admin("DELETE /api/v1/users/{userId}", &[&user], Value::Null).await;
        let environment = json!({ "name": "lab", "teamId": team });
        let environment = self.create("POST /api/v1/environments", &[], environment).await;
        let make = "POST /api/v1/environments/{environmentId}/enrollment-token";
        let token = self.create(make, &[&environment], Value::Null).await;
        let drop = "DELETE /api/v1/environments/{environmentId}/enrollment-tokens/{tokenId}";
        self.admin(drop, &[&environment, &token], Value::Null).await;
        let token = self.create("POST /api/v1/tokens", &[], json!({ "name": "ci" })).await;
        self.admin("DELETE /api/v1/tokens/{tokenId}", &[&token], Value::Null).await;
    }

    async fn agents(&mut self) {
        let seeded = self.seeded;
        let token = seeded.admin.enrollment_token(&seeded.environment).await;
        let enrollment = json!({ "token": token, "hostname": "web-2" });
        self.call("", "POST /api/agent/enroll", &[], enrollment).await;
        let node = bearer(&seeded.node.token);
        let body = heartbeat(&seeded.pipeline, 3_000);
        self.call(&node, "POST /api/agent/heartbeat", &[], body).await;
        let logs = json!([{ "pipelineId": seeded.pipeline, "lines": ["a line"] }]);
        self.call(&node, "POST /api/agent/logs", &[], logs).await;
        self.call(&node, "POST /api/agent/samples", &[], json!({ "results": [] })).await;
        let tap = json!({ "requestId": "r", "pipelineId": "p", "componentId": "c" });
        self.call(&node, "POST /api/agent/tap-events", &[], tap).await;

        let mut stream = seeded.admin.stream("").await;
        let hello = stream.read_until("\"position\"").await;
        let id = hello.split("\"streamId\":\"").nth(1).unwrap().split('"').next().unwrap();
        let filter = json!({ "nodeIds": [seeded.node.id] });
        self.admin("PUT /api/sse/{streamId}/filter", &[id], filter).await;
    }

    async fn pipelines(&mut self) {
        let ours = [&*self.seeded.pipeline];
        let tap = json!({ "componentId": "out" });
        let tap = self.create("POST /api/v1/pipelines/{pipelineId}/taps", &ours, tap).await;
        self.admin("DELETE /api/v1/taps/{tapId}", &[&tap], Value::Null).await;
        let wanted = json!({ "componentIds": ["in"], "limit": 2 });
        self.admin("POST /api/v1/pipelines/{pipelineId}/event-samples", &ours, wanted).await;
        let text = json!({ "config": CONFIG });
        self.admin("POST /api/v1/configurations/check", &[], text).await;
        let new =
            json!({ "environmentId": self.seeded.environment, "name": "x", "config": CONFIG });
        let id = self.create("POST /api/v1/pipelines", &[], new).await;
        let id = [&*id];
        self.admin("PUT /api/v1/pipelines/{pipelineId}", &id, json!({ "name": "y" })).await;
        let deploy = json!({ "changelog": "it works", "nodeSelector": { "site": "north" } });
        self.admin("POST /api/v1/pipelines/{pipelineId}/deploy", &id, deploy).await;
        let back = json!({ "version": 1 });
        self.admin("POST /api/v1/pipelines/{pipelineId}/rollback", &id, back).await;
        self.admin("POST /api/v1/pipelines/{pipelineId}/undeploy", &id, Value::Null).await;
        self.admin("DELETE /api/v1/pipelines/{pipelineId}", &id, Value::Null).await;
    }

    async fn nodes(&mut self) {
        let id = [&*self.seeded.node.id];
        let change = json!({ "maintenance": true, "labels": { "rack": "7" } });
        self.admin("PUT /api/v1/nodes/{nodeId}", &id, change).await;
        let update = json!({
            "type": "self_update", "targetVersion": "2.0.0", "downloadUrl": "https://h.example/a",
            "checksum": format!("sha256:{}", "a".repeat(64)),
        });
        self.admin("POST /api/v1/nodes/{nodeId}/action", &id, update).await;
        self.admin("DELETE /api/v1/nodes/{nodeId}/action", &id, Value::Null).await;
        self.admin("POST /api/v1/nodes/{nodeId}/revoke", &id, Value::Null).await;
        self.admin("DELETE /api/v1/nodes/{nodeId}", &id, Value::Null).await;
    }
}

/// Each action of the table has left an entry, and each entry says what it is about.
async fn check_audit(seeded: &Seeded<'_>) {
    let audit = seeded.admin.get("/api/v1/audit?limit=500").await;
    let entries = audit["items"].as_array().unwrap();
    let recorded: BTreeSet<&str> =
        entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
    let known = systole::http::openapi::operations::actions().collect::<BTreeSet<_>>();
    assert_eq!(recorded, known);
    for entry in entries {
        let kind = entry["subjectKind"].as_str().unwrap();
        assert!(entry["subjectId"].is_string(), "{entry}");
        assert!(entry["action"].as_str().unwrap().starts_with(kind), "{entry}");
        let is_somewhere =
            ["node", "pipeline", "tap", "environment", "enrollment_token"].contains(&kind);
        assert_eq!(entry["environmentId"].is_string(), is_somewhere, "{entry}");
        assert_eq!(entry["actorId"].is_string(), entry["action"] != "node.enroll", "{entry}");
    }
    let text = audit.to_string();
    for secret in [PASSWORD, "vf_enroll_", "vf_node_", "systole_"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}
