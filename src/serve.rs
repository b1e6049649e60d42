//! The wiring of the server: every thread, task and queue, with its bound and what happens when it is full.
//!
//! | queue | bound | full |
//! |---|---|---|
//! | agents → driver | 65,536 requests, `--ingress-memory` bytes | 503 with Retry-After |
//! | control plane, feedback → driver | 1,024 | the sender waits a tick |
//! | questions → driver | 1,024 | 503 with Retry-After |
//! | driver → fan-out | 256 ticks | the driver waits; fan-out never waits for a reader |
//! | driver → journal | 256 ticks; 64 MiB while the disk takes none | the driver waits |
//! | journal → store writer | 1 batch | cannot be: the core puts one in flight |
//! | journal → keeper | 1 word that a segment is sealed | it has been told already |
//! | fan-out → stream | 256 writes, 1 MiB | the subscriber lags: it is told, then shown the present state |
//! | export of logs → client | 1 page of 1,000 lines; 2 exports | the next page is read later; 503 |
//! | anybody → push stream | 16 messages | dropped and counted; push is a hint |
//! | agent → reader of a tap | 256 reports, 256 KiB | the oldest events go, and the reader is told |
//!
//! Besides threads for the driver, the journal, its keeper and fan-out, and a task for each connection, tasks
//! without a queue: store writer, push keepalives, ends of sessions (every 30 s), maintenance of the store (at
//! the start and every hour).

use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::bounded;
use systole_systems::input::{Input, Inputs};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::admin::local_token::{self, LocalToken};
use crate::app::{App, Caches};
use crate::boot::beginning::{Beginning, BeginningError, begin};
use crate::clock::{steady_now, wall_now};
use crate::config::ServeConfig;
use crate::control::Control;
use crate::control::bootstrap::{FirstAdmin, prepare};
use crate::data_dir::{OpenDataDir, open_data_dir};
use crate::dispatch::Dispatch;
use crate::driver::{Driver, DriverParts, Pace};
use crate::event_samples::EventSamples;
use crate::fanout::Fanout;
use crate::http::server::{self, ServerLimits};
use crate::http::waiting_room::receive_until;
use crate::journal::JournalError;
use crate::journal::disk::{Directory, Disk};
use crate::journal::keeper::Keeper;
use crate::journal::status::JournalStatus;
use crate::journal::thread::journal;
use crate::maintenance::maintain;
use crate::ports::{ingress, questions};
use crate::store::{Store, StoreError, open::open};
use crate::store_writer::write_batches;
use crate::streams::Streams;
use crate::taps::watch::watch;
use crate::telemetry::Telemetry;

/// Ticks on their way to the fan-out thread.
const FANOUT_TICKS_MAX: usize = 256;
/// Pause between attempts to open the store at start.
const STORE_PAUSE: Duration = Duration::from_secs(2);

/// Time the store gets to close.
const STORE_CLOSE_MAX: Duration = Duration::from_secs(5);
/// How often sessions are looked at for their end.
const SESSIONS_CHECKED: Duration = Duration::from_secs(30);
/// How often kept events are looked at for their end.
const EVENTS_CHECKED: Duration = Duration::from_secs(30);

/// Bounds of the listener.
const SERVER_LIMITS: ServerLimits = ServerLimits {
    connections_max: 100_000,
    head_time_max: Duration::from_secs(330),
    finish_time_max: Duration::from_secs(10),
};

/// Why a server did not start.
#[derive(Debug)]
pub enum StartError {
    /// The data directory cannot be used, or another server uses it.
    DataDir(std::io::Error),
    Listen(SocketAddr, std::io::Error),
    Store(StoreError),
    Journal(JournalError),
    FirstAdmin(String),
    Thread(std::io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartError::DataDir(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                f.write_str("another server is using this data directory; stop it, or take another --data-dir")
            }
            StartError::DataDir(error) => write!(f, "the data directory cannot be used: {error}"),
            StartError::Listen(address, error) => {
                write!(f, "cannot listen on {address}: {error}; take another --listen address")
            }
            StartError::Store(error) => write!(f, "the database cannot be used: {error}"),
            StartError::Journal(error) => write!(f, "the journal cannot be used: {error}"),
            StartError::FirstAdmin(why) => write!(f, "the first user cannot be created: {why}"),
            StartError::Thread(error) => write!(f, "a thread cannot be started: {error}"),
        }
    }
}

impl std::error::Error for StartError {}

impl From<BeginningError> for StartError {
    fn from(error: BeginningError) -> StartError {
        match error {
            BeginningError::Store(error) => StartError::Store(error),
            BeginningError::Journal(error) => StartError::Journal(error),
        }
    }
}

/// A server that accepts heartbeats.
pub struct Server {
    pub address: SocketAddr,
    pub database_url: String,
    pub data_dir: OpenDataDir,
    /// Token of the link that makes the first user, while there is none.
    pub setup_token: Option<String>,
    pub app: Arc<App>,
    /// Dropped: the listener stops.
    stop_listening: oneshot::Sender<()>,
    listening: tokio::task::JoinHandle<()>,
    /// Dropped: the driver stops.
    stop_driver: crossbeam_channel::Sender<()>,
    threads: Vec<JoinHandle<()>>,
    /// Ends with the driver.
    driver_ended: oneshot::Receiver<()>,
    /// Ended wherever it is: each of its steps is a transaction.
    maintenance: tokio::task::JoinHandle<()>,
    store: Arc<dyn Store>,
}

/// Starts a server: lock, listen, open the store, load the fleet, be ready.
pub async fn start(config: &ServeConfig) -> Result<Server, StartError> {
    let data_dir = open_data_dir(&config.data_dir).map_err(StartError::DataDir)?;
    let listener = TcpListener::bind(config.listen)
        .await
        .map_err(|error| StartError::Listen(config.listen, error))?;
    let address = listener.local_addr().map_err(|e| StartError::Listen(config.listen, e))?;
    tracing::info!(%address, "listening, not ready yet");

    let database_url = config.database_url(data_dir.path());
    let prepared =
        receive_until(&listener, prepare_app(config, &database_url, data_dir.path())).await?;
    let Prepared { app, setup_token, stop_driver, threads, driver_ended } = prepared;

    let (stop_listening, stopped) = oneshot::channel::<()>();
    let listening = tokio::spawn(server::serve(listener, app.clone(), SERVER_LIMITS, async {
        // Whether stopped or dropped: the server is to stop.
        let _stopped = stopped.await.is_ok();
    }));
    let users = app.store.list_users().await.map_err(StartError::Store)?;
    if let Some(token) = local_token::issue(&app.caches, &users) {
        let local = LocalToken { url: format!("http://{address}"), token };
        local_token::write(data_dir.path(), &local).map_err(StartError::DataDir)?;
    }
    app.set_ready(true);
    tracing::info!(%address, store = app.store.kind(), "ready");
    let store = app.store.clone();
    let maintenance =
        tokio::spawn(maintain(store.clone(), config.retention, app.maintenance.clone()));
    Ok(Server {
        address,
        database_url,
        data_dir,
        setup_token,
        app,
        stop_listening,
        listening,
        stop_driver,
        threads,
        driver_ended,
        maintenance,
        store,
    })
}

/// What runs before anybody is let in.
struct Prepared {
    app: Arc<App>,
    setup_token: Option<String>,
    stop_driver: crossbeam_channel::Sender<()>,
    threads: Vec<JoinHandle<()>>,
    driver_ended: oneshot::Receiver<()>,
}

async fn prepare_app(
    config: &ServeConfig,
    database_url: &str,
    data_dir: &Path,
) -> Result<Prepared, StartError> {
    let store = open_store(database_url).await?;
    let journal_status = JournalStatus::default();
    let (ingress, receiver) = ingress(config.ingress, config.ack, journal_status.clone());
    let (reader, asked) = questions();
    let streams = Streams::new(config.streams_max);
    let telemetry = Telemetry::default();
    let caches = Caches::default();
    let control = Control::new(store.clone(), caches.clone(), ingress.clone());
    let ports = (ingress.clone(), reader, streams.clone());
    let app = App::new(config.edge.clone(), ports, store.clone(), control, telemetry.clone());

    let first_admin = config
        .bootstrap_admin
        .as_ref()
        .map(|admin| FirstAdmin { email: admin.email.clone(), password: admin.password.clone() });
    let setup_token = prepare(&*store, &caches.setup, &app.passwords, first_admin)
        .await
        .map_err(|error| StartError::FirstAdmin(format!("{error:?}")))?;
    let directory = Directory::open(&data_dir.join("journal")).map_err(StartError::DataDir)?;
    let disk: Arc<dyn Disk> = Arc::new(directory);
    let beginning = begin(&store, &caches, disk.clone(), config.tick_max).await?;
    let Beginning { engine, clock, writer, stored, identity, news } = beginning;
    journal_status.note_stored(stored);
    // The epoch is when this life began: no other life has the same.
    let started = Input::Started { epoch: wall_now().0, settings: config.settings };
    let chunks: Vec<Inputs> = std::iter::once(Inputs::of(&started)).chain(news).collect();

    let (ticks, fanout_ticks) = bounded(FANOUT_TICKS_MAX); // full: the driver waits
    let (batches, to_write) = mpsc::channel(1); // one batch is in flight at a time
    let (sealed, to_keep) = bounded(1); // full: the keeper looks at all there is anyway
    let pace = Pace { tick_min: config.tick_min, tick_max: config.tick_max };
    let (journal, journal_thread) = journal(
        writer,
        journal_status.clone(),
        batches,
        sealed,
        config.journal.segment_bytes_max,
        pace.sync_spacing(),
    );
    let (stop_driver, stop) = bounded(0); // nothing is ever sent: its end is the message
    let mut driver = Driver::new(DriverParts {
        engine,
        clock,
        pace,
        ingress: receiver,
        questions: asked,
        stop,
        journal,
        journal_status: journal_status.clone(),
        dispatch: Dispatch { fanout: ticks, configs: caches.configs.clone() },
        telemetry,
    });
    let fanout = Fanout::new(fanout_ticks, streams, caches.push.clone(), ingress.clone());
    tokio::spawn(write_batches(store, ingress, journal_status.clone(), to_write));
    tokio::spawn(caches.push.keep_alive());
    tokio::spawn(expire_sessions(app.control.clone()));
    tokio::spawn(watch(app.taps.clone(), app.reader.clone(), caches.credentials.clone()));
    tokio::spawn(forget_events(app.event_samples.clone()));
    let (booted, boot_done) = oneshot::channel();
    let (running, driver_ended) = oneshot::channel::<()>();
    let keeper = Keeper::new(disk, identity, config.journal, journal_status);
    let threads = vec![
        spawn("keeper", move || keeper.run(&to_keep))?,
        spawn("journal", move || journal_thread.run())?,
        spawn("fanout", move || fanout.run())?,
        spawn("driver", move || {
            driver.boot(&chunks);
            drop(chunks);
            let _waiting = booted.send(()).is_ok();
            driver.run();
            drop(running);
        })?,
    ];
    boot_done.await.expect("the driver boots or panics");
    Ok(Prepared { app: Arc::new(app), setup_token, stop_driver, threads, driver_ended })
}

/// Ends sessions, and the streams opened with them, soon after their time.
async fn expire_sessions(control: Control) {
    let mut minutes = tokio::time::interval(SESSIONS_CHECKED);
    loop {
        minutes.tick().await;
        if let Err(error) = control.expire_sessions(wall_now()).await {
            tracing::warn!(?error, "expired sessions could not be ended, trying again");
        }
    }
}

/// Forgets events soon after the time they are kept for.
async fn forget_events(samples: EventSamples) {
    let mut turns = tokio::time::interval(EVENTS_CHECKED);
    loop {
        turns.tick().await;
        samples.forget_old(steady_now());
    }
}

/// Opens the store, however long it takes to be there. What is wrong with it for good is an error.
async fn open_store(url: &str) -> Result<Arc<dyn Store>, StartError> {
    loop {
        match open(url).await {
            Ok(store) => return Ok(store),
            Err(StoreError::Unavailable(why)) => {
                tracing::warn!(%why, "the database is not there yet, trying again");
                tokio::time::sleep(STORE_PAUSE).await;
            }
            Err(error) => return Err(StartError::Store(error)),
        }
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>, StartError> {
    let builder = std::thread::Builder::new().name(name.to_owned());
    builder.spawn(run).map_err(StartError::Thread)
}

impl Server {
    /// Waits for the end of an engine that nobody stopped: a defect, after which nothing works.
    pub async fn failed(&mut self) {
        // Its end is the message, whichever way it ended.
        let _ended = (&mut self.driver_ended).await.is_ok();
    }

    /// Stops in order: no new requests, requests under way end, last tick, last flush, streams end.
    pub async fn stop(self) {
        tracing::info!("stopping");
        let Server {
            app,
            data_dir,
            stop_listening,
            listening,
            stop_driver,
            threads,
            maintenance,
            store,
            ..
        } = self;
        maintenance.abort();
        if let Err(error) = local_token::remove(data_dir.path()) {
            tracing::warn!(%error, "the token of `systole admin` could not be removed");
        }
        drop(stop_listening);
        if let Err(error) = listening.await {
            tracing::error!(%error, "the listener panicked");
        }
        app.ingress.journal().stop();
        drop(app);
        drop(stop_driver);
        let joined = tokio::task::spawn_blocking(move || {
            // The driver goes last in the list and first in life: the others end with it.
            threads.into_iter().rev().all(|thread| thread.join().is_ok())
        });
        if !matches!(joined.await, Ok(true)) {
            tracing::error!("a thread panicked");
        }
        if tokio::time::timeout(STORE_CLOSE_MAX, store.close()).await.is_err() {
            tracing::warn!("the database does not answer the good-bye");
        }
        tracing::info!("stopped");
    }
}
