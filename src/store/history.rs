//! Reads status events and log lines, newest first. A statement names only the filters in use, so
//! that the planner can pick the index of the narrowest.

use std::borrow::Cow;

use systole_systems::report::LogLevel;
use systole_systems::time::{Millis, TickNumber};

use crate::store::HistoryQuery;
use crate::store::dialect::Dialect;
use crate::store::value::{Statement, Value};

const EVENTS: &str = "\
select tick, ordinal, node, pipeline, from_status, to_status, reason, at from status_event where ";
pub(crate) const LOGS: &str =
    "select tick, ordinal, node, pipeline, at, level, message from log_line where ";
pub(crate) const NEWEST_FIRST: &str = "order by tick desc, ordinal desc";

/// Levels that an index of their own finds among many other lines.
const SEVERE: [LogLevel; 2] = [LogLevel::Warn, LogLevel::Error];
const IS_SEVERE: &str = "level in ('WARN', 'ERROR')";

/// A table whose rows are in order of time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Timed {
    Events,
    Logs,
}

/// Ticks that a query's instants stand for: from the first on, and before the second.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TickBounds {
    pub(crate) since: Option<TickNumber>,
    pub(crate) until: Option<TickNumber>,
}

/// The status events that `query` asks for; its levels and words are about logs.
pub(crate) fn status_events<D: Dialect>(query: &HistoryQuery, bounds: TickBounds) -> Statement<'_> {
    let mut conditions = Conditions::shared::<D>(query, bounds);
    if query.nodes_only {
        conditions.texts.push("pipeline is null".into());
    }
    conditions.into_statement(EVENTS, query)
}

/// The log lines that `query` asks for, whatever words they hold.
pub(crate) fn logs<D: Dialect>(query: &HistoryQuery, bounds: TickBounds) -> Statement<'_> {
    Conditions::of_logs::<D>(query, bounds).into_statement(LOGS, query)
}

/// Conditions that must all hold, and their values.
#[derive(Default)]
pub(crate) struct Conditions<'a> {
    pub(crate) texts: Vec<Cow<'static, str>>,
    pub(crate) values: Vec<Value<'a>>,
}

impl<'a> Conditions<'a> {
    /// All conditions on log lines but that on their words.
    pub(crate) fn of_logs<D: Dialect>(
        query: &'a HistoryQuery,
        bounds: TickBounds,
    ) -> Conditions<'a> {
        let mut conditions = Conditions::shared::<D>(query, bounds);
        if !query.levels.is_empty() {
            if query.levels.iter().all(|level| SEVERE.contains(level)) {
                conditions.texts.push(IS_SEVERE.into());
            }
            let levels = query.levels.iter().copied().map(LogLevel::as_str).collect();
            conditions.add(Value::Texts(levels), |at| D::is_among("level", at));
        }
        conditions
    }

    fn shared<D: Dialect>(query: &'a HistoryQuery, bounds: TickBounds) -> Conditions<'a> {
        let mut conditions = Conditions::default();
        // One environment is found in an index that is in the order of the answer.
        if let [environment] = &*query.environments {
            conditions.add(Value::from(environment), |at| format!("environment = ${at}"));
        } else {
            let environments = query.environments.iter().map(String::as_str).collect();
            conditions.add(Value::Texts(environments), |at| D::is_among("environment", at));
        }
        if let Some(node) = &query.node {
            conditions.add(Value::from(node), |at| format!("node = ${at}"));
        }
        if let Some(pipeline) = &query.pipeline {
            conditions.add(Value::from(pipeline), |at| format!("pipeline = ${at}"));
        }
        // Ticks bound the walk through an index; instants tell Postgres which days it needs.
        if let Some(since) = query.since {
            conditions.add(Value::from(since), |at| format!("at >= ${at}"));
        }
        if let Some(until) = query.until {
            conditions.add(Value::from(until), |at| format!("at < ${at}"));
        }
        if let Some(since) = bounds.since {
            conditions.add(Value::from(since), |at| format!("tick >= ${at}"));
        }
        if let Some(until) = bounds.until {
            conditions.add(Value::from(until), |at| format!("tick < ${at}"));
        }
        if let Some(before) = query.before {
            conditions.values.push(Value::from(before.tick));
            conditions.add(Value::from(before.ordinal), |at| {
                format!("(tick, ordinal) < (${}, ${at})", at - 1)
            });
        }
        conditions
    }

    /// Adds the condition that `text` says of the position of `value`.
    pub(crate) fn add(&mut self, value: Value<'a>, text: impl FnOnce(usize) -> String) {
        let position = self.value(value);
        self.texts.push(text(position).into());
    }

    /// Adds a value and answers its position.
    pub(crate) fn value(&mut self, value: Value<'a>) -> usize {
        self.values.push(value);
        self.values.len()
    }

    /// All of them as one condition.
    pub(crate) fn joined(&self) -> String {
        self.texts.join(" and ")
    }

    fn into_statement(mut self, select: &str, query: &HistoryQuery) -> Statement<'a> {
        let limit = self.value(Value::from(query.limit));
        let text = format!("{select}{} {NEWEST_FIRST} limit ${limit}", self.joined());
        Statement::assembled(text, self.values)
    }
}

/// Tick and instant of the first row from a tick on.
pub(crate) fn first_from(table: Timed, tick: TickNumber) -> Statement<'static> {
    Statement::new(match table {
        Timed::Events => {
            "select tick, at from status_event where tick >= $1 order by tick, ordinal limit 1"
        }
        Timed::Logs => {
            "select tick, at from log_line where tick >= $1 order by tick, ordinal limit 1"
        }
    })
    .bind(tick)
}

/// Tick and instant of the last row.
pub(crate) fn last(table: Timed) -> Statement<'static> {
    Statement::new(match table {
        Timed::Events => {
            "select tick, at from status_event order by tick desc, ordinal desc limit 1"
        }
        Timed::Logs => "select tick, at from log_line order by tick desc, ordinal desc limit 1",
    })
}

/// A row's tick and instant.
pub(crate) type Moment = (TickNumber, Millis);
