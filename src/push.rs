//! Push streams: one event stream per connected node. A hint to act sooner than the next poll, never
//! the only way to learn something: what does not fit a stream is dropped and counted.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use bytes::Bytes;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::auth::node_tokens::NodeIdentity;
use crate::http::stream_body::{StreamBody, StreamRefusal, StreamSender, stream};

/// A message to an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum PushMessage {
    /// The node's configuration is another now; the agent polls at once.
    ConfigChanged {
        #[serde(skip_serializing_if = "Option::is_none")]
        pipeline_id: Option<String>,
        /// `deploy`, `undeploy`, `rollback`, `maintenance_on`, ...; agents log it.
        reason: &'static str,
    },
    /// Something to do now.
    #[serde(rename = "action")]
    Action {
        /// `self_update` or `restart`.
        action: &'static str,
        #[serde(skip_serializing_if = "Option::is_none")]
        target_version: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        download_url: Option<String>,
        #[serde(skip_serializing_if = "Option::is_none")]
        checksum: Option<String>,
        /// Of a restart: the pipeline to restart.
        #[serde(skip_serializing_if = "Option::is_none")]
        pipeline_id: Option<String>,
    },
    /// A few events of these components are wanted, once.
    SampleRequest(SampleRequest),
    /// Events of a component are wanted as they pass, until it is stopped.
    TapStart { request_id: String, pipeline_id: String, component_id: String },
    /// Nobody wants the events of a tap any more.
    TapStop { request_id: String },
}

/// What an agent is asked for, on its push stream or in its configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SampleRequest {
    pub request_id: String,
    pub pipeline_id: String,
    pub component_keys: Vec<String>,
    /// Events of each component.
    pub limit: u32,
}

impl PushMessage {
    /// Has the agent restart a pipeline.
    pub fn restart(pipeline: String) -> PushMessage {
        PushMessage::Action {
            action: "restart",
            target_version: None,
            download_url: None,
            checksum: None,
            pipeline_id: Some(pipeline),
        }
    }

    /// The message as an event.
    fn frame(&self) -> Bytes {
        let name = match self {
            PushMessage::ConfigChanged { .. } => "config_changed",
            PushMessage::SampleRequest(_) => "sample_request",
            PushMessage::TapStart { .. } => "tap_start",
            PushMessage::TapStop { .. } => "tap_stop",
            PushMessage::Action { .. } => "action",
        };
        let json = serde_json::to_string(self).expect("plain data");
        format!("event: {name}\ndata: {json}\n\n").into()
    }
}

/// Messages a stream holds for its agent; the agent itself holds no more.
const MESSAGES_MAX: usize = 16;

/// Bytes a stream holds for its agent.
const BYTES_MAX: usize = 64 << 10;

/// Time between two keepalives of one stream.
const KEEPALIVE_SECONDS: u64 = 30;

/// Tells the streams of this process apart, also those of one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StreamNumber(u64);

/// The open push streams. Cheap to clone; clones share the table.
#[derive(Clone, Debug, Default)]
pub struct PushStreams {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    table: RwLock<FxHashMap<Arc<str>, PushStream>>,
    opened: AtomicU64,
    messages_dropped: AtomicU64,
}

#[derive(Debug)]
struct PushStream {
    environment: Arc<str>,
    sender: StreamSender,
    number: StreamNumber,
    /// The second of `KEEPALIVE_SECONDS` in which this stream gets its keepalive.
    turn: u64,
}

impl PushStreams {
    /// Opens the stream of a node and ends the one it had.
    pub fn open(&self, node: &NodeIdentity) -> StreamBody {
        let (sender, body) = stream(MESSAGES_MAX, BYTES_MAX); // full: the message is dropped, counted
        sender.send(Bytes::from_static(b": connected\n\n")).expect("a new stream is empty");
        let number = self.shared.opened.fetch_add(1, Ordering::Relaxed);
        let opened = PushStream {
            environment: node.environment.clone(),
            sender,
            number: StreamNumber(number),
            turn: number % KEEPALIVE_SECONDS,
        };
        if let Some(older) = self.write().insert(node.node.clone(), opened) {
            older.sender.revoke();
        }
        body
    }

    /// Sends a message to all nodes of an environment that are connected.
    pub fn notify_environment(&self, environment: &str, message: &PushMessage) {
        let frame = message.frame();
        for stream in self.read().values().filter(|stream| *stream.environment == *environment) {
            self.send(stream, frame.clone());
        }
    }

    /// Sends a message to a node, if it is connected; whether it is on its way.
    pub fn notify_node(&self, node: &str, message: &PushMessage) -> bool {
        let streams = self.read();
        streams.get(node).is_some_and(|stream| self.send(stream, message.frame()))
    }

    /// The stream a node is connected by; another one after it has connected anew.
    pub fn stream_of(&self, node: &str) -> Option<StreamNumber> {
        let streams = self.read();
        streams.get(node).filter(|stream| !stream.sender.is_closed()).map(|stream| stream.number)
    }

    /// Ends the stream of a node.
    pub fn disconnect(&self, node: &str) {
        if let Some(stream) = self.write().remove(node) {
            stream.sender.revoke();
        }
    }

    /// Ends all streams.
    pub fn close_all(&self) {
        self.write().drain().for_each(|(_, stream)| stream.sender.revoke());
    }

    /// Number of open streams.
    pub fn len(&self) -> usize {
        self.read().len()
    }

    /// True when no stream is open.
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    /// Messages that did not fit their stream since the process started.
    pub fn messages_dropped(&self) -> u64 {
        self.shared.messages_dropped.load(Ordering::Relaxed)
    }

    /// Sends keepalives for as long as it is polled: one timer for all streams, which take turns.
    pub async fn keep_alive(self) {
        let mut seconds = tokio::time::interval(Duration::from_secs(1));
        for second in 0_u64.. {
            seconds.tick().await;
            self.keep_alive_turn(second % KEEPALIVE_SECONDS);
        }
    }

    /// Sends a keepalive to the streams whose turn it is, and forgets those nobody reads.
    fn keep_alive_turn(&self, turn: u64) {
        let keepalive = Bytes::from_static(b": keepalive\n\n");
        self.write().retain(|_, stream| {
            let due = stream.turn == turn;
            !due || stream.sender.send(keepalive.clone()).is_ok()
        });
    }

    fn send(&self, stream: &PushStream, frame: Bytes) -> bool {
        let sent = stream.sender.send(frame);
        match sent {
            // A closed stream is forgotten at its next keepalive.
            Ok(()) | Err(StreamRefusal::Closed) => (),
            Err(StreamRefusal::Full) => {
                self.shared.messages_dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
        sent.is_ok()
    }

    fn read(&self) -> RwLockReadGuard<'_, FxHashMap<Arc<str>, PushStream>> {
        self.shared.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, FxHashMap<Arc<str>, PushStream>> {
        self.shared.table.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use super::*;

    fn node(node: &str, environment: &str) -> NodeIdentity {
        NodeIdentity { node: node.into(), environment: environment.into() }
    }

    fn changed(pipeline: &str) -> PushMessage {
        PushMessage::ConfigChanged { pipeline_id: Some(pipeline.into()), reason: "deploy" }
    }

    /// What a reader gets now, and whether its stream has ended.
    fn drain(body: &mut StreamBody) -> (String, bool) {
        let mut text = String::new();
        let mut cx = Context::from_waker(Waker::noop());
        loop {
            match body.poll_next(&mut cx) {
                Poll::Ready(Some(bytes)) => text.push_str(std::str::from_utf8(&bytes).unwrap()),
                Poll::Ready(None) => return (text, true),
                Poll::Pending => return (text, false),
            }
        }
    }

    #[test]
    fn messages_go_to_the_nodes_of_an_environment() {
        let streams = PushStreams::default();
        let (mut n1, mut n2) = (streams.open(&node("n1", "e1")), streams.open(&node("n2", "e2")));
        streams.notify_environment("e1", &changed("p1"));
        streams.notify_node(
            "n2",
            &PushMessage::ConfigChanged { pipeline_id: None, reason: "undeploy" },
        );
        streams.notify_node("n3", &changed("p1"));
        let greeting = ": connected\n\n";
        let deploy = r#"data: {"type":"config_changed","pipelineId":"p1","reason":"deploy"}"#;
        let expected = format!("{greeting}event: config_changed\n{deploy}\n\n");
        assert_eq!(drain(&mut n1), (expected, false));
        let undeploy = r#"data: {"type":"config_changed","reason":"undeploy"}"#;
        let expected = format!("{greeting}event: config_changed\n{undeploy}\n\n");
        assert_eq!(drain(&mut n2), (expected, false));
    }

    #[test]
    fn each_message_is_an_event_of_its_type() {
        let check = |message: PushMessage, name: &str, json: &str| {
            let expected = format!("event: {name}\ndata: {json}\n\n");
            assert_eq!(std::str::from_utf8(&message.frame()), Ok(expected.as_str()));
        };
        let request = SampleRequest {
            request_id: "r1".into(),
            pipeline_id: "p1".into(),
            component_keys: vec!["in".into(), "route.\"a\nb".into()],
            limit: 5,
        };
        check(
            PushMessage::SampleRequest(request),
            "sample_request",
            r#"{"type":"sample_request","requestId":"r1","pipelineId":"p1","componentKeys":["in","route.\"a\nb"],"limit":5}"#,
        );
        let (request_id, pipeline_id, component_id) = ("r1".into(), "p1".into(), "in".into());
        check(
            PushMessage::TapStart { request_id, pipeline_id, component_id },
            "tap_start",
            r#"{"type":"tap_start","requestId":"r1","pipelineId":"p1","componentId":"in"}"#,
        );
        check(
            PushMessage::TapStop { request_id: "r1".into() },
            "tap_stop",
            r#"{"type":"tap_stop","requestId":"r1"}"#,
        );
    }

    #[test]
    fn a_node_that_connects_anew_has_another_stream_and_one_that_left_has_none() {
        let streams = PushStreams::default();
        assert_eq!(streams.stream_of("n1"), None);
        let first = streams.open(&node("n1", "e1"));
        let number = streams.stream_of("n1");
        assert!(number.is_some() && streams.notify_node("n1", &changed("p1")));
        let second = streams.open(&node("n1", "e1"));
        drop(first);
        assert!(streams.stream_of("n1").is_some_and(|newer| Some(newer) != number));
        drop(second);
        assert_eq!(streams.stream_of("n1"), None, "at once, not at the next keepalive");
        assert!(!streams.notify_node("n1", &changed("p1")));
    }

    #[test]
    fn a_newer_stream_ends_the_older_and_disconnect_ends_the_newer() {
        let streams = PushStreams::default();
        let mut older = streams.open(&node("n1", "e1"));
        let mut newer = streams.open(&node("n1", "e1"));
        assert_eq!(drain(&mut older), (String::new(), true));
        assert_eq!(drain(&mut newer), (": connected\n\n".into(), false));
        streams.disconnect("n1");
        assert_eq!(drain(&mut newer), (String::new(), true));
        assert!(streams.is_empty());
    }

    #[test]
    fn a_full_stream_drops_messages_and_is_given_up_at_its_keepalive() {
        let streams = PushStreams::default();
        let mut stuck = streams.open(&node("n1", "e1"));
        for _ in 0..MESSAGES_MAX {
            streams.notify_environment("e1", &changed("p1"));
        }
        assert_eq!(streams.messages_dropped(), 1);
        streams.keep_alive_turn(1);
        assert_eq!(streams.len(), 1, "not its turn");
        streams.keep_alive_turn(0);
        assert!(streams.is_empty());
        assert!(drain(&mut stuck).1);
    }

    #[test]
    fn every_stream_gets_a_keepalive_in_its_turn() {
        let streams = PushStreams::default();
        let mut readers: Vec<_> =
            (0..40).map(|n| streams.open(&node(&format!("n{n}"), "e1"))).collect();
        readers.iter_mut().for_each(|reader| assert!(!drain(reader).1));
        (0..KEEPALIVE_SECONDS).for_each(|turn| streams.keep_alive_turn(turn));
        for reader in &mut readers {
            assert_eq!(drain(reader), (": keepalive\n\n".into(), false));
        }
        drop(readers.pop());
        (0..KEEPALIVE_SECONDS).for_each(|turn| streams.keep_alive_turn(turn));
        assert_eq!(streams.len(), 39);
        streams.close_all();
        assert!(readers.iter_mut().all(|reader| drain(reader).1));
    }
}
