//! Performing effects: commands to adapters, changes to history, deltas to subscribers, notices to people.

use lares_adapters::AdapterRequest;
use lares_model::{
    AdapterId, Answer, Command, CommandId, CommandPhase, DeviceId, Effect, Event, Moment, Notice,
    NoticeLevel, PropertyKey, PropertyName, RequestId,
};
use tokio::sync::mpsc::error::TrySendError;

use super::home_loop::HomeLoop;
use super::views::journal_view;
use crate::api::view::NoticeView;
use crate::clock::rfc3339;

/// Notices that are kept for the window.
const NOTICES_MAX: usize = 50;
/// Ends of commands that nobody asked for yet; only those of the present step are ever looked up.
const ENDED_MAX: usize = 256;

impl HomeLoop {
    pub(super) fn perform(&mut self, at: Moment, effect: Effect) {
        match effect {
            Effect::Command(command) => {
                self.counts.commands += 1;
                let device = self.home.device(&command.device);
                let adapter = device.map(|device| device.description.adapter.clone());
                let kept = match adapter {
                    Some(adapter) => self.early.keep(&adapter, at.mono, command),
                    None => Some(command),
                };
                if let Some(command) = kept {
                    self.hand_on(command);
                }
            }
            Effect::Refresh { device, properties } => {
                // A question that finds no ear is asked again by the adapter itself when it is back.
                let _ = self.tell(&device, AdapterRequest::Refresh { device: device.clone(), properties });
            }
            Effect::Recall { device, property, window } => {
                self.recall(at, PropertyKey::new(device, property), window);
            }
            Effect::Changed(change) => {
                self.pending.property(PropertyKey::new(change.device.clone(), change.property.clone()));
                self.memory.record_change(at, change);
            }
            Effect::PropertyTouched { device, property } => {
                self.pending.property(PropertyKey::new(device, property));
            }
            Effect::CommandPhase { command, device, properties, phase } => {
                self.command_moved(command, &device, properties, phase);
            }
            Effect::DeviceChanged { device } => {
                self.pending.device(device);
                self.names_changed.notify_one();
            }
            Effect::DeviceRemoved { device } => {
                self.pending.device_removed(device);
                self.names_changed.notify_one();
            }
            Effect::RuleChanged { rule } => self.pending.rule(rule),
            Effect::HomeChanged => {
                self.pending.home();
                self.pending.rooms();
                self.names_changed.notify_one();
            }
            Effect::AdapterChanged { adapter } => {
                self.pending.adapter(adapter);
                self.names_changed.notify_one();
            }
            Effect::Happened { device, property, value } => {
                self.pending.happened(&device, &property, &value, at.utc);
            }
            Effect::Notify(notice) => self.notify(at, &notice),
            Effect::Journal(entry) => {
                tracing::info!(kind = ?entry.kind, "{}", entry.text);
                if self.subscribers.count() > 0 {
                    self.pending.journal(journal_view(&self.home, at, &entry));
                }
                self.memory.record_journal(at, entry);
            }
            Effect::Answer { request, answer } => self.answered(request, answer),
        }
    }

    /// Hands a command to its adapter; one that nobody takes has failed.
    pub(super) fn hand_on(&mut self, command: Command) {
        let (id, device) = (command.id, command.device.clone());
        if let Err(reason) = self.tell(&device, AdapterRequest::Command(command)) {
            self.backlog.push_back(Event::CommandFailed { command: id, reason });
        }
    }

    /// Hands a request to the device's adapter, or says why not.
    fn tell(&self, device: &DeviceId, request: AdapterRequest) -> Result<(), String> {
        let adapter = self.home.device(device).map(|device| device.description.adapter.clone());
        let Some(adapter) = adapter else { return Err("the device is gone".into()) };
        self.tell_adapter(&adapter, request)
    }

    pub(super) fn tell_adapter(&self, adapter: &AdapterId, request: AdapterRequest) -> Result<(), String> {
        let Some(queue) = self.adapters.get(adapter) else {
            return Err(format!("{adapter} is not running"));
        };
        queue.try_send(request).map_err(|error| match error {
            TrySendError::Full(_) => format!("{adapter} has too much to do"),
            TrySendError::Closed(_) => format!("{adapter} is not running"),
        })
    }

    fn command_moved(
        &mut self,
        command: CommandId,
        device: &DeviceId,
        properties: Vec<PropertyName>,
        phase: CommandPhase,
    ) {
        for property in properties {
            self.pending.property(PropertyKey::new(device.clone(), property));
        }
        let CommandPhase::Done { outcome } = phase else { return };
        match self.waiters.remove(&command) {
            // Whoever waited may have gone.
            Some(waiters) => waiters.into_iter().for_each(|waiter| _ = waiter.send(outcome.clone())),
            None => {
                if self.ended.len() >= ENDED_MAX {
                    self.ended.pop_first();
                }
                self.ended.insert(command, outcome);
            }
        }
    }

    /// Tells people. The record goes first; a crash in between loses a notice rather than repeats it.
    fn notify(&mut self, at: Moment, notice: &Notice) {
        let view = NoticeView {
            at: rfc3339(at.utc),
            level: match notice.level {
                NoticeLevel::Info => "info",
                NoticeLevel::Warning => "warning",
                NoticeLevel::Critical => "critical",
            }
            .into(),
            text: crate::notice::render(notice),
            rule: notice.rule.as_ref().map(ToString::to_string),
        };
        self.memory.keep(self.home.take_durable(), at);
        // The record is on its way before anybody is told; nobody waits here for the disk.
        drop(self.memory.save_now(at));
        if self.notices.len() >= NOTICES_MAX {
            self.notices.pop_front();
        }
        self.notices.push_back(view.clone());
        self.pending.notice(view);
    }

    fn answered(&mut self, request: RequestId, answer: Answer) {
        self.answers.insert(request, answer);
    }
}
