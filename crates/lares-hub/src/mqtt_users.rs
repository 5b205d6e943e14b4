//! Users of the built-in MQTT broker, as people make them in the window. The command line writes the same file.

use lares_broker::{BrokerError, Role, UserName, UserStore};

use crate::api::problem::{Code, Problem};
use crate::api::view::MqttUserView;

/// Who may make users, and where they sign in.
#[derive(Debug)]
pub struct BrokerDoor {
    users: UserStore,
    /// The broker that is used instead of the built-in one, if there is one.
    other: Option<String>,
    base: String,
}

impl BrokerDoor {
    /// For the built-in broker, unless there is another; `base` is Zigbee2MQTT's base topic.
    pub fn new(users: UserStore, other: Option<String>, base: String) -> Self {
        Self { users, other, base }
    }

    /// True if the built-in broker is used.
    pub fn is_built_in(&self) -> bool {
        self.other.is_none()
    }

    /// Makes a user. Its password is in the answer and nowhere else. `address` is where the broker listens.
    ///
    /// # Errors
    /// [`Code::Forbidden`] with another broker, [`Code::NotConnected`] while the built-in one is off, [`Code::Exists`]
    /// for a user that is there and shall not be replaced, [`Code::InvalidValue`] for a wrong name or role.
    pub async fn add(
        &self,
        address: Option<String>,
        name: &str,
        role: &str,
        replace: bool,
    ) -> Result<MqttUserView, Problem> {
        if let Some(other) = &self.other {
            let detail = format!("Lares uses the MQTT broker at {other}; its users are made there");
            return Err(Problem::new(Code::Forbidden, detail));
        }
        let invalid = |error: BrokerError, pointer| {
            Problem::new(Code::InvalidValue, format!("failed to {error}")).at(pointer)
        };
        let user = UserName::parse(name).map_err(|error| invalid(error, "/params/user"))?;
        let role: Role = role.parse().map_err(|error| invalid(error, "/params/role"))?;
        let off = || Problem::new(Code::NotConnected, "the built-in MQTT broker is off; Settings says why");
        let address = address.ok_or_else(off)?;
        let users = self.users.clone();
        let added = tokio::task::spawn_blocking(move || put(&users, &user, role, replace)).await;
        let password = added
            .map_err(|error| Problem::new(Code::Internal, error.to_string()))?
            .map_err(|error| problem(&error))?;
        let (base_topic, user) = (self.base.clone(), name.to_owned());
        Ok(MqttUserView { server: format!("mqtt://{address}"), base_topic, user, password })
    }
}

/// Adds the user, in place of the former one if that is wanted; blocks on the disk.
fn put(users: &UserStore, name: &UserName, role: Role, replace: bool) -> Result<String, BrokerError> {
    let added = match users.add(name, role) {
        Err(BrokerError::UserExists { .. }) if replace => {
            match users.remove(name) {
                // Somebody else was quicker.
                Ok(()) | Err(BrokerError::UnknownUser { .. }) => users.add(name, role),
                Err(error) => Err(error),
            }
        }
        added => added,
    };
    added.map(|password| password.as_str().to_owned())
}

fn problem(error: &BrokerError) -> Problem {
    match error {
        BrokerError::UserExists { name } => {
            let detail =
                format!("there is an MQTT user “{name}” already; its password cannot be shown again");
            Problem::new(Code::Exists, detail)
        }
        error => Problem::new(Code::Internal, format!("failed to {error}")),
    }
}
