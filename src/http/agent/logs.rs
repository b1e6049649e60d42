//! `POST logs`: log lines of newer agents. What this environment does not know, the core drops; an
//! agent that hears no 200 sends the same lines again and again.

use crate::app::App;
use crate::http::agent::authorize::authorize;
use crate::http::agent::{deliver, wire};
use crate::http::body;
use crate::http::reply::{HttpError, Reply};
use crate::http::router::Request;
use crate::ports::Load;

pub(super) async fn logs(app: &App, request: Request) -> Result<Reply, HttpError> {
    let identity = authorize(app, request.headers())?;
    let body = body::read(app, request.into_body(), app.options.body_bytes_max).await?;
    deliver(app, wire::decode_logs(&identity.node, &body), Load::Logs).await
}
