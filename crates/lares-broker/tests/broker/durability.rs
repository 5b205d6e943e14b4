//! What is left after SIGKILL: retained messages, sessions and queued messages, in a process of its own.

use std::io::{BufRead as _, BufReader, Lines, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lares_broker::{Broker, EmbeddedBroker as _, Role};
use rumqttc::QoS;

use crate::fixture::{self, Dir, Fixture, Login, add, until};
use crate::v4;

/// Names the directory to the child process.
const DIR: &str = "LARES_BROKER_TEST_DIR";
/// What the child says when it accepts clients; its address follows.
const READY: &str = "broker ready at ";

/// A broker in a process of its own.
struct Process {
    child: Child,
    stdin: Option<ChildStdin>,
    /// Kept open: the test harness in the child prints its verdict at the end.
    _stdout: Lines<BufReader<ChildStdout>>,
    addr: std::net::SocketAddr,
}

impl Process {
    fn start(dir: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "durability::a_broker_process_ends_when_its_input_does", "--nocapture"])
            .env(DIR, dir)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let addr = lines.find_map(|line| {
            let line = line.unwrap();
            line.find(READY).map(|at| line[at + READY.len()..].trim().parse().unwrap())
        });
        Self { child, stdin, _stdout: lines, addr: addr.unwrap() }
    }

    fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child's whole life.
#[tokio::main(flavor = "current_thread")]
async fn be_the_broker(dir: &Path) {
    let broker = Broker::start(fixture::config(dir), fixture::users(dir)).await.unwrap();
    println!("{READY}{}", broker.local_addr());
    tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new())).await.unwrap().unwrap();
    broker.stop().await.unwrap();
}

/// The other tests here start this one as their broker.
#[test]
fn a_broker_process_ends_when_its_input_does() {
    if let Some(dir) = std::env::var_os(DIR) {
        return be_the_broker(Path::new(&dir));
    }
    let dir = Dir::new();
    let mut process = Process::start(&dir.0);
    drop(process.stdin.take());
    assert!(process.child.wait().unwrap().success());
}

#[tokio::test]
async fn retained_and_queued_messages_survive_kill_nine() {
    let dir = Dir::new();
    let mut process = Process::start(&dir.0);
    // From another process than the broker's, while it runs.
    let password = add(&fixture::users(&dir.0), "plug", Role::Device).unwrap();
    let login = Login::new(process.addr, "plug", &password);
    let mut keeper = v4::connect_persistent(&login, "keeper").await;
    assert!(keeper.subscribe("plug/queued/#").await);
    keeper.client.disconnect().await.unwrap();
    keeper.ended().await;

    let mut publisher = v4::connect(&login, "publisher").await;
    for index in 0..500 {
        let topic = format!("plug/retained/{index}");
        publisher.client.publish(topic, QoS::AtLeastOnce, true, format!("kept {index}")).await.unwrap();
    }
    publisher.client.publish("plug/retained/7", QoS::AtLeastOnce, true, "").await.unwrap();
    for index in 0..300 {
        publisher.client.publish("plug/queued/x", QoS::AtLeastOnce, false, format!("{index}")).await.unwrap();
    }
    publisher.acknowledged(801).await;
    // Queued messages are written out four times a second; retained ones before they are acknowledged.
    let queue = dir.0.join("mqtt/queues/keeper");
    until("the queue is written out", || std::fs::read_dir(&queue).is_ok_and(|files| files.count() == 300))
        .await;
    process.kill();

    let fixture = Fixture::on(dir).await;
    let login = Login { addr: fixture.addr(), ..login };
    let mut keeper = v4::connect_persistent(&login, "keeper").await;
    assert!(keeper.session_present);
    for index in 0..300 {
        assert_eq!(keeper.message().await.payload, format!("{index}").into_bytes(), "in order and complete");
    }
    assert!(keeper.subscribe("plug/retained/#").await);
    let mut seen = std::collections::BTreeSet::new();
    while seen.len() < 499 {
        let message = keeper.message().await;
        let index = message.topic.rsplit('/').next().unwrap().to_owned();
        assert_eq!(message.payload, format!("kept {index}").into_bytes());
        seen.insert(index);
    }
    assert!(!seen.contains("7"), "what was cleared stays cleared");
}

#[tokio::test]
async fn retained_messages_on_long_topics_survive_kill_nine() {
    let dir = Dir::new();
    let mut process = Process::start(&dir.0);
    let password = add(&fixture::users(&dir.0), "plug", Role::Device).unwrap();
    let login = Login::new(process.addr, "plug", &password);
    let mut publisher = v4::connect(&login, "publisher").await;
    // As file names too long, by the letters or by the slashes; and one at the length where it begins.
    let topics = ["x".repeat(250), "ü/".repeat(60), "y".repeat(195), "x".repeat(249)]
        .map(|rest| format!("plug/{rest}"));
    for topic in &topics {
        for text in ["first", "last"] {
            publisher.client.publish(topic, QoS::AtLeastOnce, true, text).await.unwrap();
        }
    }
    publisher.client.publish(&topics[3], QoS::AtLeastOnce, true, "").await.unwrap();
    publisher.acknowledged(9).await;
    process.kill();

    // Twice, because the first start reads what the publisher had stored, the second what the first has kept.
    let mut fixture = Fixture::on(dir).await;
    for _ in 0..2 {
        let mut reader = v4::connect(&Login { addr: fixture.addr(), ..login.clone() }, "reader").await;
        assert!(reader.subscribe("plug/#").await);
        let mut seen = std::collections::BTreeSet::new();
        while seen.len() < 3 {
            let message = reader.message().await;
            assert!(message.retain);
            assert_eq!(message.payload, b"last", "{}", message.topic);
            seen.insert(message.topic);
        }
        assert!(!seen.contains(&topics[3]), "what was cleared stays cleared");
        fixture = fixture.restart().await;
    }
}

#[tokio::test]
async fn a_long_list_that_was_acknowledged_survives_kill_nine() {
    let dir = Dir::new();
    let mut process = Process::start(&dir.0);
    let password = add(&fixture::users(&dir.0), "plug", Role::Device).unwrap();
    let login = Login::new(process.addr, "plug", &password);
    let mut publisher = v4::connect(&login, "publisher").await;
    for byte in [b'x', b'y'] {
        let list = vec![byte; 300_000];
        publisher.client.publish("plug/list", QoS::AtLeastOnce, true, list).await.unwrap();
    }
    publisher.acknowledged(2).await;
    process.kill();

    let fixture = Fixture::on(dir).await;
    let mut reader = v4::connect(&Login { addr: fixture.addr(), ..login }, "reader").await;
    assert!(reader.subscribe("plug/#").await);
    assert!(reader.message().await.payload == vec![b'y'; 300_000]);
}

#[tokio::test]
async fn what_was_acknowledged_is_retained_when_killed_in_the_midst_of_writing() {
    let dir = Dir::new();
    let mut process = Process::start(&dir.0);
    let password = add(&fixture::users(&dir.0), "plug", Role::Device).unwrap();
    let login = Login::new(process.addr, "plug", &password);
    let mut publisher = v4::connect(&login, "publisher").await;
    for index in 0..2_000 {
        let topic = format!("plug/{index:04}");
        publisher.client.try_publish(topic, QoS::AtLeastOnce, true, vec![b'x'; 5_000]).unwrap();
    }
    publisher.acknowledged(150).await;
    process.kill();

    let fixture = Fixture::on(dir).await;
    let mut reader = v4::connect(&Login { addr: fixture.addr(), ..login }, "reader").await;
    assert!(reader.subscribe("plug/#").await);
    let mut seen = std::collections::BTreeSet::new();
    while (0..150).any(|index| !seen.contains(&format!("plug/{index:04}"))) {
        let message = reader.message().await;
        assert_eq!(message.payload.len(), 5_000, "{} is whole", message.topic);
        seen.insert(message.topic);
    }
}
