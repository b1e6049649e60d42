//! Reads status events and log lines, newest first. A statement names only the filters in use, so
//! that the planner can pick the index of the narrowest.

use std::borrow::Cow;

use systole_systems::report::LogLevel;

use crate::store::HistoryQuery;
use crate::store::dialect::Dialect;
use crate::store::value::{Statement, Value};

const EVENTS: &str = "\
select tick, ordinal, node, pipeline, from_status, to_status, reason, at from status_event where ";
const LOGS: &str = "select tick, ordinal, node, pipeline, at, level, message from log_line where ";

/// The status events that `query` asks for; its levels and text are about logs.
pub(crate) fn status_events<D: Dialect>(query: &HistoryQuery) -> Statement<'_> {
    let mut conditions = Conditions::shared::<D>(query);
    if query.nodes_only {
        conditions.texts.push("pipeline is null".into());
    }
    conditions.into_statement(EVENTS, query)
}

/// The log lines that `query` asks for.
pub(crate) fn logs<D: Dialect>(query: &HistoryQuery) -> Statement<'_> {
    let mut conditions = Conditions::shared::<D>(query);
    if !query.levels.is_empty() {
        let levels = query.levels.iter().copied().map(LogLevel::as_str).collect();
        conditions.add(Value::Texts(levels), |at| D::is_among("level", at));
    }
    if let Some(text) = &query.text {
        conditions.add(Value::from(containing(text)), |at| {
            format!("message {} ${at} escape '\\'", D::LIKE)
        });
    }
    conditions.into_statement(LOGS, query)
}

/// The pattern of texts that contain `text` as it stands.
fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for character in text.chars() {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}

/// Conditions that must all hold, and their values.
#[derive(Default)]
struct Conditions<'a> {
    texts: Vec<Cow<'static, str>>,
    values: Vec<Value<'a>>,
}

impl<'a> Conditions<'a> {
    fn shared<D: Dialect>(query: &'a HistoryQuery) -> Conditions<'a> {
        let mut conditions = Conditions::default();
        let environments = query.environments.iter().map(String::as_str).collect();
        conditions.add(Value::Texts(environments), |at| D::is_among("environment", at));
        if let Some(node) = &query.node {
            conditions.add(Value::from(node), |at| format!("node = ${at}"));
        }
        if let Some(pipeline) = &query.pipeline {
            conditions.add(Value::from(pipeline), |at| format!("pipeline = ${at}"));
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
    fn add(&mut self, value: Value<'a>, text: impl FnOnce(usize) -> String) {
        self.values.push(value);
        self.texts.push(text(self.values.len()).into());
    }

    fn into_statement(mut self, select: &str, query: &HistoryQuery) -> Statement<'a> {
        self.values.push(Value::from(query.limit));
        let text = format!(
            "{select}{} order by tick desc, ordinal desc limit ${}",
            self.texts.join(" and "),
            self.values.len(),
        );
        Statement::assembled(text, self.values)
    }
}
