//! Values on their way into a statement, the same for both databases.

use std::borrow::Cow;

use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};
use systole_systems::time::{Millis, Minute, TickNumber};

use crate::store::Digest;

/// A statement and its values, `$1` first.
pub(crate) struct Statement<'a> {
    pub(crate) text: SqlStr,
    pub(crate) values: Vec<Value<'a>>,
}

impl<'a> Statement<'a> {
    pub(crate) fn new(text: &'static str) -> Statement<'a> {
        Statement { text: text.into_sql_str(), values: Vec::new() }
    }

    /// A statement put together from parts that are all constants of this program.
    pub(crate) fn assembled(text: String, values: Vec<Value<'a>>) -> Statement<'a> {
        Statement { text: AssertSqlSafe(text).into_sql_str(), values }
    }

    /// Adds the next value.
    pub(crate) fn bind(mut self, value: impl Into<Value<'a>>) -> Statement<'a> {
        self.values.push(value.into());
        self
    }
}

/// One value; `None` is null.
#[derive(Clone, Debug)]
pub(crate) enum Value<'a> {
    Text(Option<Cow<'a, str>>),
    Integer(Option<i64>),
    Real(f64),
    Boolean(bool),
    Bytes(&'a [u8]),
    /// A set to look a column up in.
    Texts(Vec<&'a str>),
}

/// Databases count in signed numbers: what does not fit stays at the largest that does.
fn saturated(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Value<'a> {
        Value::Text(Some(Cow::Borrowed(text)))
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Value<'a> {
        Value::from(text.as_str())
    }
}

impl<'a> From<&'a Option<String>> for Value<'a> {
    fn from(text: &'a Option<String>) -> Value<'a> {
        Value::Text(text.as_deref().map(Cow::Borrowed))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Value::Text(Some(Cow::Owned(text)))
    }
}

/// Labels are kept as one text, a JSON list of pairs.
impl From<&[(String, String)]> for Value<'_> {
    fn from(labels: &[(String, String)]) -> Self {
        Value::from(serde_json::to_string(labels).expect("pairs of text are valid JSON"))
    }
}

impl From<u64> for Value<'_> {
    fn from(value: u64) -> Self {
        Value::Integer(Some(saturated(value)))
    }
}

impl From<u32> for Value<'_> {
    fn from(value: u32) -> Self {
        Value::Integer(Some(i64::from(value)))
    }
}

impl From<Option<u64>> for Value<'_> {
    fn from(value: Option<u64>) -> Self {
        Value::Integer(value.map(saturated))
    }
}

impl From<Option<u32>> for Value<'_> {
    fn from(value: Option<u32>) -> Self {
        Value::Integer(value.map(i64::from))
    }
}

impl From<Millis> for Value<'_> {
    fn from(value: Millis) -> Self {
        Value::from(value.0)
    }
}

impl From<Option<Millis>> for Value<'_> {
    fn from(value: Option<Millis>) -> Self {
        Value::from(value.map(|millis| millis.0))
    }
}

impl From<Minute> for Value<'_> {
    fn from(value: Minute) -> Self {
        Value::from(value.0)
    }
}

impl From<TickNumber> for Value<'_> {
    fn from(value: TickNumber) -> Self {
        Value::from(value.0)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Value::Real(value)
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Boolean(value)
    }
}

impl<'a> From<&'a Digest> for Value<'a> {
    fn from(digest: &'a Digest) -> Value<'a> {
        Value::Bytes(digest)
    }
}
