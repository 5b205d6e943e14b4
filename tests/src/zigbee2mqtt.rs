//! A running Zigbee2MQTT: the real program, with a simulated radio whose devices this can move.
//!
//! It is started, told what happens in the physical world, and stopped. What it says over MQTT is the test's to read.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::environment;

/// Longer than any step takes on a busy machine; reached only when something is wrong.
const PATIENCE: Duration = Duration::from_secs(60);

/// How Zigbee2MQTT is started. Broker, login and base topic shape only a new `data` folder.
#[derive(Debug, Clone)]
pub struct Settings<'a> {
    /// The broker.
    pub broker: SocketAddr,
    /// Its user for Zigbee2MQTT.
    pub user: &'a str,
    /// That user's password.
    pub password: &'a str,
    /// The base topic, mostly `zigbee2mqtt`.
    pub base: &'a str,
    /// Its data folder, which keeps configuration, network and the simulated devices over a restart.
    pub data: &'a Path,
    /// Keys of `sim_devices.cjs` with commas between; empty for all.
    pub devices: &'a str,
}

/// The process. It ends with this value at the latest.
pub struct Zigbee2Mqtt {
    process: Child,
    control: SocketAddr,
    log: mpsc::Receiver<String>,
}

impl Zigbee2Mqtt {
    /// Starts it and waits until it is connected and takes requests.
    ///
    /// Devices join 100 ms apart once joining is permitted, and their sensors speak only when told to.
    ///
    /// # Panics
    /// When it is not installed, or does not start; with its log.
    #[must_use]
    pub fn start(settings: &Settings<'_>) -> Self {
        let program = environment::zigbee2mqtt();
        let control = free_port();
        let mut process = Command::new(&program.script)
            .env("NODE", &program.node)
            .env("Z2M_DIR", &program.package)
            .env("DATA_DIR", settings.data)
            .env("MQTT_URL", format!("mqtt://{}", settings.broker))
            .env("MQTT_USER", settings.user)
            .env("MQTT_PASSWORD", settings.password)
            .env("BASE_TOPIC", settings.base)
            .env("SIM_CONTROL_PORT", control.port().to_string())
            .env("SIM_DEVICES", settings.devices)
            .env("SIM_JOIN_MS", "100")
            .env("SIM_REPORT_MS", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("run_z2m.sh starts");
        let (sender, log) = mpsc::channel();
        let outputs: [Option<Box<dyn std::io::Read + Send>>; 2] = [
            process.stdout.take().map(|output| Box::new(output) as _),
            process.stderr.take().map(|output| Box::new(output) as _),
        ];
        for output in outputs.into_iter().flatten() {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(output).lines().map_while(Result::ok) {
                    // Nobody listens any more when the test is over; reading goes on, so that it can stop cleanly.
                    let _ = sender.send(line);
                }
            });
        }
        let running = Self { process, control, log };
        // `bridge/state` is said before it subscribes, so that is no sign that it listens.
        running.wait_for_log("Zigbee2MQTT started!");
        running
    }

    /// Waits for a line of its log that holds `text`.
    ///
    /// # Panics
    /// When none comes; with what came instead.
    pub fn wait_for_log(&self, text: &str) {
        let mut seen = String::new();
        loop {
            match self.log.recv_timeout(PATIENCE) {
                Ok(line) if line.contains(text) => return,
                Ok(line) => writeln!(seen, "{line}").expect("a string can be written to"),
                Err(error) => panic!("Zigbee2MQTT did not log {text:?} ({error}):\n{seen}"),
            }
        }
    }

    /// Makes something happen in the physical world: `request` is a body of the control port, such as
    /// `{"device":"motion_hue","do":"motion"}`. `tests/zigbee2mqtt/README.md` lists them.
    ///
    /// # Panics
    /// When the simulation refuses it.
    pub fn world(&self, request: &str) {
        let _ = self.control("POST", request);
    }

    /// What the physical world looks like: the simulated devices with their attributes.
    ///
    /// # Panics
    /// When the simulation does not answer.
    #[must_use]
    pub fn look(&self) -> serde_json::Value {
        let answer = self.control("GET", "");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an HTTP answer");
        // It may come in chunks; the list is the one line that holds it.
        let list = body.lines().find(|line| line.starts_with('[')).expect("a list of devices");
        serde_json::from_str(list).expect("it is JSON")
    }

    fn control(&self, method: &str, request: &str) -> String {
        let mut connection = TcpStream::connect(self.control).expect("the control port is open");
        connection.set_read_timeout(Some(PATIENCE)).expect("a time-out can be set");
        write!(
            connection,
            "{method} / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{request}",
            request.len()
        )
        .expect("the control port reads");
        let mut answer = String::new();
        connection.read_to_string(&mut answer).expect("the control port answers");
        assert!(answer.starts_with("HTTP/1.1 200"), "{request}: {answer}");
        answer
    }

    /// Asks it to end, and waits until it has: it says goodbye to the broker and saves its state.
    ///
    /// # Panics
    /// When it does not end well.
    pub fn stop(mut self) {
        let asked = Command::new("kill").arg(self.process.id().to_string()).status().expect("kill starts");
        assert!(asked.success(), "Zigbee2MQTT had ended before it was asked to");
        let ended = self.process.wait().expect("it is our child");
        assert!(ended.success(), "Zigbee2MQTT ended with {ended}");
    }

    /// Ends it as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // Both fail only when it has ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Zigbee2Mqtt {
    fn drop(&mut self) {
        self.end();
    }
}

/// A port that was free a moment ago: the simulation cannot pick one itself.
fn free_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("there is a free port")
}
