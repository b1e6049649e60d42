//! Fake agents: each reports on its own time, and what it sends goes through the real decoder.

mod body;
mod process;

use std::collections::BTreeMap;

use fastrand::Rng;
use systole::http::agent::wire::{decode_heartbeat, decode_logs};

use crate::Verdict;
use crate::agents::body::{damage, heartbeat, log_request};
use crate::agents::process::Process;
use crate::directory::Directory;
use crate::faults::{Fault, Faults};
use crate::ingress::Ingress;

/// Every agent there is, and bodies on their way.
#[derive(Default)]
pub struct Agents {
    agents: BTreeMap<String, Agent>,
    /// Bodies that were overtaken: when they arrive, and whose they are.
    late: Vec<(u64, String, Vec<u8>)>,
    pids_issued: u32,
}

/// One agent on its node.
struct Agent {
    environment: String,
    beats_at: u64,
    silent_until: u64,
    /// Beats it still sends after its node was revoked or removed.
    last_beats: u32,
    processes: BTreeMap<String, Process>,
    version: u32,
    /// Whether it reports anything at all, ever.
    is_mute: bool,
}

/// What agents live by.
pub struct Surroundings<'a> {
    pub directory: &'a Directory,
    pub faults: &'a Faults,
    pub real_millis: u64,
    pub interval_millis: u64,
}

impl Agents {
    /// Sends everything that is due.
    pub fn step(&mut self, at: &Surroundings<'_>, rng: &mut Rng, ingress: &mut Ingress) -> Verdict {
        self.follow(at, rng);
        let now = at.real_millis;
        for (_, node, body) in self.late.extract_if(.., |(arrives_at, ..)| *arrives_at <= now) {
            arrive(&node, &body, rng, ingress);
        }
        for (node, agent) in &mut self.agents {
            if now < agent.beats_at || agent.is_mute {
                continue;
            }
            agent.beats_at = now + at.interval_millis + rng.u64(0..at.interval_millis / 8 + 1);
            if at.faults.strikes(Fault::AgentSilent, rng) {
                agent.silent_until = now + rng.u64(0..at.interval_millis * 8);
            }
            if now < agent.silent_until {
                continue;
            }
            if at.directory.nodes.get(node).is_none_or(|node| node.is_revoked) {
                let Some(left) = agent.last_beats.checked_sub(1) else { continue };
                agent.last_beats = left;
            }
            agent.live(at, rng, &mut self.pids_issued);
            let body = heartbeat(agent.version, &agent.processes, now, rng);
            if at.faults.strikes(Fault::BodyDamaged, rng) {
                if rng.bool() {
                    // A body that was cut is never one.
                    let cut = &body[..rng.usize(0..body.len())];
                    if decode_heartbeat(node, cut).is_ok() {
                        return Err(format!("a cut body was taken: {cut:?}"));
                    }
                } else {
                    arrive(node, &damage(&body, rng), rng, ingress);
                }
                continue;
            }
            if at.faults.strikes(Fault::BodyTwice, rng) {
                arrive(node, &body, rng, ingress);
            }
            if at.faults.strikes(Fault::BodyLate, rng) {
                let arrives_at = now + rng.u64(0..at.interval_millis * 2);
                self.late.push((arrives_at, node.clone(), body));
                continue;
            }
            let decoded = decode_heartbeat(node, &body);
            ingress.offer(decoded.map_err(|why| format!("a whole body is refused: {why}"))?.inputs);
            if rng.u32(0..12) == 0 {
                let pipelines = at.directory.pipelines.keys();
                let body = log_request(pipelines, rng);
                let decoded = decode_logs(node, &body);
                ingress.offer(decoded.map_err(|why| format!("lines are refused: {why}"))?.inputs);
            }
        }
        Ok(())
    }

    /// Whether the node's agent reports as it should.
    pub fn reports(&self, node: &str) -> bool {
        self.agents.get(node).is_some_and(|agent| !agent.is_mute)
    }

    /// Bodies in flight are lost with the process they were sent to.
    pub fn lose_late(&mut self) {
        self.late.clear();
    }

    /// From now on everybody speaks, and nothing is late.
    pub fn calm_down(&mut self) {
        self.lose_late();
        for agent in self.agents.values_mut() {
            agent.silent_until = 0;
        }
    }

    /// New nodes have an agent, and an agent of a node that is gone ends after its last beats.
    fn follow(&mut self, at: &Surroundings<'_>, rng: &mut Rng) {
        for (id, node) in &at.directory.nodes {
            self.agents.entry(id.clone()).or_insert_with(|| Agent {
                environment: node.environment.clone(),
                beats_at: at.real_millis + rng.u64(0..at.interval_millis),
                silent_until: 0,
                last_beats: rng.u32(0..3),
                processes: BTreeMap::new(),
                version: 1,
                is_mute: rng.u32(0..8) == 0,
            });
        }
        let nodes = &at.directory.nodes;
        self.agents.retain(|node, agent| nodes.contains_key(node) || agent.last_beats > 0);
    }
}

impl Agent {
    /// What happened on the node since its last beat.
    fn live(&mut self, at: &Surroundings<'_>, rng: &mut Rng, pids: &mut u32) {
        let runs_nothing_yet = self.processes.is_empty();
        if runs_nothing_yet || at.faults.strikes(Fault::SetChanges, rng) {
            let of_environment = at.directory.pipelines.iter();
            for (pipeline, known) in of_environment {
                // Now and then one of somebody else's pipelines.
                let may_run = known.environment == self.environment || rng.u32(0..40) == 0;
                if may_run && rng.u32(0..3) > 0 {
                    let process = || Process::start(at.real_millis, pids, rng);
                    self.processes.entry(pipeline.clone()).or_insert_with(process);
                } else if rng.bool() {
                    self.processes.remove(pipeline);
                }
            }
        }
        if rng.u32(0..30) == 0 {
            self.version += 1;
        }
        let pipelines = &at.directory.pipelines;
        self.processes.retain(|id, _| pipelines.contains_key(id) || rng.u32(0..4) > 0);
        for process in self.processes.values_mut() {
            process.live(at, rng, pids);
        }
    }
}

/// A body that may be anything arrives: whatever the decoder makes of it goes in.
fn arrive(node: &str, body: &[u8], rng: &mut Rng, ingress: &mut Ingress) {
    // Nobody knows which of two comes first.
    if let Ok(decoded) = decode_heartbeat(node, body) {
        let copies = if rng.u32(0..20) == 0 { 2 } else { 1 };
        (0..copies).for_each(|_| ingress.offer(decoded.inputs.clone()));
    }
}
