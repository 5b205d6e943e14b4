//! The pure half of the adapter: a state machine that takes messages and gives events. No clock, no I/O.
//!
//! The list of devices may be 20 MB. So it is taken in three steps, and state messages go on in between with what
//! was known before: [`News::List`] says that a payload is to be decoded elsewhere; [`Zigbee2MqttCodec::begin_list`]
//! takes the result; [`Zigbee2MqttCodec::apply_some`] works through what changed, some devices at a time.
//! [`Zigbee2MqttCodec::feed`] does it all at once, for tests and replays.

mod intake;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use lares_model::{AdapterId, AdapterStatus, Command, DeviceId, Event, PropertyName};

use super::ADAPTER_ID;
use super::bridge::{BridgeEvent, BridgeInfo, decode_online, decode_response};
use super::device::DeviceCodec;
use super::group::{Group, decode_groups};
use super::list::{Fingerprints, decode_devices};
use super::log::decode_refusal;
use super::parked::{Parked, ParkedMessage};
use super::status::{Link, Lists, status};
use super::text::shorten;
use super::topics::{Topic, Topics};

/// What a message means beyond its events, for the task.
#[derive(Debug)]
pub(crate) enum News {
    /// The payload is a list of devices: decode it with [`Zigbee2MqttCodec::fingerprints`], then `begin_list`.
    List,
    /// An answer to a request of ours.
    Answer(String, Result<(), String>),
    /// A device is back after it was without power; its values are worth asking for.
    Announced(DeviceId),
    /// Zigbee2MQTT runs again; what happened meanwhile is not known.
    CameOnline,
}

/// Messages in, events out; commands in, payloads out.
#[derive(Debug)]
pub struct Zigbee2MqttCodec {
    topics: Topics,
    /// The broker, as Zigbee2MQTT's configuration names it.
    server: String,
    link: Link,
    online: Option<bool>,
    info: BridgeInfo,
    status: Option<AdapterStatus>,
    /// Devices and groups.
    devices: BTreeMap<DeviceId, Arc<DeviceCodec>>,
    names: HashMap<String, DeviceId>,
    groups: Option<Vec<Group>>,
    fingerprints: Arc<Fingerprints>,
    /// True once a list of devices was taken in completely.
    list_known: bool,
    /// True if no list came for so long that something must be wrong.
    list_overdue: bool,
    /// Why no list can come, if that is so.
    lists_missing: Option<String>,
    /// True while a list is being decoded elsewhere.
    decoding: bool,
    /// What of the newest list is still to be taken in.
    applying: VecDeque<Arc<DeviceCodec>>,
    list_problems: BTreeSet<String>,
    listed: Option<Vec<DeviceId>>,
    parked: Parked,
    /// What was complained about and is not mended yet, so that a device that always errs does so once.
    complained: BTreeSet<(DeviceId, Option<PropertyName>)>,
}

impl Zigbee2MqttCodec {
    /// Says in its advice which broker Zigbee2MQTT has to name as its server.
    #[must_use]
    pub(crate) fn at_server(mut self, host: &str, port: u16) -> Self {
        self.server = format!("mqtt://{host}:{port}");
        self
    }

    /// For a Zigbee2MQTT with this base topic.
    pub fn new(base: &str) -> Self {
        Self {
            topics: Topics::new(base),
            server: "this MQTT broker".into(),
            link: Link::Away(String::new()),
            online: None,
            info: BridgeInfo::default(),
            status: None,
            devices: BTreeMap::new(),
            names: HashMap::new(),
            groups: None,
            fingerprints: Arc::default(),
            list_known: false,
            list_overdue: false,
            lists_missing: None,
            decoding: false,
            applying: VecDeque::new(),
            list_problems: BTreeSet::new(),
            listed: None,
            parked: Parked::default(),
            complained: BTreeSet::new(),
        }
    }

    /// Takes a message and everything that follows from it, a list of devices included.
    pub fn feed(&mut self, topic: &str, payload: &[u8], retained: bool) -> Vec<Event> {
        self.link = Link::Connected;
        let (mut events, news) = self.receive(topic, payload, retained);
        if let Some(News::List) = news {
            let decoded = decode_devices(payload, &self.fingerprints());
            events.extend(self.begin_list(decoded));
            while self.is_applying() {
                events.extend(self.apply_some(usize::MAX).0);
            }
        }
        events
    }

    /// Some seconds passed. A press of a device that the list does not name yet still counts when the list names it
    /// soon after, but not when that is two such moments later. While a list is taken in, no time passes for it.
    pub fn moment_passed(&mut self) {
        if !self.decoding && !self.is_applying() {
            self.parked.grow_old();
        }
    }

    /// Where a command goes and what is sent.
    ///
    /// # Errors
    /// In words, when the device is not known, or cannot take it, or nobody is there to take it.
    pub fn command(&self, command: &Command) -> Result<(String, Vec<u8>), String> {
        self.reachable()?;
        let codec = self.devices.get(&command.device);
        let codec = codec.ok_or_else(|| format!("Zigbee2MQTT has no device {}", command.device))?;
        if !codec.description.not_ready.is_empty() {
            let name = shorten(&codec.description.name, 60);
            return Err(format!("{name} is not ready: {}", codec.description.not_ready));
        }
        let payload = codec.set_payload(command, self.is_inverted(codec.id()))?;
        Ok((self.topics.set(&codec.target), payload))
    }

    /// Where a question for these properties goes and what is sent; `None` if none of them can be asked for.
    pub fn question(&self, device: &DeviceId, properties: &[PropertyName]) -> Option<(String, Vec<u8>)> {
        let codec = self.devices.get(device)?;
        Some((self.topics.get(&codec.target), codec.get_payload(properties)?))
    }

    /// Ok if Zigbee2MQTT can be spoken to.
    ///
    /// # Errors
    /// In words, why not.
    pub(crate) fn reachable(&self) -> Result<(), String> {
        match (&self.link, self.online) {
            (Link::Away(_), _) => Err("the MQTT broker is not connected".into()),
            (Link::Connected, Some(true)) => Ok(()),
            (Link::Connected, _) => Err("Zigbee2MQTT is not running".into()),
        }
    }

    pub(crate) fn topics(&self) -> &Topics {
        &self.topics
    }

    pub(crate) fn fingerprints(&self) -> Arc<Fingerprints> {
        self.fingerprints.clone()
    }

    /// True once a list of devices was taken in.
    pub(crate) fn knows_devices(&self) -> bool {
        self.list_known && !self.is_applying()
    }

    /// Zigbee2MQTT has been online for long without a list; nothing if there is one.
    pub(crate) fn list_is_overdue(&mut self) -> Vec<Event> {
        self.list_overdue = !self.list_known && !self.decoding;
        self.status_event().into_iter().collect()
    }

    /// Lists come again, or why they do not.
    pub(crate) fn lists_missing(&mut self, reason: Option<String>) -> Vec<Event> {
        self.lists_missing = reason.map(|reason| shorten(&reason, 160));
        self.status_event().into_iter().collect()
    }

    /// True if it is said that no list can come.
    pub(crate) fn is_missing_lists(&self) -> bool {
        self.lists_missing.is_some()
    }

    /// What to ask for after a gap: devices with their properties.
    pub(crate) fn refreshable(&self) -> impl Iterator<Item = (DeviceId, Vec<PropertyName>)> {
        self.devices.iter().map(|(id, codec)| (id.clone(), codec.refreshable()))
    }

    /// The same of one device.
    pub(crate) fn refreshable_of(&self, device: &DeviceId) -> Vec<PropertyName> {
        self.devices.get(device).map(|codec| codec.refreshable()).unwrap_or_default()
    }

    /// The filters that names with a slash need.
    pub(crate) fn name_filters(&self) -> BTreeSet<String> {
        self.names.keys().flat_map(|name| self.topics.filters_of_name(name)).collect()
    }

    /// The connection stands.
    pub(crate) fn connected(&mut self) -> Vec<Event> {
        self.link = Link::Connected;
        self.status_event().into_iter().collect()
    }

    /// The connection is gone, or did not come about. What Zigbee2MQTT said of itself no longer counts.
    pub(crate) fn disconnected(&mut self, reason: &str) -> Vec<Event> {
        self.link = Link::Away(shorten(reason, 160));
        self.online = None;
        self.info.joining_until = None;
        self.status_event().into_iter().collect()
    }

    /// Takes a message; what is more than events is in the news.
    pub(crate) fn receive(
        &mut self,
        topic: &str,
        payload: &[u8],
        retained: bool,
    ) -> (Vec<Event>, Option<News>) {
        // The names borrow from the topic, not from `self`.
        let topics = self.topics.clone();
        let Some(parsed) = topics.parse(topic) else { return (Vec::new(), None) };
        match parsed {
            Topic::State(name) => (self.receive_state(topic, name, payload, retained, true), None),
            Topic::Availability(name) => (self.receive_availability(topic, name, payload, retained), None),
            Topic::BridgeState => self.receive_bridge_state(payload),
            Topic::BridgeInfo => (self.receive_info(payload), None),
            Topic::BridgeDevices if payload.is_empty() => (Vec::new(), None),
            Topic::BridgeDevices => {
                self.decoding = true;
                (Vec::new(), Some(News::List))
            }
            Topic::BridgeGroups => (self.receive_groups(payload), None),
            Topic::BridgeEvent => self.receive_bridge_event(payload, retained),
            Topic::BridgeLogging => (self.receive_log(payload), None),
            Topic::BridgeResponse => {
                (Vec::new(), decode_response(payload).map(|(id, outcome)| News::Answer(id, outcome)))
            }
            Topic::BridgeOther => (Vec::new(), None),
        }
    }

    fn receive_state(
        &mut self,
        topic: &str,
        name: &str,
        payload: &[u8],
        retained: bool,
        fresh: bool,
    ) -> Vec<Event> {
        let Some(codec) = self.names.get(name).and_then(|id| self.devices.get(id)).cloned() else {
            self.park(topic, name, payload, retained);
            return Vec::new();
        };
        let decoded = codec.decode(payload, retained, self.is_inverted(codec.id()));
        let mut events = Vec::new();
        if let Some(mut report) = decoded.report {
            if !fresh {
                report.happened.clear();
            }
            if !self.complained.is_empty() {
                self.complained.remove(&(codec.id().clone(), None));
                for property in report.values.keys() {
                    self.complained.remove(&(codec.id().clone(), Some(property.clone())));
                }
            }
            events.push(Event::Reported { device: codec.id().clone(), report });
        }
        for (property, text) in decoded.problems {
            if self.complained.insert((codec.id().clone(), property)) {
                events.push(bad_input(Some(codec.id().clone()), text));
            }
        }
        events
    }

    fn receive_availability(
        &mut self,
        topic: &str,
        name: &str,
        payload: &[u8],
        retained: bool,
    ) -> Vec<Event> {
        let Some(device) = self.names.get(name).cloned() else {
            self.park(topic, name, payload, retained);
            return Vec::new();
        };
        // Empty: cleared after a rename.
        if payload.is_empty() {
            return Vec::new();
        }
        match decode_online(payload) {
            Some(online) => vec![Event::Availability { device, online }],
            None => {
                let name = shorten(name, 60);
                let text = format!("the availability of {name} is neither online nor offline");
                vec![bad_input(Some(device), text)]
            }
        }
    }

    /// Keeps what comes for a name that is not known yet.
    fn park(&mut self, topic: &str, name: &str, payload: &[u8], retained: bool) {
        // Commands of others come along when somebody subscribes more than we do, as a recording does.
        if payload.is_empty() || name.ends_with("/set") || name.ends_with("/get") {
            return;
        }
        self.parked.push(ParkedMessage::new(topic, payload, retained));
    }

    /// True if something waits for a list and would be older after [`Self::moment_passed`].
    pub(crate) fn is_growing_old(&self) -> bool {
        self.parked.has_fresh()
    }

    fn receive_bridge_state(&mut self, payload: &[u8]) -> (Vec<Event>, Option<News>) {
        let online = decode_online(payload);
        if online.is_none() && !payload.is_empty() {
            let text = "the state of Zigbee2MQTT is neither online nor offline";
            return (vec![bad_input(None, text.into())], None);
        }
        let came = online == Some(true) && self.online != Some(true);
        self.online = online;
        if online != Some(true) {
            self.info.joining_until = None;
        }
        (self.status_event().into_iter().collect(), came.then_some(News::CameOnline))
    }

    fn receive_info(&mut self, payload: &[u8]) -> Vec<Event> {
        if payload.is_empty() {
            return Vec::new();
        }
        match BridgeInfo::decode(payload) {
            Ok(info) => {
                self.info = info;
                self.status_event().into_iter().collect()
            }
            Err(text) => vec![bad_input(None, text)],
        }
    }

    fn receive_groups(&mut self, payload: &[u8]) -> Vec<Event> {
        if payload.is_empty() {
            return Vec::new();
        }
        match decode_groups(payload) {
            Ok(groups) => {
                self.groups = Some(groups);
                if self.list_known && !self.is_applying() { self.lists_changed() } else { Vec::new() }
            }
            Err(text) => vec![bad_input(None, text)],
        }
    }

    fn receive_bridge_event(&mut self, payload: &[u8], retained: bool) -> (Vec<Event>, Option<News>) {
        if retained || payload.is_empty() {
            return (Vec::new(), None);
        }
        match BridgeEvent::decode(payload) {
            Ok(BridgeEvent::Pairing(notice)) => {
                (vec![Event::Pairing { adapter: AdapterId::new(ADAPTER_ID), notice }], None)
            }
            Ok(BridgeEvent::Announced(device)) => {
                (vec![Event::Announced { device: device.clone() }], Some(News::Announced(device)))
            }
            Ok(BridgeEvent::Other) => (Vec::new(), None),
            Err(text) => (vec![bad_input(None, text)], None),
        }
    }

    fn receive_log(&mut self, payload: &[u8]) -> Vec<Event> {
        let Some(refused) = decode_refusal(payload) else { return Vec::new() };
        let codec = self.names.get(&refused.name).and_then(|id| self.devices.get(id));
        let refusal = codec.map(|codec| Event::DeviceRefused {
            device: codec.id().clone(),
            property: codec.property_of_key(&refused.key).cloned(),
            reason: refused.reason,
        });
        refusal.into_iter().collect()
    }

    fn is_inverted(&self, device: &DeviceId) -> bool {
        self.info.all_inverted || self.info.inverted.contains(device)
    }

    /// The status as an event, if it is another than before.
    fn status_event(&mut self) -> Option<Event> {
        let lists = match &self.lists_missing {
            Some(reason) => Lists::Missing(reason.clone()),
            None if self.list_overdue => Lists::Overdue,
            None => Lists::Fine,
        };
        let status = status(&self.link, self.online, &self.info, &lists, self.topics.base(), &self.server);
        if self.status.as_ref() == Some(&status) {
            return None;
        }
        self.status = Some(status.clone());
        Some(Event::Adapter { adapter: AdapterId::new(ADAPTER_ID), status })
    }
}

fn bad_input(device: Option<DeviceId>, text: String) -> Event {
    Event::BadInput { adapter: AdapterId::new(ADAPTER_ID), device, text }
}
