//! The task around the codec: one loop that moves messages, requests, decoded lists and timers.
//!
//! It never waits for the connection, only for the inbox; and while it waits there it still takes requests, so
//! that a hub that waits to hand one over and this task cannot wait for each other.

mod lists;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use lares_model::{AdapterId, Event};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::ADAPTER_ID;
use super::codec::{News, Zigbee2MqttCodec};
use super::list::DeviceList;
use super::refresh::{PACE, RefreshQueue};
use super::request::request;
use crate::adapter::{Adapter, AdapterAsk, AdapterChannels, AdapterRequest, AskError};
use crate::mqtt::{Link, LinkEvent, LinkEvents, LinkOptions, Message};

/// How many requests may wait while the inbox is full.
const BACKLOG_MAX: usize = 1024;

/// How many asks may wait for an answer.
const ASKS_MAX: usize = 64;

/// Zigbee2MQTT says that it is online before it subscribes: what is asked sooner may be lost.
const SETTLE: Duration = Duration::from_secs(2);

/// Zigbee2MQTT tells its devices within moments. After this long the broker has lost what it kept.
const LIST_OVERDUE: Duration = Duration::from_secs(10);

/// A press of a device that is not listed yet counts if the list comes within one or two of these.
const MOMENT: Duration = Duration::from_secs(5);

/// The time between two attempts of a request that may be repeated.
const REPEAT: Duration = Duration::from_secs(3);

/// Which broker, and which Zigbee2MQTT on it.
#[derive(Clone, Debug)]
pub struct Zigbee2MqttOptions {
    /// The broker.
    pub link: LinkOptions,
    /// Zigbee2MQTT's `base_topic`; `zigbee2mqtt` unless it was changed there.
    pub base: String,
}

/// The adapter for Zigbee2MQTT.
#[derive(Debug)]
pub struct Zigbee2Mqtt {
    options: Zigbee2MqttOptions,
    runs: u64,
}

impl Zigbee2Mqtt {
    /// For one Zigbee2MQTT. It connects when it is run.
    pub fn new(options: Zigbee2MqttOptions) -> Self {
        Self { options, runs: 0 }
    }
}

impl Adapter for Zigbee2Mqtt {
    fn id(&self) -> AdapterId {
        AdapterId::new(ADAPTER_ID)
    }

    async fn run(&mut self, channels: AdapterChannels) -> Result<(), String> {
        self.runs += 1;
        let codec = Zigbee2MqttCodec::new(&self.options.base)
            .at_server(&self.options.link.host, self.options.link.port);
        let (link, link_events) = Link::open(&self.options.link, codec.topics().filters());
        let mut for_lists = self.options.link.clone();
        for_lists.client_id.push_str("-lists");
        let (list_link, list_events) = Link::open(&for_lists, codec.topics().list_filters());
        let worker = Worker {
            codec,
            link,
            _list_link: list_link,
            lists_away: None,
            inbox: channels.inbox,
            backlog: VecDeque::new(),
            asks: BTreeMap::new(),
            asked: 0,
            // Others may use the same broker, and so may our own former life.
            transaction_prefix: format!("{}-{:x}-{}", self.options.link.client_id, birth(), self.runs),
            refresh: RefreshQueue::default(),
            round_at: None,
            overdue_at: None,
            name_filters: BTreeSet::new(),
            decoding: None,
        };
        let stop = channels.stop.clone();
        let work = worker.work(link_events, list_events, channels.requests);
        stop.run_until_cancelled(work).await.unwrap_or(Ok(()))
    }
}

/// Tells two lives of the program apart.
fn birth() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    now.as_secs() ^ u64::from(std::process::id()).rotate_left(32)
}

/// Who waits for an answer.
#[derive(Debug)]
struct Asked {
    reply: oneshot::Sender<Result<(), AskError>>,
    deadline: Instant,
    patience: Duration,
    /// When and what to send once more.
    repeat: Option<(Instant, String, Vec<u8>)>,
}

impl Asked {
    /// When something is to be done about it.
    fn due(&self) -> Instant {
        self.repeat.as_ref().map_or(self.deadline, |(at, ..)| self.deadline.min(*at))
    }
}

type Decoding = JoinHandle<Result<DeviceList, String>>;

/// The state of one run.
struct Worker {
    codec: Zigbee2MqttCodec,
    link: Link,
    /// Brings the lists of devices and groups, and nothing else.
    _list_link: Link,
    /// Since when that one is not connected, and why.
    lists_away: Option<(Instant, String)>,
    inbox: mpsc::Sender<Event>,
    /// Requests that came while the inbox was full.
    backlog: VecDeque<AdapterRequest>,
    asks: BTreeMap<String, Asked>,
    asked: u64,
    transaction_prefix: String,
    refresh: RefreshQueue,
    /// When all devices are to be asked; later if the list is not in by then.
    round_at: Option<Instant>,
    /// When a list that has not come is missed.
    overdue_at: Option<Instant>,
    name_filters: BTreeSet<String>,
    decoding: Option<Decoding>,
}

impl Worker {
    async fn work(
        mut self,
        mut link_events: LinkEvents,
        mut list_events: LinkEvents,
        mut requests: mpsc::Receiver<AdapterRequest>,
    ) -> Result<(), String> {
        let mut pace = interval(PACE);
        let mut lot = interval(lists::LOT);
        let mut moment = interval(MOMENT);
        for interval in [&mut pace, &mut lot, &mut moment] {
            interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
        }
        // Said at once, so that the window shows something while the first attempt runs.
        let events = self.codec.disconnected("");
        self.emit(events, &mut requests).await?;
        loop {
            while let Some(request) = self.backlog.pop_front() {
                let events = self.serve(request);
                self.emit(events, &mut requests).await?;
            }
            let deadline = self.asks.values().map(Asked::due).min();
            let missing_at = self.lists_missing_at();
            let round_at = self.round_at.filter(|_| self.codec.knows_devices());
            let events = tokio::select! {
                event = link_events.recv() => match event {
                    Some(event) => self.link_event(event),
                    None => return Err("the MQTT link ended".into()),
                },
                event = list_events.recv(), if self.takes_lists() => match event {
                    Some(event) => self.list_link_event(event),
                    None => return Err("the MQTT link for lists ended".into()),
                },
                request = requests.recv() => match request {
                    Some(request) => self.serve(request),
                    None => return Err("the hub let go of the adapter".into()),
                },
                decoded = finished(&mut self.decoding) => self.list_decoded(decoded),
                _ = lot.tick(), if self.codec.is_applying() => self.apply_some(),
                _ = moment.tick(), if self.codec.is_growing_old() => {
                    self.codec.moment_passed();
                    Vec::new()
                }
                () = at(missing_at) => self.lists_missing(),
                _ = pace.tick(), if !self.refresh.is_empty() => self.ask_next(),
                () = at(round_at) => self.start_round(),
                () = at(self.overdue_at) => {
                    self.overdue_at = None;
                    self.codec.list_is_overdue()
                }
                () = at(deadline) => self.tend_asks(),
            };
            self.emit(events, &mut requests).await?;
        }
    }

    /// Puts events into the inbox, and takes requests aside meanwhile.
    async fn emit(
        &mut self,
        events: Vec<Event>,
        requests: &mut mpsc::Receiver<AdapterRequest>,
    ) -> Result<(), String> {
        for event in events {
            loop {
                tokio::select! {
                    biased;
                    permit = self.inbox.reserve() => {
                        permit.map_err(|_| "the hub let go of the adapter".to_owned())?.send(event);
                        break;
                    }
                    Some(request) = requests.recv(), if self.backlog.len() < BACKLOG_MAX => {
                        self.backlog.push_back(request);
                    }
                }
            }
        }
        Ok(())
    }

    fn link_event(&mut self, event: LinkEvent) -> Vec<Event> {
        match event {
            LinkEvent::Connected => {
                if let Some((since, _)) = &mut self.lists_away {
                    *since = Instant::now();
                }
                self.codec.connected()
            }
            LinkEvent::Disconnected { reason } => {
                self.refresh.clear();
                self.round_at = None;
                self.overdue_at = None;
                for (_, asked) in std::mem::take(&mut self.asks) {
                    let _ = asked.reply.send(Err(AskError::NotConnected));
                }
                self.codec.disconnected(&reason)
            }
            LinkEvent::Message(message) => self.message(message),
        }
    }

    fn message(&mut self, message: Message) -> Vec<Event> {
        let Message { topic, payload, retained } = message;
        let (events, news) = self.codec.receive(&topic, &payload, retained);
        match news {
            None => {}
            Some(News::List) => self.decode_list(payload),
            Some(News::Answer(transaction, outcome)) => {
                if let Some(asked) = self.asks.remove(&transaction) {
                    let _ = asked.reply.send(outcome.map_err(AskError::Refused));
                }
            }
            Some(News::Announced(device)) => {
                let properties = self.codec.refreshable_of(&device);
                self.refresh.push(device, properties, true);
            }
            Some(News::CameOnline) => {
                let now = Instant::now();
                self.round_at = Some(now + SETTLE);
                self.overdue_at = Some(now + LIST_OVERDUE);
            }
        }
        if self.codec.reachable().is_err() {
            self.refresh.clear();
        }
        events
    }

    /// Puts all devices in line to be asked.
    fn start_round(&mut self) -> Vec<Event> {
        self.round_at = None;
        for (device, properties) in self.codec.refreshable() {
            self.refresh.push(device, properties, false);
        }
        Vec::new()
    }

    /// Asks the next device in line.
    fn ask_next(&mut self) -> Vec<Event> {
        if let Some((device, properties)) = self.refresh.pop()
            && let Some((topic, payload)) = self.codec.question(&device, &properties)
            && self.link.publish(&topic, payload).is_err()
        {
            // The queue is full or the link is gone; later is as good.
            self.refresh.push(device, properties, false);
        }
        Vec::new()
    }

    fn serve(&mut self, request: AdapterRequest) -> Vec<Event> {
        match request {
            AdapterRequest::Command(command) => {
                let sent = self.codec.command(&command).and_then(|(topic, payload)| {
                    self.link.publish(&topic, payload).map_err(|error| error.to_string())
                });
                vec![match sent {
                    Ok(()) => Event::CommandSent { command: command.id },
                    Err(reason) => Event::CommandFailed { command: command.id, reason },
                }]
            }
            AdapterRequest::Refresh { device, properties } => {
                if self.codec.reachable().is_ok() {
                    self.refresh.push(device, properties, true);
                }
                Vec::new()
            }
            AdapterRequest::Ask { ask, reply } => {
                self.ask(&ask, reply);
                Vec::new()
            }
        }
    }

    fn ask(&mut self, ask: &AdapterAsk, reply: oneshot::Sender<Result<(), AskError>>) {
        self.asked += 1;
        let transaction = format!("{}-{}", self.transaction_prefix, self.asked);
        let sent = match request(ask, &transaction) {
            _ if self.codec.reachable().is_err() => Err(AskError::NotConnected),
            _ if self.asks.len() >= ASKS_MAX => {
                Err(AskError::Refused("too many requests wait already".into()))
            }
            Err(error) => Err(error),
            Ok(request) => {
                let topic = self.codec.topics().request(request.name);
                let payload = request.payload.to_string().into_bytes();
                let sent = self.link.publish(&topic, payload.clone());
                sent.map(|()| (request, topic, payload)).map_err(|error| AskError::Refused(error.to_string()))
            }
        };
        match sent {
            Ok((request, topic, payload)) => {
                let (now, patience) = (Instant::now(), request.patience);
                let repeat = request.repeatable.then(|| (now + REPEAT, topic, payload));
                self.asks.insert(transaction, Asked { reply, deadline: now + patience, patience, repeat });
            }
            Err(error) => {
                let _ = reply.send(Err(error));
            }
        }
    }

    /// Repeats requests, and gives up those that are not answered.
    fn tend_asks(&mut self) -> Vec<Event> {
        let now = Instant::now();
        let due: Vec<_> =
            self.asks.iter().filter(|(_, asked)| asked.due() <= now).map(|(id, _)| id.clone()).collect();
        for transaction in due {
            let Some(mut asked) = self.asks.remove(&transaction) else { continue };
            if asked.deadline <= now {
                let seconds = asked.patience.as_secs();
                let _ = asked.reply.send(Err(AskError::TimedOut { seconds }));
                continue;
            }
            if let Some((at, topic, payload)) = &mut asked.repeat {
                *at = now + REPEAT;
                // If it cannot be sent now, the next attempt may; in the end it times out.
                let _ = self.link.publish(topic, payload.clone());
            }
            self.asks.insert(transaction, asked);
        }
        Vec::new()
    }
}

/// At this time; never, if there is none.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// The decoded list, once there is one; for ever pending while none is being decoded.
async fn finished(decoding: &mut Option<Decoding>) -> Result<DeviceList, String> {
    match decoding {
        Some(handle) => {
            handle.await.unwrap_or_else(|error| Err(format!("the device list was not decoded: {error}")))
        }
        None => std::future::pending().await,
    }
}
