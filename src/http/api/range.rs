//! The range of time that a call asks for: `range=7d`, `from=…&to=…`, or the last `minutes` one by one.

use systole_systems::answer::{AnswerBody, Unflushed};
use systole_systems::query::{Query, UnflushedOf};
use systole_systems::time::{MINUTE_MILLIS, Millis};

use crate::history::range::Range;
use crate::http::api::call::{Call, mismatched};
use crate::http::reply::HttpError;
use crate::http::rfc3339::Rfc3339;

/// Minutes in a series unless the call says otherwise.
const MINUTES: u32 = 60;
/// Longest series of single minutes: a week.
const MINUTES_MAX: u32 = 7 * 24 * 60;
/// The range of what has no minutes.
const RANGE: &str = "1d";

/// The range of a series; the last hour by the minute unless asked otherwise.
pub(super) fn series_range(call: &Call, now: Millis) -> Result<Range, HttpError> {
    match chosen(call, now)? {
        Some(range) => Ok(range),
        None => {
            let minutes = call.params.number("minutes", MINUTES, 1, MINUTES_MAX)?;
            Ok(Range::last_minutes(minutes, now))
        }
    }
}

/// The range of anything else; the last day unless asked otherwise.
pub(super) fn range(call: &Call, now: Millis) -> Result<Range, HttpError> {
    let day = || Range::named(RANGE, now, &call.app.options.retention);
    Ok(chosen(call, now)?.unwrap_or_else(|| day().expect("this name is known")))
}

/// Whether the call names a range, and so wants buckets.
pub(super) fn has_range(call: &Call) -> bool {
    ["range", "from", "to"].iter().any(|name| call.params.get(name).is_some())
}

fn chosen(call: &Call, now: Millis) -> Result<Option<Range>, HttpError> {
    let retention = &call.app.options.retention;
    if let Some(from) = instant(call, "from")? {
        if call.params.get("range").is_some() {
            return Err(HttpError::BadRequest("range is given beside from".into()));
        }
        // Unless told, up to the end of the running minute.
        let to = instant(call, "to")?.unwrap_or(Millis(now.0 + MINUTE_MILLIS));
        return match Range::between(from, to, now, retention) {
            Some(range) => Ok(Some(range)),
            None => Err(HttpError::BadRequest(
                "from and to are not a stretch of the past of at most 500 days".into(),
            )),
        };
    }
    if call.params.get("to").is_some() {
        return Err(HttpError::BadRequest("to is given without from".into()));
    }
    call.params.word("range", |name| Range::named(name, now, retention))
}

/// An instant, if the parameter is given.
pub(super) fn instant(call: &Call, name: &str) -> Result<Option<Millis>, HttpError> {
    let Some(text) = call.params.get(name) else { return Ok(None) };
    let wrong = || HttpError::BadRequest(format!("{name} is not a time like 2026-03-01T12:00:00Z"));
    Rfc3339::parse(text).map(|instant| Some(instant.0)).ok_or_else(wrong)
}

/// What the store does not have yet, as far as the viewer may see it; `what` is missing otherwise.
pub(super) async fn unflushed(
    call: &Call,
    of: UnflushedOf,
    what: &'static str,
) -> Result<Unflushed, HttpError> {
    let answer = call.ask(Query::Unflushed { viewer: call.viewer()?, of }, what).await?;
    let AnswerBody::Unflushed(rows) = answer.body else { mismatched() };
    Ok(*rows)
}
