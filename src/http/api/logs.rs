//! `/logs`: lines by where they are from, their level, their time and their words, newest first. They begin with
//! what the store does not have yet.

use std::cmp::Reverse;
use std::sync::Arc;

use hyper::Method;
use serde::Serialize;
use systole_systems::answer::{AnswerBody, TailLine};
use systole_systems::query::{LogFilter, Query};
use systole_systems::report::LogLevel;
use systole_systems::time::Millis;
use systole_systems::words::{Word, words};

use crate::app::App;
use crate::http::api::call::{Call, mismatched, no_such_path, not_allowed};
use crate::http::api::history::{Place, cursor, key_text, page, period, place, rows_to_read};
use crate::http::api::log_export::export;
use crate::http::reply::{HttpError, Reply};
use crate::http::rfc3339::Rfc3339;
use crate::store::{HistoryQuery, RowKey, StoredLog};

/// Words in one search.
const WORDS_MAX: usize = 16;

/// Which lines, and for whom.
#[derive(Clone)]
pub(super) struct LogSearch {
    pub(super) app: Arc<App>,
    pub(super) viewer: String,
    pub(super) place: Place,
    levels: Vec<LogLevel>,
    words: Vec<Word>,
    since: Option<Millis>,
    until: Option<Millis>,
}

/// A line as it is shown.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct LogView {
    id: String,
    timestamp: Rfc3339,
    level: &'static str,
    message: String,
    node_id: String,
    pipeline_id: String,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => logs(call, place(call).await?).await,
        (&Method::GET, ["export"]) => export(call, LogSearch::of(call, place(call).await?)?),
        (_, [] | ["export"]) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

/// A page of log lines.
pub(super) async fn logs(call: &Call, place: Place) -> Result<Reply, HttpError> {
    let search = LogSearch::of(call, place)?;
    let lines = search.lines(cursor(call)?, rows_to_read(call)?).await?;
    page(call, lines, |line| line.key, LogView::of)
}

impl LogSearch {
    pub(super) fn of(call: &Call, place: Place) -> Result<LogSearch, HttpError> {
        let (since, until) = period(call)?;
        Ok(LogSearch {
            app: call.app.clone(),
            viewer: call.viewer()?,
            place,
            levels: levels(call)?,
            words: wanted_words(call)?,
            since,
            until,
        })
    }

    /// The newest lines before a key: each once, whether it is stored or not yet.
    pub(super) async fn lines(
        &self,
        before: Option<RowKey>,
        limit: u32,
    ) -> Result<Vec<StoredLog>, HttpError> {
        let Place { environments, node, pipeline } = self.place.clone();
        if environments.is_empty() {
            return Ok(Vec::new());
        }
        let environment = match environments.as_slice() {
            [only] => Some(only.clone()),
            _ => None,
        };
        let filter = LogFilter {
            environment,
            node: node.clone(),
            pipeline: pipeline.clone(),
            levels: self.levels.clone(),
            words: self.words.clone(),
            since: self.since,
            until: self.until,
            before: before.map(|key| (key.tick, key.ordinal)),
        };
        let limit_lines = limit as usize;
        let query = Query::LogTail { viewer: self.viewer.clone(), filter, limit: limit_lines };
        let AnswerBody::LogTail(tail) = self.app.reader.ask(query).await?.body else {
            mismatched()
        };
        if tail.len() == limit_lines {
            // What is stored is older than what is not.
            return Ok(tail.into_iter().map(of_tail).collect());
        }
        // After the core: a line that is flushed in between is in both, never in neither.
        let query = HistoryQuery {
            environments,
            node,
            pipeline,
            nodes_only: false,
            levels: self.levels.clone(),
            words: self.words.clone(),
            since: self.since,
            until: self.until,
            before,
            limit,
        };
        let mut lines = merge(tail, self.app.store.logs(&query).await?);
        lines.truncate(limit_lines);
        Ok(lines)
    }
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

/// `levels=WARN,ERROR` or `level=ERROR`; absent: all.
fn levels(call: &Call) -> Result<Vec<LogLevel>, HttpError> {
    let mut all = Vec::new();
    for name in ["levels", "level"] {
        let levels = call.params.word(name, |list| list.split(',').map(level).collect())?;
        all.extend(levels.into_iter().flat_map(|levels: Vec<LogLevel>| levels));
    }
    Ok(all)
}

fn level(text: &str) -> Option<LogLevel> {
    use LogLevel::{Debug, Error, Info, Trace, Warn};
    [Trace, Debug, Info, Warn, Error].into_iter().find(|level| level.as_str() == text)
}

fn wanted_words(call: &Call) -> Result<Vec<Word>, HttpError> {
    let Some(text) = call.params.text("q")? else { return Ok(Vec::new()) };
    let words = words(&text);
    if words.is_empty() {
        return Err(HttpError::BadRequest("q holds no word, only signs".into()));
    }
    if WORDS_MAX < words.len() {
        return Err(HttpError::BadRequest(format!("q holds more than {WORDS_MAX} words")));
    }
    Ok(words)
}

impl LogView {
    pub(super) fn of(log: StoredLog) -> LogView {
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
    use systole_systems::time::TickNumber;

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
    fn levels_are_the_words_they_are_shown_as() {
        assert_eq!(level("WARN"), Some(LogLevel::Warn));
        assert_eq!((level("warn"), level("")), (None, None));
    }
}
