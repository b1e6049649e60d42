//! The last steps of a run, for whoever must find out what went wrong.

use std::collections::VecDeque;
use std::fmt::{self, Write as _};

use systole_systems::input::{Input, Inputs};
use systole_systems::time::Tick;

const STEPS: usize = 20;

/// The last steps: ticks with their inputs, and what the world did between them.
#[derive(Default)]
pub struct Trail {
    steps: VecDeque<Step>,
}

enum Step {
    Tick(Tick, Inputs),
    Note(String),
}

impl Trail {
    /// Remembers a tick.
    pub fn tick(&mut self, tick: Tick, inputs: &Inputs) {
        self.push(Step::Tick(tick, inputs.clone()));
    }

    /// Remembers what happened between ticks.
    pub fn note(&mut self, note: String) {
        self.push(Step::Note(note));
    }

    fn push(&mut self, step: Step) {
        if self.steps.len() == STEPS {
            self.steps.pop_front();
        }
        self.steps.push_back(step);
    }
}

impl fmt::Display for Trail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in &self.steps {
            match step {
                Step::Note(note) => writeln!(f, "  -- {note}")?,
                Step::Tick(tick, inputs) => {
                    let Tick { number, now, listened } = tick;
                    writeln!(f, "tick {} now {} listened {}", number.0, now.0, listened.0)?;
                    for input in inputs.iter() {
                        writeln!(f, "    {}", brief(&input))?;
                    }
                }
            }
        }
        Ok(())
    }
}

/// An input on a line; of a heartbeat what decides.
fn brief(input: &Input<'_>) -> String {
    const CHARS_MAX: usize = 300;
    let Input::Heartbeat(heartbeat) = input else {
        let mut line = format!("{input:?}");
        line.truncate(line.floor_char_boundary(CHARS_MAX));
        return line;
    };
    let mut line = format!("Heartbeat of {}", heartbeat.node);
    for report in heartbeat.pipelines.iter() {
        let (pipeline, status) = (report.pipeline, report.status);
        let counts = report.counters.map(|c| (c.events_in, c.events_out, c.errors, c.bytes_in));
        let (pid, uptime) = (report.pid.unwrap_or(0), report.uptime_seconds.unwrap_or(0));
        let written =
            write!(line, "\n        {pipeline} {status} pid {pid} up {uptime} {counts:?}");
        written.expect("memory takes any text");
        for component in report.components.iter() {
            let (received, sent) = (component.counts.received_events, component.counts.sent_events);
            let latency = component.latency_mean_seconds.map_or(0.0, |seconds| seconds * 1e6);
            let written =
                write!(line, " {}({received} {sent} {latency:.0}us)", component.component);
            written.expect("memory takes any text");
        }
    }
    line
}
