//! Parameters of queries. An empty value counts as none. A key is a name, and what tells it apart where one name means several things.

use serde_json::{Value, json};

use crate::http::openapi::schema::schema;

/// Key, kind, and what it is for.
const PARAMETERS: &[(&str, &str, &str)] = &[
    ("environmentId", "id", "Of this environment only."),
    ("nodeId", "id", "Of this node only."),
    ("pipelineId", "id", "Of this pipeline only."),
    ("status:node", "NodeStatus", "In this status only."),
    ("status:instance", "text", "Whose process has this status, in the agent's word."),
    ("q", "text", "A part of the name; at most 200 bytes."),
    ("q:words", "text", "Words the line holds; `*` behind one makes it a prefix."),
    ("label", "[label]", "key=value; may be repeated, and all must match."),
    ("group", "text", "The key of the label that nodes are grouped by."),
    ("sort", "'name'|'status'|'statusSince'", "The order; by name unless given."),
    ("cursor", "text", "`nextCursor` of the page before."),
    ("cursor:version", "int", "`nextCursor` of the page before."),
    ("limit", "int", "Items in the page: 1 to 500, 100 unless given."),
    ("limit:export", "int", "Lines at most; all unless given."),
    ("since", "time", "From this instant on."),
    ("until", "time", "Before this instant."),
    ("range", "'1h'|'6h'|'1d'|'7d'|'30d'|'90d'", "A stretch of time that ends now."),
    ("from", "time", "Where a stretch of time begins; not beside range."),
    ("to", "time", "Where it ends; now unless given."),
    ("from:version", "filled", "A version's number, or `draft`."),
    ("to:version", "text", "A version's number; `draft` unless given."),
    ("version", "text", "A version's number; `draft` unless given."),
    ("minutes", "int", "The last minutes one by one: 1 to 10080, 60 unless given."),
    ("minutes:samples", "int", "The last minutes: 1 to 60, 5 unless given."),
    ("pipelines", "bool", "Those of what the node runs, too."),
    ("levels", "text", "Levels, separated by commas."),
    ("level", "text", "One level more."),
    ("subject", "id", "Done to this only."),
    ("actor", "id", "Done by this user only."),
    ("action", "text", "This action only."),
    ("environmentIds", "text", "Ids, separated by commas; at most 500."),
    ("nodeIds", "text", "Ids, separated by commas; at most 500."),
    ("pipelineIds", "text", "Ids, separated by commas; at most 500."),
    ("topics", "text", "Names of events, separated by commas."),
    ("wideTopics", "text", "Names of events that nodeIds and pipelineIds do not narrow."),
    ("lastEventId", "text", "The position after which to go on."),
];

/// The parameters that a row of the table of operations names.
pub(super) fn of_query(keys: &str) -> Vec<Value> {
    keys.split_whitespace()
        .map(|key| {
            let (key, is_required) = match key.strip_suffix('!') {
                Some(key) => (key, true),
                None => (key, false),
            };
            let known = PARAMETERS.iter().find(|(known, _, _)| *known == key);
            let (_, kind, description) = known.expect("every key is in the table");
            let name = key.split(':').next().unwrap_or(key);
            json!({
                "name": name, "in": "query", "required": is_required,
                "allowEmptyValue": !is_required, "description": description, "schema": bounded(key, schema(kind)),
            })
        })
        .collect()
}

/// The parameters in the braces of a path.
pub(super) fn of_path(path: &str) -> Vec<Value> {
    path.split('/')
        .filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
        .map(|name| {
            let kind = if name == "version" { "int" } else { "id" };
            json!({ "name": name, "in": "path", "required": true, "schema": schema(kind) })
        })
        .collect()
}

fn bounded(key: &str, mut schema: Value) -> Value {
    let (least, most) = match key {
        "limit" => (1, 500),
        "limit:export" => (1, 1_000_000_000),
        "minutes" => (1, 10_080),
        "minutes:samples" => (1, 60),
        "cursor:version" => (1, i32::MAX),
        _ => return schema,
    };
    schema["minimum"] = least.into();
    schema["maximum"] = most.into();
    schema
}
