//! The body of an event stream: what a bounded queue holds, until its sender or the server ends it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::sync::mpsc;

/// What the two ends of a stream share.
#[derive(Debug, Default)]
pub struct StreamState {
    queued_bytes: AtomicUsize,
    revoked: AtomicBool,
}

impl StreamState {
    /// Bytes handed over and not yet taken by the connection.
    pub fn queued_bytes(&self) -> usize {
        self.queued_bytes.load(Ordering::Acquire)
    }

    /// Ends the stream; nothing that is queued is sent any more.
    pub fn revoke(&self) {
        self.revoked.store(true, Ordering::Release);
    }
}

/// The writing end of a stream.
#[derive(Debug)]
pub struct StreamSender {
    queue: mpsc::Sender<Bytes>,
    state: Arc<StreamState>,
    bytes_max: usize,
}

/// Why bytes were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamRefusal {
    /// The reader is behind: its queue holds all it may.
    Full,
    /// The reader is gone.
    Closed,
}

/// The reading end of a stream, as a body.
#[derive(Debug)]
pub struct StreamBody {
    queue: mpsc::Receiver<Bytes>,
    state: Arc<StreamState>,
}

/// Makes a stream that holds at most `writes_max` writes for its reader, and takes none while it
/// holds `bytes_max` bytes.
pub fn stream(writes_max: usize, bytes_max: usize) -> (StreamSender, StreamBody) {
    let (sender, queue) = mpsc::channel(writes_max); // full: the caller of `send` is told
    let state = Arc::<StreamState>::default();
    let sender = StreamSender { queue: sender, state: state.clone(), bytes_max };
    (sender, StreamBody { queue, state })
}

impl StreamSender {
    /// Queues one write. Never waits. Less than `bytes_max` must be queued before it.
    pub fn send(&self, bytes: Bytes) -> Result<(), StreamRefusal> {
        let size = bytes.len();
        let queued = self.state.queued_bytes.fetch_add(size, Ordering::AcqRel);
        if self.bytes_max <= queued {
            self.state.queued_bytes.fetch_sub(size, Ordering::AcqRel);
            return Err(StreamRefusal::Full);
        }
        self.queue.try_send(bytes).map_err(|error| {
            self.state.queued_bytes.fetch_sub(size, Ordering::AcqRel);
            match error {
                mpsc::error::TrySendError::Full(_) => StreamRefusal::Full,
                mpsc::error::TrySendError::Closed(_) => StreamRefusal::Closed,
            }
        })
    }

    /// True when the reader has taken everything.
    pub fn is_drained(&self) -> bool {
        self.state.queued_bytes() == 0
    }

    /// True when the reader is gone.
    pub fn is_closed(&self) -> bool {
        self.queue.is_closed()
    }

    /// Ends the stream; nothing that is queued is sent any more. Drop the sender to wake its reader.
    pub fn revoke(&self) {
        self.state.revoke();
    }
}

impl StreamBody {
    /// The next bytes to send; `None` ends the body.
    pub fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let next = self.queue.poll_recv(cx);
        // Checked after the wake-up, so that a revocation beats whatever was queued before it.
        if self.state.revoked.load(Ordering::Acquire) {
            return Poll::Ready(None);
        }
        if let Poll::Ready(Some(bytes)) = &next {
            self.state.queued_bytes.fetch_sub(bytes.len(), Ordering::AcqRel);
        }
        next
    }
}
