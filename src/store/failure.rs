//! Says what an error of the database means for the caller; the one place that does.

use sqlx::Error;
use sqlx::error::DatabaseError;

use crate::store::StoreError;

/// Classifies an error of either database.
pub(crate) fn classify(error: Error) -> StoreError {
    let may_succeed_later = match error.as_database_error() {
        Some(refusal) if refusal.is_unique_violation() => {
            return StoreError::Conflict(taken_field(refusal));
        }
        Some(refusal) if refusal.is_foreign_key_violation() => return StoreError::NotFound,
        Some(refusal) => may_pass(refusal),
        None => is_of_the_connection(&error),
    };
    if may_succeed_later {
        StoreError::Unavailable(error.to_string())
    } else {
        StoreError::Refused(error.to_string())
    }
}

fn is_of_the_connection(error: &Error) -> bool {
    matches!(
        error,
        Error::Io(_)
            | Error::Tls(_)
            | Error::PoolTimedOut
            | Error::PoolClosed
            | Error::WorkerCrashed
            | Error::BeginFailed
            | Error::InvalidSavePointStatement
            | Error::Protocol(_)
    )
}

/// The field of a unique constraint. Postgres names the constraint and SQLite the columns or the
/// index; in each the last word tells.
fn taken_field(error: &dyn DatabaseError) -> &'static str {
    let name = error.constraint().unwrap_or_else(|| error.message());
    let word = name.rsplit(|c: char| !c.is_ascii_alphanumeric()).find(|word| !word.is_empty());
    match word {
        Some("name") => "name",
        Some("email") => "email",
        Some("digest") => "token",
        _ => "id",
    }
}

/// True when the same call may succeed later.
fn may_pass(error: &dyn DatabaseError) -> bool {
    let code = error.code().unwrap_or_default();
    if error.try_downcast_ref::<sqlx::postgres::PgDatabaseError>().is_some() {
        // Connection, rolled back by others, short of resources, operator's hand, system.
        return ["08", "40", "53", "55P03", "57", "58"].iter().any(|class| code.starts_with(class));
    }
    // The low byte of a SQLite code is its class: BUSY, LOCKED, NOMEM, READONLY, INTERRUPT, IOERR,
    // FULL, CANTOPEN.
    code.parse::<u32>().is_ok_and(|code| matches!(code & 0xff, 5..=10 | 13 | 14))
}
