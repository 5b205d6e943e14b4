//! Time: what is due is fired in order, at its own time; the clock's triggers know what they owe after a gap.

use lares_model::{Cause, CauseLink, JournalKind, Moment, PropertyKey, RuleId, UtcMillis};
use lares_rules::program::{Missed, Rule, RuleBody, Trigger, TriggerSpec};

use crate::boundaries::Boundaries;
use crate::clock::{self, Recurring};
use crate::durable::RowKey;
use crate::eval::{Scope, TriggerInfo};
use crate::home::{Call, Due, Home};
use crate::program::{RuleState, expressions};
use crate::react::Look;
use crate::world::Unknown;

/// What comes later than this was missed, not merely delayed.
const LATE_MS: i64 = 60_000;
/// The most runs that `missed: all` owes.
const OWED_MAX: usize = 10;
/// The most timers fired in one step; the rest follow in the next.
const FIRED_MAX: usize = 10_000;

impl Home {
    /// Home time never runs backwards, whatever the caller says.
    pub(crate) fn set_time(&mut self, at: Moment) {
        let at = Moment { mono: at.mono.max(self.real.mono), utc: at.utc };
        let passed = i64::try_from(at.mono - self.real.mono).unwrap_or(i64::MAX);
        let set_back = self.real.utc.saturating_add(passed).saturating_sub(at.utc) > LATE_MS;
        let is_first = self.real == Moment::default();
        self.real = at;
        self.now = at;
        self.fill_sun();
        if set_back && !is_first && self.started {
            self.clock_set_back();
        }
    }

    pub(crate) fn fill_sun(&mut self) {
        let Some(today) = clock::local(self.now.utc, self.world.zone).map(|local| local.date_naive()) else {
            return;
        };
        let (zone, location) = (self.world.zone, self.world.config.location);
        self.world.sun.fill(today, zone, location);
    }

    /// Fires what is due at or before now, in order, each at its own time.
    pub(crate) fn fire_due(&mut self) {
        for _ in 0..FIRED_MAX {
            let clock_due = self.calendar.first().filter(|utc| *utc <= self.real.utc);
            let clock_due = clock_due.map(|utc| self.mono_of(utc));
            match self.agenda.first().filter(|mono| *mono <= self.real.mono) {
                Some(mono) if clock_due.is_none_or(|clock_due| mono <= clock_due) => self.fire_timer(),
                _ if clock_due.is_some() => self.fire_clock(),
                _ => break,
            }
            self.react();
        }
        self.now = self.real;
    }

    /// Home time at a wall-clock time, if nobody sets the clock.
    fn mono_of(&self, utc: UtcMillis) -> u64 {
        self.real.mono.saturating_add_signed(utc.saturating_sub(self.real.utc))
    }

    fn fire_timer(&mut self) {
        let Some((due, what)) = self.agenda.pop_due(self.real.mono) else { return };
        let ago = i64::try_from(self.real.mono.saturating_sub(due)).unwrap_or(i64::MAX);
        self.now = Moment { mono: due, utc: self.real.utc.saturating_sub(ago) };
        match what {
            Due::Command(command) => self.flight_over(command),
            Due::For(rule, _) => {
                let cause = Cause::new(CauseLink::Clock { what: "a time was over".into() });
                let what = self.condition_words(&rule);
                self.look(&rule, &Look { cause, what, ..Look::default() });
            }
            Due::Level(rule) => self.level_due(&rule),
            Due::Reevaluate(rule) => self.look_at_clock(&rule),
            Due::Run(run) => self.run_due(run),
            Due::Claim(key) => self.claim_due(&key),
            Due::Retry(key) => self.retry_due(&key),
            Due::Recall(key) => self.recall_over(&key),
            Due::Reminder(key) => self.reminder_due(&key),
            Due::Stale(device) => self.silent(&device),
        }
    }

    /// What the rule waits for, in words.
    fn condition_words(&self, id: &RuleId) -> String {
        let text = self.program.rules.get(id).and_then(|state| match &state.rule.as_ref()?.body {
            RuleBody::Level(level) => Some(level.condition_text.to_string()),
            RuleBody::Edge { triggers, .. } => {
                let becomes = |spec: &&TriggerSpec| matches!(spec.trigger, Trigger::Becomes(_));
                triggers.iter().find(becomes).map(|spec| spec.text.to_string())
            }
        });
        text.map_or_else(|| "its time was over".into(), |text| format!("{text} was so for long enough"))
    }

    /// The clock's calls are for the present: a rule that slept through them looks at what is now.
    fn fire_clock(&mut self) {
        let Some((due, call)) = self.calendar.pop_due(self.real.utc) else { return };
        self.now = self.real;
        match call {
            Call::Reevaluate(rule) => self.look_at_clock(&rule),
            Call::Trigger(rule, place) => self.clock_trigger(&rule, place, due),
        }
    }

    /// A rule that waited for history looks.
    pub(crate) fn look_after_recall(&mut self, id: &RuleId, what: &str) {
        let cause = Cause::new(CauseLink::Restored { what: what.to_owned() });
        self.look(id, &Look { cause, what: what.to_owned(), ..Look::default() });
    }

    fn look_at_clock(&mut self, id: &RuleId) {
        let time = clock::local(self.now.utc, self.world.zone).map(|t| t.format("%H:%M").to_string());
        let what = format!("it is {}", time.unwrap_or_default());
        let cause = Cause::new(CauseLink::Clock { what: what.clone() });
        self.look(id, &Look { cause, what, ..Look::default() });
    }

    /// Puts the rule down for its next look at the clock.
    pub(crate) fn schedule_look(&mut self, id: &RuleId) {
        let Some(state) = self.program.rules.get(id).filter(|state| state.reads_time) else { return };
        let (Some(rule), Some(scope)) = (state.rule.clone(), self.scope(id)) else { return };
        let mut boundaries = Boundaries::default();
        for expr in expressions(&rule) {
            boundaries.of(expr, &scope);
        }
        let next = boundaries.next(&scope);
        self.calendar.set(Call::Reevaluate(id.clone()), next);
        self.agenda.set(Due::Reevaluate(id.clone()), boundaries.mono);
    }

    /// Puts every clock trigger of the rule down for its next time. Without a mark it begins now and owes nothing.
    pub(crate) fn schedule_triggers(&mut self, id: &RuleId) {
        let Some(rule) = self.program.ready(id).cloned() else { return };
        let RuleBody::Edge { triggers, .. } = &rule.body else { return };
        for (place, spec) in triggers.iter().enumerate() {
            self.schedule_trigger(&rule, place, spec);
        }
    }

    fn schedule_trigger(&mut self, rule: &Rule, place: usize, spec: &TriggerSpec) {
        let now = self.real.utc;
        let Some(state) = self.program.rules.get(&rule.id) else { return };
        let mark = state.memory.marks.get(&spec.key).copied();
        let next = self.recurring(state, place, spec, |recurring| {
            // An interval goes on from now when the clock was set back; a fixed time that has been is over.
            let from = mark.map_or(now, |mark| if recurring.is_interval() { mark.min(now) } else { mark });
            recurring.next_after(from, self.world.zone)
        });
        let Some(next) = next else { return };
        if mark.is_none() {
            self.mark(&rule.id, spec, now);
        }
        self.calendar.set(Call::Trigger(rule.id.clone(), place), next);
    }

    /// A property that computed clock times read is another one: they move. A time that is over by now owes nothing,
    /// and while the property is unknown the time is what it was.
    pub(crate) fn move_triggers(&mut self, rule: &Rule, triggers: &[TriggerSpec], key: &PropertyKey) {
        let now = self.real.utc;
        for (place, spec) in triggers.iter().enumerate() {
            let Trigger::AtComputed(expr) = &spec.trigger else { continue };
            if !expr.inputs().contains(key) {
                continue;
            }
            let Some(state) = self.program.rules.get(&rule.id) else { return };
            let next =
                self.recurring(state, place, spec, |recurring| recurring.next_after(now, self.world.zone));
            let call = Call::Trigger(rule.id.clone(), place);
            let before = self.calendar.get(&call);
            // What is due already fires first, and is put down anew then.
            if let Some(next) = next.flatten()
                && before.is_none_or(|before| before > now && before != next)
            {
                self.mark(&rule.id, spec, now);
                self.calendar.set(call, Some(next));
            }
        }
    }

    fn mark(&mut self, id: &RuleId, spec: &TriggerSpec, at: UtcMillis) {
        if let Some(state) = self.program.rules.get_mut(id) {
            state.memory.marks.insert(spec.key, at);
            self.dirty.insert(RowKey::Rule(id.clone()));
        }
    }

    /// Asks a clock trigger; none for triggers of other kinds.
    fn recurring<T>(
        &self,
        state: &RuleState,
        place: usize,
        spec: &TriggerSpec,
        ask: impl Fn(&Recurring<'_>) -> T,
    ) -> Option<T> {
        match &spec.trigger {
            Trigger::At { clock } => Some(ask(&Recurring::Daily(&|_| Some(f64::from(*clock))))),
            Trigger::AtComputed(expr) => {
                let rule = state.rule.as_ref()?;
                let scope = self.scope(&rule.id)?;
                let seconds = |day| (Scope { day: Some(day), ..scope }).number(expr).ok();
                Some(ask(&Recurring::Daily(&seconds)))
            }
            Trigger::Every(length) => Some(ask(&Recurring::Every(*length))),
            Trigger::Cron(_) => Some(ask(&Recurring::Cron(state.crons.get(place)?.as_ref()?))),
            Trigger::Becomes(_) | Trigger::Event { .. } | Trigger::Start => None,
        }
    }

    /// A clock trigger is due, or was while nobody looked.
    fn clock_trigger(&mut self, id: &RuleId, place: usize, due: UtcMillis) {
        let Some(rule) = self.program.ready(id).cloned() else { return };
        let RuleBody::Edge { triggers, .. } = &rule.body else { return };
        let (Some(spec), Some(state)) = (triggers.get(place), self.program.rules.get(id)) else { return };
        let now = self.real.utc;
        let zone = self.world.zone;
        let owed =
            self.recurring(state, place, spec, |recurring| owed(recurring, spec.missed, due, now, zone));
        let last = self.recurring(state, place, spec, |recurring| recurring.last_at(now, zone)).flatten();
        self.mark(id, spec, last.unwrap_or(due).max(due));
        self.schedule_trigger(&rule, place, spec);
        let owed = owed.unwrap_or_default();
        if let Some(unknown) = self.unknown_time(id, spec) {
            let why = self.world.unknown_words(&unknown);
            let cause = Cause::new(CauseLink::Clock { what: spec.text.to_string() });
            self.blocked(&rule, &why, &cause);
        } else if owed.is_empty() {
            let text = format!("\"{}\" missed {}", rule.name, spec.text);
            self.journal(JournalKind::RuleBlocked, text).rule(id);
        }
        for at in owed {
            self.run_at(&rule, spec, at);
        }
    }

    /// Why the time of a trigger cannot be told, if it is computed of something unknown.
    fn unknown_time(&self, id: &RuleId, spec: &TriggerSpec) -> Option<Unknown> {
        let Trigger::AtComputed(expr) = &spec.trigger else { return None };
        self.scope(id)?.number(expr).err()
    }

    fn run_at(&mut self, rule: &Rule, spec: &TriggerSpec, at: UtcMillis) {
        let time =
            clock::local(at, self.world.zone).map(|t| t.format("%H:%M").to_string()).unwrap_or_default();
        let late = if self.real.utc - at > LATE_MS { " (late: Lares or the computer was off)" } else { "" };
        let because = format!("it was {time}{late}");
        let cause = Cause::new(CauseLink::Clock { what: format!("{}{late}", spec.text) });
        let info = TriggerInfo { id: spec.id.as_deref().map(Into::into), ..TriggerInfo::default() };
        self.trigger(rule, info, &cause, because);
    }

    /// The zone or the place changed: the clock's triggers begin anew and owe nothing; what reads the clock looks.
    pub(crate) fn clock_was_moved(&mut self) {
        self.fill_sun();
        let ids: Vec<RuleId> = self.program.rules.keys().cloned().collect();
        for id in ids {
            if let Some(state) = self.program.rules.get_mut(&id) {
                state.memory.marks.clear();
            }
            self.schedule_triggers(&id);
            if self.program.rules.get(&id).is_some_and(|state| state.reads_time) {
                self.look_at_clock(&id);
            }
        }
    }

    /// The clock was set back: intervals go on from now, fixed times that have been do not come again.
    fn clock_set_back(&mut self) {
        let ids: Vec<RuleId> = self.program.rules.keys().cloned().collect();
        for id in ids {
            self.schedule_triggers(&id);
            if self.program.rules.get(&id).is_some_and(|state| state.reads_time) {
                self.look_at_clock(&id);
            }
        }
    }

    /// Takes everything of a rule off agenda and calendar.
    pub(crate) fn unschedule(&mut self, id: &RuleId) {
        self.agenda.retain(
            |due| !matches!(due, Due::For(rule, _) | Due::Level(rule) | Due::Reevaluate(rule) if rule == id),
        );
        self.calendar.retain(|call| match call {
            Call::Reevaluate(rule) | Call::Trigger(rule, _) => rule != id,
        });
    }
}

/// Which of the times from `due` to now are still to be run.
fn owed(
    recurring: &Recurring<'_>,
    missed: Missed,
    due: UtcMillis,
    now: UtcMillis,
    zone: chrono_tz::Tz,
) -> Vec<UtcMillis> {
    let patience = match missed {
        Missed::Skip => LATE_MS,
        Missed::OnceWithin(length) | Missed::AllWithin(length) => {
            i64::try_from(length.0).unwrap_or(i64::MAX).max(LATE_MS)
        }
    };
    let most = if matches!(missed, Missed::AllWithin(_)) { OWED_MAX } else { 1 };
    let mut times = Vec::new();
    let mut before = now;
    while times.len() < most
        && let Some(at) = recurring.last_at(before, zone).filter(|at| *at >= due && now - *at <= patience)
    {
        times.push(at);
        before = at - 1;
    }
    times.reverse();
    times
}
