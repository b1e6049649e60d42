//! Hands values to SQLite. A set goes as a JSON list, which a statement reads with `json_each`.

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;

use crate::store::value::{Statement, Value};

pub(super) type SqliteQuery<'q> = Query<'q, sqlx::Sqlite, SqliteArguments>;

/// The statement with its values.
pub(super) fn query<'q>(statement: Statement<'_>) -> SqliteQuery<'q> {
    statement.values.iter().fold(sqlx::query(statement.text), bind)
}

/// Adds the next value.
pub(super) fn bind<'q>(query: SqliteQuery<'q>, value: &Value<'_>) -> SqliteQuery<'q> {
    match value {
        Value::Text(text) => query.bind(text.as_deref().map(str::to_owned)),
        Value::Integer(integer) => query.bind(*integer),
        Value::Real(real) => query.bind(*real),
        Value::Boolean(boolean) => query.bind(*boolean),
        Value::Bytes(bytes) => query.bind(bytes.to_vec()),
        Value::Texts(texts) => {
            query.bind(serde_json::to_string(texts).expect("texts are valid JSON"))
        }
    }
}
