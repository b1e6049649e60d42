//! Minutes that the store does not have yet: every one of them, wherever it waits, and no other's.

use systole_systems::answer::{AnswerBody, Unflushed};
use systole_systems::input::{FlushOutcome, Input};
use systole_systems::query::{Query, UnflushedOf};
use systole_systems::rows::InstanceRef;

use crate::fleet::{Fleet, Report, START, running};

fn ask(fleet: &Fleet, viewer: &str, of: UnflushedOf) -> Option<Unflushed> {
    let query = Query::Unflushed { viewer: viewer.into(), of };
    let mut body = fleet.engine.read(&query).body;
    while let AnswerBody::More(continuation) = body {
        body = fleet.engine.resume_read(*continuation).body;
    }
    if body == AnswerBody::NotFound {
        return None;
    }
    let AnswerBody::Unflushed(rows) = body else { panic!("not minutes: {body:?}") };
    Some(*rows)
}

/// Minute from the start and events in of each row of p1 over all nodes, newest row of a minute.
fn minutes(fleet: &Fleet) -> Vec<(u64, u64)> {
    let rows = ask(fleet, "ann", UnflushedOf::Pipeline("p1".into())).expect("ann sees e1");
    let mut found = std::collections::BTreeMap::new();
    for row in rows.pipelines {
        let events = found.entry((row.minute.start().0 - START) / 60_000).or_insert(0);
        *events = row.totals.counts.events_in.max(*events);
    }
    found.into_iter().collect()
}

#[test]
fn a_minute_is_there_until_its_batch_is_committed() {
    let mut fleet = Fleet::new();
    fleet.enroll("n1");
    fleet.settle = None;
    fleet.heartbeat("n1", &[running("p1", 100)]);
    fleet.step(50);
    fleet.heartbeat("n1", &[running("p1", 110)]);
    fleet.step(10);
    assert_eq!(minutes(&fleet), [(0, 10)], "in the fleet");
    fleet.run(1_000);
    assert!(!fleet.batches.is_empty());
    assert_eq!(minutes(&fleet), [(0, 10)], "in flight");
    fleet.heartbeat("n1", &[running("p1", 115)]);
    fleet.run(60_000);
    fleet.heartbeat("n1", &[running("p1", 120)]);
    fleet.step(50);
    assert_eq!(minutes(&fleet), [(0, 15), (1, 5)], "set aside, and in the fleet");
    let batch = fleet.last_batch();
    fleet.input(&Input::BatchSettled { batch, outcome: FlushOutcome::Failed });
    fleet.step(50);
    assert_eq!(minutes(&fleet), [(0, 15), (1, 5)], "failed");
    fleet.settle = Some(FlushOutcome::Committed);
    let batch = fleet.last_batch();
    fleet.input(&Input::BatchSettled { batch, outcome: FlushOutcome::Committed });
    fleet.run(3_000);
    assert_eq!(minutes(&fleet), []);
}

#[test]
fn every_kind_is_found_by_whom_it_is_about() {
    let mut fleet = Fleet::new();
    fleet.enroll("n1");
    fleet.enroll("n2");
    fleet.settle = None;
    for beat in 0..14 {
        let components = [("in", 10 * beat)];
        let report = Report {
            components: &components,
            latency_seconds: Some(0.5),
            ..running("p1", 10 * beat)
        };
        fleet.heartbeat("n1", std::slice::from_ref(&report));
        fleet.heartbeat("n2", &[running("p1", 5 * beat), running("p2", beat)]);
        fleet.run(5_000);
    }
    let of = |of| ask(&fleet, "ann", of).expect("ann sees e1");
    let instance = |node: &str| InstanceRef { node: node.into(), pipeline: "p1".into() };
    let events = |rows: &Unflushed, minute: u64| {
        let in_minute = |at: systole_systems::time::Minute| at.start().0 == START + minute * 60_000;
        let instances = rows.instances.iter().filter(|row| in_minute(row.minute));
        let mut events: Vec<_> = instances
            .map(|row| {
                format!(
                    "{}-{} {}",
                    row.instance.node, row.instance.pipeline, row.totals.counts.events_in
                )
            })
            .collect();
        events.sort();
        // In flight there are older rows of the same keys.
        events.dedup_by(|b, a| a.split(' ').next() == b.split(' ').next());
        events.len()
    };
    let all = of(UnflushedOf::InstancesIn("e1".into()));
    assert_eq!((events(&all, 0), events(&all, 1)), (3, 3));
    let one = of(UnflushedOf::Instance(instance("n2")));
    assert!(one.instances.iter().all(|row| row.instance == instance("n2")));
    assert_eq!((events(&one, 0), events(&one, 1)), (1, 1));
    let pipelines = of(UnflushedOf::PipelinesIn("e1".into())).pipelines;
    assert!(pipelines.iter().any(|row| row.pipeline == "p2"));
    let components = of(UnflushedOf::Components("p1".into())).components;
    assert!(components.iter().all(|row| row.component == "in" && row.instance.node == "n1"));
    assert_eq!(
        components.iter().map(|row| row.minute).collect::<std::collections::BTreeSet<_>>().len(),
        2
    );
    assert_eq!(of(UnflushedOf::Host("n1".into())).hosts, []);
}

#[test]
fn what_the_viewer_may_not_see_does_not_exist() {
    let mut fleet = Fleet::new();
    fleet.enroll("n1");
    fleet.heartbeat("n1", &[running("p1", 1)]);
    fleet.step(50);
    let instance = InstanceRef { node: "n1".into(), pipeline: "p1".into() };
    for of in [
        UnflushedOf::Host("n1".into()),
        UnflushedOf::Pipeline("p1".into()),
        UnflushedOf::Instance(instance),
        UnflushedOf::Components("p1".into()),
        UnflushedOf::PipelinesIn("e1".into()),
        UnflushedOf::InstancesIn("e1".into()),
    ] {
        assert!(ask(&fleet, "zoe", of.clone()).is_none(), "{of:?}");
        assert!(ask(&fleet, "ann", of.clone()).is_some(), "{of:?}");
    }
    assert!(ask(&fleet, "ann", UnflushedOf::Host("n9".into())).is_none());
}

#[test]
fn a_large_fleet_takes_several_turns_and_misses_nothing() {
    let mut fleet = Fleet::new();
    fleet.settle = None;
    let nodes: Vec<String> = (0..5_000).map(|number| format!("n{number}")).collect();
    for node in &nodes {
        fleet.enroll(node);
    }
    fleet.step(50);
    for events in [1, 3] {
        for node in &nodes {
            fleet.heartbeat(node, &[running("p1", events)]);
        }
        fleet.step(10);
    }
    let query =
        Query::Unflushed { viewer: "ann".into(), of: UnflushedOf::InstancesIn("e1".into()) };
    let AnswerBody::More(_) = fleet.engine.read(&query).body else { panic!("it is long") };
    let rows = ask(&fleet, "ann", UnflushedOf::InstancesIn("e1".into())).expect("ann sees e1");
    let events: u64 = rows.instances.iter().map(|row| row.totals.counts.events_in).sum();
    assert_eq!((rows.instances.len(), events), (5_000, 10_000));
}
