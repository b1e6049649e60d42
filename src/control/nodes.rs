//! What people do to nodes: take their token away, or the whole node out of the fleet.

use systole_systems::input::Input;

use crate::control::{Control, gone};
use crate::http::reply::HttpError;

impl Control {
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
        self.announce(&Input::NodeRemoved { node }).await
    }
}
