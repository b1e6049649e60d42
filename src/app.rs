//! What request handlers share: the ports into the driver, the control plane, the caches.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Semaphore;

use crate::auth::credentials::Credentials;
use crate::auth::enrollment_tokens::EnrollmentTokens;
use crate::auth::login_attempts::LoginAttempts;
use crate::auth::node_tokens::NodeTokens;
use crate::auth::passwords::Passwords;
use crate::cli::values::Network;
use crate::config_answers::ConfigAnswers;
use crate::control::Control;
use crate::control::bootstrap::SetupToken;
use crate::edge_counters::EdgeCounters;
use crate::event_samples::EventSamples;
use crate::http::body::BodyBudget;
use crate::maintenance::MaintenanceCounts;
use crate::pending_actions::PendingActions;
use crate::ports::{Ingress, Reader};
use crate::push::PushStreams;
use crate::store::Store;
use crate::store::retention::Retention;
use crate::streams::Streams;
use crate::taps::Taps;
use crate::telemetry::Telemetry;

/// Exports at one time.
const EXPORTS_MAX: usize = 2;

/// Everything a request handler may use.
pub struct App {
    pub options: EdgeOptions,
    pub ingress: Ingress,
    pub reader: Reader,
    pub store: Arc<dyn Store>,
    pub control: Control,
    pub caches: Caches,
    pub counters: EdgeCounters,
    pub bodies: BodyBudget,
    pub streams: Streams,
    pub event_samples: EventSamples,
    pub taps: Taps,
    pub passwords: Passwords,
    pub login_attempts: LoginAttempts,
    pub telemetry: Telemetry,
    pub maintenance: MaintenanceCounts,
    /// Exports that run; more get 503, so that reads of others find connections to the store.
    pub exports: Arc<Semaphore>,
    ready: AtomicBool,
}

/// What the edge is told by the command line.
#[derive(Clone, Debug)]
pub struct EdgeOptions {
    /// What agents are asked for as `pollIntervalMs`.
    pub heartbeat_interval_millis: u64,
    /// Largest request body taken.
    pub body_bytes_max: usize,
    /// Where people and agents reach this server, when a proxy stands before it: links, `pushUrl`
    /// and the cookie's `Secure` follow it. Otherwise the Host header.
    pub public_url: Option<String>,
    /// Proxies whose word about who asks is believed.
    pub trusted_proxies: Vec<Network>,
    /// How far back each kind of history goes.
    pub retention: Retention,
}

/// Tables of the edge that the control plane keeps in step with the store. Clones share them.
#[derive(Clone, Default)]
pub struct Caches {
    pub nodes: NodeTokens,
    pub credentials: Credentials,
    pub setup: SetupToken,
    pub enrollment_tokens: EnrollmentTokens,
    pub configs: ConfigAnswers,
    pub pending_actions: PendingActions,
    pub push: PushStreams,
}

impl App {
    /// The shared state of a server that is not ready yet.
    pub fn new(
        options: EdgeOptions,
        ports: (Ingress, Reader, Streams),
        store: Arc<dyn Store>,
        control: Control,
        telemetry: Telemetry,
    ) -> App {
        let (ingress, reader, streams) = ports;
        let caches = control.caches.clone();
        let counters = EdgeCounters::default();
        let event_samples = EventSamples::new(caches.push.clone(), counters.clone());
        let taps = Taps::new(caches.push.clone(), counters.clone());
        App {
            options,
            ingress,
            reader,
            store,
            control,
            caches,
            counters,
            bodies: BodyBudget::default(),
            streams,
            event_samples,
            taps,
            passwords: Passwords::new(),
            login_attempts: LoginAttempts::new(),
            telemetry,
            maintenance: MaintenanceCounts::default(),
            exports: Arc::new(Semaphore::new(EXPORTS_MAX)),
            ready: AtomicBool::new(false),
        }
    }

    /// Whether heartbeats are accepted.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Acquire)
    }

    /// Opens or closes the door for everything but `/healthz`.
    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Release);
    }
}
