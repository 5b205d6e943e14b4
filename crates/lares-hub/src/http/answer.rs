//! Answers: problem documents for whatever goes wrong, wherever it went wrong.

use axum::Json;
use axum::body::to_bytes;
use axum::http::header::{ALLOW, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::api::problem::{Code, Problem};

const PROBLEM_JSON: &str = "application/problem+json";
/// The most that is taken over of a text of the HTTP library.
const TEXT_BYTES_MAX: usize = 1024;

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub enum Refused {
    /// Something is wrong.
    Problem(Box<Problem>),
    /// The device has another slug now.
    Moved(String),
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem_response(&problem),
            Self::Moved(path) => {
                let location = HeaderValue::from_str(&path).unwrap_or(HeaderValue::from_static("/things"));
                (StatusCode::PERMANENT_REDIRECT, [(LOCATION, location)]).into_response()
            }
        }
    }
}

/// The problem as a response.
pub fn problem_response(problem: &Problem) -> Response {
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(problem)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
    match problem.code {
        Code::Unauthorized => _ = headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer")),
        Code::ReadOnly => _ = headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD")),
        _ => {}
    }
    response
}

/// Turns refusals of the HTTP library, which are plain text, into problem documents.
pub async fn problems_everywhere(response: Response) -> Response {
    let is_problem = response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == PROBLEM_JSON);
    if is_problem || !(response.status().is_client_error() || response.status().is_server_error()) {
        return response;
    }
    let (parts, body) = response.into_parts();
    let text = to_bytes(body, TEXT_BYTES_MAX).await.unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let mut problem = of_status(parts.status, text.trim());
    problem.status = parts.status.as_u16();
    let mut response = problem_response(&problem);
    if let Some(allow) = parts.headers.get(ALLOW) {
        response.headers_mut().insert(ALLOW, allow.clone());
    }
    response
}

fn of_status(status: StatusCode, text: &str) -> Problem {
    let (code, otherwise) = match status {
        StatusCode::NOT_FOUND => (Code::NotFound, "there is nothing at this address"),
        StatusCode::METHOD_NOT_ALLOWED => {
            (Code::MethodNotAllowed, "this address does not take this method; see Allow")
        }
        // The library only says that it failed to buffer.
        StatusCode::PAYLOAD_TOO_LARGE => return Problem::new(Code::TooLarge, "a request has 1 MB at most"),
        StatusCode::UNAUTHORIZED => (Code::Unauthorized, "a token is needed"),
        StatusCode::FORBIDDEN => (Code::Forbidden, "this is not allowed"),
        status if status.is_server_error() => (Code::Internal, "this failed inside Lares"),
        _ => (Code::BadRequest, "the request could not be read"),
    };
    Problem::new(code, if text.is_empty() { otherwise } else { text })
}
