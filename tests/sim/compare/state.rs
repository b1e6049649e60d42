//! What the engine answers when it is asked about the fleet.

use std::collections::BTreeSet;
use std::fmt::Debug;

use systole_systems::answer::{AnswerBody, FleetSummary, InstanceItem, NodeItem, Rates};
use systole_systems::engine::Engine;
use systole_systems::query::{InstanceFilter, NodeFilter, Order, Page, Query};
use systole_systems::status::{NodeStatus, ProcessClass};
use systole_systems::time::Millis;

use crate::Verdict;
use crate::directory::ROOT;
use crate::model::{Instance, Model, Node};

/// Every node and instance is as the model says.
pub fn check_state(engine: &Engine, model: &Model) -> Verdict {
    let mut nodes = nodes(engine, ROOT)?;
    nodes.sort_by(|a, b| a.id.cmp(&b.id));
    let expected: Vec<NodeItem> =
        model.nodes.iter().map(|(id, node)| node_item(model, id, node)).collect();
    same("node", &nodes, &expected)?;

    let page = Page { cursor: None, limit: 500, order: Order::Name };
    let query = Query::Instances { viewer: ROOT.into(), filter: InstanceFilter::default(), page };
    let AnswerBody::Instances(page) = ask(engine, &query) else { return unexpected(&query) };
    let mut instances = page.items;
    instances.sort_by(|a, b| (&a.node, &a.pipeline).cmp(&(&b.node, &b.pipeline)));
    let expected: Vec<InstanceItem> =
        model.instances.iter().map(|(place, known)| instance_item(model, place, known)).collect();
    same("instance", &instances, &expected)
}

/// The sums are right, and `viewer` sees the nodes of the own environments and no others.
pub fn check_view(engine: &Engine, model: &Model, viewer: &str) -> Verdict {
    let query = Query::FleetSummary { viewer: ROOT.into(), environment: None };
    let AnswerBody::FleetSummary(summary) = ask(engine, &query) else { return unexpected(&query) };
    same("summary", &[*summary], &[summary_of(model)])?;

    let scope = model.rights.scope(viewer);
    let visible = model.nodes.iter().filter(|(_, node)| scope.contains(&node.environment));
    let visible: BTreeSet<String> = visible.map(|(id, _)| id.clone()).collect();
    let shown: BTreeSet<String> = nodes(engine, viewer)?.into_iter().map(|node| node.id).collect();
    same(&format!("list of {viewer}"), &[shown], &[visible])
}

fn ask(engine: &Engine, query: &Query) -> AnswerBody {
    let mut body = engine.read(query).body;
    while let AnswerBody::More(rest) = body {
        body = engine.resume_read(*rest).body;
    }
    body
}

fn nodes(engine: &Engine, viewer: &str) -> Result<Vec<NodeItem>, String> {
    let page = Page { cursor: None, limit: 500, order: Order::Name };
    let query = Query::Nodes { viewer: viewer.into(), filter: NodeFilter::default(), page };
    let AnswerBody::Nodes(page) = ask(engine, &query) else { return unexpected(&query) };
    Ok(page.items)
}

fn unexpected<T>(query: &Query) -> Result<T, String> {
    Err(format!("{query:?} is answered by something else"))
}

fn node_item(model: &Model, id: &str, node: &Node) -> NodeItem {
    let instances = || model.instances.iter().filter(|((on, _), _)| on == id);
    let has_data = node.status != NodeStatus::Unreachable;
    let running = instances().filter(|(_, instance)| instance.word == "RUNNING").count();
    NodeItem {
        id: id.to_owned(),
        name: node.name.clone(),
        host: node.host.clone(),
        environment: node.environment.clone(),
        status: node.status,
        status_since: Millis(node.since),
        heard_at: node.heard_at.map(Millis),
        agent_version: node.agent_version.clone(),
        vector_version: node.vector_version.clone(),
        os: node.os.clone(),
        deployment_mode: node.deployment_mode.clone(),
        revoked: node.is_revoked,
        maintenance: false,
        labels: node.labels.clone().into_iter().collect(),
        instances: instances().count() as u32,
        instances_running: if has_data { running as u32 } else { 0 },
        rates: sum_of_rates(instances().map(|(_, instance)| instance).filter(|_| has_data)),
        // Simulated hosts do not tell their processors' time.
        cpu_percent: None,
        memory: node.memory,
    }
}

fn instance_item(model: &Model, place: &(String, String), instance: &Instance) -> InstanceItem {
    let node = &model.nodes[&place.0];
    let has_data = node.status != NodeStatus::Unreachable;
    InstanceItem {
        node: place.0.clone(),
        node_name: node.name.clone(),
        pipeline: place.1.clone(),
        pipeline_name: model.pipelines[&place.1].name.clone(),
        status: has_data.then(|| instance.word.clone()),
        status_since: Millis(instance.since),
        revision: instance.revision,
        uptime_seconds: instance.uptime.filter(|_| has_data),
        totals: instance.totals().filter(|_| has_data),
        rates: sum_of_rates(Some(instance).filter(|_| has_data).into_iter()),
        utilization: instance.utilization.filter(|_| has_data),
        latency_mean_millis: instance.latency_mean_millis.filter(|_| has_data),
        updated_at: Millis(instance.updated_at),
    }
}

fn summary_of(model: &Model) -> FleetSummary {
    let mut summary = FleetSummary::default();
    for node in model.nodes.values() {
        summary.nodes[node.status.index()] += 1;
    }
    let mut with_data = Vec::new();
    for ((node, _), instance) in &model.instances {
        if model.nodes[node].status == NodeStatus::Unreachable {
            summary.instances_no_data += 1;
        } else {
            summary.instances[ProcessClass::of(&instance.word).index()] += 1;
            with_data.push(instance);
        }
    }
    summary.rates = sum_of_rates(with_data.into_iter()).unwrap_or_default();
    summary
}

/// Rates of those that have any; `None`: nobody has.
fn sum_of_rates<'a>(instances: impl Iterator<Item = &'a Instance>) -> Option<Rates> {
    let rates: Vec<[u64; 6]> = instances.filter_map(|instance| instance.rates).collect();
    if rates.is_empty() {
        return None;
    }
    let sum = |at: usize| {
        let thousandths = rates.iter().fold(0u64, |sum, rates| sum.wrapping_add(rates[at]));
        thousandths as f64 / 1_000.0
    };
    Some(Rates {
        events_in: sum(0),
        events_out: sum(1),
        errors: sum(2),
        discarded: sum(3),
        bytes_in: sum(4),
        bytes_out: sum(5),
    })
}

fn same<T: PartialEq + Debug>(what: &str, told: &[T], expected: &[T]) -> Verdict {
    for (told, expected) in told.iter().zip(expected) {
        if told != expected {
            return Err(format!("the {what} is\n  {told:?} and should be\n  {expected:?}"));
        }
    }
    if told.len() != expected.len() {
        let (told, expected) = (told.len(), expected.len());
        return Err(format!("there are {told} of {what}, and should be {expected}"));
    }
    Ok(())
}
