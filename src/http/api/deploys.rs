//! `/pipelines/{id}/deploy` and what belongs to it: versions, differences between them, and where nodes stand.

use std::collections::BTreeMap;

use hyper::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::json;
use systole_systems::answer::AnswerBody;
use systole_systems::query::Query;
use systole_systems::status::Role;

use crate::clock::steady_now;
use crate::control::names;
use crate::control::pipelines::Deploy;
use crate::http::api::call::{Call, mismatched, no_such_path, not_allowed};
use crate::http::api::list::{ListView, live_page, page};
use crate::http::api::matrix::DeploymentView;
use crate::http::api::pipelines::{StoredView, label_map, require};
use crate::http::reply::{HttpError, Reply, json};
use crate::http::rfc3339::Rfc3339;
use crate::store::{Pipeline, Version, VersionInfo};
use crate::vector_config::VectorConfig;
use crate::vector_config::component_changes::ComponentChanges;
use crate::vector_config::line_changes::line_changes;

/// Longest changelog, in characters.
const CHANGELOG_CHARS_MAX: usize = 2_000;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct DeployBody {
    changelog: Option<String>,
    node_selector: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RollbackBody {
    version: u32,
    changelog: Option<String>,
    node_selector: Option<BTreeMap<String, String>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VersionView<'a> {
    version: u32,
    changelog: &'a str,
    author_id: Option<&'a str>,
    /// Null: unknown, or the account is gone.
    author_email: Option<&'a str>,
    node_selector: BTreeMap<&'a str, &'a str>,
    created_at: Rfc3339,
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<&'a str>,
}

/// Whether the part of a path after the pipeline's id leads here.
pub(super) fn is_about(action: &str) -> bool {
    ["deploy", "undeploy", "rollback", "versions", "diff", "deployment", "graph"].contains(&action)
}

pub(super) async fn route(
    call: &Call,
    pipeline: &str,
    action: &str,
    rest: &[&str],
) -> Result<Reply, HttpError> {
    match (&call.method, action, rest) {
        (&Method::POST, "deploy", []) => deploy(call, pipeline).await,
        (&Method::POST, "undeploy", []) => {
            require(call, pipeline, Role::Editor).await?;
            let undeployed = call.app.control.undeploy_pipeline(pipeline).await?;
            call.app.taps.end_pipeline(pipeline, steady_now());
            Ok(json(StatusCode::OK, &StoredView::of(&undeployed)))
        }
        (&Method::POST, "rollback", []) => roll_back(call, pipeline).await,
        (_, "deploy" | "undeploy" | "rollback", []) => not_allowed(&[Method::POST]),
        (&Method::GET, "versions", []) => versions(call, pipeline).await,
        (&Method::GET, "versions", [number]) => {
            require(call, pipeline, Role::Viewer).await?;
            let version = version(call, pipeline, number).await?;
            Ok(json(StatusCode::OK, &VersionView::whole(&version)))
        }
        (&Method::GET, "diff", []) => difference(call, pipeline).await,
        (&Method::GET, "deployment", []) => deployment(call, pipeline).await,
        (&Method::GET, "graph", []) => {
            require(call, pipeline, Role::Viewer).await?;
            let text = text(call, pipeline, call.params.get("version")).await?;
            Ok(json(StatusCode::OK, &VectorConfig::parse(&text)))
        }
        (_, "versions", [] | [_]) | (_, "diff" | "deployment" | "graph", []) => {
            not_allowed(&[Method::GET])
        }
        _ => no_such_path(),
    }
}

async fn deploy(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    require(call, pipeline, Role::Editor).await?;
    let body: DeployBody = if call.body.is_empty() { DeployBody::default() } else { call.json()? };
    let deploy = request(call, body.changelog, body.node_selector)?;
    let changelog = deploy.changelog.clone();
    let deployed = call.app.control.deploy_pipeline(pipeline, deploy).await?;
    note_deploy(call, &deployed, &changelog);
    Ok(answer(&deployed))
}

async fn roll_back(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    require(call, pipeline, Role::Editor).await?;
    let body: RollbackBody = call.json()?;
    let changelog = body.changelog.unwrap_or_else(|| format!("Back to version {}", body.version));
    let deploy = request(call, Some(changelog), body.node_selector)?;
    let changelog = deploy.changelog.clone();
    let deployed = call.app.control.roll_back_pipeline(pipeline, body.version, deploy).await?;
    note_deploy(call, &deployed, &changelog);
    call.note("toVersion", body.version);
    Ok(answer(&deployed))
}

fn note_deploy(call: &Call, pipeline: &Pipeline, changelog: &str) {
    call.note("version", pipeline.revision);
    call.note("changelog", changelog);
    let selector = pipeline.deployed.as_ref().map(|deployed| label_map(&deployed.selector));
    call.note("nodeSelector", json!(selector));
}

fn request(
    call: &Call,
    changelog: Option<String>,
    selector: Option<BTreeMap<String, String>>,
) -> Result<Deploy, HttpError> {
    let changelog = changelog.unwrap_or_default();
    if CHANGELOG_CHARS_MAX < changelog.chars().count() {
        let why = format!("changelog is longer than {CHANGELOG_CHARS_MAX} characters");
        return Err(HttpError::BadRequest(why));
    }
    if changelog.contains('\0') {
        return Err(HttpError::BadRequest("changelog holds a NUL character".into()));
    }
    let selector = selector.map(|labels| names::labels("nodeSelector", labels)).transpose();
    let author = Some(call.viewer()?);
    Ok(Deploy { changelog, author, selector: selector.map_err(HttpError::BadRequest)? })
}

fn answer(pipeline: &Pipeline) -> Reply {
    json(StatusCode::OK, &StoredView::of(pipeline))
}

async fn versions(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    require(call, pipeline, Role::Viewer).await?;
    let before = call.params.number("cursor", i32::MAX as u32, 1, i32::MAX as u32)?;
    let limit = call.params.limit()?;
    let versions = call.app.store.list_versions(pipeline, before, limit as u32 + 1).await?;
    let items: Vec<_> = versions.iter().take(limit).map(VersionView::of).collect();
    let next_cursor = (limit < versions.len()).then(|| items[limit - 1].version.to_string());
    Ok(json(StatusCode::OK, &ListView { items, next_cursor, total: None, position: None }))
}

async fn version(call: &Call, pipeline: &str, number: &str) -> Result<Version, HttpError> {
    let not_found = HttpError::NotFound("version");
    let number = number.parse().map_err(|_| not_found.clone())?;
    call.app.store.version(pipeline, number).await?.ok_or(not_found)
}

/// The text of a version, or what people edit.
async fn text(call: &Call, pipeline: &str, which: Option<&str>) -> Result<String, HttpError> {
    match which {
        Some(number) if number != "draft" => Ok(version(call, pipeline, number).await?.config),
        Some(_) | None => {
            let stored = call.app.store.pipeline(pipeline).await?;
            Ok(stored.ok_or(HttpError::NotFound("pipeline"))?.config)
        }
    }
}

/// From one text to another; the second is what people edit, unless it is named.
async fn difference(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    require(call, pipeline, Role::Viewer).await?;
    let from = call.params.get("from");
    let from = from.ok_or_else(|| HttpError::BadRequest("from is missing".into()))?;
    let old = text(call, pipeline, Some(from)).await?;
    let new = text(call, pipeline, call.params.get("to")).await?;
    let components =
        ComponentChanges::between(&VectorConfig::parse(&old), &VectorConfig::parse(&new));
    let view = json!({ "hunks": line_changes(&old, &new), "components": components });
    Ok(json(StatusCode::OK, &view))
}

async fn deployment(call: &Call, pipeline: &str) -> Result<Reply, HttpError> {
    let (viewer, pipeline) = (call.viewer()?, pipeline.to_owned());
    let query = Query::Deployment { viewer, pipeline, page: page(call)? };
    let answer = call.ask(query, "pipeline").await?;
    let AnswerBody::Deployment(nodes) = &answer.body else { mismatched() };
    Ok(live_page(nodes, answer.position, DeploymentView::of))
}

impl VersionView<'_> {
    fn of(info: &VersionInfo) -> VersionView<'_> {
        VersionView {
            version: info.version,
            changelog: &info.changelog,
            author_id: info.author.as_deref(),
            author_email: info.author_email.as_deref(),
            node_selector: label_map(&info.selector),
            created_at: Rfc3339(info.created_at),
            config: None,
        }
    }

    fn whole(version: &Version) -> VersionView<'_> {
        VersionView { config: Some(&version.config), ..VersionView::of(&version.info) }
    }
}
