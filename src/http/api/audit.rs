//! `/audit`: who had what done, newest first. What belongs to no environment only super-admins see.

use hyper::{Method, StatusCode};
use serde::Serialize;
use serde_json::value::RawValue;
use systole_systems::time::Millis;

use crate::http::api::call::{Call, no_such_path, not_allowed};
use crate::http::api::history::{period, rows_to_read};
use crate::http::api::list::ListView;
use crate::http::openapi::operations::actions;
use crate::http::reply::{HttpError, Reply, json};
use crate::http::rfc3339::Rfc3339;
use crate::store::{AuditQuery, StoredAuditEntry};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AuditView<'a> {
    id: String,
    timestamp: Rfc3339,
    /// Null: a host that enrolled.
    actor_id: Option<&'a str>,
    actor_email: Option<&'a str>,
    proof: &'a str,
    credential_id: Option<&'a str>,
    action: &'a str,
    subject_kind: &'a str,
    subject_id: Option<&'a str>,
    environment_id: Option<&'a str>,
    detail: &'a RawValue,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => list(call).await,
        (_, []) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

async fn list(call: &Call) -> Result<Reply, HttpError> {
    let (since, until) = period(call)?;
    let limit = call.params.limit()?;
    let known = |word: &str| actions().any(|action| action == word).then(|| word.to_owned());
    let query = AuditQuery {
        environments: environments(call).await?,
        subject: call.params.id("subject")?,
        actor: call.params.id("actor")?,
        action: call.params.word("action", known)?,
        since,
        until,
        before: call.params.word("cursor", parse_key)?,
        limit: rows_to_read(call)?,
    };
    let mut entries = call.app.store.audit(&query).await?;
    let more = limit < entries.len();
    entries.truncate(limit);
    let list = ListView {
        items: entries.iter().map(AuditView::of).collect::<Result<_, _>>()?,
        next_cursor: entries.last().filter(|_| more).map(key_text),
        total: None,
        position: None,
    };
    Ok(json(StatusCode::OK, &list))
}

/// The environments whose entries the caller may see; `None`: all entries.
async fn environments(call: &Call) -> Result<Option<Vec<String>>, HttpError> {
    let wanted = call.params.id("environmentId")?;
    if call.principal()?.super_admin {
        // One that is gone has left its entries.
        return Ok(wanted.map(|environment| vec![environment]));
    }
    let visible = call.environments().await?.into_iter().map(|environment| environment.id);
    let Some(wanted) = wanted else { return Ok(Some(visible.collect())) };
    let seen: Vec<String> = visible.filter(|id| *id == wanted).collect();
    if seen.is_empty() {
        return Err(HttpError::NotFound("environment"));
    }
    Ok(Some(seen))
}

fn key_text(stored: &StoredAuditEntry) -> String {
    format!("{}.{}", stored.entry.at.0, stored.number)
}

fn parse_key(text: &str) -> Option<(Millis, u64)> {
    let (at, number) = text.split_once('.')?;
    Some((Millis(at.parse().ok()?), number.parse().ok()?))
}

impl AuditView<'_> {
    fn of(stored: &StoredAuditEntry) -> Result<AuditView<'_>, HttpError> {
        let StoredAuditEntry { number, entry } = stored;
        Ok(AuditView {
            id: number.to_string(),
            timestamp: Rfc3339(entry.at),
            actor_id: entry.actor.as_deref(),
            actor_email: entry.actor_email.as_deref(),
            proof: &entry.proof,
            credential_id: entry.credential.as_deref(),
            action: &entry.action,
            subject_kind: &entry.subject_kind,
            subject_id: entry.subject.as_deref(),
            environment_id: entry.environment.as_deref(),
            detail: serde_json::from_str(&entry.detail).map_err(|error| {
                tracing::error!(%error, number, "the store holds a detail that is no JSON");
                HttpError::Internal
            })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_an_instant_and_a_number() {
        assert_eq!(parse_key("12.7"), Some((Millis(12), 7)));
        for text in ["", "12", "12.", ".7", "a.7", "12.7.1", "-1.7"] {
            assert_eq!(parse_key(text), None, "{text:?}");
        }
    }
}
