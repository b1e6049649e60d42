//! Records control actions once they are done. It never undoes one: what could not be recorded is counted
//! and logged.

use serde_json::{Map, Value};

use crate::app::App;
use crate::edge_counters::Reason;
use crate::http::caller::Caller;
use crate::store::AuditEntry;

/// Longest detail, in bytes; of a longer one only its length is kept.
const DETAIL_BYTES_MAX: usize = 8 << 10;
/// Longest text within a detail, in characters.
const TEXT_CHARS_MAX: usize = 500;

/// Who acts, and what they proved themselves with.
#[derive(Clone, Debug)]
pub struct Actor {
    pub user: Option<String>,
    pub email: Option<String>,
    pub proof: &'static str,
    pub credential: Option<String>,
}

impl Actor {
    /// Whoever sent a request.
    pub fn of(app: &App, caller: &Caller) -> Actor {
        let user = &caller.principal.user;
        Actor {
            user: Some(user.to_string()),
            email: app.caches.credentials.email(user).map(|email| email.to_string()),
            proof: if caller.by_cookie { "session" } else { "api_token" },
            credential: Some(caller.principal.credential.to_string()),
        }
    }
}

/// What a call tells of the action beside its path.
#[derive(Debug, Default)]
pub struct Note {
    pub actor: Option<Actor>,
    pub subject: Option<String>,
    pub environment: Option<String>,
    pub detail: Map<String, Value>,
}

impl Note {
    /// The detail as it is stored: short, whatever was sent.
    pub fn detail_text(self) -> String {
        let cut = self.detail.into_iter().map(|(name, value)| (name, shortened(value)));
        let text = Value::Object(cut.collect()).to_string();
        if text.len() <= DETAIL_BYTES_MAX {
            return text;
        }
        serde_json::json!({ "leftOutBytes": text.len() }).to_string()
    }
}

/// Records an action that was done.
pub async fn record(app: &App, entry: AuditEntry) {
    if let Err(error) = app.store.append_audit(&entry).await {
        app.counters.count(Reason::AuditUnwritten);
        tracing::error!(
            %error,
            action = entry.action,
            subject = entry.subject,
            actor = entry.actor,
            "an action was done and could not be recorded"
        );
    }
}

fn shortened(value: Value) -> Value {
    let text = value.as_str().filter(|text| TEXT_CHARS_MAX < text.chars().count());
    match text {
        Some(text) => text.chars().take(TEXT_CHARS_MAX).collect::<String>().into(),
        None => value,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn stored(detail: Value) -> String {
        let Value::Object(detail) = detail else { panic!("not an object") };
        Note { detail, ..Note::default() }.detail_text()
    }

    #[test]
    fn a_detail_is_short_whatever_was_sent() {
        assert_eq!(stored(json!({ "version": 3 })), r#"{"version":3}"#);
        assert_eq!(stored(json!({ "changelog": "ä".repeat(501) })).chars().count(), 500 + 16);
        let many: Map<String, Value> =
            (0..64).map(|n| (format!("label{n}"), json!("x".repeat(253)))).collect();
        assert_eq!(stored(json!({ "labels": many })), r#"{"leftOutBytes":17026}"#);
    }
}
