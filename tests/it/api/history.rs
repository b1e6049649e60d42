//! Charts, volumes and uptime: what is stored and what is not yet, each minute once.

use serde_json::{Value, json};
use systole::clock::wall_now;
use systole::store::{Hour, RolledUp, StoreError};
use systole_systems::input::MinuteTotals;
use systole_systems::report::{Counts, HostMetrics};
use systole_systems::rows::{
    Batch, InstanceMinuteRow, InstanceRef, NodeMinuteRow, PipelineMinuteRow,
};
use systole_systems::time::Minute;

use super::{EnrolledNode, Person, Whole, eventually, heartbeat};

/// A server that does not flush by itself within a test.
const SELDOM: [&str; 2] = ["--flush-interval-ms", "600000"];

/// An environment with a node that runs one pipeline.
struct Place {
    environment: String,
    pipeline: String,
    node: EnrolledNode,
}

impl Place {
    async fn of(whole: &Whole, admin: &Person<'_>) -> Place {
        let (_, environment) = admin.environment("production").await;
        let body = json!({ "environmentId": environment, "name": "logs", "config": "sources: {}" });
        let pipeline = admin.create("/api/v1/pipelines", &body).await;
        let node = whole.enroll(&admin.enrollment_token(&environment).await, "web-1").await;
        Place { environment, pipeline, node }
    }

    /// Reports so many events, one report after the other.
    async fn report(&self, whole: &Whole, reports: &[u64]) {
        for events in reports {
            let report = heartbeat(&self.pipeline, "RUNNING", *events);
            assert_eq!(whole.agent(&self.node, "POST /api/agent/heartbeat", &report).await, 200);
        }
    }

    /// A minute of the past in which so many events came in.
    fn minute(&self, minute: u32, events_in: u64) -> Batch {
        let counts = Counts {
            events_in,
            bytes_in: 10 * events_in,
            bytes_out: 4 * events_in,
            ..Counts::default()
        };
        let totals = MinuteTotals { counts, ..MinuteTotals::default() };
        let (minute, pipeline) = (Minute(minute), self.pipeline.clone());
        let instance = InstanceRef { node: self.node.id.clone(), pipeline: pipeline.clone() };
        Batch {
            instance_minutes: vec![InstanceMinuteRow { instance, minute, totals }],
            pipeline_minutes: vec![PipelineMinuteRow { pipeline, minute, totals }],
            ..Batch::default()
        }
    }
}

/// Writes rows of the past, as a flush before this test began.
async fn write(whole: &Whole, mut batch: Batch) {
    let store = &whole.server.app.store;
    loop {
        batch.tick = store.last_tick().await.unwrap();
        match store.flush(&batch).await {
            Ok(()) => return,
            // The server has flushed meanwhile.
            Err(StoreError::Refused(why)) if why.contains("older than the store") => (),
            Err(error) => panic!("{error}"),
        }
    }
}

async fn roll_up(whole: &Whole) {
    let running = Hour(wall_now().minute().0 / 60);
    while whole.server.app.store.roll_up_hour(running).await.unwrap() != RolledUp::Nothing {}
}

fn events(rows: &Value) -> u64 {
    rows.as_array().unwrap().iter().map(|row| row["eventsIn"].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn a_minute_is_in_every_chart_at_once_and_counted_once_after_its_flush() {
    for options in [&SELDOM[..], &["--flush-interval-ms", "50"]] {
        let whole = Whole::start_with(options).await;
        let admin = whole.admin().await;
        let place = Place::of(&whole, &admin).await;
        place.report(&whole, &[100, 130]).await;
        let Place { environment, pipeline, node } = &place;
        let check = async |expected: u64| {
            for path in [
                format!("/api/v1/pipelines/{pipeline}/metrics"),
                format!("/api/v1/pipelines/{pipeline}/metrics?minutes=3"),
                format!("/api/v1/pipelines/{pipeline}/metrics?range=1h&nodeId={}", node.id),
                format!("/api/v1/pipelines/{pipeline}/metrics?range=7d"),
                format!("/api/v1/pipelines/{pipeline}/metrics?range=90d"),
            ] {
                let chart = admin.get(&path).await;
                assert_eq!(events(&chart["rows"]), expected, "{path}: {chart}");
                let last = chart["rows"].as_array().unwrap().last().unwrap();
                assert_eq!(last["partial"], true, "{chart}");
            }
            let path = format!("/api/v1/analytics/volume?environmentId={environment}&range=6h");
            let volume = admin.get(&path).await;
            assert_eq!(volume["current"]["eventsIn"], expected, "{volume}");
            assert_eq!(events(&volume["series"]), expected);
            assert_eq!(volume["byPipeline"][0]["eventsIn"], expected);
            assert_eq!(volume["byPipeline"][0]["pipelineName"], "logs");
            assert_eq!(volume["byNode"][0]["eventsIn"], expected);
            assert_eq!(volume["byNode"][0]["nodeId"], json!(node.id));
            assert_eq!(volume["previous"]["eventsIn"], 0);
        };
        for _ in 0..3 {
            check(30).await;
            tokio::time::sleep(std::time::Duration::from_millis(60)).await;
        }
        place.report(&whole, &[175]).await;
        check(75).await;
        whole.stop().await;
    }
}

#[tokio::test]
async fn a_gap_stays_a_gap_and_the_running_hour_comes_from_minutes() {
    let whole = Whole::start_with(&SELDOM).await;
    let admin = whole.admin().await;
    let place = Place::of(&whole, &admin).await;
    let hour = wall_now().minute().0 / 60 * 60;
    for (minute, events) in [(hour - 300, 1), (hour - 299, 10), (hour - 120, 100), (hour, 1_000)] {
        write(&whole, place.minute(minute, events)).await;
    }
    let path = format!("/api/v1/pipelines/{}/metrics?range=7d", place.pipeline);
    for _ in 0..2 {
        let chart = admin.get(&path).await;
        let found: Vec<(&Value, u64)> = chart["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| (&row["timestamp"], row["eventsIn"].as_u64().unwrap()))
            .collect();
        let at = |minute: u32| json!(systole::http::rfc3339::Rfc3339(Minute(minute).start()));
        let expected = [(&at(hour - 300), 11), (&at(hour - 120), 100), (&at(hour), 1_000)];
        assert_eq!(found, expected, "before the rollup and after it");
        assert_eq!(chart["bucketSeconds"], 3_600);
        roll_up(&whole).await;
    }
    let minutes = format!("/api/v1/pipelines/{}/metrics?range=6h", place.pipeline);
    assert_eq!(admin.get(&minutes).await["rows"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_volume_stands_beside_that_of_the_period_before() {
    let whole = Whole::start_with(&SELDOM).await;
    let admin = whole.admin().await;
    let place = Place::of(&whole, &admin).await;
    let now = wall_now().minute().0;
    let day = 24 * 60;
    for (minute, events) in
        [(now - 60, 8), (now - 2 * 60, 2), (now - day - 60, 5), (now - 3 * day, 1_000)]
    {
        write(&whole, place.minute(minute, events)).await;
    }
    let path = format!("/api/v1/analytics/volume?environmentId={}", place.environment);
    for _ in 0..2 {
        let volume = admin.get(&path).await;
        let of = |period: &str, field: &str| volume[period][field].clone();
        assert_eq!((of("current", "eventsIn"), of("previous", "eventsIn")), (json!(10), json!(5)));
        assert_eq!((of("current", "bytesIn"), of("previous", "bytesIn")), (json!(100), json!(50)));
        assert_eq!(of("current", "byteReductionPercent"), json!(60.0));
        assert_eq!(volume["byNode"][0]["bytesOut"], 40);
        assert_eq!(volume["series"].as_array().unwrap().len(), 2);
        roll_up(&whole).await;
    }
}

#[tokio::test]
async fn a_host_has_rates_where_two_samples_can_be_compared() {
    let whole = Whole::start_with(&SELDOM).await;
    let admin = whole.admin().await;
    let place = Place::of(&whole, &admin).await;
    let now = wall_now().minute().0;
    let sample = |minutes_ago: u32, cpu: f64, read: u64| NodeMinuteRow {
        node: place.node.id.clone(),
        minute: Minute(now - minutes_ago),
        host: HostMetrics {
            memory_used_bytes: 5,
            cpu_seconds_total: cpu,
            cpu_seconds_idle: cpu / 2.0,
            disk_read_bytes: read,
            ..HostMetrics::default()
        },
    };
    // A gap after the second, and a reboot before the last.
    let node_minutes = vec![
        sample(30, 100.0, 600),
        sample(29, 160.0, 1_200),
        sample(10, 900.0, 9_000),
        sample(9, 910.0, 9_600),
        sample(8, 3.0, 10),
    ];
    write(&whole, Batch { node_minutes, ..Batch::default() }).await;
    // The newest sample is in the core alone.
    let report = json!({ "pipelines": [], "hostMetrics": { "memoryUsedBytes": 7 } });
    assert_eq!(whole.agent(&place.node, "POST /api/agent/heartbeat", &report).await, 200);

    let path = format!("/api/v1/nodes/{}/metrics", place.node.id);
    let chart = admin.get(&format!("{path}?range=1h")).await;
    let rows = chart["rows"].as_array().unwrap().iter();
    let found: Vec<_> = rows
        .map(|row| (row["cpuPercent"].as_f64(), row["diskReadBytesPerSecond"].as_f64()))
        .collect();
    let (measured, not) = ((Some(50.0), Some(10.0)), (None, None));
    assert_eq!(found, [not, measured, not, measured, not, not]);
    assert_eq!(chart["rows"][5]["memoryUsedBytes"], 7.0);
    let samples = admin.get(&path).await;
    assert_eq!(samples["rows"].as_array().unwrap().len(), 6);
    assert_eq!(
        (&samples["rows"][4]["diskReadBytes"], &samples["rows"][5]["memoryUsedBytes"]),
        (&json!(10), &json!(7))
    );
}

#[tokio::test]
async fn uptime_begins_with_enrolment_and_knows_what_is_not_stored_yet() {
    let whole =
        Whole::start_with(&["--flush-interval-ms", "200", "--heartbeat-interval-ms", "1000"]).await;
    let admin = whole.admin().await;
    let place = Place::of(&whole, &admin).await;
    place.report(&whole, &[1]).await;
    let (uptime, timeline) = (
        format!("/api/v1/nodes/{}/uptime?range=7d", place.node.id),
        format!("/api/v1/nodes/{}/timeline?range=1h", place.node.id),
    );
    let shown = admin.get(&uptime).await;
    let total = shown["totalSeconds"].as_f64().unwrap();
    assert!(total < 60.0, "it enrolled just now: {shown}");
    let is_up = |timeline: &Value| {
        timeline["segments"].as_array().is_some_and(|segments| {
            segments.iter().map(|segment| &segment["status"]).eq(["UNKNOWN", "HEALTHY"])
        })
    };
    eventually(|| admin.get(&timeline), is_up).await;
    assert_eq!(admin.get(&uptime).await["uptimePercent"], 100.0);
    // Three silent seconds later.
    let is_down = |uptime: &Value| uptime["incidents"].as_array().is_some_and(|all| all.len() == 1);
    let shown = eventually(|| admin.get(&uptime), is_down).await;
    let incident = &shown["incidents"][0];
    assert_eq!((&incident["status"], &incident["to"]), (&json!("UNREACHABLE"), &Value::Null));
    assert!(shown["uptimePercent"].as_f64().unwrap() < 100.0);
}

#[tokio::test]
async fn ranges_that_make_no_sense_are_refused_by_name() {
    let whole = Whole::start().await;
    let admin = whole.admin().await;
    let place = Place::of(&whole, &admin).await;
    let path = format!("/api/v1/pipelines/{}/metrics", place.pipeline);
    for (query, field) in [
        ("range=2h", "range"),
        ("from=yesterday", "from"),
        ("from=2026-03-01T12:00:00Z&to=soon", "to"),
        ("to=2026-03-01T12:00:00Z", "to"),
        ("from=2026-03-01T12:00:00Z&range=1d", "range"),
        ("from=2026-03-01T12:00:00Z&to=2026-03-01T11:00:00Z", "from and to"),
        ("from=1999-03-01T12:00:00Z", "from and to"),
        ("minutes=0", "minutes"),
    ] {
        let answer = admin.ask(&format!("GET {path}?{query}"), &Value::Null).await;
        assert_eq!(answer.status, 400, "{query} {answer:?}");
        assert!(answer.json()["error"].as_str().unwrap().starts_with(field), "{query} {answer:?}");
    }
}
