//! A simulated Vector process: starts, runs, counts, logs, crashes. Time is an argument.

use std::time::Duration;

use fastrand::Rng;

use crate::fleet_sim::messages::{ComponentMetric, ConfiguredPipeline, PipelineStatus};

/// A process says STARTING for this long.
const STARTING: Duration = Duration::from_secs(2);
/// Bytes of an event on its way in and out.
const EVENT_BYTES_IN: u64 = 410;
const EVENT_BYTES_OUT: u64 = 505;
/// Lines an older agent keeps between heartbeats.
const LINES_MAX: usize = 100;

/// One pipeline's process on a simulated node.
#[derive(Clone, Debug)]
pub struct Process {
    pub pipeline: ConfiguredPipeline,
    pid: u64,
    state: State,
    /// Events a second.
    rate: f64,
    components: Vec<ComponentMetric>,
    lines: Vec<String>,
    advanced_at: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up { since: Duration },
    Crashed { until: Duration },
}

impl Process {
    /// Starts a process with `components` components: a source, transforms, a sink.
    pub fn start(
        pipeline: ConfiguredPipeline,
        components: usize,
        rng: &mut Rng,
        now: Duration,
    ) -> Process {
        let last = components.max(1) - 1;
        let components = (0..=last).map(|index| {
            let (component_kind, name) = match index {
                0 => ("source", "in".to_owned()),
                _ if index == last => ("sink", "out".to_owned()),
                _ => ("transform", format!("step_{index}")),
            };
            ComponentMetric { component_id: name, component_kind, ..ComponentMetric::default() }
        });
        let mut process = Process {
            pipeline,
            pid: rng.u64(1_000..60_000),
            state: State::Up { since: now },
            rate: rng.f64() * 900.0 + 100.0,
            components: components.collect(),
            lines: Vec::new(),
            advanced_at: now,
        };
        process.log("INFO vector::app: Loading configs.");
        process.log("INFO vector: Vector has started. version=\"0.53.0\" arch=\"x86_64\"");
        process
    }

    /// Moves the process to `now`: counters grow, a crashed one comes back with a new pid.
    pub fn advance(&mut self, rng: &mut Rng, now: Duration) {
        let elapsed = now.saturating_sub(self.advanced_at);
        self.advanced_at = now;
        match self.state {
            State::Crashed { until } if until <= now => {
                let components = self.components.len();
                let lines = std::mem::take(&mut self.lines);
                *self = Process::start(self.pipeline.clone(), components, rng, now);
                self.lines.splice(0..0, lines);
            }
            State::Crashed { .. } => (),
            State::Up { .. } => {
                let noise = 0.9 + rng.f64() * 0.2;
                let events = (self.rate * noise * elapsed.as_secs_f64()) as u64;
                self.count(events, rng);
            }
        }
    }

    /// The process dies and comes back after `downtime`.
    pub fn crash(&mut self, now: Duration, downtime: Duration) {
        self.state = State::Crashed { until: now + downtime };
        self.log("ERROR vector::topology: An error occurred that Vector couldn't handle.");
    }

    /// Logs that something failed.
    pub fn log_error(&mut self) {
        self.log("ERROR vector::sinks::util: Request failed. status=503 retrying=true");
        if let Some(sink) = self.components.last_mut() {
            sink.errors_total += 1;
        }
    }

    /// Logs what healthy processes log.
    pub fn log_routine(&mut self, rng: &mut Rng) {
        let count = rng.u32(100..200);
        self.log(&format!("INFO vector::sinks::util: flushed batch. count={count}"));
    }

    /// Takes the lines logged since the last call.
    pub fn take_lines(&mut self) -> Vec<String> {
        std::mem::take(&mut self.lines)
    }

    /// The process as a heartbeat tells it.
    pub fn status(&self, now: Duration) -> PipelineStatus {
        let status = PipelineStatus {
            pipeline_id: self.pipeline.pipeline_id.clone(),
            version: self.pipeline.version,
            pid: self.pid,
            ..PipelineStatus::default()
        };
        let State::Up { since } = self.state else {
            return PipelineStatus { status: "CRASHED".into(), ..status };
        };
        let uptime = now.saturating_sub(since);
        let uptime_seconds = uptime.as_secs();
        if uptime < STARTING {
            return PipelineStatus { status: "STARTING".into(), uptime_seconds, ..status };
        }
        let (source, sink) = (&self.components[0], &self.components[self.components.len() - 1]);
        PipelineStatus {
            status: "RUNNING".into(),
            uptime_seconds,
            events_in: source.received_events,
            events_out: sink.sent_events,
            errors_total: self.components.iter().map(|c| c.errors_total).sum(),
            bytes_in: source.received_events * EVENT_BYTES_IN,
            bytes_out: sink.sent_events * EVENT_BYTES_OUT,
            events_discarded: self.components.iter().map(|c| c.discarded_events).sum(),
            component_metrics: self.components.clone(),
            ..status
        }
    }

    /// Whether events of this component could be tapped, and whether it is the source; `None`: the
    /// pipeline has no such component.
    pub fn is_source(&self, component: &str) -> Option<bool> {
        let known = self.components.iter().find(|known| known.component_id == component);
        let by_kind = known.map(|known| known.component_kind == "source");
        // What is simulated has fewer components than what is written.
        by_kind.or_else(|| {
            self.pipeline.config_yaml.contains(&format!("{component}:")).then_some(false)
        })
    }

    /// Whether the process counts as running.
    pub fn is_running(&self, now: Duration) -> bool {
        matches!(self.state, State::Up { since } if STARTING <= now.saturating_sub(since))
    }

    fn count(&mut self, events: u64, rng: &mut Rng) {
        let mut passing = events;
        let last = self.components.len() - 1;
        for (index, component) in self.components.iter_mut().enumerate() {
            component.received_events += passing;
            if index == 0 {
                component.received_bytes += passing * EVENT_BYTES_IN;
            }
            if 0 < index && index < last {
                let discarded = passing * 3 / 100;
                component.discarded_events += discarded;
                passing -= discarded;
                component.latency_mean_seconds = Some(0.0008 + rng.f64() * 0.0015);
            }
            component.sent_events += passing;
            if index == last {
                component.sent_bytes += passing * EVENT_BYTES_OUT;
            }
        }
    }

    fn log(&mut self, line: &str) {
        let seconds = self.advanced_at.as_secs();
        let (hours, minutes, seconds) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        if self.lines.len() == LINES_MAX {
            self.lines.remove(0);
        }
        self.lines.push(format!("2026-01-01T{hours:02}:{minutes:02}:{seconds:02}.000000Z  {line}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipeline() -> ConfiguredPipeline {
        ConfiguredPipeline {
            pipeline_id: "p1".into(),
            pipeline_name: "p1".into(),
            version: 1,
            config_yaml: String::new(),
            checksum: "c".into(),
        }
    }

    #[test]
    fn a_process_starts_without_counters_counts_consistently_and_starts_anew_after_a_crash() {
        let mut rng = Rng::with_seed(1);
        let at = Duration::from_secs;
        let mut process = Process::start(pipeline(), 4, &mut rng, at(0));
        let starting = process.status(at(1));
        assert_eq!((&*starting.status, starting.events_in), ("STARTING", 0));

        process.advance(&mut rng, at(5));
        let running = process.status(at(5));
        assert_eq!(&*running.status, "RUNNING");
        let kinds: Vec<_> = running.component_metrics.iter().map(|c| c.component_kind).collect();
        assert_eq!(kinds, ["source", "transform", "transform", "sink"]);
        assert!(running.events_in > 0);
        assert_eq!(running.events_in, running.events_out + running.events_discarded);

        process.crash(at(6), at(4));
        assert_eq!(&*process.status(at(7)).status, "CRASHED");
        process.advance(&mut rng, at(10));
        let again = process.status(at(10));
        assert_ne!(again.pid, running.pid);
        process.advance(&mut rng, at(13));
        assert!(process.status(at(13)).events_in < running.events_in);
    }
}
