//! A list of 5,000 devices in one message of 20 MB: how long a rule's reaction takes while it is taken in, beside how
//! long it takes when the hub has nothing else to do.

use std::time::{Duration, Instant};

use lares_tests::timing::{Reaction, Samples};

const DEVICES: usize = 5000;
const ROUNDS: usize = 500;

#[tokio::main]
async fn main() {
    let mut reaction = Reaction::start().await;
    let mut calm = Samples::default();
    for _ in 0..ROUNDS {
        calm.push(reaction.once().await);
    }

    let handle = reaction.hub.home.clone();
    let began = Instant::now();
    let bytes = reaction.tell_devices(DEVICES);
    let taken_in = tokio::spawn(async move {
        handle
            .within(Duration::from_secs(120), "all are there", |view| view.devices.len() + 1 >= DEVICES)
            .await;
        began.elapsed()
    });
    let mut busy = Samples::default();
    while !taken_in.is_finished() {
        busy.push(reaction.once().await);
    }
    let took = taken_in.await.expect("all devices are there");
    let ratio = |part: f64| busy.quantile(part).as_secs_f64() / calm.quantile(0.5).as_secs_f64();
    println!(
        "devices_5000: {DEVICES} devices in one message of {:.1} MB, taken in within {took:.1?}",
        bytes as f64 / 1e6
    );
    println!("  reaction in calm:        {calm}");
    println!("  reaction meanwhile:      {busy}");
    println!("  ratio to calm's median:  median {:.2}, longest {:.1}", ratio(0.5), ratio(1.0));
    reaction.hub.stop().await;
}
