//! The program itself: what it prints where, and its exit codes.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like the tests themselves")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

fn lares(data: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lares"));
    command.env("LARES_DATA", data).args(args).stdin(Stdio::null()).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A hub that is killed with the test.
struct Running(Child);

impl Running {
    fn start(data: &Path) -> (Self, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lares"));
        let args =
            ["run", "--demo", "--http", "off", "--mqtt-listen", "127.0.0.1:0", "--log", "error", "--data"];
        command.args(args).arg(data).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut ready = String::new();
        let out = child.stdout.as_mut().unwrap();
        // Byte by byte, so that nothing after the line is lost.
        while !ready.ends_with('\n') {
            let mut byte = [0];
            assert_eq!(out.read(&mut byte).unwrap(), 1, "it ended before it was ready: {ready}");
            ready.push(char::from(byte[0]));
        }
        (Self(child), ready)
    }

    /// Ends it as a service manager would; gives the rest of its output.
    fn stop(mut self) -> String {
        let id = self.0.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        assert!(self.0.wait().unwrap().success());
        let mut rest = String::new();
        self.0.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        rest
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended, as it should.
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

#[cfg(unix)]
#[test]
fn a_hub_is_run_asked_and_stopped() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path();
    let (hub, ready) = Running::start(data);
    let words: Vec<_> = ready.split_whitespace().collect();
    assert_eq!((words[0], words[1]), ("ready", "http=off"), "{ready}");
    assert!(
        words[2].starts_with("mqtt=127.0.0.1:") && words[3].starts_with("devices=2") && words.len() == 5,
        "{ready}"
    );

    let second = lares(data, &["run", "--http", "off"]);
    assert_eq!(second.status.code(), Some(2));
    assert!(text(&second.stderr).contains(&format!("process {}", hub.0.id())), "{second:?}");

    let devices: serde_json::Value =
        serde_json::from_slice(&lares(data, &["devices", "--format", "json"]).stdout).unwrap();
    assert!(devices.as_array().unwrap().iter().any(|device| device["id"] == "bed_light"));
    let set = lares(data, &["set", "bed_light.brightness", "33 %"]);
    assert_eq!((set.status.code(), text(&set.stdout).as_str()), (Some(0), "confirmed\n"), "{set:?}");
    let get = lares(data, &["get", "bed_light.brightness"]);
    assert_eq!((get.status.code(), text(&get.stdout).as_str()), (Some(0), "33\n"));
    for args in [
        ["set", "bed_light.brightness", "101"],
        ["set", "bed_light.link_quality", "1"],
        ["set", "nobody.state", "on"],
    ] {
        let refused = lares(data, &args);
        assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0), "{refused:?}");
        assert_eq!(text(&refused.stderr).lines().count(), 1, "{refused:?}");
    }
    assert_eq!(lares(data, &["doctor"]).status.code(), Some(0));
    assert_eq!(lares(data, &["check", "--data", data.to_str().unwrap(), "demo"]).status.code(), Some(2));

    let mut watch = Command::new(env!("CARGO_BIN_EXE_lares"));
    let watch = watch.env("LARES_DATA", data).args(["watch", "bed_light.brightness", "--format", "json"]);
    let mut watch = Running(watch.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let mut begun = String::new();
    BufReader::new(watch.0.stderr.take().unwrap()).read_line(&mut begun).unwrap();
    assert_eq!(begun, "watching bed_light.brightness\n");
    lares(data, &["set", "bed_light.brightness", "34"]);
    let mut told = String::new();
    BufReader::new(watch.0.stdout.take().unwrap()).read_line(&mut told).unwrap();
    let told: serde_json::Value = serde_json::from_str(&told).unwrap();
    let what = (&told["device"], &told["property"], &told["value"]);
    assert_eq!(what, (&"bed_light".into(), &"brightness".into(), &34.into()), "{told}");
    drop(watch);
    let sent = lares(data, &["set", "bedroom_blind.movement", "open"]);
    assert_eq!((sent.status.code(), text(&sent.stdout).as_str()), (Some(0), "sent\n"), "{sent:?}");

    assert_eq!(hub.stop(), "", "exactly one line");
    let gone = lares(data, &["get", "bed_light.brightness"]);
    assert_eq!((gone.status.code(), text(&gone.stderr).lines().count()), (Some(2), 1), "{gone:?}");
}

#[test]
fn credentials_are_made_without_a_hub_and_only_the_secret_is_printed() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("new");
    for (noun, role, remove) in [("token", "viewer", "revoke"), ("mqtt-user", "device", "remove")] {
        let made = lares(&data, &[noun, "add", "plug", "--role", role]);
        assert_eq!(made.status.code(), Some(0), "{made:?}");
        let secret = text(&made.stdout);
        assert!(secret.lines().count() == 1 && secret.trim().len() >= 20, "{made:?}");
        assert_eq!(lares(&data, &[noun, "add", "plug", "--role", role]).status.code(), Some(1));
        let listed = text(&lares(&data, &[noun, "list"]).stdout);
        assert!(
            listed.contains("plug") && listed.contains(role) && !listed.contains(secret.trim()),
            "{listed}"
        );
        assert_eq!(lares(&data, &[noun, remove, "plug"]).status.code(), Some(0));
        assert_eq!(lares(&data, &[noun, remove, "plug"]).status.code(), Some(1));
        assert_eq!(lares(&data, &[noun, "add", "x", "--role", "king"]).status.code(), Some(2));
    }
}

const RULES: &str = "rules:
  - name: Cool
    while: rack.temperature > 28 °C
    hold: { rack_fan: { state: on } }
tests:
  - name: it cools
    given: { rack.temperature: 20 °C, rack_fan.state: off }
    steps:
      - { at: 1m, report: { rack.temperature: 30 °C }, expect: { rack_fan.state: on } }
";

#[test]
fn rule_files_are_checked_and_tested() {
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let (good, home) = (dir.path().join("good.yaml"), dir.path().join("home.json"));
    let bad = dir.path().join("bad.yaml");
    fs::write(&good, RULES).unwrap();
    fs::write(
        &bad,
        RULES
            .replace("rack_fan:", "rack_fun:")
            .replace("expect: { rack_fan.state: on }", "expect: { rack_fan.state: off }"),
    )
    .unwrap();
    let property = |kind: &str, unit: &str| serde_json::json!({"type": kind, "unit": unit, "readable": true, "writable": kind == "switch"});
    let devices = serde_json::json!([
        {"id": "rack", "properties": {"temperature": property("number", "°C")}},
        {"id": "rack_fan", "kind": "fan", "properties": {"state": property("switch", "")}},
    ]);
    fs::write(&home, devices.to_string()).unwrap();
    let run = |word: &str, file: &Path, rest: &[&str]| {
        let mut args = vec![word, file.to_str().unwrap()];
        args.extend(rest);
        lares(&data, &args)
    };
    let home = home.to_str().unwrap();

    assert_eq!(run("check", &good, &["--home", home]).status.code(), Some(0));
    let unknown = run("check", &bad, &["--home", home]);
    assert_eq!(unknown.status.code(), Some(1), "{unknown:?}");
    assert!(
        text(&unknown.stdout).contains("bad.yaml:4:") && text(&unknown.stdout).contains("rack_fan"),
        "{unknown:?}"
    );
    let alone = run("check", &good, &[]);
    assert_eq!(alone.status.code(), Some(2));
    assert!(text(&alone.stderr).contains("no home is known"), "{alone:?}");
    assert_eq!(run("check", &dir.path().join("none.yaml"), &[]).status.code(), Some(2));

    let passed = run("test", &good, &["--home", home]);
    assert_eq!(passed.status.code(), Some(0), "{passed:?}");
    let guessed = run("test", &good, &["--format", "json"]);
    assert_eq!(guessed.status.code(), Some(0), "{guessed:?}");
    let report: serde_json::Value = serde_json::from_slice(&guessed.stdout).unwrap();
    assert_eq!((&report["passed"], &report["failed"]), (&1.into(), &0.into()));
    fs::write(&bad, RULES.replace("expect: { rack_fan.state: on }", "expect: { rack_fan.state: off }"))
        .unwrap();
    let failed = run("test", &bad, &["--home", home, "--format", "junit"]);
    assert_eq!(failed.status.code(), Some(1));
    assert!(
        text(&failed.stdout).contains("failures=\"1\"") && text(&failed.stdout).contains("<failure message="),
        "{failed:?}"
    );
}
