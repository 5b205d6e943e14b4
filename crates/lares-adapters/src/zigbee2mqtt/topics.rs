//! The topics of Zigbee2MQTT under its base topic: which to subscribe, what an incoming one is, where to send.
//!
//! Source: Zigbee2MQTT's documentation, "MQTT topics and messages". The base topic may hold slashes, and so
//! may friendly names; an IEEE address never does.
//!
//! What is subscribed, and why not `<base>/#`: that would bring `bridge/logging` (a copy of every message),
//! `bridge/definitions` (250 kB), everybody's commands and, in the *attribute* output mode, each value once
//! more. Instead `<base>/+` brings the states and `<base>/+/availability` the availability of every device
//! whose name has no slash, from its first second on, be there 16 devices or 5,000, and whatever it is renamed
//! to. Only names with a slash get two exact subscriptions each, as soon as the list tells them.

/// What an incoming topic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic<'a> {
    /// Whether Zigbee2MQTT runs.
    BridgeState,
    /// Version, coordinator, permit join, configuration.
    BridgeInfo,
    /// The list of devices.
    BridgeDevices,
    /// The list of groups.
    BridgeGroups,
    /// A step of pairing, an announcement, a leave.
    BridgeEvent,
    /// A line of its log.
    BridgeLogging,
    /// The answer to a request.
    BridgeResponse,
    /// Another topic of the bridge, of no concern here.
    BridgeOther,
    /// Whether the device or group of this name answers.
    Availability(&'a str),
    /// The state of the device or group of this name.
    State(&'a str),
}

/// The topics under one base topic.
#[derive(Clone, Debug)]
pub(crate) struct Topics {
    base: String,
}

impl Topics {
    /// The base topic as configured in Zigbee2MQTT, without a leading or trailing slash.
    pub(crate) fn new(base: &str) -> Self {
        Self { base: base.trim_matches('/').to_owned() }
    }

    /// The base topic.
    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    /// What a topic is; `None` if it is not under the base.
    pub(crate) fn parse<'a>(&self, topic: &'a str) -> Option<Topic<'a>> {
        let rest = topic.strip_prefix(self.base.as_str())?.strip_prefix('/')?;
        Some(match rest {
            "" => return None,
            "bridge/state" => Topic::BridgeState,
            "bridge/info" => Topic::BridgeInfo,
            "bridge/devices" => Topic::BridgeDevices,
            "bridge/groups" => Topic::BridgeGroups,
            "bridge/event" => Topic::BridgeEvent,
            "bridge/logging" => Topic::BridgeLogging,
            _ if rest.starts_with("bridge/response/") => Topic::BridgeResponse,
            _ if rest.starts_with("bridge/") => Topic::BridgeOther,
            _ => match rest.strip_suffix("/availability") {
                Some(name) => Topic::Availability(name),
                None => Topic::State(rest),
            },
        })
    }

    /// The filters that are always subscribed, but for [`Self::list_filters`].
    pub(crate) fn filters(&self) -> Vec<String> {
        let base = &self.base;
        ["state", "info", "event", "logging", "response/#"]
            .iter()
            .map(|name| format!("{base}/bridge/{name}"))
            .chain([format!("{base}/+"), format!("{base}/+/availability")])
            .collect()
    }

    /// The filters of what may be long, to be subscribed on a connection of its own.
    pub(crate) fn list_filters(&self) -> Vec<String> {
        ["devices", "groups"].iter().map(|name| format!("{}/bridge/{name}", self.base)).collect()
    }

    /// The further filters that a friendly name needs: none, unless it holds a slash.
    pub(crate) fn filters_of_name(&self, name: &str) -> Vec<String> {
        // A wildcard cannot stand in a friendly name; whoever claims so shall not widen our subscription.
        if !name.contains('/') || name.contains(['+', '#', '\0']) {
            return Vec::new();
        }
        let base = &self.base;
        vec![format!("{base}/{name}"), format!("{base}/{name}/availability")]
    }

    /// Where commands for a device (by its address) or group (by its name) go.
    pub(crate) fn set(&self, target: &str) -> String {
        format!("{}/{target}/set", self.base)
    }

    /// Where a device or group is asked for values.
    pub(crate) fn get(&self, target: &str) -> String {
        format!("{}/{target}/get", self.base)
    }

    /// Where a request such as `permit_join` goes.
    pub(crate) fn request(&self, name: &str) -> String {
        format!("{}/bridge/request/{name}", self.base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_spaces_slashes_and_emoji_and_so_may_the_base() {
        let topics = Topics::new("/house/zigbee2mqtt/");
        for (topic, parsed) in [
            ("house/zigbee2mqtt/bridge/state", Some(Topic::BridgeState)),
            ("house/zigbee2mqtt/bridge/response/device/rename", Some(Topic::BridgeResponse)),
            ("house/zigbee2mqtt/bridge/definitions", Some(Topic::BridgeOther)),
            ("house/zigbee2mqtt/living/ceiling", Some(Topic::State("living/ceiling"))),
            ("house/zigbee2mqtt/living/ceiling/availability", Some(Topic::Availability("living/ceiling"))),
            ("house/zigbee2mqtt/Steckdose Küche ☕", Some(Topic::State("Steckdose Küche ☕"))),
            ("house/zigbee2mqtt/bridge", Some(Topic::State("bridge"))),
            ("house/zigbee2mqttx/plug", None),
            ("house/zigbee2mqtt/", None),
            ("zigbee2mqtt/plug", None),
        ] {
            assert_eq!(topics.parse(topic), parsed, "{topic}");
        }
    }

    #[test]
    fn only_names_with_a_slash_need_subscriptions_of_their_own() {
        let topics = Topics::new("z");
        assert!(topics.filters_of_name("front door").is_empty());
        assert_eq!(
            topics.filters_of_name("living/ceiling"),
            ["z/living/ceiling", "z/living/ceiling/availability"]
        );
        assert!(topics.filters_of_name("a/#").is_empty());
        assert!(!topics.filters().iter().any(|filter| filter == "z/#"));
    }
}
