//! A running edge: the server on a real socket, with a thread that takes its inputs as the driver would.

use std::io::Read as _;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crossbeam_channel::select;
use flate2::read::GzDecoder;
use systole::app::{App, Caches, EdgeOptions};
use systole::auth::node_tokens::NodeIdentity;
use systole::auth::secrets::digest;
use systole::cli::values::Ack;
use systole::control::Control;
use systole::edge_counters::Reason;
use systole::http::server::{ServerLimits, serve};
use systole::journal::status::JournalStatus;
use systole::ports::{Arrival, IngressLimits, IngressReceiver, Waiter, ingress, questions};
use systole::store::EnrollmentToken;
use systole::store::retention::Retention;
use systole::streams::Streams;
use systole::telemetry::Telemetry;
use systole_systems::input::Inputs;
use systole_systems::time::Millis;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::enrollments_only::EnrollmentsOnly;

/// The token of node `n1` in environment `e1`, and the one to enroll there.
pub(crate) const NODE_TOKEN: &str = "vf_node_n1";
pub(crate) const ENROLLMENT_TOKEN: &str = "vf_enroll_e1";

pub(crate) struct Edge {
    pub(crate) app: Arc<App>,
    pub(crate) store: Arc<EnrollmentsOnly>,
    pub(crate) address: SocketAddr,
    pub(crate) taken: Arc<Mutex<Vec<Inputs>>>,
    /// Arrivals the driver has seen, in a tick or not yet.
    pub(crate) arrived: Arc<AtomicUsize>,
    /// While it is set, no tick ends.
    pub(crate) paused: Arc<AtomicBool>,
    stop: Option<oneshot::Sender<()>>,
    server: JoinHandle<()>,
}

pub(crate) const LIMITS: ServerLimits = ServerLimits {
    connections_max: 100,
    head_time_max: Duration::from_secs(10),
    finish_time_max: Duration::from_secs(10),
};

impl Edge {
    /// A ready edge that knows one node and one enrollment token.
    pub(crate) async fn start() -> Edge {
        Edge::start_with(LIMITS, IngressLimits { arrivals_max: 100, bytes_max: 1 << 20 }).await
    }

    pub(crate) async fn start_with(limits: ServerLimits, queue: IngressLimits) -> Edge {
        let (ingress, receiver) = ingress(queue, Ack::Durable, JournalStatus::default());
        let (reader, _) = questions();
        let store = Arc::<EnrollmentsOnly>::default();
        let caches = Caches::default();
        let node = NodeIdentity { node: "n1".into(), environment: "e1".into() };
        caches.nodes.insert(digest(NODE_TOKEN), node);
        let token = EnrollmentToken {
            id: "t1".into(),
            environment: "e1".into(),
            digest: digest(ENROLLMENT_TOKEN),
            hint: "****".into(),
            created_at: Millis(0),
        };
        caches.enrollment_tokens.name_environment("e1", "production");
        caches.enrollment_tokens.insert(&token);
        let control = Control::new(store.clone(), caches, ingress.clone());
        let options = EdgeOptions {
            heartbeat_interval_millis: 5_000,
            body_bytes_max: 256 << 10,
            public_url: None,
            trusted_proxies: Vec::new(),
            retention: Retention::default(),
        };
        let ports = (ingress, reader, Streams::new(10));
        let telemetry = Telemetry::default();
        let app = Arc::new(App::new(options, ports, store.clone(), control, telemetry));
        app.set_ready(true);
        let (taken, arrived, paused) = (Arc::default(), Arc::default(), Arc::default());
        drive(receiver, Arc::clone(&taken), Arc::clone(&arrived), Arc::clone(&paused));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = serve(listener, app.clone(), limits, async {
            stopped.await.unwrap_or_default();
        });
        let server = tokio::spawn(served);
        Edge { app, store, address, taken, arrived, paused, stop: Some(stop), server }
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.address).await
    }

    /// Tells the server to stop.
    pub(crate) fn stop(&mut self) {
        self.stop.take().unwrap().send(()).unwrap();
    }

    /// Waits for the server's end.
    pub(crate) async fn ended(self) {
        tokio::time::timeout(Duration::from_secs(10), self.server).await.unwrap().unwrap();
    }

    pub(crate) fn counted(&self, reason: Reason) -> u64 {
        self.app.counters.iter().find(|(counted, _)| *counted == reason).unwrap().1
    }
}

/// Takes arrivals as the driver does: into a tick, then answers who waits.
fn drive(
    receiver: IngressReceiver,
    taken: Arc<Mutex<Vec<Inputs>>>,
    arrived: Arc<AtomicUsize>,
    paused: Arc<AtomicBool>,
) {
    let take = move |arrival: Arrival| {
        arrived.fetch_add(1, Ordering::Relaxed);
        while paused.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        receiver.gauge.release(arrival.inputs.byte_len());
        taken.lock().unwrap().push(arrival.inputs);
        match arrival.waiter {
            Waiter::Nobody => (),
            // Nobody waits any more when the request has been given up.
            Waiter::Ran(done) | Waiter::Durable(done) => done.send(()).unwrap_or_default(),
        }
    };
    let (edge, control) = (receiver.edge, receiver.control);
    let run = move || loop {
        select! {
            recv(edge) -> arrival => match arrival { Ok(arrival) => take(arrival), Err(_) => return },
            recv(control) -> arrival => match arrival { Ok(arrival) => take(arrival), Err(_) => return },
        }
    };
    std::thread::Builder::new().name("test driver".into()).spawn(run).unwrap();
}

/// One connection.
pub(crate) struct Client {
    stream: TcpStream,
    read: Vec<u8>,
}

/// The head and the body of an answer.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }
}

impl Client {
    pub(crate) async fn connect(address: SocketAddr) -> Client {
        Client { stream: TcpStream::connect(address).await.unwrap(), read: Vec::new() }
    }

    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).await.unwrap();
    }

    /// Sends a request of node `n1` and reads the answer.
    pub(crate) async fn ask(&mut self, method: &str, path: &str, body: &str) -> Answer {
        self.ask_as(NODE_TOKEN, method, path, body).await
    }

    pub(crate) async fn ask_as(
        &mut self,
        token: &str,
        method: &str,
        path: &str,
        body: &str,
    ) -> Answer {
        self.send(request(token, method, path, body).as_bytes()).await;
        self.answer().await
    }

    /// Reads one answer to its end, be it of a known length or in chunks.
    pub(crate) async fn whole_answer(&mut self) -> Answer {
        let mut answer = self.answer().await;
        while answer.header("transfer-encoding") == Some("chunked") {
            let size = self.read_until("\r\n").await;
            let size = usize::from_str_radix(size.trim(), 16).unwrap();
            while self.read.len() < size + 2 {
                assert!(self.more().await, "the chunk is shorter than announced");
            }
            let chunk: Vec<u8> = self.read.drain(..size + 2).collect();
            answer.body.push_str(std::str::from_utf8(&chunk[..size]).unwrap());
            if size == 0 {
                break;
            }
        }
        answer
    }

    /// Reads one answer with a known length.
    pub(crate) async fn answer(&mut self) -> Answer {
        let head = self.read_until("\r\n\r\n").await;
        let status = head[9..12].parse().unwrap();
        let mut answer = Answer { status, head, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        while self.read.len() < length {
            assert!(self.more().await, "the body is shorter than announced");
        }
        let body: Vec<u8> = self.read.drain(..length).collect();
        answer.body = match answer.header("content-encoding") {
            None => String::from_utf8(body).unwrap(),
            Some(coding) => {
                assert_eq!(coding, "gzip");
                let mut text = String::new();
                GzDecoder::new(&body[..]).read_to_string(&mut text).unwrap();
                text
            }
        };
        answer
    }

    /// Reads up to and with `end`; what is there when the connection ends.
    pub(crate) async fn read_until(&mut self, end: &str) -> String {
        loop {
            let found = self.read.windows(end.len()).position(|window| window == end.as_bytes());
            let length = match found {
                Some(at) => at + end.len(),
                None if self.more().await => continue,
                None => self.read.len(),
            };
            return String::from_utf8(self.read.drain(..length).collect()).unwrap();
        }
    }

    /// True when the server has ended the connection, with nothing more to read.
    pub(crate) async fn is_ended(&mut self) -> bool {
        !self.more().await && self.read.is_empty()
    }

    async fn more(&mut self) -> bool {
        let mut bytes = [0; 4_096];
        let read = self.stream.read(&mut bytes);
        let read = tokio::time::timeout(Duration::from_secs(10), read).await.expect("no answer");
        // A reset is an end, too.
        let read = read.unwrap_or(0);
        self.read.extend_from_slice(&bytes[..read]);
        0 < read
    }
}

pub(crate) fn request(token: &str, method: &str, path: &str, body: &str) -> String {
    format!(
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:7300\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
