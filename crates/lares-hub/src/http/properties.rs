//! `/things/{id}/properties`: bare values, read and written.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri};
use serde_json::{Map, Value};

use super::answer::Refused;
use super::identity::{Body, Signed};
use super::site::{Shared, Site};
use super::things::{find, property_of, unexpected};
use crate::api::problem::Problem;
use crate::api::request::{Request, Response, SetResult};
use crate::caller::Caller;

/// `GET /things/{id}/properties`: every state by name; null where it is not known.
pub async fn all(
    State(site): State<Shared>,
    signed: Signed,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<Map<String, Value>>, Refused> {
    let device = find(&site, &signed.caller, &id, &uri).await?;
    let readable = |(_, property): &(_, &crate::api::view::PropertyView)| {
        property.readable && property.shape.r#type != "event"
    };
    let states = device.properties.iter().filter(readable);
    Ok(Json(states.map(|(name, property)| (name.clone(), property.state.value.clone())).collect()))
}

/// `GET /things/{id}/properties/{p}`.
pub async fn read(
    State(site): State<Shared>,
    signed: Signed,
    Path((id, name)): Path<(String, String)>,
    uri: Uri,
) -> Result<Json<Value>, Refused> {
    let device = find(&site, &signed.caller, &id, &uri).await?;
    Ok(Json(property_of(&device, &name)?.state.value.clone()))
}

/// `PUT /things/{id}/properties/{p}`: 200 with the value when it is confirmed, 202 with the wish when it is sent.
pub async fn write(
    State(site): State<Shared>,
    signed: Signed,
    Path((id, property)): Path<(String, String)>,
    uri: Uri,
    body: Body,
) -> Result<(StatusCode, Json<Value>), Refused> {
    let value = body.required()?;
    let device = find(&site, &signed.caller, &id, &uri).await?.id;
    let request = Request::SetProperty { device, property: property.clone(), value: value.clone() };
    let (status, _) = outcome(&site, &signed.caller, request).await.map_err(|problem| {
        // The value is the whole body here.
        let pointer = problem.pointer.strip_prefix("/params/value").unwrap_or_default().to_owned();
        problem.at(pointer)
    })?;
    if status == StatusCode::ACCEPTED {
        return Ok((status, Json(value)));
    }
    let device = find(&site, &signed.caller, &id, &uri).await?;
    Ok((status, Json(property_of(&device, &property)?.state.value.clone())))
}

/// Asks for a change and says what became of it: 200 confirmed, 202 sent.
pub async fn outcome(
    site: &Site,
    caller: &Caller,
    request: Request,
) -> Result<(StatusCode, SetResult), Problem> {
    match site.handle.call(caller, request).await? {
        Response::Set(set) if set.outcome == "sent" => Ok((StatusCode::ACCEPTED, set)),
        Response::Set(set) => Ok((StatusCode::OK, set)),
        other => Err(unexpected(&other)),
    }
}
