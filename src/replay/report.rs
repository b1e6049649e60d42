//! What a replay has measured: a table for people, JSON for machines.

use std::fmt;
use std::time::Duration;

use serde::Serialize;
use systole_systems::time::Tick;

use crate::cli::replay_options::ReplayOptions;
use crate::http::rfc3339::Rfc3339;
use crate::journal_tools::ToolError;
use crate::journal_tools::input_counts::{InputCounts, KindCount};
use crate::replay::differences::Differences;
use crate::replay::stopwatch::Spent;

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// At the end of the journal, or where it was told to.
    AsAsked,
    Interrupted,
    Failed(ToolError),
}

/// Everything a report is made from.
pub struct Measured {
    pub spent: Spent,
    pub loading: Duration,
    /// The tick of the state it began with.
    pub began_after: Tick,
    pub first: Option<Tick>,
    pub last: Tick,
    pub ticks: u64,
    pub verified: u64,
    pub counts: InputCounts,
    pub pipelines: u64,
    pub frame_bytes: u64,
    pub fingerprint: u64,
    pub differences: Option<Differences>,
}

/// The figures of a replay.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplayReport {
    pub journal: String,
    /// The state it began with is that of this tick.
    pub began_after: u64,
    pub first_tick: Option<u64>,
    pub last_tick: u64,
    pub first_time: Option<Rfc3339>,
    pub last_time: Rfc3339,
    pub ticks: u64,
    pub verified: u64,
    /// What they came out as is not in the journal: the server ended before it was written.
    pub not_verified: u64,
    pub heartbeats: u64,
    pub pipelines: u64,
    pub inputs: Vec<KindCount>,
    /// Time from the first tick to the last in which the server was listening.
    pub fleet_seconds: f64,
    pub load_seconds: f64,
    pub seconds: f64,
    /// Of them with a processor at work on it.
    pub processor_seconds: f64,
    pub ticks_per_second: f64,
    pub heartbeats_per_second: f64,
    pub times_real_time: f64,
    /// Of the journal as it was written, before it was compressed.
    pub bytes_per_heartbeat: Option<f64>,
    /// After the last tick, in hexadecimal.
    pub fingerprint: String,
    pub settings: Vec<String>,
    pub differences: Option<Differences>,
    /// It was told to stop before the end.
    pub interrupted: bool,
    /// Why the journal could not be run to its end.
    pub failure: Option<String>,
}

impl ReplayReport {
    /// The report of a run.
    pub fn new(options: &ReplayOptions, measured: Measured, ended: Ended) -> ReplayReport {
        let Measured { spent, loading, began_after, first, last, .. } = measured;
        let seconds = spent.clock.as_secs_f64().max(1e-9);
        let heartbeats = measured.counts.heartbeats();
        let listened = first.map_or(0, |first| last.listened.since(first.listened).0);
        let fleet_seconds = listened as f64 / 1_000.0;
        let (interrupted, failure) = match ended {
            Ended::AsAsked => (false, None),
            Ended::Interrupted => (true, None),
            Ended::Failed(error) => (false, Some(error.to_string())),
        };
        ReplayReport {
            journal: options.journal.display().to_string(),
            began_after: began_after.number.0,
            first_tick: first.map(|first| first.number.0),
            last_tick: last.number.0,
            first_time: first.map(|first| Rfc3339(first.now)),
            last_time: Rfc3339(last.now),
            ticks: measured.ticks,
            verified: measured.verified,
            not_verified: measured.ticks - measured.verified,
            heartbeats,
            pipelines: measured.pipelines,
            inputs: measured.counts.list(),
            fleet_seconds,
            load_seconds: loading.as_secs_f64(),
            seconds,
            processor_seconds: spent.processor.as_secs_f64(),
            ticks_per_second: measured.ticks as f64 / seconds,
            heartbeats_per_second: heartbeats as f64 / seconds,
            times_real_time: fleet_seconds / seconds,
            bytes_per_heartbeat: (heartbeats > 0)
                .then(|| measured.frame_bytes as f64 / heartbeats as f64),
            fingerprint: format!("{:016x}", measured.fingerprint),
            settings: options.set.iter().map(ToString::to_string).collect(),
            differences: measured.differences,
            interrupted,
            failure,
        }
    }

    /// Why the exit code is not 0; `None`: it is.
    pub fn complaint(&self) -> Option<String> {
        let after = self.last_tick;
        match &self.failure {
            Some(failure) => Some(failure.clone()),
            None if self.interrupted => Some(format!("interrupted after tick {after}")),
            None => None,
        }
    }
}

impl fmt::Display for ReplayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut row = |name: &str, value: String| writeln!(f, "  {name:<34} {value}");
        match (self.first_tick, &self.first_time) {
            (Some(first), Some(time)) => {
                row("ticks", format!("{} ({first} to {})", self.ticks, self.last_tick))?;
                row("span", format!("{time} to {}", self.last_time))?;
            }
            (_, _) => row("ticks", format!("0, after tick {}", self.began_after))?,
        }
        row("heartbeats", self.heartbeats.to_string())?;
        row("pipelines reported", self.pipelines.to_string())?;
        row("fleet time listened", format!("{:.1} s", self.fleet_seconds))?;
        row("run in", {
            let (processor, load) = (self.processor_seconds, self.load_seconds);
            format!("{:.2} s, {processor:.2} s of one core", self.seconds)
                + &format!(", after {load:.2} s to load the state")
        })?;
        row("speed", {
            let (ticks, heartbeats) = (self.ticks_per_second, self.heartbeats_per_second);
            format!("{:.0} x real time", self.times_real_time)
                + &format!(", {ticks:.0} ticks/s, {heartbeats:.0} heartbeats/s")
        })?;
        let bytes = self.bytes_per_heartbeat;
        row(
            "journal bytes per heartbeat",
            bytes.map_or("-".into(), |bytes| format!("{bytes:.1}")),
        )?;
        row("ticks verified / not verified", format!("{} / {}", self.verified, self.not_verified))?;
        row("fingerprint", self.fingerprint.clone())?;
        writeln!(f, "\n  inputs")?;
        for kind in &self.inputs {
            writeln!(f, "    {:<32} {}", kind.kind, kind.count)?;
        }
        if let Some(differences) = &self.differences {
            writeln!(f, "\n  with {}", self.settings.join(", "))?;
            differences.fmt(f)?;
        }
        Ok(())
    }
}
