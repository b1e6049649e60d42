//! Entity tags: a browser that polls gets nothing again that it has. Never for streams and exports.

use std::hash::Hasher as _;

use hyper::header::{CACHE_CONTROL, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use hyper::{Response, StatusCode};
use rustc_hash::FxHasher;

use crate::http::reply::{Reply, ReplyBody};

/// Browsers keep it and ask each time whether it still holds; nobody on the way keeps it.
const KEPT_BY_BROWSERS: HeaderValue = HeaderValue::from_static("private, no-cache");
/// Longest end of a body in which its position is looked for: two numbers and their names.
const POSITION_BYTES_MAX: usize = 64;
const POSITION: &[u8] = b",\"position\":\"";

/// Gives an answer of known bytes its tag, and leaves out the body that the asker has. `kept`: browsers
/// may keep it on their disk.
pub fn tagged(mut reply: Reply, asked: &HeaderMap, kept: bool) -> Reply {
    let ReplyBody::Whole(Some(body)) = reply.body() else { return reply };
    if reply.status() != StatusCode::OK {
        return reply;
    }
    let tag = tag(body);
    if kept {
        reply.headers_mut().insert(CACHE_CONTROL, KEPT_BY_BROWSERS);
    }
    reply.headers_mut().insert(ETAG, tag.clone());
    if is_known(asked, &tag) { not_modified(reply) } else { reply }
}

/// 304 with the headers of the whole answer that say how long it holds.
pub fn not_modified(whole: Reply) -> Reply {
    let mut reply = Response::new(ReplyBody::Whole(None));
    *reply.status_mut() = StatusCode::NOT_MODIFIED;
    for name in [ETAG, CACHE_CONTROL] {
        if let Some(value) = whole.headers().get(&name) {
            reply.headers_mut().insert(name, value.clone());
        }
    }
    reply
}

/// Whether the asker names this tag, or any.
pub fn is_known(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let plain = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let tag = plain(tag.to_str().expect("tags are hexadecimal"));
    let lists = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|known| known.trim() == "*" || plain(known) == tag)
}

/// A weak tag: it says that the content is the same, whatever the position.
fn tag(body: &[u8]) -> HeaderValue {
    let content = without_position(body);
    let mut hasher = FxHasher::default();
    hasher.write(content);
    let text = format!("W/\"{:016x}-{:x}\"", hasher.finish(), content.len());
    HeaderValue::from_str(&text).expect("hexadecimal is header-safe")
}

/// The body up to the position at its end, if it has one. It moves with every tick; whoever goes on from an
/// older one sees some events again, which are absolute.
fn without_position(body: &[u8]) -> &[u8] {
    let from = body.len().saturating_sub(POSITION_BYTES_MAX);
    // Quotes within texts are escaped, so no text looks like this.
    let found = body[from..].windows(POSITION.len()).rposition(|part| part == POSITION);
    let Some(at) = found.map(|at| from + at) else { return body };
    let value = &body[at + POSITION.len()..];
    let Some(number) = value.strip_suffix(b"\"}") else { return body };
    if number.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.') {
        &body[..at]
    } else {
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::reply::json;

    fn asked(tags: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(IF_NONE_MATCH, HeaderValue::from_str(tags).unwrap());
        headers
    }

    #[test]
    fn whoever_has_the_content_gets_no_body() {
        let reply = || json(StatusCode::OK, &[1, 2, 3]);
        let first = tagged(reply(), &HeaderMap::new(), true);
        assert_eq!(first.headers()[CACHE_CONTROL], "private, no-cache");
        let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
        let strong = tag.trim_start_matches("W/");
        for known in [&tag, strong, "*", &format!("\"a\", {tag}")] {
            let again = tagged(reply(), &asked(known), true);
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{known}");
            assert!(matches!(again.body(), ReplyBody::Whole(None)));
            assert_eq!(again.headers()[ETAG], tag.as_str());
        }
        let other = tagged(json(StatusCode::OK, &[1, 2]), &asked(&tag), false);
        assert_eq!(other.status(), StatusCode::OK);
        assert_eq!(other.headers()[CACHE_CONTROL], "no-store");
    }

    #[test]
    fn only_the_position_at_the_end_is_left_out() {
        let same = |one: &str, other: &str| tag(one.as_bytes()) == tag(other.as_bytes());
        assert!(same(r#"{"a":1,"position":"7.1"}"#, r#"{"a":1,"position":"7.2"}"#));
        assert!(!same(r#"{"a":1,"position":"7.1"}"#, r#"{"a":2,"position":"7.1"}"#));
        assert!(!same(r#"{"position":"7.1","a":1}"#, r#"{"position":"7.2","a":1}"#));
        assert!(!same(r#"{"a":",\"position\":\"7.1"}"#, r#"{"a":",\"position\":\"7.2"}"#));
        assert!(same("[]", "[]"));
    }
}
