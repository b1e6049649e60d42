//! What a node was through a stretch of time: segments of one status each, and how much of it was uptime.
//! Time before the node enrolled is no part of it.

use systole_systems::status::NodeStatus;
use systole_systems::time::Millis;

use crate::store::{NodePast, StoredEvent};

/// The present status, as the core knows it; it may be newer than what the store has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    pub status: NodeStatus,
    pub since: Millis,
}

/// A stretch of time in one status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub status: String,
    /// Why it came to be; `None`: it was so before.
    pub reason: Option<String>,
    pub from: Millis,
    pub until: Millis,
}

impl Segment {
    pub fn millis(&self) -> u64 {
        self.until.since(self.from).0
    }
}

/// The segments from `from` up to `until`, oldest first.
pub fn segments(past: NodePast, present: Present, (from, until): (Millis, Millis)) -> Vec<Segment> {
    let NodePast { enrolled_at, before, mut events } = past;
    let newest = events.last().or(before.as_ref()).map(|event| event.at);
    let is_newer = newest.is_none_or(|newest| newest < present.since);
    let first_status = match (&before, events.first()) {
        (Some(before), _) => before.to_status.clone(),
        (None, Some(first)) => first.from_status.clone().unwrap_or_else(unknown),
        (None, None) if from < present.since => unknown(),
        (None, None) => present.status.as_str().to_owned(),
    };
    if is_newer && from <= present.since && present.since < until {
        events.push(StoredEvent {
            to_status: present.status.as_str().to_owned(),
            reason: String::new(),
            ..event_at(present.since)
        });
    }
    let start = from.max(enrolled_at);
    let mut segments = Vec::<Segment>::new();
    let mut push = |segment: Segment| match segments.last_mut() {
        Some(last) if last.status == segment.status => last.until = segment.until,
        Some(_) | None if segment.from < segment.until => segments.push(segment),
        Some(_) | None => (),
    };
    let first_until = events.first().map_or(until, |event| event.at);
    push(Segment { status: first_status, reason: None, from: start, until: first_until });
    for (position, event) in events.iter().enumerate() {
        let segment_until = events.get(position + 1).map_or(until, |next| next.at);
        push(Segment {
            status: event.to_status.clone(),
            reason: Some(event.reason.clone()).filter(|reason| !reason.is_empty()),
            from: event.at.max(start),
            until: segment_until,
        });
    }
    segments
}

fn unknown() -> String {
    NodeStatus::Unknown.as_str().to_owned()
}

fn event_at(at: Millis) -> StoredEvent {
    StoredEvent {
        key: crate::store::RowKey { tick: systole_systems::time::TickNumber(u64::MAX), ordinal: 0 },
        node: String::new(),
        pipeline: None,
        from_status: None,
        to_status: String::new(),
        reason: String::new(),
        at,
    }
}

/// How long a node was what.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Uptime {
    pub healthy_millis: u64,
    pub degraded_millis: u64,
    pub unreachable_millis: u64,
    /// Enrolled and not heard yet: neither up nor down.
    pub unknown_millis: u64,
}

impl Uptime {
    pub fn of(segments: &[Segment]) -> Uptime {
        let mut uptime = Uptime::default();
        for segment in segments {
            let sum = match NodeStatus::parse(&segment.status) {
                Some(NodeStatus::Healthy) => &mut uptime.healthy_millis,
                Some(NodeStatus::Degraded) => &mut uptime.degraded_millis,
                Some(NodeStatus::Unreachable) => &mut uptime.unreachable_millis,
                Some(NodeStatus::Unknown) | None => &mut uptime.unknown_millis,
            };
            *sum += segment.millis();
        }
        uptime
    }

    /// Healthy time as part of all time in which that was known; `None`: there was none.
    pub fn percent(&self) -> Option<f64> {
        let known = self.healthy_millis + self.degraded_millis + self.unreachable_millis;
        (known > 0).then(|| self.healthy_millis as f64 / known as f64 * 100.0)
    }
}

/// Whether a segment is an incident.
pub fn is_incident(segment: &Segment) -> bool {
    match NodeStatus::parse(&segment.status) {
        Some(NodeStatus::Degraded | NodeStatus::Unreachable) => true,
        Some(NodeStatus::Healthy | NodeStatus::Unknown) | None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(at: u64, change: &str) -> StoredEvent {
        let (from, to) = change.split_once('>').unwrap();
        StoredEvent {
            from_status: Some(from.to_owned()).filter(|from| !from.is_empty()),
            to_status: to.to_owned(),
            reason: "why".into(),
            ..event_at(Millis(at))
        }
    }

    fn check(
        (enrolled_at, before): (u64, Option<StoredEvent>),
        events: &[StoredEvent],
        present: (NodeStatus, u64),
        expected: &str,
    ) -> Uptime {
        let past = NodePast { enrolled_at: Millis(enrolled_at), before, events: events.to_vec() };
        let present = Present { status: present.0, since: Millis(present.1) };
        let segments = segments(past, present, (Millis(100), Millis(200)));
        let text = |s: &Segment| format!("{} {}-{}", s.status, s.from.0, s.until.0);
        let found: Vec<String> = segments.iter().map(text).collect();
        assert_eq!(found.join(", "), expected);
        Uptime::of(&segments)
    }

    #[test]
    fn the_status_before_the_range_is_the_last_one_before_it() {
        use NodeStatus::{Healthy, Unreachable};
        let before = Some(event(50, "UNREACHABLE>HEALTHY"));
        let uptime = check((0, before.clone()), &[], (Healthy, 50), "HEALTHY 100-200");
        assert_eq!(uptime.percent(), Some(100.0));
        let events = [event(150, "HEALTHY>UNREACHABLE")];
        let expected = "HEALTHY 100-150, UNREACHABLE 150-200";
        let uptime = check((0, before), &events, (Unreachable, 150), expected);
        assert_eq!((uptime.unreachable_millis, uptime.percent()), (50, Some(50.0)));
        // Events that old are no longer kept.
        check((0, None), &events, (Unreachable, 150), expected);
        check((0, None), &[], (Healthy, 20), "HEALTHY 100-200");
    }

    #[test]
    fn time_before_enrolment_is_not_counted() {
        let events = [event(140, ">UNKNOWN"), event(150, "UNKNOWN>HEALTHY")];
        let expected = "UNKNOWN 140-150, HEALTHY 150-200";
        let uptime = check((140, None), &events, (NodeStatus::Healthy, 150), expected);
        assert_eq!((uptime.unknown_millis, uptime.percent()), (10, Some(100.0)));
        let events = &events[..1];
        let uptime = check((140, None), events, (NodeStatus::Unknown, 140), "UNKNOWN 140-200");
        assert_eq!(uptime.percent(), None);
        check((300, None), &[], (NodeStatus::Unknown, 300), "");
    }

    #[test]
    fn a_change_the_store_does_not_have_yet_counts() {
        let before = Some(event(50, "UNKNOWN>HEALTHY"));
        let expected = "HEALTHY 100-190, DEGRADED 190-200";
        check((0, before), &[], (NodeStatus::Degraded, 190), expected);
        check((180, None), &[], (NodeStatus::Healthy, 190), "UNKNOWN 180-190, HEALTHY 190-200");
    }
}
