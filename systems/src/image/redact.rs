//! Texts that tell about people and places, and what stands in for them when a fleet is shown to others.
//!
//! No rule decides by them: with stand-ins of the same length a fleet does what it did.

use std::borrow::Cow;

use crate::environment::EnvironmentIdentity;
use crate::image::{EnvironmentImage, Image, NodeImage, PipelineImage, SubscriberImage};
use crate::node::{Labels, NodeIdentity, NodeReport};
use crate::pipeline::PipelineIdentity;
use crate::rows::LogRow;
use crate::subscriber::SubscriberIdentity;

/// What a private text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum PrivateText {
    EnvironmentName,
    PipelineName,
    NodeName,
    HostName,
    LabelValue,
    /// The account an agent runs as.
    AccountName,
    UpdateError,
    LogLine,
    StreamId,
    CredentialId,
}

impl PrivateText {
    /// Every kind.
    pub const ALL: [PrivateText; 10] = [
        PrivateText::EnvironmentName,
        PrivateText::PipelineName,
        PrivateText::NodeName,
        PrivateText::HostName,
        PrivateText::LabelValue,
        PrivateText::AccountName,
        PrivateText::UpdateError,
        PrivateText::LogLine,
        PrivateText::StreamId,
        PrivateText::CredentialId,
    ];

    /// For people, in the plural.
    pub fn as_str(self) -> &'static str {
        match self {
            PrivateText::EnvironmentName => "environment names",
            PrivateText::PipelineName => "pipeline names",
            PrivateText::NodeName => "node names",
            PrivateText::HostName => "host names",
            PrivateText::LabelValue => "label values",
            PrivateText::AccountName => "account names",
            PrivateText::UpdateError => "update errors",
            PrivateText::LogLine => "log lines",
            PrivateText::StreamId => "stream ids",
            PrivateText::CredentialId => "credential ids",
        }
    }
}

/// What a text is replaced by: as long, and the same for the same text.
pub type StandIn<'a> = &'a mut dyn FnMut(PrivateText, &str) -> Box<str>;

impl Image<'_> {
    /// Replaces every private text. Everything is named here, so that a new field is thought about.
    pub(crate) fn redact(&mut self, stand_in: StandIn<'_>) {
        let Image {
            tick: _,
            epoch: _,
            fingerprint: _,
            settings: _,
            tallies: _,
            // Ids of people and teams.
            access: _,
            environments,
            nodes,
            pipelines,
            // Ids, the agent's words for status, and numbers.
            instances: _,
            subscribers,
            lease_order: _,
            watch: _,
            lane: _,
            resume_window: _,
            unsaved: _,
            write_behind,
        } = self;
        for EnvironmentImage { identity, nodes: _ } in &mut environments.entities {
            let EnvironmentIdentity { key: _, id: _, name, team: _ } = identity.to_mut();
            *name = stand_in(PrivateText::EnvironmentName, name);
        }
        for node in &mut nodes.entities {
            redact_node(node, stand_in);
        }
        for PipelineImage { identity, deployment, minute: _ } in &mut pipelines.entities {
            // A label has the same stand-in here and on nodes, so the same nodes are picked.
            if let Some(deployed) = &mut deployment.to_mut().deployed {
                redact_labels(&mut deployed.selector, stand_in);
            }
            let PipelineIdentity { key: _, environment: _, id: _, name, revision: _ } =
                identity.to_mut();
            *name = stand_in(PrivateText::PipelineName, name);
        }
        for SubscriberImage { identity, wish: _, reach: _, progress: _ } in
            &mut subscribers.entities
        {
            let SubscriberIdentity { key: _, id: _, stream, user: _, credential } =
                identity.to_mut();
            *stream = stand_in(PrivateText::StreamId, stream);
            *credential = stand_in(PrivateText::CredentialId, credential);
        }
        for line in Cow::to_mut(write_behind).lines_mut() {
            let LogRow { tick: _, ordinal: _, instance: _, at: _, level: _, message } = line;
            *message = stand_in(PrivateText::LogLine, message).into();
        }
    }
}

fn redact_node(node: &mut NodeImage<'_>, stand_in: StandIn<'_>) {
    let NodeImage { identity, lease: _, report, failing: _, status: _, since: _ } = node;
    let NodeIdentity { key: _, environment: _, id: _, name, host, operator_labels, maintenance: _ } =
        identity.to_mut();
    *name = stand_in(PrivateText::NodeName, name);
    *host = stand_in(PrivateText::HostName, host);
    redact_labels(operator_labels, stand_in);
    let NodeReport {
        agent_version: _,
        vector_version: _,
        os: _,
        deployment_mode: _,
        running_as,
        update_error,
        labels,
        told,
        host: _,
        cpu_percent: _,
    } = report.to_mut();
    *told = 0;
    if let Some(text) = running_as {
        *text = stand_in(PrivateText::AccountName, text);
    }
    if let Some(text) = update_error {
        *text = stand_in(PrivateText::UpdateError, text);
    }
    redact_labels(labels, stand_in);
}

fn redact_labels(labels: &mut Labels, stand_in: StandIn<'_>) {
    for (_, value) in labels {
        *value = stand_in(PrivateText::LabelValue, value);
    }
}
