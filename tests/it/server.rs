//! A whole server in this process: real store, real engine, real sockets.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::Method;
use serde_json::{Value, json};
use systole::auth::secrets::digest;
use systole::cli::{self, Invocation};
use systole::config::ServeConfig;
use systole::fleet_sim::connection::{Answer, Call, Connection, Target};
use systole::fleet_sim::setup::{ApiClient, SignIn};
use systole::serve::{Server, start};
use systole::store::{EnrolledNode, Environment, NewVersion, Pipeline, Team, open::open};
use systole_systems::time::Millis;
use tempfile::TempDir;
use tokio::time::{Instant, sleep, timeout};

use crate::postgres_cluster::{Cluster, fresh_database};

pub(crate) const EMAIL: &str = "root@systole.test";
pub(crate) const PASSWORD: &str = "correct horse";

/// Which store a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Sqlite,
    Postgres,
}

pub(crate) const BOTH: [Kind; 2] = [Kind::Sqlite, Kind::Postgres];

/// A database and a directory that outlive the servers started on them.
pub(crate) struct Place {
    directory: TempDir,
    pub(crate) database_url: String,
    cluster: Option<Cluster>,
}

impl Place {
    pub(crate) async fn new(kind: Kind) -> Place {
        let directory = tempfile::tempdir().unwrap();
        let (database_url, cluster) = match kind {
            Kind::Sqlite => {
                (format!("sqlite:{}", directory.path().join("test.db").display()), None)
            }
            Kind::Postgres => fresh_database().await,
        };
        Place { directory, database_url, cluster }
    }

    /// A place whose database can be stopped and started.
    pub(crate) fn on_cluster(cluster: Cluster) -> Place {
        let (directory, database_url) = (tempfile::tempdir().unwrap(), cluster.url());
        Place { directory, database_url, cluster: Some(cluster) }
    }

    /// The cluster of a place that has its own.
    pub(crate) fn cluster(&self) -> &Cluster {
        self.cluster.as_ref().expect("the place was made on a cluster")
    }

    /// Where servers started here keep their files.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Starts a server here; `options` are further flags.
    pub(crate) async fn serve(&self, options: &[&str]) -> Running {
        let config = config(&self.data_dir(), &self.database_url, options);
        Running { server: start(&config).await.unwrap() }
    }

    /// Puts an environment `e1`, these pipelines and a node `n1` with this token into the store.
    pub(crate) async fn seed(&self, pipelines: &[&str], node_token: &str) {
        self.seed_nodes(pipelines, &[("n1".to_owned(), node_token.to_owned())]).await;
    }

    /// The same with several nodes, given by id and token.
    pub(crate) async fn seed_nodes(&self, pipelines: &[&str], nodes: &[(String, String)]) {
        let store = open(&self.database_url).await.unwrap();
        let at = Millis(1);
        let (id, name) = ("t1".to_owned(), "team".to_owned());
        store.create_team(&Team { id, name, created_at: at }).await.unwrap();
        let environment = || "e1".to_owned();
        store
            .create_environment(&Environment {
                id: environment(),
                name: "prod".into(),
                team: "t1".into(),
                created_at: at,
            })
            .await
            .unwrap();
        for pipeline in pipelines {
            store
                .create_pipeline(&Pipeline {
                    id: (*pipeline).into(),
                    environment: environment(),
                    name: format!("name of {pipeline}"),
                    revision: 0,
                    config: SOME_CONFIG.into(),
                    updated_at: at,
                    deployed: None,
                })
                .await
                .unwrap();
            store.deploy_version(&first_version(pipeline)).await.unwrap();
        }
        for (node, token) in nodes {
            store
                .enroll_node(&EnrolledNode {
                    id: node.clone(),
                    environment: environment(),
                    name: node.clone(),
                    host: node.clone(),
                    os: None,
                    agent_version: None,
                    vector_version: None,
                    labels: Vec::new(),
                    token_digest: digest(token),
                    enrolled_at: at,
                })
                .await
                .unwrap();
        }
        store.close().await;
    }
}

pub(crate) fn config(data_dir: &Path, database_url: &str, options: &[&str]) -> ServeConfig {
    let mut arguments = vec![
        "systole".to_owned(),
        "serve".to_owned(),
        "--listen=127.0.0.1:0".to_owned(),
        format!("--data-dir={}", data_dir.display()),
        format!("--database-url={database_url}"),
        format!("--bootstrap-admin={EMAIL}:{PASSWORD}"),
    ];
    arguments.extend(options.iter().map(|option| (*option).to_owned()));
    if !options.iter().any(|option| option.starts_with("--flush-interval-ms")) {
        // Tests wait for rows.
        arguments.push("--flush-interval-ms=1000".to_owned());
    }
    let arguments: Vec<_> = arguments.into_iter().map(Into::into).collect();
    match cli::parse(&arguments, |_| None).unwrap() {
        Invocation::Serve(config) => *config,
        other @ (Invocation::Demo(_)
        | Invocation::Load(_)
        | Invocation::Admin(_)
        | Invocation::Replay(_)
        | Invocation::Journal(_)) => panic!("{other:?}"),
    }
}

/// A server that runs.
pub(crate) struct Running {
    pub(crate) server: Server,
}

impl Running {
    pub(crate) fn target(&self) -> Target {
        Target::parse(&format!("http://{}", self.server.address)).unwrap()
    }

    pub(crate) async fn root(&self) -> ApiClient {
        self.sign_in(EMAIL, PASSWORD).await
    }

    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> ApiClient {
        let (email, password) = (email.to_owned(), password.to_owned());
        let sign_in = SignIn::Password { email, password };
        ApiClient::sign_in(self.target(), &sign_in).await.unwrap()
    }

    /// An API token of the root user.
    pub(crate) async fn root_token(&self) -> String {
        token_of(&mut self.root().await).await.1
    }

    /// One call, whatever its answer.
    pub(crate) async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: &str,
    ) -> Answer {
        let body = Bytes::from(body.to_owned());
        let call = Call { method, path, token, headers: &[], body };
        Connection::new(self.target()).call(&call).await.unwrap()
    }

    /// Opens a stream.
    pub(crate) async fn stream(&self, query: &str, token: &str) -> Stream {
        let mut stream = self.stream_at(&format!("/api/sse{query}"), token).await;
        stream.until(|text| text.contains("event: hello")).await;
        stream
    }

    /// Opens a stream of any path.
    pub(crate) async fn stream_at(&self, path: &str, token: &str) -> Stream {
        let call = Call { method: Method::GET, path, token: Some(token), ..Call::default() };
        let mut connection = Connection::new(self.target());
        let response = connection.open(&call).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        Stream { body: response.into_body(), text: String::new() }
    }

    /// Opens a stream with the session cookie of a client.
    pub(crate) async fn stream_with_cookie(&self, client: &ApiClient) -> Stream {
        let headers = [("cookie", client.cookie().unwrap())];
        let call =
            Call { method: Method::GET, path: "/api/sse", headers: &headers, ..Call::default() };
        let mut connection = Connection::new(self.target());
        let response = connection.open(&call).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        Stream { body: response.into_body(), text: String::new() }
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await;
    }
}

/// A new API token: its id and text.
pub(crate) async fn token_of(client: &mut ApiClient) -> (String, String) {
    let token = client.post("/api/v1/tokens", &json!({ "name": "test" })).await.unwrap();
    let text = |field: &str| token[field].as_str().unwrap().to_owned();
    (text("id"), text("token"))
}

/// An open event stream and all that has come.
pub(crate) struct Stream {
    body: hyper::body::Incoming,
    pub(crate) text: String,
}

impl Stream {
    /// Reads until the text is as wanted; fails after ten seconds.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&str) -> bool) {
        let reading = async {
            while !wanted(&self.text) {
                assert!(self.read().await, "the stream ended: {}", self.text);
            }
        };
        let read = timeout(Duration::from_secs(10), reading).await;
        assert!(read.is_ok(), "what was awaited did not come: {}", self.text);
    }

    /// Reads until the server ends the stream.
    pub(crate) async fn ended(&mut self) {
        let reading = async { while self.read().await {} };
        assert!(timeout(Duration::from_secs(10), reading).await.is_ok(), "the stream goes on");
    }

    /// Reads for a while.
    pub(crate) async fn read_for(&mut self, time: Duration) {
        let ends = Instant::now() + time;
        while let Ok(true) = tokio::time::timeout_at(ends, self.read()).await {}
    }

    /// The events so far: name and data.
    pub(crate) fn events(&self) -> Vec<(String, Value)> {
        let blocks = self.text.split("\n\n").filter_map(|block| {
            let (name, data) = block.strip_prefix("event: ")?.split_once("\ndata: ")?;
            Some((name.to_owned(), serde_json::from_str(data).ok()?))
        });
        blocks.collect()
    }

    /// The events of one name.
    pub(crate) fn events_of(&self, name: &str) -> Vec<Value> {
        self.events().into_iter().filter(|event| event.0 == name).map(|event| event.1).collect()
    }

    /// The last position, as `<epoch>.<tick>`.
    pub(crate) fn position(&self) -> String {
        let position = self.text.split("\n\n").filter_map(|block| block.strip_prefix("id: "));
        position.last().unwrap().to_owned()
    }

    async fn read(&mut self) -> bool {
        match self.body.frame().await {
            Some(Ok(frame)) => {
                if let Some(bytes) = frame.data_ref() {
                    self.text.push_str(std::str::from_utf8(bytes).unwrap());
                }
                true
            }
            Some(Err(_)) | None => false,
        }
    }
}

/// Waits until `check` holds; fails after ten seconds.
pub(crate) async fn eventually<F: Future<Output = bool>>(what: &str, check: impl Fn() -> F) {
    let ends = Instant::now() + Duration::from_secs(10);
    while !check().await {
        assert!(Instant::now() < ends, "{what} did not come");
        sleep(Duration::from_millis(50)).await;
    }
}

/// A configuration without a mistake.
pub(crate) const SOME_CONFIG: &str = "\
sources:
  in:
    type: demo_logs
    format: json
sinks:
  out:
    type: blackhole
    inputs: [in]
";

/// The version with which a pipeline begins to run.
pub(crate) fn first_version(pipeline: &str) -> NewVersion {
    NewVersion {
        pipeline: pipeline.into(),
        config: SOME_CONFIG.into(),
        changelog: "First version".into(),
        author: None,
        selector: Vec::new(),
        at: Millis(1),
    }
}
