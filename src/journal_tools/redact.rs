//! Copies a journal with stand-ins for all that is private, and shows that the fleet still does the same.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use systole_systems::engine::Engine;
use systole_systems::input::Inputs;

use crate::cli::journal_options::RedactOptions;
use crate::journal::record::Check;
use crate::journal_tools::ToolError;
use crate::journal_tools::output::check_free;
use crate::journal_tools::redact_inputs::redact_input;
use crate::journal_tools::source::Source;
use crate::journal_tools::stand_ins::StandIns;
use crate::journal_tools::tape::Tape;

/// What was replaced.
#[derive(Clone, Debug)]
pub struct RedactReport {
    pub file: String,
    pub bytes: u64,
    pub ticks: u64,
    pub status_events: u64,
    /// Kind and number of texts.
    pub texts: Vec<(&'static str, u64)>,
}

/// Runs the journal twice, side by side: as it is, which verifies it, and redacted. Fingerprints cover
/// names, so the copy gets its own.
pub fn run(options: &RedactOptions, stop: &AtomicBool) -> Result<RedactReport, ToolError> {
    let (path, force) = (&options.output.output, options.output.force);
    check_free(path, force)?;
    let mut player = Source::open(&options.journal)?.player_before(None)?;
    let mut stand_ins = StandIns::default();
    let image = player.engine().image();
    let mut redacted = Engine::restore_redacted(image, &mut |kind, text| stand_ins.of(kind, text));
    let mut tape = Tape::begin(path, force, player.identity(), &redacted)?;
    let (mut ticks, mut status_events) = (0, 0);
    let mut inputs = Inputs::default();
    while let Some(tick) = player.look_ahead()? {
        let after = player.engine().last_tick().number;
        if stop.load(Ordering::Relaxed) {
            return Err(ToolError::Interrupted { after });
        }
        if player.began_anew_after.is_some() {
            return Err(ToolError::BeganAnew { after });
        }
        inputs.clear();
        for input in player.inputs().iter() {
            redact_input(&input, &mut stand_ins, &mut inputs);
        }
        player.step()?;
        tape.append(&tick, &inputs)?;
        tape.check(Check::of(&redacted.tick(tick, &inputs)));
        // They hold ids, words of status and the rules' own reasons: nothing private.
        let events = player.engine().status_events();
        if events != redacted.status_events() {
            return Err(ToolError::StatusDiffers { tick: tick.number });
        }
        status_events += events.len() as u64;
        ticks += 1;
    }
    let bytes = tape.finish()?;
    let texts = stand_ins.counts().map(|(kind, count)| (kind.as_str(), count)).collect();
    Ok(RedactReport { file: path.display().to_string(), bytes, ticks, status_events, texts })
}

impl fmt::Display for RedactReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RedactReport { file, bytes, ticks, status_events, texts } = self;
        writeln!(f, "{file}: {bytes} bytes, {ticks} ticks\n")?;
        writeln!(f, "  texts replaced")?;
        for (kind, count) in texts {
            writeln!(f, "    {kind:<22} {count}")?;
        }
        writeln!(
            f,
            "\n  {status_events} changes of status, each the same as in the original. Ids of nodes, \
             pipelines,\n  environments, teams, people and components are as they were, and so are \
             versions,\n  label keys and configuration checksums."
        )
    }
}
