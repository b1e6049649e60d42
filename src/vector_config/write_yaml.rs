//! A tree of values as YAML that means the same to every reader, old or new.
//!
//! Text without quotes is only what no YAML takes for anything else. Keys are in the order of the tree,
//! so that the same tree is the same bytes.

use std::fmt::Write as _;

use crate::vector_config::plain_scalar::plain_scalar;
use crate::vector_config::value::{Entry, Node, Value};

/// How deep blocks go. Below, brackets: each level of a block indents every line of it, and text nested on
/// purpose would grow by that much.
const BLOCK_DEPTH_MAX: usize = 8;

/// Longest key before a plain `:`, in bytes. YAML says 1,024 characters with the quotes.
const SIMPLE_KEY_BYTES_MAX: usize = 1_000;

/// The text of a tree, with a line break at its end.
pub(super) fn write_yaml(root: &Node) -> String {
    let mut out = String::new();
    if is_block(root, 0) {
        write_block(&mut out, root, 0, true);
    } else {
        write_flow(&mut out, root);
        out.push('\n');
    }
    out
}

/// True for what takes lines of its own.
fn is_block(node: &Node, depth: usize) -> bool {
    if depth >= BLOCK_DEPTH_MAX {
        return false;
    }
    match &node.value {
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Placeholder(_) => false,
        Value::Map(entries) => !entries.is_empty(),
        // A list of plain values fits on a line, as people write it.
        Value::List(items) => items.iter().any(|item| match &item.value {
            Value::Null | Value::Bool(_) | Value::Integer(_) | Value::Float(_) => false,
            // Braces would end a placeholder within brackets.
            Value::Placeholder(_) => true,
            Value::Text(text) => text.contains('\n'),
            Value::Map(entries) => !entries.is_empty(),
            Value::List(items) => !items.is_empty(),
        }),
    }
}

/// A list or map, a line for each of its parts. `is_indented` is false when the first line has begun.
fn write_block(out: &mut String, node: &Node, depth: usize, is_indented: bool) {
    let mut is_indented = is_indented;
    let mut begin_line = |out: &mut String| {
        if is_indented {
            indent(out, depth);
        }
        is_indented = true;
    };
    match &node.value {
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::Placeholder(_) => (),
        Value::List(items) => {
            for item in items {
                begin_line(out);
                out.push('-');
                if is_block(item, depth + 1) {
                    out.push(' ');
                    write_block(out, item, depth + 1, false);
                } else {
                    write_rest_of_line(out, item, depth + 1);
                }
            }
        }
        Value::Map(entries) => {
            for entry in entries {
                begin_line(out);
                write_key(out, entry, |out| {
                    out.push('\n');
                    indent(out, depth);
                });
                if is_block(&entry.node, depth + 1) {
                    out.push('\n');
                    write_block(out, &entry.node, depth + 1, true);
                } else {
                    write_rest_of_line(out, &entry.node, depth + 1);
                }
            }
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

/// A key with its colon. A long one is announced, and its colon comes after `separate`.
fn write_key(out: &mut String, entry: &Entry, separate: impl Fn(&mut String)) {
    let mut key = String::new();
    write_text(&mut key, &entry.key);
    if key.len() > SIMPLE_KEY_BYTES_MAX {
        out.push_str("? ");
        out.push_str(&key);
        separate(out);
    } else {
        out.push_str(&key);
    }
    out.push(':');
}

/// What follows a `:` or a `-` on its line; the lines of a long text follow below.
fn write_rest_of_line(out: &mut String, node: &Node, depth: usize) {
    out.push(' ');
    match &node.value {
        Value::Text(text) if is_literal(text) => write_literal(out, text, depth),
        // The node's value decides its type, as it does in TOML.
        Value::Placeholder(text) => {
            out.push_str(text);
            out.push('\n');
        }
        Value::Null
        | Value::Bool(_)
        | Value::Integer(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::List(_)
        | Value::Map(_) => {
            write_flow(out, node);
            out.push('\n');
        }
    }
}

/// Anything, on one line.
fn write_flow(out: &mut String, node: &Node) {
    match &node.value {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Integer(value) => push(out, format_args!("{value}")),
        Value::Float(value) if value.is_nan() => out.push_str(".nan"),
        Value::Float(value) if value.is_infinite() => {
            out.push_str(if *value > 0.0 { ".inf" } else { "-.inf" });
        }
        Value::Float(value) => push(out, format_args!("{value:?}")),
        Value::Text(text) | Value::Placeholder(text) => write_text(out, text),
        Value::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_flow(out, item);
            }
            out.push(']');
        }
        Value::Map(entries) => {
            out.push('{');
            for (index, entry) in entries.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { ", " });
                write_key(out, entry, |out| out.push(' '));
                out.push(' ');
                write_flow(out, &entry.node);
            }
            out.push('}');
        }
    }
}

/// A text on one line: without quotes when that is safe, else in the simplest quotes that hold it.
fn write_text(out: &mut String, text: &str) {
    if is_plain(text) {
        out.push_str(text);
    } else if !text.chars().any(|c| c == '\'' || needs_escape(c)) {
        // Nothing is special in these, not even in what a placeholder stands for.
        out.push('\'');
        out.push_str(text);
        out.push('\'');
    } else {
        write_quoted(out, text);
    }
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if !needs_escape(c) => out.push(c),
            c => match u16::try_from(u32::from(c)) {
                Ok(unit) => push(out, format_args!("\\u{unit:04x}")),
                Err(_) => push(out, format_args!("\\U{:08x}", u32::from(c))),
            },
        }
    }
    out.push('"');
}

/// Lines as they are, below a `|`.
fn write_literal(out: &mut String, text: &str, depth: usize) {
    out.push('|');
    // Lines that begin with a blank would pass for indentation.
    if text.starts_with(' ') {
        out.push('2');
    }
    let body = text.trim_end_matches('\n');
    match text.len() - body.len() {
        0 => out.push('-'),
        1 => (),
        _ => out.push('+'),
    }
    out.push('\n');
    for line in body.split('\n') {
        if !line.is_empty() {
            indent(out, depth);
            out.push_str(line);
        }
        out.push('\n');
    }
    out.extend(std::iter::repeat_n('\n', (text.len() - body.len()).saturating_sub(1)));
}

/// True for text of several lines that needs no escape and no thought about its blanks.
fn is_literal(text: &str) -> bool {
    let is_blank = |line: &str| !line.is_empty() && line.trim_matches([' ', '\t']).is_empty();
    text.contains('\n')
        && !text.starts_with(['\n', '\t'])
        && !text.split('\n').any(is_blank)
        && !text.chars().any(|c| c != '\n' && c != '\t' && needs_escape(c))
}

/// True for text that no reader of YAML takes for anything but text.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 11] =
        ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"];
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_' || c == '/')
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c))
        && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
        && matches!(plain_scalar(text), Value::Text(_))
        && text.parse::<f64>().is_err()
}

/// Characters that are not to be seen, or that end a line for some reader.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
                | '\u{fdd0}'..='\u{fdef}' | '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..
        )
        || u32::from(c) & 0xfffe == 0xfffe
}

fn push(out: &mut String, args: std::fmt::Arguments<'_>) {
    out.write_fmt(args).expect("a string takes all that is written to it");
}
