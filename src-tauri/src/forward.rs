//! Carries updates from the hub to the page, in batches that leave the page time to paint.
//!
//! The web view queues without bound what a busy page does not take. So the page says what it took, and only a few
//! batches are ever on their way; the rest waits in the hub, where a reader that is late gets a snapshot in its stead.

use std::sync::Arc;
use std::time::Duration;

use lares_hub::UpdateStream;
use lares_hub::api::update::Update;
use tokio::sync::watch;
use tokio::time::sleep;

/// At most 20 batches a second: more often than that nobody sees, and each costs a layout.
const BATCH_INTERVAL: Duration = Duration::from_millis(50);

/// Batches that the page has not taken yet; more are not sent meanwhile.
const AHEAD_MAX: u64 = 4;

/// Why no more updates come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Nobody listens any more: the page was loaded anew, or has subscribed again.
    Superseded,
    /// The hub has stopped.
    HubGone,
}

/// Sends what comes at once, and what comes within the next 50 ms together, as long as the page takes it; until
/// `superseded` changes or its sender is gone, `send` says that nobody listens, or the stream ends. `taken` counts the
/// batches that the page took, beside the number of its channel.
pub async fn forward(
    mut updates: UpdateStream,
    mut superseded: watch::Receiver<u64>,
    mut taken: watch::Receiver<(u32, u64)>,
    mut send: impl FnMut(Vec<Arc<Update>>) -> bool,
) -> End {
    let mut sent: u64 = 0;
    loop {
        let keeps_up = |taken: &(u32, u64)| sent.saturating_sub(taken.1) < AHEAD_MAX;
        tokio::select! {
            biased;
            _ = superseded.changed() => return End::Superseded,
            // Without the sender the shell is gone, and this with it.
            _ = taken.wait_for(keeps_up) => {}
        }
        let first = tokio::select! {
            // A page that is gone gets nothing more, even if there is something.
            biased;
            _ = superseded.changed() => return End::Superseded,
            update = updates.recv() => match update {
                Some(update) => update,
                None => return End::HubGone,
            },
        };
        let mut batch = vec![first];
        while let Ok(update) = updates.try_recv() {
            batch.push(update);
        }
        sent += 1;
        if !send(batch) {
            return End::Superseded;
        }
        tokio::select! {
            _ = superseded.changed() => return End::Superseded,
            () = sleep(BATCH_INTERVAL) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;
    use tokio::time::Instant;

    use super::*;

    fn update(seq: u64) -> Arc<Update> {
        Arc::new(Update::Changes { seq, changes: vec![] })
    }

    fn numbers(batch: &[Arc<Update>]) -> Vec<u64> {
        let number = |update: &Arc<Update>| match **update {
            Update::Changes { seq, .. } => seq,
            Update::Snapshot { .. } => 0,
        };
        batch.iter().map(number).collect()
    }

    /// A page that takes everything at once.
    fn eager() -> watch::Receiver<(u32, u64)> {
        watch::channel((1, u64::MAX)).1
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_takes_nothing_is_sent_a_few_batches_and_the_rest_waits_in_the_hub() {
        let (hub, updates) = mpsc::channel(64);
        let (_page, superseded) = watch::channel(0);
        let (page_took, taken) = watch::channel((1, 0));
        let (sent, mut batches) = mpsc::unbounded_channel();
        tokio::spawn(forward(updates, superseded, taken, move |batch| sent.send(numbers(&batch)).is_ok()));
        for seq in 1..=20 {
            hub.send(update(seq)).await.unwrap();
            sleep(BATCH_INTERVAL * 2).await;
        }
        let on_their_way: Vec<_> = std::iter::from_fn(|| batches.try_recv().ok()).collect();
        assert_eq!(on_their_way, [[1], [2], [3], [4]]);
        assert_eq!(hub.capacity(), 64 - 16, "the rest is not taken out of the hub's own bounded queue");
        page_took.send_replace((1, 1));
        assert_eq!(batches.recv().await.unwrap(), (5..=20).collect::<Vec<_>>(), "what waited comes as one");
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_hangs_can_be_superseded() {
        let (hub, updates) = mpsc::channel(64);
        let (page, superseded) = watch::channel(0);
        let (_page_took, taken) = watch::channel((1, 0));
        let forwarded = tokio::spawn(forward(updates, superseded, taken, |_| true));
        for seq in 1..=AHEAD_MAX + 1 {
            hub.send(update(seq)).await.unwrap();
            sleep(BATCH_INTERVAL * 2).await;
        }
        page.send(1).unwrap();
        assert_eq!(forwarded.await.unwrap(), End::Superseded);
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_update_goes_at_once_and_the_next_ones_together_after_50_ms() {
        let (hub, updates) = mpsc::channel(64);
        let (_page, superseded) = watch::channel(0);
        let (sent, mut batches) = mpsc::unbounded_channel();
        let start = Instant::now();
        tokio::spawn(forward(updates, superseded, eager(), move |batch| {
            sent.send((start.elapsed().as_millis(), numbers(&batch))).is_ok()
        }));
        hub.send(update(1)).await.unwrap();
        assert_eq!(batches.recv().await.unwrap(), (0, vec![1]));
        for seq in 2..=4 {
            hub.send(update(seq)).await.unwrap();
        }
        let (at, batch) = batches.recv().await.unwrap();
        assert!(at >= 50, "after {at} ms");
        assert_eq!(batch, [2, 3, 4]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_page_that_is_loaded_anew_gets_nothing_of_the_old_stream() {
        let (hub, updates) = mpsc::channel(64);
        let (page, superseded) = watch::channel(0);
        hub.send(update(1)).await.unwrap();
        page.send(1).unwrap();
        let end = forward(updates, superseded, eager(), |_| panic!("the page is gone")).await;
        assert_eq!(end, End::Superseded);
        assert!(hub.is_closed(), "the hub goes on collecting for a page that is gone");
    }

    #[tokio::test(start_paused = true)]
    async fn the_end_of_the_hub_is_told_after_its_last_words() {
        let (hub, updates) = mpsc::channel(64);
        let (_page, superseded) = watch::channel(0);
        hub.send(update(7)).await.unwrap();
        drop(hub);
        let mut seen = vec![];
        let end = forward(updates, superseded, eager(), |batch| {
            seen.extend(numbers(&batch));
            true
        })
        .await;
        assert_eq!((end, seen), (End::HubGone, vec![7]));
    }
}
