//! What an adapter is to the hub: a task that turns wire traffic into events, and requests into wire traffic.
//!
//! An adapter keeps no home state beyond what translating needs. It never waits for the home; when the inbox
//! is full it waits there, and what the wire drops meanwhile is asked for again afterwards.

use std::future::Future;

use lares_model::{AdapterId, Command, DeviceId, Event, PropertyName};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

/// Where events go. Bounded; the hub stamps each with time and sequence on arrival.
pub type Inbox = mpsc::Sender<Event>;

/// The ends that an adapter gets for one run. After a failure it is run again with new ones.
#[derive(Debug)]
pub struct AdapterChannels {
    /// Where its events go.
    pub inbox: Inbox,
    /// What it shall do.
    pub requests: mpsc::Receiver<AdapterRequest>,
    /// Cancelled when it shall end; it then returns `Ok(())` within a second.
    pub stop: CancellationToken,
}

/// What the hub asks of an adapter.
#[derive(Debug)]
pub enum AdapterRequest {
    /// Hand this on; answer by [`Event::CommandSent`] or [`Event::CommandFailed`].
    Command(Command),
    /// Ask the device for these properties; answers come as reports.
    Refresh {
        /// Which device.
        device: DeviceId,
        /// Which properties; those that cannot be asked for are skipped.
        properties: Vec<PropertyName>,
    },
    /// Something about the adapter itself or the network; the answer comes when the other end confirmed it.
    Ask {
        /// What.
        ask: AdapterAsk,
        /// For the answer.
        reply: oneshot::Sender<Result<(), AskError>>,
    },
}

/// Requests about the network rather than a device's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AdapterAsk {
    /// Let new devices join for so many seconds; 0 closes the network. At most 254 at once in Zigbee.
    PermitJoin {
        /// How long.
        seconds: u16,
    },
    /// Give the device another name at the source.
    Rename {
        /// Which.
        device: DeviceId,
        /// The new name.
        name: String,
    },
    /// Remove the device from the network; `force` also when it does not answer.
    Remove {
        /// Which.
        device: DeviceId,
        /// Whether its answer is not waited for.
        force: bool,
    },
    /// Ask the device once more what it can do.
    Interview {
        /// Which.
        device: DeviceId,
    },
}

/// Why an [`AdapterAsk`] was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// The other end refused, in its words.
    #[error("{0}")]
    Refused(String),
    /// No answer within the time.
    #[error("no answer within {seconds} s")]
    TimedOut {
        /// How long was waited.
        seconds: u64,
    },
    /// The adapter is not connected.
    #[error("not connected")]
    NotConnected,
    /// This adapter cannot do that at all.
    #[error("{0} cannot do this")]
    Unsupported(AdapterId),
}

/// An adapter.
pub trait Adapter: Send + 'static {
    /// Its name; stable over runs.
    fn id(&self) -> AdapterId;

    /// Works until told to stop (`Ok`) or until it cannot go on (`Err`, in words). It reconnects by itself to what
    /// comes and goes; an error is for what needs a fresh start. The supervisor starts it again with back-off.
    fn run(&mut self, channels: AdapterChannels) -> impl Future<Output = Result<(), String>> + Send;
}
