//! A simulated Vector process: starts, runs, counts, logs, crashes. Time is an argument; lines get the wall
//! clock's when they are taken.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use systole_systems::time::Millis;

use crate::fleet_sim::flow::{Part, Passed};
use crate::fleet_sim::flow_types::kilo_share;
use crate::fleet_sim::flows::Reading;
use crate::fleet_sim::messages::{ComponentMetric, ConfiguredPipeline, PipelineStatus};
use crate::http::rfc3339::Rfc3339;
use crate::vector_config::component::ComponentKind;

/// A process says STARTING for this long.
const STARTING: Duration = Duration::from_secs(2);
/// Lines an older agent keeps between heartbeats.
const LINES_MAX: usize = 100;

/// One pipeline's process on a simulated node.
#[derive(Clone, Debug)]
pub struct Process {
    pub pipeline: RunPipeline,
    reading: Arc<Reading>,
    pid: u64,
    state: State,
    /// Events a second of a source with a whole share.
    rate: f64,
    /// What each component has produced and got wrong, by the order of the flow.
    produced: Vec<u64>,
    errors: Vec<u64>,
    /// What was logged and nobody took, without its time.
    lines: Vec<String>,
    advanced_at: Duration,
}

/// What of a pipeline is kept beside the reading of its text.
#[derive(Clone, Debug)]
pub struct RunPipeline {
    pub id: String,
    pub version: u32,
    pub checksum: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Up {
        since: Duration,
    },
    /// `None`: until there is another configuration.
    Crashed {
        until: Option<Duration>,
    },
}

impl Process {
    /// Starts a process; one whose configuration is refused crashes at once.
    pub fn start(
        pipeline: ConfiguredPipeline,
        reading: Arc<Reading>,
        rng: &mut Rng,
        now: Duration,
    ) -> Process {
        let ConfiguredPipeline { pipeline_id: id, version, checksum, .. } = pipeline;
        Process::run(RunPipeline { id, version, checksum }, reading, rng, now)
    }

    fn run(pipeline: RunPipeline, reading: Arc<Reading>, rng: &mut Rng, now: Duration) -> Process {
        let parts = reading.as_ref().as_ref().map_or(0, |flow| flow.parts.len());
        let mut process = Process {
            pipeline,
            pid: rng.u64(1_000..60_000),
            state: State::Up { since: now },
            rate: rng.f64() * 900.0 + 100.0,
            produced: vec![0; parts],
            errors: vec![0; parts],
            lines: Vec::new(),
            advanced_at: now,
            reading: reading.clone(),
        };
        process.log("INFO vector::app: Loading configs.");
        match reading.as_ref() {
            Ok(_) => {
                process.log("INFO vector: Vector has started. version=\"0.53.0\" arch=\"x86_64\"");
            }
            Err(why) => {
                process.state = State::Crashed { until: None };
                process.log(&format!("ERROR vector::cli: Configuration error. error={why}"));
            }
        }
        process
    }

    /// Moves the process to `now`: counters grow, a crashed one comes back with a new pid.
    pub fn advance(&mut self, rng: &mut Rng, now: Duration) {
        let elapsed = now.saturating_sub(self.advanced_at);
        self.advanced_at = now;
        match self.state {
            State::Crashed { until: Some(until) } if until <= now => {
                let lines = std::mem::take(&mut self.lines);
                *self = Process::run(self.pipeline.clone(), self.reading.clone(), rng, now);
                self.lines.splice(0..0, lines);
            }
            State::Crashed { .. } => (),
            State::Up { .. } => {
                let noise = 0.9 + rng.f64() * 0.2;
                let events = (self.rate * noise * elapsed.as_secs_f64()) as u64;
                for (produced, part) in self.produced.iter_mut().zip(parts(&self.reading)) {
                    *produced += kilo_share(events, part.produces);
                }
            }
        }
    }

    /// The process dies and comes back after `downtime`, unless it is down already.
    pub fn crash(&mut self, now: Duration, downtime: Duration) {
        match self.state {
            State::Up { .. } => self.state = State::Crashed { until: Some(now + downtime) },
            State::Crashed { .. } => return,
        }
        self.log("ERROR vector::topology: An error occurred that Vector couldn't handle.");
    }

    /// A request of one of the sinks fails.
    pub fn log_error(&mut self, rng: &mut Rng) {
        let parts = parts(&self.reading).iter().enumerate();
        let sinks: Vec<(usize, &Part)> =
            parts.filter(|(_, part)| part.kind == ComponentKind::Sink).collect();
        if sinks.is_empty() {
            return;
        }
        let (at, sink) = sinks[rng.usize(..sinks.len())];
        let id = &sink.id;
        let line = format!(
            "ERROR sink{{component_id={id}}}: vector::sinks::util: Request failed. status=503"
        );
        self.errors[at] += rng.u64(1..6);
        self.log(&line);
    }

    /// Logs what healthy processes log.
    pub fn log_routine(&mut self, rng: &mut Rng) {
        let count = rng.u32(100..200);
        self.log(&format!("INFO vector::sinks::util: flushed batch. count={count}"));
    }

    /// Takes the lines logged since the last call, as logged at this time.
    pub fn take_lines(&mut self, at: Millis) -> Vec<String> {
        if self.lines.is_empty() {
            return Vec::new();
        }
        // Vector writes microseconds.
        let stamp = Rfc3339(at).to_string().replace('Z', "000Z");
        std::mem::take(&mut self.lines).iter().map(|line| format!("{stamp}  {line}")).collect()
    }

    /// The process as a heartbeat tells it.
    pub fn status(&self, rng: &mut Rng, now: Duration) -> PipelineStatus {
        let status = PipelineStatus {
            pipeline_id: self.pipeline.id.clone(),
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
        let flow = self.reading.as_ref().as_ref().expect("what is refused is never up");
        let mut status = PipelineStatus { status: "RUNNING".into(), uptime_seconds, ..status };
        status.component_metrics.reserve_exact(flow.parts.len());
        let passed = flow.passed(&self.produced);
        for ((part, passed), errors) in flow.parts.iter().zip(&passed).zip(&self.errors) {
            let metric = metric(part, passed, *errors, rng);
            status.errors_total += metric.errors_total;
            status.events_discarded += metric.discarded_events;
            match part.kind {
                ComponentKind::Source => {
                    status.events_in += metric.received_events;
                    status.bytes_in += metric.received_bytes;
                }
                ComponentKind::Transform => (),
                ComponentKind::Sink => {
                    status.events_out += metric.sent_events;
                    status.bytes_out += metric.sent_bytes;
                }
            }
            status.component_metrics.push(metric);
        }
        status
    }

    /// The component with this id.
    pub fn part(&self, component: &str) -> Option<&Part> {
        self.reading.as_ref().as_ref().ok()?.part(component)
    }

    /// Whether the process counts as running.
    pub fn is_running(&self, now: Duration) -> bool {
        matches!(self.state, State::Up { since } if STARTING <= now.saturating_sub(since))
    }

    fn log(&mut self, line: &str) {
        if self.lines.len() == LINES_MAX {
            self.lines.remove(0);
        }
        self.lines.push(line.to_owned());
    }
}

/// The components; none when the configuration is refused.
fn parts(reading: &Reading) -> &[Part] {
    reading.as_ref().map_or(&[], |flow| &flow.parts)
}

/// A component as Vector measures it: bytes at the ends, time in between.
fn metric(part: &Part, passed: &Passed, errors_total: u64, rng: &mut Rng) -> ComponentMetric {
    let (received_bytes, sent_bytes) = match part.kind {
        ComponentKind::Source => (passed.received * part.event_bytes, 0),
        ComponentKind::Transform => (0, 0),
        ComponentKind::Sink => (0, passed.sent * part.event_bytes),
    };
    ComponentMetric {
        component_id: part.id.clone(),
        component_kind: part.kind.name(),
        received_events: passed.received,
        sent_events: passed.sent,
        received_bytes,
        sent_bytes,
        errors_total,
        discarded_events: passed.discarded,
        latency_mean_seconds: part.latency.map(|mean| mean * (0.8 + rng.f64() * 0.4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet_sim::flow::Flow;

    const CONFIG: &str = "\
sources:
  web: {type: file, include: [/var/log/web.log]}
transforms:
  parse: {type: remap, inputs: [web], source: .}
  wanted: {type: filter, inputs: [parse], condition: .}
sinks:
  archive: {type: aws_s3, inputs: [parse]}
  search: {type: elasticsearch, inputs: [wanted]}
";

    fn process(config: &str, rng: &mut Rng) -> Process {
        let pipeline = ConfiguredPipeline {
            pipeline_id: "p1".into(),
            pipeline_name: "p1".into(),
            version: 1,
            config_yaml: config.into(),
            checksum: "c".into(),
        };
        Process::start(pipeline, Arc::new(Flow::read(config)), rng, at(0))
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_process_starts_without_counters_counts_consistently_and_starts_anew_after_a_crash() {
        let mut rng = Rng::with_seed(1);
        let mut process = process(CONFIG, &mut rng);
        let starting = process.status(&mut rng, at(1));
        assert_eq!((&*starting.status, starting.events_in), ("STARTING", 0));

        process.advance(&mut rng, at(5));
        let running = process.status(&mut rng, at(5));
        assert_eq!(&*running.status, "RUNNING");
        let components = running.component_metrics.iter();
        let told: Vec<_> = components.map(|c| (&*c.component_id, c.component_kind)).collect();
        let expected = [
            ("web", "source"),
            ("parse", "transform"),
            ("wanted", "transform"),
            ("archive", "sink"),
            ("search", "sink"),
        ];
        assert_eq!(told, expected);
        let [web, _, wanted, archive, search] = &running.component_metrics[..] else { panic!() };
        assert_eq!(running.events_in, web.received_events);
        assert_eq!(running.events_out, archive.sent_events + search.sent_events);
        assert_eq!(running.events_discarded, wanted.discarded_events);
        assert_eq!(running.bytes_in, web.received_bytes);
        assert_eq!(running.bytes_out, archive.sent_bytes + search.sent_bytes);
        assert!(archive.sent_bytes < search.sent_bytes && archive.sent_events > search.sent_events);
        assert!(web.latency_mean_seconds.is_none() && search.latency_mean_seconds > Some(0.01));

        process.log_error(&mut rng);
        let failing = process.status(&mut rng, at(5));
        let of_sinks: u64 = failing.component_metrics[3..].iter().map(|c| c.errors_total).sum();
        assert!(of_sinks > 0 && of_sinks == failing.errors_total);

        process.crash(at(6), at(4));
        process.crash(at(7), at(40));
        assert_eq!(&*process.status(&mut rng, at(7)).status, "CRASHED");
        process.advance(&mut rng, at(10));
        let again = process.status(&mut rng, at(10));
        assert_ne!(again.pid, running.pid);
        process.advance(&mut rng, at(13));
        assert!(process.status(&mut rng, at(13)).events_in < running.events_in);
    }

    #[test]
    fn a_configuration_that_cannot_be_read_crashes_until_there_is_another() {
        for config in ["sources: [", "sources: {in: {type: stdin}}"] {
            let mut rng = Rng::with_seed(1);
            let mut process = process(config, &mut rng);
            process.advance(&mut rng, at(600));
            process.log_error(&mut rng);
            let status = process.status(&mut rng, at(600));
            assert_eq!((&*status.status, status.component_metrics.len()), ("CRASHED", 0));
            let lines = process.take_lines(Millis(1_767_225_661_042));
            let expected =
                "2026-01-01T00:01:01.042000Z  ERROR vector::cli: Configuration error. error=line ";
            assert!(lines[1].starts_with(expected), "{lines:?}");
        }
    }
}
