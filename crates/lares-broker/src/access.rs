//! Who may publish and subscribe where. Pure: names and topics in, yes or no out.
//!
//! It does not check that topics are well formed; the broker refuses malformed ones before it asks.

use std::sync::Arc;

use crate::users::{Role, UserName};

/// The topics one signed-in user may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Grant {
    /// The hub itself.
    Everything,
    /// Zigbee2MQTT: everything under its base topic, but no requests to Zigbee2MQTT.
    Zigbee2mqtt {
        /// The base topic.
        base: Arc<str>,
    },
    /// A device: everything under its own name.
    Device {
        /// The user's name, which is the first level of its topics.
        root: Arc<str>,
    },
}

impl Grant {
    /// What a stored user may do, or nothing when its name would reach into Zigbee2MQTT's topics.
    ///
    /// A device named like the first level of the base topic could send `bridge/request/…`, by which
    /// Zigbee2MQTT installs code.
    pub(crate) fn of(role: Role, name: &UserName, base: &Arc<str>) -> Option<Self> {
        match role {
            Role::Zigbee2mqtt => Some(Self::Zigbee2mqtt { base: Arc::clone(base) }),
            Role::Device if base.split('/').next() == Some(name.as_str()) => None,
            Role::Device => Some(Self::Device { root: Arc::from(name.as_str()) }),
        }
    }

    /// Whether a message may be published on `topic`.
    pub(crate) fn may_publish(&self, topic: &str) -> bool {
        match self {
            Self::Everything => true,
            // Zigbee2MQTT only listens there. Were its password to leak, nobody could command it with it.
            Self::Zigbee2mqtt { base } => {
                below(topic, base).is_some_and(|rest| below(rest, "/bridge/request").is_none())
            }
            Self::Device { root } => below(topic, root).is_some(),
        }
    }

    /// Whether every topic that `filter` matches lies within the grant. Shared subscriptions do not.
    pub(crate) fn may_subscribe(&self, filter: &str) -> bool {
        match self {
            Self::Everything => true,
            Self::Zigbee2mqtt { base: root } | Self::Device { root } => below(filter, root).is_some(),
        }
    }
}

/// What follows `root` in `topic`, empty or beginning with a slash; `None` when `topic` lies elsewhere.
fn below<'a>(topic: &'a str, root: &str) -> Option<&'a str> {
    topic.strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(role: Role, name: &str, base: &str) -> Option<Grant> {
        Grant::of(role, &UserName::parse(name).unwrap(), &Arc::from(base))
    }

    #[test]
    fn each_role_reaches_its_own_topics_and_no_others() {
        let z2m = grant(Role::Zigbee2mqtt, "z2m", "zigbee2mqtt").unwrap();
        let nested = grant(Role::Zigbee2mqtt, "z2m", "home/zigbee").unwrap();
        let device = grant(Role::Device, "plug", "zigbee2mqtt").unwrap();
        // (grant, topic or filter, may publish, may subscribe)
        let table = [
            (&z2m, "zigbee2mqtt/kitchen lamp", true, true),
            (&z2m, "zigbee2mqtt", true, true),
            (&z2m, "zigbee2mqtt/bridge/response/permit_join", true, true),
            (&z2m, "zigbee2mqtt/bridge/requests", true, true),
            (&z2m, "zigbee2mqtt/bridge/request", false, true),
            (&z2m, "zigbee2mqtt/bridge/request/converter/save", false, true),
            (&z2m, "zigbee2mqtt//bridge/request/x", true, true),
            (&z2m, "zigbee2mqtt2/lamp", false, false),
            (&z2m, "plug/power", false, false),
            (&z2m, "$SYS/broker", false, false),
            (&nested, "home/zigbee/lamp", true, true),
            (&nested, "home/zigbee/bridge/request/x", false, true),
            (&nested, "home/lamp", false, false),
            (&device, "plug/power", true, true),
            (&device, "plug", true, true),
            (&device, "plug2/power", false, false),
            (&device, "zigbee2mqtt/bridge/request/x", false, false),
            (&Grant::Everything, "zigbee2mqtt/bridge/request/x", true, true),
        ];
        for (grant, topic, publish, subscribe) in table {
            assert_eq!(grant.may_publish(topic), publish, "{grant:?} publishes {topic}");
            assert_eq!(grant.may_subscribe(topic), subscribe, "{grant:?} subscribes to {topic}");
        }
    }

    #[test]
    fn wildcards_reach_no_further_than_the_root() {
        let device = grant(Role::Device, "plug", "zigbee2mqtt").unwrap();
        for (filter, allowed) in [
            ("plug/#", true),
            ("plug/+/state", true),
            ("#", false),
            ("+/state", false),
            ("plug#", false),
            ("plug+/x", false),
            ("$share/group/plug/#", false),
            ("$share/plug/#", false),
        ] {
            assert_eq!(device.may_subscribe(filter), allowed, "{filter}");
        }
    }

    #[test]
    fn a_device_named_like_the_base_topic_gets_nothing() {
        assert_eq!(grant(Role::Device, "zigbee2mqtt", "zigbee2mqtt"), None);
        assert_eq!(grant(Role::Device, "home", "home/zigbee"), None);
        assert!(grant(Role::Device, "zigbee", "home/zigbee").is_some());
    }
}
