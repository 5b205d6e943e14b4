//! The `lares` program: one hub to a directory, its ready line, its command line, its tokens and its doors.

use std::fs;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use lares_hub::api::update::{ChangeUpdate, Update};
use lares_tests::checkout;
use lares_tests::http::Client;
use lares_tests::program::{Place, Ready, lares, text};
use lares_tests::websocket::Updates;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_says_one_line_obeys_until_it_is_asked_to_end_and_ends_well() {
    let mut place = Place::new();
    place.more.push("--demo".into());
    let running = place.start();
    let Ready { devices, rules, http, mqtt } = running.ready;
    assert!(devices >= 20 && rules >= 3, "{devices} devices, {rules} rules");
    assert!(http.is_some_and(|at| at.port() != 0) && mqtt.is_some_and(|at| at.port() != 0));

    // Every light, by the bare value over HTTP.
    let client = place.client("test", "resident");
    let list = client.get("/api/v1/devices").await.json();
    assert_eq!(list.as_array().map(Vec::len), Some(devices));
    let lights = list.as_array().into_iter().flatten().filter(|device| device["kind"] == "light");
    for light in lights {
        let wished = if light["properties"]["state"]["value"] == "on" { "off" } else { "on" };
        let path = format!("/things/{}/properties/state", light["id"].as_str().unwrap_or_default());
        let answer = client.put(&path, &json!(wished)).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(client.get(&path).await.json(), json!(wished), "{path}");
    }
    for (path, value, status) in [
        ("/things/hall_light/properties/state", json!("perhaps"), 422),
        ("/things/hall_light/properties/nothing", json!("on"), 404),
        ("/things/nothing/properties/state", json!("on"), 404),
    ] {
        let answer = client.put(path, &value).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert!(
            answer.header("content-type").is_some_and(|kind| kind.contains("problem+json")),
            "{answer:?}"
        );
        assert!(
            answer.json()["code"].is_string() && answer.json()["detail"].is_string(),
            "{}",
            answer.text()
        );
    }

    let (status, more) = running.process.stop();
    assert!(status.success(), "{status}");
    assert_eq!(more, Vec::<String>::new(), "standard output has the ready line and nothing else");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_hub_on_one_directory_is_refused_and_told_who_holds_it() {
    let mut place = Place::new();
    let first = place.start();
    let mut second = place.spawn();
    let status = second.wait();
    assert_eq!(status.code(), Some(2), "{}", second.log());
    let holder = format!("process {}", first.process.id());
    assert!(second.log().contains(&holder), "{} does not name {holder}", second.log());
    // The first has not noticed anything.
    assert_eq!(Client::nobody(place.http.parse().expect("an address")).get("/healthz").await.status, 200);
    first.process.kill();
    // A killed hub holds nothing.
    place.start();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_in_without_a_token_and_each_role_does_only_its_own() {
    let mut place = Place::new();
    place.more.push("--demo".into());
    let running = place.start();
    let address = place.http.parse().expect("an address");
    let nobody = Client::nobody(address);
    assert_eq!(nobody.get("/healthz").await.status, 200);
    for path in ["/api/v1/devices", "/things", "/metrics"] {
        assert_eq!(nobody.get(path).await.status, 401, "{path}");
        assert_eq!(Client::with_token(address, "guessed").get(path).await.status, 401, "{path}");
    }
    assert_eq!(Updates::open(address, "guessed").await.err(), Some(401));

    let viewer = place.client("guest", "viewer");
    let light = "/things/hall_light/properties/state";
    assert_eq!(viewer.get(light).await.status, 200);
    assert_eq!(viewer.put(light, &json!("on")).await.status, 403);
    let configure = json!({"method": "remove_demo"});
    let resident = place.client("resident", "resident");
    assert_eq!(resident.post("/api/v1/call", &configure).await.status, 403);

    // A browser that was lured here, and a name that was bent to this address.
    for (header, value) in [("origin", "http://evil.example"), ("host", "evil.example")] {
        let answer = resident.send("GET", "/api/v1/devices", &[(header, value)], b"").await;
        assert_eq!(answer.status, 403, "{header}: {value}");
    }

    // What is revoked opens nothing any more.
    let _ = place.said(&["token", "revoke", "guest"]);
    assert_eq!(viewer.get(light).await.status, 401);
    assert!(!place.said(&["token", "list"]).contains("guest"));
    running.process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sign_in_link_works_once() {
    let mut place = Place::new();
    let running = place.start();
    let log = running.process.log();
    let code = log.split_once("#code=").map(|(_, rest)| rest).unwrap_or_else(|| panic!("no link in {log}"));
    let code: String = code.chars().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).collect();
    let nobody = Client::nobody(place.http.parse().expect("an address"));
    let first = nobody.post("/api/v1/sign-in", &json!({"code": code})).await;
    assert_eq!(first.status, 200, "{}", first.text());
    let token = first.json()["token"].as_str().expect("a token").to_owned();
    assert_eq!(Client::with_token(nobody.address, token).get("/api/v1/devices").await.status, 200);
    let second = nobody.post("/api/v1/sign-in", &json!({"code": code})).await;
    assert_eq!(second.status, 401, "{}", second.text());
    // Whoever comes later gets a link of their own.
    let link = place.said(&["link"]);
    let code = link.strip_prefix(&format!("http://{}/#code=", place.http)).expect("exactly the link");
    let third = nobody.post("/api/v1/sign-in", &json!({"code": code})).await;
    assert_eq!(third.status, 200, "{}", third.text());
    running.process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_begins_with_everything_and_goes_on_with_what_changes() {
    let mut place = Place::new();
    place.more.push("--demo".into());
    let running = place.start();
    let client = place.client("test", "resident");
    let token = client.token.clone().expect("it has one");
    let mut updates = Updates::open(client.address, &token).await.expect("it is let in");
    let Some(Update::Snapshot { snapshot }) = updates.next().await else { panic!("a snapshot comes first") };
    let light =
        snapshot.devices.iter().find(|device| device.id == "hall_light").expect("the demo has one").clone();
    let wished = if light.properties["state"].state.value == "on" { "off" } else { "on" };
    let click = async { client.put("/things/hall_light/properties/state", &json!(wished)).await.status };
    let (status, ()) = tokio::join!(click, async {
        let mut seq = snapshot.seq;
        loop {
            let Some(Update::Changes { seq: next, changes }) = updates.next().await else {
                panic!("the stream broke")
            };
            assert_eq!(next, seq + 1, "numbers follow each other");
            seq = next;
            let turned = changes.iter().any(|change| match change {
                ChangeUpdate::Property { key, property, state } => {
                    *key == light.key
                        && property == "state"
                        && state.value == wished
                        && state.pending.is_none()
                }
                _ => false,
            });
            if turned {
                return;
            }
        }
    });
    assert_eq!(status, 200);
    running.process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_command_line_reads_sets_watches_and_explains_with_http_off() {
    let mut place = Place::new();
    place.http = "off".into();
    place.more.push("--demo".into());
    let running = place.start();
    assert_eq!(running.ready.http, None);
    let devices: Value = serde_json::from_str(&place.said(&["devices", "--format", "json"])).expect("JSON");
    assert!(devices.as_array().is_some_and(|list| list.iter().any(|device| device["id"] == "hall_light")));

    let watch = place.spawn_watching("hall_light.state");
    watch.says("watching hall_light.state");
    // Each of both is a change.
    let lit = place.said(&["get", "hall_light.state"]) == "on";
    for wished in if lit { ["off", "on"] } else { ["on", "off"] } {
        let _ = place.said(&["set", "hall_light.state", wished]);
        assert_eq!(place.said(&["get", "hall_light.state"]), wished);
        let why = place.said(&["why", "hall_light.state"]);
        assert!(why.contains(&format!("is {wished}")) && why.contains("You"), "{why}");
    }
    // The last of both changed it in any case.
    let line = watch.line_within(Duration::from_secs(10)).unwrap_or_else(|| panic!("{}", watch.log()));
    assert!(line.contains("  hall_light.state  "), "{line}");
    assert_eq!(lares(&place.data(), &["link"]).status.code(), Some(2), "there is no dashboard to sign in to");

    for (args, code) in [
        (&["get", "no_such.thing"][..], 1),
        (&["set", "hall_light.state", "perhaps"], 1),
        (&["set", "hall_motion.motion", "true"], 1),
        (&["why", "hall_light.state", "--at", "yesterday"], 2),
        (&["watch", "nothing"], 1),
        (&["get", "nonsense"], 2),
        (&["frobnicate"], 2),
    ] {
        let output = lares(&place.data(), args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
    }
    let (status, _) = running.process.stop();
    assert!(status.success());
    let output = lares(&place.data(), &["get", "hall_light.state"]);
    assert_eq!(output.status.code(), Some(2), "no hub runs: {}", text(&output.stderr));
}

#[test]
fn the_starter_rules_are_right_and_their_tests_pass() {
    let mut place = Place::new();
    place.more.push("--demo".into());
    let running = place.start();
    let automations = checkout::root().join("automations");
    let folder = automations.to_str().expect("a path in UTF-8");
    let _ = place.said(&["check", folder]);
    let results = place.said(&["test", folder]);
    assert!(results.contains("10") || results.lines().count() >= 10, "{results}");
    running.process.kill();
    // Without a hub the tests say which home they need.
    let _ = lares(&place.data(), &["test", folder]);
    let broken = place.data().join("broken.yaml");
    fs::write(&broken, "rules:\n  - name: A\n    while: hall_motion.motion >\n    hold: {}\n")
        .expect("written");
    let output = lares(&place.data(), &["check", broken.to_str().expect("a path in UTF-8")]);
    assert_eq!(output.status.code(), Some(1), "{}{}", text(&output.stdout), text(&output.stderr));
    let said = text(&output.stdout) + &text(&output.stderr);
    assert!(said.contains("broken.yaml:3:") && said.contains('^'), "{said}");
}

#[test]
fn users_of_mqtt_are_made_whether_a_hub_runs_or_not() {
    let mut place = Place::new();
    let password = place.said(&["mqtt-user", "add", "zigbee2mqtt", "--role", "zigbee2mqtt"]);
    assert!(
        password.len() >= 16 && !password.contains(char::is_whitespace),
        "exactly the secret: {password:?}"
    );
    let running = place.start();
    let _ = place.said(&["mqtt-user", "add", "plug", "--role", "device"]);
    let again = lares(&place.data(), &["mqtt-user", "add", "plug", "--role", "device"]);
    assert_eq!(again.status.code(), Some(1), "{}", text(&again.stderr));
    let list = place.said(&["mqtt-user", "list"]);
    assert!(list.contains("zigbee2mqtt") && list.contains("plug"), "{list}");
    assert!(!list.contains(&password), "a password is shown once");
    let _ = place.said(&["mqtt-user", "remove", "plug"]);
    assert!(running.process.line_within(Duration::ZERO).is_none(), "no second line");
    running.process.kill();
}

#[test]
fn the_doctor_looks_at_what_this_directory_says_and_at_what_runs() {
    let mut place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address");
    fs::create_dir_all(place.data()).expect("a folder can be made");
    let config = place.data().join("config.toml");
    let look = || {
        let output = lares(&place.data(), &["doctor"]);
        (output.status.code(), text(&output.stdout))
    };
    fs::write(&config, format!("[http]\nlisten = \"{address}\"\n")).expect("written");
    let (code, said) = look();
    assert!(code == Some(1) && said.contains(&format!("BAD   dashboard port: {address}")), "{said}");
    fs::write(&config, "[http\n").expect("written");
    let (code, said) = look();
    assert!(code == Some(1) && said.contains("BAD   config.toml: ") && said.contains("line 1"), "{said}");
    fs::write(&config, "").expect("written");
    let running = place.start();
    let output = lares(&place.data(), &["doctor"]);
    let said = text(&output.stdout);
    assert!(said.contains(&format!("ok    dashboard: http://{} answers", place.http)), "{said}");
    assert!(said.contains(&format!("ok    MQTT broker: {} takes connections", place.mqtt)), "{said}");
    running.process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_rule_files_is_said_and_everything_else_goes_on() {
    let mut place = Place::new();
    place.more.push("--demo".into());
    let rule = |name: &str| {
        format!(
            "rules:\n  - name: {name}\n    while: bed_light.state == on\n    hold: {{ floor_lamp: {{ state: on }} }}\n"
        )
    };
    place.write_rules("good.yaml", &rule("Good"));
    place.write_rules("half.yaml", &rule("Half"));
    let running = place.start();
    let client = place.client("test", "resident");
    let rules =
        async || client.post("/api/v1/call", &json!({"method": "rules"})).await.json()["result"].clone();
    // Waits until the diagnostics are those of these files, and gives the names of the home's own rules.
    let until = async |files: &[&str]| {
        let since = Instant::now();
        loop {
            let found = rules().await;
            let told: Vec<_> = list(&found["diagnostics"], "file").into_iter().collect();
            if told.len() == files.len() && told.iter().zip(files).all(|(told, file)| told.ends_with(file)) {
                let mut names = list(&found["rules"], "name");
                names.retain(|name| ["Good", "Half", "Back"].contains(&name.as_str()));
                return names;
            }
            assert!(since.elapsed() < Duration::from_secs(30), "{found}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    assert_eq!(until(&[]).await, ["Good", "Half"]);
    place.write_rules("garbage.yaml", &"\u{7}[{".repeat(2_000_000));
    place.write_rules("half.yaml", "rules:\n  - name: Half\n    while: [\n");
    assert_eq!(until(&["garbage.yaml", "half.yaml"]).await, ["Good", "Half"], "the last good version stays");
    fs::remove_dir_all(place.automations()).expect("removed");
    assert_eq!(until(&["automations"]).await, [""; 0]);
    let answer = client.put("/things/bed_light/properties/state", &json!("on")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    fs::create_dir(place.automations()).expect("made");
    place.write_rules("back.yaml", &rule("Back"));
    assert_eq!(until(&[]).await, ["Back"]);
    running.process.kill();
}

/// One member of each.
fn list(of: &Value, member: &str) -> Vec<String> {
    let members = of.as_array().into_iter().flatten();
    let mut texts: Vec<_> =
        members.map(|each| each[member].as_str().unwrap_or_default().to_owned()).collect();
    texts.sort();
    texts
}

#[test]
fn a_log_in_json_is_json_to_the_last_line() {
    let mut place = Place::new();
    place.more.extend(["--log-format".into(), "json".into()]);
    let running = place.start();
    let log = running.process.log();
    let line =
        |line: &str| serde_json::from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    let told: Vec<_> = log.lines().map(line).collect();
    let text = |line: &Value| line["fields"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(told.iter().any(|line| text(line).contains("/#code=")), "{log}");
    running.process.kill();
}
