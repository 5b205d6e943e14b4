//! What becomes of a command, as a status.

use lares_model::CommandOutcome::{Confirmed, Expired, Failed, Sent, TimedOut};
use serde_json::{Value as Json, json};

use super::stage::{Fate, Stage};
use crate::api::problem::{Code, Problem};
use crate::api::request::Request;

const STATE: &str = "/things/lamp/properties/state";

#[tokio::test(start_paused = true)]
async fn every_end_of_a_command_has_its_status() {
    let reason = || "why".to_owned();
    let cases: Vec<(Fate, u16, &str)> = vec![
        (Ok(vec![Confirmed]), 200, ""),
        (Ok(vec![]), 200, ""),
        (Ok(vec![Sent]), 202, ""),
        (Ok(vec![Confirmed, Sent]), 202, ""),
        (Ok(vec![Sent, TimedOut { reason: reason() }]), 504, "timed_out"),
        (Ok(vec![TimedOut { reason: reason() }]), 504, "timed_out"),
        (Ok(vec![Failed { reason: reason() }]), 502, "failed"),
        (Ok(vec![Expired { reason: reason() }]), 409, "expired"),
        (Err(Problem::new(Code::Outranked, "why")), 409, "outranked"),
        (Err(Problem::new(Code::InvalidValue, "why").at("/params/value")), 422, "invalid_value"),
        (Err(Problem::new(Code::ReadOnly, "why")), 405, "read_only"),
    ];
    let stage = Stage::new();
    for (fate, status, code) in cases {
        let shown = format!("{fate:?}");
        stage.fate(fate);
        let put = stage.ask("PUT", STATE, "\"on\"").await;
        assert_eq!(put.status, status, "{shown}: {put:?}");
        if code.is_empty() {
            // A wish that nobody confirmed is repeated; what is confirmed is read anew.
            assert_eq!(put.json(), if status == 202 { json!("on") } else { json!("off") }, "{shown}");
            continue;
        }
        let json = put.json();
        assert_eq!((&json["code"], &json["detail"]), (&json!(code), &json!("why")), "{shown}");
        assert_eq!((&json["status"], &json["pointer"]), (&json!(status), &json!("")), "{shown}");
        assert!(put.head.contains("content-type: application/problem+json"), "{shown}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_command_that_is_never_answered_is_sent_in_the_end() {
    let stage = Stage::new();
    let put = stage.ask("PUT", STATE, "\"on\"").await;
    assert_eq!((put.status, put.json()), (202, json!("on")));
}

#[tokio::test(start_paused = true)]
async fn actions_are_posted_with_and_without_an_input() {
    let stage = Stage::new();
    let path = "/things/lamp/actions/identify";
    for (body, input) in
        [("", None), ("null", None), ("5", Some(json!(5))), ("{\"a\": 1}", Some(json!({"a": 1})))]
    {
        stage.fate(Ok(vec![Sent]));
        let done = stage.ask("POST", path, body).await;
        assert_eq!((done.status, done.json()["outcome"].as_str()), (202, Some("sent")), "{body}: {done:?}");
        let wanted = Request::InvokeAction { device: "lamp".into(), action: "identify".into(), input };
        assert_eq!(stage.asked().last(), Some(&wanted), "{body}");
    }
    stage.fate(Err(Problem::new(Code::NotFound, "no such action")));
    assert_eq!(stage.ask("POST", "/things/lamp/actions/fly", "").await.status, 404);
    let half = stage.ask("POST", path, "{\"a\":").await;
    assert_eq!((half.status, half.json()["code"].clone()), (400, Json::from("bad_request")));
    let got = stage.ask("GET", path, "").await;
    assert_eq!((got.status, got.json()["code"].clone()), (405, Json::from("method_not_allowed")));
    assert!(got.head.contains("allow: post"), "{got:?}");
    assert_eq!(stage.asked().len(), 5, "what was refused before was not asked");
}

#[tokio::test(start_paused = true)]
async fn an_empty_body_is_no_value() {
    let stage = Stage::new();
    let put = stage.ask("PUT", STATE, "").await;
    assert_eq!(put.status, 400, "{put:?}");
    assert!(put.json()["detail"].as_str().unwrap().contains("empty"), "{put:?}");
    assert!(stage.asked().is_empty());
}
