//! The store on both real databases: every situation runs on each.

mod audit;
mod control_plane;
mod fixtures;
mod flush;
mod history;
mod lifecycle;
mod maintenance;
mod on_postgres;
mod rollup;

use std::sync::Arc;

use systole::store::{Store, open};
use tempfile::TempDir;

use crate::postgres_cluster::{Cluster, fresh_database};

/// A store of one test, empty at first.
pub(crate) struct TestStore {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) url: String,
    /// Kept for as long as the store is used.
    _file: Option<TempDir>,
    _cluster: Option<Cluster>,
}

impl TestStore {
    async fn on_sqlite() -> TestStore {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("systole.db").display());
        let store = open(&url).await.unwrap();
        TestStore { store, url, _file: Some(directory), _cluster: None }
    }

    async fn on_postgres() -> TestStore {
        let (url, cluster) = fresh_database().await;
        let store = open(&url).await.unwrap();
        TestStore { store, url, _file: None, _cluster: cluster }
    }
}

/// Runs each situation, a function of a `TestStore`, on both databases.
macro_rules! on_both_stores {
    ($($situation:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test]
                async fn $situation() {
                    super::$situation(crate::store::TestStore::on_sqlite().await).await;
                }
            )+
        }

        mod postgres {
            $(
                #[tokio::test]
                async fn $situation() {
                    super::$situation(crate::store::TestStore::on_postgres().await).await;
                }
            )+
        }
    };
}

use on_both_stores;
