//! How many inputs of each kind there are, and their size in the core's own encoding.

use serde::Serialize;
use systole_systems::input::{Input, Inputs};

/// Inputs by kind.
#[derive(Clone, Debug, Default)]
pub struct InputCounts {
    /// By the byte an encoded input begins with.
    kinds: Vec<Option<KindCount>>,
}

/// Inputs of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct KindCount {
    pub kind: &'static str,
    pub count: u64,
    pub bytes: u64,
}

impl InputCounts {
    /// Counts the inputs of a tick. Only the first of each kind is decoded.
    pub fn add(&mut self, inputs: &Inputs) {
        for index in 0..inputs.len() {
            let encoded = inputs.encoded(index);
            let kind = usize::from(encoded[0]);
            if self.kinds.len() <= kind {
                self.kinds.resize(kind + 1, None);
            }
            let known = self.kinds[kind].get_or_insert_with(|| KindCount {
                kind: kind_name(&inputs.get(index)),
                count: 0,
                bytes: 0,
            });
            known.count += 1;
            known.bytes += encoded.len() as u64;
        }
    }

    /// Kinds of which there are inputs, in the order of their declaration.
    pub fn list(&self) -> Vec<KindCount> {
        self.kinds.iter().flatten().copied().collect()
    }

    /// How many heartbeats there are.
    pub fn heartbeats(&self) -> u64 {
        let heartbeats = self.kinds.iter().flatten().find(|kind| kind.kind == "heartbeat");
        heartbeats.map_or(0, |kind| kind.count)
    }
}

/// What people call a kind of input.
fn kind_name(input: &Input<'_>) -> &'static str {
    match input {
        Input::Started { .. } => "started",
        Input::SettingsChanged { .. } => "settings changed",
        Input::UserSet { .. } => "user set",
        Input::UserRemoved { .. } => "user removed",
        Input::MemberSet { .. } => "member set",
        Input::MemberRemoved { .. } => "member removed",
        Input::CredentialRevoked { .. } => "credential revoked",
        Input::EnvironmentSet { .. } => "environment set",
        Input::PipelineSet { .. } => "pipeline set",
        Input::PipelineRemoved { .. } => "pipeline removed",
        Input::NodeEnrolled(_) => "node enrolled",
        Input::NodeRevoked { .. } => "node revoked",
        Input::NodeRemoved { .. } => "node removed",
        Input::NodeLoaded(_) => "node loaded",
        Input::InstanceLoaded(_) => "instance loaded",
        Input::MinuteLoaded(_) => "minute loaded",
        Input::Heartbeat(_) => "heartbeat",
        Input::LogsReceived { .. } => "logs received",
        Input::Subscribed(_) => "subscribed",
        Input::FilterMoved { .. } => "filter moved",
        Input::SubscriberLagged { .. } => "subscriber lagged",
        Input::SubscriberDrained { .. } => "subscriber drained",
        Input::SubscriberLost { .. } => "subscriber lost",
        Input::BatchSettled { .. } => "batch settled",
        Input::PipelineDeployed(_) => "pipeline deployed",
        Input::PipelineUndeployed { .. } => "pipeline undeployed",
        Input::NodeEdited(_) => "node edited",
        Input::FlushRequested => "flush requested",
    }
}

#[cfg(test)]
mod tests {
    use systole_systems::report::Heartbeat;

    use super::*;

    #[test]
    fn inputs_are_counted_by_kind() {
        let mut inputs = Inputs::default();
        for input in [
            Input::FlushRequested,
            Input::Heartbeat(Heartbeat { node: "n1", ..Heartbeat::default() }),
            Input::UserRemoved { user: "u1" },
            Input::Heartbeat(Heartbeat { node: "n22", ..Heartbeat::default() }),
        ] {
            inputs.push(&input);
        }
        let mut counts = InputCounts::default();
        counts.add(&inputs);
        counts.add(&Inputs::of(&Input::FlushRequested));
        let list = counts.list();
        let found: Vec<_> = list.iter().map(|kind| (kind.kind, kind.count)).collect();
        assert_eq!(found, [("user removed", 1), ("heartbeat", 2), ("flush requested", 2)]);
        let bytes: u64 = list.iter().map(|kind| kind.bytes).sum();
        assert_eq!(bytes, inputs.byte_len() as u64 + 1);
        assert_eq!(counts.heartbeats(), 2);
    }
}
