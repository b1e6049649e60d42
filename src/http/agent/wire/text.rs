//! Text from agents, made harmless: no control characters, no more bytes than a limit says.
//!
//! What passes here ends in SSE fields, log lines and terminals, where a line break or an escape
//! sequence would be a way to forge.

use std::borrow::Cow;

use systole_systems::limits::{ID_BYTES_MAX, TEXT_BYTES_MAX};

use crate::edge_counters::{Reason, Tally};

/// An id, or `None` when it cannot be one: empty, too long, or with control characters.
pub(super) fn id(text: Cow<'_, str>) -> Option<Cow<'_, str>> {
    ((1..=ID_BYTES_MAX).contains(&text.len()) && is_clean(&text)).then_some(text)
}

/// A version, an error, a word: control characters become spaces, what is too long is cut.
pub(super) fn short<'a>(text: Cow<'a, str>, tally: &mut Tally) -> Cow<'a, str> {
    let text = cut(text, TEXT_BYTES_MAX, Reason::TextCut, tally);
    if is_clean(&text) {
        return text;
    }
    tally.count(Reason::TextCleaned);
    Cow::Owned(text.chars().map(|c| if is_control(c) { ' ' } else { c }).collect())
}

/// The line without escape sequences; tabs stay, other control characters become spaces, those at
/// the end go.
pub(super) fn log_text<'a>(line: Cow<'a, str>, tally: &mut Tally) -> Cow<'a, str> {
    if is_clean(&line) {
        return line;
    }
    let mut text = String::with_capacity(line.len());
    let mut rest = &*line;
    while let Some(at) = rest.find(is_control) {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let control = rest.chars().next().expect("found");
        if control == ESCAPE {
            rest = after_escape(rest);
        } else {
            text.push(if control == '\t' { '\t' } else { ' ' });
            rest = &rest[control.len_utf8()..];
        }
    }
    text.push_str(rest);
    text.truncate(text.trim_end_matches([' ', '\t']).len());
    if text != *line {
        tally.count(Reason::TextCleaned);
    }
    Cow::Owned(text)
}

/// At most `bytes_max` bytes of the text, whole characters only.
pub(super) fn cut<'a>(
    text: Cow<'a, str>,
    bytes_max: usize,
    reason: Reason,
    tally: &mut Tally,
) -> Cow<'a, str> {
    if text.len() <= bytes_max {
        return text;
    }
    tally.count(reason);
    let end = text.floor_char_boundary(bytes_max);
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(&text[..end]),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    }
}

/// True when the text holds no control characters.
pub(super) fn is_clean(text: &str) -> bool {
    // Without early exit the compiler checks many bytes at once.
    let printable = |dirty: bool, byte: &u8| dirty | !(b' '..=b'~').contains(byte);
    !text.as_bytes().iter().fold(false, printable) || !text.contains(is_control)
}

const ESCAPE: char = '\u{1b}';

/// Control characters of ASCII and Latin-1, and the two line breaks of Unicode.
fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// What follows an escape sequence: colours and cursor moves (`ESC [ ... letter`), titles and links
/// (`ESC ] ... BEL`), or a single character.
fn after_escape(text: &str) -> &str {
    let rest = &text[ESCAPE.len_utf8()..];
    let Some(kind) = rest.chars().next() else { return "" };
    let tail = &rest[kind.len_utf8()..];
    match kind {
        '[' => {
            let parameters = tail.trim_start_matches(|c: char| (' '..='?').contains(&c));
            match parameters.chars().next() {
                Some(last) if ('@'..='~').contains(&last) => &parameters[1..],
                Some(_) | None => parameters,
            }
        }
        ']' => {
            let end = tail.find(['\u{7}', ESCAPE]).unwrap_or(tail.len());
            let tail = &tail[end..];
            tail.strip_prefix("\u{7}").or_else(|| tail.strip_prefix("\u{1b}\\")).unwrap_or(tail)
        }
        // A character set: one more character names it.
        ' '..='/' => {
            tail.trim_start_matches(|c: char| (' '..='/').contains(&c)).get(1..).unwrap_or("")
        }
        _ if is_control(kind) => rest,
        _ => tail,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn log_lines_stay_readable_and_lose_what_could_forge() {
        let cases = [
            ("plain text", "plain text"),
            ("größe 尺寸 🦀", "größe 尺寸 🦀"),
            ("a\tb", "a\tb"),
            ("\tindented", "\tindented"),
            ("\u{1b}[32mINFO\u{1b}[0m ready", "INFO ready"),
            ("\u{1b}[1;31mred\u{1b}[0m", "red"),
            ("\u{1b}[2K\u{1b}[1Gprogress", "progress"),
            ("\u{1b}]0;title\u{7}text", "text"),
            ("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\", "link"),
            ("\u{1b}(Btext", "text"),
            ("\u{1b}7saved\u{1b}8", "saved"),
            ("cut \u{1b}", "cut"),
            ("cut \u{1b}[3", "cut"),
            ("two\u{1b}\u{1b}[0m", "two"),
            ("a\r\ndata: forged", "a  data: forged"),
            ("line\r\n", "line"),
            ("nul\0byte", "nul byte"),
            ("uni\u{2028}code\u{2029}breaks\u{85}", "uni code breaks"),
            ("c1\u{9b}31m", "c1 31m"),
            ("\r", ""),
        ];
        for (line, text) in cases {
            let mut tally = Tally::default();
            let cleaned = log_text(line.into(), &mut tally);
            assert_eq!(cleaned, text, "{line:?}");
            assert_eq!(tally.iter().count(), usize::from(line != text), "{line:?}");
            assert!(!cleaned.contains(|c| is_control(c) && c != '\t'), "{line:?}");
        }
    }

    #[test]
    fn short_texts_are_one_line_of_bounded_length() {
        let mut tally = Tally::default();
        assert_eq!(short("1.2.3".into(), &mut tally), "1.2.3");
        assert_eq!(tally, Tally::default());
        assert_eq!(short("a\nb\u{1b}c\td".into(), &mut tally), "a b c d");
        let long = "é".repeat(TEXT_BYTES_MAX);
        assert_eq!(short(format!("x{long}").into(), &mut tally).len(), TEXT_BYTES_MAX - 1);
        let counted: Vec<_> = tally.iter().collect();
        assert_eq!(counted, [(Reason::TextCut, 1), (Reason::TextCleaned, 1)]);
    }

    #[test]
    fn ids_are_bounded_and_clean() {
        let longest = "x".repeat(ID_BYTES_MAX);
        for good in ["p1", "ünïcode", longest.as_str()] {
            assert_eq!(id(good.into()).as_deref(), Some(good));
        }
        let too_long = "x".repeat(ID_BYTES_MAX + 1);
        for bad in ["", "a\nb", "a\u{2028}", "\u{9b}", too_long.as_str()] {
            assert_eq!(id(bad.into()), None, "{bad:?}");
        }
    }
}
