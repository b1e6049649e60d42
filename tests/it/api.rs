//! The API of a whole server: store, core, edge, over sockets.

mod admin;
mod audit;
mod contract;
mod errors;
mod event_samples;
mod fleet;
mod history;
mod logs;
mod pipelines;
mod rights;
mod running;
mod sign_in;
mod streams;
mod taps;

use std::ffi::OsString;
use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use systole::cli::{self, Invocation};
use systole::config::{DataDir, ServeConfig};
use systole::serve::{self, Server};

use crate::edge::{Answer, Client, request};

pub(crate) const EMAIL: &str = "ada@example.org";
pub(crate) const PASSWORD: &str = "correct horse";

/// A server with SQLite in a temporary directory.
pub(crate) struct Whole {
    server: Server,
}

/// Somebody with an API token.
pub(crate) struct Person<'a> {
    whole: &'a Whole,
    token: String,
}

/// A node that has enrolled.
pub(crate) struct EnrolledNode {
    id: String,
    token: String,
}

impl Whole {
    /// A server whose first super-admin exists.
    pub(crate) async fn start() -> Whole {
        Whole::start_with(&["--flush-interval-ms", "200"]).await
    }

    /// A server with these options and a first super-admin.
    pub(crate) async fn start_with(options: &[&str]) -> Whole {
        let mut config = config_with(options);
        config.bootstrap_admin = Some(systole::config::BootstrapAdmin {
            email: EMAIL.into(),
            password: PASSWORD.into(),
        });
        Whole { server: serve::start(&config).await.unwrap() }
    }

    /// A server that nobody has set up.
    pub(crate) async fn start_empty() -> Whole {
        Whole { server: serve::start(&config()).await.unwrap() }
    }

    pub(crate) async fn connect(&self) -> Client {
        Client::connect(self.server.address).await
    }

    /// Sends a request with these header lines and reads the answer.
    pub(crate) async fn send(&self, headers: &str, call: &str, body: &Value) -> Answer {
        let (method, path) = call.split_once(' ').unwrap();
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let text = format!(
            "{method} {path} HTTP/1.1\r\nHost: systole.test\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut client = self.connect().await;
        client.send(text.as_bytes()).await;
        client.whole_answer().await
    }

    /// Signs in and answers the cookie.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> String {
        let body = json!({ "email": email, "password": password });
        let answer = self.send("", "POST /api/v1/session", &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned()
    }

    /// Somebody by their password.
    pub(crate) async fn person(&self, email: &str, password: &str) -> Person<'_> {
        let cookie = format!("Cookie: {}\r\n", self.sign_in(email, password).await);
        let answer = self.send(&cookie, "POST /api/v1/tokens", &json!({ "name": "test" })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        Person { whole: self, token: answer.json()["token"].as_str().unwrap().to_owned() }
    }

    /// The first super-admin.
    pub(crate) async fn admin(&self) -> Person<'_> {
        self.person(EMAIL, PASSWORD).await
    }

    /// Enrolls a node and answers its id and token.
    pub(crate) async fn enroll(&self, enrollment_token: &str, host: &str) -> EnrolledNode {
        let body = json!({ "token": enrollment_token, "hostname": host, "os": "linux/amd64" });
        let answer = self.send("", "POST /api/agent/enroll", &body).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let text = |name: &str| answer.json()[name].as_str().unwrap().to_owned();
        EnrolledNode { id: text("nodeId"), token: text("nodeToken") }
    }

    /// Sends what the node has to say and answers the status.
    pub(crate) async fn agent(&self, node: &EnrolledNode, call: &str, body: &Value) -> u16 {
        let headers = format!("Authorization: Bearer {}\r\n", node.token);
        self.send(&headers, call, body).await.status
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
    }
}

impl Person<'_> {
    pub(crate) async fn ask(&self, call: &str, body: &Value) -> Answer {
        let headers = format!("Authorization: Bearer {}\r\n", self.token);
        self.whole.send(&headers, call, body).await
    }

    /// What a call that succeeds answers.
    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.ask(&format!("GET {path}"), &Value::Null).await;
        assert_eq!(answer.status, 200, "{path} {answer:?}");
        answer.json()
    }

    /// The id of what a call creates.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> String {
        let answer = self.ask(&format!("POST {path}"), body).await;
        assert_eq!(answer.status, 201, "{path} {answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// Status of a call without a body.
    pub(crate) async fn status(&self, call: &str) -> u16 {
        self.ask(call, &Value::Null).await.status
    }

    /// A team with an environment: both ids.
    pub(crate) async fn environment(&self, name: &str) -> (String, String) {
        let team = self.create("/api/v1/teams", &json!({ "name": format!("{name} team") })).await;
        let body = json!({ "name": name, "teamId": team });
        (team, self.create("/api/v1/environments", &body).await)
    }

    pub(crate) async fn enrollment_token(&self, environment: &str) -> String {
        let call = format!("POST /api/v1/environments/{environment}/enrollment-token");
        self.ask(&call, &Value::Null).await.json()["token"].as_str().unwrap().to_owned()
    }

    /// Opens an event stream and reads its greeting.
    pub(crate) async fn stream(&self, query: &str) -> Client {
        self.stream_of(&format!("/api/sse{query}")).await
    }

    /// The same of any path.
    pub(crate) async fn stream_of(&self, path: &str) -> Client {
        let mut client = self.whole.connect().await;
        client.send(request(&self.token, "GET", path, "").as_bytes()).await;
        let head = client.read_until("\r\n\r\n").await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        client.read_until("retry: ").await;
        client
    }
}

/// Waits until what is read satisfies the condition: the store is behind by a flush.
pub(crate) async fn eventually<T, F: Future<Output = T>>(
    read: impl Fn() -> F,
    holds: impl Fn(&T) -> bool,
) -> T {
    let waited = async {
        loop {
            let value = read().await;
            if holds(&value) {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waited).await.expect("it never came to hold")
}

/// A heartbeat with one running pipeline.
pub(crate) fn heartbeat(pipeline: &str, status: &str, events: u64) -> Value {
    json!({
        "agentVersion": "1.2.3",
        "labels": { "site": "north" },
        "pipelines": [{
            "pipelineId": pipeline, "version": 1, "status": status, "pid": 7,
            "uptimeSeconds": 60, "eventsIn": events, "eventsOut": events, "bytesIn": 10 * events,
        }],
    })
}

fn config() -> ServeConfig {
    config_with(&["--flush-interval-ms", "200"])
}

fn config_with(options: &[&str]) -> ServeConfig {
    let arguments = ["systole", "serve", "--listen", "127.0.0.1:0"];
    let arguments: Vec<OsString> = arguments.iter().chain(options).map(OsString::from).collect();
    let Invocation::Serve(mut config) = cli::parse(&arguments, |_| None).unwrap() else {
        panic!("not serve")
    };
    config.data_dir = DataDir::Temporary;
    *config
}
