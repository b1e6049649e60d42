//! This tick's inputs, by the system that reads them. Filled by the engine before the schedule runs.

use bevy_ecs::prelude::Resource;

use crate::input::{Input, Inputs};
use crate::wire::Span;

/// The inputs of the tick, and which of them concern whom, in order of arrival.
#[derive(Resource, Debug, Default)]
pub struct Inbox {
    inputs: Inputs,
    pub control: Vec<u32>,
    pub loaded: Vec<u32>,
    pub heartbeats: Vec<u32>,
    pub logs: Vec<u32>,
    pub subscriptions: Vec<u32>,
    pub settlements: Vec<u32>,
}

impl Inbox {
    /// Takes over a tick's inputs.
    pub(crate) fn copy(&mut self, inputs: &Inputs) {
        self.inputs.clear();
        self.inputs.append(inputs);
    }

    /// Takes over a tick's inputs for others, and these back for those.
    pub(crate) fn swap(&mut self, inputs: &mut Inputs) {
        std::mem::swap(&mut self.inputs, inputs);
    }

    /// Sorts the inputs by who reads them.
    pub(crate) fn sort(&mut self) {
        for list in [
            &mut self.control,
            &mut self.loaded,
            &mut self.heartbeats,
            &mut self.logs,
            &mut self.subscriptions,
            &mut self.settlements,
        ] {
            list.clear();
        }
        for index in 0..self.inputs.len() as u32 {
            // Nearly all inputs are heartbeats, and they are decoded where they are read.
            if self.inputs.heartbeat_span(index as usize).is_some() {
                self.heartbeats.push(index);
                continue;
            }
            let list = match self.inputs.get(index as usize) {
                Input::Started { .. }
                | Input::SettingsChanged { .. }
                | Input::UserSet { .. }
                | Input::UserRemoved { .. }
                | Input::MemberSet { .. }
                | Input::MemberRemoved { .. }
                | Input::EnvironmentSet { .. }
                | Input::PipelineSet { .. }
                | Input::PipelineRemoved { .. }
                | Input::NodeEnrolled(_)
                | Input::NodeRevoked { .. }
                | Input::NodeRemoved { .. }
                | Input::PipelineDeployed(_)
                | Input::PipelineUndeployed { .. }
                | Input::NodeEdited(_) => &mut self.control,
                Input::NodeLoaded(_) | Input::InstanceLoaded(_) | Input::MinuteLoaded(_) => {
                    &mut self.loaded
                }
                Input::Heartbeat(_) => &mut self.heartbeats,
                Input::LogsReceived { .. } => &mut self.logs,
                Input::CredentialRevoked { .. }
                | Input::Subscribed(_)
                | Input::FilterMoved { .. }
                | Input::SubscriberLagged { .. }
                | Input::SubscriberDrained { .. }
                | Input::SubscriberLost { .. } => &mut self.subscriptions,
                Input::BatchSettled { .. } | Input::FlushRequested => &mut self.settlements,
            };
            list.push(index);
        }
    }

    /// The bytes of all inputs.
    pub fn bytes(&self) -> &[u8] {
        self.inputs.bytes()
    }

    /// Where the heartbeats lie.
    pub fn heartbeat_spans(&self) -> impl Iterator<Item = Span> {
        let spans = self.heartbeats.iter().map(|&index| self.inputs.heartbeat_span(index as usize));
        spans.map(|span| span.expect("the inbox sorts inputs by their reader"))
    }

    /// The inputs at `indices`.
    pub fn read<'a>(&'a self, indices: &'a [u32]) -> impl Iterator<Item = Input<'a>> {
        indices.iter().map(|&index| self.inputs.get(index as usize))
    }
}
