//! `PUT /nodes/{id}` and `/nodes/{id}/action`: what people set about a node, and what they have its agent do.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::{Deserialize, Serialize};
use systole_systems::query::Subject;
use systole_systems::status::Role;

use crate::control::names;
use crate::control::nodes::{NodeChange, SelfUpdate};
use crate::http::api::call::Call;
use crate::http::api::pipelines::label_map;
use crate::http::reply::{HttpError, Reply, json, no_content};
use crate::http::rfc3339::Rfc3339;
use crate::push::PushMessage;
use crate::store::NodeEdit;

/// Longest version and address of a download, in bytes.
const TEXT_BYTES_MAX: usize = 500;

#[derive(Deserialize)]
struct ChangedNode {
    name: Option<String>,
    /// All labels that people gave it.
    labels: Option<BTreeMap<String, String>>,
    maintenance: Option<bool>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeEditView<'a> {
    id: &'a str,
    environment_id: &'a str,
    name: &'a str,
    /// Those that people gave it; they win over the agent's.
    labels: BTreeMap<&'a str, &'a str>,
    maintenance: bool,
    maintenance_since: Option<Rfc3339>,
}

/// What an agent is to do.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
enum Action {
    SelfUpdate { target_version: String, download_url: String, checksum: String },
    Restart { pipeline_id: String },
}

/// Names, labels, or sets whether it is in maintenance.
pub(super) async fn change(call: &Call, node: &str) -> Result<Reply, HttpError> {
    let ChangedNode { name, labels, maintenance } = call.json()?;
    // Taking every pipeline off a node is more than giving it a name.
    let least = if maintenance.is_some() { Role::Admin } else { Role::Editor };
    call.require(Subject::Node(node.to_owned()), least).await?;
    if name.is_none() && labels.is_none() && maintenance.is_none() {
        let why = "the body has neither name nor labels nor maintenance";
        return Err(HttpError::BadRequest(why.into()));
    }
    let name = name.as_deref().map(|name| names::name("name", name)).transpose();
    let name = name.map_err(HttpError::BadRequest)?.map(str::to_owned);
    let labels = labels.map(|labels| names::labels("labels", labels)).transpose();
    let labels = labels.map_err(HttpError::BadRequest)?;
    let change = NodeChange { name, labels, maintenance };
    let (before, edit) = call.app.control.edit_node(node, change).await?;
    note_change(call, &before, &edit);
    Ok(json(StatusCode::OK, &NodeEditView::of(&edit)))
}

/// Has the agent do something.
pub(super) async fn act(call: &Call, node: &str) -> Result<Reply, HttpError> {
    call.require(Subject::Node(node.to_owned()), Role::Admin).await?;
    match call.json()? {
        Action::SelfUpdate { target_version, download_url, checksum } => {
            check_update(&target_version, &download_url, &checksum)?;
            let kind = "self_update";
            let update = SelfUpdate { kind, target_version, download_url, checksum };
            call.app.control.update_agent(node, &update).await?;
            call.note("type", kind);
            call.note("targetVersion", update.target_version);
        }
        Action::Restart { pipeline_id } => {
            if !names::is_id(&pipeline_id) {
                return Err(HttpError::BadRequest("pipelineId is not an id".into()));
            }
            call.note("type", "restart");
            call.note("pipelineId", pipeline_id.as_str());
            // A hint that goes to a connected agent: one that is not misses it.
            let message = PushMessage::restart(pipeline_id);
            if !call.app.caches.push.notify_node(node, &message) {
                let why = "the agent of this node is not connected; a restart cannot wait for it";
                return Err(HttpError::Conflict(why.into()));
            }
        }
    }
    Ok(no_content())
}

/// Takes back what the agent has not done yet.
pub(super) async fn take_back(call: &Call, node: &str) -> Result<Reply, HttpError> {
    call.require(Subject::Node(node.to_owned()), Role::Admin).await?;
    call.app.control.end_pending_action(node, None).await?;
    Ok(no_content())
}

/// What differs, as it was and as it is.
fn note_change(call: &Call, before: &NodeEdit, after: &NodeEdit) {
    call.note("name", after.name.as_str());
    if before.name != after.name {
        call.note("oldName", before.name.as_str());
    }
    if before.operator_labels != after.operator_labels {
        call.note("oldLabels", serde_json::json!(label_map(&before.operator_labels)));
        call.note("labels", serde_json::json!(label_map(&after.operator_labels)));
    }
    call.note("oldMaintenance", before.maintenance_since.is_some());
    call.note("maintenance", after.maintenance_since.is_some());
}

fn check_update(version: &str, url: &str, checksum: &str) -> Result<(), HttpError> {
    let digest = checksum.strip_prefix("sha256:").unwrap_or_default();
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let why = if version.trim().is_empty() || TEXT_BYTES_MAX < version.len() {
        "targetVersion is empty or too long"
    } else if !url.starts_with("https://") || TEXT_BYTES_MAX < url.len() {
        "downloadUrl is not an https address"
    } else if !is_digest {
        "checksum is not sha256: and 64 hexadecimal digits"
    } else {
        return Ok(());
    };
    Err(HttpError::BadRequest(why.into()))
}

impl NodeEditView<'_> {
    fn of(edit: &NodeEdit) -> NodeEditView<'_> {
        NodeEditView {
            id: &edit.node,
            environment_id: &edit.environment,
            name: &edit.name,
            labels: label_map(&edit.operator_labels),
            maintenance: edit.maintenance_since.is_some(),
            maintenance_since: edit.maintenance_since.map(Rfc3339),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_update_must_be_one_that_an_agent_can_check() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let cases = [
            ("v1", "https://h/x", digest.as_str(), None),
            ("", "https://h/x", &digest, Some("targetVersion")),
            ("v1", "http://h/x", &digest, Some("downloadUrl")),
            ("v1", "https://h/x", "sha256:abc", Some("checksum")),
            ("v1", "https://h/x", "md5:abc", Some("checksum")),
        ];
        for (version, url, checksum, wrong) in cases {
            let checked = check_update(version, url, checksum).map_err(|error| error.message());
            match wrong {
                None => assert_eq!(checked, Ok(())),
                Some(field) => assert!(checked.unwrap_err().starts_with(field)),
            }
        }
    }
}
