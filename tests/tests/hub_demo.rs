//! The demo home on a hub in this process: what a newcomer sees first is alive, obeys, and goes without a trace.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use lares_tests::home::{Home, View};
use lares_tests::hub::TestHub;
use serde_json::{Value, json};

async fn demo() -> TestHub {
    TestHub::start_with(|config| config.demo = true).await
}

fn lights(view: &View) -> Vec<String> {
    let lights = view.devices.iter().filter(|device| device.kind == "light");
    lights.map(|device| device.id.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_home_is_a_living_house_at_once() {
    let hub = demo().await;
    // The first device list came a moment ago; the rules that waited for it are compiled within the next.
    let awake =
        |view: &View| view.diagnostics.is_empty() && view.rules.iter().all(|rule| rule.health == "ok");
    let view = hub.home.until("all rules are well", awake).await;
    let rooms: BTreeSet<&str> = view.devices.iter().filter_map(|device| device.room.as_deref()).collect();
    assert!(view.devices.len() >= 20 && rooms.len() >= 6, "{} devices in {rooms:?}", view.devices.len());
    assert!(rooms.iter().all(|room| view.rooms.iter().any(|known| known.id == *room)), "{rooms:?}");
    assert!(view.home.demo);
    assert!(view.devices.iter().all(|device| device.source == "demo"));
    assert!(view.rules.len() >= 3, "{:?}", view.rules);
    // Whatever it shows has a value from the first moment.
    for device in &view.devices {
        let blank = device.properties.iter().filter(|(_, property)| {
            property.readable && property.category == "main" && property.shape.r#type != "event"
        });
        let blank: Vec<_> = blank.filter(|(_, p)| p.state.value.is_null()).map(|(name, _)| name).collect();
        assert!(blank.is_empty(), "{}: {blank:?}", device.id);
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_light_of_the_demo_home_confirms_a_click() {
    let hub = demo().await;
    let lights = lights(&hub.home.look().await);
    assert!(lights.len() >= 3, "{lights:?}");
    let clicks = lights.iter().map(|light| click(&hub.home, light));
    futures_util::future::join_all(clicks).await;
    hub.stop().await;
}

async fn click(home: &Home, light: &str) {
    let property = format!("{light}.state");
    let view = home.look().await;
    let wished = if view.value(&property) == "on" { "off" } else { "on" };
    assert_eq!(home.set(&property, json!(wished)).await, Ok(json!("confirmed")), "{property}");
    let view = home.look().await;
    let state = &view.property(&property).expect("it is still there").state;
    assert_eq!(state.value, wished, "{property}");
    assert!(state.pending.is_none() && state.failed.is_none(), "{state:?}");
    let held = state.held.as_ref().unwrap_or_else(|| panic!("{property}: a click is held"));
    assert!(held.manual && held.until.is_some(), "{held:?}");
    assert!(state.why.iter().any(|link| link.contains("You")), "{:?}", state.why);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_set_is_refused_with_the_reason() {
    let hub = demo().await;
    let light = lights(&hub.home.look().await).remove(0);
    let on = format!("{light}.state");
    for (property, value, status, code) in [
        (on.as_str(), json!("maybe"), 422, "invalid_value"),
        (&on, json!({"a": 1}), 422, "invalid_value"),
        (&on, Value::Null, 422, "invalid_value"),
        (&format!("{light}.brightness"), json!(101), 422, "invalid_value"),
        (&format!("{light}.brightness"), json!("a lot"), 422, "invalid_value"),
        (&format!("{light}.charm"), json!(1), 404, "not_found"),
        ("no_such_lamp.state", json!("on"), 404, "not_found"),
        ("hall_motion.motion", json!(true), 405, "read_only"),
    ] {
        let problem = hub.home.set(property, value.clone()).await.expect_err(property);
        assert_eq!(
            (problem.status, problem.code.as_str()),
            (status, code),
            "{property} = {value}: {problem:?}"
        );
        assert!(problem.detail.len() > 10, "{problem:?}");
    }
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_home_goes_without_a_trace_and_what_is_ones_own_stays() {
    let hub = demo().await;
    let light = lights(&hub.home.look().await).remove(0);
    hub.home.ask("put_room", json!({"id": null, "name": "Workshop", "labels": []})).await;
    hub.write_rules(
        "own.yaml",
        "rules:\n  - name: Mine\n    when: { every: 1h }\n    do: [ { log: tick } ]\n",
    );
    hub.home.until("my own rule is there", |view| view.rule("mine").is_some()).await;
    hub.home.set(&format!("{light}.state"), json!("off")).await.ok();
    hub.home.set(&format!("{light}.state"), json!("on")).await.expect("it obeys");

    hub.home.ask("remove_demo", Value::Null).await;
    let gone = |view: &View| view.devices.is_empty() && view.rules.len() == 1 && !view.home.demo;
    let view = hub.home.until("the demo is gone", gone).await;
    assert_eq!(view.rooms.iter().map(|room| room.name.as_str()).collect::<Vec<_>>(), ["Workshop"]);
    assert_eq!(view.diagnostics, []);
    assert!(view.adapter("demo").is_none());
    assert!(!hub.data().join("demo").exists());
    until_no_history(&hub.home).await;

    let hub = hub.restart().await;
    let view = hub.home.until("my own rule is there", |view| view.rule("mine").is_some()).await;
    assert!(view.devices.is_empty() && !view.home.demo, "it comes back");
    // And it can be had again.
    hub.home.ask("start_demo", Value::Null).await;
    hub.home
        .until("the demo is back", |view| view.devices.len() >= 20 && view.home.demo && view.rules.len() > 3)
        .await;
    hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_house_stands_as_it_was_left() {
    let hub = demo().await;
    let light = lights(&hub.home.look().await).remove(0);
    let property = format!("{light}.state");
    let wished = if hub.home.look().await.value(&property) == "on" { "off" } else { "on" };
    hub.home.set(&property, json!(wished)).await.expect("it obeys");
    hub.home.ask("rename_device", json!({"device": light, "name": "Grandma's lamp"})).await;
    let before = hub.home.look().await;
    let renamed =
        before.devices.iter().find(|device| device.name == "Grandma's lamp").expect("renamed").clone();

    let hub = hub.restart().await;
    let view = hub.home.look().await;
    let after = view.devices.iter().find(|device| device.key == renamed.key).expect("it is there");
    assert_eq!((&after.name, &after.id, &after.room), (&renamed.name, &renamed.id, &renamed.room));
    assert_eq!(view.value(&format!("{}.state", after.id)), wished);
    assert_eq!(view.devices.len(), before.devices.len());
    hub.stop().await;
}

/// History is forgotten beside everything else, within moments.
async fn until_no_history(home: &Home) {
    let until = Instant::now() + Duration::from_secs(5);
    loop {
        let changes = home.ask("changes", json!({})).await;
        if changes == json!([]) {
            return;
        }
        assert!(Instant::now() < until, "there is still {changes}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
