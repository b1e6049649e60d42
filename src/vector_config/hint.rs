//! "Did you mean": the name nearest to one that does not exist.

/// Most hints of one text: each looks at every name.
const HINTS_MAX: usize = 100;

/// Longest name that is compared, in bytes.
const NAME_BYTES_MAX: usize = 128;

/// Gives hints until there have been enough.
#[derive(Default)]
pub(super) struct Hints {
    given: usize,
}

impl Hints {
    /// The name that differs from the wanted one by the fewest letters, if those are few.
    pub(super) fn nearest<'n>(
        &mut self,
        wanted: &str,
        names: impl Iterator<Item = &'n str>,
    ) -> Option<&'n str> {
        if self.given == HINTS_MAX || NAME_BYTES_MAX < wanted.len() {
            return None;
        }
        self.given += 1;
        // A letter in three may be wrong, and three at most.
        let most = (wanted.chars().count() / 3).clamp(1, 3);
        let near = names.filter(|name| name.len().abs_diff(wanted.len()) <= 4 * most);
        let near = near.filter(|name| name.len() <= NAME_BYTES_MAX);
        let distances = near.map(|name| (distance(wanted, name), name));
        let close = distances.filter(|(distance, _)| *distance <= most);
        close.min_by_key(|(distance, _)| *distance).map(|(_, name)| name)
    }
}

/// How many letters differ, as people count them: `Parse` is one away from `parse`, `my-app` from `my_app`.
fn distance(wanted: &str, name: &str) -> usize {
    match wanted.eq_ignore_ascii_case(name) {
        true => 1,
        false => strsim::osa_distance(wanted, name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_hinted_and_far_ones_are_not() {
        let names = ["parser", "in", "filter_errors", "OUT_LOGS"];
        let cases = [
            ("parse", Some("parser")),
            ("praser", Some("parser")),
            ("filter-errors", Some("filter_errors")),
            ("out_logs", Some("OUT_LOGS")),
            ("im", Some("in")),
            ("xy", None),
            ("something_else", None),
            ("", None),
        ];
        for (wanted, expected) in cases {
            assert_eq!(Hints::default().nearest(wanted, names.into_iter()), expected, "{wanted}");
        }
        let mut hints = Hints { given: HINTS_MAX };
        assert_eq!(hints.nearest("parse", names.into_iter()), None);
    }
}
