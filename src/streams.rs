//! The open event streams of people and scripts. The fan-out thread writes to them, handlers open them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use systole_systems::ids::SubscriberId;

use crate::auth::secrets::{hex, random};
use crate::http::stream_body::{StreamBody, StreamSender, stream};

/// Writes a stream holds for its reader: one a tick, so seconds of a busy fleet.
const WRITES_MAX: usize = 256;
/// Bytes a stream holds for its reader.
const BYTES_MAX: usize = 1 << 20;

/// Every open stream. Cheap to clone; clones share the table.
#[derive(Clone, Debug)]
pub struct Streams {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    open: RwLock<FxHashMap<SubscriberId, OpenStream>>,
    last_id: AtomicU64,
    streams_max: usize,
}

#[derive(Debug)]
struct OpenStream {
    /// The id `hello` tells.
    id: Arc<str>,
    credential: Arc<str>,
    sender: Arc<StreamSender>,
}

/// A stream that was just opened.
#[derive(Debug)]
pub struct OpenedStream {
    pub subscriber: SubscriberId,
    /// The id `hello` tells and the filter URL carries; cannot be guessed.
    pub id: Arc<str>,
    pub sender: Arc<StreamSender>,
    pub body: StreamBody,
}

/// There are as many streams as the server may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyStreams;

impl Streams {
    /// No streams yet, and never more than `streams_max`.
    pub fn new(streams_max: usize) -> Streams {
        let shared = Shared { open: RwLock::default(), last_id: AtomicU64::new(0), streams_max };
        Streams { shared: Arc::new(shared) }
    }

    /// Opens a stream of a session or token.
    pub fn open(&self, credential: &str) -> Result<OpenedStream, TooManyStreams> {
        let mut open = self.shared.open.write().unwrap_or_else(PoisonError::into_inner);
        if open.len() >= self.shared.streams_max {
            return Err(TooManyStreams);
        }
        let subscriber = SubscriberId(self.shared.last_id.fetch_add(1, Ordering::Relaxed) + 1);
        let id: Arc<str> = hex(&random::<16>()).into();
        let (sender, body) = stream(WRITES_MAX, BYTES_MAX); // full: the subscriber lags
        let sender = Arc::new(sender);
        let entry =
            OpenStream { id: id.clone(), credential: credential.into(), sender: sender.clone() };
        open.insert(subscriber, entry);
        Ok(OpenedStream { subscriber, id, sender, body })
    }

    /// The writing end of a stream.
    pub fn get(&self, subscriber: SubscriberId) -> Option<Arc<StreamSender>> {
        let open = self.shared.open.read().unwrap_or_else(PoisonError::into_inner);
        open.get(&subscriber).map(|stream| stream.sender.clone())
    }

    /// Forgets a stream; its body ends when the last sender is gone.
    pub fn remove(&self, subscriber: SubscriberId) -> Option<Arc<StreamSender>> {
        let mut open = self.shared.open.write().unwrap_or_else(PoisonError::into_inner);
        open.remove(&subscriber).map(|stream| stream.sender)
    }

    /// The subscriber behind a stream id, when this session or token opened it.
    pub fn find(&self, id: &str, credential: &str) -> Option<SubscriberId> {
        let open = self.shared.open.read().unwrap_or_else(PoisonError::into_inner);
        open.iter()
            .find(|(_, stream)| *stream.id == *id && *stream.credential == *credential)
            .map(|(subscriber, _)| *subscriber)
    }

    /// Ends all streams.
    pub fn close_all(&self) {
        let mut open = self.shared.open.write().unwrap_or_else(PoisonError::into_inner);
        open.drain().for_each(|(_, stream)| stream.sender.revoke());
    }

    /// Number of open streams.
    pub fn len(&self) -> usize {
        self.shared.open.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// True when no stream is open.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
