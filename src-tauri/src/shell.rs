//! What the shell knows: the way to the hub and how it stands, the hub if it is this process's own, and which page listens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lares_hub::api::problem::{Code, Problem};
use lares_hub::{HubConfig, RunningHub};
use tauri::{AppHandle, Manager as _};
use tokio::sync::watch;

use crate::link::{self, Link};
use crate::window;

/// How the way to the hub stands.
#[derive(Clone)]
enum Way {
    /// There is none, and nobody looks for one.
    Closed,
    /// It is being looked for.
    Opening,
    /// There it is.
    Open(Arc<Link>),
    /// There is none, for this reason.
    Failed(String),
    /// The program ends.
    Ending,
}

/// The state of the shell.
pub struct Shell {
    config: HubConfig,
    /// Whether the demo home, if it was asked for, has been started.
    demo_begun: AtomicBool,
    way: watch::Sender<Way>,
    hub: Mutex<Option<RunningHub>>,
    /// Counts pages and subscriptions; only the newest gets updates.
    listener: watch::Sender<u64>,
    /// How many batches the newest page has taken, from which channel.
    taken: watch::Sender<(u32, u64)>,
}

impl Shell {
    /// A shell that has no hub yet.
    pub fn new(config: HubConfig) -> Self {
        Self {
            config,
            demo_begun: AtomicBool::new(false),
            way: watch::Sender::new(Way::Closed),
            hub: Mutex::new(None),
            listener: watch::Sender::new(0),
            taken: watch::Sender::new((0, 0)),
        }
    }

    /// The way to the hub; while it is being looked for, this waits.
    ///
    /// # Errors
    /// [`Code::NotConnected`] says why there is none.
    pub async fn link(&self) -> Result<Arc<Link>, Problem> {
        let mut way = self.way.subscribe();
        let way = way.wait_for(|way| !matches!(way, Way::Opening)).await.map(|way| way.clone());
        let why = match way {
            Ok(Way::Open(link)) => return Ok(link),
            Ok(Way::Failed(reason)) => reason,
            Ok(Way::Ending) | Err(_) => "Lares is being closed".into(),
            Ok(Way::Opening | Way::Closed) => "the hub is not there yet".into(),
        };
        Err(Problem::new(Code::NotConnected, why))
    }

    /// Why there is no hub, if none can be had.
    pub fn failure(&self) -> Option<String> {
        match &*self.way.borrow() {
            Way::Failed(reason) => Some(reason.clone()),
            _ => None,
        }
    }

    /// From now on there is another listener. The answer changes when the next one comes.
    pub fn supersede(&self) -> watch::Receiver<u64> {
        self.listener.send_modify(|count| *count += 1);
        self.listener.subscribe()
    }

    /// Counts from now on what is taken from this channel: its batches since it was opened.
    pub fn taken_from(&self, channel: u32) -> watch::Receiver<(u32, u64)> {
        self.taken.send_replace((channel, 0));
        self.taken.subscribe()
    }

    /// A page has taken so many batches of a channel. What it says of a former channel no longer matters.
    pub fn took(&self, channel: u32, batches: u64) {
        self.taken.send_if_modified(|taken| {
            let counts = taken.0 == channel && batches > taken.1;
            if counts {
                taken.1 = batches;
            }
            counts
        });
    }

    /// The program ends: no new hub is looked for. Returns this process's own hub, the first time.
    pub fn end(&self) -> Option<RunningHub> {
        self.way.send_replace(Way::Ending);
        self.own_hub().take()
    }

    fn own_hub(&self) -> MutexGuard<'_, Option<RunningHub>> {
        // Whoever panicked with it has only put it in or taken it out.
        self.hub.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How to start the next hub. The demo home is asked for once: a person may have removed it since.
    fn next_config(&self) -> HubConfig {
        let begun = self.demo_begun.load(Ordering::Relaxed);
        HubConfig { demo: self.config.demo && !begun, ..self.config.clone() }
    }

    /// Whether the caller is the one who shall look for a hub.
    fn begin_opening(&self) -> bool {
        self.way.send_if_modified(|way| {
            let idle = matches!(way, Way::Closed | Way::Failed(_));
            if idle {
                *way = Way::Opening;
            }
            idle
        })
    }

    /// What came of looking for a hub; false if the program has come to its end meanwhile.
    fn end_opening(&self, found: Way) -> bool {
        self.way.send_if_modified(|way| {
            let awaited = matches!(way, Way::Opening);
            if awaited {
                *way = found;
            }
            awaited
        })
    }

    /// This way leads nowhere any more. Says whether somebody must look for another.
    fn close(&self, lost: &Arc<Link>) -> bool {
        self.way.send_if_modified(|way| {
            let current = matches!(way, Way::Open(link) if Arc::ptr_eq(link, lost));
            if current {
                *way = Way::Closed;
            }
            current
        })
    }
}

/// Looks for a hub, unless there is one, or somebody looks already. If there is none to be had, the window says why.
pub fn open(app: &AppHandle) {
    let shell = app.state::<Arc<Shell>>().inner().clone();
    if !shell.begin_opening() {
        return;
    }
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        // A hub of ours that is no use any more still holds the data directory.
        let old = shell.own_hub().take();
        if let Some(old) = old {
            old.stop().await;
        }
        match link::open(shell.next_config()).await {
            Ok((link, hub)) => {
                shell.demo_begun.store(true, Ordering::Relaxed);
                *shell.own_hub() = hub;
                shell.end_opening(Way::Open(Arc::new(link)));
            }
            Err(reason) => {
                tracing::error!("{reason}");
                if shell.end_opening(Way::Failed(reason)) {
                    window::show_trouble(&app);
                }
            }
        }
    });
}

/// The hub behind this link is gone: looks for another, and says so to whoever asked.
pub fn lost(app: &AppHandle, link: &Arc<Link>) -> Problem {
    if app.state::<Arc<Shell>>().close(link) {
        tracing::warn!("the hub is gone");
        open(app);
    }
    Problem::new(Code::NotConnected, "the hub has stopped")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell() -> Shell {
        Shell::new(HubConfig::new("nowhere"))
    }

    #[tokio::test]
    async fn a_question_waits_for_the_hub_and_is_told_why_there_is_none() {
        let shell = Arc::new(shell());
        assert!(shell.begin_opening());
        assert!(!shell.begin_opening(), "two look for a hub at once");
        let asked = tokio::spawn({
            let shell = shell.clone();
            async move { shell.link().await.map(|_| ()) }
        });
        tokio::task::yield_now().await;
        assert!(!asked.is_finished());
        assert!(shell.end_opening(Way::Failed("the disk is full".into())));
        let problem = asked.await.unwrap().unwrap_err();
        assert_eq!((problem.code, problem.detail.as_str()), (Code::NotConnected, "the disk is full"));
        assert_eq!(shell.failure().as_deref(), Some("the disk is full"));
        assert!(shell.begin_opening(), "it can be tried again");
    }

    #[test]
    fn what_a_former_page_took_does_not_count_for_the_newest() {
        let shell = shell();
        let former = shell.taken_from(7);
        shell.took(7, 3);
        assert_eq!(*former.borrow(), (7, 3));
        let newest = shell.taken_from(8);
        shell.took(7, 9);
        assert_eq!(*newest.borrow(), (8, 0));
        shell.took(8, 2);
        shell.took(8, 1);
        assert_eq!(*newest.borrow(), (8, 2), "it does not go back");
    }

    #[tokio::test]
    async fn after_the_end_no_hub_is_looked_for() {
        let shell = shell();
        assert!(shell.begin_opening());
        assert!(shell.end().is_none());
        assert!(!shell.end_opening(Way::Failed("late".into())));
        assert!(!shell.begin_opening());
        assert!(shell.link().await.is_err());
    }

    #[test]
    fn a_new_listener_ends_the_one_before() {
        let shell = shell();
        let first = shell.supersede();
        assert!(!first.has_changed().unwrap());
        let second = shell.supersede();
        assert!(first.has_changed().unwrap() && !second.has_changed().unwrap());
    }

    #[test]
    fn the_demo_home_is_asked_for_once() {
        let shell = Shell::new(HubConfig { demo: true, ..HubConfig::new("nowhere") });
        assert!(shell.next_config().demo);
        assert!(shell.next_config().demo, "the first hub could not be had");
        shell.demo_begun.store(true, Ordering::Relaxed);
        assert!(!shell.next_config().demo, "what a person removed comes back");
    }
}
