//! Which node a request speaks for.

use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use crate::app::App;
use crate::auth::node_tokens::NodeIdentity;
use crate::edge_counters::Reason;
use crate::http::reply::HttpError;

/// The node of the bearer token. No store and no slow hash: this runs for every heartbeat.
pub(super) fn authorize(app: &App, headers: &HeaderMap) -> Result<NodeIdentity, HttpError> {
    bearer_token(headers).and_then(|token| app.caches.nodes.find(token)).ok_or_else(|| {
        app.counters.count(Reason::Unauthorized);
        HttpError::Unauthorized
    })
}

fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

#[cfg(test)]
mod tests {
    use hyper::header::HeaderValue;

    use super::*;

    #[test]
    fn tokens_in_headers() {
        let cases = [
            (Some("Bearer vf_node_1"), Some("vf_node_1")),
            (Some("bearer  vf_node_1 "), Some("vf_node_1")),
            (Some("Basic dTpw"), None),
            (Some("vf_node_1"), None),
            (Some("Bearer"), None),
            (Some("Bearer \u{fc}"), None),
            (None, None),
        ];
        for (header, token) in cases {
            let mut headers = HeaderMap::new();
            if let Some(header) = header {
                headers.insert(AUTHORIZATION, HeaderValue::from_bytes(header.as_bytes()).unwrap());
            }
            assert_eq!(bearer_token(&headers), token, "{header:?}");
        }
    }
}
