//! Words of log lines, and of what is looked for in them. The store's indices split lines the same way.
//!
//! A word is a run of ASCII letters, digits, and characters beyond ASCII. The case of ASCII letters makes no
//! difference.

/// A word to look for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// In lower case.
    pub text: String,
    /// Longer words that begin with it will do.
    pub is_prefix: bool,
}

/// The words of a query; `*` right behind one makes it a prefix.
pub fn words(query: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = query;
    while let Some(first) = rest.find(is_of_word) {
        let word = &rest[first..];
        let length = word.find(|c| !is_of_word(c)).unwrap_or(word.len());
        let (text, behind) = word.split_at(length);
        words.push(Word { text: text.to_ascii_lowercase(), is_prefix: behind.starts_with('*') });
        rest = behind;
    }
    words
}

/// Whether a message holds every one of the words.
pub fn holds(message: &str, words: &[Word]) -> bool {
    words.iter().all(|word| {
        message.split(|c| !is_of_word(c)).any(|found| {
            let found = found.as_bytes();
            let start = found.get(..word.text.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(word.text.as_bytes()))
                && (word.is_prefix || found.len() == word.text.len())
        })
    })
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || !c.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_split_into_words_and_prefixes() {
        let check = |query: &str, expected: &str| {
            let text =
                |word: &Word| format!("{}{}", word.text, if word.is_prefix { "*" } else { "" });
            let found: Vec<String> = words(query).iter().map(text).collect();
            assert_eq!(found.join(" "), expected, "{query}");
        };
        check("Out of MEMORY", "out of memory");
        check("time* out", "time* out");
        check("time * out", "time out");
        check("*time**", "time*");
        check("/api/v1?id=\u{fc}ber", "api v1 id \u{fc}ber");
        check("user_id", "user id");
        check("% - _ *", "");
    }

    #[test]
    fn a_message_holds_all_words_in_any_order_and_case() {
        let check = |message: &str, query: &str, expected: bool| {
            assert_eq!(holds(message, &words(query)), expected, "{query} in {message}");
        };
        let line = "GET /api/v1/users: connection timed-out after 30s, \u{dc}ber\u{2192}x";
        for query in ["out get", "GET users", "v1", "conn*", "30s", "\u{dc}ber\u{2192}X", "\u{dc}*"]
        {
            check(line, query, true);
        }
        for query in ["conn", "30", "timedout", "get missing", "\u{fc}ber*", "\u{dc}", "s*z"] {
            check(line, query, false);
        }
        check("", "a", false);
        check("anything", "", true);
    }
}
