//! Looks for words in log lines, newest first, whether they are rare or in every other line.
//!
//! First the newest lines are read as they come, which finds what is frequent at once. What that does not find
//! is rare, at least lately, and then the index of words finds it, a few days at a time.

use std::fmt::Write as _;

use sqlx::PgPool;
use systole_systems::words::Word;

use super::Postgres;
use super::partitions::first_day;
use crate::store::dialect::Dialect as _;
use crate::store::history::{Conditions, LOGS, NEWEST_FIRST, TickBounds};
use crate::store::resolution::DAY_MILLIS;
use crate::store::row::Readable as _;
use crate::store::value::{Statement, Value};
use crate::store::{HistoryKind, HistoryQuery, StoreResult, StoredLog};

/// Lines that are read as they come, first few and then more, a microsecond each. A word in one of ten fills a
/// page from the first, and one in two hundred from the second.
const WINDOWS: [usize; 2] = [1_000, 20_000];

/// The lines that `query` asks for.
pub(super) async fn search(
    database: &Postgres,
    query: &HistoryQuery,
    bounds: TickBounds,
) -> StoreResult<Vec<StoredLog>> {
    let limit = query.limit as usize;
    let mut lines = Vec::new();
    let mut rest = query.clone();
    let mut day = 0;
    for window in WINDOWS {
        let statement = in_window(&rest, bounds, window);
        let rows = database.read(statement, |row| Ok((row.read()?, row.read()?)));
        let mut end = None;
        for (is_end, line) in rows.await? {
            if is_end {
                end = Some(line);
            } else {
                lines.push(line);
            }
        }
        let Some(StoredLog { key, at, .. }) = end.filter(|_| lines.len() < limit) else {
            return Ok(lines);
        };
        rest.before = Some(key);
        rest.limit = (limit - lines.len()) as u32;
        day = at.0 / DAY_MILLIS + 1;
    }
    let oldest = oldest_day(&database.pool, query).await?;
    let mut days = 1;
    // What was not found in some days is not likely in the next: more of them at once.
    while oldest < day && lines.len() < limit {
        let first = day.saturating_sub(days).max(oldest);
        rest.limit = (limit - lines.len()) as u32;
        let statement = in_days(&rest, bounds, (first, day));
        lines.extend(database.read(statement, StoredLog::read).await?);
        (day, days) = (first, days * 2);
    }
    Ok(lines)
}

/// The matches among the newest lines, and the last of these if there may be more, marked as the end.
fn in_window(query: &HistoryQuery, bounds: TickBounds, window: usize) -> Statement<'_> {
    let mut conditions = Conditions::of_logs::<Postgres>(query, bounds);
    let within = conditions.joined();
    let mut matches = String::new();
    for word in &query.words {
        // Sorts out nearly all lines at a tenth of the cost of taking them apart.
        let position = conditions.value(Value::from(format!("%{}%", word.text)));
        write!(matches, "lower(message collate \"C\") like ${position} and ")
            .expect("a string takes what is written");
    }
    let words = conditions.value(Value::from(ts_query(&query.words)));
    let limit = conditions.value(Value::from(query.limit));
    let text = format!(
        "with newest as materialized ({LOGS}{within} {NEWEST_FIRST} limit {window}), \
         found as (select * from newest \
            where {matches} log_words(message) @@ cast(${words} as tsquery) \
            {NEWEST_FIRST} limit ${limit}) \
         select false, found.* from found \
         union all (select true, newest.* from newest \
            where (select count(*) from newest) = {window} order by tick, ordinal limit 1)",
    );
    Statement::assembled(text, conditions.values)
}

/// The matches of some days, from the index of words: all of them are found before the newest are taken.
fn in_days(query: &HistoryQuery, bounds: TickBounds, (from, until): (u64, u64)) -> Statement<'_> {
    let mut conditions = Conditions::of_logs::<Postgres>(query, bounds);
    conditions.add(Value::from(from * DAY_MILLIS), |at| format!("at >= ${at}"));
    conditions.add(Value::from(until * DAY_MILLIS), |at| format!("at < ${at}"));
    let words = Value::from(ts_query(&query.words));
    conditions.add(words, |at| format!("log_words(message) @@ cast(${at} as tsquery)"));
    let limit = conditions.value(Value::from(query.limit));
    let text = format!(
        "select * from ({LOGS}{} offset 0) found {NEWEST_FIRST} limit ${limit}",
        conditions.joined(),
    );
    Statement::assembled(text, conditions.values)
}

/// Words as Postgres looks for them. They hold no quotes: nothing to escape.
fn ts_query(words: &[Word]) -> String {
    let words = words.iter().map(|Word { text, is_prefix }| {
        let prefix = if *is_prefix { ":*" } else { "" };
        format!("'{text}'{prefix}")
    });
    words.collect::<Vec<_>>().join(" & ")
}

/// The first day that lines can be of.
async fn oldest_day(pool: &PgPool, query: &HistoryQuery) -> StoreResult<u64> {
    let kept = first_day(pool, HistoryKind::Logs).await?;
    let since = query.since.map_or(0, |since| since.0 / DAY_MILLIS);
    Ok(kept.max(since))
}
