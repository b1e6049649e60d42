//! What one node has sent, and what of it the server has acknowledged.

use std::collections::BTreeMap;

/// The books of a node. Heartbeats are numbered from 1; one is under way at a time.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub(super) node: String,
    /// The last heartbeat that went out, answered or not.
    pub(super) sent: u64,
    /// Heartbeats that were answered 200, in order.
    pub(super) acknowledged: Vec<u64>,
    /// Log lines that went out, and whether that was answered 200.
    pub(super) lines: BTreeMap<String, bool>,
    /// Requests answered 503.
    pub(super) refused: u64,
    /// Requests that got no answer.
    pub(super) unanswered: u64,
    /// What should never be.
    pub(super) wrong: Vec<String>,
}

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Acknowledged,
    Refused,
    Unanswered,
    Wrong,
}

impl Ledger {
    /// The last heartbeat that was acknowledged; 0 when none was.
    pub(super) fn last(&self) -> u64 {
        self.acknowledged.last().copied().unwrap_or(0)
    }

    /// Enters a heartbeat that goes out now.
    pub(super) fn sending(&mut self, lines: &[String]) -> u64 {
        self.sent += 1;
        self.sending_lines(lines);
        self.sent
    }

    /// Enters lines that go out now.
    pub(super) fn sending_lines(&mut self, lines: &[String]) {
        self.lines.extend(lines.iter().map(|line| (line.clone(), false)));
    }

    /// Enters how the request that carried a heartbeat or lines ended.
    pub(super) fn ended(&mut self, beat: Option<u64>, lines: &[String], fate: Fate) {
        match fate {
            Fate::Acknowledged => {
                self.acknowledged.extend(beat);
                self.lines.extend(lines.iter().map(|line| (line.clone(), true)));
            }
            Fate::Refused => self.refused += 1,
            Fate::Unanswered => self.unanswered += 1,
            Fate::Wrong => (),
        }
    }

    /// Whether the server may have come this far.
    pub(super) fn allows(&self, beat: u64) -> bool {
        (self.last()..=self.sent).contains(&beat)
    }
}
