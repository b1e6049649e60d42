//! Wildcards in `inputs`, as Vector's matcher reads them: `*`, `?`, `[a-z]` and `[!a-z]`.
//!
//! A pattern that cannot be read stands for itself, which is what Vector makes of it too.

/// A pattern, read once and tried on many names.
pub(super) struct Wildcard {
    parts: Vec<Part>,
}

enum Part {
    One(char),
    AnyOne,
    AnyNumber,
    OneOf { ranges: Vec<(char, char)>, is_negated: bool },
}

impl Wildcard {
    /// The pattern of an input; `None` for a plain name.
    pub(super) fn of(input: &str) -> Option<Self> {
        if !input.contains(['*', '?', '[']) {
            return None;
        }
        let mut parts = Vec::new();
        let mut rest = input;
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            match c {
                '?' => parts.push(Part::AnyOne),
                '*' => {
                    parts.push(Part::AnyNumber);
                    // Two stars stand for whole folders of a path, and there is none but the name.
                    if rest.starts_with('*') && input != "**" {
                        return None;
                    }
                }
                '[' => {
                    let (part, after) = set(rest)?;
                    parts.push(part);
                    rest = after;
                }
                _ => parts.push(Part::One(c)),
            }
        }
        Some(Self { parts })
    }

    /// True when it matches all of the name. Adds the comparisons it took to `steps`.
    pub(super) fn matches(&self, name: &str, steps: &mut usize) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut part, mut at) = (0, 0);
        // After the last star: the part to go on with, and how much of the name the star takes.
        let mut star: Option<(usize, usize)> = None;
        loop {
            *steps += 1;
            match (self.parts.get(part), name.get(at)) {
                (None, None) => return true,
                (Some(Part::AnyNumber), _) => {
                    star = Some((part + 1, at));
                    part += 1;
                    continue;
                }
                (Some(one), Some(c)) if one.takes(*c) => {
                    (part, at) = (part + 1, at + 1);
                    continue;
                }
                (None | Some(_), Some(_)) | (Some(_), None) => (),
            }
            let Some((after_star, taken)) = star.filter(|(_, taken)| *taken < name.len()) else {
                return false;
            };
            star = Some((after_star, taken + 1));
            (part, at) = (after_star, taken + 1);
        }
    }
}

impl Part {
    fn takes(&self, c: char) -> bool {
        match self {
            Self::One(own) => *own == c,
            Self::AnyOne => true,
            Self::AnyNumber => false,
            Self::OneOf { ranges, is_negated } => {
                ranges.iter().any(|(from, to)| *from <= c && c <= *to) != *is_negated
            }
        }
    }
}

/// A set whose `[` has just ended, and what follows its `]`. A `]` that comes first is one of the set.
fn set(rest: &str) -> Option<(Part, &str)> {
    let (is_negated, rest) = match rest.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let first = rest.chars().next()?;
    let end = first.len_utf8() + rest[first.len_utf8()..].find(']')?;
    let inside: Vec<char> = rest[..end].chars().collect();
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(from) = inside.get(at).copied() {
        match (inside.get(at + 1), inside.get(at + 2)) {
            (Some('-'), Some(to)) => {
                ranges.push((from, *to));
                at += 3;
            }
            (None | Some(_), None | Some(_)) => {
                ranges.push((from, from));
                at += 1;
            }
        }
    }
    Some((Part::OneOf { ranges, is_negated }, &rest[end + 1..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        let cases = [
            ("foo_*", "foo_1", true),
            ("foo_*", "foo_", true),
            ("foo_*", "xfoo_1", false),
            ("*", "", true),
            ("*", "route.a", true),
            ("**", "abc", true),
            ("*oo*", "foos", true),
            ("*.dropped", "remap.dropped", true),
            ("*.dropped", "remap", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("?", "é", true),
            ("in[0-9]", "in7", true),
            ("in[0-9]", "inx", false),
            ("in[!0-9]", "inx", true),
            ("in[!0-9]", "in7", false),
            ("[]]", "]", true),
            ("[-a]", "-", true),
            ("[a-]", "-", true),
            ("*a*b*c", "xxaxxbxxc", true),
            ("*a*b*c", "xxaxxbxx", false),
            ("*a", "aaaaaa", true),
            ("a*a", "a", false),
        ];
        for (pattern, name, expected) in cases {
            let wildcard = Wildcard::of(pattern).expect("it is a pattern");
            assert_eq!(wildcard.matches(name, &mut 0), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn what_is_no_pattern_stands_for_itself() {
        for input in ["", "plain", "route.a", "a[", "[!", "[]", "a**b", "***", "[a"] {
            assert!(Wildcard::of(input).is_none(), "{input}");
        }
    }

    #[test]
    fn steps_stay_within_the_product_of_the_lengths() {
        let pattern = "*a".repeat(100) + "b";
        let name = "a".repeat(1_000);
        let mut steps = 0;
        let wildcard = Wildcard::of(&pattern).expect("it is a pattern");
        assert!(!wildcard.matches(&name, &mut steps));
        assert!(steps < pattern.len() * name.len(), "{steps}");
    }
}
