//! Prepares a server for a simulated fleet through its API: signs in, makes a team, an environment, pipelines and a token.

use std::fmt;

use bytes::Bytes;
use hyper::Method;
use hyper::header::SET_COOKIE;
use serde_json::{Value, json};

use crate::fleet_sim::connection::{Call, CallError, Connection, Target};

/// How the rig signs in.
#[derive(Clone, Debug)]
pub enum SignIn {
    Password { email: String, password: String },
    ApiToken(String),
}

/// Why a server could not be prepared.
#[derive(Debug)]
pub enum SetupError {
    Call(CallError),
    /// The server refused: what was asked, the status, the server's word.
    Refused {
        asked: String,
        status: u16,
        why: String,
    },
    /// An answer without the field it should have.
    Missing(&'static str),
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SetupError::Call(error) => write!(f, "the server does not answer: {error}"),
            SetupError::Refused { asked, status, why } => write!(f, "{asked}: {status} {why}"),
            SetupError::Missing(field) => write!(f, "the server's answer has no {field}"),
        }
    }
}

impl std::error::Error for SetupError {}

impl From<CallError> for SetupError {
    fn from(error: CallError) -> SetupError {
        SetupError::Call(error)
    }
}

/// A signed-in user of the API.
#[derive(Debug)]
pub struct ApiClient {
    connection: Connection,
    cookie: Option<String>,
    token: Option<String>,
}

/// A server ready for a fleet.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub environment: String,
    pub enrollment_token: String,
    pub pipelines: Vec<String>,
}

impl ApiClient {
    /// Signs in.
    pub async fn sign_in(target: Target, sign_in: &SignIn) -> Result<ApiClient, SetupError> {
        let mut client =
            ApiClient { connection: Connection::new(target), cookie: None, token: None };
        match sign_in {
            SignIn::ApiToken(token) => client.token = Some(token.clone()),
            SignIn::Password { email, password } => {
                let body = json!({ "email": email, "password": password });
                client.post("/api/v1/session", &body).await?;
            }
        }
        Ok(client)
    }

    /// The session cookie, when signed in by password.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// A POST that must succeed; answers the JSON.
    pub async fn post(&mut self, path: &str, body: &Value) -> Result<Value, SetupError> {
        self.call(Method::POST, path, Some(body)).await
    }

    /// A GET that must succeed; answers the JSON.
    pub async fn get(&mut self, path: &str) -> Result<Value, SetupError> {
        self.call(Method::GET, path, None).await
    }

    /// A call that must succeed; answers the JSON, null when there is none.
    pub async fn call(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Value, SetupError> {
        let cookie = self.cookie.clone();
        let headers: Vec<(&'static str, &str)> =
            cookie.as_deref().map(|cookie| ("cookie", cookie)).into_iter().collect();
        let call = Call {
            method: method.clone(),
            path,
            token: self.token.as_deref(),
            headers: &headers,
            body: body.map_or(Bytes::new(), |body| Bytes::from(body.to_string())),
        };
        let answer = self.connection.call(&call).await?;
        let value: Value = serde_json::from_slice(&answer.body).unwrap_or(Value::Null);
        if !(200..300).contains(&answer.status) {
            let why = value["error"].as_str().unwrap_or_default().to_owned();
            let asked = format!("{method} {path}");
            return Err(SetupError::Refused { asked, status: answer.status, why });
        }
        let cookie = answer.headers.get(SET_COOKIE).and_then(|value| value.to_str().ok());
        if let Some(cookie) = cookie.and_then(|cookie| cookie.split(';').next()) {
            self.cookie = Some(cookie.to_owned());
        }
        Ok(value)
    }

    /// Makes a team, an environment with plain pipelines and a token to enroll with.
    pub async fn prepare(
        &mut self,
        name: &str,
        pipelines: PlainPipelines,
    ) -> Result<Prepared, SetupError> {
        let team = self.create("/api/v1/teams", &json!({ "name": name })).await?;
        let body = json!({ "name": name, "teamId": team });
        let environment = self.create("/api/v1/environments", &body).await?;
        self.prepare_in(environment, pipelines).await
    }

    /// Makes plain pipelines and a token to enroll with in an environment that exists.
    pub async fn prepare_in(
        &mut self,
        environment: String,
        pipelines: PlainPipelines,
    ) -> Result<Prepared, SetupError> {
        let mut ids = Vec::with_capacity(pipelines.count);
        for index in 0..pipelines.count {
            let name = format!("pipeline-{index:03}");
            let config = plain_config(&name, pipelines.components);
            ids.push(self.deploy_new(&environment, &name, &config, &json!({})).await?);
        }
        let enrollment_token = self.enrollment_token(&environment).await?;
        Ok(Prepared { environment, enrollment_token, pipelines: ids })
    }

    /// Makes a pipeline and deploys it to the nodes with these labels. Answers its id.
    pub async fn deploy_new(
        &mut self,
        environment: &str,
        name: &str,
        config: &str,
        selector: &Value,
    ) -> Result<String, SetupError> {
        let body = json!({ "environmentId": environment, "name": name, "config": config });
        let id = self.create("/api/v1/pipelines", &body).await?;
        let body = json!({ "changelog": "First version", "nodeSelector": selector });
        self.post(&format!("/api/v1/pipelines/{id}/deploy"), &body).await?;
        Ok(id)
    }

    /// Makes a token to enroll with.
    pub async fn enrollment_token(&mut self, environment: &str) -> Result<String, SetupError> {
        let path = format!("/api/v1/environments/{environment}/enrollment-token");
        text(&self.post(&path, &json!({})).await?, "token")
    }

    /// Makes something. Answers its id.
    pub async fn create(&mut self, path: &str, body: &Value) -> Result<String, SetupError> {
        text(&self.post(path, body).await?, "id")
    }
}

/// Pipelines without branches, to be run by every node.
#[derive(Clone, Copy, Debug)]
pub struct PlainPipelines {
    pub count: usize,
    /// Of each, at least a source and a sink.
    pub components: usize,
}

/// A pipeline of so many components in a row.
pub fn plain_config(name: &str, components: usize) -> String {
    let mut config = format!("# {name}\nsources:\n  in:\n    type: demo_logs\n    format: json\n");
    let mut last = "in".to_owned();
    for step in 1..components.saturating_sub(1) {
        if step == 1 {
            config.push_str("transforms:\n");
        }
        config += &format!(
            "  step_{step}:\n    type: remap\n    inputs: [{last}]\n    source: .step = {step}\n"
        );
        last = format!("step_{step}");
    }
    config += &format!("sinks:\n  out:\n    type: blackhole\n    inputs: [{last}]\n");
    config
}

/// A text of an answer.
pub fn text(value: &Value, field: &'static str) -> Result<String, SetupError> {
    value[field].as_str().map(str::to_owned).ok_or(SetupError::Missing(field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet_sim::flow::Flow;

    #[test]
    fn plain_pipelines_have_as_many_components_as_are_asked_for() {
        for (asked, expected) in [
            (0, vec!["in", "out"]),
            (2, vec!["in", "out"]),
            (4, vec!["in", "step_1", "step_2", "out"]),
        ] {
            let flow = Flow::read(&plain_config("p1", asked)).unwrap();
            let ids: Vec<&str> = flow.parts.iter().map(|part| &*part.id).collect();
            assert_eq!(ids, expected);
        }
    }
}
