//! Request bodies: bounded in bytes and in time, and JSON whose errors name the field.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt as _;
use hyper::body::{Body, Incoming};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::edge_counters::Reason;
use crate::http::reply::HttpError;

/// Time in which a body must be here, however slow its sender.
const BODY_TIME_MAX: Duration = Duration::from_secs(20);

/// Reads a body of at most `bytes_max` bytes; what comes after is left unread and the connection closes.
pub async fn read(app: &App, body: Incoming, bytes_max: usize) -> Result<Bytes, HttpError> {
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if bytes_max < announced {
        app.counters.count(Reason::BodyTooLarge);
        return Err(HttpError::TooLarge { bytes_max });
    }
    match tokio::time::timeout(BODY_TIME_MAX, collect(app, body, announced, bytes_max)).await {
        Ok(read) => read,
        Err(_) => {
            app.counters.count(Reason::BodyTooSlow);
            Err(HttpError::TooSlow)
        }
    }
}

/// Decodes JSON; what is wrong is told with the path of the field.
pub fn from_json<T: DeserializeOwned>(body: &[u8]) -> Result<T, HttpError> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        HttpError::BadRequest(match (error.is_data(), path.as_str()) {
            (true, "." | "?") => format!("the body does not fit: {error}"),
            (true, path) => format!("{path} does not fit: {error}"),
            (false, _) => format!("the body is not JSON: {error}"),
        })
    })?;
    json.end().map_err(|error| HttpError::BadRequest(format!("the body is not JSON: {error}")))?;
    Ok(value)
}

/// Decodes a JSON object. A list is refused, which serde would take for the fields in their order.
pub fn from_json_object<T: DeserializeOwned>(body: &[u8]) -> Result<T, HttpError> {
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(HttpError::BadRequest("the body does not fit: it is no object".into()));
    }
    from_json(body)
}

/// Memory for large bodies that are on their way. Cheap to clone; clones share it.
#[derive(Clone, Debug, Default)]
pub struct BodyBudget {
    used_bytes: Arc<AtomicUsize>,
}

/// Bytes of one body outside the budget: many times an ordinary heartbeat, so that whoever fills
/// the budget with large bodies is in the way of large bodies alone.
const UNBUDGETED_BYTES: usize = 256 << 10;

/// Bytes of all large bodies together; a body that would exceed it gets 503.
const BUDGET_BYTES_MAX: usize = 128 << 20;

/// The part of the budget that one body holds.
#[derive(Debug)]
struct Share {
    budget: BodyBudget,
    bytes: usize,
}

impl Share {
    /// Grows the share to what a body of `body_bytes` needs; false when the budget is used up.
    fn cover(&mut self, body_bytes: usize) -> bool {
        let needed = body_bytes.saturating_sub(UNBUDGETED_BYTES);
        let Some(more) = needed.checked_sub(self.bytes).filter(|more| 0 < *more) else {
            return true;
        };
        let used = self.budget.used_bytes.fetch_add(more, Ordering::Relaxed);
        self.bytes += more;
        used + more <= BUDGET_BYTES_MAX
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.budget.used_bytes.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

async fn collect(
    app: &App,
    mut body: Incoming,
    announced: usize,
    bytes_max: usize,
) -> Result<Bytes, HttpError> {
    let mut share = Share { budget: app.bodies.clone(), bytes: 0 };
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while let Some(frame) = body.frame().await {
        // The sender is gone: whatever is answered, nobody reads it.
        let frame = frame.map_err(|_| HttpError::BadRequest("the body ended early".into()))?;
        let Ok(data) = frame.into_data() else { continue };
        let read = if rest.is_empty() { first.len() } else { rest.len() } + data.len();
        if bytes_max < read {
            app.counters.count(Reason::BodyTooLarge);
            return Err(HttpError::TooLarge { bytes_max });
        }
        if !share.cover(read) {
            app.counters.count(Reason::BodyBudgetFull);
            let why = "too many large bodies at once";
            return Err(HttpError::Unavailable { why, retry_after_seconds: 1 });
        }
        if first.is_empty() {
            first = data;
            continue;
        }
        if rest.is_empty() {
            // Only what has come is believed: an announced length costs nothing until then.
            rest.reserve(announced.min(UNBUDGETED_BYTES).max(first.len() + data.len()));
            rest.extend_from_slice(&first);
        }
        rest.extend_from_slice(&data);
    }
    Ok(if rest.is_empty() { first } else { rest.freeze() })
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the errors are looked at")]
    struct Outer {
        items: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the errors are looked at")]
    struct Inner {
        name: String,
    }

    #[test]
    fn errors_name_the_field() {
        let cases = [
            (r#"{"items":[{"name":"a"},{"name":5}]}"#, "items[1].name does not fit"),
            (r#"{"items":{}}"#, "items does not fit"),
            (r#"{"items":[{}]}"#, "missing field `name`"),
            (r#"{}"#, "missing field `items`"),
            (r#"[]x"#, "the body"),
            (r#"{"items":[]"#, "the body is not JSON"),
            (r#"{"items":[]} x"#, "the body is not JSON"),
            ("", "the body is not JSON"),
        ];
        for (body, expected) in cases {
            match from_json::<Outer>(body.as_bytes()) {
                Err(HttpError::BadRequest(why)) => assert!(why.contains(expected), "{body}: {why}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_list_is_no_object() {
        assert!(from_json_object::<Inner>(br#" {"name":"a"}"#).is_ok());
        let listed = from_json_object::<Inner>(br#" ["a"]"#).map(drop);
        assert_eq!(
            listed,
            Err(HttpError::BadRequest("the body does not fit: it is no object".into()))
        );
    }

    #[test]
    fn only_large_bodies_share_the_budget() {
        let budget = BodyBudget::default();
        let share = || Share { budget: budget.clone(), bytes: 0 };
        let (mut large, mut small) = (share(), share());
        assert!(large.cover(UNBUDGETED_BYTES + BUDGET_BYTES_MAX));
        assert!(small.cover(UNBUDGETED_BYTES));
        assert!(!small.cover(UNBUDGETED_BYTES + 1));
        drop((large, small));
        assert_eq!(budget.used_bytes.load(Ordering::Relaxed), 0);
        assert!(share().cover(UNBUDGETED_BYTES + 1));
    }
}
