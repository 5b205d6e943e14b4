//! Lines of Zigbee2MQTT's log. `set` has no answer: that a device refused is told only here, as text.

use serde_json::Value as Json;

use super::text::shorten;

/// What a line of the log says of a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    /// The friendly name of the device.
    pub(crate) name: String,
    /// The key in the payload.
    pub(crate) key: String,
    /// Why, in short words.
    pub(crate) reason: String,
}

/// Reads `bridge/logging`; `None` unless it is an error about a `set`. Most lines repeat each publish at
/// level info, so what is no error is passed over before it is parsed.
pub(crate) fn decode_refusal(payload: &[u8]) -> Option<Refused> {
    let head = &payload[..payload.len().min(64)];
    if !head.windows(7).any(|window| window == b"\"error\"") {
        return None;
    }
    let json: Json = serde_json::from_slice(payload).ok()?;
    if json.get("level")?.as_str()? != "error" {
        return None;
    }
    let message = json.get("message")?.as_str()?;
    publish_failed(message).or_else(|| no_converter(message))
}

/// `z2m: Publish 'set' 'state' to 'plug' failed: 'Error: …'`. The name may hold quotes itself.
fn publish_failed(message: &str) -> Option<Refused> {
    let (_, rest) = message.split_once("Publish 'set' '")?;
    let (key, rest) = rest.split_once("' to '")?;
    let (name, reason) = rest.split_once("' failed: '")?;
    Some(Refused {
        name: name.into(),
        key: key.into(),
        reason: trim_reason(reason.strip_suffix('\'').unwrap_or(reason)),
    })
}

/// `z2m: No converter available for 'countdown' on 'plug': (3)`.
fn no_converter(message: &str) -> Option<Refused> {
    let (_, rest) = message.split_once("No converter available for '")?;
    let (key, rest) = rest.split_once("' on '")?;
    let (name, _) = rest.rsplit_once("': (")?;
    // What could not be asked for was no command.
    if message.ends_with("(\"\")") {
        return None;
    }
    let reason = format!("Zigbee2MQTT cannot set {} of this model", shorten(key, 60));
    Some(Refused { name: name.into(), key: key.into(), reason })
}

/// The words that matter: of a failed radio command what is in the last brackets, without addresses.
fn trim_reason(reason: &str) -> String {
    let reason = reason.strip_prefix("Error: ").unwrap_or(reason);
    let reason = match reason.rsplit_once(" failed (") {
        Some((_, inner)) => inner.strip_suffix(')').unwrap_or(inner),
        None => reason,
    };
    let reason = reason.split_once(" [address=").map_or(reason, |(words, _)| words);
    let reason = reason.strip_prefix("Error: ").unwrap_or(reason).trim();
    match reason.strip_prefix("Timeout after ") {
        Some(_) => "the device did not answer".into(),
        None => shorten(reason, 200),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(level: &str, message: &str) -> Option<Refused> {
        decode_refusal(json!({"level": level, "message": message}).to_string().as_bytes())
    }

    #[test]
    fn the_reason_of_a_refusal_is_found_in_the_log() {
        let message = "z2m: Publish 'set' 'state' to 'plug' failed: 'Error: ZCL command 0x0015bc0000000008/1 \
            genOnOff.off({}, {\"timeout\":10000}) failed (Timeout after 10000ms [address=4104 endpoint=1])'";
        let refused = line("error", message).unwrap();
        assert_eq!((refused.name.as_str(), refused.key.as_str()), ("plug", "state"));
        assert_eq!(refused.reason, "the device did not answer");

        let message = "z2m: Publish 'set' 'brightness' to 'Bob's lamp' failed: 'Error: Brightness value of message: \
            '{\"brightness\":9999}' invalid, must be a number >= 0 and =< 254'";
        let refused = line("error", message).unwrap();
        assert_eq!(refused.name, "Bob's lamp");
        assert!(refused.reason.ends_with("must be a number >= 0 and =< 254"), "{}", refused.reason);

        let refused = line("error", "z2m: No converter available for 'countdown' on 'plug': (3)").unwrap();
        assert_eq!((refused.name.as_str(), refused.key.as_str()), ("plug", "countdown"));
    }

    #[test]
    fn other_lines_say_nothing() {
        for (level, message) in [
            ("info", "z2m: Publish 'set' 'state' to 'plug' failed: 'x'"),
            ("info", "z2m:mqtt: MQTT publish: topic 'a', payload '{\"level\":\"error\"}'"),
            ("error", "z2m: Publish 'get' 'state' to 'plug' failed: 'x'"),
            ("error", "z2m: No converter available for 'x' on 'plug': (\"\")"),
            ("error", "z2m: Entity 'nobody' is unknown"),
        ] {
            assert_eq!(line(level, message), None, "{message}");
        }
        assert_eq!(decode_refusal(b"\"error\" but no JSON"), None);
    }
}
