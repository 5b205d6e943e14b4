//! One connection's door: who signs in, and what it may then do. The library asks; this answers.
//!
//! There is one door a connection, so that a decision can rest on what this connection has shown.

use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use mqtt5::QoS;
use mqtt5::broker::auth::{AuthProvider, AuthResult};
use mqtt5::broker::events::{BrokerEventHandler, ClientPublishEvent, PublishAction};
use mqtt5::packet::connect::ConnectPacket;
use mqtt5::packet::publish::PublishPacket;
use mqtt5::protocol::v5::reason_codes::ReasonCode;

use super::denials::Denials;
use super::late::LARGE;
use super::roster::{Place, Refusal};
use super::shared::Shared;
use crate::access::Grant;
use crate::users::{HUB_CLIENT_ID_PREFIX, HUB_USER};

/// Longest client id, in bytes: it becomes a directory name in the storage.
const CLIENT_ID_MAX: usize = 128;

/// The protocol level of MQTT 5.0; 3.1.1 has 4.
const MQTT_5: u8 = 5;

/// The door of one connection.
pub(super) struct Door {
    shared: Arc<Shared>,
    place: Arc<Place>,
    guest: OnceLock<Guest>,
    denials: Mutex<Denials>,
}

/// Who came in.
pub(super) struct Guest {
    user: Arc<str>,
    pub(super) client_id: String,
    grant: Grant,
    protocol: u8,
}

impl Door {
    pub(super) fn new(shared: Arc<Shared>, place: Arc<Place>) -> Self {
        Self { shared, place, guest: OnceLock::new(), denials: Mutex::default() }
    }

    /// Who came in, once signed in.
    pub(super) fn guest(&self) -> Option<&Guest> {
        self.guest.get()
    }

    async fn sign_in(&self, connect: &ConnectPacket) -> Result<Guest, (ReasonCode, &'static str)> {
        self.shared.refresh_users().await;
        let (user, grant) = self.recognise(connect)?;
        let hub = grant == Grant::Everything;
        let client_id = &connect.client_id;
        if client_id.len() > CLIENT_ID_MAX || (!hub && client_id.starts_with(HUB_CLIENT_ID_PREFIX)) {
            return Err((ReasonCode::ClientIdentifierNotValid, "its client id is too long or the hub's"));
        }
        // Checked here, because for a last will the library does not ask again in every case.
        if connect.will.as_ref().is_some_and(|will| !grant.may_publish(&will.topic)) {
            return Err((ReasonCode::NotAuthorized, "its last will is on a topic of others"));
        }
        self.place.admit(&user, client_id, hub).map_err(|refusal| match refusal {
            Refusal::ClientIdTaken => {
                (ReasonCode::ClientIdentifierNotValid, "its client id is another user's")
            }
            Refusal::Full => (ReasonCode::ServerBusy, "too many clients are connected"),
        })?;
        match self.shared.session_owner(client_id).await {
            Some(owner) if *owner != *user => {
                self.place.dismiss();
                return Err((
                    ReasonCode::ClientIdentifierNotValid,
                    "its client id has another user's session",
                ));
            }
            None if !hub
                && self.shared.session_count(&user).await >= self.shared.limits.sessions_per_user =>
            {
                self.place.dismiss();
                return Err((ReasonCode::QuotaExceeded, "it has too many sessions"));
            }
            _ => {}
        }
        Ok(Guest { user, client_id: client_id.clone(), grant, protocol: connect.protocol_version })
    }

    /// Checks name and password; anonymous clients have neither.
    fn recognise(&self, connect: &ConnectPacket) -> Result<(Arc<str>, Grant), (ReasonCode, &'static str)> {
        let unknown = (ReasonCode::BadUsernameOrPassword, "its user name or password is wrong");
        let (Some(name), Some(password)) = (&connect.username, &connect.password) else {
            return Err(unknown);
        };
        if name == HUB_USER {
            let right = self.shared.hub_password.matches(password);
            return if right { Ok((HUB_USER.into(), Grant::Everything)) } else { Err(unknown) };
        }
        let (name, record) = self.shared.users.find(name).ok_or(unknown)?;
        if !record.password.matches(password) {
            return Err(unknown);
        }
        let grant = Grant::of(record.role, &name, &self.shared.base)
            .ok_or((ReasonCode::NotAuthorized, "a device cannot be named like Zigbee2MQTT's base topic"))?;
        Ok((name.as_str().into(), grant))
    }

    fn may(&self, allowed: impl Fn(&Grant) -> bool) -> bool {
        !self.place.is_revoked() && self.guest().is_some_and(|guest| allowed(&guest.grant))
    }

    /// Counts a denial, logs the first, and slows the client down when they become many.
    async fn deny(&self, what: &str, topic: &str) {
        let consequence = self.denials.lock().unwrap_or_else(PoisonError::into_inner).count(Instant::now());
        if consequence.log {
            let user = self.guest().map_or("", |guest| &guest.user);
            tracing::warn!(
                user,
                topic,
                "an MQTT client may not {what} this topic; more of the kind follow unlogged"
            );
        }
        if !consequence.delay.is_zero() {
            tokio::time::sleep(consequence.delay).await;
        }
    }
}

type Answer<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

impl AuthProvider for Door {
    fn authenticate<'a>(
        &'a self,
        connect: &'a ConnectPacket,
        client_addr: SocketAddr,
    ) -> Answer<'a, mqtt5::Result<AuthResult>> {
        Box::pin(async move {
            let (reason_code, why) = match self.sign_in(connect).await {
                Ok(guest) => {
                    let user = guest.user.to_string();
                    // Set once: the library takes a single CONNECT on a connection.
                    let _ = self.guest.set(guest);
                    return Ok(AuthResult::success_with_user(user));
                }
                Err(refused) => refused,
            };
            let user = connect.username.as_deref().unwrap_or("(none)");
            tracing::info!(user, client_id = %connect.client_id, %client_addr, "refused an MQTT client: {why}");
            tokio::time::sleep(self.shared.limits.refusal_delay).await;
            Ok(AuthResult::fail(reason_code))
        })
    }

    fn authorize_publish<'a>(
        &'a self,
        _client_id: &str,
        _user_id: Option<&'a str>,
        topic: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            if self.may(|grant| grant.may_publish(topic)) {
                return true;
            }
            self.deny("publish on", topic).await;
            // MQTT 3.1.1 has no negative answer to a publish; the library's would look malformed to such a client.
            // So let it pass here and swallow it in `on_client_publish`, acknowledged, as section 3.3.5 allows.
            self.guest().is_some_and(|guest| guest.protocol < MQTT_5) && !self.place.is_revoked()
        })
    }

    fn authorize_subscribe<'a>(
        &'a self,
        _client_id: &str,
        _user_id: Option<&'a str>,
        topic_filter: &'a str,
    ) -> Answer<'a, bool> {
        Box::pin(async move {
            let allowed = self.may(|grant| grant.may_subscribe(topic_filter));
            if !allowed {
                self.deny("subscribe to", topic_filter).await;
            }
            allowed
        })
    }
}

impl BrokerEventHandler for Door {
    fn on_client_publish<'a>(&'a self, event: ClientPublishEvent) -> Answer<'a, PublishAction> {
        Box::pin(async move {
            if !self.may(|grant| grant.may_publish(&event.topic)) {
                return PublishAction::Handled;
            }
            if self.can_be_late(&event) {
                let (topic, is_acknowledged) = (Arc::clone(&event.topic), event.qos != QoS::AtMostOnce);
                let (publish, client_id) = self.late_publish(event);
                if !self.shared.late.take(publish, client_id).await {
                    return PublishAction::Continue;
                }
                if is_acknowledged {
                    // What is acknowledged is on disk.
                    self.shared.late.passed(&topic).await;
                }
                return PublishAction::Handled;
            }
            self.shared.late.passed(&event.topic).await;
            PublishAction::Continue
        })
    }
}

impl Door {
    /// Whether the message may be routed beside this connection. Not those of MQTT 5 clients, whose properties the
    /// event does not hold.
    fn can_be_late(&self, event: &ClientPublishEvent) -> bool {
        event.retain
            && event.payload.len() >= LARGE
            && self.guest().is_some_and(|guest| guest.protocol < MQTT_5)
    }

    /// The message as the library would route it.
    fn late_publish(&self, event: ClientPublishEvent) -> (PublishPacket, Arc<str>) {
        let mut publish = PublishPacket::new(event.topic.to_string(), event.payload, event.qos);
        publish.retain = true;
        publish.properties.inject_sender(event.user_id.as_deref());
        publish.properties.inject_client_id(Some(&event.client_id));
        (publish, event.client_id)
    }
}
