//! The way in: one vocabulary of requests for every transport, and the stream of updates.

use std::sync::Arc;
use std::time::Duration;

use lares_adapters::AskError;
use lares_history::{HistoryReader, HomeStore, StoreError};
use lares_model::{AdapterId, CommandId, CommandOutcome};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use crate::api::problem::{Code, Problem};
use crate::api::request::{Done, Request, Response, SetResult};
use crate::caller::Caller;
use crate::core::{Counts, Message, Names, Next, Read, UpdateStream, in_store};
use crate::demo::DemoSwitch;
use crate::reach::Reach;
use crate::read;

/// A command is answered by then: its own time-out of 10 s, or longer for blinds, always comes first.
const COMMAND_WAIT: Duration = Duration::from_secs(60);

/// What was just recorded can be read by then, unless the disk fails.
const READABLE_WAIT: Duration = Duration::from_millis(500);

/// Talks to a running hub. Cheap to clone.
#[derive(Clone, Debug)]
pub struct HubHandle {
    messages: mpsc::Sender<Message>,
    reader: Arc<HistoryReader>,
    demo: DemoSwitch,
    reach: Arc<Reach>,
}

impl HubHandle {
    pub(crate) fn new(
        messages: mpsc::Sender<Message>,
        reader: Arc<HistoryReader>,
        demo: DemoSwitch,
        reach: Arc<Reach>,
    ) -> Self {
        Self { messages, reader, demo, reach }
    }

    pub(crate) fn reach(&self) -> &Reach {
        &self.reach
    }

    /// Asks for something and waits for what becomes of it.
    ///
    /// # Errors
    /// A [`Problem`] with a stable code and what to do.
    pub async fn call(&self, caller: &Caller, request: Request) -> Result<Response, Problem> {
        caller.authorise(&request)?;
        // What the loop knows nothing of.
        match &request {
            Request::Addresses => return Ok(Response::Addresses(self.reach.addresses())),
            Request::AddMqttUser { user, role, replace } => {
                let added = self.reach.add_mqtt_user(user, role, *replace).await?;
                tracing::info!(user, role, by = caller.name, "a user of the MQTT broker was made");
                return Ok(Response::MqttUser(added));
            }
            Request::SignInLink => return self.reach.sign_in_link().map(Response::SignIn),
            _ => {}
        }
        let caller = caller.clone();
        let next = self.ask(|reply| Message::Call { caller, request, reply }).await??;
        self.finish(next).await
    }

    /// The stream: a snapshot first, then deltas.
    ///
    /// # Errors
    /// When the hub stops.
    pub async fn subscribe(&self) -> Result<UpdateStream, Problem> {
        self.ask(|reply| Message::Subscribe { reply }).await
    }

    /// How the hub fares.
    ///
    /// # Errors
    /// When the hub stops.
    pub async fn counts(&self) -> Result<Counts, Problem> {
        self.ask(|reply| Message::Counts { reply }).await
    }

    /// Keeps a small setting in `home.db`. One that cannot be kept is worked out anew at the next start.
    pub(crate) async fn remember(&self, key: &'static str, value: serde_json::Value) {
        if let Err(error) = self.store(move |store| store.set(key, &value)).await {
            tracing::warn!(%error, key, "a setting could not be kept");
        }
    }

    /// Does something with the store of `home.db`, after what was saved before.
    pub(crate) async fn store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut HomeStore) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        in_store(&self.messages, work).await
    }

    /// Whether devices of this adapter are there yet.
    pub(crate) async fn has_devices_of(&self, adapter: &AdapterId) -> bool {
        let catalog = self.ask(|reply| Message::Catalog { reply }).await;
        catalog.is_ok_and(|catalog| {
            catalog.devices.values().any(|device| device.description.adapter == *adapter)
        })
    }

    /// Sends a message that carries the way back, and waits for the answer.
    pub(crate) async fn ask<T>(
        &self,
        message: impl FnOnce(oneshot::Sender<T>) -> Message,
    ) -> Result<T, Problem> {
        let stopping = || Problem::new(Code::NotConnected, "the hub is stopping");
        let (reply, answer) = oneshot::channel();
        self.messages.send(message(reply)).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())
    }

    async fn finish(&self, next: Next) -> Result<Response, Problem> {
        match next {
            Next::Done(response) => Ok(response),
            Next::Saved(response, saved) => {
                let saved = saved.await;
                saved.map_err(|error| {
                    Problem::new(Code::Internal, format!("it could not be saved: {error}"))
                })?;
                Ok(response)
            }
            Next::Commands(commands) => outcomes(commands).await,
            Next::Ask { answer, seconds } => asked(answer, seconds).await,
            Next::Read(question, readable) => {
                // While the disk fails, the past is shown as far as it is written.
                _ = timeout(READABLE_WAIT, readable).await;
                self.read(question).await
            }
            Next::Demo { start } => {
                self.demo.turn(start).await?;
                Ok(Response::Done(Done { done: true }))
            }
        }
    }

    async fn read(&self, question: Read) -> Result<Response, Problem> {
        let reader = self.reader.clone();
        let found = tokio::task::spawn_blocking(move || read::read(&reader, question)).await;
        let found = found
            .map_err(|error| Problem::new(Code::Internal, error.to_string()))?
            .map_err(|error| Problem::new(Code::Internal, format!("failed to read history: {error}")))?;
        let devices = read::devices_of(&found);
        let names: Names = self.ask(|reply| Message::Names { devices, reply }).await?;
        Ok(match found {
            read::Found::Points(points) => Response::History(points),
            read::Found::Changes(rows) => {
                Response::Changes(rows.iter().map(|row| read::change_view(row, &names)).collect())
            }
            read::Found::Journal(rows) => {
                Response::Journal(rows.iter().map(|row| read::journal_view(row, &names)).collect())
            }
        })
    }
}

async fn asked(answer: oneshot::Receiver<Result<(), AskError>>, seconds: u64) -> Result<Response, Problem> {
    match timeout(Duration::from_secs(seconds), answer).await {
        Ok(Ok(Ok(()))) => Ok(Response::Done(Done { done: true })),
        Ok(Ok(Err(error))) => {
            let code = match error {
                AskError::Refused(_) => Code::Failed,
                AskError::TimedOut { .. } => Code::TimedOut,
                AskError::NotConnected => Code::NotConnected,
                AskError::Unsupported(_) => Code::BadRequest,
            };
            Err(Problem::new(code, error.to_string()))
        }
        Ok(Err(_)) => Err(Problem::new(Code::NotConnected, "the adapter stopped before it answered")),
        Err(_) => Err(Problem::new(Code::TimedOut, format!("no answer within {seconds} s"))),
    }
}

/// Waits for all; the first failure is the answer.
async fn outcomes(
    commands: Vec<(CommandId, oneshot::Receiver<CommandOutcome>)>,
) -> Result<Response, Problem> {
    let ids: Vec<u64> = commands.iter().map(|(id, _)| id.0).collect();
    let mut outcome = if ids.is_empty() { "unchanged" } else { "confirmed" };
    for (_, receiver) in commands {
        match timeout(COMMAND_WAIT, receiver).await {
            Ok(Ok(CommandOutcome::Confirmed)) => {}
            Ok(Ok(CommandOutcome::Sent) | Err(_)) | Err(_) => outcome = "sent",
            Ok(Ok(CommandOutcome::TimedOut { reason })) => return Err(Problem::new(Code::TimedOut, reason)),
            Ok(Ok(CommandOutcome::Failed { reason })) => return Err(Problem::new(Code::Failed, reason)),
            Ok(Ok(CommandOutcome::Expired { reason })) => return Err(Problem::new(Code::Expired, reason)),
        }
    }
    Ok(Response::Set(SetResult { outcome: outcome.into(), commands: ids }))
}
