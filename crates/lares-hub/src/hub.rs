//! The hub as a whole: its parts are started in order, and stopped in the opposite one.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use lares_engine::Home;
use lares_model::{AdapterId, Event, HomeConfig, Location};
use lares_twin::TwinConfig;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::clock::{HomeClock, utc_now};
use crate::config::{HttpChoice, HubConfig, Settings, settings};
use crate::core::{Ends, HomeLoop, Memory, Message};
use crate::data_dir::DataDir;
use crate::demo::{self, DemoGround, DemoSwitch};
use crate::error::HubError;
use crate::handle::HubHandle;
use crate::http::{self, HttpContext};
use crate::mqtt::{self, MqttGround};
use crate::reach::Reach;
use crate::rule_files::{self, Wakes};
use crate::rule_folders::RuleFolder;
use crate::tokens::Tokens;

/// Events that may wait for the loop; adapters wait beyond that.
const EVENTS_MAX: usize = 4096;
/// Questions that may wait for the loop; askers wait beyond that.
const MESSAGES_MAX: usize = 256;
/// How long parts get to end.
const STOP_WAIT: Duration = Duration::from_secs(2);
/// The port that the broker keeps once it was chosen.
pub(crate) const MQTT_PORT_SETTING: &str = "mqtt_port";

/// Starts hubs.
#[derive(Debug)]
pub struct Hub;

/// A running hub. Call [`RunningHub::stop`]; dropping it stops it, too, but waits for nothing.
pub struct RunningHub {
    handle: HubHandle,
    /// Where HTTP listens; none if it is off.
    pub http: Option<SocketAddr>,
    /// Where the broker is; none if it could not start yet.
    pub mqtt: Option<String>,
    /// A one-time link that signs a browser in; none if HTTP is off.
    pub sign_in: Option<String>,
    /// What people should know of this start.
    pub notes: Vec<String>,
    stop: CancellationToken,
    outer: Vec<JoinHandle<()>>,
    stop_loop: CancellationToken,
    home_loop: JoinHandle<()>,
    _data: DataDir,
}

impl Hub {
    /// Starts everything; when it returns, work is accepted.
    ///
    /// # Errors
    /// [`HubError`]: the directory is held or cannot be used, the configuration is wrong, or HTTP cannot listen.
    /// A broker, adapter or rule that does not work is no error: it is told in the window and tried again.
    pub async fn start(config: HubConfig) -> Result<RunningHub, HubError> {
        let data = DataDir::open(&config.data)?;
        let settings = settings(&config, data.path())?;
        // The address is taken before anything else is touched, so that a failure leaves nothing behind.
        let listener = listen(settings.http).await?;
        let automations = config.automations.clone().unwrap_or_else(|| data.join("automations"));
        start_parts(data, settings, automations, config.demo, listener).await
    }
}

async fn start_parts(
    data: DataDir,
    settings: Settings,
    automations: PathBuf,
    with_demo: bool,
    listener: Option<TcpListener>,
) -> Result<RunningHub, HubError> {
    let (memory, found) = Memory::open(data.path(), utc_now())?;
    let demo_folder = data.join("demo");
    let leaving = demo::leaving(&memory).await;
    demo::lay_out_anew(&demo_folder, with_demo, leaving.is_some())
        .map_err(|error| HubError::io("make", &demo_folder, error))?;
    let clock = HomeClock::resume(found.clock);
    let (mut home, unreadable) = Home::restore(&found.rows);
    if found.rows.is_empty() {
        home = Home::new(first_config());
    }
    let remembered = remembered_port(&memory).await;
    let mut notes = settings.warnings.clone();
    notes.extend(found.notes.iter().map(ToString::to_string));
    notes.extend(unreadable);
    let twin = twin_config(home.config());

    let stop = CancellationToken::new();
    let stop_loop = CancellationToken::new();
    let (inbox, events) = mpsc::channel::<Event>(EVENTS_MAX);
    let (hub, messages) = mpsc::channel::<Message>(MESSAGES_MAX);
    let names_changed = Arc::new(Notify::new());
    let files_changed = Arc::new(Notify::new());
    let reader = memory.reader();
    let shown = automations.display().to_string();
    let home_loop = HomeLoop::new(home, clock, memory, shown, names_changed.clone());
    let ends = Ends { events, messages, stop: stop_loop.clone() };
    let home_loop = tokio::spawn(home_loop.run(ends));

    let folders = vec![
        RuleFolder { path: automations, prefix: "", may_be_missing: false },
        RuleFolder { path: demo_folder.join("automations"), prefix: "demo/", may_be_missing: true },
    ];
    let wakes = Wakes { names_changed, files_changed: files_changed.clone(), stop: stop.clone() };
    let rules = rule_files::keep(folders, hub.clone(), wakes).await;
    let ground = DemoGround {
        folder: demo_folder.clone(),
        leaving,
        clock,
        config: twin,
        inbox: inbox.clone(),
        hub: hub.clone(),
        files_changed,
        stop: stop.clone(),
    };
    let (demo, demo_task): (DemoSwitch, _) = demo::keep(ground);
    let http = listener.as_ref().and_then(|listener| listener.local_addr().ok());
    let reach = Arc::new(Reach::new(http).with_door(mqtt::door(data.path(), &settings)));
    let handle = HubHandle::new(hub.clone(), reader, demo, reach.clone());
    let ground = MqttGround {
        data: data.path().to_owned(),
        choice: settings.mqtt.clone(),
        remembered,
        base: settings.zigbee_base.clone(),
        reach: reach.clone(),
        inbox,
        hub,
        stop: stop.clone(),
    };
    let mqtt = mqtt::start(ground).await;
    if let Some(port) = mqtt.chosen.filter(|port| remembered != Some(*port)) {
        handle.remember(MQTT_PORT_SETTING, serde_json::json!(port)).await;
        notes.push(format!("The built-in MQTT broker listens on port {port} from now on."));
    }
    let tokens = Tokens::new(handle.clone());
    // Without HTTP there is nothing to sign in to.
    let sign_in = reach.sign_in_link().ok().map(|sign_in| sign_in.link);
    let mut outer = vec![rules, demo_task, mqtt.task];
    if let Some(listener) = listener {
        outer.push(http::serve(listener, HttpContext { handle: handle.clone(), tokens }, stop.clone()));
    }
    outer.extend(crate::socket::serve(data.path(), handle.clone(), stop.clone()));
    if demo_folder.is_dir() {
        wait_for_demo(&handle).await;
    }
    Ok(RunningHub {
        handle,
        http,
        mqtt: mqtt.address,
        sign_in,
        notes,
        stop,
        outer,
        stop_loop,
        home_loop,
        _data: data,
    })
}

impl RunningHub {
    /// Talks to it.
    pub fn handle(&self) -> HubHandle {
        self.handle.clone()
    }

    /// Stops adapters, broker and API, then the loop; everything is on disk when it returns.
    pub async fn stop(self) {
        self.stop.cancel();
        // A part that does not end in time is left behind with the process; the loop must still get to the disk.
        if timeout(STOP_WAIT, join_all(self.outer)).await.is_err() {
            tracing::error!("some parts did not end in time");
        }
        self.stop_loop.cancel();
        if timeout(STOP_WAIT, self.home_loop).await.is_err() {
            tracing::error!("the loop did not end in time");
        }
    }
}

async fn listen(choice: HttpChoice) -> Result<Option<TcpListener>, HubError> {
    let HttpChoice::Listen(addr) = choice else { return Ok(None) };
    if !addr.ip().is_loopback() {
        let error =
            std::io::Error::other("only this computer's own addresses (127.0.0.1, ::1) are allowed yet");
        return Err(HubError::Http { addr, error });
    }
    TcpListener::bind(addr).await.map(Some).map_err(|error| HubError::Http { addr, error })
}

/// The home at its very first start: in the system's time zone.
fn first_config() -> HomeConfig {
    let zone = iana_time_zone::get_timezone().ok().filter(|zone| zone.parse::<chrono_tz::Tz>().is_ok());
    HomeConfig { time_zone: zone.unwrap_or_else(|| "UTC".into()), ..HomeConfig::default() }
}

fn twin_config(config: &HomeConfig) -> TwinConfig {
    let by_default = TwinConfig::default();
    let Location { latitude, longitude } = config
        .location
        .unwrap_or(Location { latitude: by_default.latitude, longitude: by_default.longitude });
    TwinConfig { latitude, longitude, time_zone: config.time_zone.clone() }
}

async fn remembered_port(memory: &Memory) -> Option<u16> {
    let setting = memory.call(|store| store.get(MQTT_PORT_SETTING)).await;
    setting.ok().flatten().and_then(|port| port.as_u64()).and_then(|port| u16::try_from(port).ok())
}

/// The demo's devices are there within a moment; `ready` counts them.
async fn wait_for_demo(handle: &HubHandle) {
    let there = async {
        while !handle.has_devices_of(&AdapterId::new(lares_twin::ADAPTER)).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    if timeout(STOP_WAIT, there).await.is_err() {
        tracing::warn!("the demo home is late");
    }
}
