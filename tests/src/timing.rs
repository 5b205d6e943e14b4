//! What the benchmarks share: samples of durations, and a reaction that can be timed.

use std::time::{Duration, Instant};

use lares_broker::Role;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::home::{Home, PATIENCE};
use crate::hub::TestHub;
use crate::mqtt::{Login, Mqtt, News};
use crate::stand_in::{StandIn, address, recorded_devices};

/// Durations of one kind.
#[derive(Clone, Debug, Default)]
pub struct Samples(Vec<Duration>);

impl Samples {
    /// One more.
    pub fn push(&mut self, sample: Duration) {
        self.0.push(sample);
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The one below which this part of all lies, 0.5 for the median; zero of none.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort();
        let at = (part * sorted.len().saturating_sub(1) as f64).round() as usize;
        sorted.get(at).copied().unwrap_or_default()
    }
}

impl std::fmt::Display for Samples {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [median, most, nearly_all, all] = [0.5, 0.95, 0.99, 1.0].map(|part| self.quantile(part));
        write!(
            f,
            "median {median:.0?}, 95 % within {most:.0?}, 99 % within {nearly_all:.0?}, longest {all:.0?} of {}",
            self.len()
        )
    }
}

/// A hub with one rule, the plug follows the door, and the radio that both are on.
pub struct Reaction {
    /// The hub.
    pub hub: TestHub,
    radio: Mqtt,
    /// Publishes on a connection of its own.
    other: Mqtt,
    is_open: bool,
    rounds: u32,
    /// Its last will would speak.
    _zigbee: StandIn,
}

const RULE: &str = "\
rules:
  - name: Plug follows door
    while: front_door.open
    hold: { plug: { state: on } }
";

impl Reaction {
    /// Starts the hub, tells it of the recorded devices and waits until the rule is in force.
    ///
    /// # Panics
    /// When something does not start.
    pub async fn start() -> Self {
        let hub = TestHub::start().await;
        hub.write_rules("rule.yaml", RULE);
        let password = hub.mqtt_user("zigbee2mqtt", Role::Zigbee2mqtt);
        let login = Login { broker: hub.mqtt, user: "zigbee2mqtt", password: &password };
        let zigbee = StandIn::start(login).await;
        zigbee.report("plug", &json!({"state": "OFF"}));
        zigbee.report("front door", &json!({"contact": true}));
        hub.home.until("the rule is well", |view| view.rule_is_ok("plug_follows_door")).await;
        hub.home.until_value("front_door.open", &json!(false)).await;
        // From here on the stand-in only listens: what is measured is the way to the plug.
        zigbee.obey(false);
        let filter = format!("zigbee2mqtt/{}/set", address::PLUG);
        let radio = Mqtt::connect_as("zigbee2mqtt-radio", login, &filter, None).await;
        let other = Mqtt::connect_as("zigbee2mqtt-other", login, "zigbee2mqtt/nothing", None).await;
        let mut this = Self { hub, radio, other, is_open: false, rounds: 0, _zigbee: zigbee };
        this.once().await;
        this.once().await;
        this
    }

    /// The door opens or closes, and the plug follows: from the report to the command.
    ///
    /// # Panics
    /// When the plug does not follow.
    pub async fn once(&mut self) -> Duration {
        self.is_open = !self.is_open;
        self.rounds += 1;
        if self.is_open && self.rounds.is_multiple_of(15) {
            // A rule that runs more than 20 times in 10 s is paused, and this one does little else.
            for enabled in [false, true] {
                let params = json!({"rule": "plug_follows_door", "enabled": enabled});
                self.hub.home.ask("switch_rule", params).await;
            }
        }
        let (contact, wish) = if self.is_open { (false, "ON") } else { (true, "OFF") };
        let began = Instant::now();
        self.radio
            .publisher()
            .publish_once("zigbee2mqtt/front door", json!({"contact": contact}).to_string());
        let message = match timeout(PATIENCE, self.radio.next()).await {
            Ok(News::Message(message)) => message,
            Ok(News::Subscribed) => panic!("the broker was away"),
            Err(_) => {
                panic!("the plug does not follow the door to {wish}; there is\n{}", self.in_short().await)
            }
        };
        let took = began.elapsed();
        assert_eq!(message.payload["state"], wish, "{message:?}");
        self.radio.publisher().publish_once("zigbee2mqtt/plug", json!({"state": wish}).to_string());
        took
    }

    /// What the home says of the two, of the rule and of its adapters, for a person who looks at a failure.
    async fn in_short(&self) -> String {
        let view = self.hub.home.look().await.in_short();
        let of_interest = ["device plug", "device front_door", "rule", "adapter", "trouble"];
        let lines = view.lines().filter(|line| of_interest.iter().any(|start| line.starts_with(start)));
        let journal = self.hub.home.ask("journal", json!({"limit": 20})).await;
        format!("{}\n{journal:#}", lines.collect::<Vec<_>>().join("\n"))
    }

    /// The list of devices becomes `count` long: the recorded ones over and over, the two of the rule among them. It is
    /// sent on the connection of the reports, or on another one. Gives how many bytes that is.
    ///
    /// # Panics
    /// When the list cannot be made.
    pub async fn tell_devices(&self, count: usize, on_connection_of_reports: bool) -> usize {
        // Making it takes a second; the client's task shall not wait for that.
        let payload = tokio::task::spawn_blocking(move || list_of(count)).await.expect("a list can be made");
        let bytes = payload.len();
        let by = if on_connection_of_reports { &self.radio } else { &self.other };
        by.publisher().publish_kept("zigbee2mqtt/bridge/devices", payload);
        bytes
    }

    /// How many devices the home has. Asked for what costs the hub nothing: a snapshot of 5,000 devices is work for it.
    ///
    /// # Panics
    /// When the hub has stopped.
    pub async fn devices(&self) -> usize {
        let Home::Here(handle) = &self.hub.home else { panic!("the hub is in this process") };
        handle.counts().await.expect("the hub runs").devices
    }

    /// Opens a window: somebody who reads the stream of updates.
    ///
    /// # Panics
    /// When the hub has stopped.
    pub async fn open_window(&self) -> JoinHandle<()> {
        let Home::Here(handle) = &self.hub.home else { panic!("the hub is in this process") };
        let mut updates = handle.subscribe().await.expect("the hub runs");
        tokio::spawn(async move { while updates.recv().await.is_some() {} })
    }
}

/// Bytes of one entry on average when 5,000 devices make a list of 20 MB.
const ENTRY_BYTES: usize = 4000;

fn list_of(count: usize) -> Vec<u8> {
    let recorded = recorded_devices();
    let models = recorded.as_array().expect("a list");
    let mut list = models.clone();
    for number in list.len()..count {
        let mut device = models[1 + number % (models.len() - 1)].clone();
        device["ieee_address"] = json!(format!("0x00aa{number:012x}"));
        device["friendly_name"] = json!(format!("device {number}"));
        // What Lares passes over, and what makes a real list as long as it is.
        let missing = ENTRY_BYTES.saturating_sub(device.to_string().len());
        let clusters = vec!["genBasic"; missing / 11];
        device["endpoints"] = json!({"1": {"bindings": [], "clusters": {"input": clusters, "output": []}}});
        list.push(device);
    }
    serde_json::to_vec(&list).expect("it is JSON")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_of_the_sorted_samples() {
        let mut samples = Samples::default();
        for ms in [5, 1, 3, 2, 4] {
            samples.push(Duration::from_millis(ms));
        }
        assert_eq!(samples.quantile(0.5).as_millis(), 3);
        assert_eq!(samples.quantile(1.0).as_millis(), 5);
        assert_eq!(Samples::default().quantile(0.5), Duration::ZERO);
    }
}
