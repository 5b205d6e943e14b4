//! `GET /api/v1/openapi.json`: OpenAPI 3.1, made of the table of routes and the types of the API.

use axum::Json;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::identity::Signed;
use super::routes::{Content, Route, routes};
use crate::api::problem::Problem;

/// The document.
pub async fn document(_: Signed) -> Json<Value> {
    Json(build())
}

fn build() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = "/components/schemas".into();
        settings.meta_schema = None;
    });
    let mut generator = settings.into_generator();
    let problem = generator.subschema_for::<Problem>();
    let problem = json!({"description": "A problem (RFC 9457)", "content": {"application/problem+json": {"schema": problem}}});
    let mut paths: Map<String, Value> = Map::new();
    for route in routes() {
        let operation = operation(&route, &mut generator);
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        path[route.method.as_str().to_ascii_lowercase()] = operation;
    }
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Lares", "version": env!("CARGO_PKG_VERSION"), "license": {"name": "MIT OR Apache-2.0"}},
        "paths": paths,
        "components": {
            "schemas": generator.take_definitions(true),
            "responses": {"Problem": problem},
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"bearer": []}],
    })
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let in_path = route.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let in_path = in_path
        .map(|name| json!({"name": name, "in": "path", "required": true, "schema": {"type": "string"}}));
    let in_query = route.query.iter().map(|(name, required, description)| {
        let kind = if *name == "points" { "integer" } else { "string" };
        json!({"name": name, "in": "query", "required": required, "description": description, "schema": {"type": kind}})
    });
    let parameters: Vec<Value> = in_path.chain(in_query).collect();
    let mut answers = Map::new();
    for (status, content) in route.answers {
        let content = body(content, generator);
        answers.insert(status.to_string(), json!({"description": meaning(*status), "content": content}));
    }
    answers.insert("default".into(), json!({"$ref": "#/components/responses/Problem"}));
    let mut operation = json!({"summary": route.summary, "parameters": parameters, "responses": answers});
    if route.open {
        operation["security"] = json!([]);
    }
    if let Some(content) = &route.body {
        operation["requestBody"] = json!({"content": body(content, generator)});
    }
    operation
}

fn body((kind, schema): &Content, generator: &mut SchemaGenerator) -> Value {
    let schema = schema.map_or_else(|| json!({}), |schema| json!(schema(generator)));
    json!({*kind: {"schema": schema}})
}

fn meaning(status: u16) -> &'static str {
    match status {
        101 => "The stream begins",
        202 => "Sent, not confirmed",
        308 => "The device has another slug now",
        _ => "Done",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_in_the_document_and_every_reference_leads_somewhere() {
        let document = build();
        for route in routes() {
            let method = route.method.as_str().to_ascii_lowercase();
            let operation = &document["paths"][route.path][&method];
            assert_eq!(operation["summary"], route.summary, "{method} {}", route.path);
            assert_eq!(
                operation["parameters"].as_array().unwrap().len(),
                route.path.matches('{').count() + route.query.len()
            );
        }
        let mut references = Vec::new();
        collect(&document, &mut references);
        assert!(references.len() > 20, "{references:?}");
        for reference in references {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }

    fn collect(json: &Value, into: &mut Vec<String>) {
        match json {
            Value::Object(object) => {
                into.extend(object.get("$ref").and_then(Value::as_str).map(String::from));
                object.values().for_each(|value| collect(value, into));
            }
            Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
            _ => {}
        }
    }
}
