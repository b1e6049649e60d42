//! The one JSON writer of the core: objects with fields, written straight into the frame bytes.

/// Writes one JSON object; close it with `end`.
pub struct Object<'a> {
    out: &'a mut Vec<u8>,
    has_fields: bool,
}

impl<'a> Object<'a> {
    /// Opens an object.
    pub fn begin(out: &'a mut Vec<u8>) -> Object<'a> {
        out.push(b'{');
        Object { out, has_fields: false }
    }

    /// Closes the object.
    pub fn end(self) {
        self.out.push(b'}');
    }

    /// A text field.
    pub fn text(&mut self, name: &str, value: &str) -> &mut Self {
        write_text(self.field(name), value);
        self
    }

    /// A text field, or null.
    pub fn text_or_null(&mut self, name: &str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(name, value),
            None => self.null(name),
        }
    }

    /// A field with a whole number.
    pub fn integer(&mut self, name: &str, value: u64) -> &mut Self {
        write_integer(self.field(name), value);
        self
    }

    /// A field with a number; null when it is not finite.
    pub fn number(&mut self, name: &str, value: f32) -> &mut Self {
        if !value.is_finite() {
            return self.null(name);
        }
        use std::io::Write as _;
        write!(self.field(name), "{value}").expect("writing to memory does not fail");
        self
    }

    /// A field that is true or false.
    pub fn boolean(&mut self, name: &str, value: bool) -> &mut Self {
        let text: &[u8] = if value { b"true" } else { b"false" };
        self.field(name).extend_from_slice(text);
        self
    }

    /// A null field.
    pub fn null(&mut self, name: &str) -> &mut Self {
        self.field(name).extend_from_slice(b"null");
        self
    }

    /// A field whose value `write` appends.
    pub fn value(&mut self, name: &str, write: impl FnOnce(&mut Vec<u8>)) -> &mut Self {
        write(self.field(name));
        self
    }

    fn field(&mut self, name: &str) -> &mut Vec<u8> {
        if self.has_fields {
            self.out.push(b',');
        }
        self.has_fields = true;
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }
}

/// Writes an array, one `write` for each item.
pub fn write_array<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
    out.push(b']');
}

/// Writes text in quotes. Control characters and the two Unicode line ends are escaped, so that no
/// text can end a line of the stream.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut copied = 0;
    let bytes = text.as_bytes();
    for (index, &byte) in bytes.iter().enumerate() {
        let line_end = byte == 0xE2
            && bytes.get(index + 1) == Some(&0x80)
            && matches!(bytes.get(index + 2), Some(0xA8 | 0xA9));
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0x00..=0x1F | 0x7F => {
                out.extend_from_slice(&bytes[copied..index]);
                const HEX: &[u8; 16] = b"0123456789abcdef";
                let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
                out.extend_from_slice(b"\\u00");
                out.extend_from_slice(&digits);
                copied = index + 1;
                continue;
            }
            0xE2 if line_end => {
                out.extend_from_slice(&bytes[copied..index]);
                let escaped: &[u8] = if bytes[index + 2] == 0xA8 { b"\\u2028" } else { b"\\u2029" };
                out.extend_from_slice(escaped);
                copied = index + 3;
                continue;
            }
            _ => continue,
        };
        out.extend_from_slice(&bytes[copied..index]);
        out.extend_from_slice(escape);
        copied = index + 1;
    }
    out.extend_from_slice(&bytes[copied..]);
    out.push(b'"');
}

/// Writes a whole number.
pub fn write_integer(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut out = Vec::new();
        write_text(&mut out, text);
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn no_text_can_end_a_line_or_a_string() {
        check("plain", r#""plain""#);
        check("a\"b\\c", r#""a\"b\\c""#);
        check("data: x\r\n\r\nevent: y", r#""data: x\r\n\r\nevent: y""#);
        check("\u{1b}[31m\0\u{7f}", r#""\u001b[31m\u0000\u007f""#);
        check("a\u{2028}b\u{2029}ü€â", "\"a\\u2028b\\u2029ü€â\"");
    }

    #[test]
    fn numbers_are_written_short_and_nothing_is_null() {
        let mut out = Vec::new();
        let mut object = Object::begin(&mut out);
        object.number("a", 187.4).number("b", f32::NAN).number("c", 0.0);
        object.integer("d", u64::MAX).integer("e", 0).text_or_null("f", None).boolean("g", true);
        object.end();
        let expected =
            r#"{"a":187.4,"b":null,"c":0,"d":18446744073709551615,"e":0,"f":null,"g":true}"#;
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
