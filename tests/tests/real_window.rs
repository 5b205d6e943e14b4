//! The real window with the demo home, as a person uses it: what a click does must be seen on the card.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use lares_tests::environment;
use lares_tests::folder::Folder;
use lares_tests::home::PATIENCE;
use lares_tests::program::Place;
use lares_tests::webdriver::Window;
use serde_json::json;

/// What the window may take to end, with everything on disk.
const STOP_WAIT_MAX: Duration = Duration::from_secs(5);

/// Notes every step that a tile takes from now on, one after the other, each once.
const WATCH: &str = "
    const tile = document.querySelector(arguments[0]);
    const steps = window.steps = [];
    const note = () => {
        const step = tile.dataset.phase + ' ' + tile.dataset.state;
        if (steps.at(-1) !== step) steps.push(step);
    };
    note();
    new MutationObserver(note).observe(tile, { attributes: true });
    return steps[0];
";

#[test]
fn a_click_on_a_light_is_pending_at_once_and_confirmed_on_its_card() {
    let folder = Folder::new();
    let window = open_demo(&folder, &[]);
    let tile = "[data-device='ceiling_light']";
    let button = window.element(&format!("{tile} button[aria-pressed]"));

    let before = window.run(WATCH, &json!([tile]));
    let (was, becomes) = if before == "idle on" { ("on", "off") } else { ("off", "on") };
    assert_eq!(before, json!(format!("idle {was}")));
    let pressed_at = Instant::now();
    window.click(&button);
    let steps = window.until(
        "last => window.steps.length > 1 && window.steps.at(-1) === last && window.steps",
        &json!([format!("idle {becomes}")]),
    );
    window.screenshot(&picture("window-light.png"));

    assert_eq!(steps, json!([before, format!("pending {becomes}"), format!("idle {becomes}")]));
    assert!(pressed_at.elapsed() < Duration::from_secs(10), "confirmed after {:?}", pressed_at.elapsed());
    // A word or a level on the card, never a lamp that is on and says so nowhere.
    let word =
        window.run("return document.querySelector(arguments[0] + ' .value').innerText", &json!([tile]));
    assert_eq!(word.as_str().unwrap_or_default().trim() == "Off", becomes == "off", "{word}");

    end_well(&folder);
}

#[test]
fn a_thermostat_that_is_set_warmer_says_so_and_is_still_so_on_a_new_page() {
    let folder = Folder::new();
    let window = open_demo(&folder, &[]);
    let tile = "[data-device='living_trv']";
    let warmer = window.element(&format!("{tile} .steps button:last-child"));
    let target = "return Number(document.querySelector(arguments[0] + ' [role=slider]').ariaValueNow)";

    window.run(WATCH, &json!([tile]));
    let before = window.run(target, &json!([tile])).as_f64().expect("a thermostat has a target");
    window.click(&warmer);
    window.until(
        "() => window.steps.some(step => step.startsWith('pending')) && window.steps.at(-1).startsWith('idle')",
        &json!([]),
    );
    let after = window.run(target, &json!([tile])).as_f64().expect("a thermostat has a target");
    let steps = window.run("return window.steps", &json!([]));
    window.screenshot(&picture("window-thermostat.png"));

    assert!(after > before, "{before} → {after}");
    assert!(!steps.to_string().contains("failed"), "{steps}");

    // The page comes anew: the old stream ends, the new one begins with everything as it is.
    window.run("location.reload()", &json!([]));
    window.until(
        "tile => window.steps === undefined && document.querySelector(tile + ' [role=slider]')",
        &json!([tile]),
    );
    assert_eq!(window.run(target, &json!([tile])), json!(after));
}

#[test]
fn a_second_window_on_the_same_home_shows_it_through_the_first_ones_hub() {
    let folder = Folder::new();
    let first = open_demo(&folder, &[]);
    let second = open_demo(&folder, &[]);
    let tile = "[data-device='bed_light']";
    let button = second.element(&format!("{tile} button[aria-pressed]"));
    let _ = first.element(tile);

    let before = first.run(WATCH, &json!([tile]));
    second.click(&button);
    let becomes = if before == "idle on" { "idle off" } else { "idle on" };
    first.until("last => window.steps.at(-1) === last", &json!([becomes]));
}

#[test]
fn why_there_is_no_hub_is_said_and_it_can_be_tried_again() {
    let folder = Folder::new();
    let settings = data(&folder).join("config.toml");
    fs::create_dir_all(data(&folder)).expect("a folder can be made");
    fs::write(&settings, "[http\n").expect("a file can be written");
    let window = open(&folder, &["--demo"]);
    let reason = "() => window.seen === undefined && document.title === 'Lares cannot start' \
        && document.querySelector('[role=alert]').innerText";

    let said = window.until(reason, &json!([]));
    assert!(said.to_string().contains("config.toml") && said.to_string().contains("line 1"), "{said}");

    window.run("window.seen = true", &json!([]));
    window.click(&window.element("a"));
    assert_eq!(window.until(reason, &json!([])), said, "nothing was mended");

    fs::write(&settings, "").expect("a file can be written");
    window.click(&window.element("a"));
    until_the_demo_home_is_seen(&window);
}

#[test]
fn a_window_takes_over_the_home_when_the_hub_that_it_showed_is_killed() {
    let folder = Folder::new();
    let mut place = Place::new();
    place.http = "off".into();
    let hub = place.start();
    assert_eq!(hub.ready.devices, 0);
    let hub_id = hub.process.id();
    // The demo home is asked of the hub that runs.
    let window = open_at(&folder, &place.data(), &["--demo"]);
    until_the_demo_home_is_seen(&window);
    let tile = "[data-device='ceiling_light']";
    let button = window.element(&format!("{tile} button[aria-pressed]"));

    hub.process.kill();
    until_held_by_another_than(&format!("process {hub_id}"), &place.data());
    let before = window.run(WATCH, &json!([tile]));
    window.click(&button);
    let becomes = if before == "idle on" { "idle off" } else { "idle on" };
    window.until("last => window.steps.at(-1) === last", &json!([becomes]));
}

/// The window with the dashboard of the demo home in it.
fn open_demo(folder: &Folder, more: &[&str]) -> Window {
    let window = open(folder, &[&["--demo"], more].concat());
    until_the_demo_home_is_seen(&window);
    window
}

fn until_the_demo_home_is_seen(window: &Window) {
    window.until("() => document.querySelectorAll('[data-device]').length >= 10", &json!([]));
}

fn open(folder: &Folder, more: &[&str]) -> Window {
    open_at(folder, &data(folder), more)
}

fn open_at(folder: &Folder, data: &Path, more: &[&str]) -> Window {
    let mut args: Vec<&OsStr> = vec!["--data".as_ref(), data.as_os_str()];
    // Several of these tests, and a person's own Lares, may run at once.
    args.extend(["--http", "off", "--mqtt-listen", "127.0.0.1:0"].map(OsStr::new));
    args.extend(more.iter().map(OsStr::new));
    Window::open(&environment::shell(), &args, folder.path())
}

fn data(folder: &Folder) -> PathBuf {
    folder.path().join("home")
}

/// Where a picture of the last run is kept, for people to look at.
fn picture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Asks the program to end, as the end of a session does, and sees to it that it does: by itself and in time.
fn end_well(folder: &Folder) {
    let lock = data(folder).join("lock");
    let holder = fs::read_to_string(&lock).expect("the home is held");
    let process = holder.trim_start_matches("process ");
    let asked = std::process::Command::new("kill").arg(process).status().expect("kill starts");
    assert!(asked.success(), "{holder} had ended before it was asked to");
    let asked_at = Instant::now();
    let lock = fs::File::open(lock).expect("the lock is there");
    while lock.try_lock().is_err() {
        assert!(asked_at.elapsed() < STOP_WAIT_MAX, "{holder} still holds its home");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Waits until the home has another hub.
fn until_held_by_another_than(holder: &str, data: &Path) {
    let asked_at = Instant::now();
    loop {
        let now = fs::read_to_string(data.join("lock")).expect("the lock is there");
        if !now.is_empty() && now != holder {
            return;
        }
        assert!(asked_at.elapsed() < PATIENCE, "nobody took the home over from {holder}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
