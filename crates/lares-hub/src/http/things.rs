//! `/things`: devices as the W3C Web of Things sees them.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::Uri;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response as HttpResponse};
use serde_json::Value;

use super::answer::Refused;
use super::identity::{Body, Signed};
use super::properties::outcome;
use super::site::{Shared, Site};
use super::thing_description::{THING_ID_PREFIX, directory, encode, thing};
use crate::api::problem::{Code, Problem};
use crate::api::request::{Request, Response};
use crate::api::view::{DeviceView, PropertyView};
use crate::caller::Caller;

const TD_JSON: &str = "application/td+json";

/// `GET /.well-known/wot`: what this server is.
pub async fn introduction(State(site): State<Shared>, _: Signed) -> HttpResponse {
    ([(CONTENT_TYPE, TD_JSON)], directory(&site.base()).to_string()).into_response()
}

/// `GET /things`: all devices.
pub async fn things(State(site): State<Shared>, signed: Signed) -> Result<HttpResponse, Refused> {
    let devices = devices(&site, &signed.caller).await?;
    let base = site.base();
    Ok(Json(devices.iter().map(|device| thing(&base, device)).collect::<Vec<_>>()).into_response())
}

/// `GET /things/{id}`.
pub async fn one_thing(
    State(site): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<HttpResponse, Refused> {
    let device = find(&site, &signed.caller, &id, &uri).await?;
    Ok(([(CONTENT_TYPE, TD_JSON)], thing(&site.base(), &device).to_string()).into_response())
}

/// `POST /things/{id}/actions/{a}`.
pub async fn act(
    State(site): State<Shared>,
    signed: Signed,
    Path((id, action)): Path<(String, String)>,
    uri: Uri,
    Body(input): Body,
) -> Result<HttpResponse, Refused> {
    let device = find(&site, &signed.caller, &id, &uri).await?.id;
    let input = input.filter(|input| !input.is_null());
    let request = Request::InvokeAction { device, action, input };
    let (status, set) = outcome(&site, &signed.caller, request).await?;
    Ok((status, Json(set)).into_response())
}

/// All devices.
pub async fn devices(site: &Site, caller: &Caller) -> Result<Vec<DeviceView>, Problem> {
    match site.handle.call(caller, Request::Devices).await? {
        Response::Devices(devices) => Ok(devices),
        other => Err(unexpected(&other)),
    }
}

/// The device with this slug. One that it had before, or the id of its Thing Description, leads to where it is now.
pub async fn find(site: &Site, caller: &Caller, id: &str, uri: &Uri) -> Result<DeviceView, Refused> {
    let device = if let Some(key) = id.strip_prefix(THING_ID_PREFIX) {
        let mut devices = devices(site, caller).await?.into_iter();
        let found = devices.find(|device| device.key == key);
        found.ok_or_else(|| Problem::new(Code::NotFound, format!("there is no device “{key}”")))?
    } else {
        match site.handle.call(caller, Request::Device { device: id.to_owned() }).await {
            Ok(Response::Device(device)) => *device,
            Ok(other) => return Err(unexpected(&other).into()),
            Err(problem) => return Err(problem.at("").into()),
        }
    };
    if device.id == id {
        return Ok(device);
    }
    // `/things/SLUG/…`: the slug is the second part.
    let rest = uri.path().splitn(4, '/').nth(3).map(|rest| format!("/{rest}")).unwrap_or_default();
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Err(Refused::Moved(format!("/things/{}{rest}{query}", encode(&device.id))))
}

/// The property of a device that holds a state.
pub fn property_of<'a>(device: &'a DeviceView, name: &str) -> Result<&'a PropertyView, Problem> {
    match device.properties.get(name) {
        Some(property) if property.shape.r#type != "event" => Ok(property),
        Some(_) => {
            let detail =
                format!("{}.{name} is an event: read /things/{}/events/{name}", device.id, device.id);
            Err(Problem::new(Code::NotFound, detail))
        }
        None => {
            let known: Vec<_> = device.properties.keys().take(30).map(String::as_str).collect();
            let detail = format!("{} has no property “{name}”; it has {}", device.id, known.join(", "));
            Err(Problem::new(Code::NotFound, detail))
        }
    }
}

/// An answer to another question.
pub fn unexpected(response: &Response) -> Problem {
    let kind = serde_json::to_value(response).unwrap_or(Value::Null).to_string();
    tracing::error!(answer = %kind.chars().take(200).collect::<String>(), "an answer of another kind was expected");
    Problem::new(Code::Internal, "the hub gave an answer to another question")
}
