//! Where a command of `systole admin` is carried out: at a running server, or in the store when none runs.

use std::io;
use std::path::PathBuf;

use clap::Args;

use crate::admin::{AdminTarget, local_token};
use crate::config::DataDir;
use crate::data_dir::{OpenDataDir, open_data_dir};
use crate::store::open::open;

/// How the server or its store is found.
#[derive(Args, Clone, Debug)]
pub struct AdminPlace {
    /// A running server, such as `http://127.0.0.1:7300`, with an API token of a super-admin
    #[arg(long, value_name = "URL", requires = "token", global = true)]
    pub url: Option<String>,
    /// The API token for --url
    #[arg(
        long,
        value_name = "TOKEN",
        env = "SYSTOLE_ADMIN_TOKEN",
        hide_env_values = true,
        global = true
    )]
    pub token: Option<String>,
    /// Data directory of the server on this machine; its server is asked when it runs
    #[arg(
        long,
        value_name = "DIRECTORY",
        env = "SYSTOLE_DATA_DIR",
        default_value = "systole-data",
        global = true
    )]
    pub data_dir: PathBuf,
    /// Database of that server, when it is not SQLite in the data directory
    #[arg(
        long,
        value_name = "URL",
        env = "SYSTOLE_DATABASE_URL",
        hide_env_values = true,
        global = true
    )]
    pub database_url: Option<String>,
}

/// A target, and the lock that keeps servers away from the store meanwhile.
pub struct FoundTarget {
    pub target: AdminTarget,
    pub lock: Option<OpenDataDir>,
}

/// Finds where to carry a command out.
pub async fn find_target(place: &AdminPlace) -> Result<FoundTarget, String> {
    if let (Some(url), Some(token)) = (&place.url, &place.token) {
        let (url, token) = (url.clone(), token.clone());
        return Ok(FoundTarget { target: AdminTarget::Server { url, token }, lock: None });
    }
    let directory = place.data_dir.display();
    match open_data_dir(&DataDir::Kept(place.data_dir.clone())) {
        Ok(lock) => {
            let database = place.database_url.clone().unwrap_or_else(|| {
                format!("sqlite:{}", place.data_dir.join("systole.db").display())
            });
            let store = open(&database).await.map_err(|error| error.to_string())?;
            Ok(FoundTarget { target: AdminTarget::Store(store), lock: Some(lock) })
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
            let local = local_token::read(&place.data_dir)
                .map_err(|error| format!("{directory}: {error}"))?
                .ok_or("the running server has no super-admin yet; open its set-up link first")?;
            let target = AdminTarget::Server { url: local.url, token: local.token };
            Ok(FoundTarget { target, lock: None })
        }
        Err(error) => Err(format!("{directory}: {error}")),
    }
}
