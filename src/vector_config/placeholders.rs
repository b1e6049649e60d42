//! `${NAME}`, which Vector replaces from the environment of the node, so that its value is not known here.
//!
//! Older Vectors replace it in the text, before that is YAML or TOML: it may stand where neither
//! language allows it, as in `[${A}]` or `port = ${PORT}`. Here it is covered before reading, and
//! uncovered in what was read. Nothing here looks at the environment of the server.

use std::borrow::Cow;
use std::ops::Range;

/// Characters that mean something to YAML, and nothing within a placeholder.
const COVERED: [char; 7] = ['{', '}', ':', ',', '[', ']', '#'];

/// Where the covers begin: private characters, which no text needs.
const COVERS_FROM: u32 = 0xF_0000;

/// True for a text that Vector changes before it uses it.
pub(super) fn has_placeholder(text: &str) -> bool {
    text.match_indices('$').any(|(at, _)| {
        let next = text[at + 1..].chars().next();
        next.is_some_and(|c| is_name(c) || c == '{')
    })
}

/// The text with its placeholders covered character by character, so that places stay what they are.
pub(super) fn cover(text: &str) -> Cow<'_, str> {
    let found = braced(text);
    if found.is_empty() || text.chars().any(|c| uncovered(c) != c) {
        return Cow::Borrowed(text);
    }
    let mut covered = String::with_capacity(text.len() + 32);
    let mut done = 0;
    for range in found {
        covered.push_str(&text[done..range.start]);
        covered.extend(text[range.clone()].chars().map(|c| match COVERED.contains(&c) {
            true => char::from_u32(COVERS_FROM + u32::from(c)).unwrap_or(c),
            false => c,
        }));
        done = range.end;
    }
    covered.push_str(&text[done..]);
    Cow::Owned(covered)
}

/// The text as it was before [`cover`].
pub(super) fn uncover(text: &str) -> String {
    text.chars().map(uncovered).collect()
}

fn uncovered(c: char) -> char {
    let original = u32::from(c).checked_sub(COVERS_FROM).and_then(char::from_u32);
    original.filter(|original| COVERED.contains(original)).unwrap_or(c)
}

/// The placeholders with braces, on one line each: `${NAME}`, `${NAME:-else}`, `${NAME?words}`.
pub(super) fn braced(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    // Where the next one can end, looked for anew only behind it.
    let mut stop = 0;
    for (at, _) in text.match_indices("${") {
        if found.last().is_some_and(|last| at < last.end) {
            continue;
        }
        let name = at + 2;
        if stop < name {
            let Some(next) = text[name..].find(['}', '\n']) else { break };
            stop = name + next;
        }
        // `$$` is a dollar sign.
        let dollars = text[..at].bytes().rev().take_while(|byte| *byte == b'$').count();
        if dollars % 2 == 0 && text[stop..].starts_with('}') && is_inside(&text[name..stop]) {
            found.push(at..stop + 1);
        }
    }
    found
}

/// True for what may stand in the braces: a name, and perhaps what to do without it.
fn is_inside(text: &str) -> bool {
    let name_len = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let tail = &text[name_len..];
    name_len > 0 && (tail.is_empty() || tail.starts_with([':', '-', '?']))
}

fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '.'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found() {
        let cases: [(&str, &[&str]); 11] = [
            ("a ${B} c", &["${B}"]),
            ("${A}${B.c}", &["${A}", "${B.c}"]),
            ("x: ${A:-{b: c}, d}", &["${A:-{b: c}"]),
            ("${A:?must be set}", &["${A:?must be set}"]),
            ("$${A}", &[]),
            ("$$${A}", &["${A}"]),
            ("${}", &[]),
            ("${A", &[]),
            ("${A:-b\n}", &[]),
            ("${A b}", &[]),
            ("${é}", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<&str> = braced(text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found, expected, "{text}");
            assert_eq!(uncover(&cover(text)), text, "{text}");
        }
    }

    #[test]
    fn what_vector_changes_is_known() {
        for text in ["${A}", "$A", "x$A.b", "${A:-b}"] {
            assert!(has_placeholder(text), "{text}");
        }
        for text in ["", "a", "$", "a $ b", "a$-"] {
            assert!(!has_placeholder(text), "{text}");
        }
    }

    #[test]
    fn a_text_with_private_characters_is_left_alone() {
        let text = "\u{f007b} ${A}";
        assert_eq!(cover(text), text);
    }
}
