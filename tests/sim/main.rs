//! A seeded world of fake agents, readers, disks and stores around the real engine, on fake time; and
//! a plain model of its rules that is told the same and must agree after every tick.

#![expect(unreachable_pub, reason = "the parts of the world are public to each other")]

mod agents;
mod compare;
mod damage;
mod directory;
mod disk;
mod fanout;
mod faults;
mod history;
mod ingress;
mod journal;
mod model;
mod readers;
mod record;
mod replay;
mod run;
mod sse;
mod store;
mod time;
mod trail;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};

use crate::damage::run_damaged;
use crate::model::Flaw;
use crate::run::{Failure, run};

/// What a check says: all is well, or what is not.
type Verdict = Result<(), String>;

/// Seeds of one run of the suite.
const SEEDS: u64 = 50;

/// One seed, to see again what went wrong: `SYSTOLE_SIM_SEED`.
#[test]
fn seed() {
    if let Some(seed) = number("SYSTOLE_SIM_SEED") {
        run(seed, None).unwrap_or_else(|failure| panic!("{failure}"));
    }
}

/// Many seeds: `SYSTOLE_SIM_SEEDS` of them, from `SYSTOLE_SIM_FIRST` on.
#[test]
fn seeds() {
    let first = number("SYSTOLE_SIM_FIRST").unwrap_or(1);
    let next = AtomicU64::new(first);
    let end = first + number("SYSTOLE_SIM_SEEDS").unwrap_or(SEEDS);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut failures = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if end <= seed {
                return failures;
            }
            if let Err(failure) = run(seed, None) {
                next.store(end, Ordering::Relaxed);
                failures.push(failure);
            }
        }
    };
    let failures: Vec<Failure> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("see above")).collect()
    });
    if let Some(failure) = failures.first() {
        panic!("{failure}");
    }
}

#[test]
fn the_same_seed_is_the_same_run() {
    let digest = |seed| run(seed, None).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(digest(7), digest(7));
    assert_ne!(digest(7), digest(8));
}

#[test]
fn damage_is_found_or_changes_nothing() {
    for seed in 1..4 {
        run_damaged(seed).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
}

#[test]
fn a_model_with_a_wrong_rule_is_found_out() {
    for flaw in [
        Flaw::LeaseTooShort,
        Flaw::ResetCountsNothing,
        Flaw::RevocationIsLate,
        Flaw::FailedScrapeIsZero,
    ] {
        let found = (1..20).any(|seed| run(seed, Some(flaw)).is_err());
        assert!(found, "nobody noticed {flaw:?}");
    }
}

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is no number")))
}
