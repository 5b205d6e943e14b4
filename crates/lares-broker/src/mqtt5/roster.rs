//! Who is connected: sign-ins in progress, signed-in clients, and whose each client id is.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

/// All connections of the broker.
#[derive(Debug)]
pub(super) struct Roster {
    clients_max: usize,
    handshakes_max: usize,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    next: u64,
    /// By order of arrival, so the first that has not signed in is the oldest.
    places: BTreeMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    end: CancellationToken,
    revoked: Arc<AtomicBool>,
    admitted: Option<Admitted>,
}

#[derive(Debug)]
struct Admitted {
    user: Arc<str>,
    client_id: String,
}

/// Why a client with a good password is not let in.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Another user is connected under this client id.
    ClientIdTaken,
    /// As many clients as allowed are connected.
    Full,
}

/// One connection's place in the roster, free again when dropped.
#[derive(Debug)]
pub(super) struct Place {
    roster: Arc<Roster>,
    id: u64,
    /// Cancelled when the connection has to end.
    pub(super) end: CancellationToken,
    revoked: Arc<AtomicBool>,
}

impl Roster {
    pub(super) fn new(clients_max: usize, handshakes_max: usize) -> Arc<Self> {
        Arc::new(Self { clients_max, handshakes_max, inner: Mutex::default() })
    }

    /// Takes in a new connection. When too many have not signed in, the oldest of those has to go: a client
    /// that means it signs in within milliseconds.
    pub(super) fn enter(self: &Arc<Self>, end: CancellationToken) -> Place {
        let mut inner = self.lock();
        let waiting = inner.places.values().filter(|entry| entry.admitted.is_none());
        if waiting.clone().count() >= self.handshakes_max
            && let Some(oldest) = waiting.clone().find(|entry| !entry.end.is_cancelled())
        {
            oldest.end.cancel();
        }
        let id = inner.next;
        inner.next += 1;
        let revoked = Arc::new(AtomicBool::new(false));
        let entry = Entry { end: end.clone(), revoked: Arc::clone(&revoked), admitted: None };
        inner.places.insert(id, entry);
        Place { roster: Arc::clone(self), id, end, revoked }
    }

    /// Ends all connections of a user that no longer exists, and takes their rights at once.
    pub(super) fn revoke(&self, user: &str) {
        for entry in self.lock().places.values() {
            if entry.admitted.as_ref().is_some_and(|admitted| &*admitted.user == user) {
                entry.revoked.store(true, Ordering::Release);
                entry.end.cancel();
            }
        }
    }

    /// Whether somebody is connected under this client id.
    pub(super) fn holds(&self, client_id: &str) -> bool {
        self.lock().admitted().any(|admitted| admitted.client_id == client_id)
    }

    /// Signed-in clients.
    pub(super) fn clients(&self) -> usize {
        self.lock().admitted().count()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn admitted(&self) -> impl Iterator<Item = &Admitted> {
        self.places.values().filter_map(|entry| entry.admitted.as_ref())
    }
}

impl Place {
    /// Binds this connection to a user and a client id. `exempt` users are let in when it is full.
    pub(super) fn admit(&self, user: &Arc<str>, client_id: &str, exempt: bool) -> Result<(), Refusal> {
        let mut inner = self.roster.lock();
        if inner.admitted().any(|other| other.client_id == client_id && other.user != *user) {
            return Err(Refusal::ClientIdTaken);
        }
        if !exempt && inner.admitted().count() >= self.roster.clients_max {
            return Err(Refusal::Full);
        }
        if let Some(entry) = inner.places.get_mut(&self.id) {
            entry.admitted = Some(Admitted { user: Arc::clone(user), client_id: client_id.to_owned() });
        }
        Ok(())
    }

    /// Takes the sign-in back, when a later check failed.
    pub(super) fn dismiss(&self) {
        if let Some(entry) = self.roster.lock().places.get_mut(&self.id) {
            entry.admitted = None;
        }
    }

    /// Gives the place up. Needed although dropping does the same: the library may hold on to a door, and so to
    /// its place, until a delayed last will is due.
    pub(super) fn leave(&self) {
        self.roster.lock().places.remove(&self.id);
    }

    /// Whether the user of this connection was removed.
    pub(super) fn is_revoked(&self) -> bool {
        self.revoked.load(Ordering::Acquire)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enter(roster: &Arc<Roster>) -> Place {
        roster.enter(CancellationToken::new())
    }

    #[test]
    fn a_client_id_belongs_to_one_user_while_it_is_connected() {
        let roster = Roster::new(10, 10);
        let (anna, bert): (Arc<str>, Arc<str>) = ("anna".into(), "bert".into());
        let (first, second, third) = (enter(&roster), enter(&roster), enter(&roster));
        assert_eq!(first.admit(&anna, "one", false), Ok(()));
        assert_eq!(second.admit(&bert, "one", false), Err(Refusal::ClientIdTaken));
        assert_eq!(third.admit(&anna, "one", false), Ok(()), "its owner may take it over");
        drop((first, third));
        assert_eq!(second.admit(&bert, "one", false), Ok(()));
    }

    #[test]
    fn the_hub_is_let_in_when_it_is_full() {
        let roster = Roster::new(1, 10);
        let (first, second, third) = (enter(&roster), enter(&roster), enter(&roster));
        assert_eq!(first.admit(&"anna".into(), "one", false), Ok(()));
        assert_eq!(second.admit(&"bert".into(), "two", false), Err(Refusal::Full));
        assert_eq!(third.admit(&"hub".into(), "three", true), Ok(()));
        assert_eq!(roster.clients(), 2);
    }

    #[test]
    fn the_oldest_silent_connection_makes_room_but_no_signed_in_client_does() {
        let roster = Roster::new(10, 2);
        let client = enter(&roster);
        client.admit(&"anna".into(), "one", false).unwrap();
        let silent: Vec<_> = (0..4).map(|_| enter(&roster)).collect();
        let ended: Vec<_> = silent.iter().map(|place| place.end.is_cancelled()).collect();
        assert_eq!(ended, [true, true, false, false]);
        assert!(!client.end.is_cancelled());
    }

    #[test]
    fn revoking_a_user_ends_its_connections_and_no_others() {
        let roster = Roster::new(10, 10);
        let (first, second) = (enter(&roster), enter(&roster));
        first.admit(&"anna".into(), "one", false).unwrap();
        second.admit(&"bert".into(), "two", false).unwrap();
        roster.revoke("anna");
        assert!(first.end.is_cancelled() && first.is_revoked());
        assert!(!second.end.is_cancelled() && !second.is_revoked());
    }
}
