//! Control-plane writes: commit to the store, update the caches, tell the core; in that order, one at a time.

pub mod bootstrap;
pub mod enrollment;
pub mod environments;
pub mod names;
pub mod nodes;
pub mod people;
pub mod pipelines;
pub mod teams;

mod agent_tables;

use std::sync::Arc;

use systole_systems::input::Input;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::app::Caches;
use crate::http::reply::HttpError;
use crate::ports::{Ingress, Refusal};
use crate::store::{Store, StoreError, StoreResult};

/// The one writer of identities, teams and tokens. Cheap to clone.
#[derive(Clone)]
pub struct Control {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) caches: Caches,
    ingress: Ingress,
    turn: Arc<Semaphore>,
    enrolling: Arc<Semaphore>,
}

/// Enrollments at one time, with those whose tick is not done: fewer than may be on their way to the core.
const ENROLLING_MAX: usize = 256;

impl Control {
    /// A writer to `store` that keeps `caches` and the core in step with it.
    pub fn new(store: Arc<dyn Store>, caches: Caches, ingress: Ingress) -> Control {
        let turn = Arc::new(Semaphore::new(1));
        let enrolling = Arc::new(Semaphore::new(ENROLLING_MAX)); // full: the host waits
        Control { store, caches, ingress, turn, enrolling }
    }

    /// Waits for this write's turn; it lasts as long as the permit.
    pub(crate) async fn turn(&self) -> SemaphorePermit<'_> {
        self.turn.acquire().await.expect("the semaphore is never closed")
    }

    /// Tells the core what has been committed. What it returns waits until the tick is done, so that
    /// whoever asked reads their own write.
    pub(crate) fn tell_and_wait(
        &self,
        input: &Input<'_>,
    ) -> Result<impl Future<Output = Result<(), HttpError>> + use<>, HttpError> {
        let done = self.ingress.tell_and_wait(input)?;
        Ok(async { done.await.map_err(|_| HttpError::from(Refusal::Stopping)) })
    }

    /// Tells the core what has been committed and waits until its tick is done.
    pub(crate) async fn announce(&self, input: &Input<'_>) -> Result<(), HttpError> {
        self.tell_and_wait(input)?.await
    }
}

/// A deletion of what is gone already has happened: caches and core follow it all the same.
fn gone(result: StoreResult<()>) -> StoreResult<()> {
    match result {
        Err(StoreError::NotFound) => Ok(()),
        result => result,
    }
}
