//! Start to ready: 100,000 nodes in the store, and a journal that ends with a minute of their heartbeats
//! which no snapshot holds yet. `RECOVERY_NODES` takes another number of nodes.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sqlx::{Connection as _, SqliteConnection};
use systole::cli::{self, Invocation};
use systole::config::ServeConfig;
use systole::journal::disk::{Directory, Disk};
use systole::journal::record::{Check, Head};
use systole::journal::recovery::recover;
use systole::journal::writer::Writer;
use systole::serve::start;
use systole::store::open::open;
use systole::store::{Environment, Pipeline, Team};
use systole_systems::input::{FlushOutcome, Input, Inputs};
use systole_systems::settings::Settings;
use systole_systems::time::{Millis, Tick, TickNumber};

#[path = "shared/allocator.rs"]
mod allocator;
#[path = "shared/fleet.rs"]
#[expect(dead_code, reason = "this bench fills its fleet from rows")]
mod fleet;

/// Seconds of heartbeats after the newest snapshot, one in five seconds from each node.
const TAIL_SECONDS: u64 = 60;
const TICK_MILLIS: u64 = 50;
/// Components of the one pipeline each node runs.
const COMPONENTS: usize = 4;

#[tokio::main]
async fn main() {
    let nodes = std::env::var("RECOVERY_NODES").map_or(100_000, |n| n.parse().expect("a number"));
    let directory = tempfile::tempdir().expect("there is room");
    let config = config(directory.path());
    fill_store(directory.path(), nodes).await;
    let server = start(&config).await.expect("a store without a journal is enough");
    server.stop().await;

    let written = tokio::task::spawn_blocking({
        let path = directory.path().to_owned();
        move || write_tail(&path, nodes)
    });
    let (stored, heartbeats, bytes) = written.await.expect("the tail is written");
    set_stored(directory.path(), stored).await;

    let began = Instant::now();
    let server = start(&config).await.expect("the journal is whole");
    let ready = began.elapsed();
    server.stop().await;
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{nodes} nodes, {heartbeats} heartbeats in {TAIL_SECONDS} s of tail ({:.1} MB, {:.1} bytes a \
         heartbeat): ready after {:.2} s",
        bytes as f64 / 1e6,
        bytes as f64 / heartbeats as f64,
        ready.as_secs_f64(),
    )
    .expect("stdout is there");
    assert!(nodes < 100_000 || ready < Duration::from_secs(5), "more than 5 s");
}

fn config(directory: &Path) -> ServeConfig {
    let arguments = [
        "systole".to_owned(),
        "serve".to_owned(),
        "--listen=127.0.0.1:0".to_owned(),
        format!("--data-dir={}", directory.display()),
        "--bootstrap-admin=root@systole.test:correct horse".to_owned(),
    ];
    let arguments: Vec<_> = arguments.into_iter().map(Into::into).collect();
    match cli::parse(&arguments, |_| None).expect("these options are right") {
        Invocation::Serve(config) => *config,
        Invocation::Demo(_)
        | Invocation::Load(_)
        | Invocation::Admin(_)
        | Invocation::Replay(_)
        | Invocation::Journal(_) => unreachable!("it was asked to serve"),
    }
}

fn database(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("systole.db").display())
}

async fn fill_store(directory: &Path, nodes: usize) {
    let store = open(&database(directory)).await.expect("there is room");
    let at = Millis(1);
    let (id, name) = ("t1".to_owned(), "team".to_owned());
    store.create_team(&Team { id, name, created_at: at }).await.expect("it is new");
    let (id, name, team) = ("e1".to_owned(), "prod".to_owned(), "t1".to_owned());
    let environment = Environment { id, name, team, created_at: at };
    store.create_environment(&environment).await.expect("it is new");
    let pipeline = Pipeline {
        id: fleet::pipeline_id(0),
        environment: "e1".into(),
        name: "web-access-logs".into(),
        revision: 0,
        config: "sources: {}\n".into(),
        updated_at: at,
        deployed: None,
    };
    store.create_pipeline(&pipeline).await.expect("it is new");
    store.close().await;

    // One transaction, where enrollment takes one a node.
    let mut connection =
        SqliteConnection::connect(&database(directory)).await.expect("it is there");
    let mut transaction = connection.begin().await.expect("nobody else writes");
    for node in 0..nodes {
        let id = fleet::node_id(node);
        sqlx::query(
            "insert into node (id, environment, name, host, token_digest, operator_labels, \
             enrolled_at) values ($1, 'e1', $1, $1, randomblob(32), '[]', 1)",
        )
        .bind(&id)
        .execute(&mut *transaction)
        .await
        .expect("ids are new");
        sqlx::query(
            "insert into node_state (node, status, status_since, labels) \
             values ($1, 'UNKNOWN', 1, '[]')",
        )
        .bind(&id)
        .execute(&mut *transaction)
        .await
        .expect("ids are new");
    }
    transaction.commit().await.expect("there is room");
    connection.close().await.expect("it is idle");
}

/// Writes what a server would have written that was killed. Answers the last tick whose batch the store
/// took, heartbeats, and bytes.
fn write_tail(directory: &Path, nodes: usize) -> (TickNumber, u64, u64) {
    let disk: Arc<dyn Disk> =
        Arc::new(Directory::existing(&directory.join("journal")).expect("the server made it"));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let (identity, stored) = runtime.expect("a runtime").block_on(async {
        let store = open(&database(directory)).await.expect("it is there");
        let known = (store.identity().await, store.last_tick().await);
        store.close().await;
        (known.0.expect("it has one"), known.1.expect("it has one"))
    });
    let recovered = recover(&disk, &identity, stored).expect("it is whole").expect("it is there");
    let mut engine = recovered.engine;
    let mut tick = engine.last_tick();
    let head = Head::continuing(&identity, tick);
    let mut writer = Writer::begin(disk, &head, None).expect("there is room");
    let before = writer.segment_bytes();

    let settings = Settings { flush_interval: Millis(10_000), ..Settings::default() };
    let mut inputs = Inputs::of(&Input::Started { epoch: 1, settings });
    let ticks = TAIL_SECONDS * 1_000 / TICK_MILLIS;
    let ticks_of_a_round = 5_000 / TICK_MILLIS;
    let per_tick = nodes / ticks_of_a_round as usize;
    let (mut stored, mut heartbeats) = (stored, 0);
    for number in 0..ticks {
        tick = Tick {
            number: TickNumber(tick.number.0 + 1),
            now: Millis(tick.now.0 + TICK_MILLIS),
            listened: Millis(tick.listened.0 + TICK_MILLIS),
        };
        let first = (number % ticks_of_a_round) as usize * per_tick;
        for node in first..first + per_tick {
            fleet::push_heartbeat(
                &mut inputs,
                node,
                1 + number / ticks_of_a_round,
                (1, COMPONENTS),
            );
            heartbeats += 1;
        }
        writer.append(&tick, &inputs);
        let output = engine.tick(tick, &inputs);
        writer.check(Check::of(&output));
        inputs.clear();
        if let Some(batch) = output.batch {
            stored = batch.tick;
            let (batch, outcome) = (batch.id, FlushOutcome::Committed);
            inputs.push(&Input::BatchSettled { batch, outcome });
        }
        if number % 20 == 0 {
            writer.sync().expect("there is room");
        }
    }
    writer.sync().expect("there is room");
    (stored, heartbeats, writer.segment_bytes() - before)
}

async fn set_stored(directory: &Path, tick: TickNumber) {
    let mut connection =
        SqliteConnection::connect(&database(directory)).await.expect("it is there");
    sqlx::query("update position set tick = $1")
        .bind(tick.0 as i64)
        .execute(&mut connection)
        .await
        .expect("it has a row");
    connection.close().await.expect("it is idle");
}
