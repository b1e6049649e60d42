//! What passed through pipelines: in buckets of time, by component, by pipeline and by node.

use std::collections::BTreeMap;

use systole_systems::answer::Unflushed;
use systole_systems::time::Minute;

use crate::history::minutes::{Minutes, first_minute, of_component};
use crate::history::range::Range;
use crate::store::resolution::{MINUTES_PER_HOUR, Resolution, Span, spans};
use crate::store::{
    Breakdown, Hour, LatencySum, SpanTotals, Store, StoreResult, StoredMinute, VolumeOf,
};

/// Where to read a range: spans that the store adds up, and from when on single minutes.
struct Plan {
    spans: Vec<Span>,
    edge: Minute,
}

async fn plan(
    store: &dyn Store,
    range: &Range,
    coarsest: Resolution,
    live: &Unflushed,
) -> StoreResult<Plan> {
    let Hour(next_hour) = store.next_hour().await?;
    let rolled = Minute(next_hour.saturating_mul(MINUTES_PER_HOUR));
    let edge = first_minute(live).unwrap_or(range.until).clamp(range.from, range.until);
    Ok(Plan { spans: spans(range.from, edge, coarsest, rolled), edge })
}

/// What passed in each bucket of a range; buckets without rows are absent.
pub async fn series(
    store: &dyn Store,
    of: &VolumeOf,
    range: &Range,
    live: &Unflushed,
) -> StoreResult<BTreeMap<Minute, SpanTotals>> {
    let Plan { spans, edge } = plan(store, range, range.coarsest(), live).await?;
    let mut buckets = BTreeMap::<Minute, SpanTotals>::new();
    for span in spans {
        for (bucket, totals) in store.volume_series(of, span, range.width).await? {
            buckets.entry(bucket).or_default().add(&totals);
        }
    }
    if edge < range.until {
        let minutes = Minutes::merged(single_minutes(store, of, edge).await?, live);
        for (minute, _, totals) in minutes.between(edge, range.until) {
            buckets.entry(range.bucket(minute)).or_default().add_minute(totals);
        }
    }
    Ok(buckets)
}

async fn single_minutes(
    store: &dyn Store,
    of: &VolumeOf,
    since: Minute,
) -> StoreResult<Vec<StoredMinute>> {
    let (pipeline, node) = match of {
        VolumeOf::Environment(environment) => {
            return store.environment_minutes(environment, Breakdown::Pipelines, since).await;
        }
        VolumeOf::Pipeline(pipeline) => (pipeline, None),
        VolumeOf::Instance { pipeline, node } => (pipeline, Some(node)),
    };
    let minutes = store.pipeline_minutes(pipeline, node.map(String::as_str), since).await?;
    let row = |(minute, totals)| StoredMinute {
        pipeline: pipeline.clone(),
        node: node.cloned(),
        component: None,
        minute,
        totals,
    };
    Ok(minutes.into_iter().map(row).collect())
}

/// Latency by component and bucket, over nodes; buckets without latency are absent.
pub async fn latency(
    store: &dyn Store,
    pipeline: &str,
    range: &Range,
    live: &Unflushed,
) -> StoreResult<BTreeMap<(String, Minute), LatencySum>> {
    let Plan { spans, edge } = plan(store, range, range.coarsest(), live).await?;
    let mut buckets = BTreeMap::<(String, Minute), LatencySum>::new();
    for span in spans {
        for (component, bucket, sum) in store.latency_series(pipeline, span, range.width).await? {
            buckets.entry((component, bucket)).or_default().add(sum.weighted_sum, sum.weight);
        }
    }
    if edge < range.until {
        let stored = store.component_minutes(pipeline, edge).await?;
        let minutes = Minutes::merged(stored.into_iter().map(of_component).collect(), live);
        for (minute, (_, _, component), totals) in minutes.between(edge, range.until) {
            let component = component.clone().expect("rows of components name them");
            let bucket = buckets.entry((component, range.bucket(minute))).or_default();
            bucket.add(totals.latency_weighted_sum, totals.latency_weight as f64);
        }
    }
    Ok(buckets)
}

/// What passed in a range by pipeline or node of an environment.
pub async fn breakdown(
    store: &dyn Store,
    environment: &str,
    by: Breakdown,
    (range, live): (&Range, &Unflushed),
) -> StoreResult<BTreeMap<String, SpanTotals>> {
    let Plan { spans, edge } = plan(store, range, Resolution::Day, live).await?;
    let mut totals = BTreeMap::<String, SpanTotals>::new();
    for span in spans {
        for (id, more) in store.volume_totals(environment, by, span).await? {
            totals.entry(id).or_default().add(&more);
        }
    }
    if edge < range.until {
        let stored = store.environment_minutes(environment, by, edge).await?;
        let minutes = Minutes::merged(stored, live);
        for (_, (pipeline, node, _), more) in minutes.between(edge, range.until) {
            let id = match by {
                Breakdown::Pipelines => pipeline.clone(),
                Breakdown::Nodes => node.clone().expect("rows of instances name their node"),
            };
            totals.entry(id).or_default().add_minute(more);
        }
    }
    Ok(totals)
}
