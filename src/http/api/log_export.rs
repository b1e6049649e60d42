//! `/logs/export`: all lines of a search as lines of JSON, newest first. A page at a time is read, when the client
//! has taken the one before; nothing else is held for it.

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{CONTENT_DISPOSITION, HeaderValue};
use serde::Serialize;
use systole_systems::answer::AnswerBody;
use systole_systems::query::Query;
use tokio::sync::mpsc;

use crate::http::api::call::{Call, mismatched};
use crate::http::api::logs::{LogSearch, LogView};
use crate::http::reply::{HttpError, Reply, ReplyBody, bytes_of};

/// Lines read at a time.
const LINES_PER_PAGE: u32 = 1_000;
/// The longest export that can be asked for; without `limit` there is no end but that of the logs.
const LINES_MAX: u64 = 1_000_000_000;

/// The last line of an export that could not be finished.
#[derive(Serialize)]
struct ErrorLine<'a> {
    error: &'a str,
}

pub(super) fn export(call: &Call, search: LogSearch) -> Result<Reply, HttpError> {
    let lines_max = call.params.number("limit", LINES_MAX, 1, LINES_MAX)?;
    let busy = HttpError::Unavailable { why: "others are exporting now", retry_after_seconds: 10 };
    let permit = call.app.exports.clone().try_acquire_owned().map_err(|_| busy)?;
    let (pages, body) = mpsc::channel(1); // full: the client has not taken the last page yet
    tokio::spawn(async move {
        if let Err(error) = write_pages(search, lines_max, &pages).await {
            let line = json_line(&ErrorLine { error: &error.message() });
            // Whoever went away is not there to be told.
            let _gone = pages.send(line.into()).await.is_err();
        }
        drop(permit);
    });
    let mut reply = bytes_of(StatusCode::OK, "application/x-ndjson", Bytes::new());
    let name = HeaderValue::from_static("attachment; filename=\"logs.ndjson\"");
    reply.headers_mut().insert(CONTENT_DISPOSITION, name);
    *reply.body_mut() = ReplyBody::Pages(body);
    Ok(reply)
}

/// Writes until there are no more lines, or nobody takes them.
async fn write_pages(
    mut search: LogSearch,
    mut lines_left: u64,
    pages: &mpsc::Sender<Bytes>,
) -> Result<(), HttpError> {
    let mut before = None;
    while lines_left > 0 {
        keep_to_what_may_be_seen(&mut search).await?;
        let limit = lines_left.min(u64::from(LINES_PER_PAGE)) as u32;
        let lines = search.lines(before, limit).await?;
        let Some(last) = lines.last() else { return Ok(()) };
        before = Some(last.key);
        let is_last = lines.len() < limit as usize;
        lines_left -= lines.len() as u64;
        let page: Vec<u8> =
            lines.into_iter().flat_map(|line| json_line(&LogView::of(line))).collect();
        if pages.send(page.into()).await.is_err() || is_last {
            return Ok(());
        }
    }
    Ok(())
}

/// A right that is lost while an export runs ends what it gave.
async fn keep_to_what_may_be_seen(search: &mut LogSearch) -> Result<(), HttpError> {
    let query = Query::Environments { viewer: search.viewer.clone() };
    let AnswerBody::Environments(visible) = search.app.reader.ask(query).await?.body else {
        mismatched()
    };
    search.place.environments.retain(|id| visible.iter().any(|environment| environment.id == *id));
    Ok(())
}

fn json_line<T: Serialize>(value: &T) -> Vec<u8> {
    let mut line = serde_json::to_vec(value).expect("lines are plain data with string keys");
    line.push(b'\n');
    line
}
