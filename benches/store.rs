//! Cost of a flush to SQLite: the rows of heartbeats of many instances, written over themselves.
//! For Postgres see `benches/load/run statements`, where the server flushes under load.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use systole::store::{EnrolledNode, Environment, Pipeline, Team, open::open};
use systole_systems::input::MinuteTotals;
use systole_systems::report::Counts;
use systole_systems::rows::{Batch, InstanceMinuteRow, InstanceRef, InstanceRow};
use systole_systems::time::{Millis, Minute, TickNumber};
use tokio::runtime::Builder;

#[path = "shared/allocator.rs"]
mod allocator;

const PIPELINES: usize = 100;

fn flush(criterion: &mut Criterion) {
    let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut group = criterion.benchmark_group("flush_sqlite");
    group.sample_size(10);
    for nodes in [1, 50] {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite:{}", directory.path().join("bench.db").display());
        let store = runtime.block_on(async {
            let store = open(&url).await.expect("a store");
            let text = |text: &str| text.to_owned();
            let at = Millis(1);
            let team = Team { id: text("t1"), name: text("t1"), created_at: at };
            store.create_team(&team).await.expect("a team");
            let (id, name, team) = (text("e1"), text("e1"), text("t1"));
            let environment = Environment { id, name, team, created_at: at };
            store.create_environment(&environment).await.expect("an environment");
            for pipeline in 0..PIPELINES {
                let pipeline = Pipeline {
                    id: format!("p{pipeline}"),
                    environment: text("e1"),
                    name: text("p"),
                    revision: 0,
                    config: text("sources: {}"),
                    updated_at: at,
                    deployed: None,
                };
                store.create_pipeline(&pipeline).await.expect("a pipeline");
            }
            for node in 0..nodes {
                let mut token_digest = [0; 32];
                token_digest[0] = node as u8;
                let node = EnrolledNode {
                    id: format!("n{node}"),
                    environment: text("e1"),
                    name: text("n"),
                    host: text("n"),
                    os: None,
                    agent_version: None,
                    vector_version: None,
                    labels: Vec::new(),
                    token_digest,
                    enrolled_at: at,
                };
                store.enroll_node(&node).await.expect("a node");
            }
            store
        });
        let mut batch = batch(nodes);
        group.throughput(Throughput::Elements(batch.rows() as u64));
        group.bench_function(BenchmarkId::new("nodes_x_100_pipelines", nodes), |bencher| {
            bencher.iter(|| {
                batch.tick.0 += 1;
                runtime.block_on(store.flush(&batch)).expect("a flush");
            });
        });
    }
    group.finish();
}

/// A state row and a row of the minute for each instance.
fn batch(nodes: usize) -> Batch {
    let mut batch = Batch { tick: TickNumber(1), ..Batch::default() };
    for instance in (0..nodes).flat_map(|node| (0..PIPELINES).map(move |p| (node, p))) {
        let (node, pipeline) = instance;
        let instance = InstanceRef { node: format!("n{node}"), pipeline: format!("p{pipeline}") };
        let counts = Counts { events_in: 1_000, events_out: 990, ..Counts::default() };
        batch.instance_minutes.push(InstanceMinuteRow {
            instance: instance.clone(),
            minute: Minute(30_000_000),
            totals: MinuteTotals { counts, ..MinuteTotals::default() },
        });
        batch.instances.push(InstanceRow {
            instance,
            status: "RUNNING".into(),
            status_since: Millis(1),
            revision: 1,
            pid: Some(811),
            uptime_seconds: Some(86_400),
            config_checksum: None,
            totals: Some(counts),
            totals_pid: Some(811),
            totals_seen_at: Some(Millis(2)),
            updated_at: Millis(2),
        });
    }
    batch
}

criterion_group!(benches, flush);
criterion_main!(benches);
