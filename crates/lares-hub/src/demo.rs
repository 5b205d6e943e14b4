//! The demo home: simulated devices that come through the same door as real ones, and go together with one click.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lares_adapters::{Adapter, AdapterChannels, AdapterRequest, AskError};
use lares_model::{AdapterId, DeviceId, Event};
use lares_twin::{ADAPTER, DemoHome, TwinConfig};
use rust_embed::RustEmbed;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::api::problem::{Code, Problem};
use crate::clock::HomeClock;
use crate::core::{Memory, Message, in_store};
use crate::supervisor::supervise;

/// Its state is saved this often, and at its end.
const SAVE_EVERY: Duration = Duration::from_secs(30);
/// The same house for everybody.
const SEED: u64 = 0x1a2e5;

/// Devices of a demo home that is being removed, in `home.db` until nothing of them is left.
const LEAVING_SETTING: &str = "demo_leaving";

/// The starter rules.
#[derive(RustEmbed)]
#[folder = "../../automations"]
struct StarterRules;

/// Turns the demo home on and off.
#[derive(Clone, Debug)]
pub struct DemoSwitch(mpsc::Sender<(bool, oneshot::Sender<Result<(), Problem>>)>);

impl DemoSwitch {
    /// One that nobody hears.
    #[cfg(test)]
    pub fn nobody() -> Self {
        Self(mpsc::channel(1).0)
    }

    /// Turns it; answers when it is done.
    ///
    /// # Errors
    /// When its folder cannot be written.
    pub async fn turn(&self, on: bool) -> Result<(), Problem> {
        let stopping = || Problem::new(Code::NotConnected, "the hub is stopping");
        let (reply, answer) = oneshot::channel();
        self.0.send((on, reply)).await.map_err(|_| stopping())?;
        answer.await.map_err(|_| stopping())?
    }
}

/// What the demo home needs of the hub.
#[derive(Clone)]
pub struct DemoGround {
    /// Its folder: `demo` in the data directory.
    pub folder: PathBuf,
    /// What was left to forget when a removal was cut short.
    pub leaving: Option<Vec<DeviceId>>,
    /// The hub's clock.
    pub clock: HomeClock,
    /// Where and when the house stands.
    pub config: TwinConfig,
    /// Where events go.
    pub inbox: mpsc::Sender<Event>,
    /// The hub.
    pub hub: mpsc::Sender<Message>,
    /// Told that rule files came or went.
    pub files_changed: std::sync::Arc<tokio::sync::Notify>,
    /// Cancelled when the hub stops.
    pub stop: CancellationToken,
}

/// Starts the task that keeps the demo home; it is on if its folder is there.
pub fn keep(ground: DemoGround) -> (DemoSwitch, JoinHandle<()>) {
    let (sender, mut asked) = mpsc::channel::<(bool, oneshot::Sender<Result<(), Problem>>)>(8);
    let task = tokio::spawn(async move {
        // Its folder may also have been deleted by hand.
        let is_orphaned = !ground.folder.is_dir() && !devices_of_demo(&ground).await.is_empty();
        if ground.leaving.is_some() || is_orphaned {
            let devices = ground.leaving.clone().unwrap_or_default();
            if let Err(error) = forget(&ground, devices).await {
                tracing::error!(%error, "the demo home is not forgotten yet; the next start goes on with it");
            }
        }
        let mut running = ground.folder.is_dir().then(|| run(&ground));
        loop {
            let (on, reply) = tokio::select! {
                () = ground.stop.cancelled() => break,
                Some(asked) = asked.recv() => asked,
            };
            let done = match (on, running.take()) {
                (true, Some(still)) => {
                    running = Some(still);
                    Ok(())
                }
                (true, None) => lay_out(&ground.folder).map(|()| running = Some(run(&ground))),
                (false, still) => remove(&ground, still).await,
            };
            ground.files_changed.notify_one();
            let failed = |error: io::Error| {
                Problem::new(Code::Internal, format!("{}: {error}", ground.folder.display()))
            };
            // Whoever asked may have gone.
            let _ = reply.send(done.map_err(failed));
        }
        if let Some((_, task)) = running {
            _ = task.await;
        }
    });
    (DemoSwitch(sender), task)
}

type Running = (CancellationToken, JoinHandle<()>);

fn run(ground: &DemoGround) -> Running {
    let stop = ground.stop.child_token();
    let make = {
        let ground = ground.clone();
        move || DemoAdapter { ground: ground.clone() }
    };
    (stop.clone(), supervise(make, ground.inbox.clone(), ground.hub.clone(), stop))
}

/// Makes the folder with the starter rules, where they are not there yet.
fn lay_out(folder: &Path) -> io::Result<()> {
    let rules = folder.join("automations");
    fs::create_dir_all(&rules)?;
    for name in StarterRules::iter().filter(|name| name.ends_with(".yaml")) {
        let path = rules.join(name.as_ref());
        // What a person changed in the demo's rules stays.
        if let Some(file) = StarterRules::get(&name).filter(|_| !path.exists()) {
            fs::write(path, file.data)?;
        }
    }
    Ok(())
}

/// Ends it and forgets all of it: devices, rooms, rules, history, folder. Once it has begun, a start goes on with it.
async fn remove(ground: &DemoGround, running: Option<Running>) -> io::Result<()> {
    let mut devices = devices_of_demo(ground).await;
    let note = in_store(&ground.hub, move |store| {
        // What an earlier removal could not forget is still to be forgotten.
        devices.extend(noted(store.get(LEAVING_SETTING)?).unwrap_or_default());
        store.set(LEAVING_SETTING, &serde_json::json!(devices))?;
        Ok(devices)
    });
    let devices = note.await.map_err(io::Error::other)?;
    if let Some((stop, task)) = running {
        stop.cancel();
        _ = task.await;
    }
    remove_folder(&ground.folder)?;
    // So that its rules are gone when this is answered.
    ground.files_changed.notify_one();
    forget(ground, devices).await
}

/// Forgets devices, rooms and history. Answers when nothing is left on disk.
async fn forget(ground: &DemoGround, mut devices: Vec<DeviceId>) -> io::Result<()> {
    let stopping = || io::Error::other("the hub is stopping");
    for device in devices_of_demo(ground).await {
        if !devices.contains(&device) {
            devices.push(device);
        }
    }
    let (reply, forgotten) = oneshot::channel();
    let message = Message::ForgetAdapter { id: AdapterId::new(ADAPTER), reply };
    ground.hub.send(message).await.map_err(|_| stopping())?;
    forgotten.await.map_err(|_| stopping())?.await.map_err(io::Error::other)?;
    let (reply, begun) = oneshot::channel();
    ground.hub.send(Message::ForgetHistory { devices, reply }).await.map_err(|_| stopping())?;
    for forgotten in begun.await.map_err(|_| stopping())? {
        forgotten.await.map_err(io::Error::other)?;
    }
    in_store(&ground.hub, |store| store.unset(LEAVING_SETTING)).await.map_err(io::Error::other)?;
    Ok(())
}

async fn devices_of_demo(ground: &DemoGround) -> Vec<DeviceId> {
    let (reply, answer) = oneshot::channel();
    if ground.hub.send(Message::Catalog { reply }).await.is_err() {
        return Vec::new();
    }
    let Ok(catalog) = answer.await else { return Vec::new() };
    let of_demo = catalog.devices.values().filter(|device| device.description.adapter.as_str() == ADAPTER);
    of_demo.map(|device| device.description.id.clone()).collect()
}

/// The devices of a demo home whose removal was cut short; none if there is no such.
pub async fn leaving(memory: &Memory) -> Option<Vec<DeviceId>> {
    noted(memory.call(|store| store.get(LEAVING_SETTING)).await.ok()?)
}

fn noted(setting: Option<serde_json::Value>) -> Option<Vec<DeviceId>> {
    setting.map(|setting| serde_json::from_value(setting).unwrap_or_default())
}

/// Lays the demo home out if it is wished for. What is left of one that was being removed goes first.
pub fn lay_out_anew(folder: &Path, wished: bool, leaving: bool) -> io::Result<()> {
    if leaving {
        remove_folder(folder)?;
    }
    if wished { lay_out(folder) } else { Ok(()) }
}

fn remove_folder(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// The demo home on the real clock.
struct DemoAdapter {
    ground: DemoGround,
}

impl Adapter for DemoAdapter {
    fn id(&self) -> AdapterId {
        AdapterId::new(ADAPTER)
    }

    async fn run(&mut self, mut channels: AdapterChannels) -> Result<(), String> {
        let ground = &self.ground;
        let file = ground.folder.join("house.json");
        let mut home = load(&file, ground);
        send(&channels, home.start_events()).await;
        let mut saved = tokio::time::Instant::now();
        loop {
            let due = home.next_wakeup().saturating_sub(ground.clock.now().mono);
            let events = tokio::select! {
                () = channels.stop.cancelled() => break,
                request = channels.requests.recv() => match request {
                    Some(request) => take(&mut home, ground, request),
                    None => break,
                },
                () = tokio::time::sleep(Duration::from_millis(due.clamp(5, 5000))) => home.advance(ground.clock.now()),
            };
            send(&channels, events).await;
            if saved.elapsed() >= SAVE_EVERY {
                saved = tokio::time::Instant::now();
                save(&file, &home);
            }
        }
        save(&file, &home);
        Ok(())
    }
}

fn take(home: &mut DemoHome, ground: &DemoGround, request: AdapterRequest) -> Vec<Event> {
    let now = ground.clock.now();
    match request {
        AdapterRequest::Command(command) => home.command(now, &command),
        AdapterRequest::Refresh { device, properties } => home.refresh(now, &device, &properties),
        AdapterRequest::Ask { reply, .. } => {
            // Whoever asked may have gone.
            let _ = reply.send(Err(AskError::Unsupported(AdapterId::new(ADAPTER))));
            Vec::new()
        }
    }
}

async fn send(channels: &AdapterChannels, events: Vec<Event>) {
    for event in events {
        // The hub stops when nobody listens; the loop above then ends, too.
        let _ = channels.inbox.send(event).await;
    }
}

fn load(file: &Path, ground: &DemoGround) -> DemoHome {
    let now = ground.clock.now();
    let saved = fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    if let Some(saved) = saved {
        match DemoHome::restore(&saved, ground.config.clone(), now) {
            Ok(home) => return home,
            Err(error) => tracing::warn!(%error, "the demo home begins anew"),
        }
    }
    DemoHome::new(SEED, ground.config.clone(), now)
}

/// A demo home that is not saved begins anew; that is no reason to stop it.
fn save(file: &Path, home: &DemoHome) {
    let written = fs::write(file.with_extension("new"), home.save().to_string())
        .and_then(|()| fs::rename(file.with_extension("new"), file));
    if let Err(error) = written {
        tracing::warn!(%error, "the demo home could not be saved");
    }
}
