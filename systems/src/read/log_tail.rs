//! Log lines that the store does not have yet, newest first: those that wait, then those in flight, which are older.
//!
//! A scan goes on by the key of the last line it looked at, so that lines may move meanwhile.

use bevy_ecs::prelude::World;

use crate::answer::{AnswerBody, Continuation, ScanProgress, TailLine};
use crate::index::{Environments, Nodes};
use crate::node::NodeIdentity;
use crate::query::{LogFilter, Query};
use crate::read::{WHOLE, may_see};
use crate::rows::LogRow;
use crate::time::TickNumber;
use crate::words::holds;
use crate::write_behind::WriteBehind;

/// Lines looked at in one turn: about a millisecond.
const LINES_PER_TURN: usize = 2_000;

/// The newest lines that the filter lets through, or where the scan goes on.
pub(crate) fn lines(
    world: &World,
    query: &Query,
    (viewer, filter, limit): (&str, &LogFilter, usize),
    mut progress: ScanProgress,
) -> AnswerBody {
    let newest = (TickNumber(u64::MAX), u32::MAX);
    let reached = postcard::from_bytes(&progress.place).ok();
    let start = reached.or(filter.before).unwrap_or(newest);
    let write_behind = world.resource::<WriteBehind>();
    let flown = write_behind.in_flight().into_iter();
    let flown = flown.flat_map(|flight| flight.rows.lines_before(start));
    let lines = write_behind.waiting.lines_before(start).chain(flown);
    for (seen, line) in lines.enumerate() {
        if progress.lines.len() == limit {
            break;
        }
        if seen == LINES_PER_TURN {
            let query = query.clone();
            return AnswerBody::More(Box::new(Continuation { query, progress }));
        }
        let key = (line.tick, line.ordinal);
        progress.place = postcard::to_allocvec(&key).expect("memory is the only limit");
        if filter.since.is_some_and(|since| line.at < since) {
            break;
        }
        if is_wanted(filter, line) && is_visible(world, viewer, filter, line) {
            progress.lines.push(of_row(line));
        }
    }
    AnswerBody::LogTail(progress.lines)
}

fn is_wanted(filter: &LogFilter, line: &LogRow) -> bool {
    filter.node.as_ref().is_none_or(|node| line.instance.node == *node)
        && filter.pipeline.as_ref().is_none_or(|pipeline| line.instance.pipeline == *pipeline)
        && (filter.levels.is_empty() || filter.levels.contains(&line.level))
        && filter.until.is_none_or(|until| line.at < until)
        && holds(&line.message, &filter.words)
}

/// Whether the viewer may see the line's node, and it is of the environment that is asked for. A node that left
/// takes its lines with it.
fn is_visible(world: &World, viewer: &str, filter: &LogFilter, line: &LogRow) -> bool {
    let Some(node) = world.resource::<Nodes>().0.find(&line.instance.node) else { return false };
    let environment = world.get::<NodeIdentity>(node).expect(WHOLE).environment;
    let wanted = filter.environment.as_deref();
    let wanted = wanted.map(|id| world.resource::<Environments>().0.key(id));
    wanted.is_none_or(|wanted| wanted == Some(environment)) && may_see(world, viewer, environment)
}

fn of_row(line: &LogRow) -> TailLine {
    TailLine {
        tick: line.tick,
        ordinal: line.ordinal,
        at: line.at,
        level: line.level,
        node: line.instance.node.clone(),
        pipeline: line.instance.pipeline.clone(),
        message: line.message.clone(),
    }
}
