//! The short notation of shapes, and the JSON schema that it stands for.
//!
//! | notation | stands for |
//! |---|---|
//! | `id` `text` `time` `bool` `int` `number` `object` | a value of this kind; `int` is never negative |
//! | `any` | any JSON |
//! | `name` `email` `password` `label` `filled` | text that is taken when it is one |
//! | `'A'\|'B'` | one of these words |
//! | `[T]` `{T}` | a list of `T`; an object whose values are `T` |
//! | `List(T)` `Live(T)` | a page of `T`; one that tells its position |
//! | `A\|B` | one of these shapes |
//! | `Name` | the shape of this name |
//! | `T?` | `T` or null |
//!
//! An object is fields `name: T` separated by commas; `name?: T` may be absent, `..Name` repeats the fields
//! of another shape.

use serde_json::{Map, Value, json};

use crate::auth::passwords::PASSWORD_CHARS_MIN;
use crate::control::names::{EMAIL_BYTES_MAX, NAME_CHARS_MAX};
use crate::http::openapi::shapes::fields_of;

/// The schema of a shape's text: an object, or `= T` for another name of `T`.
pub(super) fn shape(text: &str) -> Value {
    match text.strip_prefix("= ") {
        Some(kind) => schema(kind),
        None => object(text),
    }
}

/// The schema of one value.
pub(super) fn schema(kind: &str) -> Value {
    let kind = kind.trim();
    if let Some(kind) = kind.strip_suffix('?') {
        return json!({ "anyOf": [schema(kind), { "type": "null" }] });
    }
    if let Some(items) = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')) {
        return json!({ "type": "array", "items": schema(items) });
    }
    if let Some(values) = kind.strip_prefix('{').and_then(|kind| kind.strip_suffix('}')) {
        return json!({ "type": "object", "additionalProperties": schema(values) });
    }
    if let Some(items) = argument(kind, "List(") {
        return object(&format!("items: [{items}], nextCursor: text?, total: int?"));
    }
    if let Some(items) = argument(kind, "Live(") {
        return object(&format!("items: [{items}], nextCursor: text?, total: int, position: text"));
    }
    if kind.starts_with('\'') {
        let words: Vec<&str> = kind.split('|').map(|word| word.trim_matches('\'')).collect();
        return json!({ "type": "string", "enum": words });
    }
    if kind.contains('|') {
        return json!({ "anyOf": kind.split('|').map(schema).collect::<Vec<_>>() });
    }
    match kind {
        "id" => json!({ "type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$" }),
        "text" => json!({ "type": "string" }),
        "time" => json!({ "type": "string", "format": "date-time" }),
        "name" => json!({ "type": "string", "minLength": 1, "maxLength": NAME_CHARS_MAX }),
        "email" => {
            json!({ "type": "string", "pattern": r"^\S+@\S+$", "maxLength": EMAIL_BYTES_MAX })
        }
        "password" => json!({ "type": "string", "minLength": PASSWORD_CHARS_MIN }),
        "filled" => json!({ "type": "string", "minLength": 1 }),
        "label" => json!({ "type": "string", "pattern": "=" }),
        "any" => json!({}),
        "bool" => json!({ "type": "boolean" }),
        "int" => json!({ "type": "integer", "minimum": 0 }),
        "number" => json!({ "type": "number" }),
        "object" => json!({ "type": "object" }),
        name => json!({ "$ref": format!("#/components/schemas/{name}") }),
    }
}

fn argument<'a>(kind: &'a str, name: &str) -> Option<&'a str> {
    kind.strip_prefix(name)?.strip_suffix(')')
}

fn object(fields: &str) -> Value {
    let (mut properties, mut required) = (Map::new(), Vec::new());
    add_fields(fields, &mut properties, &mut required);
    json!({ "type": "object", "properties": properties, "required": required })
}

fn add_fields(fields: &str, properties: &mut Map<String, Value>, required: &mut Vec<String>) {
    for field in fields.split(',').map(str::trim).filter(|field| !field.is_empty()) {
        if let Some(other) = field.strip_prefix("..") {
            add_fields(fields_of(other), properties, required);
            continue;
        }
        let (name, kind) = field.split_once(':').expect("fields are written as name: kind");
        let always = name.strip_suffix('?').is_none();
        let name = name.trim_end_matches('?').to_owned();
        properties.insert(name.clone(), schema(kind));
        if always {
            required.push(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_notation_stands_for_schemas() {
        let check = |text: &str, expected: Value| assert_eq!(shape(text), expected, "{text}");
        check("= 'A'|'B'", json!({ "type": "string", "enum": ["A", "B"] }));
        check(
            "= [Node]?",
            json!({ "anyOf": [
            { "type": "array", "items": { "$ref": "#/components/schemas/Node" } },
            { "type": "null" },
        ] }),
        );
        check(
            "a: int, b?: {text}",
            json!({
                "type": "object",
                "properties": {
                    "a": { "type": "integer", "minimum": 0 },
                    "b": { "type": "object", "additionalProperties": { "type": "string" } },
                },
                "required": ["a"],
            }),
        );
    }
}
