//! `systole replay`: runs a journal again at full speed and checks every tick that was recorded.
//!
//! One thread: what it measures is what one core can do. The engine that is verified never sees
//! anything but the journal; streams and other settings run on a second one beside it.

pub mod differences;
mod progress;
pub mod report;
pub mod second_engine;
pub mod settings_change;
pub mod stopwatch;
pub mod virtual_stream;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use systole_systems::engine::Engine;
use systole_systems::time::{Tick, TickNumber};

use crate::cli::replay_options::ReplayOptions;
use crate::journal::JournalError;
use crate::journal::player::Player;
use crate::journal_tools::ToolError;
use crate::journal_tools::input_counts::InputCounts;
use crate::journal_tools::output::{Output, check_free, in_output, is_stdout};
use crate::journal_tools::source::Source;
use crate::replay::differences::Differences;
use crate::replay::progress::Progress;
use crate::replay::report::{Ended, ReplayReport};
use crate::replay::second_engine::SecondEngine;
use crate::replay::stopwatch::{Spent, Stopwatch};
use crate::replay::virtual_stream::{StreamWish, VirtualStream};

/// Runs what the options ask for. `stop` ends it after a tick; what was run until then is reported.
pub fn run(options: &ReplayOptions, stop: &AtomicBool) -> Result<ReplayReport, ToolError> {
    for path in outputs(options) {
        check_free(path, options.force)?;
    }
    let source = Source::open(&options.journal)?;
    let loading = Instant::now();
    let player = match options.from {
        Some(tick) => source.player_at(TickNumber(tick))?,
        None => source.player_before(None)?,
    };
    let mut replay = Replay {
        loading: loading.elapsed(),
        began_after: player.engine().last_tick(),
        second: second_engine(options, player.engine())?,
        player,
        until: options.until.map(TickNumber),
        first: None,
        ticks: 0,
        counts: InputCounts::default(),
        pipelines: 0,
        differences: (!options.set.is_empty()).then(Differences::default),
    };
    let stopwatch = Stopwatch::start();
    let ended = replay.play(stop);
    let spent = stopwatch.spent();
    if let Some(path) = &options.state {
        write_state(path, options.force, replay.player.engine())?;
    }
    if let Some(stream) = replay.second.take().and_then(SecondEngine::into_stream) {
        stream.finish()?;
    }
    let report = ReplayReport::new(options, replay.measured(spent), ended);
    if let Some(path) = &options.json {
        write_json(path, options.force, &report)?;
    }
    Ok(report)
}

/// Whether standard output is taken by something else than the report.
pub fn takes_stdout(options: &ReplayOptions) -> bool {
    outputs(options).any(is_stdout)
}

fn outputs(options: &ReplayOptions) -> impl Iterator<Item = &Path> {
    [&options.json, &options.state, &options.events].into_iter().flatten().map(|path| &**path)
}

/// The engine that is not verified, when anything needs one.
fn second_engine(
    options: &ReplayOptions,
    engine: &Engine,
) -> Result<Option<SecondEngine>, ToolError> {
    if options.events.is_none() && options.set.is_empty() {
        return Ok(None);
    }
    let stream = match &options.events {
        None => None,
        Some(path) => {
            let wish = StreamWish {
                user: options.user.clone(),
                environments: options.environment.clone(),
                nodes: options.node.clone(),
                pipelines: options.pipeline.clone(),
            };
            Some(VirtualStream::new(wish, Output::create(path, options.force)?))
        }
    };
    Ok(Some(SecondEngine::beside(engine, options.set.clone(), stream)))
}

/// A journal being run.
struct Replay {
    player: Player,
    second: Option<SecondEngine>,
    until: Option<TickNumber>,
    loading: std::time::Duration,
    /// The tick of the state it began with.
    began_after: Tick,
    first: Option<Tick>,
    ticks: u64,
    counts: InputCounts,
    pipelines: u64,
    differences: Option<Differences>,
}

impl Replay {
    fn play(&mut self, stop: &AtomicBool) -> Ended {
        let mut progress = Progress::begin();
        let ended = loop {
            if stop.load(Ordering::Relaxed) {
                break Ended::Interrupted;
            }
            match self.step() {
                Ok(Some(tick)) => progress.show(&self.first, &tick, self.ticks),
                Ok(None) => break Ended::AsAsked,
                Err(error) => break Ended::Failed(error),
            }
        };
        progress.end();
        ended
    }

    /// Runs the next tick; `None`: there is none, or it is not wanted.
    fn step(&mut self) -> Result<Option<Tick>, ToolError> {
        let done = self.until.is_some_and(|until| until <= self.player.engine().last_tick().number);
        let next = match self.player.look_ahead() {
            // What comes after the last tick is read for its check alone.
            Err(JournalError::Damaged { .. } | JournalError::Gap { .. }) if done => None,
            next => next?,
        };
        let wanted = |tick: &Tick| self.until.is_none_or(|until| tick.number <= until);
        let Some(tick) = next.filter(wanted) else { return Ok(None) };
        if let Some(second) = &mut self.second {
            second.tick(tick, self.player.inputs())?;
        }
        let before = self.player.engine().tallies().pipelines_reported;
        let played = self.player.step()?.expect("it was read ahead");
        self.counts.add(played.inputs);
        self.pipelines += played.output.counters.pipelines_reported - before;
        if let (Some(differences), Some(second)) = (&mut self.differences, &self.second) {
            differences.compare(self.player.engine().status_events(), second.status_events());
        }
        self.first.get_or_insert(tick);
        self.ticks += 1;
        Ok(Some(tick))
    }

    fn measured(self, spent: Spent) -> report::Measured {
        report::Measured {
            spent,
            loading: self.loading,
            began_after: self.began_after,
            first: self.first,
            last: self.player.engine().last_tick(),
            ticks: self.ticks,
            verified: self.player.ticks_verified,
            counts: self.counts,
            pipelines: self.pipelines,
            frame_bytes: self.player.frame_bytes,
            fingerprint: self.player.engine().fingerprint().value(),
            differences: self.differences,
        }
    }
}

fn write_state(path: &Path, force: bool, engine: &Engine) -> Result<(), ToolError> {
    let mut output = Output::create(path, force)?;
    let written = serde_json::to_writer(&mut output, &engine.image());
    written.map_err(|error| in_output(path)(error.into()))?;
    std::io::Write::write_all(&mut output, b"\n").map_err(in_output(path))?;
    output.finish()
}

fn write_json(path: &Path, force: bool, report: &ReplayReport) -> Result<(), ToolError> {
    let mut output = Output::create(path, force)?;
    let written = serde_json::to_writer_pretty(&mut output, report);
    written.map_err(|error| in_output(path)(error.into()))?;
    std::io::Write::write_all(&mut output, b"\n").map_err(in_output(path))?;
    output.finish()
}
