//! `GET config`: what the node is to run. No tick, no SQL; anything unsure is 503, since an agent
//! stops what a 200 does not list.

use hyper::HeaderMap;
use hyper::header::HOST;

use crate::app::App;
use crate::config_answers::ConfigAnswers;
use crate::http::agent::authorize::authorize;
use crate::http::reply::{HttpError, Reply, json_joined};
use crate::http::router::Request;

pub(super) fn config(app: &App, request: &Request) -> Result<Reply, HttpError> {
    let identity = authorize(app, request.headers())?;
    let Some(head) = app.caches.configs.head(&identity.environment) else {
        let why = "the environment's configuration is not loaded";
        return Err(HttpError::Unavailable { why, retry_after_seconds: 5 });
    };
    let push_url = push_url(app.options.public_url.as_deref(), request.headers());
    let interval_millis = app.options.heartbeat_interval_millis;
    Ok(json_joined(head, ConfigAnswers::tail(interval_millis, push_url.as_deref())))
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
