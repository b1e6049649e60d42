//! What waits for the next tick: the queue of the control plane and of feedback, and that of agents.

use std::collections::VecDeque;

use fastrand::Rng;
use systole_systems::input::{Input, Inputs};

/// The two queues into the driver.
#[derive(Default)]
pub struct Ingress {
    control: VecDeque<Inputs>,
    /// What the fan-out thread has yet to say; it works while the next tick runs.
    feedback: VecDeque<Inputs>,
    edge: VecDeque<Inputs>,
    /// Nothing can be made durable: what agents send is refused.
    pub is_refusing: bool,
}

impl Ingress {
    /// Something of the control plane, of the store or of streams.
    pub fn tell(&mut self, input: &Input<'_>) {
        self.control.push_back(Inputs::of(input));
    }

    /// Something the fan-out thread wants to say.
    pub fn feed_back(&mut self, input: &Input<'_>) {
        self.feedback.push_back(Inputs::of(input));
    }

    /// The fan-out thread says what it has to say, or only a part before the next tick.
    pub fn hear_feedback(&mut self, rng: &mut Rng, some_is_late: bool) {
        let waiting = self.feedback.len();
        let heard = if some_is_late { rng.usize(0..=waiting) } else { waiting };
        self.control.extend(self.feedback.drain(..heard));
    }

    /// Several of the control plane, which stay together.
    pub fn tell_all(&mut self, inputs: Inputs) {
        self.control.push_back(inputs);
    }

    /// Something an agent sent.
    pub fn offer(&mut self, inputs: Inputs) {
        if !self.is_refusing {
            self.edge.push_back(inputs);
        }
    }

    /// What a tick takes. Each queue keeps its order; how they mix is chance, as it is in the driver.
    /// When `some_wait`, the tick starts before everything is taken.
    pub fn take(&mut self, rng: &mut Rng, some_wait: bool) -> Inputs {
        let waiting = self.control.len() + self.edge.len();
        let taken = if some_wait { rng.usize(0..=waiting) } else { waiting };
        let control_first = rng.bool();
        let mut inputs = Inputs::default();
        for _ in 0..taken {
            let control = !self.control.is_empty() && (control_first || rng.bool());
            let next = match control {
                true => self.control.pop_front(),
                false => self.edge.pop_front().or_else(|| self.control.pop_front()),
            };
            inputs.append(&next.expect("as many wait as were counted"));
        }
        inputs
    }

    /// The process died: nothing waits any more.
    pub fn lose(&mut self) {
        self.control.clear();
        self.feedback.clear();
        self.edge.clear();
    }
}
