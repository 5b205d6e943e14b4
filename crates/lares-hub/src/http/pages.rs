//! The dashboard's pages, embedded from `ui/dist`.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::answer::Refused;
use crate::api::problem::{Code, Problem};

/// What the page build has made; nothing if it has not run.
#[derive(RustEmbed)]
#[folder = "../../ui/dist"]
#[allow_missing = true]
struct Pages;

/// Files whose name holds a hash of their content.
const HASHED: &str = "assets/";

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Lares</title>\
    <h1>Lares runs, but this build has no dashboard in it</h1>\
    <p><code>cargo xtask run</code> builds both. By hand: <code>npm ci</code> and <code>npm run build</code> in \
    <code>ui/</code>, then build Lares again.</p></html>";

/// Whether this build has a dashboard in it.
pub fn has_dashboard() -> bool {
    Pages::get("index.html").is_some()
}

/// `/`.
pub async fn index() -> Response {
    match Pages::get("index.html") {
        Some(file) => ([(CACHE_CONTROL, "no-store")], Html(file.data)).into_response(),
        None => Html(NOT_BUILT).into_response(),
    }
}

/// Every other file of the dashboard, and what there is not.
pub async fn file(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path().trim_start_matches('/');
    let found = if method == Method::GET || method == Method::HEAD { Pages::get(path) } else { None };
    match found {
        Some(file) => embedded(path, file, &headers),
        None => {
            let detail = format!("there is nothing at {}", uri.path());
            Refused::from(Problem::new(Code::NotFound, detail)).into_response()
        }
    }
}

fn embedded(path: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let hash: String = file.metadata.sha256_hash().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let tag = format!("\"{hash}\"");
    let cache = if path.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
    if headers.get(IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, [(CACHE_CONTROL, cache), (ETAG, &tag)]).into_response();
    }
    let kind = match file.metadata.mimetype() {
        text @ ("text/html" | "text/css" | "text/javascript" | "application/javascript") => {
            format!("{text}; charset=utf-8")
        }
        other => other.to_owned(),
    };
    ([(CONTENT_TYPE, kind.as_str()), (CACHE_CONTROL, cache), (ETAG, &tag)], file.data).into_response()
}
