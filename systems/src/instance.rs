//! An instance: one pipeline on one node. Data only.

use std::borrow::Cow;
use std::collections::VecDeque;

use bevy_ecs::prelude::{Bundle, Component};
use serde::{Deserialize, Deserializer, Serialize};

use crate::answer::Rates;
use crate::component_rows::ComponentRows;
use crate::fleet::process_word;
use crate::ids::{EnvironmentKey, InstanceKey, NodeKey, PipelineKey};
use crate::input::MinuteTotals;
use crate::report::{Counts, LogLevel};
use crate::status::ProcessClass;
use crate::time::{Millis, Minute, TickNumber};

/// Which instance this is.
#[derive(Component, Clone, Copy, Debug, Serialize, Deserialize)]
#[component(immutable)]
pub struct InstanceIdentity {
    pub key: InstanceKey,
    pub node: NodeKey,
    pub pipeline: PipelineKey,
    pub environment: EnvironmentKey,
}

/// The process as its agent tells. Written by `apply_heartbeats`.
#[derive(Component, Clone, Debug, Serialize, Deserialize)]
pub struct ProcessStatus {
    /// The agent's own word.
    #[serde(deserialize_with = "read_word")]
    pub word: Cow<'static, str>,
    pub class: ProcessClass,
    pub since: Millis,
    pub revision: u32,
    pub pid: Option<u32>,
    pub uptime_seconds: Option<u64>,
    pub config_checksum: Option<Box<str>>,
    /// Hash of the checksum last told, to know it again without looking where it lies.
    #[serde(skip)]
    pub checksum_told: u64,
    pub updated_at: Millis,
}

fn read_word<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Cow<'static, str>, D::Error> {
    String::deserialize(deserializer).map(|word| process_word(&word))
}

/// Where the next delta starts, and what the last one told. Written by `apply_observations`.
#[derive(Component, Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Counters {
    pub baseline: Option<Baseline>,
    /// `None`: the last heartbeat carried no measurement.
    pub rates: Option<RateSums>,
    pub utilization: Option<f64>,
    pub latency_mean_millis: Option<f64>,
}

/// The counters deltas are taken from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// The process the counters belong to.
    pub pid: Option<u32>,
    pub uptime_seconds: Option<u64>,
    pub totals: Counts,
    pub seen_at: Millis,
    /// Zero by rule (the process has just begun), not by measurement.
    pub is_origin: bool,
}

/// Rates in thousandths per second: integers, so that sums are exact in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateSums {
    pub events_in: u64,
    pub events_out: u64,
    pub errors: u64,
    pub discarded: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
}

impl RateSums {
    /// The rates of a delta over a span of time.
    pub fn of(delta: &Counts, elapsed: Millis) -> RateSums {
        let rate = |count: u64| {
            if count == 0 {
                return 0;
            }
            // Nearly always it fits a word, where a division costs a tenth.
            if let Some(scaled) = count.checked_mul(1_000_000) {
                return scaled / elapsed.0.max(1);
            }
            let thousandths = u128::from(count) * 1_000_000 / u128::from(elapsed.0.max(1));
            u64::try_from(thousandths).unwrap_or(u64::MAX)
        };
        RateSums {
            events_in: rate(delta.events_in),
            events_out: rate(delta.events_out),
            errors: rate(delta.errors),
            discarded: rate(delta.discarded),
            bytes_in: rate(delta.bytes_in),
            bytes_out: rate(delta.bytes_out),
        }
    }

    /// Adds field by field; wraps, so that what was added can be taken out again exactly.
    pub fn add(&mut self, other: &RateSums) {
        self.zip(other, u64::wrapping_add);
    }

    /// Takes out what was added.
    pub fn subtract(&mut self, other: &RateSums) {
        self.zip(other, u64::wrapping_sub);
    }

    /// Per second, for people.
    pub fn per_second(&self) -> Rates {
        let rate = |thousandths: u64| thousandths as f64 / 1_000.0;
        Rates {
            events_in: rate(self.events_in),
            events_out: rate(self.events_out),
            errors: rate(self.errors),
            discarded: rate(self.discarded),
            bytes_in: rate(self.bytes_in),
            bytes_out: rate(self.bytes_out),
        }
    }

    fn zip(&mut self, other: &RateSums, combine: fn(u64, u64) -> u64) {
        self.events_in = combine(self.events_in, other.events_in);
        self.events_out = combine(self.events_out, other.events_out);
        self.errors = combine(self.errors, other.errors);
        self.discarded = combine(self.discarded, other.discarded);
        self.bytes_in = combine(self.bytes_in, other.bytes_in);
        self.bytes_out = combine(self.bytes_out, other.bytes_out);
    }
}

/// The minute being counted. Written by `apply_observations`.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MinuteAccumulator {
    pub minute: Minute,
    pub totals: MinuteTotals,
}

/// What an instance counts as in the totals of its node, pipeline and environment. Written by `derive_totals`.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Contribution {
    /// `None`: not counted yet. `Some(None)`: no data, its node is unreachable.
    pub class: Option<Option<ProcessClass>>,
}

impl Contribution {
    /// Whether its rates are in the totals: all of `Counters::rates`, but what is on its way in `RateChanges`.
    #[inline]
    pub fn is_rated(&self) -> bool {
        matches!(self.class, Some(Some(_)))
    }
}

/// Rates an instance has more than before; what it has less wraps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RatesGained {
    /// Instances with rates.
    rated: u32,
    rates: RateSums,
}

impl RatesGained {
    /// From the old rates to the new ones.
    #[inline]
    pub fn between(old: Option<&RateSums>, new: Option<&RateSums>) -> RatesGained {
        let mut rates = new.copied().unwrap_or_default();
        if let Some(old) = old {
            rates.subtract(old);
        }
        RatesGained { rated: u32::from(new.is_some()).wrapping_sub(old.is_some().into()), rates }
    }

    /// Adds what another gained.
    pub fn add(&mut self, other: &RatesGained) {
        self.rated = self.rated.wrapping_add(other.rated);
        self.rates.add(&other.rates);
    }
}

/// Sums over instances. Written by `derive_totals`.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// By `ProcessClass::index`.
    pub instances: [u32; ProcessClass::COUNT],
    pub instances_no_data: u32,
    /// Instances with rates.
    pub rated: u32,
    pub rates: RateSums,
}

impl Totals {
    /// Rates of all, `None` when nothing reports.
    pub fn rates(&self) -> Option<Rates> {
        (self.rated > 0).then(|| self.rates.per_second())
    }

    /// Counts an instance as another class than before.
    pub fn move_instance(&mut self, old: &Contribution, new: &Contribution) {
        if let Some(class) = old.class {
            *self.count_mut(class) -= 1;
        }
        if let Some(class) = new.class {
            *self.count_mut(class) += 1;
        }
    }

    fn count_mut(&mut self, class: Option<ProcessClass>) -> &mut u32 {
        match class {
            None => &mut self.instances_no_data,
            Some(class) => &mut self.instances[class.index()],
        }
    }

    /// Adds what an instance gained.
    #[inline]
    pub fn add_rates(&mut self, gained: &RatesGained) {
        self.rated = self.rated.wrapping_add(gained.rated);
        self.rates.add(&gained.rates);
    }

    /// Number of instances.
    pub fn len(&self) -> u32 {
        self.instances.iter().sum::<u32>() + self.instances_no_data
    }

    /// True when there is no instance.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The newest log lines of an instance, oldest first. Written by `apply_logs`.
#[derive(Component, Clone, Debug, Default)]
pub struct LogTail {
    pub lines: VecDeque<TailEntry>,
}

/// One line of a tail.
#[derive(Clone, Debug)]
pub struct TailEntry {
    pub tick: TickNumber,
    pub ordinal: u32,
    pub at: Millis,
    pub level: LogLevel,
    pub text: Box<str>,
}

/// Everything an instance has.
#[derive(Bundle)]
pub struct InstanceBundle {
    pub identity: InstanceIdentity,
    pub process: ProcessStatus,
    pub counters: Counters,
    pub minute: MinuteAccumulator,
    pub contribution: Contribution,
    pub components: ComponentRows,
    pub tail: LogTail,
}
