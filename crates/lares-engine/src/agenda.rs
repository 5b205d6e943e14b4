//! An agenda: what is due when. At most one entry for each thing; setting it again moves it.

use std::collections::{BTreeMap, BTreeSet};

/// What is due when, in order of time, then of the things themselves.
#[derive(Clone, Debug)]
pub(crate) struct Agenda<T, W> {
    by_time: BTreeSet<(T, W)>,
    by_what: BTreeMap<W, T>,
}

impl<T, W> Default for Agenda<T, W> {
    fn default() -> Self {
        Self { by_time: BTreeSet::new(), by_what: BTreeMap::new() }
    }
}

impl<T: Copy + Ord, W: Clone + Ord> Agenda<T, W> {
    /// Puts `what` at `time`, or takes it off.
    pub(crate) fn set(&mut self, what: W, time: Option<T>) {
        let before = match time {
            Some(time) => self.by_what.insert(what.clone(), time),
            None => self.by_what.remove(&what),
        };
        if before == time {
            return;
        }
        if let Some(before) = before {
            self.by_time.remove(&(before, what.clone()));
        }
        if let Some(time) = time {
            self.by_time.insert((time, what));
        }
    }

    /// When `what` is due.
    pub(crate) fn get(&self, what: &W) -> Option<T> {
        self.by_what.get(what).copied()
    }

    /// The earliest time.
    pub(crate) fn first(&self) -> Option<T> {
        self.by_time.first().map(|(time, _)| *time)
    }

    /// Takes the earliest out if it is due at `time`.
    pub(crate) fn pop_due(&mut self, time: T) -> Option<(T, W)> {
        if self.first()? > time {
            return None;
        }
        let (due, what) = self.by_time.pop_first()?;
        self.by_what.remove(&what);
        Some((due, what))
    }

    /// Takes everything off that does not stay.
    pub(crate) fn retain(&mut self, stays: impl Fn(&W) -> bool) {
        self.by_time.retain(|(_, what)| stays(what));
        self.by_what.retain(|what, _| stays(what));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thing_stands_once_and_comes_out_in_order_of_time() {
        let mut agenda = Agenda::default();
        agenda.set("tea", Some(5));
        agenda.set("egg", Some(3));
        agenda.set("tea", Some(2));
        assert_eq!(agenda.first(), Some(2));
        assert_eq!(agenda.pop_due(1), None);
        assert_eq!(agenda.pop_due(9), Some((2, "tea")));
        agenda.set("egg", None);
        assert_eq!(agenda.pop_due(9), None);
    }
}
