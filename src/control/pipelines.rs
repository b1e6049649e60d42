//! Pipelines: what the nodes of an environment are to run. A new text is a new revision.

use systole_systems::input::Input;

use crate::auth::secrets::new_id;
use crate::clock::wall_now;
use crate::control::{Control, gone};
use crate::http::reply::HttpError;
use crate::store::Pipeline;

/// What a change of a pipeline sets; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipelineChange {
    pub name: Option<String>,
    pub config: Option<String>,
}

impl Control {
    /// Creates a pipeline with its first revision.
    pub async fn create_pipeline(
        &self,
        environment: &str,
        name: &str,
        config: &str,
    ) -> Result<Pipeline, HttpError> {
        let _turn = self.turn().await;
        let pipeline = Pipeline {
            id: new_id(),
            environment: environment.to_owned(),
            name: name.to_owned(),
            revision: 1,
            config: config.to_owned(),
            updated_at: wall_now(),
        };
        self.store.create_pipeline(&pipeline).await?;
        self.pipeline_set(&pipeline).await?;
        Ok(pipeline)
    }

    /// Renames a pipeline, gives it a new revision, or both.
    pub async fn change_pipeline(
        &self,
        id: &str,
        change: PipelineChange,
    ) -> Result<Pipeline, HttpError> {
        let _turn = self.turn().await;
        let known = self.store.pipeline(id).await?;
        let mut pipeline = known.ok_or(HttpError::NotFound("pipeline"))?;
        if let Some(name) = change.name.filter(|name| *name != pipeline.name) {
            pipeline.updated_at = wall_now();
            self.store.rename_pipeline(id, &name, pipeline.updated_at).await?;
            pipeline.name = name;
            self.pipeline_set(&pipeline).await?;
        }
        if let Some(config) = change.config.filter(|config| *config != pipeline.config) {
            pipeline.updated_at = wall_now();
            pipeline.revision =
                self.store.revise_pipeline(id, &config, pipeline.updated_at).await?;
            pipeline.config = config;
            self.pipeline_set(&pipeline).await?;
        }
        Ok(pipeline)
    }

    /// Deletes a pipeline and its history.
    pub async fn delete_pipeline(&self, environment: &str, id: &str) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        gone(self.store.delete_pipeline(id).await)?;
        self.caches.pipeline_removed(environment, id);
        self.announce(&Input::PipelineRemoved { pipeline: id }).await
    }

    /// Agents' answers first: the core's tick tells agents to fetch them.
    async fn pipeline_set(&self, pipeline: &Pipeline) -> Result<(), HttpError> {
        self.caches.pipeline_written(pipeline);
        self.announce(&Input::PipelineSet {
            pipeline: &pipeline.id,
            environment: &pipeline.environment,
            name: &pipeline.name,
            revision: pipeline.revision,
        })
        .await
    }
}
