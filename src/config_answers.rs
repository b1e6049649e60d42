//! What the nodes of each environment are told to run, as the bytes of the answer.
//!
//! An agent stops every pipeline that an answer leaves out. So an environment that nobody has set
//! has no answer at all, and is never taken for one without pipelines.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::auth::secrets::{digest, hex};
use crate::store::Pipeline;

/// What the nodes of every environment run. Cheap to clone; clones share the table.
#[derive(Clone, Debug, Default)]
pub struct ConfigAnswers {
    environments: Arc<RwLock<FxHashMap<String, EnvironmentConfigs>>>,
}

#[derive(Debug, Default)]
struct EnvironmentConfigs {
    pipelines: BTreeMap<String, Pipeline>,
    /// The start of the answer; made when it is first asked for after a change.
    head: Option<Bytes>,
}

impl ConfigAnswers {
    /// An environment exists; until a pipeline is set its nodes run nothing.
    pub fn add_environment(&self, environment: &str) {
        let mut environments = self.environments.write().unwrap_or_else(PoisonError::into_inner);
        environments.entry(environment.to_owned()).or_default();
    }

    /// The nodes of the pipeline's environment run this text.
    pub fn set_pipeline(&self, pipeline: &Pipeline) {
        let mut environments = self.environments.write().unwrap_or_else(PoisonError::into_inner);
        let configs = environments.entry(pipeline.environment.clone()).or_default();
        configs.pipelines.insert(pipeline.id.clone(), pipeline.clone());
        configs.head = None;
    }

    /// The nodes of the environment run the pipeline no longer.
    pub fn remove_pipeline(&self, environment: &str, pipeline: &str) {
        let mut environments = self.environments.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(configs) = environments.get_mut(environment) {
            configs.pipelines.remove(pipeline);
            configs.head = None;
        }
    }

    /// The answer up to what differs by request; `None` for an environment nobody has set.
    pub fn head(&self, environment: &str) -> Option<Bytes> {
        {
            let environments = self.environments.read().unwrap_or_else(PoisonError::into_inner);
            let configs = environments.get(environment)?;
            if let Some(head) = &configs.head {
                return Some(head.clone());
            }
        }
        let mut environments = self.environments.write().unwrap_or_else(PoisonError::into_inner);
        let configs = environments.get_mut(environment)?;
        let head = configs.head.get_or_insert_with(|| head_of(configs.pipelines.values()));
        Some(head.clone())
    }

    /// The rest of an answer.
    pub fn tail(poll_interval_millis: u64, push_url: Option<&str>) -> Bytes {
        let tail =
            Tail { poll_interval_ms: poll_interval_millis, secret_backend: "BUILTIN", push_url };
        let mut bytes = serde_json::to_vec(&tail).expect("plain data");
        bytes[0] = b',';
        bytes.into()
    }
}

fn head_of<'a>(pipelines: impl Iterator<Item = &'a Pipeline>) -> Bytes {
    let pipelines = pipelines.map(PipelineAnswer::of).collect();
    let mut head = serde_json::to_vec(&Head { pipelines }).expect("plain data");
    // The rest of the object differs by request; see `tail`.
    let brace = head.pop();
    assert_eq!(brace, Some(b'}'), "an object ends with a brace");
    head.into()
}

#[derive(Serialize)]
struct Head<'a> {
    pipelines: Vec<PipelineAnswer<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PipelineAnswer<'a> {
    pipeline_id: &'a str,
    pipeline_name: &'a str,
    version: u32,
    config_yaml: &'a str,
    /// Another one makes the agent restart the pipeline.
    checksum: String,
}

impl PipelineAnswer<'_> {
    fn of(pipeline: &Pipeline) -> PipelineAnswer<'_> {
        PipelineAnswer {
            pipeline_id: &pipeline.id,
            pipeline_name: &pipeline.name,
            version: pipeline.revision,
            config_yaml: &pipeline.config,
            checksum: hex(&digest(&pipeline.config)),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Tail<'a> {
    poll_interval_ms: u64,
    secret_backend: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    push_url: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use systole_systems::time::Millis;

    use super::*;

    fn pipeline(id: &str, environment: &str, config: &str) -> Pipeline {
        Pipeline {
            id: id.into(),
            environment: environment.into(),
            name: format!("name of {id}"),
            revision: 3,
            config: config.into(),
            updated_at: Millis(0),
        }
    }

    fn answer(answers: &ConfigAnswers, environment: &str, push_url: Option<&str>) -> Option<Value> {
        let head = answers.head(environment)?;
        let whole = [head, ConfigAnswers::tail(5_000, push_url)].concat();
        Some(serde_json::from_slice(&whole).unwrap())
    }

    #[test]
    fn an_answer_holds_the_pipelines_of_its_environment() {
        let answers = ConfigAnswers::default();
        answers.add_environment("e1");
        answers.add_environment("e2");
        answers.set_pipeline(&pipeline("p1", "e1", "a: \"1\"\n"));
        assert_eq!(
            answer(&answers, "e1", Some("http://h:1/api/agent/push")),
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
        assert_eq!(answer(&answers, "e2", None), Some(empty));
        assert_eq!(answer(&answers, "e9", None), None);
    }

    #[test]
    fn a_change_is_answered_from_the_next_poll_on() {
        let answers = ConfigAnswers::default();
        let texts = |answers: &ConfigAnswers| {
            let answer = answer(answers, "e", None).unwrap();
            let pipelines = answer["pipelines"].as_array().unwrap().clone();
            pipelines.iter().map(|p| p["configYaml"].clone()).collect::<Vec<Value>>()
        };
        answers.set_pipeline(&pipeline("p1", "e", "1"));
        answers.set_pipeline(&pipeline("p2", "e", "2"));
        assert_eq!(texts(&answers), ["1", "2"]);
        answers.set_pipeline(&pipeline("p1", "e", "3"));
        assert_eq!(texts(&answers), ["3", "2"]);
        answers.remove_pipeline("e", "p1");
        assert_eq!(texts(&answers), ["2"]);
    }
}
