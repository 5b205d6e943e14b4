//! A list of 5,000 devices in one message of 20 MB: how long a rule's reaction takes while it is taken in, beside how
//! long it takes when the hub has nothing else to do.
//!
//! Twice, each time with a hub of its own and with a window open. First the reports come on another connection than the
//! list: what is measured is Lares alone. Then they come on the same one, as Zigbee2MQTT sends them: a report then also
//! waits until the list before it has gone through the sender's socket, whoever receives it.

use std::time::{Duration, Instant};

use lares_tests::timing::{Reaction, Samples};

const DEVICES: usize = 5000;
const ROUNDS: usize = 1000;
/// The list is announced, decoded and taken in by then.
const PATIENCE: Duration = Duration::from_secs(120);
/// How many of the longest reactions are told with the moment they began.
const LONGEST: usize = 5;

#[tokio::main]
async fn main() {
    println!("devices_5000: {DEVICES} devices in one message");
    measure("on another connection", false).await;
    measure("on the list's connection", true).await;
}

async fn measure(reports: &str, behind_list: bool) {
    let mut reaction = Reaction::start().await;
    let window = reaction.open_window().await;
    let mut calm = Samples::default();
    for _ in 0..ROUNDS {
        calm.push(reaction.once().await);
    }

    let began = Instant::now();
    let bytes = reaction.tell_devices(DEVICES, behind_list).await;
    let mut busy = Samples::default();
    let mut slow: Vec<(Duration, Duration)> = Vec::new();
    while reaction.devices().await + 1 < DEVICES {
        assert!(began.elapsed() < PATIENCE, "the list was not taken in");
        let at = began.elapsed();
        let took = reaction.once().await;
        busy.push(took);
        slow.push((took, at));
    }
    let took = began.elapsed();
    slow.sort();
    let megabytes = bytes as f64 / 1e6;
    println!("reports {reports}: {megabytes:.1} MB taken in within {took:.1?}");
    println!("  reaction in calm:   {calm}");
    println!("  reaction meanwhile: {busy}");
    let ratio = |part: f64| busy.quantile(part).as_secs_f64() / calm.quantile(0.5).as_secs_f64();
    println!(
        "  ratio to calm's median: median {:.2}, 99 % within {:.1}, longest {:.1}",
        ratio(0.5),
        ratio(0.99),
        ratio(1.0)
    );
    let longest = slow.iter().rev().take(LONGEST).map(|(took, at)| format!("{took:.1?} at {at:.0?}"));
    println!("  the longest: {}", longest.collect::<Vec<_>>().join(", "));
    window.abort();
    reaction.hub.stop().await;
}
