//! Compares what the store has counted with what the nodes have sent: to the last event.

use std::collections::BTreeMap;

use systole::store::{Store, StoredMinute};
use systole_systems::input::MinuteTotals;
use systole_systems::report::Counts;
use systole_systems::rows::InstanceRow;
use systole_systems::time::Minute;

use super::ledger::Ledger;
use super::said::{self, COMPONENTS, LATENCY_MILLIS, PIPELINES, UTILIZATION};

/// Minutes of one pipeline.
type Minutes = BTreeMap<Minute, MinuteTotals>;

/// Checks every counter of every pipeline on every node.
pub(super) async fn check_counts(store: &dyn Store, ledgers: &[Ledger]) {
    let instances = store.load_instances(("", ""), 10_000).await.unwrap();
    assert_eq!(instances.len(), ledgers.len() * PIPELINES.len());
    for (index, pipeline) in PIPELINES.iter().enumerate() {
        let mut of_nodes = Minutes::new();
        for ledger in ledgers {
            let beat = applied(&instances, ledger);
            let minutes = minutes(store, pipeline, Some(&ledger.node)).await;
            let what = format!("{pipeline} on {}", ledger.node);
            check_minutes(&minutes, (index, beat), ledger, &what);
            for (minute, totals) in &minutes {
                add(of_nodes.entry(*minute).or_default(), totals);
            }
        }
        let aggregate = minutes(store, pipeline, None).await;
        check_sums(&aggregate, &of_nodes, pipeline);
        check_components(store, (index, pipeline), &aggregate, &instances, ledgers).await;
    }
}

/// The last heartbeat that is in the store's rows of a node: the same for all its pipelines.
fn applied(instances: &[InstanceRow], ledger: &Ledger) -> u64 {
    let rows: Vec<_> = instances.iter().filter(|row| row.instance.node == ledger.node).collect();
    let beat = rows[0].uptime_seconds.unwrap();
    assert!(ledger.allows(beat), "{beat} is not what was sent: {:?}", Brief(ledger));
    for row in rows {
        let index = PIPELINES.iter().position(|id| *id == row.instance.pipeline).unwrap();
        assert_eq!(row.totals, Some(said::counts(index, beat)), "{:?}", row.instance);
        assert_eq!(row.status, said::word(index, beat), "{:?}", row.instance);
    }
    beat
}

/// The first heartbeat tells no difference; what all others tell is in the minutes, once.
fn check_minutes(minutes: &Minutes, (pipeline, beat): (usize, u64), ledger: &Ledger, what: &str) {
    let mut sum = MinuteTotals::default();
    for totals in minutes.values() {
        add(&mut sum, totals);
    }
    let expected = difference(&said::counts(pipeline, 1), &said::counts(pipeline, beat));
    assert_eq!(sum.counts, expected, "{what} up to heartbeat {beat}, {:?}", Brief(ledger));

    // This one counts heartbeats, so it shows each that was applied twice or not at all.
    let heartbeats = u64::from(sum.utilization_count) + 1;
    let known = ledger.acknowledged.len() as u64;
    assert!(
        (known..=ledger.sent).contains(&heartbeats),
        "{what}: {heartbeats} {:?}",
        Brief(ledger)
    );
    assert!(is_near(sum.utilization_sum, UTILIZATION * f64::from(sum.utilization_count)), "{what}");

    let weight = 2 * COMPONENTS.map(|id| said::passed(id, &expected)).iter().sum::<u64>();
    assert_eq!(sum.latency_weight, weight, "{what}");
    let latency = LATENCY_MILLIS * sum.latency_weight as f64;
    assert!(is_near(sum.latency_weighted_sum, latency), "{what}");
}

/// The rows of a pipeline are the sums of those of its instances, minute by minute.
fn check_sums(aggregate: &Minutes, of_nodes: &Minutes, pipeline: &str) {
    let exact = |minutes: &Minutes| -> Vec<_> {
        let row = |(minute, totals): (&Minute, &MinuteTotals)| {
            (*minute, totals.counts, totals.utilization_count, totals.latency_weight)
        };
        minutes.iter().map(row).collect()
    };
    assert_eq!(exact(aggregate), exact(of_nodes), "{pipeline}: left the aggregate");
    for (minute, totals) in aggregate {
        let sum = &of_nodes[minute];
        assert!(is_near(totals.utilization_sum, sum.utilization_sum), "{pipeline} {minute:?}");
        let (one, other) = (totals.latency_weighted_sum, sum.latency_weighted_sum);
        assert!(is_near(one, other), "{pipeline} {minute:?}: {one} {other}");
    }
}

/// What passed each component is in the rows of components, once.
async fn check_components(
    store: &dyn Store,
    (index, pipeline): (usize, &str),
    aggregate: &Minutes,
    instances: &[InstanceRow],
    ledgers: &[Ledger],
) {
    let mut rows: Vec<StoredMinute> = Vec::new();
    for minute in aggregate.keys() {
        rows.extend(store.load_minute(*minute).await.unwrap());
    }
    for ledger in ledgers {
        let beat = applied(instances, ledger);
        let expected = difference(&said::counts(index, 1), &said::counts(index, beat));
        for component in COMPONENTS {
            let mine = rows.iter().filter(|row| {
                row.pipeline == pipeline
                    && row.node.as_deref() == Some(&*ledger.node)
                    && row.component.as_deref() == Some(component)
            });
            let weight: u64 = mine.map(|row| row.totals.latency_weight).sum();
            let what = format!("{component} of {pipeline} on {}", ledger.node);
            assert_eq!(weight, 2 * said::passed(component, &expected), "{what}");
        }
    }
}

async fn minutes(store: &dyn Store, pipeline: &str, node: Option<&str>) -> Minutes {
    let rows = store.pipeline_minutes(pipeline, node, Minute(0)).await.unwrap();
    rows.into_iter().collect()
}

fn add(sum: &mut MinuteTotals, totals: &MinuteTotals) {
    let counts = &mut sum.counts;
    counts.events_in += totals.counts.events_in;
    counts.events_out += totals.counts.events_out;
    counts.errors += totals.counts.errors;
    counts.discarded += totals.counts.discarded;
    counts.bytes_in += totals.counts.bytes_in;
    counts.bytes_out += totals.counts.bytes_out;
    sum.utilization_sum += totals.utilization_sum;
    sum.utilization_count += totals.utilization_count;
    sum.latency_weighted_sum += totals.latency_weighted_sum;
    sum.latency_weight += totals.latency_weight;
}

fn difference(from: &Counts, to: &Counts) -> Counts {
    Counts {
        events_in: to.events_in - from.events_in,
        events_out: to.events_out - from.events_out,
        errors: to.errors - from.errors,
        discarded: to.discarded - from.discarded,
        bytes_in: to.bytes_in - from.bytes_in,
        bytes_out: to.bytes_out - from.bytes_out,
    }
}

/// Floating point is added in another order here.
fn is_near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
}

/// A ledger in a message.
pub(super) struct Brief<'a>(pub(super) &'a Ledger);

impl std::fmt::Debug for Brief<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Brief(ledger) = self;
        f.debug_struct("Ledger")
            .field("node", &ledger.node)
            .field("acknowledged", &ledger.acknowledged.len())
            .field("last_acknowledged", &ledger.last())
            .field("sent", &ledger.sent)
            .field("refused", &ledger.refused)
            .field("unanswered", &ledger.unanswered)
            .finish()
    }
}
