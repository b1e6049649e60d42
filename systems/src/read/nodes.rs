//! Nodes as lists and people see them.

use std::cmp::Reverse;
use std::ops::Bound;

use bevy_ecs::prelude::{Entity, World};
use serde::{Deserialize, Serialize};

use crate::answer::{AnswerBody, NodeDetail, NodeItem, PageOf, ScanProgress};
use crate::environment::{EnvironmentIdentity, NodeCounts};
use crate::ids::{EnvironmentKey, NodeKey};
use crate::index::{Environments, Instances, Nodes};
use crate::instance::Totals;
use crate::limits::PAGE_ITEMS_MAX;
use crate::node::{Labels, Lease, NodeIdentity, NodeReport, StatusSince};
use crate::orderings::{Orderings, folded};
use crate::query::{NodeFilter, Order, Page, Query};
use crate::read::instances::instance_item;
use crate::read::scan::Scan;
use crate::read::{WHOLE, may_see};
use crate::status::{NodeStatus, ProcessClass};
use crate::time::Millis;

/// Statuses, worst first.
const WORST_FIRST: [NodeStatus; 4] =
    [NodeStatus::Unreachable, NodeStatus::Degraded, NodeStatus::Unknown, NodeStatus::Healthy];

/// A row's place in list order: the pass over the fleet, then the order within it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Place {
    pass: usize,
    environment: EnvironmentKey,
    sort: Sort,
    key: NodeKey,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Sort {
    Name(Box<str>),
    Since(Reverse<Millis>),
}

/// Which nodes are asked for, by whom, and how many at once.
pub(crate) struct Pick<'a> {
    pub query: &'a Query,
    pub scope: &'a [EnvironmentKey],
    pub filter: &'a NodeFilter,
    pub page: &'a Page,
    pub items_max: usize,
    /// How many there are on all pages is told, even if all have to be looked at for that.
    pub is_counted: bool,
}

/// A page of nodes.
pub(crate) fn list(
    world: &World,
    query: &Query,
    scope: &[EnvironmentKey],
    (filter, page): (&NodeFilter, &Page),
    progress: ScanProgress,
) -> AnswerBody {
    let pick = Pick { query, scope, filter, page, items_max: PAGE_ITEMS_MAX, is_counted: true };
    scan(world, &pick, progress, |entity| node_item(world, entity), AnswerBody::Nodes)
}

/// A page of whatever `item` makes of the nodes that are picked.
pub(crate) fn scan<T>(
    world: &World,
    pick: &Pick<'_>,
    progress: ScanProgress,
    item: impl Fn(Entity) -> T,
    wrap: impl FnOnce(PageOf<T>) -> AnswerBody,
) -> AnswerBody {
    let &Pick { query, scope, filter, page, items_max, is_counted } = pick;
    let text = filter.text.as_deref().map(folded);
    let statuses: Vec<NodeStatus> = match (page.order, filter.status) {
        (_, Some(status)) => vec![status],
        (Order::Status, None) => WORST_FIRST.to_vec(),
        (Order::Name | Order::StatusSince, None) => Vec::new(),
    };
    let is_known = !is_counted || (text.is_none() && filter.labels.is_empty());
    let total = is_known.then(|| counted(world, scope, filter.status));
    // Each pass shows the nodes of one status; without statuses there is one pass over all.
    let passes = statuses.len().max(1);
    let rows = |after: Option<Place>| -> Box<dyn Iterator<Item = (Place, NodeKey)> + '_> {
        let first = after.as_ref().map_or(0, |place| place.pass);
        Box::new((first..passes).flat_map(move |pass| {
            let after = after.clone().filter(|place| place.pass == pass);
            pass_rows(world, scope, page.order, pass, after)
        }))
    };
    let matches = |place: &Place, key: NodeKey| {
        let wanted = statuses.get(place.pass).copied();
        wanted.is_none_or(|wanted| status_of(world, key) == wanted)
            && matches(world, key, text.as_deref(), filter)
    };
    let scan = Scan { query, page, items_max, rows: &rows, matches: &matches, total };
    let item = |key| world.resource::<Nodes>().0.slots.get(key).map(&item);
    scan.run(progress, item, wrap)
}

fn pass_rows<'a>(
    world: &'a World,
    scope: &'a [EnvironmentKey],
    order: Order,
    pass: usize,
    after: Option<Place>,
) -> Box<dyn Iterator<Item = (Place, NodeKey)> + 'a> {
    let orderings = world.resource::<Orderings>();
    let first = after
        .as_ref()
        .map_or(0, |place| scope.partition_point(|environment| *environment < place.environment));
    let environments = scope[first..].iter().copied();
    match order {
        Order::Name | Order::Status => Box::new(environments.flat_map(move |environment| {
            let start = match &after {
                Some(Place { environment: e, sort: Sort::Name(name), key, .. })
                    if *e == environment =>
                {
                    Bound::Excluded((environment, name.clone(), *key))
                }
                Some(_) | None => Bound::Included((environment, "".into(), NodeKey(0))),
            };
            let rows = orderings.nodes_by_name.range((start, Bound::Unbounded));
            rows.take_while(move |row| row.0 == environment).map(move |(environment, name, key)| {
                let sort = Sort::Name(name.clone());
                (Place { pass, environment: *environment, sort, key: *key }, *key)
            })
        })),
        Order::StatusSince => Box::new(environments.flat_map(move |environment| {
            let start = match &after {
                Some(Place { environment: e, sort: Sort::Since(since), key, .. })
                    if *e == environment =>
                {
                    Bound::Excluded((environment, *since, *key))
                }
                Some(_) | None => {
                    Bound::Included((environment, Reverse(Millis(u64::MAX)), NodeKey(0)))
                }
            };
            let rows = orderings.nodes_by_since.range((start, Bound::Unbounded));
            rows.take_while(move |row| row.0 == environment).map(
                move |(environment, since, key)| {
                    let sort = Sort::Since(*since);
                    (Place { pass, environment: *environment, sort, key: *key }, *key)
                },
            )
        })),
    }
}

fn counted(world: &World, scope: &[EnvironmentKey], status: Option<NodeStatus>) -> usize {
    let environments = &world.resource::<Environments>().0.slots;
    let counts = scope.iter().map(|&environment| {
        let counts = world.get::<NodeCounts>(environments.entity(environment)).expect(WHOLE);
        match status {
            Some(status) => counts.0[status.index()],
            None => counts.0.iter().sum(),
        }
    });
    counts.sum::<u32>() as usize
}

fn status_of(world: &World, key: NodeKey) -> NodeStatus {
    let entity = world.resource::<Nodes>().0.slots.entity(key);
    *world.get::<NodeStatus>(entity).expect(WHOLE)
}

fn matches(world: &World, key: NodeKey, text: Option<&str>, filter: &NodeFilter) -> bool {
    let entity = world.resource::<Nodes>().0.slots.entity(key);
    let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
    let holds_text = text.is_none_or(|text| {
        identity.name.to_lowercase().contains(text) || identity.host.to_lowercase().contains(text)
    });
    if !holds_text || filter.labels.is_empty() {
        return holds_text;
    }
    let report = world.get::<NodeReport>(entity).expect(WHOLE);
    let labels = merged(&identity.operator_labels, &report.labels);
    filter.labels.iter().all(|wanted| labels.contains(wanted))
}

/// A node in a list.
pub(crate) fn node_item(world: &World, entity: Entity) -> NodeItem {
    let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
    let lease = world.get::<Lease>(entity).expect(WHOLE);
    let report = world.get::<NodeReport>(entity).expect(WHOLE);
    let totals = world.get::<Totals>(entity).expect(WHOLE);
    let environment = world.resource::<Environments>().0.slots.entity(identity.environment);
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    NodeItem {
        id: identity.id.to_string(),
        name: identity.name.to_string(),
        host: identity.host.to_string(),
        environment: world.get::<EnvironmentIdentity>(environment).expect(WHOLE).id.to_string(),
        status: *world.get::<NodeStatus>(entity).expect(WHOLE),
        status_since: world.get::<StatusSince>(entity).expect(WHOLE).0,
        heard_at: lease.heard_at,
        agent_version: text(&report.agent_version),
        vector_version: text(&report.vector_version),
        os: text(&report.os),
        deployment_mode: text(&report.deployment_mode),
        revoked: lease.revoked,
        maintenance: identity.maintenance,
        labels: merged(&identity.operator_labels, &report.labels),
        instances: totals.len(),
        instances_running: totals.instances[ProcessClass::Running.index()],
        rates: totals.rates(),
        cpu_percent: report.cpu_percent,
        memory: report.host.map(|(_, host)| (host.memory_used_bytes, host.memory_total_bytes)),
    }
}

/// A node with all it runs.
pub(crate) fn detail(world: &World, viewer: &str, id: &str) -> Option<AnswerBody> {
    let entity = world.resource::<Nodes>().0.find(id)?;
    let identity = world.get::<NodeIdentity>(entity).expect(WHOLE);
    if !may_see(world, viewer, identity.environment) {
        return None;
    }
    let report = world.get::<NodeReport>(entity).expect(WHOLE);
    let instances = world.resource::<Instances>();
    let keys = instances.on_node(identity.key).iter().map(|entry| entry.1);
    let mut items: Vec<_> =
        keys.map(|key| instance_item(world, instances.slots.entity(key))).collect();
    items.sort_by(|a, b| (&a.pipeline_name, &a.pipeline).cmp(&(&b.pipeline_name, &b.pipeline)));
    Some(AnswerBody::Node(Box::new(NodeDetail {
        node: node_item(world, entity),
        operator_labels: merged(&identity.operator_labels, &Labels::default()),
        running_as: report.running_as.as_deref().map(str::to_owned),
        update_error: report.update_error.as_deref().map(str::to_owned),
        host_metrics: report.host.map(|(_, host)| host),
        instances: items,
    })))
}

/// Labels by key; people's win over the agent's.
fn merged(operator: &Labels, agent: &Labels) -> Vec<(String, String)> {
    let mut labels: Vec<(String, String)> = agent
        .iter()
        .filter(|(key, _)| operator.binary_search_by(|(own, _)| own.cmp(key)).is_err())
        .chain(operator)
        .map(|(key, value)| (key.to_string(), value.to_string()))
        .collect();
    labels.sort();
    labels
}
