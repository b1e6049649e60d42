//! A fleet inside an engine, for benches: nodes with realistic identities, pipelines and components.

use systole_systems::engine::Engine;
use systole_systems::input::{FlushOutcome, Input, Inputs, NodeEnrolled};
use systole_systems::packed::PackedBuf;
use systole_systems::report::{
    ComponentCounts, ComponentKind, ComponentReport, Counts, Heartbeat, HostMetrics, Label,
    PipelineReport,
};
use systole_systems::settings::Settings;
use systole_systems::time::{Millis, Tick, TickNumber};

/// An engine with a fleet in it, on made-up time.
pub(crate) struct Fleet {
    pub(crate) engine: Engine,
    pub(crate) tick: Tick,
    pipelines: usize,
    components: usize,
}

impl Fleet {
    /// A fleet of enrolled nodes that have not been heard.
    pub(crate) fn new(
        nodes: usize,
        pipelines: usize,
        components: usize,
        settings: Settings,
    ) -> Fleet {
        Fleet::inside(Engine::default(), (nodes, pipelines, components), settings)
    }

    /// The same in an engine of the caller's.
    pub(crate) fn inside(
        engine: Engine,
        (nodes, pipelines, components): (usize, usize, usize),
        settings: Settings,
    ) -> Fleet {
        let tick =
            Tick { number: TickNumber(0), now: Millis(1_800_000_000_000), listened: Millis(0) };
        let mut fleet = Fleet { engine, tick, pipelines, components };
        let mut inputs = Inputs::default();
        inputs.push(&Input::UserSet { user: "root", super_admin: true });
        inputs.push(&Input::EnvironmentSet { environment: "e1", name: "prod", team: "t1" });
        for pipeline in 0..pipelines {
            let pipeline = pipeline_id(pipeline);
            let (environment, name) = ("e1", "web-access-logs");
            inputs.push(&Input::PipelineSet {
                pipeline: &pipeline,
                environment,
                name,
                revision: 1,
            });
        }
        let labels = labels();
        for node in 0..nodes {
            let name = format!("ip-10-0-{}-{}.example.internal", node / 256, node % 256);
            inputs.push(&Input::NodeEnrolled(NodeEnrolled {
                node: &node_id(node),
                environment: "e1",
                name: &name,
                host: &name,
                os: Some("linux/amd64"),
                agent_version: Some("v1.4.2"),
                vector_version: Some(VECTOR_VERSION),
                labels: labels.packed(),
            }));
        }
        inputs.push(&Input::Started { epoch: 1, settings });
        fleet.tick(0, &inputs);
        fleet
    }

    /// Runs a tick `millis` after the last.
    pub(crate) fn tick(&mut self, millis: u64, inputs: &Inputs) {
        self.advance(millis);
        let output = self.engine.tick(self.tick, inputs);
        let batch = output.batch.map(|batch| batch.id);
        if let Some(batch) = batch {
            let outcome = FlushOutcome::Committed;
            self.tick(1, &Inputs::of(&Input::BatchSettled { batch, outcome }));
        }
    }

    /// Lets time pass.
    pub(crate) fn advance(&mut self, millis: u64) {
        self.tick = Tick {
            number: TickNumber(self.tick.number.0 + 1),
            now: Millis(self.tick.now.0 + millis),
            listened: Millis(self.tick.listened.0 + millis),
        };
    }

    /// Heartbeats of these nodes; the `beat`th of each.
    pub(crate) fn heartbeats(&self, nodes: std::ops::Range<usize>, beat: u64) -> Inputs {
        let mut inputs = Inputs::default();
        for node in nodes {
            push_heartbeat(&mut inputs, node, beat, (self.pipelines, self.components));
        }
        inputs
    }
}

pub(crate) const VECTOR_VERSION: &str =
    "vector 0.53.0 (x86_64-unknown-linux-gnu 0000000 2026-01-27)";

pub(crate) fn node_id(node: usize) -> String {
    format!("{node:024x}")
}

pub(crate) fn pipeline_id(pipeline: usize) -> String {
    format!("{:024x}", pipeline + (1 << 40))
}

pub(crate) fn labels() -> PackedBuf {
    [
        ("vf.io/os", "linux"),
        ("vf.io/arch", "amd64"),
        ("vf.io/deployment-mode", "DOCKER"),
        ("zone", "a"),
    ]
    .into_iter()
    .map(|(key, value)| Label { key, value })
    .collect()
}

pub(crate) fn push_heartbeat(
    inputs: &mut Inputs,
    node: usize,
    beat: u64,
    (pipelines, components): (usize, usize),
) {
    let total = beat * 5_000;
    let mut reports = PackedBuf::default();
    for pipeline in 0..pipelines {
        let components: PackedBuf = (0..components)
            .map(|index| ComponentReport {
                component: ["in", "parse", "filter", "out"][index % 4],
                kind: ComponentKind::Transform,
                counts: ComponentCounts {
                    received_events: total,
                    sent_events: total,
                    ..ComponentCounts::default()
                },
                latency_mean_seconds: Some(0.001),
            })
            .collect();
        reports.push(&PipelineReport {
            pipeline: &pipeline_id(pipeline),
            revision: 1,
            status: "RUNNING",
            pid: Some(811),
            uptime_seconds: Some(100 + beat * 5),
            config_checksum: Some(
                "edfba9f6f3d4f4755e03bea24efa32116ad95f25c01a84656de1ed766b108505",
            ),
            counters: Some(Counts { events_in: total, events_out: total, ..Counts::default() }),
            utilization: Some(0.4),
            components: components.packed(),
            ..PipelineReport::default()
        });
    }
    inputs.push(&Input::Heartbeat(Heartbeat {
        node: &node_id(node),
        agent_version: Some("v1.4.2"),
        vector_version: Some(VECTOR_VERSION),
        deployment_mode: Some("DOCKER"),
        running_as: Some("root"),
        labels: Some(labels().packed()),
        host: Some(HostMetrics { memory_total_bytes: 1 << 33, ..HostMetrics::default() }),
        pipelines: reports.packed(),
        ..Heartbeat::default()
    }));
}
