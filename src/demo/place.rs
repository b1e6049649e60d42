//! Where the demo lives on its server: a team, an environment and its pipelines, found by name or made.

use std::borrow::Cow;

use hyper::Method;
use serde_json::{Value, json};

use crate::demo::pipelines::{DemoPipeline, NextVersion, demo_pipeline};
use crate::fleet_sim::setup::{ApiClient, SetupError, text};

/// The name of the team and of the environment.
const NAME: &str = "demo";

/// A server ready for the fleet.
pub(super) struct Place {
    pub(super) environment: String,
    pub(super) enrollment_token: String,
    /// A pipeline that has had one version so far, and gets another while the demo runs.
    pub(super) changing: Option<Changing>,
}

/// What becomes of a pipeline while the demo runs.
pub(super) struct Changing {
    pipeline: String,
    first: Cow<'static, str>,
    next: NextVersion,
}

/// Goes on with what an earlier run left, and makes what is missing.
pub(super) async fn find_place(
    client: &mut ApiClient,
    pipelines: usize,
) -> Result<Place, SetupError> {
    let team = match find(client, "/api/v1/teams?limit=500", |team| team["name"] == NAME).await? {
        Some(team) => text(&team, "id")?,
        None => client.create("/api/v1/teams", &json!({ "name": NAME })).await?,
    };
    let is_ours = |known: &Value| known["name"] == NAME && known["teamId"] == team;
    let environment = match find(client, "/api/v1/environments?limit=500", is_ours).await? {
        Some(environment) => text(&environment, "id")?,
        None => {
            let body = json!({ "name": NAME, "teamId": team });
            client.create("/api/v1/environments", &body).await?
        }
    };
    let mut changing = None;
    for index in 0..pipelines {
        let pipeline = demo_pipeline(index);
        let (id, version) = find_pipeline(client, &environment, &pipeline).await?;
        if let (Some(next), 1) = (pipeline.next, version) {
            changing = Some(Changing { pipeline: id, first: pipeline.config, next });
        }
    }
    let enrollment_token = client.enrollment_token(&environment).await?;
    Ok(Place { environment, enrollment_token, changing })
}

impl Changing {
    /// Deploys the next version, unless somebody has had other plans with the pipeline.
    pub(super) async fn deploy(&self, client: &mut ApiClient) -> Result<(), SetupError> {
        let path = format!("/api/v1/pipelines/{}", self.pipeline);
        if !self.is_untouched(&client.get(&path).await?) {
            tracing::info!(
                "somebody changed the demo's pipeline; its next version is not deployed"
            );
            return Ok(());
        }
        client.call(Method::PUT, &path, Some(&json!({ "config": self.next.config }))).await?;
        let body = json!({ "changelog": self.next.changelog });
        client.post(&format!("{path}/deploy"), &body).await?;
        Ok(())
    }

    /// Whether the pipeline is as its first version left it. A run that ended before its deploy may have
    /// left it to people for long.
    fn is_untouched(&self, pipeline: &Value) -> bool {
        pipeline["version"] == 1 && pipeline["config"] == *self.first
    }
}

/// Id and version of a pipeline; one that is new is deployed.
async fn find_pipeline(
    client: &mut ApiClient,
    environment: &str,
    pipeline: &DemoPipeline,
) -> Result<(String, u64), SetupError> {
    let name = &*pipeline.name;
    let path = format!("/api/v1/pipelines?limit=500&environmentId={environment}&q={name}");
    if let Some(known) = find(client, &path, |known| known["name"] == name).await? {
        return Ok((text(&known, "id")?, known["version"].as_u64().unwrap_or(0)));
    }
    let selector: Value = pipeline
        .selector
        .iter()
        .map(|(key, value)| ((*key).to_owned(), Value::from(*value)))
        .collect();
    let id = client.deploy_new(environment, name, &pipeline.config, &selector).await?;
    Ok((id, 1))
}

async fn find(
    client: &mut ApiClient,
    path: &str,
    is_wanted: impl Fn(&Value) -> bool,
) -> Result<Option<Value>, SetupError> {
    let list = client.get(path).await?;
    let items = list["items"].as_array().ok_or(SetupError::Missing("items"))?;
    Ok(items.iter().find(|item| is_wanted(item)).cloned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_pipeline_that_nobody_changed_gets_its_next_version() {
        let DemoPipeline { config: first, next, .. } = demo_pipeline(0);
        let next = next.expect("the first pipeline changes");
        let changing = Changing { pipeline: "p1".into(), first: first.clone(), next };
        let edited = format!("{first}# mine\n");
        for (version, config, expected) in [
            (1, &*first, true),
            (1, &*edited, false),
            (1, next.config, false),
            (2, &*first, false),
            (2, next.config, false),
        ] {
            let pipeline = json!({ "version": version, "config": config });
            assert_eq!(changing.is_untouched(&pipeline), expected, "{pipeline}");
        }
        assert!(!changing.is_untouched(&json!({})));
    }
}
