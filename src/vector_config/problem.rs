//! What is wrong with a configuration, in sentences for the person who has to mend it.

use serde::Serialize;

use crate::vector_config::place::Place;

/// Most problems of one text: who has so many reads the first ones, and the answer stays small.
pub const PROBLEMS_MAX: usize = 1_000;

/// Longest part of a text that a message repeats, in characters.
const SHOWN_CHARS_MAX: usize = 80;

/// Something that Vector would refuse, or that is probably not meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    pub severity: Severity,
    #[serde(flatten)]
    pub at: Place,
    /// The id of the component it is about.
    pub component: Option<String>,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration must not be deployed.
    Error,
    /// The configuration works, and perhaps not as meant.
    Warning,
}

/// The problems found so far.
#[derive(Default)]
pub(super) struct Problems {
    found: Vec<Problem>,
    warning_count: usize,
}

impl Problems {
    pub(super) fn error(&mut self, at: Place, message: String) {
        self.push(Severity::Error, at, None, message);
    }

    pub(super) fn error_of(&mut self, component: &str, at: Place, message: String) {
        self.push(Severity::Error, at, Some(component), message);
    }

    pub(super) fn warning(&mut self, at: Place, message: String) {
        self.push(Severity::Warning, at, None, message);
    }

    pub(super) fn warning_of(&mut self, component: &str, at: Place, message: String) {
        self.push(Severity::Warning, at, Some(component), message);
    }

    pub(super) fn has_errors(&self) -> bool {
        self.found.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// All of them, from the top of the text to its end.
    pub(super) fn in_order(mut self) -> Vec<Problem> {
        self.found.sort_by_key(|problem| problem.at);
        self.found
    }

    /// True when another one would change nothing.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() == PROBLEMS_MAX && self.warning_count == 0
    }

    /// Past the bound a warning is not kept, and an error takes the place of a warning: a text with an
    /// error never looks free of them.
    fn push(&mut self, severity: Severity, at: Place, component: Option<&str>, message: String) {
        if self.found.len() == PROBLEMS_MAX {
            if severity == Severity::Warning || self.warning_count == 0 {
                return;
            }
            let is_warning = |known: &Problem| known.severity == Severity::Warning;
            let last = self.found.iter().rposition(is_warning);
            self.found.remove(last.expect("the warnings are counted"));
            self.warning_count -= 1;
        }
        self.warning_count += usize::from(severity == Severity::Warning);
        let component = component.map(str::to_owned);
        self.found.push(Problem { severity, at, component, message });
    }
}

/// A part of the text as a message shows it: on one line, and not too long.
pub(super) fn shown(part: &str) -> String {
    let mut chars = part.chars();
    let mut shown: String = chars.by_ref().take(SHOWN_CHARS_MAX).flat_map(as_visible).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Control characters as escapes, all others as they are.
fn as_visible(c: char) -> impl Iterator<Item = char> {
    let escaped = c.is_control().then(|| c.escape_default());
    let plain = (!c.is_control()).then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_shown_on_one_line_and_clipped() {
        assert_eq!(shown("a\nb\u{e9}"), "a\\nb\u{e9}");
        assert_eq!(shown(&"x".repeat(SHOWN_CHARS_MAX)), "x".repeat(SHOWN_CHARS_MAX));
        assert_eq!(shown(&"x".repeat(9_999)), format!("{}…", "x".repeat(SHOWN_CHARS_MAX)));
    }

    #[test]
    fn an_error_is_kept_even_after_too_many_warnings() {
        let mut problems = Problems::default();
        for _ in 0..PROBLEMS_MAX + 5 {
            problems.warning(Place::START, "warning".into());
        }
        problems.error(Place::START, "error".into());
        assert!(problems.has_errors());
        assert_eq!(problems.in_order().len(), PROBLEMS_MAX);
    }
}
