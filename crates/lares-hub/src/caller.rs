//! Who asks, and what they may. One check for every transport.

use serde::{Deserialize, Serialize};

use crate::api::problem::{Code, Problem};
use crate::api::request::Request;

pub use lares_history::Role;

/// Somebody who asks, known by a token, the socket or the window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// As people call them: the token's name.
    pub name: String,
    /// What they may.
    pub role: Role,
}

impl Caller {
    /// The person in front of the machine.
    pub fn local() -> Self {
        Self { name: "You".into(), role: Role::Admin }
    }

    /// Whether they may ask this.
    ///
    /// # Errors
    /// [`Code::Forbidden`] names the role that is needed.
    pub fn authorise(&self, request: &Request) -> Result<(), Problem> {
        let needed = needed(request);
        if rank(self.role) >= rank(needed) {
            return Ok(());
        }
        let (have, need) = (self.role.as_str(), needed.as_str());
        Err(Problem::new(
            Code::Forbidden,
            format!("this needs the role {need}; “{}” has the role {have}", self.name),
        ))
    }
}

/// A token as it is listed; the secret is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenView {
    /// Its name.
    pub name: String,
    /// Its role.
    pub role: String,
    /// When it was made.
    pub created_at: String,
    /// When it was last used.
    pub last_used: Option<String>,
}

fn rank(role: Role) -> u8 {
    match role {
        Role::Viewer => 0,
        Role::Resident => 1,
        Role::Admin => 2,
    }
}

fn needed(request: &Request) -> Role {
    match request {
        Request::Snapshot
        | Request::Devices
        | Request::Device { .. }
        | Request::Rules
        | Request::History { .. }
        | Request::Changes { .. }
        | Request::Why { .. }
        | Request::Journal { .. }
        | Request::Addresses => Role::Viewer,
        Request::SetProperty { .. }
        | Request::SetProperties { .. }
        | Request::InvokeAction { .. }
        | Request::Resume { .. }
        | Request::SwitchRule { .. }
        | Request::RunRule { .. }
        | Request::Acknowledge { .. } => Role::Resident,
        Request::RenameDevice { .. }
        | Request::PlaceDevice { .. }
        | Request::RemoveDevice { .. }
        | Request::PutRoom { .. }
        | Request::RemoveRoom { .. }
        | Request::Configure { .. }
        | Request::PermitJoin { .. }
        | Request::StartDemo
        | Request::RemoveDemo
        | Request::SignInLink
        | Request::AddMqttUser { .. } => Role::Admin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_viewer_reads_a_resident_sets_and_an_admin_configures() {
        let may = |role, request: &Request| Caller { name: "x".into(), role }.authorise(request).is_ok();
        let set = Request::Resume { device: "lamp".into(), property: None };
        let configure = Request::RemoveRoom { id: "hall".into() };
        assert!(may(Role::Viewer, &Request::Snapshot));
        assert!(!may(Role::Viewer, &set) && may(Role::Resident, &set));
        assert!(!may(Role::Resident, &configure) && may(Role::Admin, &configure));
    }
}
