//! Supervision: each adapter runs as a task of its own and is started again with back-off when it ends or panics.
//! The hub never stops because a part does.

use std::time::Duration;

use lares_adapters::{Adapter, AdapterChannels};
use lares_model::Event;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::core::Message;

/// Requests that may wait for one adapter.
const REQUESTS_MAX: usize = 1024;
const BACK_OFF_MIN: Duration = Duration::from_secs(1);
const BACK_OFF_MAX: Duration = Duration::from_secs(60);
/// A run that lasted this long was healthy: the next failure waits briefly again.
const HEALTHY_AFTER: Duration = Duration::from_secs(60);

/// Runs an adapter until `stop`; ends when the adapter has ended for good.
pub fn supervise<A: Adapter>(
    make: impl Fn() -> A + Send + 'static,
    inbox: mpsc::Sender<Event>,
    hub: mpsc::Sender<Message>,
    stop: CancellationToken,
) -> JoinHandle<()> {
    tokio::spawn(async move {
        let mut back_off = BACK_OFF_MIN;
        while !stop.is_cancelled() {
            let adapter = make();
            let id = adapter.id();
            let (requests, receiver) = mpsc::channel(REQUESTS_MAX);
            let channels = AdapterChannels { inbox: inbox.clone(), requests: receiver, stop: stop.clone() };
            if hub.send(Message::AdapterUp { id: id.clone(), requests }).await.is_err() {
                return;
            }
            let began = Instant::now();
            let reason = match run_once(adapter, channels).await {
                Ok(()) => {
                    _ = hub.send(Message::AdapterDown { id }).await;
                    return;
                }
                Err(reason) => reason,
            };
            if began.elapsed() >= HEALTHY_AFTER {
                back_off = BACK_OFF_MIN;
            }
            tracing::error!(adapter = %id, %reason, "the adapter failed and is started again in {back_off:?}");
            if hub.send(Message::AdapterFailed { id, reason }).await.is_err() {
                return;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(back_off) => {}
            }
            back_off = (back_off * 2).min(BACK_OFF_MAX);
        }
    })
}

/// One run in a task of its own, so that a panic ends only that.
async fn run_once<A: Adapter>(mut adapter: A, channels: AdapterChannels) -> Result<(), String> {
    let stop = channels.stop.clone();
    let run = tokio::spawn(async move { adapter.run(channels).await });
    match run.await {
        Ok(Ok(())) if stop.is_cancelled() => Ok(()),
        Ok(Ok(())) => Err("it ended without being told to".into()),
        Ok(Err(reason)) => Err(reason),
        Err(error) if error.is_panic() => Err("it hit an internal error".into()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use lares_model::AdapterId;

    /// Panics in its first run, fails in the second, and stays in the third.
    struct Flaky(u32);

    impl Adapter for Flaky {
        fn id(&self) -> AdapterId {
            "flaky".into()
        }

        async fn run(&mut self, channels: AdapterChannels) -> Result<(), String> {
            match self.0 {
                0 => panic!("first run"),
                1 => Err("second run".into()),
                _ => {
                    channels.stop.cancelled().await;
                    Ok(())
                }
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_adapter_that_panics_or_fails_is_started_again_with_back_off() {
        let (inbox, _events) = mpsc::channel(8);
        let (hub, mut messages) = mpsc::channel(8);
        let stop = CancellationToken::new();
        let runs = Arc::new(AtomicU32::new(0));
        let made = runs.clone();
        let task = supervise(move || Flaky(made.fetch_add(1, Ordering::SeqCst)), inbox, hub, stop.clone());
        let began = Instant::now();
        let mut told = Vec::new();
        for _ in 0..5 {
            told.push(match messages.recv().await.unwrap() {
                Message::AdapterUp { .. } => "up".to_owned(),
                Message::AdapterFailed { reason, .. } => reason,
                other => format!("{other:?}"),
            });
        }
        assert_eq!(told, ["up", "it hit an internal error", "up", "second run", "up"]);
        assert_eq!(began.elapsed().as_secs(), 3);
        stop.cancel();
        assert!(matches!(messages.recv().await, Some(Message::AdapterDown { .. })));
        task.await.unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), 3);
    }
}
