//! What Zigbee2MQTT says of itself: whether it runs, its information, steps of pairing, answers to requests.

use std::collections::BTreeSet;

use lares_model::{DeviceId, PairingNotice, PairingStep, UtcMillis};
use serde_json::Value as Json;

use super::device_id;
use super::product::is_no_name;
use super::text::shorten;

/// What of `bridge/info` matters here.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct BridgeInfo {
    pub(crate) version: String,
    pub(crate) coordinator: String,
    pub(crate) joining_until: Option<UtcMillis>,
    pub(crate) restart_required: bool,
    /// Covers that the user inverted, or all of them.
    pub(crate) inverted: BTreeSet<DeviceId>,
    pub(crate) all_inverted: bool,
}

impl BridgeInfo {
    /// Reads `bridge/info`.
    ///
    /// # Errors
    /// In words, when it cannot be read.
    pub(crate) fn decode(payload: &[u8]) -> Result<Self, String> {
        let json = object(payload, "information about itself")?;
        let text = |at: &str| {
            let text = json.pointer(at).and_then(Json::as_str).unwrap_or_default();
            shorten(text, 60)
        };
        let inverts = |json: &Json| json.get("invert_cover").and_then(Json::as_bool) == Some(true);
        let devices = json.pointer("/config/devices").and_then(Json::as_object);
        let inverted = devices
            .into_iter()
            .flatten()
            .filter(|(_, options)| inverts(options))
            .map(|(address, _)| device_id(address))
            .collect();
        let joining = json.get("permit_join").and_then(Json::as_bool) == Some(true);
        Ok(Self {
            version: text("/version"),
            coordinator: text("/coordinator/type"),
            joining_until: json.get("permit_join_end").and_then(Json::as_i64).filter(|_| joining),
            restart_required: json.get("restart_required").and_then(Json::as_bool) == Some(true),
            inverted,
            all_inverted: json.pointer("/config/device_options").is_some_and(inverts),
        })
    }
}

/// Reads `online` or `offline`, as JSON `{"state": …}` or, before 2.0, as plain text; `None` for anything else.
pub(crate) fn decode_online(payload: &[u8]) -> Option<bool> {
    let word = |word: &str| match word {
        "online" => Some(true),
        "offline" => Some(false),
        _ => None,
    };
    match serde_json::from_slice::<Json>(payload) {
        Ok(json) => word(json.get("state").unwrap_or(&json).as_str()?),
        Err(_) => word(std::str::from_utf8(payload).ok()?.trim()),
    }
}

/// What `bridge/event` told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BridgeEvent {
    /// A step of a device on its way in or out.
    Pairing(PairingNotice),
    /// A device is back: it was without power, or moved.
    Announced(DeviceId),
    /// Nothing of concern.
    Other,
}

impl BridgeEvent {
    /// Reads `bridge/event`.
    ///
    /// # Errors
    /// In words, when it cannot be read.
    pub(crate) fn decode(payload: &[u8]) -> Result<Self, String> {
        let json = object(payload, "an event")?;
        let text = |at: &str| json.pointer(at).and_then(Json::as_str).unwrap_or_default();
        let address = text("/data/ieee_address");
        if address.is_empty() || address.len() > 40 {
            return Ok(Self::Other);
        }
        let device = device_id(address);
        let step = match (text("/type"), text("/data/status")) {
            ("device_joined", _) => PairingStep::Joined,
            ("device_interview", "started") => PairingStep::InterviewStarted,
            ("device_interview", "successful") => PairingStep::InterviewSuccessful,
            ("device_interview", "failed") => PairingStep::InterviewFailed,
            ("device_leave", _) => PairingStep::Left,
            ("device_announce", _) => return Ok(Self::Announced(device)),
            _ => return Ok(Self::Other),
        };
        let model = format!("{} {}", text("/data/definition/vendor"), text("/data/definition/model"));
        let name = Some(text("/data/friendly_name")).filter(|name| !is_no_name(name, address));
        Ok(Self::Pairing(PairingNotice {
            device,
            name: shorten(name.unwrap_or_default(), 200),
            step,
            model: shorten(model.trim(), 200),
            supported: json.pointer("/data/supported").and_then(Json::as_bool),
        }))
    }
}

/// The answer to a request of ours: its transaction and the outcome. `None` for answers to others.
pub(crate) fn decode_response(payload: &[u8]) -> Option<(String, Result<(), String>)> {
    let json: Json = serde_json::from_slice(payload).ok()?;
    let transaction = json.get("transaction")?.as_str()?.to_owned();
    let outcome = match json.get("status").and_then(Json::as_str) {
        Some("ok") => Ok(()),
        _ => {
            let error = json.get("error").and_then(Json::as_str).unwrap_or("refused without a reason");
            Err(shorten(error, 300))
        }
    };
    Some((transaction, outcome))
}

fn object(payload: &[u8], what: &str) -> Result<Json, String> {
    let error = match serde_json::from_slice::<Json>(payload) {
        Ok(json) if json.is_object() => return Ok(json),
        Ok(_) => "it is no object".to_owned(),
        Err(error) => shorten(&error.to_string(), 120),
    };
    Err(format!("Zigbee2MQTT sent {what} that cannot be read: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn online_is_read_as_json_and_as_legacy_text() {
        for (payload, online) in [
            (r#"{"state":"online"}"#, Some(true)),
            (r#"{"state":"offline"}"#, Some(false)),
            ("online", Some(true)),
            ("offline\n", Some(false)),
            (r#""online""#, Some(true)),
            ("", None),
            ("7", None),
            (r#"{"state":7}"#, None),
        ] {
            assert_eq!(decode_online(payload.as_bytes()), online, "{payload}");
        }
        assert_eq!(decode_online(b"\xff\xfe"), None);
    }

    #[test]
    fn an_address_is_no_name_of_a_newcomer() {
        for (friendly_name, name) in [("0x00158D0000000003", ""), ("desk", "desk")] {
            let joined = serde_json::json!({"type": "device_joined",
                "data": {"friendly_name": friendly_name, "ieee_address": "0x00158d0000000003"}});
            let Ok(BridgeEvent::Pairing(notice)) = BridgeEvent::decode(joined.to_string().as_bytes()) else {
                panic!("{joined} is a step");
            };
            assert_eq!(notice.name, name);
        }
    }

    #[test]
    fn joining_ends_when_it_is_no_longer_permitted() {
        let open = br#"{"version":"2.14.1","coordinator":{"type":"SimRadio"},"permit_join":true,
            "permit_join_end":1795364117023,"restart_required":true,
            "config":{"devices":{"0x1":{"invert_cover":true},"0x2":{}},"device_options":{}}}"#;
        let info = BridgeInfo::decode(open).unwrap();
        assert_eq!(info.joining_until, Some(1_795_364_117_023));
        assert!(info.restart_required);
        assert_eq!(info.inverted, BTreeSet::from([device_id("0x1")]));
        let shut = br#"{"permit_join":false,"permit_join_end":1795364117023}"#;
        assert_eq!(BridgeInfo::decode(shut).unwrap().joining_until, None);
        assert!(BridgeInfo::decode(b"[]").is_err());
    }

    #[test]
    fn an_answer_carries_the_transaction_and_the_reason() {
        let refused = br#"{"data":{},"error":"friendly_name 'lock' is already in use","status":"error","transaction":"a-1"}"#;
        assert_eq!(
            decode_response(refused),
            Some(("a-1".into(), Err("friendly_name 'lock' is already in use".into())))
        );
        assert_eq!(decode_response(br#"{"data":{},"status":"ok"}"#), None, "somebody else's");
        assert_eq!(decode_response(b"not json"), None);
    }
}
