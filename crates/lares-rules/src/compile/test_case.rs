//! `tests:` of a file, to what the runner plays.

use chrono::NaiveDateTime;
use lares_model::{DeviceId, Location, Millis, PropertyDescription, PropertyKey};

use super::Compiler;
use super::assign::name_of;
use super::fields::Grammar;
use crate::check::literal;
use crate::diagnostic::Code;
use crate::parse::ast::Name;
use crate::parse::expression;
use crate::parse::node::Node;
use crate::program::{ExpectNotify, Given, TestCase, TestEvent, TestStep, TestValue};
use crate::resolve::Found;
use crate::suggest;

const TEST: Grammar = Grammar { what: "a test", keys: &["name", "given", "steps"], later: &[] };

const STEP: Grammar = Grammar {
    what: "a step of a test",
    keys: &["at", "report", "expect", "expect_notify", "restart", "sleep", "offline", "online"],
    later: &["log", "expect_log", "person", "click"],
};

/// Keys of `given:` that are no devices.
const GIVEN: [&str; 5] = ["clock", "time_zone", "location", "offline", "rooms"];

/// Values and events of devices.
#[derive(Default)]
struct Readings {
    values: Vec<TestValue>,
    happened: Vec<TestEvent>,
}

impl<'c> Compiler<'_, '_, 'c> {
    /// A test; none if something in it is wrong.
    pub(super) fn test_case(&mut self, node: &Node) -> Option<TestCase> {
        let errors = self.sink.errors();
        self.waiting = false;
        if !self.is_map(node, &TEST) {
            return None;
        }
        let name = match node.get("name") {
            Some(name) => self.text(name, "a name").unwrap_or_default().to_owned(),
            None => {
                self.wrong(Code::MissingKey, node, "the test has no name", "begin it with - name: …");
                String::new()
            }
        };
        let given = node.get("given").map(|node| self.given(node)).unwrap_or_default();
        let steps = match node.get("steps") {
            Some(steps) => self.test_steps(steps),
            None => {
                self.wrong(Code::MissingKey, node, "the test has no steps:", "");
                Vec::new()
            }
        };
        let file = self.sink.source.name.clone();
        let line = self.sink.source.line(node.place);
        let fine = self.sink.errors() == errors && !self.waiting;
        fine.then_some(TestCase { name, file, line, given, steps })
    }

    fn given(&mut self, node: &Node) -> Given {
        let mut given = Given::default();
        let Some(entries) = node.map() else {
            let message = format!("expected what is given, found {}", node.in_words());
            self.sink.error(Code::WrongType, node.place, message);
            return given;
        };
        let mut readings = Readings::default();
        for (key, value) in entries {
            match key.text().unwrap_or_default() {
                "clock" => given.clock = self.start_clock(value),
                "time_zone" => given.time_zone = self.time_zone(value),
                "location" => given.location = self.location(value),
                "offline" => given.offline = self.devices(value),
                // Only for guessing a home where none is given.
                "rooms" => {}
                _ => self.reading(key, value, true, &mut readings),
            }
        }
        if let Some(event) = readings.happened.first() {
            let place = node.place;
            let message = format!("{} is an event; it happens in a step", event.key.property);
            self.sink.error(Code::EventIsNoState, place, message);
        }
        given.values = readings.values;
        given
    }

    fn start_clock(&mut self, node: &Node) -> Option<NaiveDateTime> {
        let text = self.text(node, "a local date and time")?;
        let formats = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
        let clock = formats.iter().find_map(|format| NaiveDateTime::parse_from_str(text.trim(), format).ok());
        if clock.is_none() {
            self.wrong(Code::Clock, node, "expected a local date and time", "such as 2026-01-10T22:00");
        }
        clock
    }

    fn time_zone(&mut self, node: &Node) -> Option<String> {
        let text = self.text(node, "a time zone")?;
        if text.parse::<chrono_tz::Tz>().is_ok() {
            return Some(text.to_owned());
        }
        let message = format!("there is no time zone \"{}\"", suggest::shorten(text));
        let help = suggest::nearest(text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
        let help = help.map(|near| format!("did you mean \"{near}\"?")).unwrap_or_default();
        self.wrong(Code::TimeZone, node, message, &help);
        None
    }

    fn location(&mut self, node: &Node) -> Option<Location> {
        const GRAMMAR: Grammar = Grammar { what: "a location", keys: &["latitude", "longitude"], later: &[] };
        if !self.is_map(node, &GRAMMAR) {
            return None;
        }
        let mut degrees = |key: &str, most: f64| {
            let found = node.get(key)?;
            let number = found.text()?.trim().parse::<f64>().ok().filter(|n| n.abs() <= most);
            if number.is_none() {
                self.sink.error(
                    Code::OutOfRange,
                    found.place,
                    format!("expected degrees, −{most} to {most}"),
                );
            }
            number
        };
        let (latitude, longitude) = (degrees("latitude", 90.0), degrees("longitude", 180.0));
        if latitude.is_none() || longitude.is_none() {
            self.sink.error(Code::MissingKey, node.place, "a location has latitude and longitude");
        }
        Some(Location { latitude: latitude?, longitude: longitude? })
    }

    fn devices(&mut self, node: &Node) -> Vec<DeviceId> {
        let mut devices = Vec::new();
        for one in self.one_or_list(node, "devices") {
            if self.text(one, "a device").is_some()
                && let Some(name) = name_of(one)
                && let Some(found) = self.device(one, &name)
            {
                devices.push(found.id.clone());
            }
        }
        devices
    }

    /// `device.property: value` or `device: { property: value }`.
    fn reading(&mut self, key: &Node, value: &Node, is_given: bool, into: &mut Readings) {
        let text = key.text().unwrap_or_default();
        let target = match expression::parse_target(text) {
            Ok(target) if target.places.is_none() && target.path.len() <= 2 => target,
            Ok(_) => {
                self.wrong(Code::UnknownKey, key, "expected a property, such as hall_light.state", "");
                return;
            }
            Err(issue) => return self.sink.add_inside(key, 0, issue),
        };
        let device = &target.path[0];
        let Some(property) = target.path.get(1) else {
            if is_given && self.names.slug(&device.text).is_none() && !value.kind_is_map() {
                let message = format!("\"{}\" is not part of given", suggest::shorten(text));
                self.wrong(Code::UnknownKey, key, message, &suggest::help(text, GIVEN));
                return;
            }
            let Some(found) = self.device(key, device) else { return };
            let Some(entries) = value.map() else {
                let message = "a device is always written with its property";
                self.wrong(Code::WrongType, key, message, &format!("such as {}.state", device.text));
                return;
            };
            for (key, value) in entries {
                if let Some(name) = name_of(key) {
                    self.one_reading(key, value, found, &name, into);
                }
            }
            return;
        };
        if let Some(found) = self.device(key, device) {
            self.one_reading(key, value, found, property, into);
        }
    }

    fn one_reading(&mut self, key: &Node, value: &Node, found: Found<'c>, name: &Name, into: &mut Readings) {
        let property = match self.names.property(found, name) {
            Ok(property) => property,
            Err(issue) => return self.sink.add_inside(key, 0, issue),
        };
        let text = format!("{}.{}", found.device.slug, property.name);
        let span = self.sink.source.span(value.place);
        let of = PropertyKey { device: found.id.clone(), property: property.name.clone() };
        if property.value_type.is_event() {
            for one in self.one_or_list(value, "what happened") {
                if let Some(word) = self.event_word(one, property) {
                    into.happened.push(TestEvent { key: of.clone(), word, span });
                }
            }
            return;
        }
        if let Some(value) = literal(value, property, self.names, self.sink) {
            into.values.push(TestValue { key: of, value, span, text });
        }
    }

    fn event_word(&mut self, node: &Node, property: &PropertyDescription) -> Option<String> {
        let value = literal(node, property, self.names, self.sink)?;
        value.as_text().map(str::to_owned)
    }

    fn test_steps(&mut self, node: &Node) -> Vec<TestStep> {
        let mut steps: Vec<TestStep> = Vec::new();
        for one in self.one_or_list(node, "steps") {
            let before = steps.last().map_or(Millis(0), |step| step.at);
            if let Some(step) = self.test_step(one, before) {
                steps.push(step);
            }
        }
        steps
    }

    fn test_step(&mut self, node: &Node, before: Millis) -> Option<TestStep> {
        if !self.is_map(node, &STEP) {
            return None;
        }
        let Some(at) = node.get("at") else {
            self.wrong(Code::MissingKey, node, "the step has no at:", "when it happens, such as at: 60s");
            return None;
        };
        let mut step = TestStep { line: self.sink.source.line(node.place), ..TestStep::default() };
        step.at = self.duration(at)?;
        if step.at < before {
            self.wrong(Code::TestOrder, at, "the step is before the one in front of it", "");
        }
        step.restart = node.get("restart").and_then(|node| self.duration(node));
        step.sleep = node.get("sleep").and_then(|node| self.duration(node));
        step.offline = node.get("offline").map(|node| self.devices(node)).unwrap_or_default();
        step.online = node.get("online").map(|node| self.devices(node)).unwrap_or_default();
        if let Some(report) = node.get("report") {
            let readings = self.readings(report);
            (step.report, step.happened) = (readings.values, readings.happened);
        }
        if let Some(expect) = node.get("expect") {
            let readings = self.readings(expect);
            if let Some(event) = readings.happened.first() {
                let message = format!("{} is an event and has no state to expect", event.key.property);
                self.sink.error(Code::EventIsNoState, expect.place, message);
            }
            step.expect = readings.values;
        }
        if let Some(notify) = node.get("expect_notify") {
            let text = self.text(notify, "a part of the text, or none")?;
            let none = text == "none" && notify.is_plain();
            let contains = if none { String::new() } else { text.to_owned() };
            step.expect_notify =
                Some(ExpectNotify { contains, none, span: self.sink.source.span(notify.place) });
        }
        Some(step)
    }

    fn readings(&mut self, node: &Node) -> Readings {
        let mut readings = Readings::default();
        match node.map() {
            Some(entries) => {
                for (key, value) in entries {
                    self.reading(key, value, false, &mut readings);
                }
            }
            None => {
                let message = format!("expected properties and their values, found {}", node.in_words());
                self.wrong(Code::WrongType, node, message, "such as { hall_motion.motion: true }");
            }
        }
        readings
    }
}
