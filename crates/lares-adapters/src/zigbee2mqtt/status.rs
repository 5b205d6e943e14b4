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

/// The status that follows from the connection and from what Zigbee2MQTT said of itself.
pub(crate) fn status(
    link: &Link,
    online: Option<bool>,
    info: &BridgeInfo,
    list_overdue: bool,
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
        (Link::Connected, Some(true)) => (AdapterState::Online, online_detail(info, list_overdue)),
    };
    let can_join = true;
    let joining_until = info.joining_until.filter(|_| state == AdapterState::Online);
    AdapterStatus { state, detail, joining_until, can_join }
}

fn online_detail(info: &BridgeInfo, list_overdue: bool) -> String {
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
    // A broker that forgot its retained messages: only a restart brings the list again.
    if list_overdue {
        detail.push_str("; it has told no devices. Restart it, then it does");
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_names_the_server_and_the_base_topic() {
        let info = BridgeInfo::default();
        let status = status(&Link::Connected, None, &info, false, "z2m", "mqtt://127.0.0.1:1884");
        assert_eq!(status.state, AdapterState::Waiting);
        for part in ["\"mqtt://127.0.0.1:1884\"", "\"z2m\""] {
            assert!(status.detail.contains(part), "{}", status.detail);
        }
    }
}
