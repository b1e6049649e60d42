//! Pipelines: what people edit, and what nodes are told to run of it. A deploy stores a version, which never
//! changes.

use std::sync::Arc;

use systole_systems::input::{DeployCause, Input, PipelineDeployed};
use systole_systems::packed::PackedBuf;
use systole_systems::report::Label;

use crate::auth::secrets::new_id;
use crate::clock::wall_now;
use crate::config_answers::VersionText;
use crate::control::{Control, gone};
use crate::http::reply::HttpError;
use crate::store::{DeployedVersion, NewVersion, Pipeline};
use crate::vector_config::VectorConfig;

/// What a change of a pipeline sets; `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PipelineChange {
    pub name: Option<String>,
    pub config: Option<String>,
}

/// What is deployed, and to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deploy {
    pub changelog: String,
    /// The user who deploys.
    pub author: Option<String>,
    /// `None`: the nodes that were picked last.
    pub selector: Option<Vec<(String, String)>>,
}

impl Control {
    /// Creates a pipeline. Nothing runs it until it is deployed.
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
            revision: 0,
            config: config.to_owned(),
            updated_at: wall_now(),
            deployed: None,
        };
        self.store.create_pipeline(&pipeline).await?;
        self.pipeline_set(&pipeline).await?;
        Ok(pipeline)
    }

    /// Renames a pipeline, gives it another text to deploy next, or both.
    pub async fn change_pipeline(
        &self,
        id: &str,
        change: PipelineChange,
    ) -> Result<Pipeline, HttpError> {
        let _turn = self.turn().await;
        let mut pipeline = self.known_pipeline(id).await?;
        let before = pipeline.clone();
        pipeline.name = change.name.unwrap_or(pipeline.name);
        pipeline.config = change.config.unwrap_or(pipeline.config);
        if pipeline == before {
            return Ok(pipeline);
        }
        pipeline.updated_at = wall_now();
        let (name, config) = (&pipeline.name, &pipeline.config);
        self.store.edit_pipeline(id, name, config, pipeline.updated_at).await?;
        if pipeline.name != before.name {
            self.caches.configs.rename(id, &pipeline.name);
            self.pipeline_set(&pipeline).await?;
        }
        Ok(pipeline)
    }

    /// Deploys the text that people left.
    pub async fn deploy_pipeline(&self, id: &str, deploy: Deploy) -> Result<Pipeline, HttpError> {
        let _turn = self.turn().await;
        let pipeline = self.known_pipeline(id).await?;
        let config = pipeline.config.clone();
        self.deploy_text(pipeline, config, deploy, DeployCause::Deploy).await
    }

    /// Deploys the text of an earlier version, as a new one.
    pub async fn roll_back_pipeline(
        &self,
        id: &str,
        version: u32,
        deploy: Deploy,
    ) -> Result<Pipeline, HttpError> {
        let _turn = self.turn().await;
        let pipeline = self.known_pipeline(id).await?;
        let earlier = self.store.version(id, version).await?;
        let earlier = earlier.ok_or(HttpError::NotFound("version"))?;
        self.deploy_text(pipeline, earlier.config, deploy, DeployCause::Rollback).await
    }

    /// Takes the pipeline off every node. Its versions stay.
    pub async fn undeploy_pipeline(&self, id: &str) -> Result<Pipeline, HttpError> {
        let _turn = self.turn().await;
        let pipeline = self.known_pipeline(id).await?;
        self.store.undeploy_pipeline(id).await?;
        self.announce(&Input::PipelineUndeployed { pipeline: id }).await?;
        self.caches.configs.remove_pipeline(id);
        Ok(Pipeline { deployed: None, ..pipeline })
    }

    /// Deletes a pipeline, its versions and its history.
    pub async fn delete_pipeline(&self, id: &str) -> Result<(), HttpError> {
        let _turn = self.turn().await;
        gone(self.store.delete_pipeline(id).await)?;
        self.announce(&Input::PipelineRemoved { pipeline: id }).await?;
        self.caches.configs.remove_pipeline(id);
        Ok(())
    }

    async fn known_pipeline(&self, id: &str) -> Result<Pipeline, HttpError> {
        self.store.pipeline(id).await?.ok_or(HttpError::NotFound("pipeline"))
    }

    async fn deploy_text(
        &self,
        pipeline: Pipeline,
        config: String,
        deploy: Deploy,
        cause: DeployCause,
    ) -> Result<Pipeline, HttpError> {
        check_deployable(&config)?;
        let text = Arc::new(VersionText::of(&config));
        let selector = match deploy.selector {
            Some(selector) => selector,
            None => self.picked_last(&pipeline).await?,
        };
        let at = wall_now();
        let new = NewVersion {
            pipeline: pipeline.id.clone(),
            config,
            changelog: deploy.changelog,
            author: deploy.author,
            selector,
            at,
        };
        let version = self.store.deploy_version(&new).await?;
        let (id, name) = (&pipeline.id, &pipeline.name);
        // The text first: the core's tick tells nodes to come for it.
        self.caches.configs.add_version(id, name, version, text.clone());
        let labels: PackedBuf =
            new.selector.iter().map(|(key, value)| Label { key, value }).collect();
        self.announce(&Input::PipelineDeployed(PipelineDeployed {
            pipeline: id,
            revision: version,
            checksum: &text.checksum,
            selector: labels.packed(),
            cause,
        }))
        .await?;
        let NewVersion { config, selector, .. } = new;
        Ok(Pipeline {
            revision: version,
            config: config.clone(),
            updated_at: at,
            deployed: Some(DeployedVersion { version, config, selector, deployed_at: at }),
            ..pipeline
        })
    }

    /// The selector of the newest version, deployed or not.
    async fn picked_last(&self, pipeline: &Pipeline) -> Result<Vec<(String, String)>, HttpError> {
        let newest = self.store.version(&pipeline.id, pipeline.revision).await?;
        Ok(newest.map(|version| version.info.selector).unwrap_or_default())
    }

    async fn pipeline_set(&self, pipeline: &Pipeline) -> Result<(), HttpError> {
        self.announce(&Input::PipelineSet {
            pipeline: &pipeline.id,
            environment: &pipeline.environment,
            name: &pipeline.name,
            revision: pipeline.revision,
        })
        .await
    }
}

/// A text with an error in it is stored, and not deployed: agents would skip it.
fn check_deployable(config: &str) -> Result<(), HttpError> {
    let checked = VectorConfig::parse(config);
    let Some(problem) = checked.first_error() else { return Ok(()) };
    let (line, column, message) = (problem.at.line, problem.at.column, &problem.message);
    Err(HttpError::BadRequest(format!(
        "the configuration cannot be deployed: line {line}, column {column}: {message}"
    )))
}
