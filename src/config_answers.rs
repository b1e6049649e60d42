//! What the nodes of each environment are told to run, as the bytes of the answer.
//!
//! An agent stops every pipeline that an answer leaves out. So an environment that nobody has set
//! has no answer at all, and is never taken for one without pipelines.

use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use rustc_hash::FxHashMap;
use serde::Serialize;

use crate::auth::secrets::{digest, hex};
use crate::store::{Directory, Pipeline};

/// The start of every environment's answer. Cheap to clone; clones share the table.
#[derive(Clone, Debug, Default)]
pub struct ConfigAnswers {
    heads: Arc<RwLock<FxHashMap<String, Bytes>>>,
}

impl ConfigAnswers {
    /// Sets all environments to what the store holds.
    pub fn load(&self, directory: &Directory) {
        for environment in &directory.environments {
            let mine = |pipeline: &&Pipeline| pipeline.environment == environment.id;
            self.set_environment(&environment.id, directory.pipelines.iter().filter(mine));
        }
    }

    /// Sets what the nodes of an environment run, all of it. To be called after the commit of every
    /// change: of a pipeline created, revised or deleted, and for an environment just created.
    pub fn set_environment<'a>(
        &self,
        environment: &str,
        pipelines: impl IntoIterator<Item = &'a Pipeline>,
    ) {
        let pipelines = pipelines.into_iter().map(PipelineAnswer::of).collect();
        let mut head = serde_json::to_vec(&Head { pipelines }).expect("plain data");
        // The rest of the object differs by request; see `tail`.
        let brace = head.pop();
        assert_eq!(brace, Some(b'}'), "an object ends with a brace");
        let mut heads = self.heads.write().unwrap_or_else(PoisonError::into_inner);
        heads.insert(environment.to_owned(), head.into());
    }

    /// The answer up to what differs by request; `None` for an environment nobody has set.
    pub fn head(&self, environment: &str) -> Option<Bytes> {
        self.heads.read().unwrap_or_else(PoisonError::into_inner).get(environment).cloned()
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
    use crate::store::Environment;

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
        let environment = |id: &str| Environment {
            id: id.into(),
            name: id.into(),
            team: "t".into(),
            created_at: Millis(0),
        };
        answers.load(&Directory {
            environments: vec![environment("e1"), environment("e2")],
            pipelines: vec![pipeline("p1", "e1", "a: \"1\"\n"), pipeline("p2", "e9", "b")],
            ..Directory::default()
        });
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
    fn setting_replaces_the_whole_list() {
        let answers = ConfigAnswers::default();
        let (p1, p2) = (pipeline("p1", "e", "1"), pipeline("p2", "e", "2"));
        answers.set_environment("e", [&p1, &p2]);
        answers.set_environment("e", [&p2]);
        let ids = |answer: Value| answer["pipelines"][0]["pipelineId"].clone();
        assert_eq!(answer(&answers, "e", None).map(ids), Some("p2".into()));
    }
}
