//! The ways into the driver: inputs from the edge, and questions about live state.
//!
//! Both are bounded. Nothing here waits for a full queue: the edge refuses, and says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use systole_systems::answer::{Answer, AnswerBody};
use systole_systems::input::{Input, Inputs};
use systole_systems::query::Query;
use tokio::sync::oneshot;

use crate::cli::values::Ack;
use crate::journal::status::JournalStatus;

/// Inputs on their way to the next tick, and who waits for it.
#[derive(Debug)]
pub struct Arrival {
    pub inputs: Inputs,
    pub waiter: Waiter,
}

/// Who waits for the tick that holds the inputs, and for what.
#[derive(Debug)]
pub enum Waiter {
    Nobody,
    /// Told once the tick has run, and whoever asks sees what it did.
    Ran(oneshot::Sender<()>),
    /// Told once the tick is on disk; dropped when it cannot be.
    Durable(oneshot::Sender<()>),
}

/// Why inputs were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The queue or its byte budget is full; try again in a second.
    Full,
    /// The journal cannot be written, as when its disk is full: nothing would be durable.
    NotDurable,
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
    /// Full: the sender waits; control writes and feedback are bounded and must not be lost.
    control: Sender<Arrival>,
    gauge: Arc<IngressGauge>,
    bytes_max: usize,
    ack: Ack,
    journal: JournalStatus,
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
pub fn ingress(
    limits: IngressLimits,
    ack: Ack,
    journal: JournalStatus,
) -> (Ingress, IngressReceiver) {
    let (edge, edge_receiver) = bounded(limits.arrivals_max); // full: 503 at the edge
    let (control, control_receiver) = bounded(CONTROL_ARRIVALS_MAX); // full: the sender waits
    let gauge = Arc::<IngressGauge>::default();
    let gauge_of_edge = gauge.clone();
    let bytes_max = limits.bytes_max;
    let sender = Ingress { edge, control, gauge: gauge_of_edge, bytes_max, ack, journal };
    (sender, IngressReceiver { edge: edge_receiver, control: control_receiver, gauge })
}

impl Ingress {
    /// Hands over inputs from an agent, and waits until they are as safe as the server is to promise.
    pub async fn offer(&self, inputs: Inputs, load: Load) -> Result<(), Refusal> {
        if self.journal.is_failing() {
            return Err(Refusal::NotDurable);
        }
        let (waiter, durable) = match self.ack {
            Ack::Received => (Waiter::Nobody, None),
            Ack::Durable => {
                let (done, receiver) = oneshot::channel();
                (Waiter::Durable(done), Some(receiver))
            }
        };
        self.hand_over(inputs, load, waiter)?;
        let Some(durable) = durable else { return Ok(()) };
        durable.await.map_err(|_| {
            if self.journal.is_failing() { Refusal::NotDurable } else { Refusal::Stopping }
        })
    }

    /// The state of the journal.
    pub fn journal(&self) -> &JournalStatus {
        &self.journal
    }

    fn hand_over(&self, inputs: Inputs, load: Load, waiter: Waiter) -> Result<(), Refusal> {
        self.reserve(inputs.byte_len(), load)?;
        let bytes = inputs.byte_len();
        self.edge.try_send(Arrival { inputs, waiter }).map_err(|error| {
            self.gauge.release(bytes);
            match error {
                TrySendError::Full(_) => {
                    self.note_refusal(load);
                    Refusal::Full
                }
                TrySendError::Disconnected(_) => Refusal::Stopping,
            }
        })
    }

    /// Hands over an input of the control plane or feedback of the shell; blocks only while
    /// `CONTROL_ARRIVALS_MAX` of them wait for the next tick.
    pub fn tell(&self, input: &Input<'_>) -> Result<(), Refusal> {
        self.send(Arrival { inputs: Inputs::of(input), waiter: Waiter::Nobody })
    }

    /// Like `tell`, but never blocks: false when the control queue is full.
    pub fn try_tell(&self, input: &Input<'_>) -> bool {
        let inputs = Inputs::of(input);
        let bytes = inputs.byte_len();
        self.gauge.bytes.fetch_add(bytes, Ordering::Relaxed);
        let sent = self.control.try_send(Arrival { inputs, waiter: Waiter::Nobody }).is_ok();
        if !sent {
            self.gauge.release(bytes);
        }
        sent
    }

    /// Like `tell`; the receiver resolves when the tick has run.
    pub fn tell_and_wait(&self, input: &Input<'_>) -> Result<oneshot::Receiver<()>, Refusal> {
        let (done, receiver) = oneshot::channel();
        self.send(Arrival { inputs: Inputs::of(input), waiter: Waiter::Ran(done) })?;
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
