//! Where a running hub is reached, and the one-time links by which browsers sign in.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lares_history::TokenHash;
use tokio::time::Instant;

use crate::api::problem::{Code, Problem};
use crate::api::view::{AddressesView, MqttUserView, SignInView};
use crate::mqtt_users::BrokerDoor;
use crate::tokens::{draw, hash};

/// How long a sign-in link is good.
const SIGN_IN_VALID: Duration = Duration::from_secs(600);
/// Sign-in links that may be open at once; the oldest goes first.
const CODES_MAX: usize = 32;

/// Where a running hub is reached.
#[derive(Debug)]
pub struct Reach {
    http: Option<SocketAddr>,
    mqtt: Mutex<Option<String>>,
    codes: Mutex<Codes>,
    /// Where users of the broker are made.
    door: Option<BrokerDoor>,
}

impl Reach {
    /// With HTTP here, or nowhere.
    pub fn new(http: Option<SocketAddr>) -> Self {
        Self { http, mqtt: Mutex::default(), codes: Mutex::default(), door: None }
    }

    /// With a broker whose users are made here, unless it is another one than ours.
    #[must_use]
    pub fn with_door(self, door: BrokerDoor) -> Self {
        Self { door: Some(door), ..self }
    }

    /// Makes a user of the built-in broker.
    ///
    /// # Errors
    /// As [`BrokerDoor::add`].
    pub async fn add_mqtt_user(
        &self,
        name: &str,
        role: &str,
        replace: bool,
    ) -> Result<MqttUserView, Problem> {
        let no_broker = || Problem::new(Code::NotConnected, "there is no MQTT broker");
        let door = self.door.as_ref().ok_or_else(no_broker)?;
        door.add(self.addresses().mqtt, name, role, replace).await
    }

    /// The broker is here from now on, or nowhere.
    pub fn set_mqtt(&self, address: Option<String>) {
        *self.mqtt.lock().unwrap_or_else(PoisonError::into_inner) = address;
    }

    /// Where HTTP listens and where the broker is.
    pub fn addresses(&self) -> AddressesView {
        let mqtt = self.mqtt.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let built_in_broker = self.door.as_ref().is_some_and(BrokerDoor::is_built_in);
        AddressesView { http: self.http.map(|address| address.to_string()), mqtt, built_in_broker }
    }

    /// A link that signs one browser in as an administrator, once, within ten minutes.
    ///
    /// # Errors
    /// When there is no dashboard to sign in to, or the system gives no random bytes.
    pub fn sign_in_link(&self) -> Result<SignInView, Problem> {
        let Some(address) = self.http else {
            let detail = "the dashboard is off; `lares run --http 127.0.0.1:8420` turns it on";
            return Err(Problem::new(Code::NotConnected, detail));
        };
        let code = draw().map_err(|error| Problem::new(Code::Internal, error.to_string()))?;
        self.codes.lock().unwrap_or_else(PoisonError::into_inner).add(hash(&code), Instant::now());
        Ok(SignInView { link: format!("http://{address}/#code={code}"), seconds: SIGN_IN_VALID.as_secs() })
    }

    /// True once for each code within its time.
    pub(crate) fn trade(&self, code: &str) -> bool {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner).take(&hash(code), Instant::now())
    }
}

/// Hashes of codes that are open. Looking one up by its hash takes a time that tells nothing of the code.
#[derive(Debug, Default)]
struct Codes(BTreeMap<TokenHash, Instant>);

impl Codes {
    fn add(&mut self, code: TokenHash, now: Instant) {
        self.0.retain(|_, made| now.duration_since(*made) < SIGN_IN_VALID);
        if self.0.len() >= CODES_MAX
            && let Some(oldest) = self.0.iter().min_by_key(|(_, made)| **made).map(|(code, _)| *code)
        {
            self.0.remove(&oldest);
        }
        self.0.insert(code, now);
    }

    fn take(&mut self, code: &TokenHash, now: Instant) -> bool {
        self.0.remove(code).is_some_and(|made| now.duration_since(made) < SIGN_IN_VALID)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_good_once_and_for_ten_minutes() {
        let now = Instant::now();
        let mut codes = Codes::default();
        codes.add([1; 32], now);
        codes.add([2; 32], now);
        assert!(!codes.take(&[3; 32], now));
        assert!(codes.take(&[1; 32], now + SIGN_IN_VALID - Duration::from_secs(1)));
        assert!(!codes.take(&[1; 32], now));
        assert!(!codes.take(&[2; 32], now + SIGN_IN_VALID));
    }

    #[test]
    fn many_open_codes_push_the_oldest_out() {
        let now = Instant::now();
        let mut codes = Codes::default();
        for n in 0..=CODES_MAX {
            codes.add([u8::try_from(n).unwrap(); 32], now + Duration::from_secs(n as u64));
        }
        assert_eq!(codes.0.len(), CODES_MAX);
        assert!(!codes.take(&[0; 32], now));
        assert!(codes.take(&[1; 32], now + Duration::from_secs(1)));
    }

    #[test]
    fn without_a_dashboard_there_is_no_link() {
        assert_eq!(Reach::new(None).sign_in_link().unwrap_err().code, Code::NotConnected);
    }
}
