//! The page people open: one file of HTML, style and script, which asks no other host for anything.

use std::sync::LazyLock;

use bytes::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use hyper::{Method, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::auth::secrets::hex;
use crate::http::reply::{HttpError, Reply, bytes_of, no_content};

const HTML: &str = include_str!("page/index.html");

/// The headers that follow from the file.
static HEADERS: LazyLock<PageHeaders> = LazyLock::new(|| PageHeaders::of(HTML));

struct PageHeaders {
    etag: HeaderValue,
    content_security_policy: HeaderValue,
}

/// Answers a request for the page; `None`: the path is another one.
pub fn route(method: &Method, path: &str, headers: &HeaderMap) -> Option<Result<Reply, HttpError>> {
    if path != "/" && path != "/setup" {
        return None;
    }
    if method != Method::GET && method != Method::HEAD {
        return Some(Err(HttpError::MethodNotAllowed(&[Method::GET, Method::HEAD])));
    }
    Some(Ok(page(headers)))
}

fn page(headers: &HeaderMap) -> Reply {
    let PageHeaders { etag, content_security_policy } = &*HEADERS;
    let mut reply = if headers.get(IF_NONE_MATCH) == Some(etag) {
        let mut unchanged = no_content();
        *unchanged.status_mut() = StatusCode::NOT_MODIFIED;
        unchanged
    } else {
        bytes_of(StatusCode::OK, "text/html; charset=utf-8", Bytes::from_static(HTML.as_bytes()))
    };
    let sent = reply.headers_mut();
    sent.insert(ETAG, etag.clone());
    sent.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    sent.insert(CONTENT_SECURITY_POLICY, content_security_policy.clone());
    sent.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    sent.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    reply
}

impl PageHeaders {
    /// Only the style and the script of this very file run, and they talk to this server alone.
    fn of(html: &str) -> PageHeaders {
        let policy = format!(
            "default-src 'none'; script-src '{}'; style-src '{}'; connect-src 'self'; \
             img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            source_hash(element(html, "<script>", "</script>")),
            source_hash(element(html, "<style>", "</style>")),
        );
        let etag = format!("\"{}\"", hex(&Sha256::digest(html)[..12]));
        PageHeaders {
            etag: HeaderValue::from_str(&etag).expect("hexadecimal is header-safe"),
            content_security_policy: HeaderValue::from_str(&policy).expect("so is base64"),
        }
    }
}

fn element<'a>(html: &'a str, open: &str, close: &str) -> &'a str {
    let (_, rest) = html.split_once(open).expect("the page has one style and one script");
    let (content, _) = rest.split_once(close).expect("elements are closed");
    content
}

/// A source expression that admits exactly this text.
fn source_hash(text: &str) -> String {
    format!("sha256-{}", base64(&Sha256::digest(text)))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group = chunk.iter().fold(0, |group, byte| group << 8 | u32::from(*byte));
        let group = group << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let digit = DIGITS[(group >> (18 - 6 * place)) as usize & 63];
            text.push(if place <= chunk.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str, headers: &HeaderMap) -> Reply {
        route(&Method::GET, path, headers).unwrap().unwrap()
    }

    #[test]
    fn the_page_is_served_where_people_arrive_and_nowhere_else() {
        let none = HeaderMap::new();
        for path in ["/", "/setup"] {
            assert_eq!(get(path, &none).status(), StatusCode::OK, "{path}");
        }
        for path in ["", "/index.html", "/api/v1/nodes", "/setup/x"] {
            assert!(route(&Method::GET, path, &none).is_none(), "{path}");
        }
        let posted = route(&Method::POST, "/", &none).unwrap();
        assert!(matches!(posted, Err(HttpError::MethodNotAllowed(_))));
    }

    #[test]
    fn a_browser_that_has_the_page_gets_no_second_copy() {
        let first = get("/", &HeaderMap::new());
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
        assert_eq!(get("/", &headers).status(), StatusCode::NOT_MODIFIED);
        headers.insert(IF_NONE_MATCH, HeaderValue::from_static("\"another\""));
        assert_eq!(get("/", &headers).status(), StatusCode::OK);
    }

    #[test]
    fn base64_of_every_length() {
        let cases =
            [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg==")];
        for (text, expected) in cases {
            assert_eq!(base64(text.as_bytes()), expected);
        }
    }

    #[test]
    fn the_policy_admits_nothing_inline_but_the_two_hashed_elements() {
        for forbidden in
            [" style=", "javascript:", "innerHTML", "insertAdjacentHTML", "document.write"]
        {
            assert!(!HTML.contains(forbidden), "{forbidden}");
        }
        assert_eq!(HTML.matches("<script").count(), 1);
        assert_eq!(HTML.matches("<style").count(), 1);
        let policy = HEADERS.content_security_policy.to_str().unwrap();
        assert!(!policy.contains("unsafe"), "{policy}");
    }

    #[test]
    fn the_page_names_no_other_host() {
        let hosts = HTML.match_indices("://").map(|(at, _)| &HTML[at - 4..at + 20]);
        let others: Vec<&str> = hosts.filter(|host| !host.contains("www.w3.org")).collect();
        assert!(others.is_empty(), "{others:?}");
    }
}
