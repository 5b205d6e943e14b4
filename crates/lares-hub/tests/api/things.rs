//! Devices as Things: described, read and written.

use lares_hub::caller::Role;
use serde_json::{Value as Json, json};

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn every_device_has_a_thing_description_whose_forms_lead_somewhere() {
    let home = Fixture::start().await;
    let token = home.token("v", Role::Viewer);
    let things = home.ask(&token, "GET", "/things", "").await.json();
    let things = things.as_array().unwrap();
    let devices = home.ask(&token, "GET", "/api/v1/devices", "").await.json();
    assert_eq!(things.len(), devices.as_array().unwrap().len());
    assert!(things.len() >= 20);
    for thing in things {
        for member in ["@context", "id", "title", "security", "securityDefinitions", "forms"] {
            assert!(!thing[member].is_null(), "{member} of {thing}");
        }
        assert_eq!(thing["securityDefinitions"]["bearer"]["scheme"], "bearer");
        for (kind, affordances) in ["properties", "actions", "events"].map(|kind| (kind, &thing[kind])) {
            for (name, affordance) in affordances.as_object().unwrap() {
                let form = &affordance["forms"][0];
                let href = form["href"].as_str().unwrap();
                assert!(href.ends_with(&format!("/{kind}/{name}")) && form["op"].is_array(), "{form}");
            }
        }
    }
    let lamp = home.ask(&token, "GET", "/things/bed_light", "").await;
    assert!(lamp.head.contains("content-type: application/td+json"), "{}", lamp.head);
    let brightness = &lamp.json()["properties"]["brightness"];
    let shape = (&brightness["type"], &brightness["unit"], &brightness["minimum"], &brightness["maximum"]);
    assert_eq!(shape, (&json!("number"), &json!("%"), &json!(0), &json!(100)));
    assert_eq!((&brightness["readOnly"], &brightness["observable"]), (&json!(false), &json!(true)));
    let href = brightness["forms"][0]["href"].as_str().unwrap();
    assert!(home.ask(&token, "GET", href, "").await.json().is_number());
    let id = lamp.json()["id"].as_str().unwrap().to_owned();
    assert!(
        home.ask(&token, "GET", &format!("/things/{id}"), "")
            .await
            .head
            .contains("location: /things/bed_light")
    );
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bare_value_is_put_confirmed_and_read_back() {
    let home = Fixture::start().await;
    let token = home.token("r", Role::Resident);
    let path = "/things/bed_light/properties/brightness";
    let put = home.ask(&token, "PUT", path, "42").await;
    assert_eq!((put.status, put.json()), (200, json!(42)), "{put:?}");
    assert_eq!(home.ask(&token, "GET", path, "").await.json(), json!(42));
    let all = home.ask(&token, "GET", "/things/bed_light/properties", "").await.json();
    assert_eq!(all["brightness"], 42);
    let devices = home.ask(&token, "GET", "/api/v1/devices", "").await.json();
    let lamp = devices.as_array().unwrap().iter().find(|device| device["id"] == "bed_light").unwrap();
    assert_eq!(lamp["properties"]["brightness"]["value"], 42);
    let call = r#"{"method": "device", "params": {"device": "bed_light"}}"#;
    let device: Json = home.ask(&token, "POST", "/api/v1/call", call).await.json();
    assert_eq!(device["result"]["properties"]["brightness"]["value"], 42);
    let metrics = home.ask(&token, "GET", "/metrics", "").await;
    assert!(
        metrics.body.contains("lares_commands_total 1\n") && metrics.body.ends_with("# EOF\n"),
        "{metrics:?}"
    );
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_can_be_explained_the_moment_it_is_confirmed() {
    let home = Fixture::start().await;
    let token = home.token("r", Role::Resident);
    for value in [31, 62] {
        home.ask(&token, "PUT", "/things/bed_light/properties/brightness", &value.to_string()).await;
        let why = r#"{"method": "why", "params": {"device": "bed_light", "property": "brightness"}}"#;
        let answer = home.ask(&token, "POST", "/api/v1/call", why).await.json();
        assert_eq!(answer["result"][0]["to"], value, "{answer}");
        assert_eq!(answer["result"][0]["why"], json!(["r asked for it"]));
    }
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_blind_never_reports_back_is_sent_and_not_called_confirmed() {
    let home = Fixture::start().await;
    let token = home.token("r", Role::Resident);
    let open = home.ask(&token, "POST", "/things/bedroom_blind/actions/close", "").await;
    assert_eq!((open.status, open.json()["outcome"].clone()), (202, json!("sent")), "{open:?}");
    let put = home.ask(&token, "PUT", "/things/bedroom_blind/properties/movement", "\"stop\"").await;
    assert_eq!((put.status, put.json()), (202, json!("stop")), "{put:?}");
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_a_higher_priority_keeps_people_out() {
    let rules = "rules:
  - name: Safe
    priority: safety
    while: bed_light.link_quality >= 0
    hold: { bed_light: { state: off } }
";
    let home = Fixture::start_with_rules(rules).await;
    let token = home.token("r", Role::Resident);
    // A rule is compiled anew once the names of the devices are known.
    let since = std::time::Instant::now();
    loop {
        let rules = home.ask(&token, "POST", "/api/v1/call", r#"{"method": "rules"}"#).await.json();
        let rules = rules["result"]["rules"].as_array().unwrap();
        if rules.iter().any(|rule| rule["name"] == "Safe" && rule["active"] == true) {
            break;
        }
        assert!(since.elapsed().as_secs() < 20, "{rules:?}");
    }
    let put = home.ask(&token, "PUT", "/things/bed_light/properties/state", "\"on\"").await;
    assert_eq!((put.status, put.code().as_str()), (409, "outranked"), "{put:?}");
    assert!(put.json()["detail"].as_str().unwrap().contains("Safe"), "{put:?}");
    home.hub.stop().await;
}
