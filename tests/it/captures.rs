//! Requests that real agents sent, from `tests/captures/`.

use std::path::Path;

use serde::Deserialize;

/// One request, as it was on the wire.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Captured {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    #[serde(rename = "body_raw")]
    pub(crate) body: String,
}

/// Every capture file.
pub(crate) const FILES: [&str; 6] =
    ["m002-p1", "m002-p10", "m002-p100", "head-p1", "head-p10", "head-p100"];

/// The requests of one file, in order of arrival.
pub(crate) fn requests(file: &str) -> Vec<Captured> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/captures/{file}.jsonl"));
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The bodies of all requests to one path, of all files.
pub(crate) fn bodies(path: &str) -> Vec<String> {
    let all = FILES.into_iter().flat_map(requests);
    let bodies: Vec<String> = all.filter(|r| r.path == path).map(|r| r.body).collect();
    assert!(!bodies.is_empty(), "the captures hold {path}");
    bodies
}
