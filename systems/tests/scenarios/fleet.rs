//! A small fleet on made-up time: the harness of all scenarios.

use systole_systems::effect::{Delivery, Effect};
use systole_systems::engine::Engine;
use systole_systems::ids::{BatchId, SubscriberId};
use systole_systems::input::{
    Filter, FlushOutcome, Input, Inputs, NodeEnrolled, StreamPosition, Subscribed,
};
use systole_systems::packed::{Packed, PackedBuf};
use systole_systems::report::{
    ComponentCounts, ComponentKind, ComponentReport, Counts, Heartbeat, PipelineReport,
};
use systole_systems::rows::Batch;
use systole_systems::settings::Settings;
use systole_systems::status::Role;
use systole_systems::time::{Millis, Tick, TickNumber};

/// The first instant of every scenario: the beginning of a minute.
pub const START: u64 = 1_800_000_000_000;
pub const EPOCH: u64 = 7;

/// An engine with one environment `e1` of team `t1`, pipelines `p1` and `p2`, and the super-admin `root`.
pub struct Fleet {
    pub engine: Engine,
    tick: Tick,
    pub pending: Inputs,
    /// Text of all that was delivered, by subscriber.
    delivered: Vec<(u64, String)>,
    pub closed: Vec<u64>,
    pub resumes: Vec<(u64, u64)>,
    /// What nodes were told to run: `node [pipeline@revision ...] cause`.
    pub desired: Vec<String>,
    pub batches: Vec<Batch>,
    /// Answer every batch at once with this; `None`: leave it in flight.
    pub settle: Option<FlushOutcome>,
    /// An engine that must do the same in every tick.
    pub twin: Option<Engine>,
    /// Whether readers take what they are sent within the tick.
    pub readers_keep_up: bool,
}

/// One pipeline of a heartbeat.
#[derive(Clone, Default)]
pub struct Report<'a> {
    pub pipeline: &'a str,
    pub status: &'a str,
    pub pid: u32,
    pub uptime: u64,
    /// Events in and out, when the scrape succeeded.
    pub events: Option<(u64, u64)>,
    /// Component id and received events.
    pub components: &'a [(&'a str, u64)],
    pub latency_seconds: Option<f64>,
    /// 0: the first.
    pub revision: u32,
}

/// A running pipeline that counted `events` in and out.
pub fn running(pipeline: &str, events: u64) -> Report<'_> {
    Report {
        pipeline,
        status: "RUNNING",
        pid: 7,
        uptime: 100,
        events: Some((events, events)),
        ..Report::default()
    }
}

impl Fleet {
    pub fn new() -> Fleet {
        Fleet::inside(Engine::default())
    }

    pub fn inside(engine: Engine) -> Fleet {
        Fleet::beside(engine, None)
    }

    /// A fleet beside which another engine must do the same from the beginning.
    pub fn beside(engine: Engine, twin: Option<Engine>) -> Fleet {
        let mut fleet = Fleet {
            engine,
            tick: Tick { number: TickNumber(0), now: Millis(START), listened: Millis(0) },
            pending: Inputs::default(),
            delivered: Vec::new(),
            closed: Vec::new(),
            resumes: Vec::new(),
            desired: Vec::new(),
            batches: Vec::new(),
            settle: Some(FlushOutcome::Committed),
            twin,
            readers_keep_up: true,
        };
        fleet.input(&Input::UserSet { user: "root", super_admin: true });
        fleet.input(&Input::UserSet { user: "ann", super_admin: false });
        fleet.input(&Input::UserSet { user: "zoe", super_admin: false });
        fleet.input(&Input::MemberSet { team: "t1", user: "ann", role: Role::Viewer });
        fleet.input(&Input::EnvironmentSet { environment: "e1", name: "prod", team: "t1" });
        for pipeline in ["p1", "p2"] {
            let (environment, name) = ("e1", pipeline);
            fleet.input(&Input::PipelineSet { pipeline, environment, name, revision: 1 });
        }
        fleet.input(&Input::Started { epoch: EPOCH, settings: Settings::default() });
        fleet.step(0);
        fleet
    }

    /// Queues an input for the next tick.
    pub fn input(&mut self, input: &Input<'_>) {
        self.pending.push(input);
    }

    /// Runs one tick, `millis` after the last.
    pub fn step(&mut self, millis: u64) {
        self.step_listening(millis, millis);
    }

    /// Runs one tick `millis` later, of which the server listened for `listened`.
    pub fn step_listening(&mut self, millis: u64, listened: u64) {
        self.tick = Tick {
            number: TickNumber(self.tick.number.0 + 1),
            now: Millis(self.tick.now.0 + millis),
            listened: Millis(self.tick.listened.0 + listened),
        };
        let inputs = std::mem::take(&mut self.pending);
        let output = self.engine.tick(self.tick, &inputs);
        if let Some(twin) = &mut self.twin {
            let other = twin.tick(self.tick, &inputs);
            assert_eq!(output.effects, other.effects);
            assert_eq!(output.frame_bytes, other.frame_bytes);
            assert_eq!(output.batch, other.batch);
            assert_eq!(output.fingerprint.value(), other.fingerprint.value());
            assert_eq!(output.fingerprint.changed(), other.fingerprint.changed());
        }
        let text = |range: &std::ops::Range<u32>| {
            let bytes = &output.frame_bytes[range.start as usize..range.end as usize];
            String::from_utf8(bytes.to_vec()).expect("frames are text")
        };
        for effect in output.effects {
            match effect {
                Effect::Deliver { subscriber, ranges, delivery, .. } => {
                    if *delivery == Delivery::Paced && self.readers_keep_up {
                        let subscriber = *subscriber;
                        self.pending.push(&Input::SubscriberDrained { subscriber });
                    }
                    let ranges = &output.ranges[ranges.start as usize..ranges.end as usize];
                    let pieces: String = ranges.iter().map(text).collect();
                    self.delivered.push((subscriber.0, pieces));
                }
                Effect::Resume { subscriber, after, .. } => {
                    self.resumes.push((subscriber.0, after.0));
                }
                Effect::Close { subscriber, .. } => self.closed.push(subscriber.0),
                Effect::DesiredChanged { node, set, cause } => {
                    let revisions =
                        set.pipelines.iter().map(|p| format!("{}@{}", p.id, p.revision));
                    let cause = cause.as_ref().map_or("-", |cause| cause.reason.as_str());
                    let set = revisions.collect::<Vec<_>>().join(" ");
                    self.desired.push(format!("{node} [{set}] {cause}"));
                }
                Effect::Disconnect { .. } => (),
            }
        }
        if let Some(batch) = output.batch {
            self.batches.push(batch.clone());
            let batch = batch.id;
            if let Some(outcome) = self.settle {
                self.input(&Input::BatchSettled { batch, outcome });
            }
        }
    }

    /// Runs ticks of 50 ms until `millis` have passed.
    pub fn run(&mut self, millis: u64) {
        for _ in 0..millis / 50 {
            self.step(50);
        }
    }

    pub fn enroll(&mut self, node: &str) {
        self.enroll_in(node, "e1");
    }

    pub fn enroll_in(&mut self, node: &str, environment: &str) {
        self.input(&Input::NodeEnrolled(NodeEnrolled {
            node,
            environment,
            name: node,
            host: "host",
            os: Some("linux/amd64"),
            agent_version: None,
            vector_version: None,
            labels: Packed::default(),
        }));
    }

    /// Queues a heartbeat.
    pub fn heartbeat(&mut self, node: &str, reports: &[Report<'_>]) {
        let mut pipelines = PackedBuf::default();
        for report in reports {
            let components: PackedBuf = report
                .components
                .iter()
                .map(|&(component, received)| ComponentReport {
                    component,
                    kind: ComponentKind::Source,
                    counts: ComponentCounts {
                        received_events: received,
                        sent_events: received,
                        ..ComponentCounts::default()
                    },
                    latency_mean_seconds: report.latency_seconds,
                })
                .collect();
            pipelines.push(&PipelineReport {
                pipeline: report.pipeline,
                revision: report.revision.max(1),
                status: report.status,
                pid: (report.pid > 0).then_some(report.pid),
                uptime_seconds: (report.uptime > 0).then_some(report.uptime),
                counters: report.events.map(|(events_in, events_out)| Counts {
                    events_in,
                    events_out,
                    ..Counts::default()
                }),
                components: components.packed(),
                ..PipelineReport::default()
            });
        }
        let pipelines = pipelines.packed();
        self.input(&Input::Heartbeat(Heartbeat { node, pipelines, ..Heartbeat::default() }));
    }

    /// Queues the opening of a stream.
    pub fn subscribe(&mut self, id: u64, user: &str, resume: Option<StreamPosition>) {
        self.subscribe_to(id, user, resume, &[]);
    }

    /// Queues the opening of a stream narrowed to nodes, unless there are none.
    pub fn subscribe_to(
        &mut self,
        id: u64,
        user: &str,
        resume: Option<StreamPosition>,
        nodes: &[&str],
    ) {
        let nodes: PackedBuf = nodes.iter().collect();
        let nodes = nodes.packed();
        let filter = Filter { nodes: (!nodes.is_empty()).then_some(nodes), ..Filter::default() };
        self.subscribe_with(id, user, resume, filter);
    }

    /// Queues the opening of a stream with a filter.
    pub fn subscribe_with(
        &mut self,
        id: u64,
        user: &str,
        resume: Option<StreamPosition>,
        filter: Filter<'_>,
    ) {
        self.input(&Input::Subscribed(Subscribed {
            subscriber: SubscriberId(id),
            stream: "s",
            user,
            credential: user,
            filter,
            resume,
        }));
    }

    /// Takes what the subscriber was delivered since the last call.
    pub fn take(&mut self, id: u64) -> String {
        let (taken, rest): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.delivered).into_iter().partition(|entry| entry.0 == id);
        self.delivered = rest;
        taken.into_iter().map(|entry| entry.1).collect()
    }

    /// Takes the events the subscriber was delivered: name and data.
    pub fn take_events(&mut self, id: u64) -> Vec<(String, String)> {
        let text = self.take(id);
        let blocks = text.split("\n\n").filter_map(|block| {
            let (event, data) = block.strip_prefix("event: ")?.split_once("\ndata: ")?;
            Some((event.to_owned(), data.to_owned()))
        });
        blocks.collect()
    }

    /// Takes the changes of status the subscriber was told: `node FROM -> TO reason`.
    pub fn take_changes(&mut self, id: u64) -> Vec<String> {
        let changes = self.take_events(id).into_iter().filter(|event| event.0 == "status_change");
        changes
            .map(|(_, data)| {
                let field = |name: &str| {
                    let start = data.find(&format!("\"{name}\":")).expect("the field is there");
                    let rest = &data[start + name.len() + 3..];
                    let end = rest.find([',', '}']).expect("values end");
                    rest[..end].trim_matches('"').to_owned()
                };
                let change =
                    format!("{} {} -> {}", field("nodeId"), field("fromStatus"), field("toStatus"));
                format!("{change}: {}", field("reason"))
            })
            .collect()
    }

    /// All rows of instances' minutes flushed so far, newest of each key: pipeline, node, minute from start, events in.
    pub fn minutes(&self) -> Vec<(String, String, u64, u64)> {
        let mut rows = std::collections::BTreeMap::new();
        for row in self.batches.iter().flat_map(|batch| &batch.instance_minutes) {
            let minute = (row.minute.start().0 - START) / 60_000;
            let key = (row.instance.pipeline.clone(), row.instance.node.clone(), minute);
            rows.insert(key, row.totals.counts.events_in);
        }
        rows.into_iter().map(|((p, n, m), events)| (p, n, m, events)).collect()
    }

    pub fn last_batch(&self) -> BatchId {
        self.batches.last().expect("a batch was cut").id
    }
}
