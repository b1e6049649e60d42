//! Changes of status that two runs of the same ticks do not share.

use std::cmp::Ordering;
use std::fmt;

use serde::{Serialize, Serializer};
use systole_systems::rows::StatusEventRow;

use crate::http::rfc3339::Rfc3339;

/// Lines of each list that people are shown.
const LINES_MAX: usize = 20;

/// Changes of status by the run they happened in.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Differences {
    pub in_both: u64,
    #[serde(serialize_with = "changes")]
    pub only_as_recorded: Vec<StatusEventRow>,
    #[serde(serialize_with = "changes")]
    pub only_as_set: Vec<StatusEventRow>,
}

/// What makes two changes in one tick the same.
fn key(event: &StatusEventRow) -> (&str, Option<&str>, Option<&str>, &str) {
    let (from, to) = (event.from_status.as_deref(), event.to_status.as_str());
    (&event.node, event.pipeline.as_deref(), from, to)
}

impl Differences {
    /// Compares a tick of one run with the same tick of the other.
    pub fn compare(&mut self, mut recorded: Vec<StatusEventRow>, mut set: Vec<StatusEventRow>) {
        if recorded.is_empty() && set.is_empty() {
            return;
        }
        recorded.sort_by(|a, b| key(a).cmp(&key(b)));
        set.sort_by(|a, b| key(a).cmp(&key(b)));
        let (mut recorded, mut set) = (recorded.into_iter(), set.into_iter());
        loop {
            let order = match (recorded.as_slice().first(), set.as_slice().first()) {
                (None, None) => return,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(recorded), Some(set)) => key(recorded).cmp(&key(set)),
            };
            match order {
                Ordering::Less => self.only_as_recorded.extend(recorded.next()),
                Ordering::Greater => self.only_as_set.extend(set.next()),
                Ordering::Equal => {
                    self.in_both += 1;
                    drop((recorded.next(), set.next()));
                }
            }
        }
    }
}

impl fmt::Display for Differences {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Differences { in_both, only_as_recorded, only_as_set } = self;
        writeln!(f, "\n  changes of status")?;
        writeln!(f, "    {:<32} {in_both}", "in both")?;
        writeln!(f, "    {:<32} {}", "only as recorded", only_as_recorded.len())?;
        writeln!(f, "    {:<32} {}", "only with these settings", only_as_set.len())?;
        for (title, list) in
            [("only as recorded", only_as_recorded), ("only with these settings", only_as_set)]
        {
            if list.is_empty() {
                continue;
            }
            writeln!(f, "\n  {title}")?;
            for event in list.iter().take(LINES_MAX) {
                let pipeline = event.pipeline.as_ref().map(|id| format!(", pipeline {id}"));
                let (node, pipeline) = (&event.node, pipeline.unwrap_or_default());
                let (from, to) = (event.from_status.as_deref().unwrap_or("-"), &event.to_status);
                let (at, tick) = (Rfc3339(event.at), event.tick.0);
                writeln!(f, "    {at}  tick {tick}  {from} -> {to}  node {node}{pipeline}")?;
            }
            if let Some(more) = list.len().checked_sub(LINES_MAX).filter(|more| *more > 0) {
                writeln!(f, "    and {more} more; --json has them all")?;
            }
        }
        Ok(())
    }
}

/// One change, with names and times as the API has them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change<'a> {
    tick: u64,
    timestamp: Rfc3339,
    environment_id: &'a str,
    node_id: &'a str,
    pipeline_id: Option<&'a str>,
    from_status: Option<&'a str>,
    to_status: &'a str,
    reason: &'a str,
}

fn changes<S: Serializer>(list: &[StatusEventRow], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(|event| Change {
        tick: event.tick.0,
        timestamp: Rfc3339(event.at),
        environment_id: &event.environment,
        node_id: &event.node,
        pipeline_id: event.pipeline.as_deref(),
        from_status: event.from_status.as_deref(),
        to_status: &event.to_status,
        reason: &event.reason,
    }))
}

#[cfg(test)]
mod tests {
    use systole_systems::time::{Millis, TickNumber};

    use super::*;

    fn event(node: &str, to: &str) -> StatusEventRow {
        StatusEventRow {
            tick: TickNumber(7),
            ordinal: 0,
            node: node.into(),
            pipeline: None,
            environment: "e1".into(),
            from_status: Some("HEALTHY".into()),
            to_status: to.into(),
            reason: String::new(),
            at: Millis(0),
        }
    }

    #[test]
    fn what_both_runs_did_in_a_tick_is_no_difference_in_whatever_order() {
        let mut differences = Differences::default();
        differences.compare(
            vec![event("n2", "UNREACHABLE"), event("n1", "DEGRADED"), event("n4", "DEGRADED")],
            vec![
                event("n3", "UNREACHABLE"),
                event("n2", "UNREACHABLE"),
                event("n4", "UNREACHABLE"),
            ],
        );
        let told = |list: &[StatusEventRow]| {
            let told = list.iter().map(|event| format!("{} {}", event.node, event.to_status));
            told.collect::<Vec<_>>()
        };
        assert_eq!(differences.in_both, 1);
        assert_eq!(told(&differences.only_as_recorded), ["n1 DEGRADED", "n4 DEGRADED"]);
        assert_eq!(told(&differences.only_as_set), ["n3 UNREACHABLE", "n4 UNREACHABLE"]);
    }

    #[test]
    fn people_see_counts_first_and_the_beginning_of_a_long_list() {
        let mut differences = Differences::default();
        let many = (0..25).map(|node| event(&format!("n{node:02}"), "UNREACHABLE")).collect();
        differences.compare(Vec::new(), many);
        let text = differences.to_string();
        assert!(text.contains("HEALTHY -> UNREACHABLE  node n19\n    and 5 more"), "{text}");
        assert!(!text.contains("n20"), "{text}");
    }
}
