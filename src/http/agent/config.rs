//! `GET config`: what the node is to run. No tick, no SQL; anything unsure is 503, since an agent
//! stops what a 200 does not list.

use bytes::Bytes;
use hyper::header::{CONTENT_ENCODING, HOST, HeaderValue};
use hyper::{HeaderMap, StatusCode};

use crate::app::App;
use crate::config_answers::{Extras, Surroundings};
use crate::http::accept::takes_gzip;
use crate::http::agent::authorize::authorize;
use crate::http::reply::{HttpError, Reply, bytes_of};
use crate::http::router::Request;

pub(super) fn config(app: &App, request: &Request) -> Result<Reply, HttpError> {
    let headers = request.headers();
    let identity = authorize(app, headers)?;
    let push_url = push_url(app.options.public_url.as_deref(), headers);
    let around = Surroundings {
        poll_interval_millis: app.options.heartbeat_interval_millis,
        push_url: push_url.as_deref(),
    };
    let configs = &app.caches.configs;
    let answer = configs.of_node(&identity.node).ok_or(NOT_LOADED)?;
    let extras = Extras {
        pending_action: app.caches.pending_actions.of_node(&identity.node),
        sample_requests: app.event_samples.pending(&identity),
    };
    if extras != Extras::default() {
        let bytes = configs.encode(&answer, &around, &extras).ok_or(NOT_LOADED)?;
        return Ok(json_of(bytes.into()));
    }
    let body = configs.body(&answer, &around).ok_or(NOT_LOADED)?;
    if !takes_gzip(headers) {
        return Ok(json_of(body.plain));
    }
    let mut reply = json_of(body.gzip);
    reply.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Ok(reply)
}

const NOT_LOADED: HttpError =
    HttpError::Unavailable { why: "what this node runs is not loaded yet", retry_after_seconds: 5 };

fn json_of(bytes: Bytes) -> Reply {
    bytes_of(StatusCode::OK, "application/json", bytes)
}

/// Where the node reaches its push stream: the server as the agent addressed it, unless told
/// otherwise. Without either it is left out, and the agent goes without.
fn push_url(public_url: Option<&str>, headers: &HeaderMap) -> Option<String> {
    let origin = match public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", host(headers)?),
    };
    Some(format!("{origin}/api/agent/push"))
}

/// The Host header, when it is a host and perhaps a port: it ends up in an address to which agents
/// send their token.
fn host(headers: &HeaderMap) -> Option<&str> {
    const BYTES_MAX: usize = 261; // a name of 253, a colon, a port
    let host = headers.get(HOST)?.to_str().ok()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b);
    ((1..=BYTES_MAX).contains(&host.len()) && host.bytes().all(plain)).then_some(host)
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn push_urls() {
        let cases = [
            (None, Some("10.0.0.1:7300"), Some("http://10.0.0.1:7300/api/agent/push")),
            (None, Some("[::1]:7300"), Some("http://[::1]:7300/api/agent/push")),
            (None, Some("evil.example/x?"), None),
            (None, Some("user@evil.example"), None),
            (None, Some(""), None),
            (None, None, None),
            (Some("https://s.example/"), Some("x"), Some("https://s.example/api/agent/push")),
            (Some("https://s.example"), None, Some("https://s.example/api/agent/push")),
        ];
        for (public_url, host, expected) in cases {
            let mut headers = HeaderMap::new();
            if let Some(host) = host {
                headers.insert(HOST, HeaderValue::from_static(host));
            }
            assert_eq!(push_url(public_url, &headers).as_deref(), expected, "{host:?}");
        }
    }
}
