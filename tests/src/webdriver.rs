//! The real window, driven by WebKitWebDriver: what a person would see and do, without a person.
//!
//! It speaks only what of W3C WebDriver the tests need. Waiting is done inside the page, by watching it change: nothing
//! is asked again and again, and a state that lasts a moment is not missed.

use std::ffi::OsStr;
use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use ureq::Agent;

/// Longer than any step takes on a busy machine; reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long one page is asked whether it is as it should be; then the page that is there is asked again.
const ONE_PAGE_MS: u32 = 2000;

/// The key by which WebDriver marks a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Runs `condition`, a function expression that gets the arguments, whenever the page changes, until it returns
/// something true, and answers with that.
const UNTIL: &str = "
    const done = arguments[arguments.length - 1];
    const given = arguments[0];
    const condition = CONDITION;
    let observer;
    const check = () => {
        const found = condition(...given);
        if (found) { observer.disconnect(); done(found); }
    };
    observer = new MutationObserver(check);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    check();
";

/// A program with a web view, under remote control. Both it and the driver end with this value at the latest.
pub struct Window {
    driver: Driver,
    session: String,
}

/// An element of the page.
#[derive(Clone, Debug)]
pub struct Element(Value);

impl Window {
    /// Starts `program` with `args`, and waits until its window can be spoken to. What it would keep in the home of the
    /// person goes into `home`.
    ///
    /// # Panics
    /// When the driver is not installed, or no window comes.
    #[must_use]
    pub fn open(program: &Path, args: &[&OsStr], home: &Path) -> Self {
        let driver = Driver::start(home);
        let args: Vec<_> = args.iter().map(|arg| arg.to_string_lossy()).collect();
        let options = json!({ "binary": program.to_string_lossy(), "args": args });
        let wanted = json!({ "capabilities": { "alwaysMatch": { "webkitgtk:browserOptions": options } } });
        let session = driver.post("/session", &wanted);
        let id = session["sessionId"].as_str().expect("a session has an id").to_owned();
        let window = Self { driver, session: format!("/session/{id}") };
        window.post("/timeouts", &json!({ "script": ONE_PAGE_MS }));
        window
    }

    /// Waits until `condition`, a JavaScript function expression that gets `args`, returns something true, and returns
    /// that. It is asked whenever the page changes.
    ///
    /// # Panics
    /// When it stays false; with the text of the page.
    pub fn until(&self, condition: &str, args: &Value) -> Value {
        let script = UNTIL.replace("CONDITION", condition);
        let patience = Instant::now() + PATIENCE;
        loop {
            // A page that gives way to another takes the question with it: then the other one is asked.
            match self.try_post("/execute/async", &json!({ "script": script, "args": [args] })) {
                Ok(found) => return found,
                Err(_) if Instant::now() < patience => {}
                Err(error) => panic!("{condition}\nwith {args} stayed false: {error}\n{}", self.text()),
            }
        }
    }

    /// Waits for the first element that fits a CSS selector.
    ///
    /// # Panics
    /// When none comes.
    #[must_use]
    pub fn element(&self, selector: &str) -> Element {
        let found = self.until("selector => document.querySelector(selector)", &json!([selector]));
        assert!(found.get(ELEMENT).is_some(), "{selector} is no element: {found}");
        Element(found)
    }

    /// Runs a script in the page at once.
    ///
    /// # Panics
    /// When it throws.
    pub fn run(&self, script: &str, args: &Value) -> Value {
        self.post("/execute/sync", &json!({ "script": script, "args": args }))
    }

    /// Clicks in the middle of an element, as a person does: what lies over it gets the click.
    ///
    /// # Panics
    /// When it cannot be clicked.
    pub fn click(&self, element: &Element) {
        let id = element.0[ELEMENT].as_str().expect("an element has an id");
        self.post(&format!("/element/{id}/click"), &json!({}));
    }

    /// Presses keys on an element.
    ///
    /// # Panics
    /// When it cannot take them.
    pub fn press(&self, element: &Element, keys: &str) {
        let id = element.0[ELEMENT].as_str().expect("an element has an id");
        self.post(&format!("/element/{id}/value"), &json!({ "text": keys }));
    }

    /// Writes what the window shows into a PNG file.
    ///
    /// # Panics
    /// When there is nothing to see, or the file cannot be written.
    pub fn screenshot(&self, file: &Path) {
        let image = self.driver.get(&format!("{}/screenshot", self.session));
        let image = STANDARD.decode(image.as_str().expect("an image is text")).expect("an image is base64");
        fs::write(file, image).expect("the image can be written");
    }

    /// The text of the page.
    fn text(&self) -> String {
        let text = self.run("return document.body.innerText", &json!([]));
        text.as_str().unwrap_or_default().to_owned()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.driver.post(&format!("{}{path}", self.session), body)
    }

    fn try_post(&self, path: &str, body: &Value) -> Result<Value, String> {
        self.driver.try_post(&format!("{}{path}", self.session), body)
    }
}

impl Element {
    /// As an argument of [`Window::run`].
    #[must_use]
    pub fn as_json(&self) -> &Value {
        &self.0
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        // It fails only when the program has ended already.
        let _ = self.driver.agent.delete(self.driver.url(&self.session)).call();
    }
}

/// WebKitWebDriver.
struct Driver {
    process: Child,
    address: SocketAddr,
    agent: Agent,
}

impl Driver {
    fn start(home: &Path) -> Self {
        let address = free_port();
        let process = Command::new("WebKitWebDriver")
            .arg("--host=127.0.0.1")
            .arg(format!("--port={}", address.port()))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            // What the web view remembers is not to come from an earlier run.
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CACHE_HOME", home.join("cache"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .stdin(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver is not installed: `cargo xtask test` installs it");
        // An answer with an error is an answer: it carries the reason.
        let agent =
            Agent::config_builder().timeout_global(Some(PATIENCE * 2)).http_status_as_error(false).build();
        let driver = Self { process, address, agent: agent.into() };
        let patience = Instant::now() + PATIENCE;
        // It does not say when it listens.
        while TcpStream::connect(address).is_err() {
            assert!(Instant::now() < patience, "WebKitWebDriver does not listen");
            thread::sleep(Duration::from_millis(10));
        }
        driver
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn get(&self, path: &str) -> Value {
        answer(self.agent.get(self.url(path)).call()).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.try_post(path, body).unwrap_or_else(|error| panic!("{path} {body}: {error}"))
    }

    fn try_post(&self, path: &str, body: &Value) -> Result<Value, String> {
        answer(self.agent.post(self.url(path)).send_json(body))
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The value of an answer, or the error in it in words.
fn answer(response: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<Value, String> {
    let mut response = response.map_err(|error| error.to_string())?;
    // A screenshot of a large window is larger than the default limit may be.
    let body: Value =
        response.body_mut().with_config().limit(64 << 20).read_json().map_err(|error| error.to_string())?;
    let value = &body["value"];
    match value["error"].as_str() {
        Some(error) => Err(format!("{error}: {}", value["message"].as_str().unwrap_or_default())),
        None => Ok(value.clone()),
    }
}

/// A port that was free a moment ago: the driver cannot pick one itself.
fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("there is a free port")
}
