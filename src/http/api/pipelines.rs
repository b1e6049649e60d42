//! `/pipelines`: what people edit, and how it runs. What nodes run is deployed beside, in `deploys`.

use std::collections::BTreeMap;

use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use systole_systems::answer::{AnswerBody, PipelineItem};
use systole_systems::query::{PipelineFilter, Query, Subject};
use systole_systems::status::Role;

use crate::clock::steady_now;
use crate::control::names;
use crate::control::pipelines::PipelineChange;
use crate::http::api::call::{Call, mismatched, no_such_path, not_allowed};
use crate::http::api::charts::{component_series, pipeline_series};
use crate::http::api::deploys;
use crate::http::api::fleet::{InstanceCounts, RatesView};
use crate::http::api::history::Place;
use crate::http::api::list::{live_page, page, position_text};
use crate::http::api::logs::logs;
use crate::http::api::samples::samples;
use crate::http::api::{event_samples, taps};
use crate::http::reply::{HttpError, Reply, json, no_content};
use crate::http::rfc3339::Rfc3339;
use crate::store::Pipeline;
use crate::vector_config::CONFIG_BYTES_MAX;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NewPipeline {
    environment_id: String,
    name: String,
    config: String,
}

#[derive(Deserialize)]
struct ChangedPipeline {
    name: Option<String>,
    config: Option<String>,
}

/// A pipeline as it is stored.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct StoredView<'a> {
    id: &'a str,
    name: &'a str,
    environment_id: &'a str,
    /// Of the newest version; 0: nothing was deployed yet.
    version: u32,
    config: &'a str,
    updated_at: Rfc3339,
    /// Null: no node is to run it.
    deployed_version: Option<u32>,
    deployed_at: Option<Rfc3339>,
    node_selector: Option<BTreeMap<&'a str, &'a str>>,
    /// The text is not the one that nodes run.
    has_undeployed_changes: bool,
}

/// A pipeline as it runs.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PipelineView<'a> {
    id: &'a str,
    name: &'a str,
    environment_id: &'a str,
    version: u32,
    /// Null: no node is to run it.
    deployed_version: Option<u32>,
    /// Null: no deploy is under way.
    rollout: Option<RolloutView>,
    instances: InstanceCounts,
    /// Null: no instance reports now.
    rates: Option<RatesView>,
}

/// A deploy that has not reached every node, in nodes.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RolloutView {
    began_at: Rfc3339,
    waiting: u32,
    running: u32,
    failed: u32,
    timed_out: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PipelineDetailView<'a> {
    #[serde(flatten)]
    stored: StoredView<'a>,
    rollout: Option<RolloutView>,
    instances: InstanceCounts,
    rates: Option<RatesView>,
    position: String,
}

pub(super) async fn route(call: &Call, path: &[&str]) -> Result<Reply, HttpError> {
    match (&call.method, path) {
        (&Method::GET, []) => list(call).await,
        (&Method::POST, []) => create(call).await,
        (_, []) => not_allowed(&[Method::GET, Method::POST]),
        (&Method::GET, [pipeline]) => show(call, pipeline).await,
        (&Method::PUT, [pipeline]) => change(call, pipeline).await,
        (&Method::DELETE, [pipeline]) => delete(call, pipeline).await,
        (_, [_]) => not_allowed(&[Method::GET, Method::PUT, Method::DELETE]),
        (&Method::GET, [pipeline, "metrics"]) => {
            require(call, pipeline, Role::Viewer).await?;
            pipeline_series(call, pipeline).await
        }
        (&Method::GET, [pipeline, "latency"]) => {
            require(call, pipeline, Role::Viewer).await?;
            component_series(call, pipeline).await
        }
        (&Method::GET, [pipeline, "samples"]) => samples(call, pipeline).await,
        (_, [pipeline, action, rest @ ..]) if deploys::is_about(action) => {
            deploys::route(call, pipeline, action, rest).await
        }
        (&Method::GET, [pipeline, "logs"]) => {
            let item = live(call, pipeline).await?.0;
            let place = Place {
                environments: vec![item.environment],
                node: call.params.id("nodeId")?,
                pipeline: Some(item.id),
            };
            logs(call, place).await
        }
        (_, [pipeline, "event-samples", rest @ ..]) => {
            event_samples::route(call, pipeline, rest).await
        }
        (&Method::POST, [pipeline, "taps"]) => taps::start(call, pipeline).await,
        (_, [_, "taps"]) => not_allowed(&[Method::POST]),
        (_, [_, "metrics" | "latency" | "samples" | "logs"]) => not_allowed(&[Method::GET]),
        _ => no_such_path(),
    }
}

/// Lets those pass who have at least this role over the pipeline.
pub(super) async fn require(call: &Call, pipeline: &str, least: Role) -> Result<(), HttpError> {
    call.require(Subject::Pipeline(pipeline.to_owned()), least).await
}

async fn list(call: &Call) -> Result<Reply, HttpError> {
    let filter = PipelineFilter {
        environment: call.params.id("environmentId")?,
        text: call.params.text("q")?,
    };
    let query = Query::Pipelines { viewer: call.viewer()?, filter, page: page(call)? };
    let answer = call.ask(query, "environment").await?;
    let AnswerBody::Pipelines(pipelines) = &answer.body else { mismatched() };
    Ok(live_page(pipelines, answer.position, PipelineView::of))
}

/// The pipeline as it runs, when the viewer may see it, and the position it is true at.
pub(super) async fn live(call: &Call, pipeline: &str) -> Result<(PipelineItem, String), HttpError> {
    let query = Query::Pipeline { viewer: call.viewer()?, pipeline: pipeline.to_owned() };
    let answer = call.ask(query, "pipeline").await?;
    let position = position_text(answer.position);
    let AnswerBody::Pipeline(item) = answer.body else { mismatched() };
    Ok((*item, position))
}

async fn show(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    let (item, position) = live(call, pipeline).await?;
    let stored = call.app.store.pipeline(pipeline).await?;
    let stored = stored.ok_or(HttpError::NotFound("pipeline"))?;
    let view = PipelineDetailView {
        stored: StoredView::of(&stored),
        rollout: rollout(&item),
        instances: InstanceCounts::of(&item.instances, item.instances_no_data),
        rates: item.rates.map(RatesView::of),
        position,
    };
    Ok(json(StatusCode::OK, &view))
}

async fn create(call: &Call) -> Result<Reply, HttpError> {
    let NewPipeline { environment_id, name, config } = call.json()?;
    call.require(Subject::Environment(environment_id.clone()), Role::Editor).await?;
    let name = names::name("name", &name).map_err(HttpError::BadRequest)?;
    check_config(&config)?;
    let pipeline = call.app.control.create_pipeline(&environment_id, name, &config).await?;
    call.note_subject(&pipeline.id);
    call.note("name", name);
    Ok(json(StatusCode::CREATED, &StoredView::of(&pipeline)))
}

async fn change(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    require(call, pipeline, Role::Editor).await?;
    let ChangedPipeline { name, config } = call.json()?;
    if name.is_none() && config.is_none() {
        return Err(HttpError::BadRequest("the body has neither name nor config".into()));
    }
    let name = name.as_deref().map(|name| names::name("name", name)).transpose();
    let name = name.map_err(HttpError::BadRequest)?.map(str::to_owned);
    if let Some(config) = &config {
        check_config(config)?;
    }
    call.note("configSent", config.is_some());
    if let Some(name) = &name {
        call.note("newName", name.as_str());
    }
    let change = PipelineChange { name, config };
    let pipeline = call.app.control.change_pipeline(pipeline, change).await?;
    Ok(json(StatusCode::OK, &StoredView::of(&pipeline)))
}

async fn delete(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    require(call, pipeline, Role::Editor).await?;
    call.app.control.delete_pipeline(pipeline).await?;
    call.app.taps.end_pipeline(pipeline, steady_now());
    Ok(no_content())
}

/// A text with errors in it is kept as people left it; it cannot be deployed.
fn check_config(config: &str) -> Result<(), HttpError> {
    if CONFIG_BYTES_MAX < config.len() {
        return Err(HttpError::BadRequest(format!(
            "config is longer than {CONFIG_BYTES_MAX} bytes"
        )));
    }
    if config.trim().is_empty() {
        return Err(HttpError::BadRequest("config is empty".into()));
    }
    if config.contains('\0') {
        return Err(HttpError::BadRequest("config holds a NUL character".into()));
    }
    Ok(())
}

impl StoredView<'_> {
    pub(super) fn of(pipeline: &Pipeline) -> StoredView<'_> {
        let deployed = pipeline.deployed.as_ref();
        StoredView {
            id: &pipeline.id,
            name: &pipeline.name,
            environment_id: &pipeline.environment,
            version: pipeline.revision,
            config: &pipeline.config,
            updated_at: Rfc3339(pipeline.updated_at),
            deployed_version: deployed.map(|deployed| deployed.version),
            deployed_at: deployed.map(|deployed| Rfc3339(deployed.deployed_at)),
            node_selector: deployed.map(|deployed| label_map(&deployed.selector)),
            has_undeployed_changes: deployed.is_none_or(|d| d.config != pipeline.config),
        }
    }
}

impl PipelineView<'_> {
    fn of(item: &PipelineItem) -> PipelineView<'_> {
        PipelineView {
            id: &item.id,
            name: &item.name,
            environment_id: &item.environment,
            version: item.revision,
            deployed_version: item.deployed.as_ref().map(|deployed| deployed.revision),
            rollout: rollout(item),
            instances: InstanceCounts::of(&item.instances, item.instances_no_data),
            rates: item.rates.map(RatesView::of),
        }
    }
}

fn rollout(item: &PipelineItem) -> Option<RolloutView> {
    let rollout = item.deployed.as_ref()?.rollout?;
    Some(RolloutView {
        began_at: Rfc3339(rollout.began_at),
        waiting: rollout.waiting,
        running: rollout.running,
        failed: rollout.failed,
        timed_out: rollout.late,
    })
}

/// Labels as an object.
pub(super) fn label_map(labels: &[(String, String)]) -> BTreeMap<&str, &str> {
    labels.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect()
}
