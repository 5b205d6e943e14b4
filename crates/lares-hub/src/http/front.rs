//! The front door: only pages of this very hub may speak to it, and no answer may be put to other use.
//!
//! A page of another site can make a browser send requests here, directly or by pointing its own name at
//! 127.0.0.1. Both show in the Host and Origin headers.

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HOST, ORIGIN, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::answer::problem_response;
use super::site::Shared;
use crate::api::problem::{Code, Problem};

const POLICY: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Turns away whoever names another host or comes from another page.
pub async fn guard(State(site): State<Shared>, request: Request, next: Next) -> Response {
    match check(
        site.address,
        request.uri().authority().map(axum::http::uri::Authority::as_str),
        request.headers(),
    ) {
        Ok(()) => next.run(request).await,
        Err(detail) => problem_response(&Problem::new(Code::Forbidden, detail)),
    }
}

fn check(address: std::net::SocketAddr, in_line: Option<&str>, headers: &HeaderMap) -> Result<(), String> {
    let port = address.port();
    let mut ours = vec![address.to_string()];
    ours.extend(["127.0.0.1", "localhost", "[::1]"].map(|host| format!("{host}:{port}")));
    if port == 80 {
        ours.extend(["127.0.0.1", "localhost", "[::1]"].map(String::from));
    }
    let is_ours = |name: &str| ours.iter().any(|own| own.eq_ignore_ascii_case(name));
    let only = |name: HeaderName| -> Result<Option<&str>, String> {
        let mut found = headers.get_all(&name).iter();
        match (found.next(), found.next()) {
            (None, _) => Ok(None),
            (Some(value), None) => {
                value.to_str().map(Some).map_err(|_| format!("the header {name} is no text"))
            }
            _ => Err(format!("the header {name} stands twice")),
        }
    };
    let host = only(HOST)?;
    if !host.or(in_line).is_some_and(is_ours) || !in_line.is_none_or(is_ours) {
        return Err(format!("this hub is reached as {}, not by another name", ours[0]));
    }
    match only(ORIGIN)? {
        Some(origin) if !origin.strip_prefix("http://").is_some_and(is_ours) => {
            Err("pages of other sites may not use this hub".into())
        }
        _ => Ok(()),
    }
}

/// Puts the protecting headers on every answer.
pub async fn protect(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_host_and_pages_come_in() {
        let address = "127.0.0.1:8420".parse().unwrap();
        for (host, origin, good) in [
            ("127.0.0.1:8420", None, true),
            ("LocalHost:8420", None, true),
            ("[::1]:8420", Some("http://localhost:8420"), true),
            ("127.0.0.1:8420", Some("http://127.0.0.1:8420"), true),
            ("127.0.0.1", None, false),
            ("127.0.0.1:80", None, false),
            ("evil.example:8420", None, false),
            ("127.0.0.1:8420.evil.example", None, false),
            ("127.0.0.1:8420", Some("http://evil.example"), false),
            ("127.0.0.1:8420", Some("https://127.0.0.1:8420"), false),
            ("127.0.0.1:8420", Some("http://127.0.0.1:9000"), false),
            ("127.0.0.1:8420", Some("null"), false),
            ("127.0.0.1:8420", Some(""), false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, HeaderValue::from_static(origin));
            }
            assert_eq!(check(address, None, &headers).is_ok(), good, "{host} {origin:?}");
        }
        assert!(check(address, None, &HeaderMap::new()).is_err());
        let mut twice = HeaderMap::new();
        twice.append(HOST, HeaderValue::from_static("127.0.0.1:8420"));
        assert!(check(address, Some("evil.example"), &twice).is_err());
        twice.append(HOST, HeaderValue::from_static("127.0.0.1:8420"));
        assert!(check(address, None, &twice).is_err());
    }
}
