//! The audit: who had the control plane do what. Rows are added and read, never changed.

use std::borrow::Cow;

use systole_systems::time::Millis;

use crate::store::StoreResult;
use crate::store::dialect::Dialect;
use crate::store::row::{Readable, Row};
use crate::store::value::{Statement, Value};

/// A control action that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    pub at: Millis,
    /// The user who did it, and their address then; `None`: a host that enrolled.
    pub actor: Option<String>,
    pub actor_email: Option<String>,
    /// What the actor proved themselves with: `session`, `api_token`, `enrollment_token`.
    pub proof: String,
    /// Id of that session or token.
    pub credential: Option<String>,
    pub action: String,
    pub subject_kind: String,
    pub subject: Option<String>,
    pub environment: Option<String>,
    /// More about it, a JSON object.
    pub detail: String,
}

/// An entry with its number, which the store gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredAuditEntry {
    pub number: u64,
    pub entry: AuditEntry,
}

/// Which entries, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditQuery {
    /// Entries of these environments only; `None`: all, those of no environment too.
    pub environments: Option<Vec<String>>,
    pub subject: Option<String>,
    pub actor: Option<String>,
    pub action: Option<String>,
    pub since: Option<Millis>,
    /// Entries before this instant only.
    pub until: Option<Millis>,
    /// Entries older than the one of this instant and number only.
    pub before: Option<(Millis, u64)>,
    pub limit: u32,
}

const APPEND: &str = "\
insert into audit_entry (at, actor, actor_email, proof, credential, action, subject_kind, subject,
    environment, detail)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const SELECT: &str = "\
select number, at, actor, actor_email, proof, credential, action, subject_kind, subject, environment,
    detail
from audit_entry";

/// Adds an entry.
pub(crate) fn append(entry: &AuditEntry) -> Statement<'_> {
    Statement::new(APPEND)
        .bind(entry.at)
        .bind(&entry.actor)
        .bind(&entry.actor_email)
        .bind(&entry.proof)
        .bind(&entry.credential)
        .bind(&entry.action)
        .bind(&entry.subject_kind)
        .bind(&entry.subject)
        .bind(&entry.environment)
        .bind(&entry.detail)
}

/// The entries that a query asks for. Only the filters in use are named, as the planner likes it.
pub(crate) fn select<D: Dialect>(query: &AuditQuery) -> Statement<'_> {
    let mut texts: Vec<Cow<'static, str>> = Vec::new();
    let mut values = Vec::new();
    match query.environments.as_deref() {
        None => (),
        // One environment is found in an index that is in the order of the answer.
        Some([only]) => {
            values.push(Value::from(only));
            texts.push("environment = $1".into());
        }
        Some(several) => {
            values.push(Value::Texts(several.iter().map(String::as_str).collect()));
            texts.push(D::is_among("environment", 1).into());
        }
    }
    let equal = [("subject", &query.subject), ("actor", &query.actor), ("action", &query.action)];
    for (column, wanted) in equal {
        if let Some(wanted) = wanted {
            values.push(Value::from(wanted));
            texts.push(format!("{column} = ${}", values.len()).into());
        }
    }
    for (comparison, instant) in [("at >=", query.since), ("at <", query.until)] {
        if let Some(instant) = instant {
            values.push(Value::from(instant));
            texts.push(format!("{comparison} ${}", values.len()).into());
        }
    }
    if let Some((at, number)) = query.before {
        values.push(Value::from(at));
        values.push(Value::from(number));
        let position = values.len();
        texts.push(format!("(at, number) < (${}, ${position})", position - 1).into());
    }
    values.push(Value::from(query.limit));
    let condition = if texts.is_empty() { "" } else { " where " };
    let (conditions, limit) = (texts.join(" and "), values.len());
    let text =
        format!("{SELECT}{condition}{conditions} order by at desc, number desc limit ${limit}");
    Statement::assembled(text, values)
}

impl Readable for StoredAuditEntry {
    fn read(row: &mut Row<'_>) -> StoreResult<Self> {
        Ok(StoredAuditEntry {
            number: row.read()?,
            entry: AuditEntry {
                at: row.read()?,
                actor: row.read()?,
                actor_email: row.read()?,
                proof: row.read()?,
                credential: row.read()?,
                action: row.read()?,
                subject_kind: row.read()?,
                subject: row.read()?,
                environment: row.read()?,
                detail: row.read()?,
            },
        })
    }
}
