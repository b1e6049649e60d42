//! What each node is told to run, as the bytes of the answer.
//!
//! The core decides what a node runs; here that becomes an answer, made once for all nodes that run the
//! same. An agent stops every pipeline that an answer leaves out: a node about which nothing is decided, or
//! a text that is not at hand, gives no answer at all.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use rustc_hash::FxHashMap;
use serde::Serialize;
use systole_systems::desired::{DesiredPipeline, DesiredSet};
use systole_systems::shared::Shared;

use crate::auth::secrets::{digest, hex};
use crate::push::SampleRequest;
use crate::store::Pipeline;
use crate::vector_config::agent_text::agent_text;
use crate::vector_config::format::Format;

/// Addresses of the push stream under which one answer is kept. The least used goes for a new one: a node
/// that makes addresses up does not push out the one that the fleet uses.
const ADDRESSES_MAX: usize = 4;

/// What nodes run. Cheap to clone; clones share the tables.
#[derive(Clone, Debug, Default)]
pub struct ConfigAnswers {
    tables: Arc<Tables>,
}

#[derive(Debug, Default)]
struct Tables {
    texts: RwLock<FxHashMap<Box<str>, PipelineTexts>>,
    answers: RwLock<Answers>,
}

/// The texts of a pipeline that some node may be told to run.
#[derive(Debug)]
struct PipelineTexts {
    name: Box<str>,
    /// The newest two versions: the core may not have moved every node from the older one yet.
    versions: BTreeMap<u32, Arc<VersionText>>,
}

/// The text of a version as agents get it.
#[derive(Debug)]
pub struct VersionText {
    pub yaml: String,
    /// Another one makes the agent restart the pipeline.
    pub checksum: String,
}

impl VersionText {
    /// What agents get for a text that people wrote. A text that cannot be read goes as it is: the agent
    /// skips it and says so, and every other pipeline goes on.
    pub fn of(config: &str) -> VersionText {
        let yaml = match agent_text(config, Format::of(config)) {
            Ok(text) => text.into_owned(),
            Err(_) => config.to_owned(),
        };
        VersionText { checksum: hex(&digest(&yaml)), yaml }
    }
}

#[derive(Debug, Default)]
struct Answers {
    nodes: FxHashMap<Box<str>, Arc<Answer>>,
    /// Answers that some node is given, by what they hold.
    sets: FxHashMap<Vec<DesiredPipeline>, Weak<Answer>>,
    last: Option<(Shared<DesiredSet>, Arc<Answer>)>,
}

/// An answer, and its bytes once somebody asked.
#[derive(Debug)]
pub struct Answer {
    pipelines: Vec<DesiredPipeline>,
    bodies: RwLock<Vec<KeptBody>>,
}

/// The bytes for one address of the push stream.
#[derive(Debug)]
struct KeptBody {
    push_url: Option<String>,
    body: Body,
    /// How often it was given.
    uses: AtomicU64,
}

impl Answer {
    /// Whether the pipeline is in it.
    pub fn holds(&self, pipeline: &str) -> bool {
        self.pipelines.binary_search_by(|entry| (*entry.id).cmp(pipeline)).is_ok()
    }
}

/// The bytes of an answer.
#[derive(Clone, Debug)]
pub struct Body {
    pub plain: Bytes,
    pub gzip: Bytes,
}

/// What an answer holds besides pipelines.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    pub poll_interval_millis: u64,
    pub push_url: Option<&'a str>,
}

impl ConfigAnswers {
    /// A version may be told to nodes from now on.
    pub fn add_version(&self, pipeline: &str, name: &str, version: u32, text: Arc<VersionText>) {
        let mut texts = write(&self.tables.texts);
        let known = texts
            .entry(pipeline.into())
            .or_insert_with(|| PipelineTexts { name: name.into(), versions: BTreeMap::new() });
        known.versions.insert(version, text);
        while known.versions.len() > 2 {
            known.versions.pop_first();
        }
    }

    /// What was deployed before this process began.
    pub fn load(&self, pipeline: &Pipeline) {
        if let Some(deployed) = &pipeline.deployed {
            let text = Arc::new(VersionText::of(&deployed.config));
            self.add_version(&pipeline.id, &pipeline.name, deployed.version, text);
        }
    }

    /// The pipeline has another name.
    pub fn rename(&self, pipeline: &str, name: &str) {
        if let Some(known) = write(&self.tables.texts).get_mut(pipeline) {
            known.name = name.into();
        }
        let living: Vec<Arc<Answer>> =
            read(&self.tables.answers).sets.values().filter_map(Weak::upgrade).collect();
        // Whoever makes a body holds its lock for a while: nobody else is to wait for that.
        let holding = living.iter().filter(|answer| answer.holds(pipeline));
        holding.for_each(|answer| write(&answer.bodies).clear());
    }

    /// The pipeline is gone. Nodes that the core has not told otherwise yet get no answer.
    pub fn remove_pipeline(&self, pipeline: &str) {
        write(&self.tables.texts).remove(pipeline);
    }

    /// The node is to run this from now on.
    pub fn set_node(&self, node: &str, set: &Shared<DesiredSet>) {
        let mut answers = write(&self.tables.answers);
        let known = match &answers.last {
            // A deploy tells many nodes of one set, one after the other.
            Some((last, answer)) if Shared::ptr_eq(last, set) => Some(answer.clone()),
            Some(_) | None => answers.sets.get(&set.pipelines).and_then(Weak::upgrade),
        };
        let answer = known.unwrap_or_else(|| {
            answers.sets.retain(|_, answer| answer.strong_count() > 0);
            let pipelines = set.pipelines.clone();
            let answer = Arc::new(Answer { pipelines, bodies: RwLock::default() });
            answers.sets.insert(set.pipelines.clone(), Arc::downgrade(&answer));
            answer
        });
        answers.last = Some((set.clone(), answer.clone()));
        answers.nodes.insert(node.into(), answer);
    }

    /// The node is gone, or may not be answered any more.
    pub fn remove_node(&self, node: &str) {
        write(&self.tables.answers).nodes.remove(node);
    }

    /// What a node runs; `None`: that is not decided yet.
    pub fn of_node(&self, node: &str) -> Option<Arc<Answer>> {
        read(&self.tables.answers).nodes.get(node).cloned()
    }

    /// The bytes of an answer; `None`: a text of it is not at hand.
    pub fn body(&self, answer: &Answer, around: &Surroundings<'_>) -> Option<Body> {
        let find = |bodies: &[KeptBody]| {
            let found = bodies.iter().find(|kept| kept.push_url.as_deref() == around.push_url)?;
            found.uses.fetch_add(1, Ordering::Relaxed);
            Some(found.body.clone())
        };
        if let Some(body) = find(&read(&answer.bodies)) {
            return Some(body);
        }
        // Made under the lock: a thousand nodes that ask at once wait for one.
        let mut bodies = write(&answer.bodies);
        if let Some(body) = find(&bodies) {
            return Some(body);
        }
        let plain = self.encode(answer, around, &Extras::default())?;
        let body = Body { gzip: gzip(&plain), plain: plain.into() };
        if bodies.len() == ADDRESSES_MAX {
            let uses = bodies.iter().map(|kept| kept.uses.load(Ordering::Relaxed));
            let least = uses.enumerate().min_by_key(|(_, uses)| *uses).map(|(at, _)| at);
            bodies.swap_remove(least.expect("there are as many as may be"));
        }
        let push_url = around.push_url.map(str::to_owned);
        bodies.push(KeptBody { push_url, body: body.clone(), uses: AtomicU64::new(1) });
        Some(body)
    }

    /// The bytes of an answer that one node alone gets.
    pub fn encode(
        &self,
        answer: &Answer,
        around: &Surroundings<'_>,
        extras: &Extras,
    ) -> Option<Vec<u8>> {
        let texts = read(&self.tables.texts);
        let pipelines: Option<Vec<PipelineAnswer<'_>>> =
            answer.pipelines.iter().map(|wanted| PipelineAnswer::of(&texts, wanted)).collect();
        let whole = WholeAnswer {
            pipelines: pipelines?,
            poll_interval_ms: around.poll_interval_millis,
            secret_backend: "BUILTIN",
            push_url: around.push_url,
            extras,
        };
        Some(serde_json::to_vec(&whole).expect("plain data"))
    }
}

fn gzip(plain: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).expect("memory takes everything");
    encoder.finish().expect("memory takes everything").into()
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}

fn write<T>(lock: &RwLock<T>) -> RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

/// What one node alone is told.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Extras {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pending_action: Option<serde_json::Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub sample_requests: Vec<SampleRequest>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct WholeAnswer<'a> {
    pipelines: Vec<PipelineAnswer<'a>>,
    poll_interval_ms: u64,
    secret_backend: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    push_url: Option<&'a str>,
    #[serde(flatten)]
    extras: &'a Extras,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PipelineAnswer<'a> {
    pipeline_id: &'a str,
    pipeline_name: &'a str,
    version: u32,
    config_yaml: &'a str,
    checksum: &'a str,
}

impl<'a> PipelineAnswer<'a> {
    fn of(
        texts: &'a FxHashMap<Box<str>, PipelineTexts>,
        wanted: &'a DesiredPipeline,
    ) -> Option<PipelineAnswer<'a>> {
        let pipeline = texts.get(&*wanted.id)?;
        let text = pipeline.versions.get(&wanted.revision)?;
        Some(PipelineAnswer {
            pipeline_id: &wanted.id,
            pipeline_name: &pipeline.name,
            version: wanted.revision,
            config_yaml: &text.yaml,
            checksum: &text.checksum,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use serde_json::{Value, json};

    use super::*;

    const AROUND: Surroundings<'_> = Surroundings { poll_interval_millis: 5_000, push_url: None };

    fn set(pipelines: &[(&str, u32)]) -> Shared<DesiredSet> {
        let pipelines =
            pipelines.iter().map(|&(id, revision)| DesiredPipeline { id: id.into(), revision });
        Shared::new(DesiredSet { keys: Vec::new(), pipelines: pipelines.collect() })
    }

    fn add(answers: &ConfigAnswers, pipeline: &str, version: u32, config: &str) {
        let text = Arc::new(VersionText::of(config));
        answers.add_version(pipeline, &format!("name of {pipeline}"), version, text);
    }

    fn answer(answers: &ConfigAnswers, node: &str, around: &Surroundings<'_>) -> Option<Value> {
        let body = answers.body(&*answers.of_node(node)?, around)?;
        let mut unpacked = Vec::new();
        flate2::read::GzDecoder::new(&body.gzip[..]).read_to_end(&mut unpacked).unwrap();
        assert_eq!(unpacked, body.plain);
        Some(serde_json::from_slice(&body.plain).unwrap())
    }

    #[test]
    fn an_answer_holds_what_the_node_is_to_run() {
        let answers = ConfigAnswers::default();
        add(&answers, "p1", 3, "a: \"1\"\n");
        answers.set_node("n1", &set(&[("p1", 3)]));
        answers.set_node("n2", &set(&[]));
        let push_url = Some("http://h:1/api/agent/push");
        let around = Surroundings { push_url, ..AROUND };
        assert_eq!(
            answer(&answers, "n1", &around),
            Some(json!({
                "pipelines": [{
                    "pipelineId": "p1",
                    "pipelineName": "name of p1",
                    "version": 3,
                    "configYaml": "a: \"1\"\n",
                    // `printf 'a: "1"\n' | sha256sum`
                    "checksum": "1597474e1a3406c6e793ee84ae5114c4ca7edfbda618a79b13ce1bcbf6bc88ff",
                }],
                "pollIntervalMs": 5_000,
                "secretBackend": "BUILTIN",
                "pushUrl": "http://h:1/api/agent/push",
            }))
        );
        let empty = json!({"pipelines": [], "pollIntervalMs": 5_000, "secretBackend": "BUILTIN"});
        assert_eq!(answer(&answers, "n2", &AROUND), Some(empty));
        assert_eq!(answer(&answers, "n9", &AROUND), None, "nothing is decided about it");
    }

    #[test]
    fn a_text_that_is_not_at_hand_gives_no_answer_rather_than_a_shorter_one() {
        let answers = ConfigAnswers::default();
        add(&answers, "p1", 1, "a: 1\n");
        answers.set_node("n1", &set(&[("p1", 1), ("p2", 1)]));
        assert_eq!(answer(&answers, "n1", &AROUND), None);
        add(&answers, "p2", 1, "a: 2\n");
        assert!(answer(&answers, "n1", &AROUND).is_some());
        answers.set_node("n1", &set(&[("p1", 2), ("p2", 1)]));
        assert_eq!(answer(&answers, "n1", &AROUND), None);
    }

    #[test]
    fn one_broken_text_goes_as_it_is_and_every_other_pipeline_with_it() {
        let answers = ConfigAnswers::default();
        add(&answers, "p1", 1, "[sources.in\ntype = ");
        add(&answers, "p2", 1, "a: 2\n");
        answers.set_node("n1", &set(&[("p1", 1), ("p2", 1)]));
        let told = answer(&answers, "n1", &AROUND).unwrap();
        let texts = [&told["pipelines"][0]["configYaml"], &told["pipelines"][1]["configYaml"]];
        assert_eq!(texts, [&json!("[sources.in\ntype = "), &json!("a: 2\n")]);
    }

    #[test]
    fn nodes_that_run_the_same_share_the_bytes() {
        let answers = ConfigAnswers::default();
        add(&answers, "p1", 1, "a: 1\n");
        for node in ["n1", "n2"] {
            answers.set_node(node, &set(&[("p1", 1)]));
        }
        let body = |node| answers.body(&answers.of_node(node).unwrap(), &AROUND).unwrap().plain;
        assert_eq!(body("n1").as_ptr(), body("n2").as_ptr());
        answers.rename("p1", "another");
        assert!(String::from_utf8(body("n1").to_vec()).unwrap().contains("another"));
    }

    #[test]
    fn the_checksum_changes_when_the_text_does_and_toml_is_given_as_yaml() {
        let toml = VersionText::of("[sources.in]\ntype = \"demo_logs\"\n");
        assert!(toml.yaml.contains("demo_logs") && !toml.yaml.contains("[sources"));
        assert_eq!(toml.checksum, hex(&digest(&toml.yaml)));
        assert_ne!(VersionText::of("a: 1\n").checksum, VersionText::of("a: 2\n").checksum);
        assert_eq!(VersionText::of("a: 1\n").checksum, VersionText::of("a: 1\n").checksum);
    }
}
