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

    /// Makes a team, an environment with `pipelines` pipelines and a token to enroll with.
    pub async fn prepare(&mut self, name: &str, pipelines: usize) -> Result<Prepared, SetupError> {
        let team = self.post("/api/v1/teams", &json!({ "name": name })).await?;
        let team = text(&team, "id")?;
        let body = json!({ "name": name, "teamId": team });
        let environment = text(&self.post("/api/v1/environments", &body).await?, "id")?;
        self.prepare_in(environment, pipelines).await
    }

    /// Makes pipelines and a token to enroll with in an environment that exists.
    pub async fn prepare_in(
        &mut self,
        environment: String,
        pipelines: usize,
    ) -> Result<Prepared, SetupError> {
        let mut ids = Vec::with_capacity(pipelines);
        for index in 0..pipelines {
            let name = pipeline_name(index);
            let config = pipeline_config(&name);
            let body = json!({ "environmentId": environment, "name": name, "config": config });
            let id = text(&self.post("/api/v1/pipelines", &body).await?, "id")?;
            let path = format!("/api/v1/pipelines/{id}/deploy");
            self.post(&path, &json!({ "changelog": "First version" })).await?;
            ids.push(id);
        }
        let path = format!("/api/v1/environments/{environment}/enrollment-token");
        let token = text(&self.post(&path, &json!({})).await?, "token")?;
        Ok(Prepared { environment, enrollment_token: token, pipelines: ids })
    }
}

/// Names a demo can be read by; numbered from the ninth on.
fn pipeline_name(index: usize) -> String {
    const NAMES: [&str; 8] = [
        "web-access-logs",
        "kubernetes-events",
        "payment-audit",
        "edge-metrics",
        "auth-events",
        "database-slow-log",
        "firewall-flow",
        "mail-gateway",
    ];
    NAMES.get(index).map_or_else(|| format!("pipeline-{index:03}"), |name| (*name).to_owned())
}

fn pipeline_config(name: &str) -> String {
    format!(
        "# {name}\nsources:\n  in:\n    type: demo_logs\n    format: json\n\
         transforms:\n  parse:\n    type: remap\n    inputs: [in]\n    source: '. = parse_json!(.message)'\n\
         sinks:\n  out:\n    type: blackhole\n    inputs: [parse]\n"
    )
}

fn text(value: &Value, field: &'static str) -> Result<String, SetupError> {
    value[field].as_str().map(str::to_owned).ok_or(SetupError::Missing(field))
}
