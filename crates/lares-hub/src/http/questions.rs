//! `/api/v1`: the window's own vocabulary, and some of it under addresses of its own.

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
pub async fn call(
    State(site): State<Shared>,
    signed: Signed,
    Body(body): Body,
) -> Result<Json<Value>, Refused> {
    let request = request_of(body)?;
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

/// What `/api/v1/history` asks for.
#[derive(Debug, Deserialize)]
pub struct HistoryQuery {
    series: String,
    from: Option<String>,
    to: Option<String>,
    points: Option<u32>,
}

/// `GET /api/v1/history`.
pub async fn history(
    State(site): State<Shared>,
    signed: Signed,
    Query(query): Query<HistoryQuery>,
) -> Result<Json<Response>, Refused> {
    let HistoryQuery { series, from, to, points } = query;
    // A plus sign in a query stands for a space, which no time holds: `+01:00` is meant.
    let mended = |time: Option<String>| time.map(|time| time.replace(' ', "+"));
    let request = Request::History { series, from: mended(from), to: mended(to), points };
    let answer = site.handle.call(&signed.caller, request).await;
    Ok(Json(answer.map_err(|problem| {
        let pointer = problem.pointer.replace("/params/", "/");
        problem.at(pointer)
    })?))
}

#[derive(Deserialize)]
struct SignIn {
    code: String,
}

/// `POST /api/v1/sign-in`: a one-time code for a token.
pub async fn sign_in(State(site): State<Shared>, Body(body): Body) -> Result<Json<Value>, Refused> {
    let SignIn { code } = record_of(body)?;
    match site.tokens.sign_in(&code).await {
        Ok(Some(token)) => Ok(Json(json!({"token": token, "role": "admin"}))),
        Ok(None) => {
            let detail = "this sign-in link was used already or is older than ten minutes; start Lares anew for \
                          another, or paste a token made by `lares token add`";
            Err(Problem::new(Code::Unauthorized, detail).at("/code").into())
        }
        Err(error) => Err(Problem::new(Code::Internal, format!("no token could be made: {error}")).into()),
    }
}
