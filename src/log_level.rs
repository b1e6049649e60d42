//! The level of a log line, read once, where the line enters: store and streams show the same one.
//!
//! A level is a whole word in a place where loggers put it: `errors: 0` is no error.

use serde::Deserialize;
use serde_json::value::RawValue;
use systole_systems::report::LogLevel;

/// The level of a line; INFO when it tells none.
pub fn log_level(line: &str) -> LogLevel {
    let line = line.trim_start();
    if line.starts_with('{')
        && let Ok(fields) = serde_json::from_str::<Fields<'_>>(line)
    {
        return fields.level().unwrap_or_default();
    }
    let head = &line[..line.floor_char_boundary(HEAD_BYTES)];
    let text = after_time(head);
    leading_word(text)
        .or_else(|| klog_letter(head))
        .or_else(|| logfmt_level(head))
        .or_else(|| capital_word(text))
        .unwrap_or_default()
}

/// How far into a line its level may stand.
const HEAD_BYTES: usize = 256;

/// How many words may come before a level in capitals: a host, a thread, a logger's name.
const WORDS_BEFORE_LEVEL_MAX: usize = 4;

/// Digits of a time in seconds since the epoch.
const EPOCH_DIGITS_MIN: usize = 10;

/// Raw, so that a level of another type costs nothing but itself.
#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    level: Option<&'a RawValue>,
    #[serde(borrow)]
    lvl: Option<&'a RawValue>,
    #[serde(borrow)]
    severity: Option<&'a RawValue>,
}

impl Fields<'_> {
    fn level(&self) -> Option<LogLevel> {
        [self.level, self.lvl, self.severity]
            .into_iter()
            .flatten()
            .find_map(|raw| named(raw.get().trim_matches('"')))
    }
}

/// The level a word names, in any case.
fn named(word: &str) -> Option<LogLevel> {
    const WORDS: [(&str, LogLevel); 11] = [
        ("info", LogLevel::Info),
        ("error", LogLevel::Error),
        ("warn", LogLevel::Warn),
        ("warning", LogLevel::Warn),
        ("debug", LogLevel::Debug),
        ("trace", LogLevel::Trace),
        ("err", LogLevel::Error),
        ("fatal", LogLevel::Error),
        ("critical", LogLevel::Error),
        ("crit", LogLevel::Error),
        ("notice", LogLevel::Info),
    ];
    WORDS.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(word)).map(|(_, level)| level)
}

/// What follows a date, a time, or both, with the brackets around them.
fn after_time(text: &str) -> &str {
    let mut rest = text;
    loop {
        let began = rest.len() < text.len();
        let token_at =
            rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || "[(<".contains(c));
        let end = token_at.find(|c: char| c.is_ascii_whitespace() || "])>".contains(c));
        let (token, tail) = token_at.split_at(end.unwrap_or(token_at.len()));
        if !is_time(token, began) {
            return rest;
        }
        rest = tail.trim_start_matches(['[', '(', '<', ']', ')', '>', ' ', '\t', '-', '|']);
    }
}

/// True for a part of a date or time: digits with punctuation, `T`, `Z` and zones, or a name of a day
/// or month. A short plain number is one only where a time has begun.
fn is_time(token: &str, began: bool) -> bool {
    const NAMES: [&str; 21] = [
        "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "Jan", "Feb", "Mar", "Apr", "May", "Jun",
        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "UTC", "GMT",
    ];
    let Some(first) = token.bytes().next() else { return false };
    let numeric = (first.is_ascii_digit() || first == b'+')
        && token.bytes().all(|b| b.is_ascii_digit() || b":.,-+/TZ".contains(&b));
    let stamp = began || EPOCH_DIGITS_MIN <= token.len() || token.contains([':', '-', '/']);
    (numeric && stamp) || NAMES.contains(&token.trim_end_matches(','))
}

/// The level as the first word, in any case, when it is followed by what follows a level.
fn leading_word(text: &str) -> Option<LogLevel> {
    let word_at =
        text.trim_start_matches(|c: char| c.is_ascii_whitespace() || "[(<|\"".contains(c));
    let (word, tail) = word_at.split_at(word_len(word_at));
    let ends = tail.chars().next().is_none_or(|c| c.is_whitespace() || ":])>|,\"".contains(c));
    if ends { named(word) } else { None }
}

/// A level in capitals among the first words, where loggers put it after a host, a thread or a name.
fn capital_word(text: &str) -> Option<LogLevel> {
    text.split_whitespace().take(WORDS_BEFORE_LEVEL_MAX + 1).find_map(|token| {
        let word_at = token.trim_start_matches(['[', '(', '<', '|', '"']);
        let (word, tail) = word_at.split_at(word_len(word_at));
        let ends = tail.chars().next().is_none_or(|c| ":])>|,/\"".contains(c));
        let capital = word.bytes().all(|b| b.is_ascii_uppercase());
        if ends && capital { named(word) } else { None }
    })
}

/// The value of `level=`, `lvl=` or `severity=`, with or without quotes.
fn logfmt_level(text: &str) -> Option<LogLevel> {
    text.split_whitespace().find_map(|token| {
        let (key, value) = token.split_once('=')?;
        if !matches!(key, "level" | "lvl" | "severity") {
            return None;
        }
        named(value.trim_matches(['"', '\'', ',']))
    })
}

/// The letter of Kubernetes' log format: `E1123 10:05:01.123456 1 file.go:12] text`.
fn klog_letter(text: &str) -> Option<LogLevel> {
    let (letter, rest) = text.as_bytes().split_first()?;
    let (day, rest) = rest.split_at_checked(4)?;
    if !day.iter().all(u8::is_ascii_digit) || rest.first() != Some(&b' ') {
        return None;
    }
    match letter {
        b'E' | b'F' => Some(LogLevel::Error),
        b'W' => Some(LogLevel::Warn),
        b'I' => Some(LogLevel::Info),
        _ => None,
    }
}

/// Length of the word at the start: letters, digits, `_`, and `-` or `.` within.
fn word_len(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_of_lines() {
        use LogLevel::{Debug, Error, Info, Trace, Warn};
        let cases = [
            // Vector's own format.
            (
                Info,
                "2026-11-23T07:56:30.274894Z  INFO vector::app: Log level is enabled. level=\"warn\"",
            ),
            (Warn, "2026-11-23T07:56:30.274894Z  WARN vector::sinks: Retrying. error=timeout"),
            (
                Error,
                "2026-11-23T07:56:30.274894Z ERROR vector::topology: Shutting down. internal_log_rate_limit=true",
            ),
            (Debug, "2026-11-23T07:56:30.274894Z DEBUG vector: polling"),
            (Trace, "2026-11-23T07:56:30.274894Z TRACE hyper: flushed"),
            (Info, "2026-11-23T07:56:30.274894Z  INFO vector: errors: 0, last ERROR never"),
            // A level at the start.
            (Error, "error: no such file"),
            (Error, "ERROR failed"),
            (Error, "Err: gone"),
            (Error, "[error] gone"),
            (Error, "[ERROR]gone"),
            (Error, "<ERROR> gone"),
            (Error, "FATAL: password authentication failed"),
            (Error, "critical: disk full"),
            (Warn, "warning: unused variable"),
            (Warn, "  [WARN] low disk"),
            (Warn, "WARN|pool|slow"),
            (Info, "notice: rotated"),
            (Info, "INFO ready"),
            (Debug, "debug polling"),
            (Trace, "Trace: entering"),
            (Error, "ERROR"),
            // Words that only look like one.
            (Info, "errors: 0"),
            (Info, "error_count 5"),
            (Info, "error.log was opened"),
            (Info, "error-free run"),
            (Info, "errored"),
            (Info, "3 error responses"),
            (Info, "information: none"),
            (Info, "warnings 3"),
            (Info, "debugger attached"),
            (Info, "the request had no error at all"),
            (Info, "it went well, no warn or error"),
            (Info, "one two three four five six ERROR"),
            // Times of many kinds.
            (Error, "2026-11-23 10:05:01,274 ERROR com.example.Main - gone"),
            (Warn, "2026/11/23 10:05:01 [warn] 123#0: *1 slow"),
            (Error, "[2026-11-23T10:05:01Z ERROR my_crate] gone"),
            (Error, "[2026-11-23 10:05:01.123] [error] gone"),
            (Warn, "[Mon Nov 23 10:05:01.123 2026] [warn] AH00558"),
            (Debug, "10:05:01.123 DEBUG x"),
            (Info, "2026-11-23T10:05:01+01:00 done, 3 errors"),
            (Error, "1764000000 error: gone"),
            // A level after a thread, a host, a name.
            (Warn, "10:05:01.123 [main] WARN  c.f.Bar - slow"),
            (Error, "2026-11-23 10:05:01,274 - my.logger - ERROR - gone"),
            (Error, "Nov 23 10:05:01 host app[123]: ERROR gone"),
            (Warn, "[2026-11-23 10:05:01,123: WARNING/MainProcess] task late"),
            (Error, "2026-11-23 10:05:01.123 UTC [77] ERROR:  relation does not exist"),
            // logfmt and klog.
            (Warn, "time=\"2026-11-23T10:05:01Z\" level=warning msg=\"slow\""),
            (Error, "ts=2026-11-23T10:05:01Z caller=main.go:1 level=error msg=gone"),
            (Info, "msg=started sublevel=error"),
            (Error, "E1123 10:05:01.123456       1 reflector.go:138] failed"),
            (Warn, "W1123 10:05:01.123456       1 warnings.go:70] old"),
            (Info, "I1123 10:05:01.123456       1 main.go:7] ERROR is a word"),
            // JSON.
            (Error, r#"{"level":"error","msg":"x"}"#),
            (Error, r#"{"msg":"x","lvl":"ERR"}"#),
            (Error, r#"{"severity":"Critical"}"#),
            (Warn, r#"{"timestamp":1,"level":"WARNING","message":"error"}"#),
            (Info, r#"{"message":"ERROR: in the text only"}"#),
            (Info, r#"{"level":50,"msg":"a number is no word"}"#),
            (Debug, r#"{"level":{"a":1},"severity":"debug"}"#),
            (Info, r#"{"level":"loud"}"#),
            (Error, r#"{not json} ERROR x"#),
            // Nothing to go by.
            (Info, ""),
            (Info, "   "),
            (Info, "ärger ERRÖR"),
            (Info, "thread 'main' panicked at src/main.rs:2"),
        ];
        for (level, line) in cases {
            assert_eq!(log_level(line), level, "{line}");
        }
    }

    #[test]
    fn the_cut_of_a_long_line_respects_characters() {
        let line = format!("{}ERROR", "é".repeat(HEAD_BYTES));
        assert_eq!(log_level(&line), LogLevel::Info);
        assert_eq!(log_level(&format!("WARN {line}")), LogLevel::Warn);
    }
}
