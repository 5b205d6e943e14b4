//! A home as a test sees it: asked in the words of the API, by a hub in this process or over HTTP.

use std::ops::Deref;
use std::time::Duration;

use lares_hub::HubHandle;
use lares_hub::api::problem::Problem;
use lares_hub::api::request::{Request, Response};
use lares_hub::api::update::Snapshot;
use lares_hub::api::view::{AdapterView, DeviceView, PropertyView, RuleView};
use lares_hub::caller::Caller;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::http::Client;

/// Longer than any step takes on a busy machine; reached only when something is wrong.
pub const PATIENCE: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The way to a home.
#[derive(Clone, Debug)]
pub enum Home {
    /// A hub in this process, asked as the person in front of the machine.
    Here(HubHandle),
    /// A hub anywhere.
    Http(Client),
}

impl Home {
    /// Asks; `params` is null for a question without any.
    ///
    /// # Errors
    /// The problem that the hub answers with.
    ///
    /// # Panics
    /// When the answer is neither a result nor a problem.
    pub async fn call(&self, method: &str, params: Value) -> Result<Value, Problem> {
        let body = if params.is_null() {
            json!({"method": method})
        } else {
            json!({"method": method, "params": params})
        };
        match self {
            Self::Here(handle) => {
                let request: Request = serde_json::from_value(body).expect("a request of the API");
                let answer = handle.call(&Caller::local(), request).await?;
                Ok(serde_json::to_value(answer).expect("an answer is JSON"))
            }
            Self::Http(client) => {
                let answer = client.post("/api/v1/call", &body).await;
                match answer.status {
                    200 | 202 => Ok(answer.json()["result"].clone()),
                    _ => Err(serde_json::from_slice(&answer.body).unwrap_or_else(|error| {
                        panic!("{method}: {error}: {} {}", answer.status, answer.text())
                    })),
                }
            }
        }
    }

    /// Asks what must work.
    ///
    /// # Panics
    /// When it does not.
    pub async fn ask(&self, method: &str, params: Value) -> Value {
        let shown = params.to_string();
        self.call(method, params).await.unwrap_or_else(|problem| panic!("{method} {shown}: {problem:?}"))
    }

    /// Commands `device.property` and gives the outcome.
    ///
    /// # Errors
    /// The problem that the hub answers with.
    pub async fn set(&self, property: &str, value: Value) -> Result<Value, Problem> {
        let (device, property) = split(property);
        let params = json!({"device": device, "property": property, "value": value});
        Ok(self.call("set_property", params).await?["outcome"].clone())
    }

    /// Everything as it is now.
    ///
    /// # Panics
    /// When the hub does not answer.
    pub async fn look(&self) -> View {
        match self {
            Self::Here(handle) => match handle.call(&Caller::local(), Request::Snapshot).await {
                Ok(Response::Snapshot(snapshot)) => View(*snapshot),
                other => panic!("a snapshot was asked for, and {other:?} came"),
            },
            Self::Http(_) => {
                let snapshot = self.ask("snapshot", Value::Null).await;
                View(serde_json::from_value(snapshot).expect("a snapshot"))
            }
        }
    }

    /// Looks until it is as wished.
    ///
    /// # Panics
    /// When it is not so in [`PATIENCE`].
    pub async fn until(&self, wish: &str, fits: impl Fn(&View) -> bool) -> View {
        self.within(PATIENCE, wish, fits).await
    }

    /// [`Home::until`] with a bound of its own.
    ///
    /// # Panics
    /// When it is not so in time.
    pub async fn within(&self, patience: Duration, wish: &str, fits: impl Fn(&View) -> bool) -> View {
        let until = Instant::now() + patience;
        loop {
            let view = self.look().await;
            if fits(&view) {
                return view;
            }
            assert!(Instant::now() < until, "waited in vain until {wish}; there is\n{}", view.in_short());
            sleep(LOOK_EVERY).await;
        }
    }

    /// Looks until a property has this value.
    ///
    /// # Panics
    /// When it has not in [`PATIENCE`].
    pub async fn until_value(&self, property: &str, value: &Value) -> View {
        self.until(&format!("{property} is {value}"), |view| view.value(property) == *value).await
    }
}

/// What a home looks like at one moment.
#[derive(Clone, Debug)]
pub struct View(pub Snapshot);

impl Deref for View {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.0
    }
}

impl View {
    /// A device by its slug.
    #[must_use]
    pub fn device(&self, id: &str) -> Option<&DeviceView> {
        self.devices.iter().find(|device| device.id == id)
    }

    /// `device.property`.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&PropertyView> {
        let (device, property) = split(name);
        self.device(device)?.properties.get(property)
    }

    /// The value of `device.property`; null where there is none.
    #[must_use]
    pub fn value(&self, name: &str) -> Value {
        self.property(name).map(|property| property.state.value.clone()).unwrap_or_default()
    }

    /// A rule by its id.
    #[must_use]
    pub fn rule(&self, id: &str) -> Option<&RuleView> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Whether a rule is there and well.
    #[must_use]
    pub fn rule_is_ok(&self, id: &str) -> bool {
        self.rule(id).is_some_and(|rule| rule.health == "ok")
    }

    /// An adapter.
    #[must_use]
    pub fn adapter(&self, id: &str) -> Option<&AdapterView> {
        self.adapters.iter().find(|adapter| adapter.id == id)
    }

    /// The state of an adapter, empty when it is not there.
    #[must_use]
    pub fn adapter_state(&self, id: &str) -> &str {
        self.adapter(id).map_or("", |adapter| adapter.state.as_str())
    }

    /// One line for each thing, for a person who looks at a failed test.
    #[must_use]
    pub fn in_short(&self) -> String {
        let mut lines = Vec::new();
        for device in &self.devices {
            let values: Vec<String> = device
                .properties
                .iter()
                .filter(|(_, property)| !property.state.value.is_null() && property.category == "main")
                .map(|(name, property)| format!("{name}={}", property.state.value))
                .collect();
            let online = if device.online { "" } else { " (offline)" };
            lines.push(format!("device {}{online}: {}", device.id, values.join(" ")));
        }
        for rule in &self.rules {
            let active = if rule.active { " active" } else { "" };
            lines.push(format!(
                "rule {}: {}{active} {} {}",
                rule.id, rule.health, rule.problem, rule.last_outcome
            ));
        }
        for diagnostic in &self.diagnostics {
            let place = format!("{}:{}:{}", diagnostic.file, diagnostic.line, diagnostic.column);
            lines.push(format!("{} at {place}: {}", diagnostic.severity, diagnostic.message));
        }
        for adapter in &self.adapters {
            lines.push(format!("adapter {}: {} {}", adapter.id, adapter.state, adapter.detail));
        }
        lines.extend(self.home.troubles.iter().map(|trouble| format!("trouble: {trouble}")));
        lines.join("\n")
    }
}

fn split(name: &str) -> (&str, &str) {
    name.split_once('.').unwrap_or((name, ""))
}
