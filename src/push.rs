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
    /// The second of `KEEPALIVE_SECONDS` in which this stream gets its keepalive.
    turn: u64,
}

impl PushStreams {
    /// Opens the stream of a node and ends the one it had.
    pub fn open(&self, node: &NodeIdentity) -> StreamBody {
        let (sender, body) = stream(MESSAGES_MAX, BYTES_MAX); // full: the message is dropped, counted
        sender.send(Bytes::from_static(b": connected\n\n")).expect("a new stream is empty");
        let turn = self.shared.opened.fetch_add(1, Ordering::Relaxed) % KEEPALIVE_SECONDS;
        let opened = PushStream { environment: node.environment.clone(), sender, turn };
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

    /// Sends a message to a node; false: it is not connected.
    pub fn notify_node(&self, node: &str, message: &PushMessage) -> bool {
        let streams = self.read();
        let stream = streams.get(node);
        if let Some(stream) = stream {
            self.send(stream, message.frame());
        }
        stream.is_some()
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

    fn send(&self, stream: &PushStream, frame: Bytes) {
        match stream.sender.send(frame) {
            // A closed stream is forgotten at its next keepalive.
            Ok(()) | Err(StreamRefusal::Closed) => (),
            Err(StreamRefusal::Full) => {
                self.shared.messages_dropped.fetch_add(1, Ordering::Relaxed);
            }
        }
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
