//! Puts the tables together to a document of OpenAPI 3.1.

use serde_json::{Map, Value, json};

use crate::http::openapi::operation::{Caller, Operation};
use crate::http::openapi::operations::OPERATIONS;
use crate::http::openapi::parameters::{of_path, of_query};
use crate::http::openapi::schema::{schema, shape};
use crate::http::openapi::shapes::SHAPES;

/// The whole document.
pub(super) fn document() -> Value {
    let mut paths = Map::new();
    for operation in OPERATIONS {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method.to_lowercase()] = described(operation);
    }
    let schemas: Map<String, Value> =
        SHAPES.iter().map(|(name, text)| ((*name).to_owned(), shape(text))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Systole",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Control plane of a fleet of agents. docs/PROTOCOL.md says more.",
            "license": { "name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT" },
        },
        "servers": [{ "url": "/" }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": { "Error": {
                "description": "What is wrong, as a sentence. 405 names allowed methods in Allow; \
                                429 and 503 carry Retry-After.",
                "content": { "application/json": { "schema": schema("Error") } },
            } },
            "securitySchemes": {
                "session": { "type": "apiKey", "in": "cookie", "name": "systole_session" },
                "apiToken": { "type": "http", "scheme": "bearer" },
                "nodeToken": { "type": "http", "scheme": "bearer" },
            },
        },
    })
}

fn described(operation: &Operation) -> Value {
    let mut parameters = of_path(operation.path);
    parameters.extend(of_query(operation.query));
    let mut described = json!({
        "operationId": id(operation),
        "summary": operation.summary,
        "tags": [tag(operation.path)],
        "parameters": parameters,
        "security": match operation.caller {
            Caller::Anybody => json!([]),
            Caller::Person => json!([{ "session": [] }, { "apiToken": [] }]),
            Caller::Agent => json!([{ "nodeToken": [] }]),
        },
        "responses": responses(operation),
    });
    if !operation.body.is_empty() {
        described["requestBody"] = json!({
            "required": operation.is_body_required,
            "content": { "application/json": { "schema": schema(operation.body) } },
        });
    }
    described
}

fn responses(operation: &Operation) -> Value {
    let content = match operation.answer {
        "" => json!({ "description": "Done." }),
        media if media.contains('/') => json!({
            "description": "Done.",
            "content": { media: { "schema": { "type": "string" } } },
        }),
        kind => json!({
            "description": "Done.",
            "content": { "application/json": { "schema": schema(kind) } },
        }),
    };
    let mut responses = json!({ "default": { "$ref": "#/components/responses/Error" } });
    responses[operation.status.to_string()] = content;
    let is_tagged = operation.method == "GET"
        && (operation.path.starts_with("/api/v1/") || operation.path == "/api/openapi.json")
        && !operation.answer.ends_with("ndjson");
    if is_tagged {
        responses["304"] = json!({ "description": "If-None-Match names what would be answered." });
    }
    responses
}

/// `GET /api/v1/nodes/{nodeId}` is `getNodesNodeId`.
fn id(operation: &Operation) -> String {
    let path = operation.path.trim_start_matches("/api/v1");
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.fold(operation.method.to_lowercase(), |id, word| {
        id + &word[..1].to_uppercase() + &word[1..]
    })
}

fn tag(path: &str) -> &str {
    let path =
        path.trim_start_matches("/api/v1").trim_start_matches("/api").trim_start_matches('/');
    path.split('/').next().unwrap_or(path)
}
