//! This tick's inputs, by the system that reads them. Filled by the engine before the schedule runs.

use bevy_ecs::prelude::Resource;

use crate::input::{Input, Inputs};

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
    pub(crate) fn load(&mut self, inputs: &Inputs) {
        self.inputs.clear();
        self.inputs.append(inputs);
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
        for index in 0..inputs.len() as u32 {
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
                | Input::NodeRemoved { .. } => &mut self.control,
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

    /// The inputs at `indices`.
    pub fn read<'a>(&'a self, indices: &'a [u32]) -> impl Iterator<Item = Input<'a>> {
        indices.iter().map(|&index| self.inputs.get(index as usize))
    }
}
