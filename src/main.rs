//! The `systole` program: reads the command line and runs what it asks for.

use std::ffi::OsString;
use std::fmt::Display;
use std::io::{BufWriter, ErrorKind, IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::process::{Resource, getrlimit};
use systole::admin::target::find_target;
use systole::admin::{self, AdminOptions, AdminTarget};
use systole::banner::{Banner, SignIn, SimulatedFleet, banner, wants_colours};
use systole::cli::journal_options::JournalCommand;
use systole::cli::replay_options::ReplayOptions;
use systole::cli::{self, Invocation};
use systole::config::{DataDir, DemoConfig, ServeConfig};
use systole::demo::{self, start_fleet, with_demo_user};
use systole::journal_tools::{ToolError, cut, inspect, redact};
use systole::load;
use systole::load::options::LoadOptions;
use systole::replay;
use systole::serve::{self, Server};
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let invocation = match cli::parse(&arguments, |name| std::env::var_os(name)) {
        Ok(invocation) => invocation,
        Err(error) => {
            // Nothing is left to do when the terminal is gone.
            let _printed = error.print().is_ok();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(1));
        }
    };
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("the runtime cannot start: {error}")),
    };
    let outcome = match invocation {
        Invocation::Serve(config) => runtime.block_on(run_serve(&config)),
        Invocation::Demo(config) => runtime.block_on(run_demo(*config)),
        Invocation::Load(options) => runtime.block_on(run_load(&options)),
        Invocation::Admin(options) => runtime.block_on(run_admin(*options)),
        Invocation::Replay(options) => run_replay(&options, &stop_flag(&runtime)),
        Invocation::Journal(command) => run_journal(&command, &stop_flag(&runtime)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => fail(&why),
    }
}

async fn run_serve(config: &ServeConfig) -> Result<(), String> {
    start_log(&config.log);
    let mut server = serve::start(config).await.map_err(|error| error.to_string())?;
    let link = setup_link(&server, config);
    let sign_in = match (&link, &config.bootstrap_admin) {
        (Some(link), _) => SignIn::SetUp { link },
        (None, Some(admin)) => SignIn::Bootstrap { email: &admin.email },
        (None, None) => SignIn::Known,
    };
    greet(&server, config, sign_in, None);
    wait_for_end(&mut server).await?;
    server.stop().await;
    Ok(())
}

async fn run_demo(mut config: DemoConfig) -> Result<(), String> {
    with_demo_user(&mut config);
    start_log(&config.serve.log);
    let mut server = serve::start(&config.serve).await.map_err(|error| error.to_string())?;
    let fleet = start_fleet(&config, &server).await.map_err(|error| error.to_string())?;
    let simulated = SimulatedFleet { nodes: config.nodes, pipelines: config.pipelines };
    let sign_in = match &config.serve.bootstrap_admin {
        Some(admin) if admin.email != demo::EMAIL => SignIn::Bootstrap { email: &admin.email },
        Some(_) | None => SignIn::Demo { email: demo::EMAIL, password: demo::PASSWORD },
    };
    greet(&server, &config.serve, sign_in, Some(simulated));
    wait_for_end(&mut server).await?;
    fleet.stop().await;
    server.stop().await;
    Ok(())
}

async fn run_load(options: &LoadOptions) -> Result<(), String> {
    let report = load::run(options).await.map_err(|error| error.to_string())?;
    if let Some(file) = &options.json {
        let json = serde_json::to_vec_pretty(&report).expect("figures are plain data");
        let written = std::fs::write(file, json);
        written.map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let written = write!(std::io::stdout().lock(), "{report}");
    written.map_err(|error| format!("the report cannot be printed: {error}"))?;
    if report.is_right() { Ok(()) } else { Err("not every answer was right".to_owned()) }
}

async fn run_admin(options: AdminOptions) -> Result<(), String> {
    let found = find_target(&options.place).await?;
    let store = match &found.target {
        AdminTarget::Store(store) => Some(store.clone()),
        AdminTarget::Server { .. } => None,
    };
    let told = admin::run(options.command, found.target).await;
    if let Some(store) = store {
        store.close().await;
    }
    drop(found.lock);
    let told = told.map_err(|error| error.to_string())?;
    let written = writeln!(std::io::stdout().lock(), "{}", told.trim_end());
    written.map_err(|error| format!("the answer cannot be printed: {error}"))
}

fn run_replay(options: &ReplayOptions, stop: &AtomicBool) -> Result<(), String> {
    let report = replay::run(options, stop).map_err(|error| error.to_string())?;
    if replay::takes_stdout(options) {
        // What standard output is for comes first; the report is read by people.
        let _printed = write!(std::io::stderr().lock(), "{report}").is_ok();
    } else {
        print(&report)?;
    }
    report.complaint().map_or(Ok(()), Err)
}

fn run_journal(command: &JournalCommand, stop: &AtomicBool) -> Result<(), String> {
    let text = |error: ToolError| error.to_string();
    match command {
        JournalCommand::Inspect(options) => {
            let mut out = BufWriter::new(std::io::stdout().lock());
            let found = match inspect::run(options, stop, &mut out) {
                // Whoever reads has read enough.
                Err(ToolError::Output { error, .. }) if error.kind() == ErrorKind::BrokenPipe => {
                    return Ok(());
                }
                found => found.map_err(text)?,
            };
            drop(out);
            if !options.inputs {
                print(&found)?;
            }
            found.complaint().map_or(Ok(()), Err)
        }
        JournalCommand::Cut(options) => print(&cut::run(options, stop).map_err(text)?),
        JournalCommand::Redact(options) => print(&redact::run(options, stop).map_err(text)?),
    }
}

fn print(report: &impl Display) -> Result<(), String> {
    match write!(std::io::stdout().lock(), "{report}") {
        // Whoever reads has read enough.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        printed => printed.map_err(|error| format!("the report cannot be printed: {error}")),
    }
}

/// Raised by Ctrl-C: a run ends after its present tick, and leaves no half file behind.
fn stop_flag(runtime: &Runtime) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let raised = stop.clone();
    runtime.spawn(async move {
        if stop_signal().await.is_ok() {
            raised.store(true, Ordering::Relaxed);
        }
    });
    stop
}

/// Where people reach the server.
fn url(server: &Server, config: &ServeConfig) -> String {
    config.edge.public_url.clone().unwrap_or_else(|| format!("http://{}", server.address))
}

fn setup_link(server: &Server, config: &ServeConfig) -> Option<String> {
    let token = server.setup_token.as_ref()?;
    Some(format!("{}/setup#{token}", url(server, config)))
}

fn greet(
    server: &Server,
    config: &ServeConfig,
    sign_in: SignIn<'_>,
    fleet: Option<SimulatedFleet>,
) {
    let mut out = std::io::stdout().lock();
    let colours = wants_colours(out.is_terminal(), std::env::var_os("NO_COLOR").as_deref());
    let text = banner(
        &Banner {
            url: &url(server, config),
            listen: server.address,
            database_url: &server.database_url,
            data_dir: server.data_dir.path(),
            temporary: config.data_dir == DataDir::Temporary,
            sign_in,
            fleet,
            descriptors_max: getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX),
        },
        colours,
    );
    // A server runs on when nobody reads its greeting.
    let _printed = out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_ok();
}

fn start_log(filter: &str) {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(filter))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
}

/// Waits until the server is to stop; an engine that ended by itself is an error.
async fn wait_for_end(server: &mut Server) -> Result<(), String> {
    tokio::select! {
        stopped = stop_signal() => stopped.map_err(|error| error.to_string()),
        () = server.failed() => Err("the engine has stopped; see the log above".to_owned()),
    }
}

/// Waits for Ctrl-C or a supervisor's request to stop.
async fn stop_signal() -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted,
        _ = terminate.recv() => Ok(()),
    }
}

fn fail(why: &str) -> ExitCode {
    let mut err = std::io::stderr().lock();
    // Nothing is left to do when the terminal is gone.
    let _printed = writeln!(err, "systole: {why}").is_ok();
    ExitCode::FAILURE
}
