//! Server-sent events: the values of one property, or the momentary events of one device.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::Uri;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::Value as Json;

use super::answer::Refused;
use super::feed::Feed;
use super::identity::Signed;
use super::site::Shared;
use super::things::{find, property_of};
use crate::api::problem::{Code, Problem};
use crate::api::update::{ChangeUpdate, Update};

/// A comment is sent after so long without an event, so that a receiver which is gone is noticed.
const ALIVE_EVERY: Duration = Duration::from_secs(15);

/// `GET /things/{id}/properties/{p}/observe`: the value now, then each other value.
pub async fn observe(
    State(site): State<Shared>,
    signed: Signed,
    Path((id, name)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Refused> {
    let device = find(&site, &signed.caller, &id, &uri).await?;
    property_of(&device, &name)?;
    let watch = Watch { key: device.key, property: name, last: None, is_event: false };
    Ok(events(Feed::open(&site, signed).await?, watch))
}

/// `GET /things/{id}/events/{e}`: each event from now on.
pub async fn happenings(
    State(site): State<Shared>,
    signed: Signed,
    Path((id, name)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Refused> {
    let device = find(&site, &signed.caller, &id, &uri).await?;
    let is_event = device.properties.get(&name).is_some_and(|property| property.shape.r#type == "event");
    if !is_event {
        return Err(Problem::new(Code::NotFound, format!("{id} has no event “{name}”")).into());
    }
    let watch = Watch { key: device.key, property: name, last: None, is_event: true };
    Ok(events(Feed::open(&site, signed).await?, watch))
}

fn events(feed: Feed, watch: Watch) -> Response {
    let stream =
        stream::unfold((feed, watch, VecDeque::new()), |(mut feed, mut watch, mut ready)| async move {
            loop {
                if let Some(value) = ready.pop_front() {
                    let event = Event::default().event(&watch.property).data(Json::to_string(&value));
                    return Some((Ok::<_, Infallible>(event), (feed, watch, ready)));
                }
                ready.extend(watch.look(&*feed.next().await?));
            }
        });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(ALIVE_EVERY)).into_response()
}

/// What is looked for in the stream of updates.
struct Watch {
    /// The device's internal id, which a rename does not change.
    key: String,
    property: String,
    last: Option<Json>,
    is_event: bool,
}

impl Watch {
    /// What to tell of an update.
    fn look(&mut self, update: &Update) -> Vec<Json> {
        match update {
            Update::Snapshot { snapshot } if !self.is_event => {
                let device = snapshot.devices.iter().find(|device| device.key == self.key);
                let property = device.and_then(|device| device.properties.get(&self.property));
                property.and_then(|property| self.other(&property.state.value)).into_iter().collect()
            }
            Update::Snapshot { .. } => Vec::new(),
            Update::Changes { changes, .. } => {
                changes.iter().filter_map(|change| self.change(change)).collect()
            }
        }
    }

    fn change(&mut self, change: &ChangeUpdate) -> Option<Json> {
        match change {
            ChangeUpdate::Property { key, property, state }
                if !self.is_event && *key == self.key && *property == self.property =>
            {
                self.other(&state.value)
            }
            ChangeUpdate::Device { device } if !self.is_event && device.key == self.key => {
                let property = device.properties.get(&self.property)?;
                self.other(&property.state.value)
            }
            ChangeUpdate::Happened { key, property, value, .. }
                if self.is_event && *key == self.key && *property == self.property =>
            {
                Some(Json::from(value.as_str()))
            }
            _ => None,
        }
    }

    /// The value if it differs from the one that was told last.
    fn other(&mut self, value: &Json) -> Option<Json> {
        if self.last.as_ref() == Some(value) {
            return None;
        }
        self.last = Some(value.clone());
        self.last.clone()
    }
}
