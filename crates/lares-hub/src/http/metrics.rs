//! How the hub fares, for people's own monitoring, and whether it lives.

use std::fmt::Write as _;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::answer::Refused;
use super::identity::Signed;
use super::site::Shared;
use crate::api::problem::{Code, Problem};
use crate::core::Counts;

/// A loop that does not answer by then is stuck.
const ALIVE_WITHIN: Duration = Duration::from_secs(2);
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// `GET /healthz`: the loop answers.
pub async fn health(State(site): State<Shared>) -> Result<Response, Refused> {
    match tokio::time::timeout(ALIVE_WITHIN, site.handle.counts()).await {
        Ok(Ok(_)) => Ok(Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")})).into_response()),
        Ok(Err(problem)) => Err(problem.into()),
        Err(_) => Err(Problem::new(Code::NotConnected, "the hub's loop does not answer").into()),
    }
}

/// `GET /metrics`.
pub async fn metrics(State(site): State<Shared>, _: Signed) -> Result<Response, Refused> {
    let counts = site.handle.counts().await?;
    Ok(([(CONTENT_TYPE, OPEN_METRICS)], text(&counts)).into_response())
}

fn text(counts: &Counts) -> String {
    let mut text = String::new();
    let mut add = |name: &str, kind: &str, help: &str, value: u64| {
        let suffix = if kind == "counter" { "_total" } else { "" };
        // Writing to a string cannot fail.
        _ = write!(text, "# TYPE {name} {kind}\n# HELP {name} {help}\n{name}{suffix} {value}\n");
    };
    add("lares_events", "counter", "Events taken in since the start.", counts.events);
    add("lares_commands", "counter", "Commands given out since the start.", counts.commands);
    add("lares_history_lost", "counter", "Changes that history could not keep.", counts.history_lost);
    add("lares_devices", "gauge", "Devices in the home.", counts.devices as u64);
    add("lares_rules", "gauge", "Rules in the home.", counts.rules as u64);
    add("lares_subscribers", "gauge", "Subscribers of the stream of updates.", counts.subscribers as u64);
    text.push_str("# EOF\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_end_in_total_and_the_text_in_eof() {
        let text = text(&Counts { events: 7, devices: 3, ..Counts::default() });
        assert!(text.contains("# TYPE lares_events counter\n"), "{text}");
        assert!(text.contains("\nlares_events_total 7\n") && text.contains("\nlares_devices 3\n"), "{text}");
        assert!(text.ends_with("\n# EOF\n"));
    }
}
