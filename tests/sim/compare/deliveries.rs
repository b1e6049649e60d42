//! Events of one stream in one tick: none it may not see, all it must see, each as the fleet is.

use std::collections::BTreeMap;

use serde_json::Value;
use systole_systems::effect::Topic;

use crate::Verdict;
use crate::model::{Event as Change, Lines, Model, Stream, Subject};
use crate::sse::Event;

/// Checks the events of a tick, and those of past ticks when the stream resumes.
pub fn check_events(
    model: &Model,
    stream: &Stream,
    events: &[&Event],
    resumed: Option<&(u64, Vec<Event>)>,
) -> Verdict {
    let (after, events): (u64, Vec<&Event>) = match resumed {
        None => (model.tick.number.0 - 1, events.to_vec()),
        Some(_) if !events.is_empty() => {
            return Err(format!("it resumes and is sent this tick's events twice: {events:?}"));
        }
        Some((after, events)) => (*after, events.iter().collect()),
    };
    for event in &events {
        check_right(model, stream, event)?;
    }
    check_changes(model, stream, &events, after)?;
    if resumed.is_none() {
        check_lines(model, stream, &events)?;
        check_refreshes(model, stream, &events)?;
    }
    Ok(())
}

/// The stream may see what the event is about, and asked for it.
fn check_right(model: &Model, stream: &Stream, event: &Event) -> Verdict {
    let topic = Topic::parse(&event.name).ok_or_else(|| format!("no such event: {event:?}"))?;
    let node = event.text("nodeId");
    let home = model.homes.get(node).ok_or_else(|| format!("nobody knows {event:?}"))?;
    let pipeline = event.data.get("pipelineId").and_then(Value::as_str);
    let subject = Subject { topic, environment: home, node, pipeline };
    match model.admits(stream, &subject) {
        true => Ok(()),
        false => Err(format!("{} may not get {event:?}, it has {stream:?}", stream.user)),
    }
}

/// Changes of status are all there, once, and in order for each node.
fn check_changes(model: &Model, stream: &Stream, events: &[&Event], after: u64) -> Verdict {
    let admitted = |change: &Change| {
        let topic = Topic::StatusChange;
        let (environment, node) = (&*change.environment, &*change.node);
        let pipeline = change.pipeline.as_deref();
        model.admits(stream, &Subject { topic, environment, node, pipeline })
    };
    let mut expected: Vec<(u64, Change)> = model
        .kept
        .events_after(after)
        .filter(|(.., change)| admitted(change))
        .map(|(_, at, change)| (*at, change.clone()))
        .collect();
    let told = events.iter().filter(|event| event.name == "status_change").map(|event| {
        let text = |field: &str| event.data[field].as_str().map(str::to_owned);
        let change = Change {
            environment: text("environmentId").unwrap_or_default(),
            node: text("nodeId").unwrap_or_default(),
            pipeline: text("pipelineId"),
            from: text("fromStatus"),
            to: text("toStatus").unwrap_or_default(),
            reason: text("reason").unwrap_or_default(),
        };
        (event.data["timestamp"].as_u64().unwrap_or_default(), change)
    });
    let mut told: Vec<(u64, Change)> = told.collect();
    for list in [&mut told, &mut expected] {
        list.sort_by(|a, b| (a.0, &a.1.node).cmp(&(b.0, &b.1.node)));
    }
    if told == expected {
        return Ok(());
    }
    Err(format!("changes after {after} are\n  {told:?} and should be\n  {expected:?}"))
}

/// Log lines are all there, once, and in order.
fn check_lines(model: &Model, stream: &Stream, events: &[&Event]) -> Verdict {
    let admitted = |lines: &&Lines| {
        let (environment, node) = (&*lines.environment, &*lines.node);
        let pipeline = Some(&*lines.pipeline);
        model.admits(stream, &Subject { topic: Topic::LogEntry, environment, node, pipeline })
    };
    let expected: Vec<(&str, &str, Vec<(&str, &str)>)> = model
        .happened
        .lines
        .iter()
        .filter(admitted)
        .map(|arrived| {
            let lines = arrived.lines.iter().map(|(level, text)| (level.as_str(), &**text));
            (&*arrived.node, &*arrived.pipeline, lines.collect())
        })
        .collect();
    let told: Vec<(&str, &str, Vec<(&str, &str)>)> = events
        .iter()
        .filter(|event| event.name == "log_entry")
        .map(|event| {
            let list = |field: &str| event.data[field].as_array().into_iter().flatten();
            let lines = list("levels").zip(list("lines"));
            let lines = lines.map(|(level, line)| {
                (level.as_str().unwrap_or_default(), line.as_str().unwrap_or_default())
            });
            (event.text("nodeId"), event.text("pipelineId"), lines.collect())
        })
        .collect();
    if told == expected {
        return Ok(());
    }
    Err(format!("lines are\n  {told:?} and should be\n  {expected:?}"))
}

/// A refreshed node is shown as it is; to a stream that names it, each time it is heard.
fn check_refreshes(model: &Model, stream: &Stream, events: &[&Event]) -> Verdict {
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for event in events.iter().filter(|event| event.name == "fleet_status") {
        let node = event.text("nodeId");
        let known = model.nodes.get(node).ok_or_else(|| format!("{node} has gone: {event:?}"))?;
        if event.text("status") != known.status.as_str() {
            return Err(format!("{node} is {:?}, it is shown {event:?}", known.status));
        }
        if event.data["timestamp"] != model.tick.now.0 {
            return Err(format!("it is {}: {event:?}", model.tick.now.0));
        }
        *told.entry(node).or_default() += 1;
    }
    if stream.wish.is_wide(Topic::FleetStatus) {
        return Ok(());
    }
    for (id, node) in &model.nodes {
        let (topic, environment) = (Topic::FleetStatus, &*node.environment);
        let subject = Subject { topic, environment, node: id, pipeline: None };
        let changes: Vec<_> = model
            .happened
            .events
            .iter()
            .filter(|change| change.node == *id && change.pipeline.is_none())
            .collect();
        let has_turned = changes.iter().any(|change| change.from.is_some());
        let is_refreshed = model.happened.heard.contains(id) && !has_turned;
        let expected = match model.admits(stream, &subject) {
            true => changes.len() + usize::from(is_refreshed),
            false => 0,
        };
        let told = told.get(&**id).copied().unwrap_or_default();
        if told != expected {
            return Err(format!("{id} is shown {told} times, and should be {expected} times"));
        }
    }
    Ok(())
}
