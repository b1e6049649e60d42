//! The language of a configuration text, told from its first line that says anything.

use serde::Serialize;

/// The languages a configuration may be written in. JSON is YAML.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    Yaml,
    Toml,
}

impl Format {
    /// The language of a text. Text that is neither is YAML, whose reader then says what is wrong.
    pub fn of(text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = text.lines().map(str::trim_start);
        let Some(line) = lines.find(|line| !line.trim_end().is_empty() && !line.starts_with('#'))
        else {
            return Self::Yaml;
        };
        if line.starts_with("- ") {
            return Self::Yaml;
        }
        // A list at the top is no configuration in any language, so this is a table of TOML.
        if line.starts_with('[') || after_key(line).starts_with('=') {
            return Self::Toml;
        }
        Self::Yaml
    }
}

/// What follows the key a line begins with: dotted, quoted in part, with blanks between.
fn after_key(line: &str) -> &str {
    let mut rest = line;
    loop {
        rest = rest.trim_start_matches(|c: char| {
            c.is_alphanumeric() || c.is_whitespace() || "_-.${}".contains(c)
        });
        let Some(quote @ ('"' | '\'')) = rest.chars().next() else { return rest };
        let Some(end) = rest[1..].find(quote) else { return rest };
        rest = &rest[end + 2..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_says_anything_tells_the_language() {
        use Format::{Toml, Yaml};
        let cases = [
            (Toml, "[sources.in]"),
            (Toml, "\u{feff}# a comment\n\n  [ sources . in ]\r\n"),
            (Toml, "data_dir = \"/var/lib/vector\"\n[sources.in]"),
            (Toml, "sources.in.type = 'stdin'"),
            (Toml, "\"data_dir\"='x'"),
            (Toml, "${KEY} = 1"),
            (Toml, "[[tests]]"),
            (Yaml, "sources:\n  in: {type: stdin}"),
            (Yaml, "# a = 1\nsources:\n"),
            (Yaml, "---\nsources:\n"),
            (Yaml, "%YAML 1.2\n---\n"),
            (Yaml, "{\"sources\": {}}"),
            (Yaml, "\"a = b\": 1"),
            (Yaml, "'unclosed = 1"),
            (Yaml, "a: b = c"),
            (Yaml, "- a = b"),
            (Yaml, ""),
            (Yaml, "  \n# nothing\n"),
            (Yaml, "just words"),
        ];
        for (format, text) in cases {
            assert_eq!(Format::of(text), format, "{text:?}");
        }
    }
}
