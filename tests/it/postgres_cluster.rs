//! A Postgres for one test: a fresh database of the cluster that SYSTOLE_TEST_POSTGRES names, or a
//! cluster of the test's own, which it may stop and start. `scripts/with-postgres` is the quick way.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

/// Names a database of this process.
static DATABASES: AtomicU32 = AtomicU32::new(0);

/// The URL of a new, empty database, and the cluster when it is the test's own.
pub(crate) async fn fresh_database() -> (String, Option<Cluster>) {
    if let Ok(url) = std::env::var("SYSTOLE_TEST_POSTGRES") {
        let number = DATABASES.fetch_add(1, Ordering::Relaxed);
        let name = format!("systole_test_{}_{number}", std::process::id());
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let create = AssertSqlSafe(format!("create database {name}"));
        sqlx::raw_sql(create).execute(&mut connection).await.unwrap();
        let (server, options) = url.split_once('?').unwrap_or((&url, ""));
        let (server, _) = server.rsplit_once('/').expect("the URL names a database");
        return (format!("{server}/{name}?{options}"), None);
    }
    let cluster = Cluster::start_new();
    (cluster.url(), Some(cluster))
}

/// A cluster in a temporary directory, reached through a socket in it; gone when dropped.
pub(crate) struct Cluster {
    binaries: PathBuf,
    directory: TempDir,
}

impl Cluster {
    /// Makes a cluster and starts it.
    pub(crate) fn start_new() -> Cluster {
        let directory = tempfile::Builder::new().prefix("systole-postgres.").tempdir().unwrap();
        if is_root() {
            run(Command::new("chown").arg(OWNER).arg(directory.path()));
        }
        let cluster = Cluster { binaries: find_binaries(), directory };
        run(cluster
            .command("initdb")
            .args(["-U", "postgres", "-A", "trust", "-E", "UTF8"])
            .arg("--no-sync"));
        cluster.start();
        cluster
    }

    /// The URL of the database that every cluster has.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@localhost/postgres?host={}", self.directory.path().display())
    }

    /// Starts the stopped cluster and waits until it takes connections.
    pub(crate) fn start(&self) {
        let directory = self.directory.path().display();
        let options = format!(
            "-c listen_addresses='' -c unix_socket_directories='{directory}' -c fsync=off \
             -c shared_preload_libraries=pg_stat_statements"
        );
        let log = self.directory.path().join("log");
        run(self.command("pg_ctl").args(["-w", "-o", &options]).arg("-l").arg(log).arg("start"));
    }

    /// Stops the cluster, breaking all connections.
    pub(crate) fn stop(&self) {
        run(self.command("pg_ctl").args(["-w", "-m", "immediate", "stop"]));
    }

    /// A program of Postgres, run by a user it accepts, for this cluster.
    fn command(&self, program: &str) -> Command {
        let program = self.binaries.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", OWNER, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.arg("-D").arg(self.directory.path().join("data"));
        command.current_dir(self.directory.path());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // A test may leave its cluster stopped; stopping it again then fails, as it should.
        let mut stop = self.command("pg_ctl");
        stop.args(["-w", "-m", "immediate", "stop"]).stdout(Stdio::null()).stderr(Stdio::null());
        stop.status().ok();
    }
}

/// Postgres refuses to run as root.
const OWNER: &str = "nobody";

fn is_root() -> bool {
    rustix::process::getuid().is_root()
}

/// The directory of `initdb` and `pg_ctl`: the one in PATH, or the newest that Debian installed.
fn find_binaries() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut installed: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .map(|version| version.unwrap().path().join("bin"))
        .collect();
    installed.sort();
    installed.reverse();
    let found = std::env::split_paths(&path).chain(installed).find_map(|directory| {
        // A link in PATH points to where the programs beside it are.
        let initdb = directory.join("initdb").canonicalize().ok()?;
        let binaries = initdb.parent().map(Path::to_path_buf)?;
        binaries.join("pg_ctl").exists().then_some(binaries)
    });
    found.expect("initdb and pg_ctl are needed: install postgresql, or run scripts/with-postgres")
}

fn run(command: &mut Command) {
    let status = command.stdout(Stdio::null()).status().unwrap();
    assert!(status.success(), "{command:?} failed");
}
