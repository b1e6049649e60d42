//! The real program as a process of its own, which can be killed.

use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::Method;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, prlimit};
use systole::fleet_sim::connection::{Answer, Call, CallError, Connection, Target};
use systole::fleet_sim::setup::{ApiClient, SignIn};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use crate::server::{EMAIL, PASSWORD, Place};

/// How long starting and stopping may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// Lines of the log that are kept to be shown when something is wrong.
const LOG_LINES_MAX: usize = 100;

/// A server as a process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: SocketAddr,
    log: Log,
}

type Log = Arc<Mutex<VecDeque<String>>>;

impl Process {
    /// Starts a server and waits until it is ready.
    pub(crate) async fn start(place: &Place, options: &[&str]) -> Process {
        let mut process = Process::spawn(place, options).await;
        process.ready().await;
        process
    }

    /// Starts a server and waits until it listens: it answers 503 for now.
    pub(crate) async fn spawn(place: &Place, options: &[&str]) -> Process {
        // Writing past a limit of the file size is to be an error, as on a full disk, not the end.
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\"", env!("CARGO_BIN_EXE_systole")])
            .args(["serve", "--listen=127.0.0.1:0", "--log=info"])
            .arg(format!("--data-dir={}", place.data_dir().display()))
            .arg(format!("--database-url={}", place.database_url))
            .args(options)
            .env_clear()
            .env("SYSTOLE_BOOTSTRAP_ADMIN", format!("{EMAIL}:{PASSWORD}"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (found, address) = oneshot::channel();
        let log = Log::default();
        let (stderr, kept) = (child.stderr.take().unwrap(), log.clone());
        let reader = std::thread::Builder::new().name("log".into());
        reader.spawn(move || read_log(stderr, &kept, found)).unwrap();
        let Ok(Ok(address)) = timeout(PATIENCE, address).await else {
            child.kill().ok();
            panic!("the server does not listen: {:#?}", log.lock().unwrap());
        };
        Process { child, address, log }
    }

    /// Waits until heartbeats are accepted.
    pub(crate) async fn ready(&mut self) {
        let ends = Instant::now() + PATIENCE;
        while !matches!(self.get("/readyz", None).await, Ok(answer) if answer.status == 200) {
            let ended = self.child.try_wait().unwrap();
            let told = self.log.lock().unwrap();
            assert!(ended.is_none(), "the server ended with {ended:?}: {told:#?}");
            assert!(Instant::now() < ends, "the server is not ready: {told:#?}");
            drop(told);
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Ends the process where it stands.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the server to stop and waits until it has, in order.
    pub(crate) async fn stop(mut self) {
        kill_process(self.pid(), Signal::TERM).unwrap();
        let status = self.ended().await;
        assert!(status.success(), "{status}: {:#?}", self.log.lock().unwrap());
    }

    /// Lets no file grow past `bytes`, as if the disk was full then; `None`: as large as they like.
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        let maximum = getrlimit(Resource::Fsize).maximum;
        let limit = Rlimit { current: bytes.or(maximum), maximum };
        prlimit(Some(self.pid()), Resource::Fsize, limit).unwrap();
    }

    /// A GET, whatever its answer.
    pub(crate) async fn get(&self, path: &str, token: Option<&str>) -> Result<Answer, CallError> {
        let call = Call { method: Method::GET, path, token, ..Call::default() };
        Connection::new(self.target()).call(&call).await
    }

    /// A signed-in super-admin.
    pub(crate) async fn root(&self) -> ApiClient {
        let sign_in = SignIn::Password { email: EMAIL.into(), password: PASSWORD.into() };
        ApiClient::sign_in(self.target(), &sign_in).await.unwrap()
    }

    fn target(&self) -> Target {
        Target::parse(&format!("http://{}", self.address)).unwrap()
    }

    fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    async fn ended(&mut self) -> ExitStatus {
        let ends = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            let told = &self.log;
            assert!(Instant::now() < ends, "the server does not stop: {:#?}", told.lock().unwrap());
            sleep(Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Keeps the last lines of the log and finds the address in its first.
fn read_log(stderr: ChildStderr, log: &Log, found: oneshot::Sender<SocketAddr>) {
    let mut found = Some(found);
    for line in BufReader::new(stderr).lines() {
        let Ok(line) = line else { return };
        let address = line.split("address=").nth(1).and_then(|rest| rest.parse().ok());
        if let Some((found, address)) = address.and_then(|address| Some((found.take()?, address))) {
            // Whoever gave up waiting is not there to be told.
            found.send(address).ok();
        }
        let mut log = log.lock().unwrap();
        if log.len() == LOG_LINES_MAX {
            log.pop_front();
        }
        log.push_back(line);
    }
}
