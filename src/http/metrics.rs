//! `/metrics`: the counts of core and edge as Prometheus text. Holds no names of nodes or people.

use std::fmt::{Display, Write as _};
use std::sync::Arc;

use hyper::StatusCode;
use systole_systems::answer::{AnswerBody, Gauges};
use systole_systems::effect::Counters;
use systole_systems::query::Query;
use systole_systems::status::NodeStatus;

use crate::app::App;
use crate::http::reply::{HttpError, Reply, bytes_of};
use crate::journal::status::{JournalCounts, JournalStatus};
use crate::maintenance::MaintenanceReport;
use crate::telemetry::TickReport;

/// The content type of Prometheus' text format.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Answers `GET /metrics`.
pub async fn reply(app: &Arc<App>) -> Result<Reply, HttpError> {
    let mut page = Page::default();
    page.gauge("ready", "1 when heartbeats are accepted.", u8::from(app.is_ready()));
    page.gauge("streams_open", "Event streams open now.", app.streams.len());
    page.gauge("taps_open", "Live taps that run now.", app.taps.len());
    let (samples_open, sample_bytes) = app.event_samples.sizes();
    page.gauge("event_samples_open", "Requests for events that wait for an answer.", samples_open);
    page.gauge("event_samples_bytes", "Memory of events that were asked for.", sample_bytes);
    write_ticks(&mut page, &app.telemetry.newest());
    page.head("edge_total", "counter", "What the edge refused, dropped or mended, by reason.");
    for (reason, count) in app.counters.iter() {
        page.line("edge_total", &format!("{{reason=\"{}\"}}", reason.as_str()), count);
    }
    write_journal(&mut page, app.ingress.journal());
    write_maintenance(&mut page, app.maintenance.report());
    // Before that no driver would answer.
    if app.is_ready() {
        let answer = app.reader.ask(Query::Gauges).await?;
        let AnswerBody::Gauges(gauges) = answer.body else {
            unreachable!("each question has one kind of answer")
        };
        write_gauges(&mut page, &gauges);
    }
    Ok(bytes_of(StatusCode::OK, CONTENT_TYPE, page.text.into()))
}

/// A page of metrics on its way.
#[derive(Debug, Default)]
struct Page {
    text: String,
}

impl Page {
    fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, "counter", help);
        self.line(name, "", value);
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, "gauge", help);
        self.line(name, "", value);
    }

    fn head(&mut self, name: &str, kind: &str, help: &str) {
        writeln!(self.text, "# HELP systole_{name} {help}\n# TYPE systole_{name} {kind}")
            .expect("a string takes all text");
    }

    fn line(&mut self, name: &str, labels: &str, value: impl Display) {
        writeln!(self.text, "systole_{name}{labels} {value}").expect("a string takes all text");
    }
}

fn write_journal(page: &mut Page, journal: &JournalStatus) {
    let JournalCounts { durable, bytes, syncs, sync_time, snapshots, ticks_verified } =
        journal.counts();
    page.gauge(
        "journal_failing",
        "1 while ticks cannot be made durable.",
        u8::from(journal.is_failing()),
    );
    page.gauge("journal_durable_tick", "Newest tick that is on disk.", durable.0);
    page.gauge(
        "journal_stored_tick",
        "Newest tick whose rows the database has.",
        journal.stored().0,
    );
    page.counter("journal_bytes_total", "Bytes made durable.", bytes);
    page.counter("journal_syncs_total", "Syncs of the disk.", syncs);
    page.counter("journal_sync_seconds_total", "Time all syncs took.", sync_time.as_secs_f64());
    page.counter("journal_snapshots_total", "Snapshots written.", snapshots);
    page.counter(
        "journal_ticks_verified_total",
        "Ticks run again, with the same outcome.",
        ticks_verified,
    );
}

fn write_maintenance(page: &mut Page, report: MaintenanceReport) {
    let MaintenanceReport { runs, failures, hours_rolled_up, rows_deleted, partitions_dropped } =
        report;
    let counters = [
        ("maintenance_runs_total", "Runs of the store's maintenance.", runs),
        ("maintenance_failures_total", "Steps of maintenance that failed.", failures),
        ("maintenance_hours_total", "Hours rolled up.", hours_rolled_up),
        ("maintenance_rows_deleted_total", "Old rows deleted from SQLite.", rows_deleted),
        (
            "maintenance_partitions_dropped_total",
            "Old partitions dropped from Postgres.",
            partitions_dropped,
        ),
    ];
    for (name, help, value) in counters {
        page.counter(name, help, value);
    }
}

fn write_ticks(page: &mut Page, report: &TickReport) {
    page.counter("ticks_total", "Ticks of this process.", report.ticks);
    page.gauge("tick_number", "Number of the newest tick.", report.tick.number.0);
    let offset = report.clock_offset_millis;
    page.gauge("clock_offset_ms", "Wall clock minus the time of ticks.", offset);
    page.gauge("tick_last_seconds", "Time the newest tick took.", report.last.as_secs_f64());
    page.counter("tick_seconds_total", "Time all ticks took.", report.busy.as_secs_f64());
    // Taken apart by name, so that a new counter cannot be forgotten.
    let Counters {
        heartbeats,
        heartbeats_from_unknown_nodes,
        pipelines_reported,
        pipelines_foreign,
        pipelines_repeated,
        components_reported,
        counter_resets,
        log_lines,
        log_lines_foreign,
        status_events,
        events_encoded,
        events_delivered,
        events_skipped,
        subscribers_lagged,
        subscribers_closed_slow,
        subscribers_revoked,
        resumed,
        snapshots,
        flushes_committed,
        flushes_failed,
        flushes_refused,
        rows_shed,
    } = report.counters;
    let counters = [
        ("heartbeats_total", "Heartbeats applied.", heartbeats),
        (
            "heartbeats_from_unknown_nodes_total",
            "Heartbeats of nodes that are not known (any more).",
            heartbeats_from_unknown_nodes,
        ),
        ("pipelines_reported_total", "Pipelines in heartbeats.", pipelines_reported),
        (
            "pipelines_foreign_total",
            "Pipelines in heartbeats that do not exist in the node's environment; dropped.",
            pipelines_foreign,
        ),
        (
            "pipelines_repeated_total",
            "Pipelines that a heartbeat reports more than once; the last counts.",
            pipelines_repeated,
        ),
        ("components_reported_total", "Components in heartbeats.", components_reported),
        ("counter_resets_total", "Counters that began anew.", counter_resets),
        ("log_lines_total", "Log lines taken.", log_lines),
        (
            "log_lines_foreign_total",
            "Log lines of pipelines that do not exist in the node's environment; dropped.",
            log_lines_foreign,
        ),
        ("status_events_total", "Changes of status.", status_events),
        ("events_encoded_total", "Events encoded for streams.", events_encoded),
        ("events_delivered_total", "Events handed to streams.", events_delivered),
        ("events_skipped_total", "Events lagging streams did not get.", events_skipped),
        ("subscribers_lagged_total", "Streams that fell behind.", subscribers_lagged),
        (
            "subscribers_closed_slow_total",
            "Streams closed for staying behind.",
            subscribers_closed_slow,
        ),
        (
            "subscribers_revoked_total",
            "Streams closed because their user may see less now.",
            subscribers_revoked,
        ),
        ("streams_resumed_total", "Streams that went on where they had ended.", resumed),
        ("snapshots_total", "Snapshots sent to streams.", snapshots),
        ("flushes_committed_total", "Batches the store committed.", flushes_committed),
        ("flushes_failed_total", "Batches that failed and were staged again.", flushes_failed),
        ("flushes_refused_total", "Batches the store refused; lost.", flushes_refused),
        ("rows_shed_total", "Rows given up while the store was away.", rows_shed),
    ];
    for (name, help, value) in counters {
        page.counter(name, help, value);
    }
}

fn write_gauges(page: &mut Page, gauges: &Gauges) {
    let Gauges {
        environments,
        nodes,
        pipelines,
        instances,
        subscribers,
        subscribers_lagging,
        history_bytes,
        history_samples_evicted,
        log_tail_bytes,
        resume_bytes,
        staged_rows,
        batch_in_flight,
    } = *gauges;
    page.head("nodes", "gauge", "Nodes by status.");
    for status in NodeStatus::ALL {
        let label = format!("{{status=\"{}\"}}", status.as_str().to_lowercase());
        page.line("nodes", &label, nodes[status.index()]);
    }
    let sizes = [
        ("environments", "Environments.", environments as u64),
        ("pipelines", "Pipelines.", pipelines as u64),
        ("instances", "Pipelines on nodes.", instances as u64),
        ("subscribers", "Streams the core knows.", subscribers as u64),
        ("subscribers_lagging", "Streams that are behind now.", subscribers_lagging as u64),
        ("history_bytes", "Memory of live series.", history_bytes),
        ("log_tail_bytes", "Memory of live logs.", log_tail_bytes),
        ("resume_bytes", "Memory of events kept for streams that come back.", resume_bytes),
        ("staged_rows", "Rows that wait for the next batch.", staged_rows as u64),
        ("batch_in_flight", "1 while the store writes a batch.", u64::from(batch_in_flight)),
    ];
    for (name, help, value) in sizes {
        page.gauge(name, help, value);
    }
    page.counter(
        "history_samples_evicted_total",
        "Live samples given up for memory.",
        history_samples_evicted,
    );
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn page() -> String {
        let mut page = Page::default();
        let mut report = TickReport::default();
        report.counters.heartbeats = 42;
        write_ticks(&mut page, &report);
        write_maintenance(&mut page, MaintenanceReport::default());
        write_gauges(&mut page, &Gauges { nodes: [1, 2, 3, 4], ..Gauges::default() });
        page.text
    }

    #[test]
    fn counts_stand_below_their_help_and_type() {
        let expected = "# HELP systole_heartbeats_total Heartbeats applied.\n\
                        # TYPE systole_heartbeats_total counter\n\
                        systole_heartbeats_total 42\n";
        assert!(page().contains(expected));
        assert!(page().contains("systole_nodes{status=\"unreachable\"} 4\n"));
    }

    #[test]
    fn each_metric_is_described_exactly_once() {
        let page = page();
        let described: Vec<&str> = page
            .lines()
            .filter_map(|line| line.strip_prefix("# HELP "))
            .filter_map(|line| line.split(' ').next())
            .collect();
        let names: BTreeSet<&str> = described.iter().copied().collect();
        assert_eq!(described.len(), names.len());
        for line in page.lines().filter(|line| !line.starts_with('#')) {
            let name = line.split([' ', '{']).next().unwrap();
            assert!(names.contains(name), "{line}");
        }
    }
}
