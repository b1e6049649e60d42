//! `POST enroll`: a host with an enrollment token becomes a node.

use hyper::StatusCode;
use serde::Serialize;
use serde_json::json;

use crate::app::App;
use crate::clock::wall_now;
use crate::control::enrollment::NewNode;
use crate::edge_counters::Reason;
use crate::http::agent::wire;
use crate::http::audit::{Actor, Note, record};
use crate::http::body;
use crate::http::openapi::operations::NODE_ENROLL;
use crate::http::reply::{HttpError, Reply, json};
use crate::http::router::Request;
use crate::store::AuditEntry;

/// Largest enrollment: who sends one has shown no token yet.
const ENROLLMENT_BYTES_MAX: usize = 64 << 10;

pub(super) async fn enroll(app: &App, request: Request) -> Result<Reply, HttpError> {
    let body = body::read(app, request.into_body(), ENROLLMENT_BYTES_MAX).await?;
    let (request, tally) =
        wire::decode_enrollment(&body).inspect_err(|_| app.counters.count(Reason::BodyInvalid))?;
    app.counters.record(&tally);
    let Some(grant) = app.caches.enrollment_tokens.find(&request.token) else {
        app.counters.count(Reason::EnrollmentTokenUnknown);
        let error = json!({ "error": "Invalid enrollment token" });
        return Ok(json(StatusCode::UNAUTHORIZED, &error));
    };
    let host = request.host.clone();
    let new = NewNode {
        environment: grant.environment.to_string(),
        host: request.host,
        os: request.os,
        agent_version: request.agent_version,
        vector_version: request.vector_version,
        labels: request.labels,
    };
    let node = app.control.enroll(new, wall_now()).await?;
    let actor = Actor {
        user: None,
        email: None,
        proof: "enrollment_token",
        credential: Some(grant.token.to_string()),
    };
    record(app, entry(&node.node, &grant.environment, actor, &host)).await;
    tracing::info!(node = %node.node, environment = %grant.environment, "node enrolled");
    Ok(json(
        StatusCode::OK,
        &Enrolled {
            node_id: &node.node,
            node_token: &node.token,
            environment_id: &grant.environment,
            environment_name: &grant.environment_name,
        },
    ))
}

fn entry(node: &str, environment: &str, actor: Actor, host: &str) -> AuditEntry {
    let detail = [("host".to_owned(), host.into())].into_iter().collect();
    AuditEntry {
        at: wall_now(),
        actor: actor.user,
        actor_email: actor.email,
        proof: actor.proof.into(),
        credential: actor.credential,
        action: NODE_ENROLL.into(),
        subject_kind: "node".into(),
        subject: Some(node.into()),
        environment: Some(environment.into()),
        detail: Note { detail, ..Note::default() }.detail_text(),
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Enrolled<'a> {
    node_id: &'a str,
    node_token: &'a str,
    environment_id: &'a str,
    environment_name: &'a str,
}
