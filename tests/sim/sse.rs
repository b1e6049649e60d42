//! The text of streams, read as a client reads it.

use std::collections::BTreeSet;

use serde_json::Value;

/// What one write holds.
#[derive(Clone, Debug, Default)]
pub struct Parcel {
    pub events: Vec<Event>,
    /// Epoch and tick: everything up to here is received. Always the last block.
    pub position: Option<(u64, u64)>,
    pub keepalives: u32,
}

/// One event.
#[derive(Clone, Debug)]
pub struct Event {
    pub name: String,
    pub data: Value,
}

impl Event {
    /// A field with text; empty when there is none.
    pub fn text(&self, field: &str) -> &str {
        self.data[field].as_str().unwrap_or_default()
    }

    /// The nodes it is about.
    pub fn nodes(&self) -> BTreeSet<&str> {
        let lists = ["nodes", "instances", "samples"].map(|list| self.data[list].as_array());
        let listed = lists.into_iter().flatten().flatten().map(|entry| &entry["nodeId"]);
        listed.chain([&self.data["nodeId"]]).filter_map(Value::as_str).collect()
    }
}

/// Reads one write.
pub fn parse(text: &str) -> Result<Parcel, String> {
    let mut parcel = Parcel::default();
    let blocks = text.strip_suffix("\n\n").ok_or_else(|| format!("an open end: {text:?}"))?;
    for block in blocks.split("\n\n") {
        if parcel.position.is_some() {
            return Err(format!("something after the position: {text:?}"));
        }
        if block == ": keepalive" {
            parcel.keepalives += 1;
        } else if let Some(id) = block.strip_prefix("id: ") {
            parcel.position = Some(position(id)?);
        } else {
            let (name, data) = block
                .strip_prefix("event: ")
                .and_then(|rest| rest.split_once("\ndata: "))
                .ok_or_else(|| format!("no event: {block:?}"))?;
            let data: Value =
                serde_json::from_str(data).map_err(|why| format!("{why} in {block:?}"))?;
            if data["type"] != name {
                return Err(format!("two names: {block:?}"));
            }
            parcel.events.push(Event { name: name.to_owned(), data });
        }
    }
    Ok(parcel)
}

/// Reads a position.
pub fn position(text: &str) -> Result<(u64, u64), String> {
    let parsed = text
        .split_once('.')
        .and_then(|(epoch, tick)| Some((epoch.parse().ok()?, tick.parse().ok()?)));
    parsed.ok_or_else(|| format!("no position: {text:?}"))
}
