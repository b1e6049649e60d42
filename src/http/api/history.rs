//! `/events` and `/logs`: what happened, newest first. Logs begin with the live tail, which the store does not have yet.

use std::cmp::Reverse;

use hyper::{Method, StatusCode};
use serde::Serialize;
use systole_systems::query::{AnswerBody, LogFilter, Query, TailLine};
use systole_systems::report::LogLevel;
use systole_systems::time::TickNumber;

use crate::http::api::call::{Call, mismatched, no_such_path, not_allowed};
use crate::http::api::list::ListView;
use crate::http::reply::{HttpError, Reply, json};
use crate::http::rfc3339::Rfc3339;
use crate::store::{HistoryQuery, RowKey, StoredEvent, StoredLog};

/// Where to look: environments the viewer may see, and what in them.
pub(super) struct Place {
    pub(super) environments: Vec<String>,
    pub(super) node: Option<String>,
    pub(super) pipeline: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EventView {
    id: String,
    node_id: String,
    /// Null: the status is the node's own.
    pipeline_id: Option<String>,
    from_status: Option<String>,
    to_status: String,
    reason: String,
    timestamp: Rfc3339,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogView {
    id: String,
    timestamp: Rfc3339,
    level: &'static str,
    message: String,
    node_id: String,
    pipeline_id: String,
}

pub(super) async fn events_route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => events(call, place(call).await?, false).await,
        (_, []) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

pub(super) async fn logs_route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => logs(call, place(call).await?).await,
        (_, []) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

/// All the viewer may see, narrowed by the query.
async fn place(call: &Call) -> Result<Place, HttpError> {
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

/// A page of status events.
pub(super) async fn events(
    call: &Call,
    place: Place,
    nodes_only: bool,
) -> Result<Reply, HttpError> {
    let query = HistoryQuery {
        environments: place.environments,
        node: place.node,
        pipeline: place.pipeline,
        nodes_only,
        before: cursor(call)?,
        limit: rows_to_read(call)?,
        ..HistoryQuery::default()
    };
    let events = call.app.store.status_events(&query).await?;
    page(call, events, |event| event.key, EventView::of)
}

/// A page of log lines: of the live tail and the store, each line once.
pub(super) async fn logs(call: &Call, place: Place) -> Result<Reply, HttpError> {
    let (before, limit) = (cursor(call)?, rows_to_read(call)?);
    let (levels, text) = (levels(call)?, call.params.text("q")?);
    let environment = match place.environments.as_slice() {
        [only] => Some(only.clone()),
        _ => None,
    };
    let filter = LogFilter {
        environment,
        node: place.node.clone(),
        pipeline: place.pipeline.clone(),
        levels: levels.clone(),
        text: text.clone(),
        before: before.map(|key| (key.tick, key.ordinal)),
    };
    let query = Query::LogTail { viewer: call.viewer()?, filter, limit: limit as usize };
    let answer = call.ask(query, "what the filter names was").await?;
    let AnswerBody::LogTail(tail) = answer.body else { mismatched() };
    let Place { environments, node, pipeline } = place;
    // After the tail: a line that is flushed in between is in both, never in neither.
    let query = HistoryQuery {
        environments,
        node,
        pipeline,
        levels,
        text,
        before,
        limit,
        nodes_only: false,
    };
    let stored = call.app.store.logs(&query).await?;
    page(call, merge(tail, stored), |log| log.key, LogView::of)
}

/// Newest first, each key once.
fn merge(tail: Vec<TailLine>, stored: Vec<StoredLog>) -> Vec<StoredLog> {
    let mut lines: Vec<StoredLog> = tail.into_iter().map(of_tail).chain(stored).collect();
    lines.sort_by_key(|line| Reverse(line.key));
    lines.dedup_by_key(|line| line.key);
    lines
}

fn of_tail(line: TailLine) -> StoredLog {
    let TailLine { tick, ordinal, at, level, node, pipeline, message } = line;
    StoredLog { key: RowKey { tick, ordinal }, node, pipeline, at, level, message }
}

/// One more than a page has tells whether there is another page.
fn rows_to_read(call: &Call) -> Result<u32, HttpError> {
    Ok(u32::try_from(call.params.limit()? + 1).expect("pages are small"))
}

fn page<T, V: Serialize>(
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

fn key_text(key: RowKey) -> String {
    format!("{}.{}", key.tick.0, key.ordinal)
}

fn cursor(call: &Call) -> Result<Option<RowKey>, HttpError> {
    call.params.word("cursor", parse_key)
}

fn parse_key(text: &str) -> Option<RowKey> {
    let (tick, ordinal) = text.split_once('.')?;
    Some(RowKey { tick: TickNumber(tick.parse().ok()?), ordinal: ordinal.parse().ok()? })
}

/// `levels=WARN,ERROR`; absent: all.
fn levels(call: &Call) -> Result<Vec<LogLevel>, HttpError> {
    let levels = call.params.word("levels", |list| list.split(',').map(level).collect())?;
    Ok(levels.unwrap_or_default())
}

fn level(text: &str) -> Option<LogLevel> {
    use LogLevel::{Debug, Error, Info, Trace, Warn};
    [Trace, Debug, Info, Warn, Error].into_iter().find(|level| level.as_str() == text)
}

impl EventView {
    fn of(event: StoredEvent) -> EventView {
        let StoredEvent { key, node, pipeline, from_status, to_status, reason, at } = event;
        EventView {
            id: key_text(key),
            node_id: node,
            pipeline_id: pipeline,
            from_status,
            to_status,
            reason,
            timestamp: Rfc3339(at),
        }
    }
}

impl LogView {
    fn of(log: StoredLog) -> LogView {
        let StoredLog { key, node, pipeline, at, level, message } = log;
        LogView {
            id: key_text(key),
            timestamp: Rfc3339(at),
            level: level.as_str(),
            message,
            node_id: node,
            pipeline_id: pipeline,
        }
    }
}

#[cfg(test)]
mod tests {
    use systole_systems::time::Millis;

    use super::*;

    fn tail_line(tick: u64, ordinal: u32) -> TailLine {
        TailLine {
            tick: TickNumber(tick),
            ordinal,
            at: Millis(tick),
            level: LogLevel::Info,
            node: "n1".into(),
            pipeline: "p1".into(),
            message: format!("{tick}.{ordinal}"),
        }
    }

    #[test]
    fn a_line_that_is_live_and_stored_is_shown_once() {
        let tail = vec![tail_line(9, 1), tail_line(9, 0), tail_line(7, 3)];
        let stored = vec![of_tail(tail_line(9, 0)), of_tail(tail_line(8, 0))];
        let merged = merge(tail, stored);
        let messages: Vec<&str> = merged.iter().map(|line| line.message.as_str()).collect();
        assert_eq!(messages, ["9.1", "9.0", "8.0", "7.3"]);
    }

    #[test]
    fn a_cursor_reads_back_what_was_written() {
        let key = RowKey { tick: TickNumber(u64::MAX), ordinal: 7 };
        assert_eq!(parse_key(&key_text(key)), Some(key));
        for text in ["", "7", "7.", ".7", "7.7.7", "-1.0", "a.b"] {
            assert_eq!(parse_key(text), None, "{text:?}");
        }
    }

    #[test]
    fn levels_are_the_words_they_are_shown_as() {
        assert_eq!(level("WARN"), Some(LogLevel::Warn));
        assert_eq!((level("warn"), level("")), (None, None));
    }
}
