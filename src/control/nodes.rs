//! What people do to nodes: name them, label them, keep them from running anything, give them something to do,
//! take their token away, or take the whole node out of the fleet.

use serde::Serialize;
use systole_systems::input::{Input, NodeEdited};
use systole_systems::packed::PackedBuf;
use systole_systems::report::Label;

use crate::clock::wall_now;
use crate::control::{Control, gone};
use crate::http::reply::HttpError;
use crate::push::PushMessage;
use crate::store::NodeEdit;

/// What a change of a node sets; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NodeChange {
    pub name: Option<String>,
    /// All labels that people gave it.
    pub labels: Option<Vec<(String, String)>>,
    pub maintenance: Option<bool>,
}

/// Another version of the agent for it to replace itself with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SelfUpdate {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub target_version: String,
    pub download_url: String,
    /// `sha256:` and the digest in hex.
    pub checksum: String,
}

impl Control {
    /// Names a node, labels it, or sets whether it is in maintenance. Answers what was and what is.
    pub async fn edit_node(
        &self,
        node: &str,
        change: NodeChange,
    ) -> Result<(NodeEdit, NodeEdit), HttpError> {
        let _turn = self.turn().await;
        let known = self.store.node_edit(node).await?;
        let known = known.ok_or(HttpError::NotFound("node"))?;
        let maintenance_since = match change.maintenance {
            Some(true) => known.maintenance_since.or_else(|| Some(wall_now())),
            Some(false) => None,
            None => known.maintenance_since,
        };
        let edit = NodeEdit {
            name: change.name.unwrap_or_else(|| known.name.clone()),
            operator_labels: change.labels.unwrap_or_else(|| known.operator_labels.clone()),
            maintenance_since,
            ..known.clone()
        };
        if edit == known {
            return Ok((known, edit));
        }
        self.store.edit_node(&edit).await?;
        let labels: PackedBuf =
            edit.operator_labels.iter().map(|(key, value)| Label { key, value }).collect();
        self.announce(&Input::NodeEdited(NodeEdited {
            node,
            name: &edit.name,
            operator_labels: labels.packed(),
            maintenance: edit.maintenance_since.is_some(),
        }))
        .await?;
        Ok((known, edit))
    }

    /// Has the agent replace itself: it is told at once, and at every poll until it has or cannot.
    pub async fn update_agent(&self, node: &str, update: &SelfUpdate) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        let action = serde_json::to_value(update).expect("plain data");
        self.store.set_pending_action(node, Some(&action.to_string())).await?;
        self.caches.pending_actions.set(node, action);
        let message = PushMessage::Action {
            action: update.kind,
            target_version: Some(update.target_version.clone()),
            download_url: Some(update.download_url.clone()),
            checksum: Some(update.checksum.clone()),
            pipeline_id: None,
        };
        self.caches.push.notify_node(node, &message);
        Ok(())
    }

    /// The agent has done what it was to do; `None`: whatever that is, it is taken back.
    pub async fn end_pending_action(
        &self,
        node: &str,
        done: Option<&serde_json::Value>,
    ) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        let present = self.caches.pending_actions.of_node(node);
        if done.is_some() && present.as_ref() != done {
            return Ok(()); // it was given something else meanwhile
        }
        self.store.set_pending_action(node, None).await?;
        self.caches.pending_actions.remove(node);
        Ok(())
    }

    /// Makes the node's token invalid; the node and its history stay.
    pub async fn revoke_node(&self, node: &str) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        self.store.revoke_node(node).await?;
        self.caches.nodes.remove_node(node);
        self.announce(&Input::NodeRevoked { node }).await
    }

    /// Deletes the node and its history.
    pub async fn delete_node(&self, node: &str) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        gone(self.store.delete_node(node).await)?;
        self.caches.nodes.remove_node(node);
        self.caches.pending_actions.remove(node);
        self.announce(&Input::NodeRemoved { node }).await
    }
}
