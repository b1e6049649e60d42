//! Paths to handlers.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::{Method, StatusCode};

use crate::app::App;
use crate::http::reply::{HttpError, Reply, bytes_of};
use crate::http::{agent, api, dashboard, events, metrics, openapi};

/// A request to this server.
pub type Request = hyper::Request<Incoming>;

/// Answers a request.
pub async fn route(app: Arc<App>, request: Request, peer: IpAddr) -> Reply {
    dispatch(&app, request, peer).await.unwrap_or_else(|error| error.reply())
}

/// 405 unless the request has one of these methods.
pub fn allow(request: &Request, methods: &'static [Method]) -> Result<(), HttpError> {
    if methods.contains(request.method()) {
        return Ok(());
    }
    Err(HttpError::MethodNotAllowed(methods))
}

async fn dispatch(app: &Arc<App>, request: Request, peer: IpAddr) -> Result<Reply, HttpError> {
    let uri = request.uri().clone();
    let path = one_slash(uri.path());
    match path {
        "/healthz" => return probe(&request, true),
        "/readyz" => return probe(&request, app.is_ready()),
        _ if !app.is_ready() => return Err(NOT_READY),
        _ => (),
    }
    if let Some(path) = path.strip_prefix("/api/agent/") {
        return agent::route(app, path, request).await;
    }
    if let Some(answered) = dashboard::route(request.method(), path, request.headers()) {
        return answered;
    }
    // A target that is no path, as of CONNECT, leads nowhere.
    let segments: Vec<&str> = path.strip_prefix('/').unwrap_or(path).split('/').collect();
    match segments.as_slice() {
        ["api", "v1", rest @ ..] => api::route(app, request, rest, peer).await,
        ["api", "sse", rest @ ..] => events::route(app, request, rest).await,
        ["api", "openapi.json"] => {
            allow(&request, &[Method::GET, Method::HEAD])?;
            Ok(openapi::reply(request.headers()))
        }
        ["metrics"] => {
            allow(&request, &[Method::GET, Method::HEAD])?;
            metrics::reply(app).await
        }
        _ => Err(HttpError::NotFound("this path was")),
    }
}

const NOT_READY: HttpError =
    HttpError::Unavailable { why: "the server is not ready", retry_after_seconds: 1 };

fn probe(request: &Request, well: bool) -> Result<Reply, HttpError> {
    allow(request, &[Method::GET, Method::HEAD])?;
    if !well {
        return Err(NOT_READY);
    }
    Ok(bytes_of(StatusCode::OK, "text/plain", Bytes::from_static(b"ok\n")))
}

/// The path with one slash at the start: an agent whose server address ends in a slash sends two.
fn one_slash(path: &str) -> &str {
    let doubled = path.bytes().take_while(|b| *b == b'/').count().saturating_sub(1);
    &path[doubled..]
}

#[cfg(test)]
mod tests {
    use super::one_slash;

    #[test]
    fn slashes() {
        let cases = [("/a", "/a"), ("//a/b", "/a/b"), ("///", "/"), ("/a//b", "/a//b"), ("*", "*")];
        for (path, expected) in cases {
            assert_eq!(one_slash(path), expected);
        }
    }
}
