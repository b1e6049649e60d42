//! What a config poll costs beside `GET /healthz`, and how soon a deploy is in the hands of a thousand agents that
//! listen on their push streams. The server is a process of its own, on a SQLite file.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use http_body_util::BodyExt as _;
use hyper::Method;
use serde_json::{Value, json};
use systole::fleet_sim::connection::{Call, Connection, Target};
use systole::fleet_sim::setup::{ApiClient, PlainPipelines, SignIn};

const EMAIL: &str = "root@systole.test";
const PASSWORD: &str = "correct horse battery";
const PIPELINES: usize = 100;
/// Size of each configuration.
const CONFIG_BYTES: usize = 2_000;
/// Requests of a round, and rounds; each round asks for both in turn.
const REQUESTS: usize = 2_000;
const ROUNDS: usize = 5;
/// Agents that listen for deploys, what each of them runs, and deploys. They unpack what they are told on the
/// same machine, so they run less.
const AGENTS: usize = 1_000;
const PIPELINES_OF_AN_AGENT: usize = 10;
const DEPLOYS: usize = 5;

#[tokio::main]
async fn main() {
    let directory = tempfile::tempdir().expect("there is a place for temporary files");
    let server = Server::start(&directory.path().display().to_string());
    let sign_in = SignIn::Password { email: EMAIL.into(), password: PASSWORD.into() };
    let mut client = ApiClient::sign_in(server.target(), &sign_in).await.expect("it can sign in");
    let (enrollment, _) = environment(&mut client, "polls", PIPELINES).await;
    let token = enroll(&server, &enrollment, 0).await;
    cost_of_a_poll(&server, &token).await;
    let (enrollment, pipeline) = environment(&mut client, "deploys", PIPELINES_OF_AN_AGENT).await;
    deploy_to_poll(&server, &mut client, &enrollment, &pipeline).await;
}

/// An environment with pipelines: its token to enroll with, and one of the pipelines.
async fn environment(client: &mut ApiClient, name: &str, pipelines: usize) -> (String, String) {
    let none = PlainPipelines { count: 0, components: 0 };
    let prepared = client.prepare(name, none).await.expect("it is empty");
    let mut last = String::new();
    for index in 0..pipelines {
        last = deploy_new(client, &prepared.environment, index).await;
    }
    (prepared.enrollment_token, last)
}

async fn deploy_new(client: &mut ApiClient, environment: &str, index: usize) -> String {
    let body = json!({
        "environmentId": environment,
        "name": format!("pipeline-{index}"),
        "config": config(index, 0),
    });
    let created = client.post("/api/v1/pipelines", &body).await.expect("it is new");
    let id = created["id"].as_str().expect("it has an id").to_owned();
    client.post(&format!("/api/v1/pipelines/{id}/deploy"), &json!({})).await.expect("it is valid");
    id
}

/// A configuration whose every line of VRL is another one.
fn config(index: usize, edition: usize) -> String {
    let mut source = String::new();
    let mut line = 0;
    while source.len() < CONFIG_BYTES - 250 {
        line += 1;
        source += &format!("      .field_{line} = \"{index}-{edition}-{}\"\n", line * 7919 % 1000);
    }
    format!(
        "sources:\n  in:\n    type: demo_logs\n    format: json\ntransforms:\n  shape:\n    type: remap\n    \
         inputs: [in]\n    source: |\n{source}sinks:\n  out:\n    type: blackhole\n    inputs: [shape]\n"
    )
}

async fn enroll(server: &Server, token: &str, index: usize) -> String {
    let body = json!({ "token": token, "hostname": format!("host-{index}") }).to_string();
    let call = Call {
        method: Method::POST,
        path: "/api/agent/enroll",
        body: body.into(),
        ..Call::default()
    };
    let answer = Connection::new(server.target()).call(&call).await.expect("it answers");
    let enrolled: Value = serde_json::from_slice(&answer.body).expect("it is JSON");
    enrolled["nodeToken"].as_str().expect("it is a node now").to_owned()
}

async fn cost_of_a_poll(server: &Server, token: &str) {
    let gzip = [("accept-encoding", "gzip")];
    let healthz = Call { method: Method::GET, path: "/healthz", ..Call::default() };
    let poll = Call {
        method: Method::GET,
        path: "/api/agent/config",
        token: Some(token),
        headers: &gzip,
        ..Call::default()
    };
    let mut connection = Connection::new(server.target());
    let mut spent = [Duration::ZERO; 2];
    for round in 0..=ROUNDS {
        for (call, spent) in [&healthz, &poll].into_iter().zip(&mut spent) {
            let began = server.cpu();
            for _ in 0..REQUESTS {
                // The body stays packed: unpacking it is work of the agent.
                let response = connection.open(call).await.expect("it answers");
                assert_eq!(response.status(), 200);
                response.into_body().collect().await.expect("it is whole");
            }
            if round > 0 {
                *spent += server.cpu() - began;
            }
        }
    }
    let micros = spent.map(|spent| spent.as_secs_f64() * 1e6 / (REQUESTS * ROUNDS) as f64);
    let [health, poll] = micros;
    show("CPU of GET /healthz", &format!("{health:.1} us"));
    show("CPU of a config poll, 100 pipelines", &format!("{poll:.1} us, {:.2} x", poll / health));
}

async fn deploy_to_poll(server: &Server, client: &mut ApiClient, enrollment: &str, pipeline: &str) {
    let (arrivals, mut arrived) = tokio::sync::mpsc::channel(AGENTS);
    for index in 1..=AGENTS {
        let token = enroll(server, enrollment, index).await;
        let agent = listen(server.target(), token, pipeline.to_owned(), arrivals.clone());
        tokio::spawn(agent);
    }
    for _ in 0..AGENTS {
        arrived.recv().await.expect("agents connect");
    }
    let mut waits = Vec::new();
    for edition in 1..=DEPLOYS {
        let path = format!("/api/v1/pipelines/{pipeline}");
        let change = json!({ "config": config(0, edition) });
        client.call(Method::PUT, &path, Some(&change)).await.expect("it is there");
        let began = Instant::now();
        client.post(&format!("{path}/deploy"), &json!({})).await.expect("it is valid");
        for _ in 0..AGENTS {
            let (version, at) = arrived.recv().await.expect("agents listen");
            assert_eq!(version, 1 + edition as u64);
            waits.push(at.saturating_duration_since(began));
        }
    }
    waits.sort();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let told = format!("p50 {:.0} ms, p99 {:.0} ms, max {:.0} ms", at(0.5), at(0.99), at(1.0));
    show("deploy asked for to polled, 1,000 agents", &told);
}

/// An agent that polls when its push stream says so, and tells which version it was given, and when.
async fn listen(
    target: Target,
    token: String,
    pipeline: String,
    arrivals: tokio::sync::mpsc::Sender<(u64, Instant)>,
) {
    let mut polls = Connection::new(target.clone());
    let mut stream = Connection::new(target);
    let push = Call {
        method: Method::GET,
        path: "/api/agent/push",
        token: Some(&token),
        ..Call::default()
    };
    let poll = Call {
        method: Method::GET,
        path: "/api/agent/config",
        token: Some(&token),
        headers: &[("accept-encoding", "gzip")],
        ..Call::default()
    };
    // Agents poll before they listen, on a connection that stays.
    polls.call(&poll).await.expect("it answers");
    let mut body = stream.open(&push).await.expect("it is let in").into_body();
    let mut text = String::new();
    arrivals.send((0, Instant::now())).await.expect("the bench waits");
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(data) = frame.into_data() else { continue };
        text += &String::from_utf8_lossy(&data);
        while let Some(end) = text.find("\n\n") {
            let event: String = text.drain(..end + 2).collect();
            if !event.contains("config_changed") {
                continue;
            }
            let answer = polls.call(&poll).await.expect("it answers");
            let at = Instant::now();
            let config: Value = serde_json::from_slice(&answer.body).expect("it is JSON");
            let pipelines = config["pipelines"].as_array().expect("it has pipelines");
            let told = pipelines.iter().find(|told| told["pipelineId"] == *pipeline);
            let version = told.and_then(|told| told["version"].as_u64()).expect("it is deployed");
            if arrivals.send((version, at)).await.is_err() {
                return;
            }
        }
    }
}

struct Server {
    process: Child,
    url: String,
}

impl Server {
    fn start(data_dir: &str) -> Server {
        let mut process = Command::new(env!("CARGO_BIN_EXE_systole"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data-dir", data_dir])
            .env("SYSTOLE_BOOTSTRAP_ADMIN", format!("{EMAIL}:{PASSWORD}"))
            .stdout(Stdio::piped())
            .spawn()
            .expect("it is built");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let url = lines
            .by_ref()
            .map(|line| line.expect("it is text"))
            .find_map(|line| line.trim().strip_prefix("listening on").map(|a| a.trim().to_owned()))
            .map(|authority| format!("http://{authority}"))
            .expect("it says where it listens");
        Server { process, url }
    }

    fn target(&self) -> Target {
        Target::parse(&self.url).expect("it is an address")
    }

    /// Time its threads have had a processor.
    fn cpu(&self) -> Duration {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.process.id()));
        let nanos = tasks.expect("this is Linux").filter_map(|task| {
            let text = std::fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(nanos.sum())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.process.kill().expect("it runs");
        self.process.wait().expect("it is ours");
    }
}

#[expect(clippy::print_stdout, reason = "a bench shows what it measured")]
fn show(what: &str, value: &str) {
    println!("{what:<42} {value}");
}
