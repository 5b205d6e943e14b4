//! Where the adapter stands, in words for people.

use lares_model::{AdapterState, AdapterStatus};

use super::bridge::BridgeInfo;

/// The connection to the broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// Not there: why, or empty before the first attempt ended.
    Away(String),
    /// There.
    Connected,
}

/// How it is with the list of devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lists {
    /// It is there, or on its way.
    Fine,
    /// Zigbee2MQTT has not told it.
    Overdue,
    /// The connection on which it comes does not come about: why.
    Missing(String),
}

/// The status that follows from the connection and from what Zigbee2MQTT said of itself.
pub(crate) fn status(
    link: &Link,
    online: Option<bool>,
    info: &BridgeInfo,
    lists: &Lists,
    base: &str,
    server: &str,
) -> AdapterStatus {
    let (state, detail) = match (link, online) {
        (Link::Away(reason), _) if reason.is_empty() => {
            (AdapterState::Connecting, "Connecting to the MQTT broker".into())
        }
        (Link::Away(reason), _) => {
            (AdapterState::Connecting, format!("The MQTT broker does not answer: {reason}. Trying again"))
        }
        (Link::Connected, None) => (
            AdapterState::Waiting,
            format!(
                "Nothing was heard of Zigbee2MQTT under the topic \"{base}\". Start it, with \"{server}\" as \
                 its server and \"{base}\" as its base_topic"
            ),
        ),
        (Link::Connected, Some(false)) => {
            (AdapterState::Offline, "Zigbee2MQTT has stopped. Start it again; see its log for why".into())
        }
        (Link::Connected, Some(true)) => (AdapterState::Online, online_detail(info, lists)),
    };
    let can_join = true;
    let joining_until = info.joining_until.filter(|_| state == AdapterState::Online);
    AdapterStatus { state, detail, joining_until, can_join }
}

fn online_detail(info: &BridgeInfo, lists: &Lists) -> String {
    let mut detail = "Zigbee2MQTT".to_owned();
    if !info.version.is_empty() {
        detail.push(' ');
        detail.push_str(&info.version);
    }
    if !info.coordinator.is_empty() {
        detail.push_str(", coordinator ");
        detail.push_str(&info.coordinator);
    }
    if info.restart_required {
        detail.push_str("; restart it for changed settings to take effect");
    }
    match lists {
        Lists::Fine => {}
        // A broker that forgot its retained messages: only a restart brings the list again.
        Lists::Overdue => detail.push_str("; it has told no devices. Restart it, then it does"),
        Lists::Missing(reason) => {
            detail.push_str(
                "; its list of devices cannot be read, because the MQTT broker takes no second connection: ",
            );
            detail.push_str(reason);
        }
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_names_the_server_and_the_base_topic() {
        let info = BridgeInfo::default();
        let status = status(&Link::Connected, None, &info, &Lists::Fine, "z2m", "mqtt://127.0.0.1:1884");
        assert_eq!(status.state, AdapterState::Waiting);
        for part in ["\"mqtt://127.0.0.1:1884\"", "\"z2m\""] {
            assert!(status.detail.contains(part), "{}", status.detail);
        }
    }
}
