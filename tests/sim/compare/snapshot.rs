//! A snapshot of a small fleet: everything the stream may see and asked for, as it is now.

use serde_json::{Value, json};
use systole_systems::effect::Topic;
use systole_systems::status::NodeStatus;

use crate::Verdict;
use crate::model::{Model, Stream, Subject};
use crate::sse::Event;

/// The only part of a snapshot shows the fleet as the model has it.
pub fn check_snapshot(model: &Model, stream: &Stream, part: &Event) -> Verdict {
    let nodes: Vec<Value> = model
        .nodes
        .iter()
        .filter(|(id, _)| model.shows_node(stream, id))
        .map(|(id, node)| {
            json!({
                "nodeId": id,
                "environmentId": node.environment,
                "name": node.name,
                "status": node.status.as_str(),
                "statusSince": node.since,
                "lastHeartbeatAt": node.heard_at,
            })
        })
        .collect();
    same("nodes", sorted(part, "nodes"), nodes)?;

    let shown = |topics: &[Topic], node: &str, pipeline: &str| {
        let environment = &*model.nodes[node].environment;
        topics.iter().any(|&topic| {
            let pipeline = Some(pipeline);
            model.shows(stream, &Subject { topic, environment, node, pipeline })
        })
    };
    let states = [Topic::FleetStatus, Topic::StatusChange];
    let instances: Vec<Value> = model
        .instances
        .iter()
        .filter(|((node, pipeline), _)| shown(&states, node, pipeline))
        .map(|((node, pipeline), instance)| {
            let has_data = model.nodes[node].status != NodeStatus::Unreachable;
            json!({
                "nodeId": node,
                "pipelineId": pipeline,
                "pipelineName": model.pipelines[pipeline].name,
                "status": has_data.then_some(&instance.word),
            })
        })
        .collect();
    same("instances", sorted(part, "instances"), instances)?;

    for sample in part.data["samples"].as_array().into_iter().flatten() {
        let id = |field: &str| sample[field].as_str().unwrap_or_default().to_owned();
        let place = (id("nodeId"), id("pipelineId"));
        let is_there = model.instances.contains_key(&place);
        if !is_there || !shown(&[Topic::MetricUpdate], &place.0, &place.1) {
            return Err(format!("its snapshot holds {sample}"));
        }
    }
    Ok(())
}

/// The entries of a list, by node and pipeline.
fn sorted(part: &Event, list: &str) -> Vec<Value> {
    let mut entries = part.data[list].as_array().cloned().unwrap_or_default();
    let key = |entry: &Value| (entry["nodeId"].to_string(), entry["pipelineId"].to_string());
    entries.sort_by_key(key);
    entries
}

fn same(what: &str, told: Vec<Value>, mut expected: Vec<Value>) -> Verdict {
    let key = |entry: &Value| (entry["nodeId"].to_string(), entry["pipelineId"].to_string());
    expected.sort_by_key(key);
    if told == expected {
        return Ok(());
    }
    Err(format!("the {what} of its snapshot are\n  {told:?} and should be\n  {expected:?}"))
}
