//! What the loop is told, beside events of adapters, and what it answers.

use std::sync::Arc;

use lares_adapters::{AdapterRequest, AskError};
use lares_history::{HomeStore, StoreError};
use lares_model::{AdapterId, CommandId, CommandOutcome, DeviceId, PropertyKey};
use lares_rules::catalog::HomeCatalog;
use lares_rules::diagnostic::Diagnostic;
use lares_rules::program::RuleSet;
use tokio::sync::{mpsc, oneshot};

use super::memory::Memory;
use super::updates::UpdateStream;
use super::words::Names;
use crate::api::problem::Problem;
use crate::api::request::{Request, Response};
use crate::caller::Caller;

/// Work for the store, sent through the loop that owns it.
pub struct StoreJob(pub Box<dyn FnOnce(&Memory) + Send>);

impl std::fmt::Debug for StoreJob {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StoreJob")
    }
}

/// Does something with the store of `home.db`, after what was saved before.
///
/// # Errors
/// What the work says; when the hub stops.
pub async fn in_store<T: Send + 'static>(
    hub: &mpsc::Sender<Message>,
    work: impl FnOnce(&mut HomeStore) -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let (reply, handed) = oneshot::channel();
    let job = StoreJob(Box::new(move |memory| _ = reply.send(memory.call(work))));
    hub.send(Message::Store { job }).await.map_err(|_| StoreError::Closed)?;
    handed.await.map_err(|_| StoreError::Closed)?.await
}

/// What the loop is told.
#[derive(Debug)]
pub enum Message {
    /// Somebody asks. Authorised already.
    Call {
        /// Who.
        caller: Caller,
        /// What.
        request: Request,
        /// For the answer.
        reply: oneshot::Sender<Result<Next, Problem>>,
    },
    /// Somebody wants the stream.
    Subscribe {
        /// For the stream.
        reply: oneshot::Sender<UpdateStream>,
    },
    /// Rules were compiled.
    Rules {
        /// The rules.
        rules: Arc<RuleSet>,
        /// What is wrong with their files.
        diagnostics: Vec<Diagnostic>,
    },
    /// Which names are there, for the compiler.
    Catalog {
        /// For the answer.
        reply: oneshot::Sender<HomeCatalog>,
    },
    /// What devices are called now.
    Names {
        /// Which devices.
        devices: Vec<DeviceId>,
        /// For the answer.
        reply: oneshot::Sender<Names>,
    },
    /// An adapter runs; its requests go here.
    AdapterUp {
        /// Which.
        id: AdapterId,
        /// Where.
        requests: mpsc::Sender<AdapterRequest>,
    },
    /// An adapter's run ended.
    AdapterDown {
        /// Which.
        id: AdapterId,
    },
    /// An adapter's run failed; it will be started again.
    AdapterFailed {
        /// Which.
        id: AdapterId,
        /// In words.
        reason: String,
    },
    /// An adapter is gone for good: its devices and the rooms that were made for them go, too.
    ForgetAdapter {
        /// Which.
        id: AdapterId,
        /// Told when it is on disk.
        reply: oneshot::Sender<lares_history::Reply<()>>,
    },
    /// All history of these devices shall go.
    ForgetHistory {
        /// Which.
        devices: Vec<DeviceId>,
        /// Told, for each, when nothing of it is left on disk.
        reply: oneshot::Sender<Vec<lares_history::Reply<()>>>,
    },
    /// Something outside the home works again (`None`) or does not, for people to see.
    Trouble {
        /// What.
        about: &'static str,
        /// In words.
        text: Option<String>,
    },
    /// Something for the store of `home.db`, such as a token.
    Store {
        /// What; it may hand work over, but not wait.
        job: StoreJob,
    },
    /// How the hub fares, for `/metrics`.
    Counts {
        /// For the answer.
        reply: oneshot::Sender<Counts>,
    },
}

/// What is left to do for a request outside of the loop.
#[derive(Debug)]
pub enum Next {
    /// Nothing.
    Done(Response),
    /// Answer once what changed is on disk.
    Saved(Response, lares_history::Reply<()>),
    /// Wait for commands.
    Commands(Vec<(CommandId, oneshot::Receiver<CommandOutcome>)>),
    /// Wait for the adapter.
    Ask {
        /// The adapter's answer.
        answer: oneshot::Receiver<Result<(), AskError>>,
        /// How long to wait for it, in seconds.
        seconds: u64,
    },
    /// Read history, once what was recorded before can be read.
    Read(Read, lares_history::Reply<()>),
    /// Start or remove the demo home.
    Demo {
        /// Start or remove.
        start: bool,
    },
}

/// A question to history, with names resolved.
#[derive(Debug)]
pub enum Read {
    /// A series.
    Series {
        /// Of which property.
        key: PropertyKey,
        /// From, wall clock.
        from: i64,
        /// To, wall clock.
        to: i64,
        /// At most so many points.
        points: usize,
    },
    /// Last changes.
    Changes {
        /// Of which device.
        device: Option<DeviceId>,
        /// Of which property.
        property: Option<String>,
        /// Before, wall clock.
        before: i64,
        /// At most so many.
        limit: usize,
    },
    /// The change in force at a time.
    Why {
        /// Of which property.
        key: PropertyKey,
        /// When, wall clock.
        at: i64,
    },
    /// The journal.
    Journal {
        /// Of which device.
        device: Option<DeviceId>,
        /// Of which rule.
        rule: Option<String>,
        /// Before, wall clock.
        before: i64,
        /// At most so many.
        limit: usize,
    },
}

/// How the hub fares.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Events taken in since the start.
    pub events: u64,
    /// Commands given out since the start.
    pub commands: u64,
    /// Devices in the home.
    pub devices: usize,
    /// Rules in the home.
    pub rules: usize,
    /// Subscribers of the stream.
    pub subscribers: usize,
    /// Changes that history could not keep.
    pub history_lost: u64,
}
