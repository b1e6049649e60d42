//! TOML as a tree of values.

use std::borrow::Cow;

use toml::Spanned;
use toml::de::{DeInteger, DeString, DeTable, DeValue};

use crate::vector_config::place::{Lines, Place};
use crate::vector_config::problem::{Problems, shown};
use crate::vector_config::toml_placeholders::{Filled, fill};
use crate::vector_config::value::{DEPTH_MAX, Entry, Node, Value};

/// Most places of one text that are not TOML: after the first few the parser guesses.
const SYNTAX_PROBLEMS_MAX: usize = 20;

/// Reads a text; what is wrong with it is among the problems, and `None` when nothing can be read.
pub(super) fn read_toml(text: &str, problems: &mut Problems) -> Option<Node> {
    let filled = fill(text);
    let lines = Lines::of(text);
    let (table, errors) = DeTable::parse_recoverable(&filled.text);
    let mut syntax_problems = 0;
    for error in errors {
        if problems.is_full() || syntax_problems == SYNTAX_PROBLEMS_MAX {
            break;
        }
        let span = error.span().unwrap_or(0..0);
        let at = lines.place(span.start);
        if error.message() == "duplicate key" {
            let key = text.get(span).unwrap_or_default();
            problems.error(at, format!("key `{}` is here a second time; remove one", shown(key)));
        } else {
            syntax_problems += 1;
            let message = shown(error.message());
            problems.error(at, format!("this is not TOML: {message}; mend it here"));
        }
    }
    if syntax_problems > 0 {
        return None;
    }
    let mut reader = Reader { text, filled: &filled, lines, problems, is_too_deep: false };
    let root = reader.table(table.get_ref(), 0, Place::START);
    (!reader.is_too_deep).then_some(root)
}

struct Reader<'a> {
    text: &'a str,
    filled: &'a Filled<'a>,
    lines: Lines<'a>,
    problems: &'a mut Problems,
    is_too_deep: bool,
}

impl Reader<'_> {
    fn node(&mut self, value: &Spanned<DeValue<'_>>, depth: usize) -> Node {
        let span = value.span();
        let at = self.lines.place(span.start);
        if let Some(placeholder) = self.filled.at(&span) {
            return Node { value: Value::Placeholder(placeholder.to_owned()), at };
        }
        let value = match value.get_ref() {
            DeValue::String(text) => Value::Text(text.clone().into_owned()),
            DeValue::Integer(integer) => self.integer(integer, at),
            DeValue::Float(float) => Value::Float(float.as_str().parse().unwrap_or(f64::NAN)),
            DeValue::Boolean(value) => Value::Bool(*value),
            // Vector takes a date for the text it is written as, and so does an agent's YAML.
            DeValue::Datetime(datetime) => Value::Text(datetime.to_string()),
            DeValue::Array(_) | DeValue::Table(_) if depth == DEPTH_MAX => {
                self.too_deep(at);
                Value::Null
            }
            DeValue::Array(items) => {
                Value::List(items.iter().map(|item| self.node(item, depth + 1)).collect())
            }
            DeValue::Table(table) => return self.table(table, depth, at),
        };
        Node { value, at }
    }

    fn table(&mut self, table: &DeTable<'_>, depth: usize, at: Place) -> Node {
        // The parser sorts by key; people read by place.
        let mut entries: Vec<_> = table.iter().collect();
        entries.sort_by_key(|(key, _)| key.span().start);
        let entries = entries.into_iter().map(|(key, value)| Entry {
            key: self.key(key).into_owned(),
            key_at: self.lines.place(key.span().start),
            node: self.node(value, depth + 1),
        });
        Node { value: Value::Map(entries.collect()), at }
    }

    /// A key as it is written, where a placeholder is part of it.
    fn key<'k>(&'k self, key: &'k Spanned<DeString<'_>>) -> Cow<'k, str> {
        let span = key.span();
        if self.filled.touches(&span) {
            return Cow::Borrowed(self.text.get(span).unwrap_or_default());
        }
        Cow::Borrowed(key.get_ref())
    }

    fn integer(&mut self, integer: &DeInteger<'_>, at: Place) -> Value {
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(value) => Value::Integer(value.into()),
            Err(_) => {
                let number = shown(integer.as_str());
                let message = format!(
                    "`{number}` is too large for a number; shorten it, or put it in quotes"
                );
                self.problems.error(at, message);
                Value::Text(integer.as_str().to_owned())
            }
        }
    }

    fn too_deep(&mut self, at: Place) {
        if !self.is_too_deep {
            let message = format!("this is nested deeper than {DEPTH_MAX} levels; flatten it");
            self.problems.error(at, message);
        }
        self.is_too_deep = true;
    }
}
