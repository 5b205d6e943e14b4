//! `lares devices`, `get`, `set` and `why`: short questions to a running hub.

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use lares_hub::api::request::{Request, SetResult};
use lares_hub::api::view::{ChangeView, DeviceView, PropertyView};
use lares_hub::socket::Client;
use serde_json::{Value as Json, json};

use crate::args::{Format, GetArgs, Name, SetArgs, WhyArgs};
use crate::failure::Failure;
use crate::hub::{ask, device};
use crate::output::{bare, line, table};
use crate::value_text;

/// `set` waits so long; the hub's own time-out of 10 s has a better reason to tell, so it gets a moment more.
const SET_WAIT: Duration = Duration::from_millis(10_500);
/// Values of a device that its line in the table shows.
const SHOWN_MAX: usize = 3;

/// `lares devices`.
///
/// # Errors
/// When no hub runs.
pub async fn devices(format: Format, data: &Path) -> Result<ExitCode, Failure> {
    let mut client = Client::connect(data).await?;
    let devices: Vec<DeviceView> = ask(&mut client, &Request::Devices).await?;
    match format {
        Format::Json => line(format!("{:#}", json!(devices)))?,
        Format::Text if devices.is_empty() => line("There are no devices yet.")?,
        Format::Text => {
            let row = |device: &DeviceView| {
                let online = if device.online { "yes" } else { "no" };
                let room = device.room.clone().unwrap_or_else(|| "-".into());
                let (id, kind, source) = (device.id.clone(), device.kind.clone(), device.source.clone());
                vec![id, device.name.clone(), room, kind, source, online.into(), shown(device)]
            };
            let rows: Vec<_> = devices.iter().map(row).collect();
            table(&["ID", "NAME", "ROOM", "KIND", "SOURCE", "ONLINE", "VALUES"], &rows)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The first main values, in the order of the device's page.
fn shown(device: &DeviceView) -> String {
    let properties = device.order.iter().filter_map(|name| Some((name, device.properties.get(name)?)));
    let known = properties.filter(|(_, p)| p.category == "main" && !p.state.value.is_null());
    let values = known.take(SHOWN_MAX).map(|(name, p)| format!("{name} {}", with_unit(p)));
    values.collect::<Vec<_>>().join(", ")
}

fn with_unit(property: &PropertyView) -> String {
    let value = bare(&property.state.value);
    match &property.unit {
        Some(unit) if property.state.value.is_number() => format!("{value} {unit}"),
        _ => value,
    }
}

/// `lares get`: 1 when the value is not known.
///
/// # Errors
/// When there is no such property, or no hub runs.
pub async fn get(args: &GetArgs, data: &Path) -> Result<ExitCode, Failure> {
    let mut client = Client::connect(data).await?;
    let device = device(&mut client, &args.property.device).await?;
    let property = property(&device, &args.property)?;
    match args.format {
        Format::Json => line(json!(property).to_string())?,
        Format::Text => line(bare(&property.state.value))?,
    }
    Ok(ExitCode::from(u8::from(property.state.value.is_null())))
}

/// `lares set`: 1 when it is refused or not confirmed in time.
///
/// # Errors
/// With the reason.
pub async fn set(args: &SetArgs, data: &Path) -> Result<ExitCode, Failure> {
    let mut client = Client::connect(data).await?;
    let device = device(&mut client, &args.property.device).await?;
    let value = value_text::parse(&args.value, property(&device, &args.property)?)
        .map_err(|error| Failure::No(format!("{}: {error}", args.property)))?;
    let name = args.property.property.clone();
    let request = Request::SetProperty { device: device.id, property: name, value };
    let set: Result<SetResult, _> = match tokio::time::timeout(SET_WAIT, ask(&mut client, &request)).await {
        Ok(answered) => answered,
        Err(_) => return Err(Failure::No(format!("{} was not confirmed within 10 s", args.property))),
    };
    line(set?.outcome)?;
    Ok(ExitCode::SUCCESS)
}

/// `lares why`: 1 when nothing is known of it.
///
/// # Errors
/// When there is no such property, the time cannot be read, or no hub runs.
pub async fn why(args: &WhyArgs, data: &Path) -> Result<ExitCode, Failure> {
    let mut client = Client::connect(data).await?;
    let Name { device, property } = args.property.clone();
    let request = Request::Why { device, property, at: args.at.clone() };
    let changes: Vec<ChangeView> = ask(&mut client, &request).await?;
    if args.format == Format::Json {
        line(json!(changes.first()).to_string())?;
    }
    let Some(change) = changes.first() else {
        return Err(Failure::No(format!("nothing is recorded of {} up to then", args.property)));
    };
    if args.format == Format::Text {
        line(format!("{} is {} since {}", args.property, bare(&change.to), change.at))?;
        change.why.iter().try_for_each(|why| line(format!("  because {why}")))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn property<'a>(device: &'a DeviceView, name: &Name) -> Result<&'a PropertyView, Failure> {
    device.properties.get(&name.property).ok_or_else(|| {
        let known: Vec<_> = device.properties.keys().map(String::as_str).collect();
        Failure::No(format!("{} has no property “{}”; it has {}", device.id, name.property, known.join(", ")))
    })
}

/// What a value is, where a property is at hand.
pub fn described(value: &Json, property: Option<&PropertyView>) -> String {
    match property.and_then(|property| property.unit.as_deref()) {
        Some(unit) if value.is_number() => format!("{} {unit}", bare(value)),
        _ => bare(value),
    }
}
