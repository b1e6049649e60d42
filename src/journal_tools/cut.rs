//! Copies a stretch of ticks, with the state before it, to a file that stands on its own.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use systole_systems::time::Tick;

use crate::cli::journal_options::CutOptions;
use crate::http::rfc3339::Rfc3339;
use crate::journal::JournalError;
use crate::journal::player::Player;
use crate::journal_tools::ToolError;
use crate::journal_tools::moment::{Moment, Stretch};
use crate::journal_tools::output::check_free;
use crate::journal_tools::source::Source;
use crate::journal_tools::tape::Tape;

/// What was cut.
#[derive(Clone, Debug)]
pub struct CutReport {
    pub file: String,
    pub bytes: u64,
    pub ticks: u64,
    pub first: Tick,
    pub last: Tick,
}

/// Runs the journal up to the stretch, then copies its ticks with what each came out as.
pub fn run(options: &CutOptions, stop: &AtomicBool) -> Result<CutReport, ToolError> {
    let (path, force) = (&options.output.output, options.output.force);
    check_free(path, force)?;
    let stretch = Stretch { from: options.from, to: options.to };
    let mut player = Source::open(&options.journal)?.player_before(options.from)?;
    let first = loop {
        let tick = player.look_ahead()?.ok_or(ToolError::NothingBetween)?;
        if !stretch.is_after(&tick) {
            break tick;
        }
        check_stop(stop, &player)?;
        player.step()?;
    };
    if stretch.is_before(&first) {
        return Err(ToolError::NothingBetween);
    }
    let mut tape = Tape::begin(path, force, player.identity(), player.engine())?;
    let (began_anew, mut ticks, mut last) = (player.began_anew_after, 0, first);
    // What the tick before the first came out as is in the state.
    drop(player.take_recorded());
    loop {
        let next = match player.look_ahead() {
            // The last tick is whole; what cannot be read is what it came out as.
            Err(JournalError::Damaged { .. }) if is_done(options.to, &last, ticks) => None,
            next => next?,
        };
        if let Some(check) = player.take_recorded() {
            tape.check(check);
        }
        let Some(tick) = next.filter(|tick| !stretch.is_before(tick)) else { break };
        check_stop(stop, &player)?;
        if player.began_anew_after != began_anew {
            return Err(ToolError::BeganAnew { after: last.number });
        }
        let played = player.step()?.expect("it was read ahead");
        tape.append(&tick, played.inputs)?;
        (last, ticks) = (tick, ticks + 1);
    }
    let bytes = tape.finish()?;
    Ok(CutReport { file: path.display().to_string(), bytes, ticks, first, last })
}

fn is_done(to: Option<Moment>, last: &Tick, ticks: u64) -> bool {
    ticks > 0 && to == Some(Moment::Tick(last.number.0))
}

fn check_stop(stop: &AtomicBool, player: &Player) -> Result<(), ToolError> {
    if stop.load(Ordering::Relaxed) {
        return Err(ToolError::Interrupted { after: player.engine().last_tick().number });
    }
    Ok(())
}

impl fmt::Display for CutReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CutReport { file, bytes, ticks, first, last } = self;
        writeln!(f, "{file}: {bytes} bytes, {ticks} ticks")?;
        writeln!(f, "  from tick {} at {}", first.number.0, Rfc3339(first.now))?;
        writeln!(f, "  to tick   {} at {}", last.number.0, Rfc3339(last.now))
    }
}
