//! The stream of updates for one receiver: ends when the hub stops or the token is revoked.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use super::identity::{Signed, identify};
use super::site::Shared;
use crate::api::problem::{Code, Problem};
use crate::api::update::Update;
use crate::core::UpdateStream;

/// A revoked token is noticed by then.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The stream of updates for one receiver.
pub struct Feed {
    updates: UpdateStream,
    site: Shared,
    secret: String,
    looked: Instant,
    _place: OwnedSemaphorePermit,
}

impl Feed {
    /// Takes a place and subscribes.
    ///
    /// # Errors
    /// When there are too many streams, or the hub stops.
    pub async fn open(site: &Shared, signed: Signed) -> Result<Self, Problem> {
        let place = Arc::<Semaphore>::clone(&site.streams).try_acquire_owned();
        let place =
            place.map_err(|_| Problem::new(Code::NotConnected, "too many streams are open; close one"))?;
        let updates = site.handle.subscribe().await?;
        Ok(Self { updates, site: site.clone(), secret: signed.secret, looked: Instant::now(), _place: place })
    }

    /// The next message; none at the end. Nothing is lost when the future is dropped.
    pub async fn next(&mut self) -> Option<Arc<Update>> {
        loop {
            tokio::select! {
                () = self.site.stop.cancelled() => return None,
                update = self.updates.recv() => return update,
                () = sleep_until(self.looked + LOOK_EVERY) => {}
            }
            match identify(&self.site, &self.secret).await {
                Err(problem) if problem.code == Code::Unauthorized => return None,
                // A store that cannot be read for a moment puts nobody out.
                _ => self.looked = Instant::now(),
            }
        }
    }
}
