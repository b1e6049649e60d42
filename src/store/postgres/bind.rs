//! Hands values to Postgres: one at a time, or a column of them as an array.

use std::borrow::Cow;

use sqlx::postgres::PgArguments;
use sqlx::query::Query;

use crate::store::flush_rows::TableRows;
use crate::store::flush_tables::Kind;
use crate::store::value::{Statement, Value};

pub(super) type PgQuery<'q> = Query<'q, sqlx::Postgres, PgArguments>;

/// The statement with its values.
pub(super) fn query<'q>(statement: Statement<'q>) -> PgQuery<'q> {
    statement.values.into_iter().fold(sqlx::query(statement.text), |query, value| match value {
        Value::Text(text) => query.bind(text.map(storable)),
        Value::Integer(integer) => query.bind(integer),
        Value::Real(real) => query.bind(real),
        Value::Boolean(boolean) => query.bind(boolean),
        Value::Bytes(bytes) => query.bind(bytes),
        Value::Texts(texts) => {
            query.bind(texts.into_iter().map(Cow::Borrowed).map(storable).collect::<Vec<_>>())
        }
    })
}

/// Adds all columns of `rows`, each as an array.
pub(super) fn bind_columns<'q>(mut query: PgQuery<'q>, rows: &'q TableRows<'_>) -> PgQuery<'q> {
    for (position, (_, kind)) in rows.table.columns.iter().enumerate() {
        let column = rows.column(position);
        query = match kind {
            Kind::Text => query.bind(column.map(text).collect::<Vec<_>>()),
            Kind::Integer => query.bind(column.map(integer).collect::<Vec<_>>()),
            Kind::Real => query.bind(column.map(real).collect::<Vec<_>>()),
        };
    }
    query
}

fn text<'q>(value: &'q Value<'_>) -> Option<Cow<'q, str>> {
    let Value::Text(text) = value else { unreachable!("a text column holds texts: {value:?}") };
    text.as_deref().map(|text| storable(Cow::Borrowed(text)))
}

fn integer(value: &Value<'_>) -> Option<i64> {
    let Value::Integer(integer) = value else {
        unreachable!("an integer column holds integers: {value:?}")
    };
    *integer
}

fn real(value: &Value<'_>) -> f64 {
    let Value::Real(real) = value else { unreachable!("a real column holds reals: {value:?}") };
    *real
}

/// Postgres cannot hold NUL in a text; it is replaced by the sign for what cannot be shown.
fn storable(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { text }
}
