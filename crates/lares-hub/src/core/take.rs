//! What the loop does with each message.

use lares_engine::Input;
use lares_model::{AdapterId, AdapterState, AdapterStatus, DeviceId, Event, PersonAction, RoomId, slugify};

use super::home_loop::HomeLoop;
use super::message::{Counts, Message};
use super::views::diagnostic_view;
use super::words::Names;
use crate::caller::Caller;

impl HomeLoop {
    pub(super) fn take(&mut self, message: Message) {
        match message {
            Message::Call { caller, request, reply } => {
                let answer = self.call(&caller, request);
                // The caller may have gone; what was asked is done all the same.
                let _ = reply.send(answer);
            }
            Message::Subscribe { reply } => {
                let mut subscribers = std::mem::take(&mut self.subscribers);
                let stream = subscribers.add(self);
                self.subscribers = subscribers;
                let _ = reply.send(stream);
            }
            Message::Rules { rules, diagnostics } => {
                self.diagnostics = diagnostics.iter().map(diagnostic_view).collect();
                self.step(Input::Rules(rules));
                if !self.started {
                    self.started = true;
                    self.step(Input::Started);
                }
                self.pending.rules();
            }
            Message::Catalog { reply } => _ = reply.send(self.home.catalog()),
            Message::Names { devices, reply } => _ = reply.send(Names::of(&self.home, devices)),
            Message::AdapterUp { id, requests } => {
                self.known.insert(id.clone());
                self.adapters.insert(id, requests);
                self.pending.home();
            }
            Message::AdapterDown { id } => {
                self.adapters.remove(&id);
                self.pending.home();
            }
            Message::AdapterFailed { id, reason } => {
                let status = AdapterStatus {
                    state: AdapterState::Offline,
                    detail: format!("{reason}. It is started again."),
                    ..AdapterStatus::default()
                };
                self.adapters.remove(&id);
                self.step(Input::Event(Event::Adapter { adapter: id, status }));
            }
            Message::ForgetAdapter { id, reply } => {
                self.forget_adapter(&id);
                let saved = self.memory.save_now(self.last_step);
                let _ = reply.send(saved);
            }
            Message::ForgetHistory { devices, reply } => {
                let forgotten = devices.into_iter().map(|device| self.memory.forget(device)).collect();
                let _ = reply.send(forgotten);
            }
            Message::Trouble { about, text } => self.trouble(about, text),
            Message::Counts { reply } => {
                let counts = Counts {
                    devices: self.home.devices().count(),
                    rules: self.home.rules().count(),
                    subscribers: self.subscribers.count(),
                    history_lost: self.memory.lost(),
                    ..self.counts
                };
                let _ = reply.send(counts);
            }
            Message::Store { job } => (job.0)(&self.memory),
        }
    }

    /// Something does not work, or does again: people see it in the window and in the log.
    pub(super) fn trouble(&mut self, about: &'static str, text: Option<String>) {
        if self.troubles.get(about) == text.as_ref() {
            return;
        }
        match text {
            Some(text) => {
                tracing::error!(about, "{text}");
                self.troubles.insert(about, text);
            }
            None => {
                tracing::info!(about, "it works again");
                self.troubles.remove(about);
            }
        }
        self.pending.home();
    }

    fn forget_adapter(&mut self, id: &AdapterId) {
        let of_adapter = |device: &&lares_model::Device| device.description.adapter == *id;
        let mut rooms = Vec::new();
        let devices: Vec<DeviceId> = self
            .home
            .devices()
            .filter(of_adapter)
            .map(|device| {
                rooms.extend(
                    device.description.suggested_room.as_deref().map(|room| RoomId::from(slugify(room))),
                );
                device.description.id.clone()
            })
            .collect();
        for device in devices {
            self.forget(PersonAction::ForgetDevice { device });
        }
        rooms.sort();
        rooms.dedup();
        for room in rooms {
            let in_use = self.home.devices().any(|device| device.room.as_ref() == Some(&room));
            if !in_use && self.home.rooms().iter().any(|known| known.id == room) {
                self.forget(PersonAction::RemoveRoom { room });
            }
        }
        self.known.remove(id);
        self.pending.adapter(id.clone());
        self.pending.home();
    }

    fn forget(&mut self, action: PersonAction) {
        if let Err(problem) = self.act(&Caller::local(), action) {
            tracing::error!(detail = problem.detail, "something of the demo home could not be forgotten");
        }
    }
}
