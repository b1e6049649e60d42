//! Looks for words in log lines, newest first: the index of words is walked in the order of the answer.

use systole_systems::words::Word;

use super::Sqlite;
use crate::store::history::{Conditions, TickBounds};
use crate::store::value::{Statement, Value};
use crate::store::{HistoryQuery, RowKey};

/// Bits of a row's number in the index that hold the ordinal; the migration writes them.
const ORDINAL_BITS: u32 = 24;

/// The lines that `query` asks for.
pub(super) fn search(query: &HistoryQuery, bounds: TickBounds) -> Statement<'_> {
    let mut conditions = Conditions::of_logs::<Sqlite>(query, bounds);
    let words = Value::from(match_expression(&query.words));
    conditions.add(words, |at| format!("w.log_word match ${at}"));
    let first = bounds.since.map(|tick| RowKey { tick, ordinal: 0 });
    let end = bounds.until.map(|tick| RowKey { tick, ordinal: 0 });
    if let Some(first) = first {
        conditions.add(row_number(first), |at| format!("w.rowid >= ${at}"));
    }
    for end in [end, query.before].into_iter().flatten() {
        conditions.add(row_number(end), |at| format!("w.rowid < ${at}"));
    }
    let limit = conditions.value(Value::from(query.limit));
    let text = format!(
        "select l.tick, l.ordinal, l.node, l.pipeline, l.at, l.level, l.message \
         from log_word w cross join log_line l \
         on l.tick = w.rowid >> {ORDINAL_BITS} and l.ordinal = w.rowid & {mask} \
         where {} order by w.rowid desc limit ${limit}",
        conditions.joined(),
        mask = (1 << ORDINAL_BITS) - 1,
    );
    Statement::assembled(text, conditions.values)
}

fn row_number(key: RowKey) -> Value<'static> {
    let largest = u64::MAX >> (1 + ORDINAL_BITS);
    Value::from(key.tick.0.min(largest) << ORDINAL_BITS | u64::from(key.ordinal))
}

/// Words as the index looks for them. They hold no quotes: nothing to escape.
fn match_expression(words: &[Word]) -> String {
    let words = words.iter().map(|Word { text, is_prefix }| {
        let prefix = if *is_prefix { "*" } else { "" };
        format!("\"{text}\"{prefix}")
    });
    words.collect::<Vec<_>>().join(" ")
}
