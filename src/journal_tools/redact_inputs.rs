//! Inputs with stand-ins for what is private. Ids of nodes, pipelines, environments, teams, people and
//! components stay, and so does all that rules decide by.

use systole_systems::image::redact::PrivateText;
use systole_systems::input::{
    Input, Inputs, NodeEdited, NodeEnrolled, NodeLoaded, PipelineDeployed, Subscribed,
};
use systole_systems::packed::{Packed, PackedBuf};
use systole_systems::report::{Heartbeat, Label, LogBatch, LogLine, PipelineReport};

use crate::journal_tools::stand_ins::StandIns;

/// Appends the input as others may see it. Every kind is named, so that a new one is thought about.
pub(crate) fn redact_input(input: &Input<'_>, stand_ins: &mut StandIns, out: &mut Inputs) {
    match *input {
        Input::Started { .. }
        | Input::SettingsChanged { .. }
        | Input::UserSet { .. }
        | Input::UserRemoved { .. }
        | Input::MemberSet { .. }
        | Input::MemberRemoved { .. }
        | Input::PipelineRemoved { .. }
        | Input::PipelineUndeployed { .. }
        | Input::NodeRevoked { .. }
        | Input::NodeRemoved { .. }
        | Input::InstanceLoaded(_)
        | Input::MinuteLoaded(_)
        | Input::FilterMoved { .. }
        | Input::SubscriberLagged { .. }
        | Input::SubscriberDrained { .. }
        | Input::SubscriberLost { .. }
        | Input::BatchSettled { .. }
        | Input::FlushRequested => out.push(input),
        Input::CredentialRevoked { credential } => {
            let credential = &stand_ins.of(PrivateText::CredentialId, credential);
            out.push(&Input::CredentialRevoked { credential });
        }
        Input::EnvironmentSet { environment, name, team } => {
            let name = &stand_ins.of(PrivateText::EnvironmentName, name);
            out.push(&Input::EnvironmentSet { environment, name, team });
        }
        Input::PipelineSet { pipeline, environment, name, revision } => {
            let name = &stand_ins.of(PrivateText::PipelineName, name);
            out.push(&Input::PipelineSet { pipeline, environment, name, revision });
        }
        Input::NodeEnrolled(node) => {
            let private = NodeTexts::of(&node, stand_ins);
            out.push(&Input::NodeEnrolled(private.in_place_of(node)));
        }
        Input::PipelineDeployed(deployed) => {
            // A label has the same stand-in here and on nodes, so the same nodes are picked.
            let selector = redact_labels(&deployed.selector, stand_ins);
            let selector = selector.packed();
            out.push(&Input::PipelineDeployed(PipelineDeployed { selector, ..deployed }));
        }
        Input::NodeEdited(edited) => {
            let name = &stand_ins.of(PrivateText::NodeName, edited.name);
            let labels = redact_labels(&edited.operator_labels, stand_ins);
            let operator_labels = labels.packed();
            out.push(&Input::NodeEdited(NodeEdited { name, operator_labels, ..edited }));
        }
        Input::NodeLoaded(node) => redact_loaded(&node, stand_ins, out),
        Input::Heartbeat(heartbeat) => redact_heartbeat(&heartbeat, stand_ins, out),
        Input::LogsReceived { node, batches } => {
            let mut redacted = PackedBuf::default();
            for LogBatch { pipeline, lines } in batches.iter() {
                let lines = redact_lines(&lines, stand_ins);
                redacted.push(&LogBatch { pipeline, lines: lines.packed() });
            }
            out.push(&Input::LogsReceived { node, batches: redacted.packed() });
        }
        Input::Subscribed(subscribed) => {
            let Subscribed { subscriber: _, stream, user: _, credential, filter: _, resume: _ } =
                subscribed;
            let stream = &stand_ins.of(PrivateText::StreamId, stream);
            let credential = &stand_ins.of(PrivateText::CredentialId, credential);
            out.push(&Input::Subscribed(Subscribed { stream, credential, ..subscribed }));
        }
    }
}

/// What is private about a node that enters the fleet.
struct NodeTexts {
    name: Box<str>,
    host: Box<str>,
    labels: PackedBuf,
}

impl NodeTexts {
    fn of(node: &NodeEnrolled<'_>, stand_ins: &mut StandIns) -> NodeTexts {
        let NodeEnrolled {
            node: _,
            environment: _,
            name,
            host,
            os: _,
            agent_version: _,
            vector_version: _,
            labels,
        } = node;
        NodeTexts {
            name: stand_ins.of(PrivateText::NodeName, name),
            host: stand_ins.of(PrivateText::HostName, host),
            labels: redact_labels(labels, stand_ins),
        }
    }

    fn in_place_of<'a>(&'a self, node: NodeEnrolled<'a>) -> NodeEnrolled<'a> {
        let NodeTexts { name, host, labels } = self;
        NodeEnrolled { name, host, labels: labels.packed(), ..node }
    }
}

fn redact_loaded(node: &NodeLoaded<'_>, stand_ins: &mut StandIns, out: &mut Inputs) {
    let NodeLoaded {
        identity,
        revoked: _,
        operator_labels,
        status: _,
        status_since: _,
        heard_at: _,
        deployment_mode: _,
        running_as,
        update_error,
        maintenance: _,
    } = node;
    let private = NodeTexts::of(identity, stand_ins);
    let labels = redact_labels(operator_labels, stand_ins);
    let running_as = running_as.map(|text| stand_ins.of(PrivateText::AccountName, text));
    let update_error = update_error.map(|text| stand_ins.of(PrivateText::UpdateError, text));
    out.push(&Input::NodeLoaded(NodeLoaded {
        identity: private.in_place_of(*identity),
        operator_labels: labels.packed(),
        running_as: running_as.as_deref(),
        update_error: update_error.as_deref(),
        ..*node
    }));
}

fn redact_heartbeat(heartbeat: &Heartbeat<'_>, stand_ins: &mut StandIns, out: &mut Inputs) {
    let Heartbeat {
        node: _,
        agent_version: _,
        vector_version: _,
        deployment_mode: _,
        running_as,
        update_error,
        labels,
        host: _,
        pipelines,
    } = heartbeat;
    let running_as = running_as.map(|text| stand_ins.of(PrivateText::AccountName, text));
    let update_error = update_error.map(|text| stand_ins.of(PrivateText::UpdateError, text));
    let labels = labels.map(|labels| redact_labels(&labels, stand_ins));
    let mut reports = PackedBuf::default();
    for report in pipelines.iter() {
        let PipelineReport {
            pipeline: _,
            revision: _,
            status: _,
            pid: _,
            uptime_seconds: _,
            config_checksum: _,
            counters: _,
            utilization: _,
            components: _,
            logs,
        } = report;
        let logs = redact_lines(&logs, stand_ins);
        reports.push(&PipelineReport { logs: logs.packed(), ..report });
    }
    out.push(&Input::Heartbeat(Heartbeat {
        running_as: running_as.as_deref(),
        update_error: update_error.as_deref(),
        labels: labels.as_ref().map(PackedBuf::packed),
        pipelines: reports.packed(),
        ..*heartbeat
    }));
}

fn redact_labels<'a>(labels: &Packed<'a, Label<'a>>, stand_ins: &mut StandIns) -> PackedBuf {
    let mut redacted = PackedBuf::default();
    for Label { key, value } in labels.iter() {
        let value = &stand_ins.of(PrivateText::LabelValue, value);
        redacted.push(&Label { key, value });
    }
    redacted
}

fn redact_lines<'a>(lines: &Packed<'a, LogLine<'a>>, stand_ins: &mut StandIns) -> PackedBuf {
    let mut redacted = PackedBuf::default();
    for LogLine { level, text } in lines.iter() {
        let text = &stand_ins.of(PrivateText::LogLine, text);
        redacted.push(&LogLine { level, text });
    }
    redacted
}
