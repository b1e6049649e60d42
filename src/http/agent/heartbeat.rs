//! `POST heartbeat`: what a node runs and how it fares.

use std::sync::Arc;

use systole_systems::input::Input;

use crate::app::App;
use crate::clock::steady_now;
use crate::http::agent::authorize::authorize;
use crate::http::agent::wire::Decoded;
use crate::http::agent::{deliver, wire};
use crate::http::body;
use crate::http::reply::{HttpError, Reply};
use crate::http::router::Request;
use crate::pending_actions::has_become;
use crate::ports::Load;

pub(super) async fn heartbeat(app: &Arc<App>, request: Request) -> Result<Reply, HttpError> {
    let identity = authorize(app, request.headers())?;
    let body = body::read(app, request.into_body(), app.options.body_bytes_max).await?;
    let mut decoded = wire::decode_heartbeat(&identity.node, &body);
    if let Ok(decoded) = &mut decoded {
        end_action(app, &identity.node, decoded);
        // Whether the heartbeat is taken or not: whoever waits for them wants them now.
        let results = std::mem::take(&mut decoded.sample_results);
        if !results.is_empty() {
            app.event_samples.take_results(&identity, results, steady_now());
        }
    }
    deliver(app, decoded, Load::Heartbeat).await
}

/// An agent that has become what it was to become, or says that it cannot, is told no more.
fn end_action(app: &Arc<App>, node: &str, decoded: &Decoded) {
    let Some(action) = app.caches.pending_actions.of_node(node) else { return };
    let target = action["targetVersion"].as_str().unwrap_or_default();
    let ends = decoded.inputs.iter().any(|input| {
        let Input::Heartbeat(heartbeat) = input else { return false };
        heartbeat.update_error.is_some()
            || heartbeat.agent_version.is_some_and(|version| has_become(version, target))
    });
    if !ends || !app.caches.pending_actions.begin_to_end(node, &action) {
        return;
    }
    // The heartbeat is not kept waiting; should this fail, the next one ends it.
    let (app, node) = (app.clone(), node.to_owned());
    tokio::spawn(async move {
        if let Err(error) = app.control.end_pending_action(&node, Some(&action)).await {
            app.caches.pending_actions.go_on(&node);
            tracing::warn!(%node, error = error.message(), "a pending action could not be ended");
        }
    });
}
