//! From an MQTT packet through one rule to an MQTT command, beside an echo client on the same broker: two hops each.
//!
//! The echo client is the least that anything on this broker can take: it subscribes to one topic and publishes on
//! another. What the hub takes beyond that is decoding, the home, the rule with its claim, and encoding.

use std::time::{Duration, Instant};

use lares_broker::Role;
use lares_tests::mqtt::{Login, Mqtt, News};
use lares_tests::timing::{Reaction, Samples};

/// Rounds of each, by turns, so that both see the same machine.
const ROUNDS: usize = 2000;
const WARM_UP: usize = 200;

#[tokio::main]
async fn main() {
    let mut reaction = Reaction::start().await;
    let password = reaction.hub.mqtt_user("echo", Role::Device);
    let login = Login { broker: reaction.hub.mqtt, user: "echo", password: &password };
    let echo = tokio::spawn(echo(Mqtt::connect_as("echo-back", login, "echo/there", None).await));
    let mut asker = Mqtt::connect_as("echo-ask", login, "echo/back", None).await;

    let (mut rule, mut bare) = (Samples::default(), Samples::default());
    for round in 0..WARM_UP + ROUNDS {
        let took = (reaction.once().await, ask(&mut asker).await);
        if round >= WARM_UP {
            rule.push(took.0);
            bare.push(took.1);
        }
    }
    let ratio = rule.quantile(0.5).as_secs_f64() / bare.quantile(0.5).as_secs_f64();
    println!("latency: two hops over TCP on the built-in broker, by turns");
    println!("  packet, rule, command: {rule}");
    println!("  echo client:           {bare}");
    println!("  ratio of the medians:  {ratio:.2}");
    echo.abort();
    reaction.hub.stop().await;
}

async fn echo(mut mqtt: Mqtt) {
    loop {
        if let News::Message(message) = mqtt.next().await {
            mqtt.publisher().publish_once("echo/back", message.payload.to_string());
        }
    }
}

async fn ask(asker: &mut Mqtt) -> Duration {
    let began = Instant::now();
    asker.publisher().publish_once("echo/there", r#"{"contact":false}"#);
    loop {
        if let News::Message(_) = asker.next().await {
            return began.elapsed();
        }
    }
}
