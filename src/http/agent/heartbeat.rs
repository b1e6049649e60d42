//! `POST heartbeat`: what a node runs and how it fares.

use crate::app::App;
use crate::http::agent::authorize::authorize;
use crate::http::agent::{deliver, wire};
use crate::http::body;
use crate::http::reply::{HttpError, Reply};
use crate::http::router::Request;
use crate::ports::Load;

pub(super) async fn heartbeat(app: &App, request: Request) -> Result<Reply, HttpError> {
    let identity = authorize(app, request.headers())?;
    let body = body::read(app, request.into_body(), app.options.body_bytes_max).await?;
    deliver(app, wire::decode_heartbeat(&identity.node, &body), Load::Heartbeat).await
}
