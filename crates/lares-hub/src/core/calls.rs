//! Requests: names are resolved and values are typed here, so that the engine sees only what fits.

use std::collections::BTreeMap;

use lares_adapters::{AdapterAsk, AdapterRequest};
use lares_engine::Input;
use lares_model::{
    Answer, CommandId, Device, DeviceId, Event, HomeConfig, Location, Person, PersonAction, PropertyKey,
    PropertyName, Refusal, RequestId, Room, RoomId, RuleId, Value,
};
use serde_json::Value as Json;
use tokio::sync::oneshot;

use super::home_loop::HomeLoop;
use super::message::{Next, Read};
use super::views::{device_view, room_view};
use crate::api::problem::{Code, Problem};
use crate::api::request::{Done, Request, Response, RulesResult};
use crate::caller::Caller;
use crate::clock::parse_rfc3339;

/// At most so long may a device's or room's name be.
const NAME_LENGTH_MAX: usize = 100;
/// Zigbee's own limit.
const JOIN_SECONDS_MAX: u16 = 254;
const DAY_MS: i64 = 86_400_000;

const DONE: Response = Response::Done(Done { done: true });

type Answered = Result<Next, Problem>;

impl HomeLoop {
    /// Does what can be done at once, and says what is left.
    pub(super) fn call(&mut self, caller: &Caller, request: Request) -> Answered {
        use Request as R;
        match request {
            R::Snapshot => {
                let seq = self.subscribers.seq();
                Ok(Next::Done(Response::Snapshot(Box::new(super::updates::ViewSource::snapshot(self, seq)))))
            }
            R::Devices => Ok(Next::Done(Response::Devices(self.device_views()))),
            R::Device { device } => {
                let device = self.find(&device)?;
                Ok(Next::Done(Response::Device(Box::new(device_view(&self.home, device)))))
            }
            R::Rules => {
                let result = RulesResult { rules: self.rule_views(), diagnostics: self.diagnostics.clone() };
                Ok(Next::Done(Response::Rules(result)))
            }
            R::SetProperty { device, property, value } => {
                let values = serde_json::Map::from_iter([(property, value)]);
                self.set(caller, &device, &values, "/params/value")
            }
            R::SetProperties { device, values } => self.set(caller, &device, &values, "/params/values"),
            R::InvokeAction { device, action, input } => self.invoke(caller, &device, &action, input),
            R::History { series, from, to, points } => self.series(&series, from, to, points),
            R::Changes { device, property, before, limit } => {
                let device = device.map(|slug| self.id_of(&slug)).transpose()?;
                let before = self.time(before, "/params/before")?;
                Ok(Next::Read(
                    Read::Changes { device, property, before, limit: bound(limit, 50) },
                    self.memory.readable(),
                ))
            }
            R::Why { device, property, at } => {
                let key = self.key(&device, &property)?;
                let at = self.time(at, "/params/at")?;
                Ok(Next::Read(Read::Why { key, at }, self.memory.readable()))
            }
            R::Journal { device, rule, before, limit } => {
                let device = device.map(|slug| self.id_of(&slug)).transpose()?;
                let before = self.time(before, "/params/before")?;
                Ok(Next::Read(
                    Read::Journal { device, rule, before, limit: bound(limit, 100) },
                    self.memory.readable(),
                ))
            }
            R::PermitJoin { adapter, seconds } => self.permit_join(&adapter, seconds),
            R::RemoveDevice { device, force } => self.remove_device(&device, force),
            R::StartDemo => Ok(Next::Demo { start: true }),
            R::RemoveDemo => Ok(Next::Demo { start: false }),
            other => self.configure(caller, other),
        }
    }

    /// What changes the home itself; answered once it is on disk.
    fn configure(&mut self, caller: &Caller, request: Request) -> Answered {
        use Request as R;
        let action = match request {
            R::Resume { device, property } => PersonAction::Resume {
                device: self.id_of(&device)?,
                property: property.map(PropertyName::from),
            },
            R::RenameDevice { device, name } => return self.rename(caller, &device, &name),
            R::PlaceDevice { device, room } => {
                PersonAction::PlaceDevice { device: self.id_of(&device)?, room: room.map(RoomId::from) }
            }
            R::PutRoom { id, name, labels } => return self.put_room(caller, id, &name, &labels),
            R::RemoveRoom { id } => PersonAction::RemoveRoom { room: RoomId::from(id) },
            R::Configure { name, time_zone, location } => {
                if time_zone.parse::<chrono_tz::Tz>().is_err() {
                    let detail = format!("“{time_zone}” is no IANA time zone, such as Europe/Berlin");
                    return Err(Problem::new(Code::InvalidValue, detail).at("/params/time_zone"));
                }
                let location = location.map(|l| Location { latitude: l.latitude, longitude: l.longitude });
                let good = |l: &Location| l.latitude.abs() <= 90.0 && l.longitude.abs() <= 180.0;
                if !location.as_ref().is_none_or(good) {
                    let detail = "latitude is −90 to 90 and longitude −180 to 180 degrees";
                    return Err(Problem::new(Code::InvalidValue, detail).at("/params/location"));
                }
                PersonAction::Configure { config: HomeConfig { name: named(&name)?, time_zone, location } }
            }
            R::SwitchRule { rule, enabled } => PersonAction::SwitchRule { rule: RuleId::from(rule), enabled },
            R::RunRule { rule } => PersonAction::RunRule { rule: RuleId::from(rule) },
            R::Acknowledge { rule } => PersonAction::Acknowledge { rule: RuleId::from(rule) },
            other => return Err(Problem::new(Code::Internal, format!("{other:?} is not handled"))),
        };
        self.act(caller, action)?;
        Ok(self.saved(DONE))
    }

    fn saved(&mut self, response: Response) -> Next {
        let now = self.last_step;
        Next::Saved(response, self.memory.save_now(now))
    }

    /// Steps the home with a person's action and gives its answer.
    pub(super) fn act(&mut self, caller: &Caller, action: PersonAction) -> Result<Answer, Problem> {
        self.requests += 1;
        let request = RequestId(self.requests);
        let person = Person { name: caller.name.clone() };
        self.ended.clear();
        self.step(Input::Event(Event::Asked { request, person, action }));
        match self.answers.remove(&request) {
            Some(Answer::Refused { refusal }) => Err(refused(&refusal)),
            Some(answer) => Ok(answer),
            None => Err(Problem::new(Code::Internal, "the home gave no answer")),
        }
    }

    fn set(
        &mut self,
        caller: &Caller,
        slug: &str,
        values: &serde_json::Map<String, Json>,
        pointer: &str,
    ) -> Answered {
        let device = self.find(slug)?;
        let id = device.description.id.clone();
        let mut typed = BTreeMap::new();
        for (name, json) in values {
            let (name, value) = typed_value(device, name, json).map_err(|problem| problem.at(pointer))?;
            typed.insert(name, value);
        }
        if typed.is_empty() {
            return Err(Problem::new(Code::BadRequest, "no property is named").at(pointer));
        }
        self.command(caller, id, typed)
    }

    fn invoke(&mut self, caller: &Caller, slug: &str, name: &str, input: Option<Json>) -> Answered {
        let device = self.find(slug)?;
        let action = device.description.actions.iter().find(|action| action.name == name);
        let action = action.ok_or_else(|| {
            let known: Vec<_> =
                device.description.actions.iter().map(|action| action.name.as_str()).collect();
            let known =
                if known.is_empty() { "it has none".into() } else { format!("it has {}", known.join(", ")) };
            Problem::new(Code::NotFound, format!("{slug} has no action “{name}”; {known}"))
        })?;
        let id = device.description.id.clone();
        let (property, value) = match (&action.value, input) {
            (Some(value), _) => (action.property.clone(), value.clone()),
            (None, Some(input)) => typed_value(device, action.property.as_str(), &input)?,
            (None, None) => return Err(Problem::new(Code::BadRequest, format!("{name} needs an input"))),
        };
        self.command(caller, id, BTreeMap::from([(property, value)]))
    }

    fn command(
        &mut self,
        caller: &Caller,
        device: DeviceId,
        values: BTreeMap<PropertyName, Value>,
    ) -> Answered {
        let answer = self.act(caller, PersonAction::Set { device, values })?;
        let commands = if let Answer::Commands { commands } = answer { commands } else { Vec::new() };
        let commands = commands.into_iter().map(|id| (id, self.outcome_of(id))).collect();
        Ok(Next::Commands(commands))
    }

    /// The outcome of a command, which may have come in the very step that began it.
    fn outcome_of(&mut self, id: CommandId) -> oneshot::Receiver<lares_model::CommandOutcome> {
        let (sender, receiver) = oneshot::channel();
        match self.ended.remove(&id) {
            Some(outcome) => _ = sender.send(outcome),
            None => self.waiters.entry(id).or_default().push(sender),
        }
        receiver
    }

    fn rename(&mut self, caller: &Caller, slug: &str, name: &str) -> Answered {
        let device = self.find(slug)?;
        let (id, adapter) = (device.description.id.clone(), device.description.adapter.clone());
        let name = named(name)?;
        self.act(caller, PersonAction::RenameDevice { device: id.clone(), name: name.clone() })?;
        // The source learns the name, too. It counts here all the same if the source refuses it.
        let (reply, _) = oneshot::channel();
        let ask = AdapterAsk::Rename { device: id.clone(), name };
        if let Err(reason) = self.tell_adapter(&adapter, AdapterRequest::Ask { ask, reply }) {
            tracing::warn!(device = %id, %reason, "the source was not told the new name");
        }
        let device =
            self.home.device(&id).ok_or_else(|| Problem::new(Code::NotFound, "the device is gone"))?;
        let view = device_view(&self.home, device);
        Ok(self.saved(Response::Device(Box::new(view))))
    }

    fn put_room(&mut self, caller: &Caller, id: Option<String>, name: &str, labels: &[String]) -> Answered {
        let name = named(name)?;
        let id = match id {
            Some(id) => RoomId::from(id),
            None => {
                let taken = |slug: &str| self.home.rooms().iter().any(|room| room.id.as_str() == slug);
                RoomId::from(lares_model::unique_slug(&name, taken))
            }
        };
        let labels = labels.iter().map(|label| lares_model::slugify(label)).collect();
        self.act(caller, PersonAction::PutRoom { room: Room { id: id.clone(), name, labels } })?;
        let room = self.home.rooms().iter().find(|room| room.id == id).map(room_view);
        let room = room.ok_or_else(|| Problem::new(Code::Internal, "the room was not kept"))?;
        Ok(self.saved(Response::Room(room)))
    }

    fn permit_join(&mut self, adapter: &str, seconds: u16) -> Answered {
        if seconds > JOIN_SECONDS_MAX {
            let detail = format!("at most {JOIN_SECONDS_MAX} seconds at once");
            return Err(Problem::new(Code::InvalidValue, detail).at("/params/seconds"));
        }
        self.ask(adapter, AdapterAsk::PermitJoin { seconds }, 10)
    }

    fn remove_device(&mut self, slug: &str, force: bool) -> Answered {
        let device = self.find(slug)?;
        let (id, adapter) = (device.description.id.clone(), device.description.adapter.to_string());
        if !self.adapters.contains_key(adapter.as_str()) {
            // Its adapter is not there any more, so there is nobody to ask.
            self.act(&Caller::local(), PersonAction::ForgetDevice { device: id })?;
            return Ok(self.saved(DONE));
        }
        self.act(&Caller::local(), PersonAction::DismissDevice { device: id.clone() })?;
        self.ask(&adapter, AdapterAsk::Remove { device: id, force }, 35)
    }

    fn ask(&mut self, adapter: &str, ask: AdapterAsk, seconds: u64) -> Answered {
        if self.home.adapters().all(|(id, _)| id.as_str() != adapter) && !self.adapters.contains_key(adapter)
        {
            return Err(Problem::new(Code::NotFound, format!("there is no adapter “{adapter}”")));
        }
        let (reply, answer) = oneshot::channel();
        let request = AdapterRequest::Ask { ask, reply };
        let told = self.tell_adapter(&adapter.into(), request);
        told.map_err(|reason| Problem::new(Code::NotConnected, reason))?;
        Ok(Next::Ask { answer, seconds })
    }

    fn series(
        &self,
        series: &str,
        from: Option<String>,
        to: Option<String>,
        points: Option<u32>,
    ) -> Answered {
        let Some((slug, property)) = series.split_once('.') else {
            let detail = format!("a series is named device.property, not “{series}”");
            return Err(Problem::new(Code::BadRequest, detail).at("/params/series"));
        };
        let key = self.key(slug, property).map_err(|problem| problem.at("/params/series"))?;
        let to = self.time(to, "/params/to")?;
        let from = match from {
            Some(_) => self.time(from, "/params/from")?,
            None => to - DAY_MS,
        };
        if from >= to {
            return Err(Problem::new(Code::BadRequest, "`from` must be before `to`").at("/params/from"));
        }
        if points == Some(0) {
            let problem = Problem::new(Code::BadRequest, "a series has one point at least");
            return Err(problem.at("/params/points"));
        }
        let points = points.unwrap_or(300).min(5000) as usize;
        Ok(Next::Read(Read::Series { key, from, to, points }, self.memory.readable()))
    }

    fn time(&self, text: Option<String>, pointer: &str) -> Result<i64, Problem> {
        let Some(text) = text else { return Ok(self.clock.now().utc + 1) };
        parse_rfc3339(&text).ok_or_else(|| {
            let detail = format!("“{text}” is no RFC 3339 time, such as 2026-01-10T22:00:00Z");
            Problem::new(Code::BadRequest, detail).at(pointer)
        })
    }

    fn find(&self, slug: &str) -> Result<&Device, Problem> {
        self.home.device_by_slug(slug).ok_or_else(|| {
            Problem::new(Code::NotFound, format!("there is no device “{slug}”")).at("/params/device")
        })
    }

    fn id_of(&self, slug: &str) -> Result<DeviceId, Problem> {
        self.find(slug).map(|device| device.description.id.clone())
    }

    fn key(&self, slug: &str, property: &str) -> Result<PropertyKey, Problem> {
        let device = self.find(slug)?;
        match device.description.property(property) {
            Some(found) => Ok(PropertyKey::new(device.description.id.clone(), found.name.clone())),
            None => Err(no_property(device, property)),
        }
    }
}

fn typed_value(device: &Device, name: &str, json: &Json) -> Result<(PropertyName, Value), Problem> {
    let property = device.description.property(name).ok_or_else(|| no_property(device, name))?;
    if !property.access.writable {
        let detail = format!("{}.{name} is measured, it cannot be set", device.slug);
        return Err(Problem::new(Code::ReadOnly, detail));
    }
    // A named value may lie outside the range: "keep the former brightness".
    if let Some((_, value)) = property.presets.iter().find(|(_, value)| value.to_json() == *json) {
        return Ok((property.name.clone(), value.clone()));
    }
    let value = property.value_type.parse_json(json).map_err(|error| {
        let unit = property.unit.as_ref().map(|unit| format!(" (in {unit})")).unwrap_or_default();
        Problem::new(Code::InvalidValue, format!("{}.{name}: {error}{unit}", device.slug))
    })?;
    Ok((property.name.clone(), value))
}

fn no_property(device: &Device, name: &str) -> Problem {
    let names: Vec<_> = device.description.properties.iter().take(30).map(|p| p.name.as_str()).collect();
    Problem::new(
        Code::NotFound,
        format!("{} has no property “{name}”; it has {}", device.slug, names.join(", ")),
    )
}

fn refused(refusal: &Refusal) -> Problem {
    let code = match refusal {
        Refusal::NotFound { .. } => Code::NotFound,
        Refusal::Outranked { .. } => Code::Outranked,
        Refusal::Invalid { .. } => Code::InvalidValue,
    };
    Problem::new(code, refusal.to_string())
}

/// A name for people: trimmed, not empty, not endless, without control characters.
fn named(name: &str) -> Result<String, Problem> {
    let name = name.trim();
    let good =
        !name.is_empty() && name.chars().count() <= NAME_LENGTH_MAX && !name.chars().any(char::is_control);
    if good {
        return Ok(name.to_owned());
    }
    let detail = format!("a name has 1 to {NAME_LENGTH_MAX} characters and no control characters");
    Err(Problem::new(Code::InvalidValue, detail).at("/params/name"))
}

fn bound(limit: Option<u32>, default: u32) -> usize {
    limit.unwrap_or(default).clamp(1, 1000) as usize
}
