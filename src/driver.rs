//! The thread that owns the engine: collect, stamp, journal, tick, dispatch, answer. The whole program is this loop.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, TryRecvError, select};
use systole_systems::answer::{Answer, AnswerBody, Continuation};
use systole_systems::engine::Engine;
use systole_systems::input::{Input, Inputs};
use systole_systems::query::Query;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::dispatch::Dispatch;
use crate::journal::record::Check;
use crate::journal::status::JournalStatus;
use crate::journal::thread::{DurableSender, Journal};
use crate::ports::{Arrival, IngressReceiver, Question, Waiter};
use crate::telemetry::Telemetry;

/// Inputs in one tick; more wait for the next.
const INPUTS_PER_TICK_MAX: usize = 20_000;
/// Time for questions in one turn.
const QUESTIONS_TURN_MAX: Duration = Duration::from_millis(1);
/// How long the last flush may take.
const LAST_FLUSH_MAX: Duration = Duration::from_secs(10);

/// From one sync of the journal to the next at most.
const SYNC_SPACING_MAX: Duration = Duration::from_millis(50);

/// How ticks are paced.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    pub tick_min: Duration,
    pub tick_max: Duration,
}

impl Pace {
    /// From one sync of the journal to the next: three ticks, and 50 ms at most. Half of the answers that
    /// wait for a sync to begin wait no longer than half of it.
    pub fn sync_spacing(self) -> Duration {
        (self.tick_min * 3).min(SYNC_SPACING_MAX)
    }
}

/// The engine and everything around it.
pub struct Driver {
    engine: Engine,
    clock: Clock,
    pace: Pace,
    ingress: IngressReceiver,
    questions: Receiver<Question>,
    stop: Receiver<()>,
    journal: Journal,
    journal_status: JournalStatus,
    dispatch: Dispatch,
    telemetry: Telemetry,
    /// Questions whose turn has not come or is not over.
    asked: VecDeque<Asked>,
    /// Boot is over: heartbeats can be heard.
    is_listening: bool,
}

/// A question, or the rest of a long one.
enum Asked {
    New(Question),
    GoesOn(Box<Continuation>, oneshot::Sender<Answer>),
}

/// What a driver is made of.
pub struct DriverParts {
    pub engine: Engine,
    pub clock: Clock,
    pub pace: Pace,
    pub ingress: IngressReceiver,
    pub questions: Receiver<Question>,
    /// A message or the end of the other side: stop.
    pub stop: Receiver<()>,
    pub journal: Journal,
    pub journal_status: JournalStatus,
    pub dispatch: Dispatch,
    pub telemetry: Telemetry,
}

impl Driver {
    /// A driver that has not booted yet.
    pub fn new(parts: DriverParts) -> Driver {
        let DriverParts { engine, clock, pace, ingress, questions, stop, .. } = parts;
        let DriverParts { journal, journal_status, dispatch, telemetry, .. } = parts;
        Driver {
            engine,
            clock,
            pace,
            ingress,
            questions,
            stop,
            journal,
            journal_status,
            dispatch,
            telemetry,
            asked: VecDeque::new(),
            is_listening: false,
        }
    }

    /// Runs until it is told to stop; then flushes and returns.
    pub fn run(mut self) {
        let mut inputs = Inputs::default();
        let mut waiting = Waiting::default();
        let mut ticked_at = Instant::now();
        while self.collect(ticked_at, &mut inputs, &mut waiting) {
            ticked_at = Instant::now();
            self.tick(&mut inputs, &mut waiting);
        }
        self.finish(&mut inputs, &mut waiting);
        self.journal.end();
    }

    /// Runs the inputs of boot, before anybody else is heard.
    pub fn boot(&mut self, chunks: &[Inputs]) {
        for chunk in chunks {
            self.tick(&mut chunk.clone(), &mut Waiting::default());
        }
        self.is_listening = true;
    }

    /// Fills `inputs` until the tick may start: at the earliest `tick_min` after the last one, at the
    /// latest `tick_max` after it. Questions are answered meanwhile. False: stop.
    fn collect(&mut self, ticked_at: Instant, inputs: &mut Inputs, waiting: &mut Waiting) -> bool {
        let earliest = ticked_at + self.pace.tick_min;
        let latest = ticked_at + self.pace.tick_max;
        loop {
            let deadline = if inputs.is_empty() { latest } else { earliest };
            if !self.asked.is_empty() {
                self.answer();
            }
            if Instant::now() >= deadline || inputs.len() >= INPUTS_PER_TICK_MAX {
                break;
            }
            let timeout = deadline.saturating_duration_since(Instant::now());
            select! {
                recv(self.ingress.edge) -> arrival => match arrival {
                    Ok(arrival) => self.take(arrival, inputs, waiting),
                    Err(_) => return false,
                },
                recv(self.ingress.control) -> arrival => match arrival {
                    Ok(arrival) => self.take(arrival, inputs, waiting),
                    Err(_) => return false,
                },
                recv(self.questions) -> question => match question {
                    Ok(question) => {
                        self.asked.push_back(Asked::New(question));
                        self.answer();
                    }
                    Err(_) => return false,
                },
                recv(self.stop) -> _ => return false,
                default(timeout) => break,
            }
        }
        // However late it is, whoever asks gets a turn, and a stop is heard.
        if !matches!(self.stop.try_recv(), Err(TryRecvError::Empty)) {
            return false;
        }
        self.answer();
        // Control first: what it settles and closes, this tick need not carry.
        while inputs.len() < INPUTS_PER_TICK_MAX {
            let next = self.ingress.control.try_recv().or_else(|_| self.ingress.edge.try_recv());
            let Ok(arrival) = next else { break };
            self.take(arrival, inputs, waiting);
        }
        true
    }

    fn take(&self, arrival: Arrival, inputs: &mut Inputs, waiting: &mut Waiting) {
        self.ingress.gauge.release(arrival.inputs.byte_len());
        inputs.append(&arrival.inputs);
        match arrival.waiter {
            Waiter::Nobody => (),
            Waiter::Ran(done) => waiting.until_run.push(done),
            Waiter::Durable(done) => waiting.until_durable.push(done),
        }
    }

    fn tick(&mut self, inputs: &mut Inputs, waiting: &mut Waiting) {
        let began = Instant::now();
        let was_refusing = self.ingress.gauge.take_refusing()
            || self.journal_status.is_failing()
            || !self.is_listening;
        let tick = self.clock.stamp(was_refusing);
        // The journal writes while the engine runs.
        let inputs = Arc::new(std::mem::take(inputs));
        self.journal.append(tick, inputs.clone(), std::mem::take(&mut waiting.until_durable));
        let output = self.engine.tick(tick, &inputs);
        self.telemetry.publish(&output, began.elapsed(), self.clock.offset_millis());
        self.journal.ran(Check::of(&output), output.batch.map(|batch| Arc::new(batch.clone())));
        self.dispatch.send(&output);
        for done in waiting.until_run.drain(..) {
            // Whoever gave up waiting is not there to be told.
            let _gone = done.send(()).is_err();
        }
    }

    /// Answers questions for up to a turn; a scan that is longer goes on in the next.
    fn answer(&mut self) {
        let began = Instant::now();
        self.asked.extend(self.questions.try_iter().map(Asked::New));
        while let Some(next) = self.asked.pop_front() {
            let (answer, to) = match next {
                Asked::New(Question { query, answer }) => (self.engine.read(&query), answer),
                Asked::GoesOn(rest, to) => (self.engine.resume_read(*rest), to),
            };
            if let AnswerBody::More(rest) = answer.body {
                self.asked.push_back(Asked::GoesOn(rest, to));
            } else {
                // Whoever gave up waiting is not there to be told.
                let _gone = to.send(answer).is_err();
            }
            if began.elapsed() >= QUESTIONS_TURN_MAX {
                return;
            }
        }
    }

    /// The last ticks: everything that still waits, and flushes until nothing is unsaved.
    fn finish(&mut self, inputs: &mut Inputs, waiting: &mut Waiting) {
        let deadline = Instant::now() + LAST_FLUSH_MAX;
        loop {
            let arrivals: Vec<Arrival> =
                self.ingress.control.try_iter().chain(self.ingress.edge.try_iter()).collect();
            for arrival in arrivals {
                self.take(arrival, inputs, waiting);
            }
            inputs.push(&Input::FlushRequested);
            self.tick(inputs, waiting);
            let AnswerBody::Gauges(gauges) = self.engine.read(&Query::Gauges).body else {
                unreachable!("gauges are always answered")
            };
            if gauges.staged_rows == 0 && !gauges.batch_in_flight {
                return;
            }
            if Instant::now() >= deadline {
                tracing::warn!(
                    rows = gauges.staged_rows,
                    "the last flush failed; the next start writes these rows from the journal"
                );
                return;
            }
            std::thread::sleep(self.pace.tick_min);
        }
    }
}

/// Who waits for the next tick.
#[derive(Default)]
struct Waiting {
    until_run: Vec<oneshot::Sender<()>>,
    until_durable: Vec<DurableSender>,
}
