//! Who was allowed to see what, and what was shown to whom, in order: afterwards it is proved that
//! nobody was shown anything after the right to see it was taken away.

use std::collections::{BTreeMap, BTreeSet};

use crate::Verdict;

/// Everything about rights, by user and environment. `at` counts the ticks of the world, which go on
/// where those of a process that died are counted again.
#[derive(Default)]
pub struct History {
    rights: BTreeMap<(String, String), Right>,
}

/// The right of one user to one environment.
#[derive(Default)]
struct Right {
    /// When it was granted and taken away, in order.
    changes: Vec<(u64, bool)>,
    /// When something was shown, and to which subscriber.
    shown: BTreeSet<(u64, u64)>,
}

impl History {
    /// From this tick on the user may see the environment.
    pub fn grant(&mut self, at: u64, user: &str, environment: &str) {
        self.right(user, environment).changes.push((at, true));
    }

    /// From this tick on, itself included, the user may not.
    pub fn revoke(&mut self, at: u64, user: &str, environment: &str) {
        self.right(user, environment).changes.push((at, false));
    }

    /// An event of the environment reached a subscriber of the user.
    pub fn deliver(&mut self, at: u64, user: &str, environment: &str, subscriber: u64) {
        self.right(user, environment).shown.insert((at, subscriber));
    }

    /// Nothing was shown without a right that was granted in this tick or before and not taken away
    /// since. A right that is taken away in a tick does not hold in that tick.
    pub fn check(&self) -> Verdict {
        for ((user, environment), right) in &self.rights {
            for &(at, subscriber) in &right.shown {
                let until_then = right.changes.iter().rev().find(|(then, _)| *then <= at);
                if !until_then.is_some_and(|(_, holds)| *holds) {
                    return Err(format!(
                        "at {at} subscriber {subscriber} of {user} was shown {environment}, rights: {:?}",
                        right.changes
                    ));
                }
            }
        }
        Ok(())
    }

    fn right(&mut self, user: &str, environment: &str) -> &mut Right {
        self.rights.entry((user.to_owned(), environment.to_owned())).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `tick word`, where the word is `grant`, `revoke` or `show`.
    fn history(lines: &[&str]) -> History {
        let mut history = History::default();
        for line in lines {
            let (at, word) = line.split_once(' ').expect("a tick and a word");
            let at = at.parse().expect("a tick");
            match word {
                "grant" => history.grant(at, "ann", "e1"),
                "revoke" => history.revoke(at, "ann", "e1"),
                "show" => history.deliver(at, "ann", "e1", 7),
                other => panic!("{other} is no word of a history"),
            }
        }
        history
    }

    #[test]
    fn what_is_shown_while_a_right_holds_is_right() {
        for lines in [
            &["1 grant", "1 show", "5 show"][..],
            &["1 grant", "3 show", "4 revoke", "6 grant", "6 show"],
            &["1 grant", "4 revoke"],
            &[],
        ] {
            assert_eq!(history(lines).check(), Ok(()), "{lines:?}");
        }
    }

    #[test]
    fn what_is_shown_without_a_right_is_found() {
        for lines in [
            &["3 show"][..],
            &["1 grant", "4 revoke", "4 show"],
            &["1 grant", "4 revoke", "9 show"],
            &["1 grant", "4 show", "4 revoke"],
            &["3 show", "4 grant"],
        ] {
            assert!(history(lines).check().is_err(), "{lines:?}");
        }
    }

    #[test]
    fn a_right_to_one_environment_is_none_to_another() {
        let mut history = history(&["1 grant"]);
        history.deliver(2, "ann", "e2", 7);
        assert!(history.check().is_err());
    }
}
