//! An event stream that nobody had: it opens when it can, takes everything at once, and is written down.

use std::io::Write as _;

use systole_systems::effect::{Delivery, Effect, TickOutput};
use systole_systems::engine::Engine;
use systole_systems::ids::SubscriberId;
use systole_systems::input::{Filter, Input, Inputs, Subscribed};
use systole_systems::packed::PackedBuf;

use crate::journal_tools::ToolError;
use crate::journal_tools::output::{Output, in_output};

/// Servers count their streams from the bottom.
const SUBSCRIBER: SubscriberId = SubscriberId(u64::MAX);
/// Ids of people hold no `/`.
const SUPER_ADMIN: &str = "systole/replay";

/// Whose stream, and what of the fleet it shows. Empty lists narrow nothing.
#[derive(Clone, Debug, Default)]
pub struct StreamWish {
    /// `None`: a super-admin.
    pub user: Option<String>,
    pub environments: Vec<String>,
    pub nodes: Vec<String>,
    pub pipelines: Vec<String>,
}

/// The stream.
pub struct VirtualStream {
    wish: StreamWish,
    output: Output,
    is_open: bool,
    was_open: bool,
    /// The last part of a snapshot is waiting to be taken.
    is_paced: bool,
}

impl VirtualStream {
    pub fn new(wish: StreamWish, output: Output) -> VirtualStream {
        VirtualStream { wish, output, is_open: false, was_open: false, is_paced: false }
    }

    /// Adds what the stream has to tell in the next tick. `starts`: in this tick a server begins, and
    /// nobody listens any more.
    pub fn tell(&mut self, engine: &Engine, starts: bool, inputs: &mut Inputs) {
        if starts {
            self.is_open = false;
        }
        if self.is_open {
            if std::mem::take(&mut self.is_paced) {
                inputs.push(&Input::SubscriberDrained { subscriber: SUBSCRIBER });
            }
            return;
        }
        let user = match &self.wish.user {
            Some(user) if engine.knows_user(user) => user,
            // Not yet, or not any more.
            Some(_) => return,
            None => {
                inputs.push(&Input::UserSet { user: SUPER_ADMIN, super_admin: true });
                SUPER_ADMIN
            }
        };
        let list = |ids: &[String]| -> Option<PackedBuf> {
            (!ids.is_empty()).then(|| ids.iter().map(String::as_str).collect())
        };
        let environments = list(&self.wish.environments);
        let (nodes, pipelines) = (list(&self.wish.nodes), list(&self.wish.pipelines));
        inputs.push(&Input::Subscribed(Subscribed {
            subscriber: SUBSCRIBER,
            stream: "replay",
            user,
            credential: SUPER_ADMIN,
            filter: Filter {
                environments: environments.as_ref().map(PackedBuf::packed),
                topics: None,
                nodes: nodes.as_ref().map(PackedBuf::packed),
                pipelines: pipelines.as_ref().map(PackedBuf::packed),
            },
            resume: None,
        }));
        (self.is_open, self.was_open, self.is_paced) = (true, true, false);
    }

    /// Writes down what the tick sent.
    pub fn take(&mut self, output: &TickOutput<'_>) -> Result<(), ToolError> {
        for effect in output.effects {
            match effect {
                Effect::Deliver { subscriber, ranges, events: _, delivery }
                    if *subscriber == SUBSCRIBER =>
                {
                    for range in &output.ranges[ranges.start as usize..ranges.end as usize] {
                        let bytes = &output.frame_bytes[range.start as usize..range.end as usize];
                        let written = self.output.write_all(bytes);
                        written.map_err(in_output(self.output.path()))?;
                    }
                    self.is_paced |= *delivery == Delivery::Paced;
                }
                // Its rights shrank: whoever reads comes back with what is left.
                Effect::Close { subscriber, cause: _ } if *subscriber == SUBSCRIBER => {
                    self.is_open = false;
                }
                Effect::Deliver { .. }
                | Effect::Close { .. }
                | Effect::Resume { .. }
                | Effect::DesiredChanged { .. }
                | Effect::Disconnect { .. } => (),
            }
        }
        Ok(())
    }

    /// Completes the file.
    pub fn finish(self) -> Result<(), ToolError> {
        match self.wish.user {
            Some(user) if !self.was_open => Err(ToolError::UnknownUser { user }),
            Some(_) | None => self.output.finish(),
        }
    }
}
