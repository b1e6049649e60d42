//! What a new revision changes, line by line.

use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices, group_diff_ops};

use crate::vector_config::place::clamped;

/// Lines shown around a change.
const CONTEXT_LINES: usize = 3;

/// Most lines, of both texts, between the first that differs and the last, for which the least change is
/// looked for. Past it all of them count as changed: that is read at once, and is the same every time.
const COMPARED_LINES_MAX: usize = 20_000;

/// A run of changed lines, with the lines around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hunk {
    pub lines: Vec<HunkLine>,
}

/// A line, without its line break, and its number in each text that has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HunkLine {
    pub kind: LineKind,
    pub old_line: Option<u32>,
    pub new_line: Option<u32>,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LineKind {
    Context,
    Added,
    Removed,
}

/// The changes from one text to another, in order. None when they are the same.
pub fn line_changes(old: &str, new: &str) -> Vec<Hunk> {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let hunks = group_diff_ops(operations(&old, &new), CONTEXT_LINES);
    let hunks = hunks.iter().map(|operations| Hunk {
        lines: operations.iter().flat_map(|operation| lines(*operation, &old, &new)).collect(),
    });
    hunks.filter(|hunk| hunk.lines.iter().any(|line| line.kind != LineKind::Context)).collect()
}

/// How to make one list of lines from the other.
fn operations(old: &[&str], new: &[&str]) -> Vec<DiffOp> {
    let same = |(a, b): &(&&str, &&str)| a == b;
    let before = old.iter().zip(new).take_while(same).count();
    let (old_rest, new_rest) = (&old[before..], &new[before..]);
    let after = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(same).count();
    let (old_len, new_len) = (old_rest.len() - after, new_rest.len() - after);
    if old_len + new_len <= COMPARED_LINES_MAX {
        return capture_diff_slices(Algorithm::Myers, old, new);
    }
    let equal = |old_index, new_index, len| DiffOp::Equal { old_index, new_index, len };
    vec![
        equal(0, 0, before),
        DiffOp::Replace { old_index: before, old_len, new_index: before, new_len },
        equal(before + old_len, before + new_len, after),
    ]
}

/// The lines of an operation: what goes, then what comes.
fn lines(operation: DiffOp, old: &[&str], new: &[&str]) -> Vec<HunkLine> {
    let (old_range, new_range) = (operation.old_range(), operation.new_range());
    match operation {
        DiffOp::Equal { .. } => {
            let numbers = old_range.zip(new_range);
            numbers
                .map(|(old_at, new_at)| {
                    line(LineKind::Context, Some(old_at), Some(new_at), old[old_at])
                })
                .collect()
        }
        DiffOp::Delete { .. } | DiffOp::Insert { .. } | DiffOp::Replace { .. } => {
            let removed = old_range.map(|at| line(LineKind::Removed, Some(at), None, old[at]));
            let added = new_range.map(|at| line(LineKind::Added, None, Some(at), new[at]));
            removed.chain(added).collect()
        }
    }
}

fn line(kind: LineKind, old: Option<usize>, new: Option<usize>, text: &str) -> HunkLine {
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text).to_owned();
    let number = |at: usize| clamped(at + 1);
    HunkLine { kind, old_line: old.map(number), new_line: new.map(number), text }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The hunks as a patch shows them, with the numbers of the lines.
    fn check(old: &str, new: &str, expected: &[&str]) {
        let hunks = line_changes(old, new);
        let mut shown = Vec::new();
        for hunk in hunks {
            shown.push("@@".to_owned());
            shown.extend(hunk.lines.iter().map(|line| {
                let mark = match line.kind {
                    LineKind::Context => ' ',
                    LineKind::Added => '+',
                    LineKind::Removed => '-',
                };
                let number = |line: Option<u32>| line.map_or("_".into(), |line| line.to_string());
                format!("{mark}{}:{} {}", number(line.old_line), number(line.new_line), line.text)
            }));
        }
        assert_eq!(shown, expected, "{old:?} {new:?}");
    }

    #[test]
    fn changes_have_three_lines_around_them() {
        check("", "", &[]);
        check("a\nb\n", "a\nb\n", &[]);
        check("", "a\n", &["@@", "+_:1 a"]);
        check("a\n", "", &["@@", "-1:_ a"]);
        check("a\nb\nc", "a\nB\nc", &["@@", " 1:1 a", "-2:_ b", "+_:2 B", " 3:3 c"]);
        check("a\r\n", "a\n", &["@@", "-1:_ a", "+_:1 a"]);
        check("a", "a\n", &["@@", "-1:_ a", "+_:1 a"]);
        check(
            "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n",
            "1\n2\n3\n4\nfive\n6\n7\n8\n9\n10\n",
            &[
                "@@",
                " 2:2 2",
                " 3:3 3",
                " 4:4 4",
                "-5:_ 5",
                "+_:5 five",
                " 6:6 6",
                " 7:7 7",
                " 8:8 8",
                " 9:9 9",
                " 10:10 10",
                "-11:_ 11",
            ],
        );
        let long = |middle: &str| {
            (0..40)
                .map(|n| if n % 30 == 5 { format!("{middle}\n") } else { format!("{n}\n") })
                .collect::<String>()
        };
        let hunks = line_changes(&long("old"), &long("new"));
        assert_eq!(hunks.len(), 2, "changes far apart are apart");
    }

    #[test]
    fn very_large_changes_are_told_whole() {
        let text = |word: &str| {
            let lines = (0..COMPARED_LINES_MAX).map(|n| format!("{word} {n}\nsame\n"));
            format!("first\n{}last\n", lines.collect::<String>())
        };
        let hunks = line_changes(&text("old"), &text("new"));
        let count = |kind| hunks[0].lines.iter().filter(|line| line.kind == kind).count();
        assert_eq!((hunks.len(), count(LineKind::Context)), (1, 3));
        assert_eq!(count(LineKind::Added), 2 * COMPARED_LINES_MAX - 1);
        assert_eq!(count(LineKind::Removed), 2 * COMPARED_LINES_MAX - 1);
    }
}
