//! Reading requests that came as JSON, whatever carried them. What is wrong is said with its place.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use serde_path_to_error::{Path, Segment};

use crate::api::problem::{Code, Problem};
use crate::api::request::Request;

/// Largest request, in bytes.
pub const REQUEST_BYTES_MAX: usize = 1 << 20;

/// Reads JSON; a syntax error is told with line and column.
///
/// # Errors
/// [`Code::BadRequest`].
pub fn json_of(bytes: &[u8]) -> Result<Json, Problem> {
    serde_json::from_slice(bytes).map_err(|error| {
        let place = format!("line {} column {}", error.line(), error.column());
        let text = error.to_string();
        let what = text.strip_suffix(&format!(" at {place}")).unwrap_or(&text);
        Problem::new(Code::BadRequest, format!("this is no JSON: {what}, at {place}"))
    })
}

/// Reads a record; what does not fit is told with a pointer.
///
/// # Errors
/// [`Code::BadRequest`].
pub fn record_of<T: DeserializeOwned>(json: Json) -> Result<T, Problem> {
    serde_path_to_error::deserialize(json).map_err(|error| {
        let pointer = pointer(error.path());
        Problem::new(Code::BadRequest, error.inner().to_string()).at(pointer)
    })
}

/// Reads `{"method": …, "params": …}`. Params that are empty may be left out, and the other way round.
///
/// # Errors
/// [`Code::BadRequest`] names the methods that there are, or the parameter that is wrong.
pub fn request_of(json: Json) -> Result<Request, Problem> {
    let Json::Object(mut object) = json else {
        return Err(Problem::new(Code::BadRequest, "a request is an object {\"method\": …, \"params\": …}"));
    };
    if !object.get("method").is_some_and(Json::is_string) {
        return Err(Problem::new(Code::BadRequest, "the request names no method").at("/method"));
    }
    let is_empty = match object.get("params") {
        None | Some(Json::Null) => true,
        Some(Json::Object(params)) => params.is_empty(),
        Some(_) => false,
    };
    object.retain(|key, _| key == "method" || key == "params");
    if !is_empty {
        return record_of(Json::Object(object));
    }
    object.insert("params".into(), Json::Object(Map::new()));
    record_of(Json::Object(object.clone())).or_else(|problem| {
        object.remove("params");
        // A method without parameters; or else the first answer names the parameter that is missing.
        let retried = record_of::<Request>(Json::Object(object));
        retried.map_err(|retry| if retry.pointer == "/method" { retry } else { problem })
    })
}

/// RFC 6901.
fn pointer(path: &Path) -> String {
    let mut pointer = String::new();
    for segment in path {
        let text = match segment {
            Segment::Seq { index } => index.to_string(),
            Segment::Map { key } => key.replace('~', "~0").replace('/', "~1"),
            // A variant's name is no level of the JSON.
            Segment::Enum { .. } => continue,
            Segment::Unknown => break,
        };
        pointer.push('/');
        pointer.push_str(&text);
    }
    pointer
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn empty_params_may_be_given_or_left_out() {
        let rules = [json!({"method": "rules"}), json!({"method": "rules", "params": {}})];
        for json in rules {
            assert_eq!(request_of(json).unwrap(), Request::Rules);
        }
        for json in [json!({"method": "changes"}), json!({"id": 1, "method": "changes", "params": null})] {
            assert!(matches!(request_of(json).unwrap(), Request::Changes { device: None, .. }));
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (json, pointer, detail) in [
            (json!({"method": "fly"}), "/method", "unknown variant `fly`"),
            (json!({"params": {}}), "/method", "names no method"),
            (json!([]), "", "a request is an object"),
            (json!({"method": "device"}), "/params", "missing field `device`"),
            (
                json!({"method": "permit_join", "params": {"adapter": "a", "seconds": "x"}}),
                "/params/seconds",
                "u16",
            ),
        ] {
            let problem = request_of(json.clone()).unwrap_err();
            assert_eq!(
                (problem.code, problem.pointer.as_str()),
                (Code::BadRequest, pointer),
                "{json}: {problem:?}"
            );
            assert!(problem.detail.contains(detail), "{problem:?}");
        }
        let problem = json_of(b"{\"a\": tru}").unwrap_err();
        assert!(problem.detail.ends_with("at line 1 column 10"), "{}", problem.detail);
    }
}
