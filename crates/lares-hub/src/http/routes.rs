//! The table of routes. The router and the OpenAPI document are both made of it, so neither can lack what the other has.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Method;
use axum::middleware::{from_fn_with_state, map_response};
use axum::routing::{MethodRouter, get, post, put};
use schemars::SchemaGenerator;

use super::answer::problems_everywhere;
use super::site::Shared;
use super::{front, metrics, openapi, pages, properties, questions, server_sent, things, websocket};
use crate::api::request::{Request, SetResult};
use crate::api::update::Update;
use crate::api::view::{DeviceView, PointView};
use crate::wire::REQUEST_BYTES_MAX;

/// Makes the schema of a body.
pub type SchemaOf = fn(&mut SchemaGenerator) -> schemars::Schema;

/// What is sent and with which type.
pub type Content = (&'static str, Option<SchemaOf>);

const JSON: &str = "application/json";
const TD: &str = "application/td+json";
const SSE: &str = "text/event-stream";

/// One method of one path.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, with its parameters in braces.
    pub path: &'static str,
    /// What it does.
    pub summary: &'static str,
    /// True if it needs no token.
    pub open: bool,
    /// Parameters after the question mark: name, whether it is required, and what it is.
    pub query: &'static [(&'static str, bool, &'static str)],
    /// What is sent.
    pub body: Option<Content>,
    /// The answers that are no problems: status, and what they hold.
    pub answers: &'static [(u16, Content)],
    handler: fn() -> MethodRouter<Shared>,
}

fn schema<T: schemars::JsonSchema>(generator: &mut SchemaGenerator) -> schemars::Schema {
    generator.subschema_for::<T>()
}

fn read(path: &'static str, summary: &'static str, handler: fn() -> MethodRouter<Shared>) -> Route {
    let answers = &[(200, (JSON, None))];
    Route { method: Method::GET, path, summary, open: false, query: &[], body: None, answers, handler }
}

/// Every route.
pub fn routes() -> Vec<Route> {
    let action = "A named write such as `open`; 202 when it is sent but not confirmed.";
    vec![
        Route {
            open: true,
            answers: &[(200, ("text/html", None))],
            ..read("/", "The dashboard.", || get(pages::index))
        },
        Route { open: true, ..read("/healthz", "Whether the hub lives.", || get(metrics::health)) },
        Route {
            answers: &[(200, ("application/openmetrics-text", None))],
            ..read("/metrics", "How the hub fares, as OpenMetrics.", || get(metrics::metrics))
        },
        Route {
            answers: &[(200, (TD, None))],
            ..read("/.well-known/wot", "Thing Description of the list of Things.", || {
                get(things::introduction)
            })
        },
        read("/things", "Thing Descriptions of all devices.", || get(things::things)),
        Route {
            answers: &[(200, (TD, None)), (308, (JSON, None))],
            ..read("/things/{id}", "Thing Description of a device.", || get(things::one_thing))
        },
        read("/things/{id}/properties", "All states of a device by name.", || get(properties::all)),
        read("/things/{id}/properties/{property}", "A bare value.", || get(properties::read)),
        Route {
            method: Method::PUT,
            body: Some((JSON, None)),
            answers: &[(200, (JSON, None)), (202, (JSON, None))],
            ..read(
                "/things/{id}/properties/{property}",
                "Command a property: 200 confirmed, 202 sent.",
                || put(properties::write),
            )
        },
        Route {
            answers: &[(200, (SSE, None))],
            ..read(
                "/things/{id}/properties/{property}/observe",
                "The value now and each other value.",
                || get(server_sent::observe),
            )
        },
        Route {
            answers: &[(200, (SSE, None))],
            ..read("/things/{id}/events/{event}", "Each event from now on.", || get(server_sent::happenings))
        },
        Route {
            method: Method::POST,
            body: Some((JSON, None)),
            answers: &[(200, (JSON, Some(schema::<SetResult>))), (202, (JSON, Some(schema::<SetResult>)))],
            ..read("/things/{id}/actions/{action}", action, || post(things::act))
        },
        Route {
            query: questions::HISTORY_QUERY,
            answers: &[(200, (JSON, Some(schema::<Vec<PointView>>)))],
            ..read("/api/v1/history", "A series: samples, or buckets where there are more.", || {
                get(questions::history)
            })
        },
        Route {
            answers: &[(200, (JSON, Some(schema::<Vec<DeviceView>>)))],
            ..read("/api/v1/devices", "All devices with their properties.", || get(questions::all_devices))
        },
        Route {
            method: Method::POST,
            body: Some((JSON, Some(schema::<Request>))),
            ..read("/api/v1/call", "The window's own vocabulary: `{result}` or a problem.", || {
                post(questions::call)
            })
        },
        Route {
            answers: &[(101, (JSON, Some(schema::<Update>)))],
            ..read("/api/v1/updates", "WebSocket: a snapshot, then deltas.", || get(websocket::updates))
        },
        read("/api/v1/openapi.json", "This document.", || get(openapi::document)),
        Route {
            method: Method::POST,
            open: true,
            body: Some((JSON, None)),
            ..read("/api/v1/sign-in", "Trade a one-time code for a token.", || post(questions::sign_in))
        },
    ]
}

/// All of it, with what stands around every route.
pub fn router(site: Shared) -> Router {
    let mut router = Router::new();
    for route in routes() {
        router = router.route(route.path, (route.handler)());
    }
    router
        .fallback(pages::file)
        .layer(DefaultBodyLimit::max(REQUEST_BYTES_MAX))
        .layer(from_fn_with_state(site.clone(), front::guard))
        .layer(map_response(problems_everywhere))
        .layer(map_response(front::protect))
        .with_state(site)
}
