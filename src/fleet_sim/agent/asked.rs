//! What a simulated agent is asked to show of its pipelines: a few events of a component, once or as they pass.

use std::time::Duration;

use crate::clock::wall_now;
use crate::fleet_sim::agent::Agent;
use crate::fleet_sim::events::{event, schema};
use crate::fleet_sim::host::Generation;
use crate::fleet_sim::messages::{SampleRequest, SampleResult, SamplesBody, TapRequest};
use crate::fleet_sim::process::Process;
use crate::fleet_sim::subjects::EventKind;
use crate::fleet_sim::taps::TapSource;

/// Requests that are remembered, and results that wait for a heartbeat.
const SAMPLED_MAX: usize = 64;

impl Agent {
    /// Answers a request that came on the push stream. What cannot be sent goes with the next
    /// heartbeat.
    pub async fn answer(&mut self, request: &SampleRequest, now: Duration) {
        for result in self.sample(request, now) {
            let body = SamplesBody { results: vec![result] };
            let sent = self.post("/api/agent/samples", &body).await;
            if !sent.is_ok_and(|answer| answer.status == 200) {
                self.send_later(body.results);
            }
        }
    }

    /// Keeps results for the next heartbeat; of too many the oldest are lost.
    pub fn send_later(&mut self, results: Vec<SampleResult>) {
        self.results.extend(results);
        let surplus = self.results.len().saturating_sub(SAMPLED_MAX);
        self.results.drain(..surplus);
    }

    /// Starts a tap. Older agents do not know what that is; what does not run is not tapped, and
    /// neither is said.
    pub fn start_tap(&mut self, request: TapRequest, now: Duration) {
        let (Some(token), Generation::Head) = (self.token(), self.generation()) else { return };
        let token = token.to_owned();
        let Some(events) = self.tapped(&request.pipeline_id, &request.component_id, now) else {
            return;
        };
        let (connection, host) = (self.connection.clone(), self.host.name.clone());
        let rng = self.rng.fork();
        let source = TapSource { connection, token, host, events, rng };
        self.taps.start(request, source);
    }

    /// Stops a tap.
    pub fn stop_tap(&mut self, request: &str) {
        self.taps.stop(request);
    }

    /// A result for each component. A newer agent answers a request once, an older one as often as
    /// it is asked.
    pub(super) fn sample(&mut self, request: &SampleRequest, now: Duration) -> Vec<SampleResult> {
        if self.generation() == Generation::Head {
            if self.sampled.contains(&request.request_id) {
                return Vec::new();
            }
            self.sampled.push_back(request.request_id.clone());
            if SAMPLED_MAX < self.sampled.len() {
                self.sampled.pop_front();
            }
        }
        let components = request.component_keys.iter();
        components.map(|component| self.sample_component(request, component, now)).collect()
    }

    fn sample_component(
        &mut self,
        request: &SampleRequest,
        component: &str,
        now: Duration,
    ) -> SampleResult {
        let (request_id, component_key) = (request.request_id.clone(), component.to_owned());
        let result = SampleResult { request_id, component_key, ..SampleResult::default() };
        let runs = self.running(&request.pipeline_id, now).is_some();
        let Some(kind) = self.tapped(&request.pipeline_id, component, now) else {
            let why = if runs { "no events within 15s" } else { "pipeline not running" };
            return SampleResult { error: Some(why.to_owned()), ..result };
        };
        let at = wall_now();
        let events: Vec<_> = (0..request.limit.clamp(1, 1_000))
            .map(|_| event(&kind, &self.host.name, at, &mut self.rng))
            .collect();
        SampleResult { schema: schema(&events), events, ..result }
    }

    /// The events of the component, when some pass now.
    fn tapped(&self, pipeline: &str, component: &str, now: Duration) -> Option<EventKind> {
        self.running(pipeline, now)?.part(component).map(|part| part.events.clone())
    }

    fn running(&self, pipeline: &str, now: Duration) -> Option<&Process> {
        let mut processes = self.processes.iter();
        processes.find(|p| p.pipeline.id == pipeline && p.is_running(now))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Mutex;

    use super::*;
    use crate::fleet_sim::connection::{Connection, Target};
    use crate::fleet_sim::host::Host;
    use crate::fleet_sim::messages::{ConfigAnswer, ConfiguredPipeline, Labels};
    use crate::fleet_sim::scenario::{Mishap, Trouble};
    use crate::fleet_sim::setup::plain_config;

    const LATER: Duration = Duration::from_secs(10);

    /// An agent whose pipeline has been running for a while.
    fn agent(generation: Generation) -> Agent {
        let target = Target::parse("http://127.0.0.1:1").unwrap();
        let connection = Arc::new(Mutex::new(Connection::new(target)));
        let (name, labels) = ("web-1".into(), Labels::default());
        let host = Host { name, generation, labels, identity: None };
        let mut agent = Agent::new(host, connection, Arc::default(), 7);
        agent.apply(config(&[]), Duration::ZERO);
        agent
    }

    fn config(components: &[&str]) -> ConfigAnswer {
        let pipeline = ConfiguredPipeline {
            pipeline_id: "p1".into(),
            pipeline_name: "p1".into(),
            version: 1,
            config_yaml: plain_config("p1", 3),
            checksum: "c".into(),
        };
        let request = SampleRequest {
            request_id: "r1".into(),
            pipeline_id: "p1".into(),
            component_keys: components.iter().map(ToString::to_string).collect(),
            limit: 2,
        };
        let sample_requests = if components.is_empty() { vec![] } else { vec![request] };
        ConfigAnswer { pipelines: vec![pipeline], sample_requests, ..ConfigAnswer::default() }
    }

    #[test]
    fn what_a_poll_asks_for_goes_with_the_next_heartbeat() {
        for (generation, polls, expected) in
            [(Generation::Head, 2, 3), (Generation::M002, 1, 3), (Generation::M002, 2, 6)]
        {
            let mut agent = agent(generation);
            for _ in 0..polls {
                agent.apply(config(&["in", "step_1", "none"]), LATER);
            }
            let results = agent.next_body(Mishap::default(), LATER).sample_results;
            assert_eq!(results.len(), expected, "an older agent answers each time it is asked");
            let events: Vec<usize> =
                results[..3].iter().map(|result| result.events.len()).collect();
            assert_eq!(events, [2, 2, 0]);
            assert!(results[0].events[0]["message"].is_string(), "a source has lines");
            assert!(results[1].events[0]["status"].is_u64(), "behind it there are fields");
            assert_eq!(results[2].error.as_deref(), Some("no events within 15s"));
            assert!(agent.next_body(Mishap::default(), LATER).sample_results.is_empty());
            agent.send_later(results);
            assert_eq!(agent.next_body(Mishap::default(), LATER).sample_results.len(), expected);
        }
    }

    #[test]
    fn a_pipeline_that_does_not_run_yet_has_no_events() {
        let mut agent = agent(Generation::Head);
        agent.apply(config(&["in"]), Duration::from_secs(1));
        let results = agent.next_body(Mishap::default(), LATER).sample_results;
        assert_eq!(results[0].error.as_deref(), Some("pipeline not running"));
        let body = serde_json::to_value(&results[0]).unwrap();
        let fields: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert_eq!(fields, ["componentKey", "error", "requestId"], "empty ones are left out");
    }

    #[test]
    fn only_a_process_that_runs_logs_and_fails() {
        let crash = Some(Duration::from_secs(30));
        let failing = Mishap { logs_error: true, ..Mishap::default() };
        for (mishap, at, says, fails) in [
            (Mishap::default(), 10, vec!["INFO vector::sinks"], false),
            (failing, 10, vec!["ERROR sink", "INFO vector::sinks"], true),
            (Mishap { crash, ..failing }, 10, vec!["ERROR vector::topology"], false),
            // It has just been started.
            (failing, 1, vec![], false),
        ] {
            let mut agent = agent(Generation::M002);
            agent.next_body(Mishap::default(), Duration::ZERO);
            let body = agent.next_body(mishap, Duration::from_secs(at));
            let told = &body.pipelines[0];
            let (lines, count) = (&told.recent_logs, told.recent_logs.len());
            let is_said = lines.iter().zip(&says).all(|(line, text)| line.contains(text));
            assert!(is_said && count == says.len(), "{mishap:?} at {at} s: {lines:?}");
            assert_eq!(told.errors_total > 0, fails, "{mishap:?} at {at} s");
        }

        // While it is down it is silent, and afterwards it has failed at nothing.
        let mut agent = agent(Generation::M002);
        agent.next_body(Mishap { crash, ..failing }, LATER);
        let down = agent.next_body(failing, LATER * 2);
        assert_eq!(
            (&*down.pipelines[0].status, &*down.pipelines[0].recent_logs),
            ("CRASHED", &[][..])
        );
        let up = agent.next_body(Mishap::default(), LATER * 4 + Duration::from_secs(1));
        assert_eq!((&*up.pipelines[0].status, up.pipelines[0].recent_logs.len()), ("STARTING", 2));
        let running = agent.next_body(Mishap::default(), LATER * 5);
        assert_eq!(
            (&*running.pipelines[0].status, running.pipelines[0].errors_total),
            ("RUNNING", 0)
        );
    }

    #[test]
    fn a_node_whose_deploys_fail_goes_on_with_what_it_runs() {
        for (trouble, expected) in [(None, 2), (Some(Trouble::KeepsVersions), 1)] {
            let mut agent = agent(Generation::Head).with_trouble(trouble);
            let mut newer = config(&[]);
            newer.pipelines[0].version = 2;
            newer.pipelines[0].checksum = "d".into();
            agent.apply(newer, LATER);
            let told = &agent.next_body(Mishap::default(), LATER).pipelines[0];
            let checksum = if expected == 2 { "d" } else { "c" };
            assert_eq!((told.version, told.config_checksum.as_deref()), (expected, Some(checksum)));
        }
    }
}
