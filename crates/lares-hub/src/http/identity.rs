//! Who asks: the bearer token of a request. Also the body of one, read within bounds.

use std::time::Duration;

use axum::body::{Bytes, HttpBody as _};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value as Json;

use super::answer::{Refused, problem_response};
use super::site::{Shared, Site};
use crate::api::problem::{Code, Problem};
use crate::caller::Caller;
use crate::wire::{REQUEST_BYTES_MAX, json_of};

/// A body must have come by then.
const BODY_WITHIN: Duration = Duration::from_secs(10);

/// Somebody with a good token.
pub struct Signed {
    /// Who.
    pub caller: Caller,
    /// The token, to be looked at again while a stream lasts.
    pub secret: String,
}

impl FromRequestParts<Shared> for Signed {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, site: &Shared) -> Result<Self, Refused> {
        let Some(secret) = bearer(&parts.headers).or_else(|| offered(&parts.headers)) else {
            let detail =
                "this needs a token in the header “Authorization: Bearer …”; `lares token add` makes one";
            return Err(Problem::new(Code::Unauthorized, detail).into());
        };
        let secret = secret.to_owned();
        let caller = identify(site, &secret).await?;
        Ok(Self { caller, secret })
    }
}

/// Who holds the token now.
///
/// # Errors
/// [`Code::Unauthorized`].
pub async fn identify(site: &Site, secret: &str) -> Result<Caller, Problem> {
    let found = site.tokens.caller(secret).await;
    found
        .map_err(|error| Problem::new(Code::Internal, format!("failed to look the token up: {error}")))?
        .ok_or_else(|| Problem::new(Code::Unauthorized, "this token is not known; it may have been revoked"))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(secret.trim())
}

/// A browser's WebSocket cannot send the header, so it offers the token as a subprotocol.
fn offered(headers: &HeaderMap) -> Option<&str> {
    let lists = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|list| list.to_str().ok());
    lists.flat_map(|list| list.split(',')).find_map(|name| name.trim().strip_prefix("bearer."))
}

/// The JSON of a body; none for an empty one.
pub struct Body(pub Option<Json>);

impl Body {
    /// What must not be left out.
    ///
    /// # Errors
    /// [`Code::BadRequest`].
    pub fn required(self) -> Result<Json, Problem> {
        self.0.ok_or_else(|| Problem::new(Code::BadRequest, "the body is empty; it must be JSON"))
    }
}

impl<S: Send + Sync> FromRequest<S> for Body {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        // Whoever announces too much need not send it first.
        if request.body().size_hint().lower() > REQUEST_BYTES_MAX as u64 {
            return Err(StatusCode::PAYLOAD_TOO_LARGE.into_response());
        }
        let bytes = match tokio::time::timeout(BODY_WITHIN, Bytes::from_request(request, state)).await {
            Ok(read) => read.map_err(axum::response::IntoResponse::into_response)?,
            Err(_) => {
                let mut problem = Problem::new(Code::BadRequest, "the body did not come in time");
                problem.status = 408;
                return Err(problem_response(&problem));
            }
        };
        if bytes.trim_ascii().is_empty() {
            return Ok(Self(None));
        }
        json_of(&bytes).map(Some).map(Self).map_err(|problem| Refused::from(problem).into_response())
    }
}
