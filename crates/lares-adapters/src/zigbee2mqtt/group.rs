//! Groups (`bridge/groups`) as virtual devices: what their lights and switches have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use lares_model::{AdapterId, DeviceDescription, DeviceId, Power, ValueType};
use serde::Deserialize;

use super::ADAPTER_ID;
use super::device::DeviceCodec;
use super::list::common_kind;
use super::text::shorten;
use super::wire::WireProperty;

/// The canonical properties that a group passes on to its members, and which of its colours it shows.
const SHARED: &[&str] = &["state", "brightness", "color_temperature", "color", COLOR_MODE];
const COLOR_MODE: &str = "color_mode";

/// One group as Zigbee2MQTT lists it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub(crate) struct Group {
    id: u32,
    friendly_name: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    members: Vec<Member>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
struct Member {
    ieee_address: String,
}

/// Reads the list of groups.
///
/// # Errors
/// In words, when it cannot be read.
pub(crate) fn decode_groups(payload: &[u8]) -> Result<Vec<Group>, String> {
    serde_json::from_slice(payload).map_err(|error| {
        format!("Zigbee2MQTT sent a group list that cannot be read: {}", shorten(&error.to_string(), 120))
    })
}

/// The group as a device; `None` if no member is a light or switch, as then there is nothing to command.
/// `devices` are by address.
pub(crate) fn describe(group: &Group, devices: &BTreeMap<DeviceId, Arc<DeviceCodec>>) -> Option<DeviceCodec> {
    let members: Vec<_> = group
        .members
        .iter()
        .filter_map(|member| devices.get(&super::device_id(&member.ieee_address)))
        .filter(|codec| shared(codec, "state").is_some())
        .collect();
    let properties: Vec<WireProperty> = SHARED.iter().filter_map(|base| common(&members, base)).collect();
    if properties.is_empty() {
        return None;
    }
    let kinds: Vec<_> = members.iter().map(|codec| codec.description.kind).collect();
    let description = DeviceDescription {
        id: DeviceId::from(format!("zigbee:group-{}", group.id)),
        adapter: AdapterId::new(ADAPTER_ID),
        name: shorten(&group.friendly_name, 200),
        unnamed: false,
        kind: common_kind(&kinds),
        power: Power::Mains,
        manufacturer: String::new(),
        model: "Group".into(),
        description: shorten(group.description.as_deref().unwrap_or_default(), 200),
        firmware: String::new(),
        suggested_room: None,
        not_ready: String::new(),
        properties: properties.iter().map(|property| property.description.clone()).collect(),
        actions: Vec::new(),
        virtual_device: true,
        members: members.iter().map(|codec| codec.id().clone()).collect(),
    };
    let name = group.friendly_name.clone();
    Some(DeviceCodec::new(name.clone(), name, description, properties))
}

/// The light's or switch's property of this base name, whatever its endpoint.
fn shared<'a>(codec: &'a DeviceCodec, base: &str) -> Option<&'a WireProperty> {
    let fits = |property: &&WireProperty| property.of_light || base == COLOR_MODE;
    codec.properties.iter().filter(fits).find(|property| property.description.base.as_str() == base)
}

/// A property that all members have, with the range that all of them take.
fn common(members: &[&Arc<DeviceCodec>], base: &str) -> Option<WireProperty> {
    let each: Option<Vec<_>> = members.iter().map(|codec| shared(codec, base)).collect();
    let each = each?;
    let mut property = (*each.first()?).clone();
    property.key = match base {
        "color_temperature" => "color_temp".into(),
        base => base.into(),
    };
    property.description.name = base.into();
    property.description.endpoint = None;
    property.description.label = lares_model::canonical(base).map(|named| named.label.to_owned())?;
    // A group reports by itself when a member does; asking it would ask every member.
    property.description.access.gettable = false;
    if each.iter().any(|other| other.description.presets != property.description.presets) {
        property.description.presets.clear();
    }
    for other in &each {
        narrow(&mut property.description.value_type, &other.description.value_type);
    }
    Some(property)
}

fn narrow(range: &mut ValueType, other: &ValueType) {
    let ValueType::Number { min, max, .. } = range else { return };
    let ValueType::Number { min: other_min, max: other_max, .. } = other else { return };
    *min = [*min, *other_min].into_iter().flatten().reduce(f64::max);
    *max = [*max, *other_max].into_iter().flatten().reduce(f64::min);
}
