//! What `/events` and `/logs` share: where to look, what for, and pages that end with a key.

use hyper::StatusCode;
use serde::Serialize;
use systole_systems::time::{Millis, TickNumber};

use crate::http::api::call::Call;
use crate::http::api::list::ListView;
use crate::http::api::range::instant;
use crate::http::reply::{HttpError, Reply, json};
use crate::store::RowKey;

/// Where to look: environments the viewer may see, and what in them.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) environments: Vec<String>,
    pub(super) node: Option<String>,
    pub(super) pipeline: Option<String>,
}

/// All the viewer may see, narrowed by the query.
pub(super) async fn place(call: &Call) -> Result<Place, HttpError> {
    let visible = call.environments().await?.into_iter().map(|environment| environment.id);
    let environments: Vec<String> = match call.params.id("environmentId")? {
        Some(wanted) => visible.filter(|id| *id == wanted).collect(),
        None => visible.collect(),
    };
    if environments.is_empty() && call.params.get("environmentId").is_some() {
        return Err(HttpError::NotFound("environment"));
    }
    let (node, pipeline) = (call.params.id("nodeId")?, call.params.id("pipelineId")?);
    Ok(Place { environments, node, pipeline })
}

/// From when on, and before when.
pub(super) fn period(call: &Call) -> Result<(Option<Millis>, Option<Millis>), HttpError> {
    Ok((instant(call, "since")?, instant(call, "until")?))
}

/// One more than a page has tells whether there is another page.
pub(super) fn rows_to_read(call: &Call) -> Result<u32, HttpError> {
    Ok(u32::try_from(call.params.limit()? + 1).expect("pages are small"))
}

/// A page of rows, one more than it has at most.
pub(super) fn page<T, V: Serialize>(
    call: &Call,
    mut rows: Vec<T>,
    key: impl Fn(&T) -> RowKey,
    view: impl Fn(T) -> V,
) -> Result<Reply, HttpError> {
    let limit = call.params.limit()?;
    let more = limit < rows.len();
    rows.truncate(limit);
    let next_cursor = rows.last().filter(|_| more).map(|row| key_text(key(row)));
    let only_page = !more && call.params.get("cursor").is_none();
    let list = ListView {
        total: only_page.then_some(rows.len()),
        items: rows.into_iter().map(view).collect(),
        next_cursor,
        position: None,
    };
    Ok(json(StatusCode::OK, &list))
}

/// A key as a cursor and an id.
pub(super) fn key_text(key: RowKey) -> String {
    format!("{}.{}", key.tick.0, key.ordinal)
}

/// Where the last page ended.
pub(super) fn cursor(call: &Call) -> Result<Option<RowKey>, HttpError> {
    call.params.word("cursor", parse_key)
}

fn parse_key(text: &str) -> Option<RowKey> {
    let (tick, ordinal) = text.split_once('.')?;
    Some(RowKey { tick: TickNumber(tick.parse().ok()?), ordinal: ordinal.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_what_was_written() {
        let key = RowKey { tick: TickNumber(u64::MAX), ordinal: 7 };
        assert_eq!(parse_key(&key_text(key)), Some(key));
        for text in ["", "7", "7.", ".7", "7.7.7", "-1.0", "a.b"] {
            assert_eq!(parse_key(text), None, "{text:?}");
        }
    }
}
