//! The demo home goes all at once, also when the going is cut short.

use std::path::Path;

use lares_history::{ChangeFilter, HistoryReader, HomeStore};
use lares_hub::caller::Role;
use serde_json::{Value as Json, json};
use tempfile::TempDir;

use crate::fixture::Fixture;

/// Devices of the demo home with rows in history.
fn remembered(data: &Path) -> Vec<String> {
    let reader = HistoryReader::new(&data.join("history.db"));
    let changes = reader.changes(&ChangeFilter::All, None, 100_000).unwrap();
    let devices = changes.into_iter().map(|change| change.key.device.to_string());
    let mut devices: Vec<_> = devices.filter(|device| device.starts_with("demo:")).collect();
    devices.sort();
    devices.dedup();
    devices
}

fn note(data: &Path) -> Option<Json> {
    HomeStore::open_beside(&data.join("home.db")).unwrap().get("demo_leaving").unwrap()
}

/// A demo home that has run and left its history, with the hub stopped.
async fn lived_in() -> (TempDir, Vec<String>) {
    let home = Fixture::start().await;
    let token = home.token("a", Role::Admin);
    home.ask(&token, "PUT", "/things/bed_light/properties/state", "\"on\"").await;
    home.hub.stop().await;
    let devices = remembered(home.dir.path());
    assert!(devices.len() >= 20, "{devices:?}");
    (home.dir, devices)
}

async fn devices(home: &Fixture, token: &str) -> usize {
    home.ask(token, "GET", "/api/v1/devices", "").await.json().as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn when_it_is_answered_nothing_is_left_of_the_demo_home() {
    let (dir, _) = lived_in().await;
    let home = Fixture::start_in(dir, true).await;
    let token = home.token("a2", Role::Admin);
    let answer = home.ask(&token, "POST", "/api/v1/call", r#"{"method": "remove_demo"}"#).await;
    assert_eq!((answer.status, answer.json()), (200, json!({"result": {"done": true}})), "{answer:?}");
    assert_eq!(remembered(home.dir.path()), [""; 0]);
    assert_eq!((note(home.dir.path()), home.dir.path().join("demo").exists()), (None, false));
    assert_eq!(devices(&home, &token).await, 0);
    home.hub.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_was_cut_short_is_finished_by_the_next_start() {
    for (noted, folder_is_gone) in [(true, false), (true, true), (false, true)] {
        let (dir, ids) = lived_in().await;
        let data = dir.path().to_owned();
        if noted {
            let store = HomeStore::open_beside(&data.join("home.db")).unwrap();
            store.set("demo_leaving", &json!(ids)).unwrap();
        }
        if folder_is_gone {
            std::fs::remove_dir_all(data.join("demo")).unwrap();
        }
        let home = Fixture::start_in(dir, false).await;
        // Answered after what the start had to finish.
        let token = home.token("a2", Role::Admin);
        let answer = home.ask(&token, "POST", "/api/v1/call", r#"{"method": "remove_demo"}"#).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(devices(&home, &token).await, 0, "noted {noted}, folder gone {folder_is_gone}");
        assert_eq!((note(&data), data.join("demo").exists()), (None, false));
        assert_eq!(remembered(&data), [""; 0], "noted {noted}, folder gone {folder_is_gone}");
        home.hub.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_home_that_is_wished_for_again_begins_anew() {
    let (dir, ids) = lived_in().await;
    let store = HomeStore::open_beside(&dir.path().join("home.db")).unwrap();
    store.set("demo_leaving", &json!(ids)).unwrap();
    drop(store);
    let home = Fixture::start_in(dir, true).await;
    let token = home.token("a2", Role::Admin);
    assert!(devices(&home, &token).await >= 20);
    let state = home.ask(&token, "GET", "/things/bed_light/properties/state", "").await;
    assert_eq!(state.json(), "off", "it was switched on in its former life");
    assert_eq!(note(home.dir.path()), None);
    home.hub.stop().await;
}
