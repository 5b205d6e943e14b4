//! Power cuts: the hub is killed at random moments and started again, and nothing that was promised is lost.
//!
//! `LARES_KILLS=200` kills it so often; `LARES_SEED` chooses the moments, and each failure names its own.

use std::collections::BTreeMap;
use std::time::Duration;

use lares_hub::api::view::RoomView;
use lares_tests::home::{Home, View};
use lares_tests::mqtt::{Login, Mqtt, News};
use lares_tests::program::{Place, Process};
use lares_tests::stand_in::{StandIn, address};
use rand::{Rng as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, sleep_until};

/// What a life of the hub takes at most, so that what is pending outlives all of them.
const LIFE: Duration = Duration::from_millis(1500);

/// Every kind of pending thing, and two rules that would fire falsely if a restart looked like news.
fn rules(pending: Duration) -> String {
    let wait = format!("{}s", pending.as_secs());
    format!(
        "\
rules:
  - name: Lingers
    while: hall_motion.motion
    linger: {wait}
    hold: {{ living_ceiling: {{ state: on }} }}
  - name: Stood open
    when: front_door.open for {wait}
    do: [ {{ set: {{ plug: {{ state: on }} }} }} ]
  - name: Waits
    when: {{ event: remote.action, is: \"on\" }}
    do: [ {{ wait: {wait} }}, {{ set: {{ newest: {{ state: on }} }} }} ]
  - name: Door opens
    when: front_door.open
    do: [ {{ set: {{ hue_lamp: {{ state: on }} }} }} ]
  - name: Pressed
    when: {{ event: remote.action }}
    do: [ {{ set: {{ hue_lamp: {{ brightness: 50 % }} }} }} ]
"
    )
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().map_or(default, |text| text.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn power_cuts_at_random_moments_lose_nothing_and_fire_nothing() {
    let kills = u32::try_from(number("LARES_KILLS", 10)).expect("a small number");
    let seed = number("LARES_SEED", 7);
    eprintln!("LARES_KILLS={kills} LARES_SEED={seed}");
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let pending = LIFE * (kills + 4);

    let mut place = Place::new();
    place.write_rules("rules.yaml", &rules(pending));
    let password = place.said(&["mqtt-user", "add", "zigbee2mqtt", "--role", "zigbee2mqtt"]);
    let watcher = place.said(&["mqtt-user", "add", "kept", "--role", "device"]);
    let running = place.start();
    let home = place.home("test", "admin");
    let broker = place.mqtt.parse().expect("an address");
    let zigbee = StandIn::start(Login { broker, user: "zigbee2mqtt", password: &password }).await;
    let mut kept = Kept::start(Login { broker, user: "kept", password: &watcher }).await;
    let well = |view: &View| view.rules.len() == 5 && view.rules.iter().all(|rule| rule.health == "ok");
    home.until("all rules are well", well).await;

    let began = arrange(&home, &zigbee).await;
    let commands_before = zigbee.commands().len();
    let mut told = Told::default();
    told.tell(&home, &mut dice, &zigbee, &mut kept).await;
    // What is reported is on disk within a second.
    sleep(Duration::from_secs(1)).await;
    running.process.kill();

    for kill in 1..=kills {
        let process = place.spawn();
        let doom = Instant::now() + LIFE.mul_f64(dice.random_range(0.02..1.0));
        live(&process, &home, doom, &mut told, &mut dice, &zigbee, &mut kept).await;
        process.kill();
        assert_eq!(
            zigbee.commands().len(),
            commands_before,
            "kill {kill}, seed {seed}: {:?}",
            zigbee.commands()
        );
    }

    // The last life is whole: all is there, what was pending ends in time, and once.
    let running = place.start();
    home.until("Zigbee2MQTT is there", |view| view.adapter_state("zigbee2mqtt") == "online").await;
    let view = home.until("all rules are well", well).await;
    told.check(&view);
    assert!(view.rule("lingers").is_some_and(|rule| rule.active), "linger is lost: {}", view.in_short());
    assert!(view.rule("waits").is_some_and(|rule| rule.active), "wait is lost: {}", view.in_short());
    kept.check(Login { broker, user: "kept", password: &watcher }).await;
    assert!(began.elapsed() < pending, "the lives took too long for what was to be pending");
    assert_eq!(zigbee.commands().len(), commands_before, "{:?}", zigbee.commands());

    sleep_until(began + pending).await;
    assert_eq!(zigbee.until_commanded(address::PLUG, 1).await, [json!({"state": "ON"})]);
    assert_eq!(zigbee.until_commanded(address::NEWEST, 1).await, [json!({"state": "ON"})]);
    let ceiling = zigbee.until_commanded(address::CEILING, 2).await;
    assert_eq!(ceiling, [json!({"state": "ON"}), json!({"state": "OFF"})]);
    assert!(began.elapsed() < pending + Duration::from_secs(3), "it ended late: {:?}", began.elapsed());
    assert_eq!(zigbee.commands().len(), commands_before + 3, "{:?}", zigbee.commands());
    running.process.kill();
}

/// Makes everything pending, and gives the moment from when it counts.
async fn arrange(home: &Home, zigbee: &StandIn) -> Instant {
    for (name, state) in [
        ("hall_motion", json!({"occupancy": false})),
        ("front door", json!({"contact": true})),
        ("living/ceiling", json!({"state": "OFF"})),
        ("Hue lamp", json!({"state": "OFF", "brightness": 20})),
        ("plug", json!({"state": "OFF"})),
        ("newest", json!({"state": "OFF"})),
    ] {
        zigbee.report(name, &state);
    }
    home.until_value("newest.state", &json!("off")).await;
    zigbee.report("hall_motion", &json!({"occupancy": true}));
    zigbee.until_commanded(address::CEILING, 1).await;
    zigbee.report("hall_motion", &json!({"occupancy": false}));
    zigbee.report("front door", &json!({"contact": false}));
    zigbee.report("remote", &json!({"action": "on", "battery": 74}));
    // Both edges have fired once, and that is all that they ever may.
    zigbee.until_commanded(address::HUE, 2).await;
    home.until("the linger and the wait have begun", |view| {
        view.value("hall_motion.motion") == false
            && ["lingers", "waits"].iter().all(|id| view.rule(id).is_some_and(|rule| rule.active))
    })
    .await;
    Instant::now()
}

/// One life: as soon as it is ready all is looked at, then new things are told, until the moment of doom.
async fn live(
    process: &Process,
    home: &Home,
    doom: Instant,
    told: &mut Told,
    dice: &mut ChaCha8Rng,
    zigbee: &StandIn,
    kept: &mut Kept,
) {
    let ready = process.line_within(doom.saturating_duration_since(Instant::now()));
    if ready.is_none() {
        return;
    }
    // What is under way at the moment of doom is cut off, as a power cut would.
    let _ = tokio::time::timeout_at(doom, async {
        told.check(&home.look().await);
        loop {
            told.tell(home, dice, zigbee, kept).await;
        }
    })
    .await;
}

/// What was acknowledged, and must be there for ever.
#[derive(Default)]
struct Told {
    rooms: BTreeMap<String, String>,
    names: BTreeMap<&'static str, String>,
    /// The thing that was asked for and not yet acknowledged: it may be there or not.
    open: Option<(String, String)>,
    count: u32,
}

const RENAMED: [(&str, &str); 2] =
    [("zigbee:0x00158d0000000003", "bedroom_th"), ("zigbee:0x00124b0000000004", "bath_th")];

impl Told {
    async fn tell(&mut self, home: &Home, dice: &mut ChaCha8Rng, zigbee: &StandIn, kept: &mut Kept) {
        self.count += 1;
        let name = format!("Name {}", self.count);
        // What a sensor says now and then, so that the disk is never at rest.
        zigbee.report("bedroom_th", &json!({"temperature": dice.random_range(15.0..25.0_f64)}));
        kept.say(self.count);
        if dice.random_bool(0.5) {
            self.open = Some(("room".into(), name.clone()));
            let room = home.call("put_room", json!({"id": null, "name": name, "labels": []})).await;
            let room: RoomView = serde_json::from_value(room.expect("a room can be made")).expect("a room");
            self.rooms.insert(room.id, name);
        } else {
            let (key, _) = RENAMED[dice.random_range(0..RENAMED.len())];
            self.open = Some((key.into(), name.clone()));
            let view = home.look().await;
            let device = view.devices.iter().find(|device| device.key == key).expect("it stays").id.clone();
            home.ask("rename_device", json!({"device": device, "name": name})).await;
            self.names.insert(key, name);
        }
        self.open = None;
    }

    fn check(&mut self, view: &View) {
        assert_eq!(view.devices.len(), 16, "devices are lost: {}", view.in_short());
        for (id, name) in &self.rooms {
            let found = view.rooms.iter().find(|room| room.id == *id);
            assert_eq!(found.map(|room| &room.name), Some(name), "room {id} was acknowledged");
        }
        let open = self.open.take();
        for (key, name) in &mut self.names {
            let found = view.devices.iter().find(|device| device.key == *key).map(|device| &device.name);
            if let Some((_, wish)) = open.as_ref().filter(|(of, wish)| of == key && Some(wish) == found) {
                name.clone_from(wish);
            }
            assert_eq!(found, Some(&*name), "the name of {key} was acknowledged");
        }
        for (property, value) in [
            ("front_door.open", json!(true)),
            ("hall_motion.motion", json!(false)),
            ("living_ceiling.state", json!("on")),
            ("plug.state", json!("off")),
            ("newest.state", json!("off")),
        ] {
            assert_eq!(view.value(property), value, "{property} is lost: {}", view.in_short());
        }
        assert!(
            view.property("bedroom_th.temperature").is_none_or(|property| !property.state.value.is_null())
        );
    }
}

/// A device that keeps a retained message up to date, as the broker has acknowledged.
struct Kept {
    mqtt: Mqtt,
    /// The last that came back, so that the broker has it.
    last: Value,
}

impl Kept {
    async fn start(login: Login<'_>) -> Self {
        Self { mqtt: Mqtt::connect(login, "kept/#", None).await, last: Value::Null }
    }

    fn say(&mut self, number: u32) {
        self.mqtt.publisher().publish("kept/number", true, number.to_string());
        self.listen();
    }

    fn listen(&mut self) {
        for news in self.mqtt.seen() {
            if let News::Message(message) = news {
                self.last = message.payload;
            }
        }
    }

    /// A fresh subscriber gets what the broker had, or what was said after that.
    async fn check(mut self, login: Login<'_>) {
        self.listen();
        let least = self.last.as_u64().expect("something came back");
        drop(self.mqtt);
        let mut fresh = Mqtt::connect(login, "kept/#", None).await;
        loop {
            if let News::Message(message) = fresh.next().await {
                assert!(message.retained, "{message:?}");
                assert!(message.payload.as_u64() >= Some(least), "{message:?} is older than {least}");
                return;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_restart_ends_late_and_once_what_ended_meanwhile() {
    let mut place = Place::new();
    place.write_rules("rules.yaml", &rules(Duration::from_secs(2)));
    let password = place.said(&["mqtt-user", "add", "zigbee2mqtt", "--role", "zigbee2mqtt"]);
    let running = place.start();
    let home = place.home("test", "admin");
    let broker = place.mqtt.parse().expect("an address");
    let zigbee = StandIn::start(Login { broker, user: "zigbee2mqtt", password: &password }).await;
    home.until("all rules are well", |view| {
        view.rules.len() == 5 && view.rules.iter().all(|rule| rule.health == "ok")
    })
    .await;
    let began = arrange(&home, &zigbee).await;
    let (status, _) = running.process.stop();
    assert!(status.success(), "{status}");
    sleep_until(began + Duration::from_secs(3)).await;

    let running = place.start();
    let _ = home.until("the plug is on", |view| view.value("plug.state") == "on").await;
    assert_eq!(zigbee.until_commanded(address::PLUG, 1).await.len(), 1);
    assert_eq!(zigbee.until_commanded(address::NEWEST, 1).await.len(), 1);
    assert_eq!(zigbee.until_commanded(address::CEILING, 2).await[1], json!({"state": "OFF"}));
    home.until_value("living_ceiling.state", &json!("off")).await;
    home.until_value("plug.state", &json!("on")).await;
    // Nothing ran twice: neither these nor the edges that had fired before.
    assert_eq!(zigbee.commands_to(address::HUE).len(), 2, "{:?}", zigbee.commands());
    assert_eq!(zigbee.commands().len(), 6, "{:?}", zigbee.commands());
    running.process.kill();
}
