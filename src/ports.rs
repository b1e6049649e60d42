//! The ways into the driver: inputs from the edge, and questions about live state.
//!
//! Both are bounded. Nothing here waits for a full queue: the edge refuses, and says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use systole_systems::input::{Input, Inputs};
use systole_systems::query::{Answer, AnswerBody, Query};
use tokio::sync::oneshot;

/// Inputs on their way to the next tick, and who waits for it.
#[derive(Debug)]
pub struct Arrival {
    pub inputs: Inputs,
    /// Told once the tick that holds the inputs is done.
    pub done: Option<oneshot::Sender<()>>,
}

/// Why inputs were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The queue or its byte budget is full; try again in a second.
    Full,
    /// The server is stopping.
    Stopping,
}

/// What an agent hands over. Logs get half of the byte budget, so that they never crowd heartbeats out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Load {
    Heartbeat,
    Logs,
}

/// Bounds of the queue into the driver.
#[derive(Clone, Copy, Debug)]
pub struct IngressLimits {
    pub arrivals_max: usize,
    pub bytes_max: usize,
}

/// The sending side of the queue into the driver. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Ingress {
    /// Full: `Refusal::Full`, which agents get as 503 with Retry-After.
    edge: Sender<Arrival>,
    /// Full: the sender waits; control writes and feedback are few and must not be lost.
    control: Sender<Arrival>,
    gauge: Arc<IngressGauge>,
    bytes_max: usize,
}

/// What is on its way, shared by both sides.
#[derive(Debug, Default)]
pub struct IngressGauge {
    bytes: AtomicUsize,
    refusing: AtomicBool,
}

impl IngressGauge {
    /// Takes back the bytes of inputs that reached a tick.
    pub fn release(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes of inputs not yet in a tick.
    pub fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Whether anything was refused since the last call. While the edge refuses, the server does not listen.
    pub fn take_refusing(&self) -> bool {
        self.refusing.swap(false, Ordering::Relaxed)
    }
}

/// The receiving side, owned by the driver.
#[derive(Debug)]
pub struct IngressReceiver {
    pub edge: Receiver<Arrival>,
    pub control: Receiver<Arrival>,
    pub gauge: Arc<IngressGauge>,
}

/// Control writes and feedback on their way at once; more wait.
const CONTROL_ARRIVALS_MAX: usize = 1_024;

/// Makes the queue into the driver.
pub fn ingress(limits: IngressLimits) -> (Ingress, IngressReceiver) {
    let (edge, edge_receiver) = bounded(limits.arrivals_max); // full: 503 at the edge
    let (control, control_receiver) = bounded(CONTROL_ARRIVALS_MAX); // full: the sender waits
    let gauge = Arc::<IngressGauge>::default();
    let sender = Ingress { edge, control, gauge: gauge.clone(), bytes_max: limits.bytes_max };
    (sender, IngressReceiver { edge: edge_receiver, control: control_receiver, gauge })
}

impl Ingress {
    /// Hands over inputs from an agent. The receiver resolves when their tick is done.
    pub fn offer(&self, inputs: Inputs, load: Load) -> Result<oneshot::Receiver<()>, Refusal> {
        let (done, receiver) = oneshot::channel();
        self.reserve(inputs.byte_len(), load)?;
        let bytes = inputs.byte_len();
        self.edge.try_send(Arrival { inputs, done: Some(done) }).map_err(|error| {
            self.gauge.release(bytes);
            match error {
                TrySendError::Full(_) => {
                    self.note_refusal(load);
                    Refusal::Full
                }
                TrySendError::Disconnected(_) => Refusal::Stopping,
            }
        })?;
        Ok(receiver)
    }

    /// Hands over an input of the control plane or feedback of the shell; blocks only while
    /// `CONTROL_ARRIVALS_MAX` of them wait for the next tick.
    pub fn tell(&self, input: &Input<'_>) -> Result<(), Refusal> {
        self.send(Arrival { inputs: Inputs::of(input), done: None })
    }

    /// Like `tell`, but never blocks: false when the control queue is full.
    pub fn try_tell(&self, input: &Input<'_>) -> bool {
        let inputs = Inputs::of(input);
        let bytes = inputs.byte_len();
        self.gauge.bytes.fetch_add(bytes, Ordering::Relaxed);
        let sent = self.control.try_send(Arrival { inputs, done: None }).is_ok();
        if !sent {
            self.gauge.release(bytes);
        }
        sent
    }

    /// Like `tell`; the receiver resolves when the tick is done.
    pub fn tell_and_wait(&self, input: &Input<'_>) -> Result<oneshot::Receiver<()>, Refusal> {
        let (done, receiver) = oneshot::channel();
        self.send(Arrival { inputs: Inputs::of(input), done: Some(done) })?;
        Ok(receiver)
    }

    fn send(&self, arrival: Arrival) -> Result<(), Refusal> {
        let bytes = arrival.inputs.byte_len();
        self.gauge.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.control.send(arrival).map_err(|_| {
            self.gauge.release(bytes);
            Refusal::Stopping
        })
    }

    /// Only a refused heartbeat means that the fleet is not heard.
    fn note_refusal(&self, load: Load) {
        match load {
            Load::Heartbeat => self.gauge.refusing.store(true, Ordering::Relaxed),
            Load::Logs => (),
        }
    }

    fn reserve(&self, bytes: usize, load: Load) -> Result<(), Refusal> {
        let bytes_max = match load {
            Load::Heartbeat => self.bytes_max,
            Load::Logs => self.bytes_max / 2,
        };
        let before = self.gauge.bytes.fetch_add(bytes, Ordering::Relaxed);
        // An input on its own always fits, however small the budget.
        if before > 0 && bytes_max < before + bytes {
            self.gauge.release(bytes);
            self.note_refusal(load);
            return Err(Refusal::Full);
        }
        Ok(())
    }
}

/// A question and where its answer goes.
#[derive(Debug)]
pub struct Question {
    pub query: Query,
    pub answer: oneshot::Sender<Answer>,
}

/// Asks the core about live state. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Reader {
    questions: Sender<Question>,
}

/// Questions waiting for their turn; more are refused.
const QUESTIONS_MAX: usize = 1_024;

/// Makes the queue of questions.
pub fn questions() -> (Reader, Receiver<Question>) {
    let (sender, receiver) = bounded(QUESTIONS_MAX); // full: 503 to whoever asks
    (Reader { questions: sender }, receiver)
}

impl Reader {
    /// The answer, a tick later at most.
    pub async fn ask(&self, query: Query) -> Result<Answer, Refusal> {
        let (answer, receiver) = oneshot::channel();
        self.questions.try_send(Question { query, answer }).map_err(|error| match error {
            TrySendError::Full(_) => Refusal::Full,
            TrySendError::Disconnected(_) => Refusal::Stopping,
        })?;
        let answer = receiver.await.map_err(|_| Refusal::Stopping)?;
        debug_assert!(!matches!(answer.body, AnswerBody::More(_)), "the driver finishes scans");
        Ok(answer)
    }
}
