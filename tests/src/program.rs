//! The `lares` program as a person or a script runs it: in a process of its own, spoken to by its command line and HTTP.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::environment;
use crate::folder::Folder;
use crate::home::{Home, PATIENCE};
use crate::http::Client;

/// Runs `lares` with these arguments on a data directory, and waits for its end.
///
/// # Panics
/// When it is not built.
pub fn lares(data: &Path, args: &[&str]) -> Output {
    command(data).args(args).output().expect("lares starts")
}

/// [`lares`], for what must work: its standard output without the last line break.
///
/// # Panics
/// When it ends with an error.
#[must_use]
pub fn said(data: &Path, args: &[&str]) -> String {
    let output = lares(data, args);
    assert!(output.status.success(), "lares {args:?}: {}\n{}", output.status, text(&output.stderr));
    text(&output.stdout).trim_end_matches(['\r', '\n']).to_owned()
}

/// What a program wrote.
#[must_use]
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn command(data: &Path) -> Command {
    let mut command = Command::new(environment::lares());
    command.env("LARES_DATA", data).stdin(Stdio::null());
    command
}

/// The line that says that work is accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct Ready {
    /// Where HTTP listens; none when it is off.
    pub http: Option<SocketAddr>,
    /// Where MQTT is.
    pub mqtt: Option<SocketAddr>,
    /// How many devices it knows.
    pub devices: usize,
    /// How many rules it has.
    pub rules: usize,
}

impl Ready {
    /// Reads the line.
    ///
    /// # Panics
    /// When it is not as promised.
    #[must_use]
    pub fn parse(line: &str) -> Self {
        let mut words = line.split(' ');
        assert_eq!(words.next(), Some("ready"), "{line}");
        let mut field = |name: &str| {
            let word = words.next().unwrap_or_else(|| panic!("no {name} in {line:?}"));
            word.strip_prefix(name)
                .and_then(|word| word.strip_prefix('='))
                .unwrap_or_else(|| panic!("no {name} in {line:?}"))
                .to_owned()
        };
        let address = |text: &str| text.trim_start_matches("http://").trim_end_matches('/').parse().ok();
        let (http, mqtt) = (address(&field("http")), address(&field("mqtt")));
        let mut count = |name: &str| field(name).parse().unwrap_or_else(|_| panic!("{line:?}"));
        let (devices, rules) = (count("devices"), count("rules"));
        Self { http, mqtt, devices, rules }
    }
}

/// A place for a hub: its data directory, its rule files and its addresses, which stay over restarts.
pub struct Place {
    folder: Folder,
    /// Where HTTP shall listen.
    pub http: String,
    /// Where MQTT shall listen.
    pub mqtt: String,
    /// More arguments for `lares run`.
    pub more: Vec<String>,
}

impl Place {
    /// An empty one, on free ports.
    ///
    /// # Panics
    /// When no folder can be made.
    #[must_use]
    pub fn new() -> Self {
        let folder = Folder::new();
        fs::create_dir_all(folder.path().join("automations")).expect("a folder can be made");
        let free = || "127.0.0.1:0".to_owned();
        Self { folder, http: free(), mqtt: free(), more: Vec::new() }
    }

    /// The data directory.
    #[must_use]
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The folder of its rule files.
    #[must_use]
    pub fn automations(&self) -> PathBuf {
        self.folder.path().join("automations")
    }

    /// Writes a rule file.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write_rules(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join("automations").join(name), text)
            .expect("a rule file can be written");
    }

    /// Runs `lares` here with these arguments, for what must work.
    ///
    /// # Panics
    /// When it does not.
    #[must_use]
    pub fn said(&self, args: &[&str]) -> String {
        said(&self.data(), args)
    }

    /// Starts the hub, and does not wait for it.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn spawn(&self) -> Process {
        let automations = self.folder.path().join("automations");
        Process::spawn(
            command(&self.data())
                .arg("run")
                .args(["--http", &self.http, "--mqtt-listen", &self.mqtt, "--automations"])
                .arg(automations)
                .args(&self.more),
        )
    }

    /// Starts the hub and waits until it is ready. From then on the addresses are those that it has.
    ///
    /// # Panics
    /// When it does not get ready; with what it said.
    pub fn start(&mut self) -> Running {
        let process = self.spawn();
        let ready = process.ready();
        let keep =
            |at: Option<SocketAddr>, before: &str| at.map_or_else(|| before.to_owned(), |at| at.to_string());
        (self.http, self.mqtt) = (keep(ready.http, &self.http), keep(ready.mqtt, &self.mqtt));
        Running { process, ready }
    }

    /// Runs `lares watch`, which goes on until it is dropped.
    ///
    /// # Panics
    /// When the program cannot be started, or does not begin to watch.
    #[must_use]
    pub fn spawn_watching(&self, selector: &str) -> Process {
        Process::spawn(command(&self.data()).args(["watch", selector]))
    }

    /// A home over HTTP, with a new token of this role.
    ///
    /// # Panics
    /// When HTTP is off, or there is such a token.
    #[must_use]
    pub fn home(&self, name: &str, role: &str) -> Home {
        Home::Http(self.client(name, role))
    }

    /// A client with a new token of this role.
    ///
    /// # Panics
    /// When HTTP is off, or there is such a token.
    #[must_use]
    pub fn client(&self, name: &str, role: &str) -> Client {
        let token = self.said(&["token", "add", name, "--role", role]);
        Client::with_token(self.http.parse().expect("HTTP has an address"), token)
    }
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

/// A hub that is ready.
pub struct Running {
    /// Its process.
    pub process: Process,
    /// What it said.
    pub ready: Ready,
}

/// A running `lares`. It is killed at the latest when this is dropped.
pub struct Process {
    process: Child,
    output: Receiver<String>,
    errors: Arc<Mutex<String>>,
}

impl Process {
    fn spawn(command: &mut Command) -> Self {
        let mut process =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("lares starts");
        let errors = Arc::new(Mutex::new(String::new()));
        let output = lines(process.stdout.take().expect("it is piped"), None);
        drop(lines(process.stderr.take().expect("it is piped"), Some(errors.clone())));
        Self { process, output, errors }
    }

    /// Its process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// The next line on standard output, if one comes so soon.
    #[must_use]
    pub fn line_within(&self, patience: Duration) -> Option<String> {
        self.output.recv_timeout(patience).ok()
    }

    /// Waits until this stands on standard error.
    ///
    /// # Panics
    /// When it does not come.
    pub fn says(&self, what: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.log().contains(what) {
            assert!(Instant::now() < until, "“{what}” does not come:\n{}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Waits for the line on standard output that says that work is accepted.
    ///
    /// # Panics
    /// When another line comes, or none.
    #[must_use]
    pub fn ready(&self) -> Ready {
        match self.output.recv_timeout(PATIENCE) {
            Ok(line) => Ready::parse(&line),
            Err(error) => panic!("lares run is not ready ({error}):\n{}", self.log()),
        }
    }

    /// What it wrote to standard error so far.
    ///
    /// # Panics
    /// Never.
    #[must_use]
    pub fn log(&self) -> String {
        self.errors.lock().expect("nobody panics with it").clone()
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks it to end, waits until it has, and gives what it still wrote to standard output.
    ///
    /// # Panics
    /// When it does not end in [`PATIENCE`].
    pub fn stop(mut self) -> (ExitStatus, Vec<String>) {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status().expect("kill starts");
        assert!(asked.success(), "lares had ended before it was asked to:\n{}", self.log());
        (self.wait(), self.output.iter().collect())
    }

    /// Waits until it has ended by itself.
    ///
    /// # Panics
    /// When it does not in [`PATIENCE`].
    pub fn wait(&mut self) -> ExitStatus {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.process.try_wait().expect("it is our child") {
                return status;
            }
            assert!(Instant::now() < until, "lares does not end:\n{}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }

    fn end(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// The lines of a stream, read by a thread so that the writer never waits.
fn lines(stream: impl Read + Send + 'static, keep: Option<Arc<Mutex<String>>>) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            if let Some(keep) = &keep {
                let mut keep = keep.lock().expect("nobody panics with it");
                *keep += &line;
                keep.push('\n');
            }
            // Nobody listens any more when the test is over.
            let _ = sender.send(line);
        }
    });
    receiver
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_is_read_as_it_is_promised() {
        let ready = Ready::parse("ready http=127.0.0.1:8420 mqtt=127.0.0.1:1883 devices=24 rules=4");
        assert_eq!((ready.http.unwrap().port(), ready.mqtt.unwrap().port()), (8420, 1883));
        assert_eq!((ready.devices, ready.rules), (24, 4));
        let off = Ready::parse("ready http=off mqtt=127.0.0.1:1883 devices=0 rules=0");
        assert_eq!(off.http, None);
    }
}
