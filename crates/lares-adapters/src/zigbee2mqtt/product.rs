//! What to call a device that nobody has named yet: its maker and what it is, "IKEA bulb", "Hue motion sensor".
//!
//! Zigbee2MQTT calls a new device by its address. No person does, so that is taken for no name at all.

use lares_model::DeviceKind;

use super::text::shorten;
use super::wire::WireProperty;

/// The longest maker's name that is used in full, in characters; of a longer one the first word is.
const MAKER_MAX: usize = 16;

/// True if a friendly name is only the address again.
pub(crate) fn is_no_name(friendly_name: &str, address: &str) -> bool {
    friendly_name.eq_ignore_ascii_case(address)
}

/// A name of two to four words for a device of this make. `words` are what its maker says it is.
pub(crate) fn product_name(
    vendor: &str,
    words: &str,
    kind: DeviceKind,
    properties: &[WireProperty],
) -> String {
    let words = words.to_lowercase();
    let maker = maker(vendor, &words).unwrap_or_else(|| "Zigbee".into());
    let noun = noun(&words, kind, properties);
    format!("{maker} {noun}")
}

/// The maker as people know it; none for what is only a code, such as Tuya's `_TZ3000_abcd1234`.
fn maker(vendor: &str, words: &str) -> Option<String> {
    // The brand on the box, where it is not the company.
    if words.starts_with("hue ") {
        return Some("Hue".into());
    }
    let vendor = vendor.split(['(', ',', '/']).next().unwrap_or_default().trim();
    if vendor.starts_with('_') || !vendor.chars().any(char::is_alphabetic) {
        return None;
    }
    if vendor.eq_ignore_ascii_case("custom devices") {
        return Some("DIY".into());
    }
    match vendor.split_once(" of ") {
        Some((brand, _)) => Some(shorten(brand, MAKER_MAX)),
        None if vendor.chars().count() <= MAKER_MAX => Some(vendor.to_owned()),
        None => vendor.split_whitespace().next().map(|word| shorten(word, MAKER_MAX)),
    }
}

/// What it is, in as few words as tell it from other things of a home.
fn noun(words: &str, kind: DeviceKind, properties: &[WireProperty]) -> &'static str {
    let says = |choices: &[(&str, &'static str)], otherwise: &'static str| {
        choices.iter().find(|(part, _)| words.contains(part)).map_or(otherwise, |(_, noun)| noun)
    };
    match kind {
        DeviceKind::Light => says(LIGHTS, "light"),
        DeviceKind::Switch => says(SWITCHES, "switch"),
        DeviceKind::Plug => says(&[("strip", "power strip")], "plug"),
        DeviceKind::Cover => says(COVERS, "blind"),
        DeviceKind::Lock => "lock",
        DeviceKind::Thermostat => says(THERMOSTATS, "thermostat"),
        DeviceKind::Fan => "fan",
        DeviceKind::Valve => says(&[("irrigation", "sprinkler"), ("watering", "sprinkler")], "valve"),
        DeviceKind::Siren => says(&[("doorbell", "doorbell"), ("chime", "doorbell")], "siren"),
        DeviceKind::Sensor => sensor(properties),
        DeviceKind::Button => says(BUTTONS, "button"),
        DeviceKind::Presence | DeviceKind::Other => {
            says(&[("repeater", "repeater"), ("extender", "repeater"), ("router", "repeater")], "device")
        }
    }
}

/// Words of makers and what they mean; the first that fits counts.
type Choices = &'static [(&'static str, &'static str)];

const LIGHTS: Choices = &[
    ("strip", "light strip"),
    ("candle", "candle bulb"),
    ("filament", "bulb"),
    ("bulb", "bulb"),
    ("ceiling", "ceiling light"),
    ("pendant", "pendant light"),
    ("spot", "spot"),
    ("gu10", "spot"),
    ("panel", "light panel"),
    ("downlight", "downlight"),
    ("dimmer", "dimmer"),
    ("e27", "bulb"),
    ("e26", "bulb"),
    ("e14", "bulb"),
    ("e12", "bulb"),
    ("b22", "bulb"),
    ("lamp", "lamp"),
];

const SWITCHES: Choices = &[
    ("relay", "relay"),
    ("wall switch", "wall switch"),
    ("dimmer", "dimmer"),
    ("outlet", "outlet"),
    ("breaker", "breaker"),
    ("garage", "garage door"),
];

const COVERS: Choices = &[
    ("curtain", "curtain"),
    ("garage", "garage door"),
    ("shutter", "shutter"),
    ("awning", "awning"),
    ("shade", "shade"),
];

const THERMOSTATS: Choices = &[
    ("radiator", "radiator valve"),
    ("trv", "radiator valve"),
    ("floor", "floor thermostat"),
    ("air condition", "air conditioner"),
];

const BUTTONS: Choices = &[
    ("remote", "remote"),
    ("dimmer", "dimmer switch"),
    ("knob", "knob"),
    ("cube", "cube"),
    ("doorbell", "doorbell"),
    ("switch", "wireless switch"),
];

/// By what it senses first of all: a motion sensor tells the temperature, too.
fn sensor(properties: &[WireProperty]) -> &'static str {
    const SENSED: Choices = &[
        ("smoke", "smoke alarm"),
        ("carbon_monoxide", "CO alarm"),
        ("gas", "gas alarm"),
        ("water_leak", "leak sensor"),
        ("open", "door sensor"),
        ("presence", "presence sensor"),
        ("motion", "motion sensor"),
        ("vibration", "vibration sensor"),
        ("soil_moisture", "soil sensor"),
        ("co2", "air sensor"),
        ("voc", "air sensor"),
        ("pm25", "air sensor"),
        ("power", "power meter"),
        ("energy", "power meter"),
        ("temperature", "thermometer"),
        ("humidity", "humidity sensor"),
        ("illuminance", "light sensor"),
        ("pressure", "pressure sensor"),
    ];
    let has = |name: &str| properties.iter().any(|property| property.description.base.as_str() == name);
    SENSED.iter().find(|(name, _)| has(name)).map_or("sensor", |(_, noun)| noun)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_called_by_its_maker_and_what_it_is() {
        for (vendor, words, kind, name) in [
            ("IKEA", "TRADFRI bulb E26/E27, color/white spectrum", DeviceKind::Light, "IKEA bulb"),
            ("Philips", "Hue white and color ambiance E26/E27", DeviceKind::Light, "Hue bulb"),
            ("Danfoss", "Ally thermostat", DeviceKind::Thermostat, "Danfoss thermostat"),
            ("Tuya", "Thermostatic radiator valve", DeviceKind::Thermostat, "Tuya radiator valve"),
            ("IKEA", "TRADFRI on/off switch", DeviceKind::Button, "IKEA wireless switch"),
            ("IKEA of Sweden", "", DeviceKind::Other, "IKEA device"),
            ("_TZ3000_abcd1234", "", DeviceKind::Plug, "Zigbee plug"),
            ("Custom devices (DiY)", "Router", DeviceKind::Other, "DIY repeater"),
            ("Schneider Electric", "Shutter switch", DeviceKind::Cover, "Schneider shutter"),
            ("", "", DeviceKind::Other, "Zigbee device"),
            ("☕", "", DeviceKind::Lock, "Zigbee lock"),
        ] {
            assert_eq!(product_name(vendor, words, kind, &[]), name, "{vendor}: {words}");
        }
        assert!(product_name(&"x".repeat(5000), "", DeviceKind::Other, &[]).chars().count() < 40);
    }

    #[test]
    fn only_the_address_itself_is_no_name() {
        assert!(is_no_name("0x00158D0000000003", "0x00158d0000000003"));
        assert!(!is_no_name("0x00158d0000000003 kitchen", "0x00158d0000000003"));
        assert!(!is_no_name("0x00158d0000000004", "0x00158d0000000003"), "it is somebody's odd choice");
    }
}
