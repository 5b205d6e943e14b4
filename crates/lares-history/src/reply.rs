//! Answers of the threads, for async callers and for plain ones.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::error::StoreError;

/// Where the answer goes.
pub(crate) type Sender<T> = oneshot::Sender<Result<T, StoreError>>;

pub(crate) fn reply<T>() -> (Sender<T>, Reply<T>) {
    let (sender, receiver) = oneshot::channel();
    (sender, Reply(receiver))
}

/// An answer that comes later. Await it, or [`Reply::wait`] for it.
#[derive(Debug)]
pub struct Reply<T>(oneshot::Receiver<Result<T, StoreError>>);

impl<T> Reply<T> {
    /// Waits on the present thread, which must not be one of an async runtime.
    ///
    /// # Errors
    /// The answer's own; [`StoreError::Closed`] if the thread stopped before.
    pub fn wait(self) -> Result<T, StoreError> {
        self.0.blocking_recv().unwrap_or(Err(StoreError::Closed))
    }

    /// Waits on the present thread, but not for ever. `None` if the answer did not come in time.
    pub fn wait_at_most(mut self, patience: Duration) -> Option<Result<T, StoreError>> {
        let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
        let mut context = Context::from_waker(&waker);
        let until = Instant::now() + patience;
        loop {
            if let Poll::Ready(answer) = Pin::new(&mut self).poll(&mut context) {
                return Some(answer);
            }
            let left = until.checked_duration_since(Instant::now())?;
            std::thread::park_timeout(left);
        }
    }
}

impl<T> Future for Reply<T> {
    type Output = Result<T, StoreError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context).map(|sent| sent.unwrap_or(Err(StoreError::Closed)))
    }
}

/// Wakes a plain thread that waits.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
