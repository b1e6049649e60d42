//! Statements that roll minutes up to hours and hours to days: the rows of one hour, and of the day it
//! belongs to, written anew from the finer table. Running one twice writes the same rows.

use crate::store::dialect::Dialect;
use crate::store::resolution::{MINUTES_PER_HOUR, Resolution};
use crate::store::value::Statement;

/// How far rollups are, and how many batches came late for one.
pub(crate) const PROGRESS: &str = "select next_hour, late_batches from position";
/// Goes on to the next hour, unless a batch with minutes of this one came meanwhile.
pub(crate) const FINISH_HOUR: &str = "\
update position set next_hour = next_hour + 1
where next_hour = $1 and late_batches = $2 returning next_hour";
/// Minutes before this hour are no longer kept.
pub(crate) const FORGET_MINUTES: &str = "\
update position set first_hour = $1,
    next_hour = case when next_hour < $1 then $1 else next_hour end
where first_hour < $1";

/// Minutes up to this far apart tell what happened between them. Over it nothing is known.
pub const HOST_GAP_MINUTES: u32 = 5;

/// The tables of a kind, by the words before the resolution, and what their rows are by.
struct Rolled {
    table: &'static str,
    keys: &'static [&'static str],
    /// Whether the finer table has more keys, over which rows are added up.
    counts: &'static [&'static str],
    sums: &'static [&'static str],
}

const COUNTS: &[&str] = &[
    "events_in",
    "events_out",
    "errors",
    "discarded",
    "bytes_in",
    "bytes_out",
    "utilization_count",
    "latency_weight",
];
const SUMS: &[&str] = &["utilization_sum", "latency_weighted_sum"];

const ROLLED: [Rolled; 3] = [
    Rolled { table: "instance", keys: &["pipeline", "node"], counts: COUNTS, sums: SUMS },
    Rolled { table: "pipeline", keys: &["pipeline"], counts: COUNTS, sums: SUMS },
    Rolled {
        table: "component",
        keys: &["pipeline", "component"],
        counts: &["latency_weight"],
        sums: &["latency_weighted_sum"],
    },
];

/// Means over the samples of a host.
pub(crate) const HOST_GAUGES: [&str; 7] = [
    "memory_total_bytes",
    "memory_used_bytes",
    "fs_total_bytes",
    "fs_used_bytes",
    "load_avg_1",
    "load_avg_5",
    "load_avg_15",
];
/// What happened between samples of a host.
pub(crate) const HOST_SUMS: [&str; 8] = [
    "cpu_seconds",
    "cpu_idle_seconds",
    "disk_seconds",
    "disk_read_bytes",
    "disk_written_bytes",
    "net_seconds",
    "net_rx_bytes",
    "net_tx_bytes",
];

/// The statements of an hour, each short enough to be a transaction of its own.
pub(crate) fn statements<D: Dialect>(hour: u32) -> Vec<Statement<'static>> {
    let mut statements = Vec::new();
    for to in [Resolution::Hour, Resolution::Day] {
        let row = hour * MINUTES_PER_HOUR / to.minutes();
        let bind = |text| Statement::assembled(text, Vec::new()).bind(row);
        statements.extend(ROLLED.iter().map(|rolled| bind(rolled.statement::<D>(to))));
        statements.push(bind(match to {
            Resolution::Minute | Resolution::Hour => host_hour(),
            Resolution::Day => host_day::<D>(),
        }));
    }
    statements
}

impl Rolled {
    /// Row `$1` of a resolution from the rows of the next finer one.
    fn statement<D: Dialect>(&self, to: Resolution) -> String {
        let Rolled { table, keys, counts, sums } = self;
        let (name, keys) = (format!("{table}_{}", to.column()), keys.join(", "));
        let columns: Vec<&str> = counts.iter().chain(*sums).copied().collect();
        let counted = counts.iter().map(|column| D::sum(column));
        let added = sums.iter().map(|column| format!("sum({column})"));
        let values: Vec<String> = counted.chain(added).collect();
        format!(
            "insert into {name} ({keys}, {time}, {columns}) \
             select {keys}, $1, {values} from {table}_{finer} where {within} group by {keys} \
             on conflict ({keys}, {time}) do update set {replaced}",
            time = to.column(),
            columns = columns.join(", "),
            values = values.join(", "),
            finer = finer(to).column(),
            within = within(to),
            replaced = replaced(&columns),
        )
    }
}

fn finer(resolution: Resolution) -> Resolution {
    match resolution {
        Resolution::Minute | Resolution::Hour => Resolution::Minute,
        Resolution::Day => Resolution::Hour,
    }
}

/// The condition that a finer row is within row `$1`.
fn within(to: Resolution) -> String {
    let finer = finer(to);
    let rows = to.minutes() / finer.minutes();
    let time = finer.column();
    format!("{time} >= $1 * {rows} and {time} < ($1 + 1) * {rows}")
}

fn replaced(columns: &[&str]) -> String {
    let set: Vec<String> =
        columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
    set.join(", ")
}

/// An hour of hosts. A counter that fell tells nothing of what happened before or since.
fn host_hour() -> String {
    let counters = [
        "cpu_seconds_total",
        "cpu_seconds_idle",
        "disk_read_bytes",
        "disk_written_bytes",
        "net_rx_bytes",
        "net_tx_bytes",
    ];
    let before: Vec<String> =
        counters.iter().map(|c| format!("lag({c}) over by_minute as {c}_before")).collect();
    let gauges: Vec<String> = HOST_GAUGES.iter().map(|gauge| format!("avg({gauge})")).collect();
    // What two counters that are measured together say, as long as neither fell.
    let between = |value: &str, one: &str, other: &str| {
        format!(
            "sum(case when minute - minute_before <= {HOST_GAP_MINUTES} and {one} >= {one}_before \
             and {other} >= {other}_before then {value} else 0.0 end)"
        )
    };
    let grown = |counter: &str, one: &str, other: &str| {
        between(&format!("cast({counter} - {counter}_before as double precision)"), one, other)
    };
    let seconds = "cast((minute - minute_before) * 60 as double precision)";
    let (cpu, idle) = ("cpu_seconds_total", "cpu_seconds_idle");
    let (read, written) = ("disk_read_bytes", "disk_written_bytes");
    let (rx, tx) = ("net_rx_bytes", "net_tx_bytes");
    let sums = [
        grown(cpu, cpu, idle),
        grown(idle, cpu, idle),
        between(seconds, read, written),
        grown(read, read, written),
        grown(written, read, written),
        between(seconds, rx, tx),
        grown(rx, rx, tx),
        grown(tx, rx, tx),
    ];
    let first = MINUTES_PER_HOUR;
    format!(
        "insert into node_hour (node, hour, {columns}) \
         select node, $1, count(*), {gauges}, {sums} from ( \
            select node_minute.*, lag(minute) over by_minute as minute_before, {before} \
            from node_minute \
            where minute >= $1 * {first} - {HOST_GAP_MINUTES} and minute < ($1 + 1) * {first} \
            window by_minute as (partition by node order by minute) \
         ) m where minute >= $1 * {first} group by node \
         on conflict (node, hour) do update set {replaced}",
        columns = host_columns().join(", "),
        gauges = gauges.join(", "),
        sums = sums.join(", "),
        before = before.join(", "),
        replaced = replaced(&host_columns()),
    )
}

/// A day of hosts from its hours.
fn host_day<D: Dialect>() -> String {
    format!(
        "insert into node_day (node, day, {columns}) \
         select node, $1, {values} from node_hour where {within} group by node \
         on conflict (node, day) do update set {replaced}",
        columns = host_columns().join(", "),
        values = host_values::<D>().join(", "),
        within = within(Resolution::Day),
        replaced = replaced(&host_columns()),
    )
}

/// The columns of hours and days of hosts, in the order of `HostSums`.
pub(crate) fn host_columns() -> Vec<&'static str> {
    ["samples"].into_iter().chain(HOST_GAUGES).chain(HOST_SUMS).collect()
}

/// The same columns over several rows: means weighted by samples, and sums.
pub(crate) fn host_values<D: Dialect>() -> Vec<String> {
    let gauges = HOST_GAUGES.iter().map(|gauge| format!("sum({gauge} * samples) / sum(samples)"));
    let sums = HOST_SUMS.iter().map(|sum| format!("sum({sum})"));
    [D::sum("samples")].into_iter().chain(gauges).chain(sums).collect()
}
