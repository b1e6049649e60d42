//! How a node gets on in a rollout. Pure rules.

use crate::ids::NodeKey;
use crate::pipeline::Rollout;
use crate::status::ProcessClass;
use crate::time::Millis;

/// Where a node stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It has not reported the revision.
    Deploying,
    Deployed,
    /// It runs the revision, and it crashed.
    Failed,
    /// It did not report the revision in time.
    TimedOut,
}

impl Progress {
    /// As events tell it.
    pub fn as_str(self) -> &'static str {
        match self {
            Progress::Deploying => "DEPLOYING",
            Progress::Deployed => "DEPLOYED",
            Progress::Failed => "DEPLOY_FAILED",
            Progress::TimedOut => "DEPLOY_TIMED_OUT",
        }
    }
}

impl Rollout {
    /// Where the node stands, when it has not arrived.
    pub fn progress(&self, node: NodeKey) -> Option<Progress> {
        if self.waiting.contains(node) {
            Some(Progress::Deploying)
        } else if self.failed.contains(&node) {
            Some(Progress::Failed)
        } else if self.late.contains(&node) {
            Some(Progress::TimedOut)
        } else {
            None
        }
    }

    /// The node is to run the revision, and is late at `deadline`.
    pub fn enter(&mut self, node: NodeKey, deadline: Millis) {
        self.leave(node);
        self.waiting.insert(node, deadline);
    }

    /// The node is not to run the pipeline any more.
    pub fn leave(&mut self, node: NodeKey) {
        self.waiting.remove(node);
        self.failed.remove(&node);
        self.late.remove(&node);
        self.arrived.remove(&node);
    }

    /// The node reports the revision. Answers from where to where that takes it, when it moves.
    pub fn report(&mut self, node: NodeKey, class: ProcessClass) -> Option<(Progress, Progress)> {
        let from = self.progress(node)?;
        let (set, to) = match class {
            ProcessClass::Running => (&mut self.arrived, Progress::Deployed),
            ProcessClass::Crashed if from != Progress::Failed => {
                (&mut self.failed, Progress::Failed)
            }
            ProcessClass::Crashed
            | ProcessClass::Starting
            | ProcessClass::Stopped
            | ProcessClass::Other => return None,
        };
        set.insert(node);
        self.waiting.remove(node);
        self.late.remove(&node);
        if to == Progress::Deployed {
            self.failed.remove(&node);
        }
        Some((from, to))
    }

    /// Answers the nodes whose time is over.
    pub fn time_out(&mut self, listened: Millis) -> Vec<NodeKey> {
        let late = self.waiting.take_due(listened);
        self.late.extend(&late);
        late
    }

    /// Whether every node that is to run the revision does.
    pub fn is_complete(&self) -> bool {
        self.waiting.is_empty() && self.failed.is_empty() && self.late.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rollout(waiting: &[u32]) -> Rollout {
        let mut rollout = Rollout::default();
        for &key in waiting {
            rollout.enter(NodeKey(key), Millis(100));
        }
        rollout
    }

    #[test]
    fn a_node_arrives_once_and_a_crashed_one_can_still_arrive() {
        use ProcessClass::{Crashed, Running, Starting};
        let mut rollout = rollout(&[1, 2]);
        let cases = [
            (1, Starting, None),
            (1, Running, Some((Progress::Deploying, Progress::Deployed))),
            (1, Running, None),
            (1, Crashed, None),
            (2, Crashed, Some((Progress::Deploying, Progress::Failed))),
            (2, Crashed, None),
            (2, Running, Some((Progress::Failed, Progress::Deployed))),
            (3, Running, None),
        ];
        for (node, class, expected) in cases {
            assert_eq!(rollout.report(NodeKey(node), class), expected, "{node} {class:?}");
        }
        assert!(rollout.is_complete());
        assert_eq!(rollout.arrived.len(), 2);
    }

    #[test]
    fn who_is_late_is_late_once_and_may_arrive() {
        let mut rollout = rollout(&[1, 2]);
        rollout.report(NodeKey(2), ProcessClass::Crashed);
        rollout.enter(NodeKey(3), Millis(200));
        assert!(rollout.time_out(Millis(99)).is_empty());
        assert_eq!(rollout.time_out(Millis(100)), [NodeKey(1)]);
        assert!(rollout.time_out(Millis(199)).is_empty(), "who came later has the same time");
        assert_eq!(rollout.time_out(Millis(200)), [NodeKey(3)]);
        rollout.leave(NodeKey(3));
        assert!(!rollout.is_complete());
        let arrival = rollout.report(NodeKey(1), ProcessClass::Running);
        assert_eq!(arrival, Some((Progress::TimedOut, Progress::Deployed)));
        rollout.leave(NodeKey(2));
        assert!(rollout.is_complete());
    }
}
