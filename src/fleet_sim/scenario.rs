//! What goes wrong in a simulated fleet, decided from a seed so that it can be repeated.

use std::time::Duration;

use fastrand::Rng;

/// How eventful the fleet is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// Nothing goes wrong.
    Calm,
    /// Now and then a pipeline crashes, a node goes silent, an error is logged.
    Lively,
}

/// What happens to a node before its next heartbeat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Mishap {
    /// The node sends nothing for so long.
    pub silence: Option<Duration>,
    /// A pipeline crashes and stays down for so long.
    pub crash: Option<Duration>,
    /// It is always the same pipeline.
    pub is_loop: bool,
    /// An error is logged.
    pub logs_error: bool,
}

/// What goes wrong with a node for sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// One of its pipelines crashes again and again.
    CrashLoop,
    /// It is silent for a minute, once.
    Silence,
    /// What it runs already it runs on with, whatever is deployed.
    KeepsVersions,
}

/// When trouble begins: the node has been seen well by then.
const TROUBLE_AT: Duration = Duration::from_secs(6);
/// When a silence ends.
const SILENCE_UNTIL: Duration = Duration::from_secs(75);
/// Time between two crashes of a loop.
const LOOP_DOWNTIME: Duration = Duration::from_secs(12);
/// For each trouble a fleet has at least so many nodes.
const NODES_PER_TROUBLE: usize = 4;

impl Scenario {
    /// The nodes that are in trouble, each with another one. A small fleet has the first of them.
    pub fn troubles(self, nodes: usize, seed: u64) -> Vec<(usize, Trouble)> {
        match self {
            Scenario::Calm => Vec::new(),
            Scenario::Lively => {
                let mut indices: Vec<usize> = (0..nodes).collect();
                Rng::with_seed(seed).shuffle(&mut indices);
                indices.truncate(nodes.div_ceil(NODES_PER_TROUBLE));
                let troubles = [Trouble::CrashLoop, Trouble::Silence, Trouble::KeepsVersions];
                indices.into_iter().zip(troubles).collect()
            }
        }
    }

    /// Draws what happens next.
    pub fn draw(self, rng: &mut Rng) -> Mishap {
        match self {
            Scenario::Calm => Mishap::default(),
            Scenario::Lively => Mishap {
                silence: (rng.u32(..900) == 0).then(|| Duration::from_secs(rng.u64(25..70))),
                crash: (rng.u32(..300) == 0).then(|| Duration::from_secs(rng.u64(6..25))),
                logs_error: rng.u32(..40) == 0,
                is_loop: false,
            },
        }
    }
}

impl Trouble {
    /// What it makes of a mishap at this age of the fleet.
    pub fn befall(self, mishap: Mishap, now: Duration) -> Mishap {
        match self {
            Trouble::CrashLoop if TROUBLE_AT <= now => {
                Mishap { silence: None, crash: Some(LOOP_DOWNTIME), is_loop: true, ..mishap }
            }
            Trouble::Silence if TROUBLE_AT <= now && now < SILENCE_UNTIL => {
                Mishap { silence: Some(SILENCE_UNTIL - now), ..mishap }
            }
            Trouble::CrashLoop | Trouble::Silence | Trouble::KeepsVersions => mishap,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_tells_the_same_story_twice_and_a_calm_fleet_has_none() {
        let story = |scenario: Scenario, seed| {
            let mut rng = Rng::with_seed(seed);
            (0..5_000).map(|_| scenario.draw(&mut rng)).collect::<Vec<_>>()
        };
        assert_eq!(story(Scenario::Lively, 3), story(Scenario::Lively, 3));
        assert_ne!(story(Scenario::Lively, 3), story(Scenario::Lively, 4));
        assert!(story(Scenario::Lively, 3).iter().any(|mishap| mishap.crash.is_some()));
        assert!(story(Scenario::Calm, 3).iter().all(|mishap| *mishap == Mishap::default()));
    }

    #[test]
    fn trouble_comes_to_the_same_nodes_for_a_seed_and_early() {
        let troubles = Scenario::Lively.troubles(60, 1);
        assert_eq!(troubles, Scenario::Lively.troubles(60, 1));
        assert_ne!(troubles, Scenario::Lively.troubles(60, 2));
        let kinds: Vec<Trouble> = troubles.iter().map(|(_, trouble)| *trouble).collect();
        assert_eq!(kinds, [Trouble::CrashLoop, Trouble::Silence, Trouble::KeepsVersions]);
        assert_eq!(Scenario::Lively.troubles(4, 1).len(), 1);
        assert!(Scenario::Calm.troubles(60, 1).is_empty());

        let at = |trouble: Trouble, seconds| {
            let mishap = trouble.befall(Mishap::default(), Duration::from_secs(seconds));
            (mishap.crash.is_some(), mishap.silence.map(|silence| silence.as_secs()))
        };
        for (trouble, seconds, expected) in [
            (Trouble::CrashLoop, 5, (false, None)),
            (Trouble::CrashLoop, 6, (true, None)),
            (Trouble::CrashLoop, 600, (true, None)),
            (Trouble::Silence, 5, (false, None)),
            (Trouble::Silence, 10, (false, Some(65))),
            (Trouble::Silence, 75, (false, None)),
            (Trouble::KeepsVersions, 600, (false, None)),
        ] {
            assert_eq!(at(trouble, seconds), expected, "{trouble:?} at {seconds} s");
        }
    }
}
