//! How long a live tap lasts. Time is an argument; what follows from its end is its caller's.

use systole_systems::time::Millis;

/// Longest life of a tap. Agents end theirs by themselves after as long.
pub const LIFE_MILLIS: u64 = 300_000;

/// Time in which the agent must be heard.
pub const UNHEARD_MILLIS: u64 = 15_000;

/// Time in which somebody must come to read.
pub const UNREAD_MILLIS: u64 = 30_000;

/// Time in which a reader that left must come back, as browsers do by themselves.
pub const READER_GONE_MILLIS: u64 = 10_000;

/// The course of one tap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    started_at: Millis,
    is_heard: bool,
    reader: Presence,
}

/// Where the reader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Awaited,
    Here,
    Gone { since: Millis },
}

/// Why a tap has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    TimeUp,
    /// Nobody came to read.
    Unread,
    /// Whoever read it has left.
    ReaderGone,
    /// The agent did not say a word.
    AgentSilent,
    /// The agent ended it, and said this.
    AgentStopped(String),
    NodeDisconnected,
    PipelineGone,
    /// The session ended, or the right to edit the pipeline did.
    AccessLost,
    /// Somebody asked for it.
    Stopped,
    ServerStopping,
}

impl Life {
    /// A tap that starts now.
    pub fn new(now: Millis) -> Life {
        Life { started_at: now, is_heard: false, reader: Presence::Awaited }
    }

    /// The agent said something.
    pub fn note_heard(&mut self) {
        self.is_heard = true;
    }

    /// Somebody reads, or nobody does.
    pub fn note_reader(&mut self, is_here: bool, now: Millis) {
        self.reader = match (self.reader, is_here) {
            (_, true) => Presence::Here,
            (Presence::Here, false) => Presence::Gone { since: now },
            (Presence::Awaited | Presence::Gone { .. }, false) => self.reader,
        };
    }

    /// Why the tap is over, when it is.
    pub fn over(&self, now: Millis) -> Option<End> {
        let age = now.since(self.started_at).0;
        if LIFE_MILLIS <= age {
            return Some(End::TimeUp);
        }
        if !self.is_heard && UNHEARD_MILLIS <= age {
            return Some(End::AgentSilent);
        }
        match self.reader {
            Presence::Awaited if UNREAD_MILLIS <= age => Some(End::Unread),
            Presence::Gone { since } if READER_GONE_MILLIS <= now.since(since).0 => {
                Some(End::ReaderGone)
            }
            Presence::Awaited | Presence::Here | Presence::Gone { .. } => None,
        }
    }

    /// When it ends at the latest.
    pub fn expires_at(&self) -> Millis {
        Millis(self.started_at.0 + LIFE_MILLIS)
    }
}

impl End {
    /// A word for programs.
    pub fn reason(&self) -> &'static str {
        match self {
            End::TimeUp => "time_up",
            End::Unread => "unread",
            End::ReaderGone => "reader_gone",
            End::AgentSilent => "agent_silent",
            End::AgentStopped(_) => "agent_stopped",
            End::NodeDisconnected => "node_disconnected",
            End::PipelineGone => "pipeline_gone",
            End::AccessLost => "access_lost",
            End::Stopped => "stopped",
            End::ServerStopping => "server_stopping",
        }
    }

    /// A sentence for people.
    pub fn message(&self) -> String {
        let sentence = match self {
            End::TimeUp => "a tap lasts five minutes at most",
            End::Unread => "nobody came to read the tap within 30 seconds",
            End::ReaderGone => "the reader of the tap left and did not come back",
            End::AgentSilent => {
                "the agent was silent for 15 seconds: no event passed the component, the node \
                 runs three taps already, or its agent is an older one that knows no taps"
            }
            End::AgentStopped(why) if why.is_empty() => "the agent stopped the tap",
            End::AgentStopped(why) => return format!("the agent stopped the tap: {why}"),
            End::NodeDisconnected => "the node is no longer connected",
            End::PipelineGone => "the pipeline was deleted",
            End::AccessLost => "you are signed out, or may no longer edit the pipeline",
            End::Stopped => "the tap was stopped",
            End::ServerStopping => "the server is stopping",
        };
        sentence.to_owned()
    }

    /// The agent does not know yet that it is over.
    pub fn is_news_to_agent(&self) -> bool {
        !matches!(self, End::AgentStopped(_))
    }

    /// What is queued for the reader must not reach it any more.
    pub fn discards_events(&self) -> bool {
        matches!(self, End::AccessLost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What happens at which second, and when and why the tap is over.
    fn check(course: &[(u64, &str)], over_at: u64, why: End) {
        let mut life = Life::new(Millis(7_000));
        let at = |second: u64| Millis(7_000 + second * 1_000);
        let mut course = course.iter().peekable();
        for second in 0..=400 {
            while let Some((_, what)) = course.next_if(|(when, _)| *when == second) {
                match *what {
                    "heard" => life.note_heard(),
                    "reads" => life.note_reader(true, at(second)),
                    "leaves" => life.note_reader(false, at(second)),
                    what => panic!("{what}"),
                }
            }
            let just_before = Millis(at(second).0.saturating_sub(1));
            if second == over_at {
                assert_eq!(life.over(just_before), None, "before {second}");
                assert_eq!(life.over(at(second)), Some(why));
                return;
            }
            assert_eq!(life.over(at(second)), None, "at {second}");
        }
        panic!("it is not over at {over_at}");
    }

    #[test]
    fn a_tap_ends_by_itself() {
        check(&[], 15, End::AgentSilent);
        check(&[(0, "reads")], 15, End::AgentSilent);
        check(&[(14, "heard")], 30, End::Unread);
        check(&[(3, "heard"), (4, "leaves")], 30, End::Unread);
        check(&[(3, "heard"), (29, "reads")], 300, End::TimeUp);
        check(&[(0, "reads"), (1, "heard"), (50, "leaves")], 60, End::ReaderGone);
        check(&[(0, "reads"), (1, "heard"), (50, "leaves"), (55, "leaves")], 60, End::ReaderGone);
        let back = [(0, "reads"), (1, "heard"), (50, "leaves"), (59, "reads"), (70, "leaves")];
        check(&back, 80, End::ReaderGone);
        check(&[(0, "reads"), (1, "heard"), (295, "leaves")], 300, End::TimeUp);
    }

    #[test]
    fn each_end_has_its_word_and_a_sentence() {
        let ends = [
            End::TimeUp,
            End::Unread,
            End::ReaderGone,
            End::AgentSilent,
            End::AgentStopped("process exited".into()),
            End::NodeDisconnected,
            End::PipelineGone,
            End::AccessLost,
            End::Stopped,
            End::ServerStopping,
        ];
        let mut words: Vec<&str> = ends.iter().map(End::reason).collect();
        words.sort_unstable();
        assert!(words.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(ends[3].message().contains("older one that knows no taps"));
        assert_eq!(ends[4].message(), "the agent stopped the tap: process exited");
        assert_eq!(ends.iter().filter(|end| !end.is_news_to_agent()).count(), 1);
    }
}
