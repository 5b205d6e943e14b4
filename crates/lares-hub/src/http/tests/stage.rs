//! A site whose hub is played by the test: a real store of tokens, and a loop that answers as it is told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lares_history::{HomeStore, Role};
use lares_model::{CommandId, CommandOutcome};
use serde_json::{Value as Json, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use super::super::connections::serve_one;
use super::super::routes::router;
use super::super::site::{HttpContext, Site};
use crate::api::problem::Problem;
use crate::api::request::{Request, Response};
use crate::api::update::{ChangeUpdate, Snapshot, Update};
use crate::api::view::DeviceView;
use crate::clock::utc_now;
use crate::core::{Memory, Message, Next};
use crate::demo::DemoSwitch;
use crate::handle::HubHandle;
use crate::reach::Reach;
use crate::tokens::{Tokens, add};

/// What becomes of the next command.
pub type Fate = Result<Vec<CommandOutcome>, Problem>;

/// The stage.
pub struct Stage {
    pub router: axum::Router,
    pub token: String,
    pub site: Arc<Site>,
    fates: Arc<Mutex<VecDeque<Fate>>>,
    asked: Arc<Mutex<Vec<Request>>>,
    streams: Arc<Mutex<Vec<mpsc::Sender<Arc<Update>>>>>,
    _folder: TempDir,
}

/// An answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Json {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// A lamp with a state, a thing that can only be done, and a button.
fn lamp() -> DeviceView {
    let property = |kind: &str, readable: bool, value: Json| {
        json!({
            "label": "", "description": "", "type": kind, "unit": null, "readable": readable, "writable": true,
            "category": "main", "endpoint": null, "presets": [], "value": value, "at": null, "changed_at": null,
            "freshness": "known", "why": [], "held": null, "pending": null, "failed": null,
        })
    };
    let lamp = json!({
        "id": "lamp", "key": "test:lamp", "name": "Lamp", "room": null, "kind": "light", "source": "test",
        "online": true, "power": "mains", "manufacturer": "", "model": "", "description": "", "firmware": "",
        "not_ready": "", "heard_at": null, "order": [],
        "properties": {
            "state": property("switch", true, json!("off")),
            "effect": property("enum", false, Json::Null),
            "action": property("event", true, Json::Null),
        },
        "actions": [{"name": "identify", "property": "effect", "value": "blink"}],
    });
    serde_json::from_value(lamp).unwrap()
}

impl Stage {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        HomeStore::open(&folder.path().join("home.db"), utc_now()).unwrap();
        let token = add(folder.path(), &"test".parse().unwrap(), Role::Admin).unwrap();
        let (memory, _) = Memory::open(folder.path(), utc_now()).unwrap();
        let (hub, messages) = mpsc::channel(64);
        let reach = Arc::new(Reach::new(Some("127.0.0.1:8420".parse().unwrap())));
        let handle = HubHandle::new(hub, memory.reader(), DemoSwitch::nobody(), reach);
        let tokens = Tokens::new(handle.clone());
        let context = HttpContext { handle, tokens };
        let site = Site::new(context, "127.0.0.1:8420".parse().unwrap(), CancellationToken::new());
        let (fates, asked, streams) = (Arc::default(), Arc::default(), Arc::default());
        let actor = Actor {
            memory,
            fates: Arc::clone(&fates),
            asked: Arc::clone(&asked),
            streams: Arc::clone(&streams),
            kept: Vec::new(),
        };
        tokio::spawn(actor.play(messages));
        Self { router: router(site.clone()), token, site, fates, asked, streams, _folder: folder }
    }

    /// What becomes of the next command; with none it is never answered.
    pub fn fate(&self, fate: Fate) {
        self.fates.lock().unwrap().push_back(fate);
    }

    /// What was asked for, commands only.
    pub fn asked(&self) -> Vec<Request> {
        self.asked.lock().unwrap().clone()
    }

    /// Tells all streams.
    pub fn tell(&self, changes: Vec<ChangeUpdate>) {
        let update = Arc::new(Update::Changes { seq: 1, changes });
        self.streams.lock().unwrap().retain(|stream| stream.try_send(update.clone()).is_ok());
    }

    /// How many streams somebody still reads.
    pub fn streams(&self) -> usize {
        let mut streams = self.streams.lock().unwrap();
        streams.retain(|stream| !stream.is_closed());
        streams.len()
    }

    /// A connection.
    pub fn connect(&self) -> DuplexStream {
        let (here, there) = duplex(64 * 1024);
        tokio::spawn(serve_one(there, self.router.clone(), self.site.stop.clone()));
        here
    }

    /// The head of a request, with whatever else it needs.
    pub fn head(&self, method: &str, path: &str, more: &str) -> String {
        let token = &self.token;
        format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:8420\r\nAuthorization: Bearer {token}\r\n{more}\r\n"
        )
    }

    /// One request on a connection of its own.
    pub async fn ask(&self, method: &str, path: &str, body: &str) -> Answer {
        let mut stream = self.connect();
        let more = format!("Connection: close\r\nContent-Length: {}\r\n", body.len());
        let head = self.head(method, path, &more);
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        read_answer(&mut stream).await
    }
}

/// Reads until the other end closes.
pub async fn read_answer(stream: &mut DuplexStream) -> Answer {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_ascii_lowercase(), body: body.to_owned() }
}

/// Who plays the hub.
struct Actor {
    memory: Memory,
    fates: Arc<Mutex<VecDeque<Fate>>>,
    asked: Arc<Mutex<Vec<Request>>>,
    streams: Arc<Mutex<Vec<mpsc::Sender<Arc<Update>>>>>,
    /// Ends of commands that are never answered.
    kept: Vec<oneshot::Sender<CommandOutcome>>,
}

impl Actor {
    async fn play(mut self, mut messages: mpsc::Receiver<Message>) {
        while let Some(message) = messages.recv().await {
            match message {
                Message::Call { request, reply, .. } => _ = reply.send(self.answer(request)),
                Message::Store { job } => {
                    (job.0)(&self.memory);
                    // Virtual time would run away while a real thread works, so nothing else runs meanwhile.
                    let done = self.memory.call(|_| Ok(())).wait_at_most(Duration::from_secs(10));
                    done.unwrap().unwrap();
                }
                Message::Subscribe { reply } => {
                    let (stream, updates) = mpsc::channel(64);
                    let snapshot = Update::Snapshot { snapshot: Box::new(snapshot()) };
                    stream.try_send(Arc::new(snapshot)).unwrap();
                    self.streams.lock().unwrap().push(stream);
                    _ = reply.send(updates);
                }
                other => panic!("{other:?} is not played"),
            }
        }
    }

    fn answer(&mut self, request: Request) -> Result<Next, Problem> {
        if let Request::Device { .. } = request {
            return Ok(Next::Done(Response::Device(Box::new(lamp()))));
        }
        self.asked.lock().unwrap().push(request);
        let outcomes = match self.fates.lock().unwrap().pop_front() {
            Some(fate) => fate?.into_iter().map(Some).collect(),
            None => vec![None],
        };
        let mut commands = Vec::new();
        for (id, outcome) in (1..).zip(outcomes) {
            let (sender, receiver) = oneshot::channel();
            match outcome {
                Some(outcome) => _ = sender.send(outcome),
                None => self.kept.push(sender),
            }
            commands.push((CommandId(id), receiver));
        }
        Ok(Next::Commands(commands))
    }
}

fn snapshot() -> Snapshot {
    let home = json!({
        "name": "", "time_zone": "UTC", "location": null, "demo": false, "version": "", "automations": "",
        "troubles": [],
    });
    Snapshot {
        seq: 0,
        now: String::new(),
        home: serde_json::from_value(home).unwrap(),
        rooms: Vec::new(),
        devices: vec![lamp()],
        rules: Vec::new(),
        diagnostics: Vec::new(),
        adapters: Vec::new(),
        notices: Vec::new(),
    }
}
