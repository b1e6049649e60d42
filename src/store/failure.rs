//! Says what an error of the database means for the caller; the one place that does.

use sqlx::Error;
use sqlx::error::{DatabaseError, ErrorKind};

use crate::store::StoreError;

/// Classifies an error of either database.
pub(crate) fn classify(error: Error) -> StoreError {
    match &error {
        Error::Database(database) => match database.kind() {
            ErrorKind::UniqueViolation => StoreError::Conflict(taken_field(database.as_ref())),
            ErrorKind::ForeignKeyViolation => StoreError::NotFound,
            _ if may_pass(database.as_ref()) => StoreError::Unavailable(error.to_string()),
            _ => StoreError::Refused(error.to_string()),
        },
        Error::RowNotFound => StoreError::NotFound,
        Error::Io(_)
        | Error::Tls(_)
        | Error::PoolTimedOut
        | Error::PoolClosed
        | Error::WorkerCrashed
        | Error::BeginFailed
        | Error::Protocol(_) => StoreError::Unavailable(error.to_string()),
        _ => StoreError::Refused(error.to_string()),
    }
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
