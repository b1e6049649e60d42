//! Boot: rows of the store become the edge's tables and the inputs the core starts from.

pub mod beginning;
pub mod reconcile;

use std::sync::Arc;

use systole_systems::input::{
    DeployCause, Input, Inputs, InstanceLoaded, LoadedBaseline, MinuteLoaded, NodeEnrolled,
    NodeLoaded, PipelineDeployed,
};
use systole_systems::packed::PackedBuf;
use systole_systems::report::Label;
use systole_systems::rows::InstanceRow;
use systole_systems::time::Minute;

use crate::app::Caches;
use crate::auth::node_tokens::NodeIdentity;
use crate::config_answers::VersionText;
use crate::store::{Directory, Pipeline, Store, StoreResult, StoredMinute, StoredNode};

/// Rows read at once: large enough to cost few round trips, small enough to hold in memory twice.
const ROWS_PER_READ: u32 = 5_000;

/// Who there is, as the store knows: the directory, and the nodes in pages.
pub struct Identities {
    pub directory: Directory,
    pub nodes: Vec<Vec<StoredNode>>,
}

/// Reads who there is, and fills the caches of the edge with it.
pub async fn read_identities(store: &dyn Store, caches: &Caches) -> StoreResult<Identities> {
    let directory = store.load_directory().await?;
    fill_caches(caches, &directory);
    for (node, action) in store.list_pending_actions().await? {
        match serde_json::from_str(&action) {
            Ok(action) => caches.pending_actions.set(&node, action),
            Err(error) => tracing::error!(%node, %error, "a pending action cannot be read"),
        }
    }
    let mut pages = Vec::new();
    let mut after = String::new();
    loop {
        let nodes = store.load_nodes(&after, ROWS_PER_READ).await?;
        let Some(last) = nodes.last() else { break };
        after.clone_from(&last.state.node);
        nodes.iter().for_each(|node| cache_token(caches, node));
        pages.push(nodes);
    }
    Ok(Identities { directory, nodes: pages })
}

/// Gives a fleet as the store knows it, as inputs: a bounded number at a time, and in an order in
/// which whatever an input names has come before it.
pub async fn load(
    store: &dyn Store,
    identities: &Identities,
    minute: Minute,
    mut give: impl FnMut(Inputs),
) -> StoreResult<()> {
    give(directory_inputs(&identities.directory));
    for page in &identities.nodes {
        let mut inputs = Inputs::default();
        page.iter().for_each(|node| push_node(&mut inputs, node));
        give(inputs);
    }

    let mut after = (String::new(), String::new());
    loop {
        let instances = store.load_instances((&after.0, &after.1), ROWS_PER_READ).await?;
        let Some(last) = instances.last() else { break };
        after = (last.instance.node.clone(), last.instance.pipeline.clone());
        let mut inputs = Inputs::default();
        for instance in &instances {
            push_instance(&mut inputs, instance);
        }
        give(inputs);
    }

    for minutes in store.load_minute(minute).await?.chunks(ROWS_PER_READ as usize) {
        let mut inputs = Inputs::default();
        for StoredMinute { pipeline, node, component, minute, totals } in minutes {
            inputs.push(&Input::MinuteLoaded(MinuteLoaded {
                pipeline,
                node: node.as_deref(),
                component: component.as_deref(),
                minute: *minute,
                totals: *totals,
            }));
        }
        give(inputs);
    }
    Ok(())
}

fn fill_caches(caches: &Caches, directory: &Directory) {
    for user in &directory.users {
        caches.credentials.insert_user(user);
    }
    for credential in &directory.credentials {
        caches.credentials.insert(credential);
    }
    for environment in &directory.environments {
        caches.environment_written(environment);
    }
    for token in &directory.enrollment_tokens {
        caches.enrollment_token_written(token);
    }
    for pipeline in &directory.pipelines {
        caches.configs.load(pipeline);
    }
}

fn directory_inputs(directory: &Directory) -> Inputs {
    let mut inputs = Inputs::default();
    for user in &directory.users {
        inputs.push(&Input::UserSet { user: &user.id, super_admin: user.super_admin });
    }
    for member in &directory.members {
        let (team, user, role) = (&member.team, &member.user, member.role);
        inputs.push(&Input::MemberSet { team, user, role });
    }
    for environment in &directory.environments {
        inputs.push(&Input::EnvironmentSet {
            environment: &environment.id,
            name: &environment.name,
            team: &environment.team,
        });
    }
    for pipeline in &directory.pipelines {
        inputs.push(&Input::PipelineSet {
            pipeline: &pipeline.id,
            environment: &pipeline.environment,
            name: &pipeline.name,
            revision: pipeline.revision,
        });
        push_deployed(&mut inputs, pipeline);
    }
    inputs
}

fn push_deployed(inputs: &mut Inputs, pipeline: &Pipeline) {
    let Some(deployed) = &pipeline.deployed else { return };
    let selector = pack(&deployed.selector);
    inputs.push(&Input::PipelineDeployed(PipelineDeployed {
        pipeline: &pipeline.id,
        revision: deployed.version,
        checksum: &VersionText::of(&deployed.config).checksum,
        selector: selector.packed(),
        cause: DeployCause::Loaded,
    }));
}

fn cache_token(caches: &Caches, node: &StoredNode) {
    let Some(digest) = node.token_digest else { return };
    let identity = NodeIdentity {
        node: Arc::from(node.state.node.as_str()),
        environment: Arc::from(node.environment.as_str()),
    };
    caches.nodes.insert(digest, identity);
}

fn push_node(inputs: &mut Inputs, node: &StoredNode) {
    let state = &node.state;
    let (labels, operator_labels) = (pack(&state.labels), pack(&node.operator_labels));
    inputs.push(&Input::NodeLoaded(NodeLoaded {
        identity: NodeEnrolled {
            node: &state.node,
            environment: &node.environment,
            name: &node.name,
            host: &node.host,
            os: state.os.as_deref(),
            agent_version: state.agent_version.as_deref(),
            vector_version: state.vector_version.as_deref(),
            labels: labels.packed(),
        },
        revoked: node.token_digest.is_none(),
        operator_labels: operator_labels.packed(),
        status: state.status,
        status_since: state.status_since,
        heard_at: state.heard_at,
        deployment_mode: state.deployment_mode.as_deref(),
        running_as: state.running_as.as_deref(),
        update_error: state.update_error.as_deref(),
        maintenance: node.maintenance_since.is_some(),
    }));
}

fn push_instance(inputs: &mut Inputs, row: &InstanceRow) {
    let baseline = row.totals.zip(row.totals_seen_at);
    inputs.push(&Input::InstanceLoaded(InstanceLoaded {
        node: &row.instance.node,
        pipeline: &row.instance.pipeline,
        status: &row.status,
        status_since: row.status_since,
        revision: row.revision,
        pid: row.pid,
        uptime_seconds: row.uptime_seconds,
        config_checksum: row.config_checksum.as_deref(),
        updated_at: row.updated_at,
        baseline: baseline.map(|(totals, seen_at)| LoadedBaseline {
            pid: row.totals_pid,
            totals,
            seen_at,
        }),
    }));
}

fn pack(labels: &[(String, String)]) -> PackedBuf {
    labels.iter().map(|(key, value)| Label { key, value }).collect()
}

#[cfg(test)]
mod tests {
    use systole_systems::rows::NodeRow;
    use systole_systems::status::NodeStatus;
    use systole_systems::time::Millis;

    use super::*;

    fn stored_node() -> StoredNode {
        StoredNode {
            environment: "e1".into(),
            name: "web-1".into(),
            host: "10.0.0.1".into(),
            token_digest: Some(crate::auth::secrets::digest("token")),
            operator_labels: vec![("site".into(), "north".into())],
            enrolled_at: Millis(1),
            maintenance_since: None,
            state: NodeRow {
                node: "n1".into(),
                status: NodeStatus::Healthy,
                status_since: Millis(2),
                heard_at: Some(Millis(3)),
                agent_version: Some("1.2".into()),
                vector_version: None,
                os: None,
                deployment_mode: None,
                running_as: None,
                update_error: None,
                labels: vec![("site".into(), "south".into())],
            },
        }
    }

    #[test]
    fn a_stored_node_enters_with_both_kinds_of_labels() {
        let mut inputs = Inputs::default();
        push_node(&mut inputs, &stored_node());
        let Input::NodeLoaded(node) = inputs.get(0) else { panic!("not a node") };
        assert_eq!((node.identity.node, node.identity.environment), ("n1", "e1"));
        assert_eq!((node.status, node.revoked), (NodeStatus::Healthy, false));
        let values = |labels: systole_systems::packed::Packed<'_, Label<'_>>| {
            labels.iter().map(|label| label.value.to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(values(node.identity.labels), ["south"]);
        assert_eq!(values(node.operator_labels), ["north"]);
    }

    #[test]
    fn a_revoked_node_enters_without_a_valid_token() {
        let caches = Caches::default();
        cache_token(&caches, &stored_node());
        assert!(caches.nodes.find("token").is_some());
        let revoked = StoredNode { token_digest: None, ..stored_node() };
        let mut inputs = Inputs::default();
        push_node(&mut inputs, &revoked);
        let Input::NodeLoaded(node) = inputs.get(0) else { panic!("not a node") };
        assert!(node.revoked);
    }
}
