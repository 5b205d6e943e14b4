//! Requests to Zigbee2MQTT itself (`bridge/request/…`): topic, payload and how long an answer may take.

use std::time::Duration;

use lares_model::DeviceId;
use serde_json::{Value as Json, json};

use crate::adapter::{AdapterAsk, AskError};

/// The longest that Zigbee lets devices join at once, in seconds.
const JOIN_SECONDS_MAX: u16 = 254;

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct BridgeRequest {
    /// The end of the topic: `device/rename`.
    pub(crate) name: &'static str,
    /// The payload, with its transaction.
    pub(crate) payload: Json,
    /// How long to wait. An unknown request or a lost one is never answered.
    pub(crate) patience: Duration,
    /// True if it does no harm to ask again: Zigbee2MQTT says that it is online before it listens.
    pub(crate) repeatable: bool,
}

/// The request for an ask.
///
/// # Errors
/// [`AskError::Refused`] when Zigbee2MQTT would refuse or not understand it.
pub(crate) fn request(ask: &AdapterAsk, transaction: &str) -> Result<BridgeRequest, AskError> {
    let (name, mut payload, seconds) = match ask {
        AdapterAsk::PermitJoin { seconds } if *seconds > JOIN_SECONDS_MAX => {
            let reason = format!("devices can join for at most {JOIN_SECONDS_MAX} seconds at once");
            return Err(AskError::Refused(reason));
        }
        AdapterAsk::PermitJoin { seconds } => ("permit_join", json!({"time": seconds}), 10),
        AdapterAsk::Rename { device, name } => {
            let (target, is_group) = target(device)?;
            let name = name.trim();
            if name.is_empty() || name.len() > 200 {
                return Err(AskError::Refused("a name has 1 to 200 characters".into()));
            }
            let topic = if is_group { "group/rename" } else { "device/rename" };
            (topic, json!({"from": target, "to": name}), 20)
        }
        AdapterAsk::Remove { device, force } => match target(device)? {
            (target, true) => ("group/remove", json!({"id": target, "force": force}), 20),
            // Without `force` Zigbee2MQTT waits for the device, 10 s and more.
            (target, false) => ("device/remove", json!({"id": target, "force": force}), 40),
        },
        AdapterAsk::Interview { device } => match target(device)? {
            (_, true) => return Err(AskError::Refused("a group has no interview".into())),
            (target, false) => ("device/interview", json!({"id": target}), 90),
        },
    };
    payload["transaction"] = Json::from(transaction);
    let repeatable = matches!(ask, AdapterAsk::PermitJoin { .. });
    Ok(BridgeRequest { name, payload, patience: Duration::from_secs(seconds), repeatable })
}

/// How Zigbee2MQTT knows a device or group, and whether it is a group.
fn target(device: &DeviceId) -> Result<(Json, bool), AskError> {
    let id = device.as_str().strip_prefix("zigbee:");
    match id.and_then(|id| id.strip_prefix("group-")).map(str::parse::<u32>) {
        Some(Ok(group)) => Ok((Json::from(group), true)),
        Some(Err(_)) => Err(AskError::Refused(format!("{device} is no group of Zigbee2MQTT"))),
        None => id
            .map(|address| (Json::from(address), false))
            .ok_or_else(|| AskError::Refused(format!("{device} is no Zigbee device"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asks_become_requests_by_address() {
        let device = DeviceId::from("zigbee:0x1");
        let rename =
            request(&AdapterAsk::Rename { device: device.clone(), name: " Hall ".into() }, "t1").unwrap();
        assert_eq!(rename.name, "device/rename");
        assert_eq!(rename.payload, json!({"from": "0x1", "to": "Hall", "transaction": "t1"}));
        let remove = request(&AdapterAsk::Remove { device, force: true }, "t2").unwrap();
        assert_eq!(remove.payload, json!({"id": "0x1", "force": true, "transaction": "t2"}));
        let group = DeviceId::from("zigbee:group-7");
        let remove = request(&AdapterAsk::Remove { device: group, force: false }, "t3").unwrap();
        assert_eq!((remove.name, &remove.payload["id"]), ("group/remove", &json!(7)));
    }

    #[test]
    fn what_cannot_work_is_refused_at_once() {
        assert!(request(&AdapterAsk::PermitJoin { seconds: 254 }, "t").is_ok());
        for ask in [
            AdapterAsk::PermitJoin { seconds: 255 },
            AdapterAsk::Rename { device: "zigbee:0x1".into(), name: "  ".into() },
            AdapterAsk::Interview { device: "zigbee:group-7".into() },
            AdapterAsk::Remove { device: "ble:aa".into(), force: false },
        ] {
            assert!(matches!(request(&ask, "t"), Err(AskError::Refused(_))), "{ask:?}");
        }
    }
}
