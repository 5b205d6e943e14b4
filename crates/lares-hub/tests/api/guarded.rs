//! Who comes in, and what they may.

use lares_hub::caller::Role;
use lares_hub::tokens;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::fixture::Fixture;

#[tokio::test(flavor = "multi_thread")]
async fn tokens_count_at_once_and_end_at_once() {
    let home = Fixture::start().await;
    let open = home.send("GET", "/healthz", &[], "").await;
    assert_eq!((open.status, open.json()["status"].as_str()), (200, Some("ok")), "{open:?}");
    for path in [
        "/things",
        "/metrics",
        "/.well-known/wot",
        "/api/v1/devices",
        "/api/v1/openapi.json",
        "/api/v1/updates",
    ] {
        let answer = home.send("GET", path, &[], "").await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "unauthorized"), "{path}");
        assert!(answer.head.contains("www-authenticate: bearer"), "{answer:?}");
        assert_eq!(home.ask("wrong", "GET", path, "").await.status, 401, "{path}");
    }
    let token = home.token("phone", Role::Viewer);
    assert_eq!(home.ask(&token, "GET", "/things", "").await.status, 200);
    tokens::revoke(home.dir.path(), &"phone".parse().unwrap()).unwrap();
    assert_eq!(home.ask(&token, "GET", "/things", "").await.status, 401);
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_bounds_what_its_token_may_do() {
    let home = Fixture::start().await;
    let (viewer, resident) = (home.token("v", Role::Viewer), home.token("r", Role::Resident));
    let lamp = "/things/bed_light/properties/state";
    assert_eq!(home.ask(&viewer, "PUT", lamp, "\"on\"").await.code(), "forbidden");
    assert_eq!(home.ask(&resident, "PUT", lamp, "\"on\"").await.status, 200);
    let rename = r#"{"method": "rename_device", "params": {"device": "bed_light", "name": "Reading lamp"}}"#;
    assert_eq!(home.ask(&resident, "POST", "/api/v1/call", rename).await.code(), "forbidden");
    let admin = home.token("a", Role::Admin);
    assert_eq!(home.ask(&admin, "POST", "/api/v1/call", rename).await.json()["result"]["id"], "reading_lamp");
    let moved = home.ask(&viewer, "GET", "/things/bed_light/properties/state", "").await;
    assert_eq!(moved.status, 308, "{moved:?}");
    assert!(moved.head.contains("location: /things/reading_lamp/properties/state"), "{moved:?}");
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_link_signs_one_browser_in_once() {
    let home = Fixture::start().await;
    let link = home.hub.sign_in.clone().unwrap();
    let code = link.strip_prefix(&format!("http://{}/#code=", home.address)).unwrap();
    let body = format!("{{\"code\": \"{code}\"}}");
    let signed = home.send("POST", "/api/v1/sign-in", &[], &body).await.json();
    assert_eq!(signed["role"], "admin");
    assert_eq!(home.ask(signed["token"].as_str().unwrap(), "GET", "/things", "").await.status, 200);
    assert_eq!(home.send("POST", "/api/v1/sign-in", &[], &body).await.code(), "unauthorized");
    let listed = tokens::list(home.dir.path()).unwrap();
    assert!(listed.len() == 1 && listed[0].name.starts_with("browser 20"), "{listed:?}");
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_names_and_other_sites_are_turned_away() {
    let home = Fixture::start().await;
    let token = format!("Bearer {}", home.token("a", Role::Admin));
    let port = home.address.port();
    for (name, value, status) in [
        ("Host", format!("evil.example:{port}"), 403),
        ("Host", "127.0.0.1".into(), 403),
        ("Host", format!("localhost:{port}"), 200),
        ("Origin", "http://evil.example".into(), 403),
        ("Origin", "null".into(), 403),
        ("Origin", format!("http://127.0.0.1:{port}"), 200),
    ] {
        let answer = home.send("GET", "/things", &[("Authorization", &token), (name, &value)], "").await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
    let page = home.send("GET", "/", &[], "").await;
    for header in
        ["content-security-policy: default-src 'self';", "x-content-type-options: nosniff", "no-referrer"]
    {
        assert!(page.head.contains(header), "{header}: {}", page.head);
    }
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_goes_wrong_is_a_problem_document() {
    let home = Fixture::start().await;
    let token = home.token("a", Role::Admin);
    let large = format!("\"{}\"", "x".repeat(1 << 20));
    for (method, path, body, status, code) in [
        ("GET", "/nothing", "", 404, "not_found"),
        ("GET", "/things/nobody", "", 404, "not_found"),
        ("GET", "/things/bed_light/properties/nothing", "", 404, "not_found"),
        ("DELETE", "/things", "", 405, "method_not_allowed"),
        ("GET", "/api/v1/call", "", 405, "method_not_allowed"),
        ("POST", "/things/bed_light/properties/state", "\"on\"", 405, "method_not_allowed"),
        ("PUT", "/things/bed_light/properties/state", "", 400, "bad_request"),
        ("PUT", "/things/bed_light/properties/state", "on", 400, "bad_request"),
        ("PUT", "/things/bed_light/properties/state", "\"perhaps\"", 422, "invalid_value"),
        ("PUT", "/things/bed_light/properties/brightness", "\"12\"", 422, "invalid_value"),
        ("PUT", "/things/bed_light/properties/brightness", "1e999", 400, "bad_request"),
        ("POST", "/things/bedroom_blind/actions/fly", "", 404, "not_found"),
        ("PUT", "/things/bed_light/properties/link_quality", "1", 405, "read_only"),
        ("PUT", "/things/bed_light/properties/brightness", "101", 422, "invalid_value"),
        ("PUT", "/things/bed_light/properties/brightness", "{", 400, "bad_request"),
        ("PUT", "/things/bed_light/properties/state", &large, 413, "too_large"),
        ("POST", "/api/v1/call", "{\"method\": \"fly\"}", 400, "bad_request"),
        ("POST", "/api/v1/call", "", 400, "bad_request"),
        ("GET", "/api/v1/history", "", 400, "bad_request"),
        ("GET", "/api/v1/history?series=bed_light.state&from=yesterday", "", 400, "bad_request"),
        ("GET", "/things/%ff", "", 400, "bad_request"),
        ("GET", "/api/v1/updates", "", 400, "bad_request"),
    ] {
        let answer = home.ask(&token, method, path, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{method} {path}: {answer:?}");
    }
    assert!(home.ask(&token, "DELETE", "/things", "").await.head.contains("allow: get"));
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_is_wrong_is_told_with_its_place() {
    let home = Fixture::start().await;
    let token = home.token("a", Role::Viewer);
    for (query, pointer) in [
        ("", "/series"),
        ("series=bed_light", "/series"),
        ("series=bed_light.state&series=bed_light.state", "/series"),
        ("series=bed_light.state&points=many", "/points"),
        ("series=bed_light.state&points=-1", "/points"),
        ("series=bed_light.state&points=0", "/points"),
        ("series=bed_light.state&from=yesterday", "/from"),
        ("series=bed_light.state&from=2999-01-01T00:00:00Z", "/from"),
        ("series=bed_light.state&to=now", "/to"),
        ("series=bed_light.state&form=2026-01-01T00:00:00Z", ""),
    ] {
        let answer = home.ask(&token, "GET", &format!("/api/v1/history?{query}"), "").await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "bad_request"), "{query}: {answer:?}");
        assert_eq!(answer.json()["pointer"], pointer, "{query}: {answer:?}");
    }
    let good = "series=bed_light.state&points=5&from=2026-01-01T00:00:00+01:00";
    let answer = home.ask(&token, "GET", &format!("/api/v1/history?{good}"), "").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_of_a_megabyte_is_refused_without_being_repeated() {
    let home = Fixture::start().await;
    let token = home.token("a", Role::Admin);
    let name = "x".repeat(1_000_000);
    for (call, status) in [
        (format!(r#"{{"method": "device", "params": {{"device": "{name}"}}}}"#), 404),
        (format!(r#"{{"method": "{name}"}}"#), 400),
        (
            format!(
                r#"{{"method": "rename_device", "params": {{"device": "bed_light", "name": "{name}"}}}}"#
            ),
            422,
        ),
        (
            format!(r#"{{"method": "put_room", "params": {{"id": null, "name": "{name}", "labels": []}}}}"#),
            422,
        ),
    ] {
        let answer = home.ask(&token, "POST", "/api/v1/call", &call).await;
        assert_eq!(answer.status, status, "{}", answer.head);
        assert!(answer.body.len() < 10_000, "{} bytes", answer.body.len());
    }
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_beyond_the_limit_wait_for_a_place() {
    let home = Fixture::start().await;
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", home.address);
    let mut open = Vec::new();
    // Each has its answer, so each has its place.
    for _ in 0..256 {
        let mut stream = TcpStream::connect(home.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
        open.push(stream);
    }
    let mut late = TcpStream::connect(home.address).await.unwrap();
    late.write_all(request.as_bytes()).await.unwrap();
    // Those that are in are served all the same.
    for stream in open.iter_mut().take(20) {
        stream.write_all(request.as_bytes()).await.unwrap();
        assert!(stream.read(&mut [0; 4096]).await.unwrap() > 0);
    }
    assert!(late.try_read(&mut [0; 4096]).is_err(), "there is no place yet");
    drop(open.pop());
    assert!(late.read(&mut [0; 4096]).await.unwrap() > 0);
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_link_to_sign_in_is_given_to_administrators_only() {
    let home = Fixture::start().await;
    let ask = r#"{"method": "sign_in_link"}"#;
    let resident = home.token("r", Role::Resident);
    assert_eq!(home.ask(&resident, "POST", "/api/v1/call", ask).await.code(), "forbidden");
    let admin = home.token("a", Role::Admin);
    let made = home.ask(&admin, "POST", "/api/v1/call", ask).await.json();
    let link = made["result"]["link"].as_str().unwrap();
    let code = link.strip_prefix(&format!("http://{}/#code=", home.address)).unwrap();
    let signed = home.send("POST", "/api/v1/sign-in", &[], &format!("{{\"code\": \"{code}\"}}")).await;
    assert_eq!(signed.status, 200, "{signed:?}");
    let addresses = home.ask(&resident, "POST", "/api/v1/call", r#"{"method": "addresses"}"#).await.json();
    assert_eq!(addresses["result"]["http"], home.address.to_string());
    assert_eq!(addresses["result"]["mqtt"].as_str(), home.hub.mqtt.as_deref());
    home.hub.stop().await;
}
