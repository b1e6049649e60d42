//! What a YAML scalar without quotes stands for, as the reader inside Vector decides it.
//!
//! That is the core schema of YAML 1.2 with binary numbers: `yes` is a text, and so is `007`.

use crate::vector_config::value::Value;

pub(super) fn plain_scalar(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => (),
    }
    if let Some(integer) = integer(text) {
        return Value::Integer(integer);
    }
    match float(text) {
        Some(float) => Value::Float(float),
        None => Value::Text(text.to_owned()),
    }
}

fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (radix, digits) = match digits.split_at_checked(2) {
        Some(("0x", hex)) => (16, hex),
        Some(("0o", octal)) => (8, octal),
        Some(("0b", binary)) => (2, binary),
        Some(_) | None => (10, digits),
    };
    // Rust would take a second sign.
    if digits.starts_with(['+', '-']) || (radix == 10 && has_leading_zero(digits)) {
        return None;
    }
    let number = i128::from_str_radix(digits, radix).ok()?;
    Some(if negative { -number } else { number })
}

fn float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('+').unwrap_or(text);
    if text.starts_with('+') && unsigned.starts_with(['+', '-']) {
        return None;
    }
    match unsigned {
        ".inf" | ".Inf" | ".INF" => return Some(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" if !text.starts_with('+') => return Some(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" if !text.starts_with('+') => return Some(f64::NAN),
        _ => (),
    }
    if has_leading_zero(unsigned.strip_prefix('-').unwrap_or(unsigned)) {
        return None;
    }
    unsigned.parse().ok().filter(|float: &f64| float.is_finite())
}

/// True for digits alone that begin with a zero too many: they are a text.
fn has_leading_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vector_config::place::Place;
    use crate::vector_config::value::Node;

    #[test]
    fn scalars_stand_for_what_vector_takes_them_for() {
        let cases = [
            ("", "null"),
            ("~", "null"),
            ("Null", "null"),
            ("true", "true"),
            ("FALSE", "false"),
            ("0", "0"),
            ("+12", "12"),
            ("-12", "-12"),
            ("0x1F", "31"),
            ("-0x1F", "-31"),
            ("0o17", "15"),
            ("0b101", "5"),
            ("1.5", "1.5"),
            ("-1.5e3", "-1500.0"),
            ("1e3", "1000.0"),
            (".5", "0.5"),
            ("5.", "5.0"),
            ("00.5", "0.5"),
            ("+.inf", "inf"),
            ("-.INF", "-inf"),
            (".NaN", "NaN"),
            ("999999999999999999999999999999999999999999", "1e42"),
            ("yes", "\"yes\""),
            ("on", "\"on\""),
            ("nULL", "\"nULL\""),
            ("007", "\"007\""),
            ("-007", "\"-007\""),
            ("+-1", "\"+-1\""),
            ("--1", "\"--1\""),
            ("0x-1", "\"0x-1\""),
            ("0x", "\"0x\""),
            ("1_000", "\"1_000\""),
            ("inf", "\"inf\""),
            ("nan", "\"nan\""),
            ("1.2.3", "\"1.2.3\""),
            ("12:30", "\"12:30\""),
            ("2026-11-26", "\"2026-11-26\""),
            ("e5", "\"e5\""),
            ("é", "\"é\""),
        ];
        for (text, expected) in cases {
            let node = Node { value: plain_scalar(text), at: Place::START };
            assert_eq!(node.to_string(), expected, "{text}");
        }
    }
}
