//! The devices of the demo home, as Zigbee devices of their kind describe themselves.
//!
//! The names are those that the starter rules and the language reference use.

use lares_model::{Category, Color, DeviceKind, Power, Value, ValueType};

use super::build::{Entry, Prop, entry, measured, number, prop, setting, words};
use super::rooms::{
    BALCONY_DOOR, BATHROOM, BEDROOM, BEDROOM_WINDOW, FRONT_DOOR, HALL, KITCHEN, LIVING, LIVING_WINDOW, OFFICE,
};
use crate::device::{Place, Role, SimulatedDevice};

use DeviceKind::{Button, Cover, Light, Lock, Plug, Sensor, Thermostat, Valve};
use Power::{Battery, Mains};

/// All of them, in a house with rooms of these names.
pub fn devices(rooms: &[String]) -> Vec<SimulatedDevice> {
    let groups = [hall(), living(), kitchen(), bedroom(), bathroom(), office(), outside()];
    groups.into_iter().flatten().map(|entry| entry.build(rooms)).collect()
}

fn hall() -> Vec<Entry> {
    let at = Place::Room(HALL);
    vec![
        entry("Hall motion", Sensor, Battery, "LD-PIR2", "Motion sensor with light and temperature")
            .at(at)
            .with([
                prop("motion"),
                prop("illuminance"),
                prop("temperature"),
                setting("motion_sensitivity", "Motion sensitivity", words(&["low", "medium", "high"])),
            ])
            .start("motion_sensitivity", Value::word("medium")),
        light("Hall light", "LD-W9", "Dimmable white bulb", dimmable()).at(at).role(Role::Lamp(150)),
        contact("Front door").at(at).role(Role::Opening(FRONT_DOOR)),
        entry("Front door lock", Lock, Battery, "LD-BOLT", "Motor lock on the inside of the door")
            .at(at)
            .role(Role::FrontDoorLock)
            .with([
                prop("lock"),
                prop("lock_state").words(&["not_fully_locked", "locked", "unlocked"]),
                setting("sound_volume", "Sound volume", words(&["silent", "low", "high"])),
            ])
            .start("lock", Value::Switch(true))
            .start("sound_volume", Value::word("low"))
            .action("lock", "lock", Value::Switch(true))
            .action("unlock", "lock", Value::Switch(false)),
        entry("Smoke detector", Sensor, Battery, "LD-SMOKE", "Smoke detector on the ceiling").at(at).with([
            prop("smoke"),
            prop("battery_low"),
            prop("tamper"),
        ]),
    ]
}

fn living() -> Vec<Entry> {
    let at = Place::Room(LIVING);
    vec![
        light("Ceiling light", "LD-CCT", "White spectrum ceiling lamp", white_spectrum())
            .at(at)
            .role(Role::Lamp(220)),
        light("Floor lamp", "LD-RGBCCT", "Colour bulb", colour())
            .at(at)
            .role(Role::Lamp(90))
            .start("state", Value::Switch(true)),
        thermostat("Living TRV", 21.0).at(at),
        contact("Living window").at(at).role(Role::Opening(LIVING_WINDOW)),
        contact("Balcony door").at(at).role(Role::Opening(BALCONY_DOOR)),
        plug("TV plug", "Metering plug of the television").at(at).role(Role::Television),
    ]
}

fn kitchen() -> Vec<Entry> {
    let at = Place::Room(KITCHEN);
    vec![
        light("Kitchen light", "LD-W9", "Dimmable white bulb", dimmable()).at(at).role(Role::Lamp(260)),
        leak("Kitchen leak").at(at),
        entry("Main valve", Valve, Mains, "LD-BALL", "Motor valve of the water main")
            .at(at)
            .with([prop("state").about("On lets the water through.")])
            .start("state", Value::Switch(true))
            .action("open", "state", Value::Switch(true))
            .action("close", "state", Value::Switch(false)),
    ]
}

fn bedroom() -> Vec<Entry> {
    let at = Place::Room(BEDROOM);
    let movement = prop("movement").words(&["open", "close", "stop"]).write_only();
    vec![
        light("Bed light", "LD-RGBCCT", "Colour bulb", colour()).at(at).role(Role::Lamp(80)),
        entry("Bed remote", Button, Battery, "LD-KEY1", "Button by the bed")
            .at(at)
            .role(Role::BedRemote)
            .charge(14.0)
            .with([prop("action").words(&["single", "double", "hold", "release"])]),
        entry("Bedroom blind", Cover, Mains, "LD-ROLL", "Motor of the roller blind")
            .at(at)
            .role(Role::Blind)
            .with([
                prop("position").range(0.0, 100.0, 1.0).about("0 is closed, 100 is open."),
                movement,
                setting("reverse_direction", "Reverse direction", ValueType::Switch),
            ])
            .start("position", Value::Number(100.0))
            .action("open", "movement", Value::word("open"))
            .action("close", "movement", Value::word("close"))
            .action("stop", "movement", Value::word("stop")),
        thermostat("Bedroom TRV", 18.5).at(at),
        contact("Bedroom window").at(at).role(Role::Opening(BEDROOM_WINDOW)),
    ]
}

fn bathroom() -> Vec<Entry> {
    let at = Place::Room(BATHROOM);
    vec![
        leak("Bathroom leak").at(at),
        climate("Bathroom climate", "LD-TH", "Temperature and humidity sensor", []).at(at),
        plug("Washing machine", "Metering plug of the washing machine").at(at).role(Role::Washer),
    ]
}

fn office() -> Vec<Entry> {
    let at = Place::Room(OFFICE);
    vec![
        entry("Office presence", Sensor, Mains, "LD-MMW", "Radar that also sees who sits still")
            .at(at)
            .with([
                prop("presence"),
                prop("illuminance"),
                setting("detection_distance", "Detection distance", number(0.5, 6.0, 0.1)).unit("m"),
            ])
            .start("detection_distance", Value::Number(4.0)),
        entry("Air quality", Sensor, Mains, "LD-AIR", "Air quality monitor").at(at).with([
            prop("co2"),
            prop("pm25"),
            prop("voc"),
            prop("temperature"),
            prop("humidity"),
        ]),
        climate("Rack", "LD-TH", "Temperature sensor among the computers", []).at(Place::Rack(OFFICE)),
        plug("Rack fan", "Metering plug of the fan that cools the rack")
            .at(at)
            .role(Role::RackFan)
            .start("state", Value::Switch(false)),
    ]
}

fn outside() -> Vec<Entry> {
    let more = [prop("illuminance"), prop("pressure")];
    vec![climate("Outdoor sensor", "LD-WX", "Weather sensor in the shade", more).at(Place::Outside)]
}

fn light(name: &str, model: &str, about: &str, properties: Vec<Prop>) -> Entry {
    let power_on = setting("power_on_behavior", "After a power cut", words(&["off", "on", "previous"]));
    entry(name, Light, Mains, model, about)
        .with(properties)
        .with([power_on])
        .start("brightness", Value::Number(80.0))
        .start("color_temperature", Value::Number(2700.0))
        .start("color_mode", Value::word("color_temp"))
        .start("color", Value::Color(Color { hue: 28.0, saturation: 64.0 }))
        .start("power_on_behavior", Value::word("previous"))
}

fn dimmable() -> Vec<Prop> {
    vec![prop("state"), prop("brightness").range(0.0, 100.0, 1.0)]
}

fn white_spectrum() -> Vec<Prop> {
    let warmth = prop("color_temperature")
        .range(2203.0, 6536.0, 1.0)
        .preset("warmest", 2203.0)
        .preset("warm", 2700.0)
        .preset("neutral", 4000.0)
        .preset("coolest", 6536.0);
    dimmable().into_iter().chain([warmth]).collect()
}

fn colour() -> Vec<Prop> {
    let mode = prop("color_mode").words(&["hs", "color_temp"]);
    let effect =
        prop("effect").words(&["blink", "breathe", "okay", "finish_effect", "stop_effect"]).write_only();
    let options = ValueType::Composite {
        fields: vec![
            setting("execute_if_off", "Also while it is off", ValueType::Binary)
                .about("Takes a new colour while it is off, and shows it when it is switched on.")
                .part(),
        ],
    };
    let options = setting("color_options", "Colour options", options);
    white_spectrum().into_iter().chain([prop("color"), mode, effect, options]).collect()
}

fn contact(name: &str) -> Entry {
    entry(name, Sensor, Battery, "LD-REED", "Contact sensor").with([prop("open"), prop("tamper")])
}

fn leak(name: &str) -> Entry {
    entry(name, Sensor, Battery, "LD-DROP", "Water leak sensor")
        .with([prop("water_leak"), prop("battery_low")])
}

fn climate(name: &str, model: &str, about: &str, more: impl IntoIterator<Item = Prop>) -> Entry {
    entry(name, Sensor, Battery, model, about).with([prop("temperature"), prop("humidity")]).with(more)
}

fn plug(name: &str, about: &str) -> Entry {
    let measured = ["power", "energy", "voltage", "current"].map(prop);
    let locked = setting("child_lock", "Child lock", ValueType::Switch);
    entry(name, Plug, Mains, "LD-PLUG", about)
        .with([prop("state")])
        .with(measured)
        .with([locked])
        .start("state", Value::Switch(true))
}

fn thermostat(name: &str, target: f64) -> Entry {
    let demand = measured("pi_heating_demand", "Valve opening", number(0.0, 100.0, 1.0), Category::Main);
    let block = ValueType::Composite {
        fields: vec![
            setting("time", "From", ValueType::Text).about("Clock time, such as 06:30.").part(),
            setting("temperature", "Target", number(5.0, 30.0, 0.5)).unit("°C").part(),
        ],
    };
    let week = ValueType::List { item: Box::new(block), length_max: Some(6) };
    let blocks = [("06:30", target), ("08:30", target - 2.5), ("16:30", target), ("22:30", target - 3.5)];
    let blocks = blocks.map(|(time, temperature)| {
        let parts = [("time", Value::text(time)), ("temperature", Value::Number(temperature))];
        Value::Composite(parts.into_iter().map(|(name, value)| (name.into(), value)).collect())
    });
    entry(name, Thermostat, Battery, "LD-TRV", "Radiator valve")
        .with([
            prop("temperature"),
            prop("target_temperature").range(5.0, 30.0, 0.5),
            prop("hvac_mode").words(&["off", "heat", "auto"]),
            prop("hvac_action").words(&["idle", "heating"]),
            demand.unit("%"),
            measured("window_open", "Window open", ValueType::Binary, Category::Main)
                .about("The valve noticed a sudden fall of temperature, and stays shut."),
            setting("window_detection", "Window detection", ValueType::Switch),
            setting("local_temperature_calibration", "Temperature correction", number(-5.0, 5.0, 0.1))
                .unit("°C"),
            setting("child_lock", "Child lock", ValueType::Switch),
            setting("schedule_workdays", "Programme for workdays", week)
                .about("Followed by the valve itself in mode auto."),
        ])
        .start("target_temperature", Value::Number(target))
        .start("hvac_mode", Value::word("heat"))
        .start("window_detection", Value::Switch(true))
        .start("schedule_workdays", Value::List(blocks.into()))
}
