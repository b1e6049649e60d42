//! Placeholders of TOML that stand outside of quotes, `port = ${PORT}`, which TOML itself does not know.
//!
//! Each is filled with as many digits as it has bytes, so that the text can be read and places stay
//! what they are. Those within quotes and comments are left alone.

use std::borrow::Cow;
use std::ops::Range;

use crate::vector_config::placeholders::braced;

/// A text with its bare placeholders filled, and where they were.
pub(super) struct Filled<'a> {
    pub text: Cow<'a, str>,
    original: &'a str,
    ranges: Vec<Range<usize>>,
}

impl<'a> Filled<'a> {
    /// The placeholder that a value is, all of it.
    pub(super) fn at(&self, span: &Range<usize>) -> Option<&'a str> {
        let index = self.ranges.binary_search_by_key(&span.start, |range| range.start).ok()?;
        let range = self.ranges.get(index).filter(|range| *range == span)?;
        self.original.get(range.clone())
    }

    /// True when a placeholder is part of what is written there.
    pub(super) fn touches(&self, span: &Range<usize>) -> bool {
        let after = self.ranges.partition_point(|range| range.end <= span.start);
        self.ranges.get(after).is_some_and(|range| range.start < span.end)
    }
}

pub(super) fn fill(text: &str) -> Filled<'_> {
    let mut ranges = braced(text);
    if !ranges.is_empty() {
        let quoted = quoted(text);
        ranges.retain(|range| {
            let after = quoted.partition_point(|quote| quote.end <= range.start);
            quoted.get(after).is_none_or(|quote| range.start < quote.start)
        });
    }
    if ranges.is_empty() {
        return Filled { text: Cow::Borrowed(text), original: text, ranges };
    }
    let mut filled = String::with_capacity(text.len());
    let mut done = 0;
    for (index, range) in ranges.iter().enumerate() {
        filled.push_str(&text[done..range.start]);
        filled.push_str(&digits(index, range.len()));
        done = range.end;
    }
    filled.push_str(&text[done..]);
    Filled { text: Cow::Owned(filled), original: text, ranges }
}

/// A number of that many digits. Placeholders differ, so that keys made of them do.
fn digits(index: usize, len: usize) -> String {
    let index = index.to_string();
    let tail = &index[index.len().saturating_sub(len - 1)..];
    format!("1{tail:0>width$}", width = len - 1)
}

/// Strings and comments, in order.
fn quoted(text: &str) -> Vec<Range<usize>> {
    const QUOTES: [&str; 4] = ["\"\"\"", "'''", "\"", "'"];
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].find(['"', '\'', '#']) {
        let start = at + next;
        let rest = &text[start..];
        let len = match QUOTES.into_iter().find(|quote| rest.starts_with(quote)) {
            Some(quote) => quoted_len(rest, quote),
            None => rest.find('\n').unwrap_or(rest.len()),
        };
        at = start + len;
        found.push(start..at);
    }
    found
}

/// How long the string is that a text begins with, quotes included; to the end when it is not closed.
fn quoted_len(text: &str, quote: &str) -> usize {
    let is_basic = quote.starts_with('"');
    let is_multiline = quote.len() == 3;
    let mut rest = &text[quote.len()..];
    loop {
        let stop = rest.find(|c| quote.starts_with(c) || (is_basic && c == '\\') || c == '\n');
        let Some(stop) = stop else { return text.len() };
        rest = &rest[stop..];
        let taken = text.len() - rest.len();
        if let Some(after) = rest.strip_prefix('\\') {
            rest = after.strip_prefix(|_| true).unwrap_or(after);
        } else if rest.starts_with('\n') && !is_multiline {
            return taken;
        } else if let Some(more) = rest.strip_prefix(quote) {
            // Up to two quotes may be the last of what is quoted.
            let mark = &quote[..1];
            let marks = more.len() - more.trim_start_matches(mark).len();
            let extra = if is_multiline { marks.min(2) } else { 0 };
            return taken + quote.len() + extra;
        } else {
            rest = &rest[1..];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_bare_placeholders_are_filled() {
        let cases = [
            ("a = ${PORT}", "a = 1000000"),
            ("a = [${A}, ${B}]", "a = [1000, 1001]"),
            ("a = \"${A}\"", "a = \"${A}\""),
            ("a = '${A}' # ${A}\nb = ${A}", "a = '${A}' # ${A}\nb = 1000"),
            ("a = \"\\\"${A}\"\nb = ${A}", "a = \"\\\"${A}\"\nb = 1000"),
            ("a = '''\n'${A}' \" ''''\nb = ${A}", "a = '''\n'${A}' \" ''''\nb = 1000"),
            (
                "a = \"\"\"\n\\\"\"\"${A}\"\"\"\"\"\nb = ${A}",
                "a = \"\"\"\n\\\"\"\"${A}\"\"\"\"\"\nb = 1000",
            ),
            ("a = \"open\nb = ${A}", "a = \"open\nb = 1000"),
            ("a = \"é\"\nb = ${A:-é}", "a = \"é\"\nb = 10000000"),
            ("a = '''open ${A}", "a = '''open ${A}"),
        ];
        for (text, expected) in cases {
            assert_eq!(fill(text).text, expected, "{text}");
        }
    }

    #[test]
    fn filled_places_are_known() {
        let filled = fill("x${A} = ${B}");
        assert_eq!(
            (filled.at(&(8..12)), filled.at(&(8..11)), filled.at(&(0..5))),
            (Some("${B}"), None, None)
        );
        assert!(filled.touches(&(0..5)) && !filled.touches(&(5..8)));
    }
}
