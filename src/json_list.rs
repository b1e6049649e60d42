//! Lists of JSON values as agents send them: kept as the JSON they are, bounded, and on one line.
//!
//! Values are never read into numbers and texts and written again, so nothing of them is lost.

use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// What a list may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ListBounds {
    pub items_max: usize,
    /// Bytes of all items together, as they are kept.
    pub bytes_max: usize,
}

/// Nesting of one value. Readers in browsers are recursive.
const DEPTH_MAX: usize = 64;

/// Values in order; those that did not fit are left out and counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonList {
    bounds: ListBounds,
    /// The items, separated by commas.
    text: String,
    /// Where in the text each item ends.
    ends: Vec<usize>,
    left_out: u32,
}

impl JsonList {
    /// An empty list.
    pub fn new(bounds: ListBounds) -> JsonList {
        JsonList { bounds, text: String::new(), ends: Vec::new(), left_out: 0 }
    }

    /// Adds a value that was checked to be JSON, if it fits.
    pub fn push(&mut self, value: &RawValue) {
        if self.is_full() {
            self.leave_out();
            return;
        }
        let before = self.text.len();
        if before > 0 {
            self.text.push(',');
        }
        if !push_compact(&mut self.text, value.get(), self.bounds.bytes_max) {
            self.text.truncate(before);
            self.leave_out();
            return;
        }
        self.ends.push(self.text.len());
    }

    /// Counts a value that nobody looked at.
    pub fn leave_out(&mut self) {
        self.left_out = self.left_out.saturating_add(1);
    }

    /// True when no further value fits.
    pub fn is_full(&self) -> bool {
        self.ends.len() >= self.bounds.items_max || self.text.len() >= self.bounds.bytes_max
    }

    /// Keeps the first items only.
    pub fn truncate(&mut self, items_max: usize) {
        let Some(surplus) = self.ends.len().checked_sub(items_max).filter(|more| *more > 0) else {
            return;
        };
        self.ends.truncate(items_max);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
        self.left_out = self.left_out.saturating_add(surplus as u32);
    }

    /// Number of items.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// True when it holds nothing.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Values that are not in the list because they did not fit.
    pub fn left_out(&self) -> u32 {
        self.left_out
    }

    /// Bytes of the items.
    pub fn byte_len(&self) -> usize {
        self.text.len()
    }

    /// The list as JSON, without a line break anywhere.
    pub fn to_json(&self) -> String {
        format!("[{}]", self.text)
    }
}

impl Serialize for JsonList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw = RawValue::from_string(self.to_json()).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}

/// Appends JSON without the white space between its tokens; false when it is nested too deeply or
/// the text gets longer than `bytes_max`. Within strings JSON has no raw line breaks.
fn push_compact(text: &mut String, json: &str, bytes_max: usize) -> bool {
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    let mut kept_from = 0;
    for (at, byte) in json.bytes().enumerate() {
        if in_string {
            in_string = is_escaped || byte != b'"';
            is_escaped = byte == b'\\' && !is_escaped;
            continue;
        }
        match byte {
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            b' ' | b'\n' | b'\r' | b'\t' => {
                text.push_str(&json[kept_from..at]);
                kept_from = at + 1;
            }
            _ => (),
        }
        if DEPTH_MAX < depth || bytes_max < text.len() {
            return false;
        }
    }
    text.push_str(&json[kept_from..]);
    text.len() <= bytes_max
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: ListBounds = ListBounds { items_max: 3, bytes_max: 40 };

    fn list(values: &[&str]) -> JsonList {
        let mut list = JsonList::new(BOUNDS);
        for value in values {
            list.push(&RawValue::from_string((*value).to_owned()).unwrap());
        }
        list
    }

    #[test]
    fn values_stay_what_they_are_on_one_line() {
        for (value, kept) in [
            ("1e999", "1e999"),
            ("12345678901234567890.10", "12345678901234567890.10"),
            ("{ \"a\" :\r\n\t[ 1 , 2 ] }", r#"{"a":[1,2]}"#),
            (r#"" a\" b \\" "#, r#"" a\" b \\""#),
            (r#"{"b":1,"a":"\n","b":2}"#, r#"{"b":1,"a":"\n","b":2}"#),
            (r#""<b>\ud800""#, r#""<b>\ud800""#),
        ] {
            let list = list(&[value]);
            assert_eq!(list.to_json(), format!("[{kept}]"));
            assert_eq!(serde_json::to_string(&list).unwrap(), format!("[{kept}]"));
        }
    }

    #[test]
    fn what_does_not_fit_is_left_out_and_counted() {
        let check = |values: &[&str], kept: &str, left_out: u32| {
            let list = list(values);
            assert_eq!((list.to_json().as_str(), list.left_out()), (kept, left_out), "{values:?}");
        };
        check(&[], "[]", 0);
        check(&["1", "2", "3", "4", "5"], "[1,2,3]", 2);
        let long = format!("\"{}\"", "x".repeat(39));
        check(&["1", &long, "2"], "[1,2]", 1);
        let fits = format!("\"{}\"", "x".repeat(38));
        check(&[&fits, "2"], &format!("[{fits}]"), 1);
        let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        let wide = ListBounds { items_max: 3, bytes_max: 1_000 };
        let mut list = JsonList::new(wide);
        for depth in [DEPTH_MAX, DEPTH_MAX + 1] {
            list.push(&RawValue::from_string(deep(depth)).unwrap());
        }
        assert_eq!((list.len(), list.left_out()), (1, 1));
    }

    #[test]
    fn a_list_is_cut_to_its_first_items() {
        let mut cut = list(&["1", "22", "333"]);
        cut.truncate(3);
        assert_eq!((cut.len(), cut.left_out()), (3, 0));
        cut.truncate(2);
        assert_eq!((cut.to_json().as_str(), cut.left_out()), ("[1,22]", 1));
        cut.truncate(0);
        assert_eq!((cut.to_json().as_str(), cut.left_out(), cut.is_empty()), ("[]", 3, true));
    }
}
