//! The people: where they are, by the clock and by chance. They wake, cook, work, go out and come back.

use serde::{Deserialize, Serialize};

use super::room::RoomUse;
use crate::climate::LocalTime;
use crate::dice::Dice;

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Doing {
    Asleep,
    Awake,
    Away,
}

/// Somebody.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Person {
    doing: Doing,
    /// `None` outside of the house.
    room: Option<usize>,
    /// Crossing the hall to there; the inner `None` is the street.
    heading: Option<Option<usize>>,
    /// Stays until then, home time.
    until: u64,
}

/// Everybody who lives here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct People(Vec<Person>);

/// Something that somebody did which the house notices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Moved about in a room.
    Moved(usize),
    /// Came into a room to stay.
    Arrived(usize),
    /// Went through the front door.
    Door,
    /// Lay down.
    WentToBed,
}

const CROSSING: u64 = 8_000;

impl People {
    /// `count` people, wherever the hour puts them.
    pub fn new(count: usize, uses: &[RoomUse], now: u64, local: LocalTime, dice: &mut Dice) -> Self {
        let mut people = Self(Vec::new());
        for who in 0..count {
            let doing = usual(who, local, dice);
            let room = match doing {
                Doing::Away => None,
                Doing::Asleep => place(uses, RoomUse::Bedroom),
                Doing::Awake => Some(next_room(uses, who, local, dice)),
            };
            // Somebody gets up soon, so that a newcomer sees the house live.
            people.0.push(Person { doing, room, heading: None, until: now + dice.millis(15_000, 240_000) });
        }
        people
    }

    /// How many are awake and asleep in a room.
    pub fn in_room(&self, room: usize) -> (f64, f64) {
        let there = || self.0.iter().filter(|person| person.room == Some(room));
        let asleep = there().filter(|person| person.doing == Doing::Asleep).count() as f64;
        (there().count() as f64 - asleep, asleep)
    }

    /// Sends somebody at once; they stay for ten minutes. False if there is nobody of this number.
    pub fn send(&mut self, who: usize, room: Option<usize>, now: u64) -> bool {
        let Some(person) = self.0.get_mut(who) else { return false };
        person.room = room;
        person.heading = None;
        person.doing = if room.is_some() { Doing::Awake } else { Doing::Away };
        person.until = now + 600_000;
        true
    }

    /// Lets everybody live for `seconds` up to `now`.
    pub fn step(
        &mut self,
        now: u64,
        seconds: f64,
        local: LocalTime,
        uses: &[RoomUse],
        dice: &mut Dice,
    ) -> Vec<Deed> {
        let mut deeds = Vec::new();
        for (who, person) in self.0.iter_mut().enumerate() {
            if person.until <= now {
                person.decide(who, now, local, uses, dice, &mut deeds);
            } else if let Some(room) = person.room {
                // Somebody who sits moves every minute or so; a sleeper turns over twice an hour.
                let every = if person.doing == Doing::Asleep { 1800.0 } else { 70.0 };
                if person.heading.is_some() || dice.chance(1.0 - (-seconds / every).exp()) {
                    deeds.push(Deed::Moved(room));
                }
            }
        }
        deeds
    }
}

impl Person {
    fn decide(
        &mut self,
        who: usize,
        now: u64,
        local: LocalTime,
        uses: &[RoomUse],
        dice: &mut Dice,
        deeds: &mut Vec<Deed>,
    ) {
        if let Some(target) = self.heading.take() {
            self.arrive(target, now, uses, dice, deeds);
            return;
        }
        let usual = usual(who, local, dice);
        let target = match usual {
            Doing::Asleep if dice.chance(0.02) && self.doing == Doing::Asleep => {
                place(uses, RoomUse::Bathroom)
            }
            Doing::Asleep => place(uses, RoomUse::Bedroom),
            Doing::Awake => Some(next_room(uses, who, local, dice)),
            Doing::Away => None,
        };
        if usual == Doing::Asleep && self.doing != Doing::Asleep && self.room.is_some() {
            deeds.push(Deed::WentToBed);
        }
        let was_away = self.room.is_none();
        self.doing = usual;
        if target == self.room {
            self.until = now + dwell(target.map(|room| uses[room]), usual, dice);
            return;
        }
        if was_away {
            deeds.push(Deed::Door);
        }
        let hall = place(uses, RoomUse::Hall);
        self.room = hall.or(target);
        self.heading = Some(target);
        self.until = now + CROSSING;
        deeds.extend(self.room.map(Deed::Moved));
    }

    fn arrive(
        &mut self,
        target: Option<usize>,
        now: u64,
        uses: &[RoomUse],
        dice: &mut Dice,
        deeds: &mut Vec<Deed>,
    ) {
        self.room = target;
        match target {
            None => deeds.push(Deed::Door),
            Some(room) => deeds.extend([Deed::Moved(room), Deed::Arrived(room)]),
        }
        self.until = now + dwell(target.map(|room| uses[room]), self.doing, dice);
    }
}

fn place(uses: &[RoomUse], wanted: RoomUse) -> Option<usize> {
    uses.iter().position(|used_for| *used_for == wanted)
}

/// What one does at this hour: the first works outside on weekdays, the second mostly at home.
fn usual(who: usize, local: LocalTime, dice: &Dice) -> Doing {
    let draw = |what| dice.fixed(local.day, who as u64, what);
    let late = if local.weekend { 1.4 } else { 0.0 } + 0.4 * who as f64;
    let wake = 6.5 + late + 0.6 * draw(1);
    let bed = (22.3 + 0.4 * late + 0.8 * draw(2)).min(23.9);
    if local.hour < wake || local.hour >= bed {
        return Doing::Asleep;
    }
    let (goes, leave, back) = if local.weekend {
        (draw(3) < 0.5, 10.5 + draw(4), 13.0 + 2.0 * draw(5))
    } else {
        (draw(3) < if who == 0 { 0.85 } else { 0.2 }, 8.1 + 0.5 * draw(4), 16.3 + 1.5 * draw(5))
    };
    if goes && (leave..back).contains(&local.hour) { Doing::Away } else { Doing::Awake }
}

fn next_room(uses: &[RoomUse], who: usize, local: LocalTime, dice: &mut Dice) -> usize {
    let h = local.hour;
    let meal = (6.5..9.0).contains(&h) || (12.0..13.5).contains(&h) || (18.0..20.0).contains(&h);
    let work = !local.weekend && (8.5..17.5).contains(&h);
    let weights: Vec<f64> = uses
        .iter()
        .map(|used_for| match used_for {
            RoomUse::Living => {
                if h >= 17.0 {
                    5.0
                } else {
                    2.0
                }
            }
            RoomUse::Kitchen => {
                if meal {
                    5.0
                } else {
                    1.2
                }
            }
            RoomUse::Hall => 0.3,
            RoomUse::Bedroom => 0.7,
            RoomUse::Bathroom => {
                if !(9.0..21.5).contains(&h) {
                    3.0
                } else {
                    0.7
                }
            }
            RoomUse::Office => {
                if work {
                    6.0
                } else {
                    0.5 + 0.3 * who as f64
                }
            }
        })
        .collect();
    dice.weighted(&weights)
}

/// How long one stays, ms.
fn dwell(used_for: Option<RoomUse>, doing: Doing, dice: &mut Dice) -> u64 {
    let (low, high) = match (used_for, doing) {
        (None, _) => (180, 420),
        (Some(RoomUse::Bedroom), Doing::Asleep) => (900, 1800),
        (Some(RoomUse::Living), _) => (500, 3000),
        (Some(RoomUse::Kitchen), _) => (300, 1500),
        (Some(RoomUse::Hall), _) => (20, 60),
        (Some(RoomUse::Bedroom), _) => (180, 900),
        (Some(RoomUse::Bathroom), _) => (180, 700),
        (Some(RoomUse::Office), _) => (900, 4000),
    };
    dice.millis(low * 1000, high * 1000)
}
