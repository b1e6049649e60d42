//! Cuts a batch of everything unsaved when one is due.

use bevy_ecs::prelude::{Res, ResMut};

use crate::changes::Unsaved;
use crate::effect::Counters;
use crate::index::{Instances, Nodes, Pipelines};
use crate::settings::Settings;
use crate::time::{Millis, Tick};
use crate::write_behind::{FLUSH_LOG_BYTES, WriteBehind};

/// Cuts a batch of all that is unsaved when one is due and none is in flight.
pub fn cut_batch(
    tick: Res<Tick>,
    settings: Res<Settings>,
    index: (Res<Nodes>, Res<Pipelines>, Res<Instances>),
    mut unsaved: ResMut<Unsaved>,
    mut write_behind: ResMut<WriteBehind>,
    mut counters: ResMut<Counters>,
) {
    counters.rows_shed += write_behind.waiting.shed(settings.backlog_rows_max as usize);
    if write_behind.in_flight().is_some() {
        return;
    }
    let state_rows = unsaved.nodes.len() + unsaved.instances.len();
    let staged = state_rows + write_behind.waiting.history_rows();
    let is_due = write_behind.due_at <= tick.now
        || settings.flush_rows as usize <= staged
        || FLUSH_LOG_BYTES <= write_behind.waiting.log_bytes();
    if !is_due || (write_behind.waiting.is_empty() && unsaved.is_empty()) {
        return;
    }
    write_behind.due_at = Millis(tick.now.0 + settings.flush_interval.0);

    let (nodes, pipelines, instances) = index;
    write_behind.waiting.instances_removed.retain(|gone| {
        let node = nodes.0.key(&gone.node);
        let place = node.zip(pipelines.0.key(&gone.pipeline));
        let key = place.and_then(|(node, pipeline)| instances.find(node, pipeline));
        // One that is back has a row again, which is not to be deleted.
        key.is_none_or(|key| !unsaved.instances.contains(key))
    });
    write_behind.cut(tick.number, std::mem::take(&mut *unsaved));
}
