//! Nodes that send heartbeats as fast as answers come. Nothing is ever sent a second time, so what
//! comes twice is the server's doing.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::ledger::{Fate, Ledger};
use super::said;

/// Pause of a node whose server is not there, or does not take its heartbeat.
const PAUSE: Duration = Duration::from_millis(20);
/// Longest time for an answer.
const ANSWER_MAX: Duration = Duration::from_secs(30);

/// A fleet, at rest at first.
pub(super) struct Load {
    order: watch::Sender<Order>,
    ledgers: Vec<Arc<Mutex<Ledger>>>,
    /// Ended with the load.
    _agents: JoinSet<()>,
}

#[derive(Clone, Copy)]
enum Order {
    Rest,
    Beat(SocketAddr),
}

impl Load {
    /// Makes nodes with these ids and tokens.
    pub(super) fn new(nodes: &[(String, String)]) -> Load {
        let (order, orders) = watch::channel(Order::Rest);
        let mut agents = JoinSet::new();
        let mut ledgers = Vec::new();
        for (node, token) in nodes {
            let ledger = Arc::new(Mutex::new(Ledger { node: node.clone(), ..Ledger::default() }));
            let agent = Agent { token: token.clone(), ledger: ledger.clone(), line: None };
            agents.spawn(agent.live(orders.clone()));
            ledgers.push(ledger);
        }
        Load { order, ledgers, _agents: agents }
    }

    /// Sends heartbeats to a server, whether it is ready or not.
    pub(super) fn beat(&self, address: SocketAddr) {
        self.order.send_replace(Order::Beat(address));
    }

    /// Ends the requests under way, sends none, and answers what was sent so far.
    pub(super) async fn rest(&self) -> Vec<Ledger> {
        self.order.send_replace(Order::Rest);
        self.ledgers().await
    }

    /// What was sent so far; each node between two of its requests.
    pub(super) async fn ledgers(&self) -> Vec<Ledger> {
        let mut ledgers = Vec::new();
        for ledger in &self.ledgers {
            ledgers.push(ledger.lock().await.clone());
        }
        ledgers
    }

    /// Waits until it holds for every node.
    pub(super) async fn until(&self, what: &str, holds: impl Fn(&Ledger) -> bool) {
        let ends = Instant::now() + ANSWER_MAX;
        for ledger in &self.ledgers {
            while !holds(&*ledger.lock().await) {
                assert!(Instant::now() < ends, "{what} did not come");
                sleep(PAUSE).await;
            }
        }
    }

    /// Waits until every node has had `count` more heartbeats acknowledged.
    pub(super) async fn until_acknowledged(&self, count: usize) {
        let before = self.ledgers().await;
        let seen = |node: &str| {
            before.iter().find(|ledger| ledger.node == node).map_or(0, |l| l.acknowledged.len())
        };
        let more = |now: &Ledger| seen(&now.node) + count <= now.acknowledged.len();
        self.until("an acknowledgement", more).await;
    }
}

struct Agent {
    token: String,
    /// Locked while a request is under way.
    ledger: Arc<Mutex<Ledger>>,
    line: Option<SendRequest<Full<Bytes>>>,
}

impl Agent {
    async fn live(mut self, mut orders: watch::Receiver<Order>) {
        let shared = self.ledger.clone();
        loop {
            let mut ledger = shared.lock().await;
            let order = *orders.borrow_and_update();
            match order {
                Order::Rest => {
                    drop(ledger);
                    self.line = None;
                    if orders.changed().await.is_err() {
                        return;
                    }
                }
                Order::Beat(address) => {
                    let is_well = self.beat(&mut ledger, address).await;
                    drop(ledger);
                    if !is_well {
                        sleep(PAUSE).await;
                    }
                }
            }
        }
    }

    /// One heartbeat, and the request with log lines that may follow. False: it was not acknowledged.
    async fn beat(&mut self, ledger: &mut Ledger, address: SocketAddr) -> bool {
        if self.line.as_ref().is_none_or(SendRequest::is_closed) {
            self.line = connect(address).await;
        }
        if self.line.is_none() {
            return false;
        }
        let lines = said::lines(&ledger.node, ledger.sent + 1);
        let beat = ledger.sending(&lines);
        let body = said::heartbeat(&ledger.node, beat);
        let fate = self.post("/api/agent/heartbeat", body, ledger).await;
        ledger.ended(Some(beat), &lines, fate);

        let lines = said::posted(&ledger.node, beat);
        if fate == Fate::Acknowledged && !lines.is_empty() {
            ledger.sending_lines(&lines);
            let fate = self.post("/api/agent/logs", said::log_request(&lines), ledger).await;
            ledger.ended(None, &lines, fate);
        }
        fate == Fate::Acknowledged
    }

    async fn post(&mut self, path: &str, body: Bytes, ledger: &mut Ledger) -> Fate {
        let Some(line) = &mut self.line else { return Fate::Unanswered };
        let request = Request::post(path)
            .header("host", "systole")
            .header("content-type", "application/json")
            .header("authorization", format!("Bearer {}", self.token))
            .body(Full::new(body))
            .unwrap();
        let exchange = async {
            line.ready().await?;
            let response = line.send_request(request).await?;
            let (head, body) = response.into_parts();
            body.collect().await?;
            Ok::<_, hyper::Error>((head.status.as_u16(), head.headers.contains_key("retry-after")))
        };
        match timeout(ANSWER_MAX, exchange).await {
            Ok(Ok((200, _))) => Fate::Acknowledged,
            Ok(Ok((503, true))) => Fate::Refused,
            Ok(Ok((status, _))) => {
                ledger.wrong.push(format!("{path} was answered {status} without Retry-After"));
                Fate::Wrong
            }
            Ok(Err(_)) => {
                self.line = None;
                Fate::Unanswered
            }
            Err(_) => {
                ledger.wrong.push(format!("{path} was not answered in time"));
                self.line = None;
                Fate::Wrong
            }
        }
    }
}

async fn connect(address: SocketAddr) -> Option<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await.ok()?;
    stream.set_nodelay(true).ok()?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
    // An error of the connection is an error of the request that is under way.
    tokio::spawn(async move { connection.await.is_ok() });
    Some(sender)
}
