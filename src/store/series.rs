//! Statements that add history up: over the rows of one resolution, into buckets of time or by whom it is about.

use crate::store::dialect::Dialect;
use crate::store::resolution::Span;
use crate::store::rollup::host_values;
use crate::store::value::{Statement, Value};
use crate::store::{Breakdown, VolumeOf};

const COUNTS: [&str; 6] =
    ["events_in", "events_out", "errors", "discarded", "bytes_in", "bytes_out"];

/// The pipelines of an environment.
const OF_ENVIRONMENT: &str = "pipeline in (select id from pipeline where environment = $1)";

/// What passed, in buckets of `width` minutes, as `(bucket, SpanTotals)`.
pub(crate) fn volume_series<'a, D: Dialect>(
    of: &'a VolumeOf,
    span: Span,
    width: u32,
) -> Statement<'a> {
    let (table, condition, values): (_, _, Vec<Value<'a>>) = match of {
        VolumeOf::Pipeline(pipeline) => ("pipeline", "pipeline = $1", vec![pipeline.into()]),
        VolumeOf::Instance { pipeline, node } => {
            ("instance", "pipeline = $1 and node = $2", vec![pipeline.into(), node.into()])
        }
        VolumeOf::Environment(environment) => {
            ("pipeline", OF_ENVIRONMENT, vec![environment.into()])
        }
    };
    let selected = format!("{}, {}", bucket(span, width), totals::<D>());
    read(&selected, table, condition, (values, span), "group by 1 order by 1")
}

/// What passed, by pipeline or by node, as `(id, SpanTotals)`.
pub(crate) fn volume_totals<'a, D: Dialect>(
    environment: &'a str,
    by: Breakdown,
    span: Span,
) -> Statement<'a> {
    let (table, key) = match by {
        Breakdown::Pipelines => ("pipeline", "pipeline"),
        Breakdown::Nodes => ("instance", "node"),
    };
    let selected = format!("{key}, {}", totals::<D>());
    let values = (vec![environment.into()], span);
    read(&selected, table, OF_ENVIRONMENT, values, "group by 1 order by 1")
}

/// Latency of the components of a pipeline, as `(component, bucket, LatencySum)`. Weights are added
/// as floating point: their sum may exceed the largest integer.
pub(crate) fn latency_series(pipeline: &str, span: Span, width: u32) -> Statement<'_> {
    let selected = format!(
        "component, {}, sum(latency_weighted_sum), sum(cast(latency_weight as double precision))",
        bucket(span, width),
    );
    let values = (vec![pipeline.into()], span);
    read(&selected, "component", "pipeline = $1", values, "group by 1, 2 order by 1, 2")
}

/// Hours or days of a host, as `(bucket, HostSums)`.
pub(crate) fn host_series<'a, D: Dialect>(node: &'a str, span: Span, width: u32) -> Statement<'a> {
    let selected = format!("{}, {}", bucket(span, width), host_values::<D>().join(", "));
    read(&selected, "node", "node = $1", (vec![node.into()], span), "group by 1 order by 1")
}

/// The first minute of the bucket that a row belongs to.
fn bucket(span: Span, width: u32) -> String {
    let (time, minutes) = (span.resolution.column(), span.resolution.minutes());
    format!("{time} * {minutes} / {width} * {width}")
}

fn totals<D: Dialect>() -> String {
    let counts = COUNTS.iter().map(|column| D::sum(column));
    let rest = [
        "sum(utilization_sum)",
        "sum(cast(utilization_count as double precision))",
        "sum(latency_weighted_sum)",
        "sum(cast(latency_weight as double precision))",
    ];
    counts.chain(rest.map(str::to_owned)).collect::<Vec<_>>().join(", ")
}

/// Reads the rows of a span that satisfy the condition on the values before.
fn read<'a>(
    selected: &str,
    table: &str,
    condition: &str,
    (mut values, span): (Vec<Value<'a>>, Span),
    end: &str,
) -> Statement<'a> {
    let time = span.resolution.column();
    let first = values.len() + 1;
    values.push(Value::from(span.from.0 / span.resolution.minutes()));
    values.push(Value::from(span.until.0 / span.resolution.minutes()));
    let text = format!(
        "select {selected} from {table}_{time} \
         where {condition} and {time} >= ${first} and {time} < ${} {end}",
        first + 1,
    );
    Statement::assembled(text, values)
}
