//! `/api/v1`: the window's own vocabulary, and some of it under addresses of its own.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Refused;
use super::identity::{Body, Signed};
use super::site::Shared;
use super::things::devices;
use crate::api::problem::{Code, Problem};
use crate::api::request::{Request, Response};
use crate::api::view::DeviceView;
use crate::wire::{record_of, request_of};

/// `POST /api/v1/call`.
pub async fn call(State(site): State<Shared>, signed: Signed, body: Body) -> Result<Json<Value>, Refused> {
    let request = request_of(body.required()?)?;
    let response = site.handle.call(&signed.caller, request).await?;
    Ok(Json(json!({"result": response})))
}

/// `GET /api/v1/devices`.
pub async fn all_devices(
    State(site): State<Shared>,
    signed: Signed,
) -> Result<Json<Vec<DeviceView>>, Refused> {
    Ok(Json(devices(&site, &signed.caller).await?))
}

/// What may follow the question mark of `/api/v1/history`: name, whether it is required, and what it is.
pub const HISTORY_QUERY: &[(&str, bool, &str)] = &[
    ("series", true, "`device.property`"),
    ("from", false, "RFC 3339; 24 h before `to` unless given"),
    ("to", false, "RFC 3339; now unless given"),
    ("points", false, "At most so many; 300 unless given, 5000 at most"),
];

/// `GET /api/v1/history`.
pub async fn history(
    State(site): State<Shared>,
    signed: Signed,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Json<Response>, Refused> {
    let request = series_of(pairs)?;
    let answer = site.handle.call(&signed.caller, request).await;
    Ok(Json(answer.map_err(|problem| {
        let pointer = problem.pointer.replace("/params/", "/");
        problem.at(pointer)
    })?))
}

/// Reads the query. What is misspelt would otherwise be left out unnoticed.
fn series_of(pairs: Vec<(String, String)>) -> Result<Request, Problem> {
    let wrong = |name: &str, what: String| Problem::new(Code::BadRequest, what).at(format!("/{name}"));
    let mut given = BTreeMap::new();
    for (name, value) in pairs {
        if !HISTORY_QUERY.iter().any(|(known, ..)| *known == name) {
            let known: Vec<_> = HISTORY_QUERY.iter().map(|(known, ..)| *known).collect();
            let what = format!("there is no parameter “{name}”; there are {}", known.join(", "));
            return Err(Problem::new(Code::BadRequest, what));
        }
        if given.insert(name.clone(), value).is_some() {
            return Err(wrong(&name, format!("{name} is given twice")));
        }
    }
    let series = given.remove("series");
    let series = series.ok_or_else(|| wrong("series", "series is missing, such as lamp.state".into()))?;
    let number = |text: String| {
        let points = text.parse().ok();
        points.ok_or_else(|| wrong("points", format!("“{text}” is no number of points")))
    };
    let points = given.remove("points").map(number).transpose()?;
    // A plus sign in a query stands for a space, which no time holds: `+01:00` is meant.
    let mut time = |name: &str| given.remove(name).map(|time| time.replace(' ', "+"));
    Ok(Request::History { series, from: time("from"), to: time("to"), points })
}

#[derive(Deserialize)]
struct SignIn {
    code: String,
}

/// `POST /api/v1/sign-in`: a one-time code for a token.
pub async fn sign_in(State(site): State<Shared>, body: Body) -> Result<Json<Value>, Refused> {
    let SignIn { code } = record_of(body.required()?)?;
    match site.tokens.sign_in(&code).await {
        Ok(Some(token)) => Ok(Json(json!({"token": token, "role": "admin"}))),
        Ok(None) => {
            let detail = "this sign-in link was used already or is older than ten minutes; `lares link` prints \
                          another, or paste a token made by `lares token add`";
            Err(Problem::new(Code::Unauthorized, detail).at("/code").into())
        }
        Err(error) => Err(Problem::new(Code::Internal, format!("no token could be made: {error}")).into()),
    }
}
