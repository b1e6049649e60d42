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
    /// An error is logged.
    pub logs_error: bool,
}

impl Scenario {
    /// Draws what happens next.
    pub fn draw(self, rng: &mut Rng) -> Mishap {
        match self {
            Scenario::Calm => Mishap::default(),
            Scenario::Lively => Mishap {
                silence: (rng.u32(..900) == 0).then(|| Duration::from_secs(rng.u64(25..70))),
                crash: (rng.u32(..300) == 0).then(|| Duration::from_secs(rng.u64(6..25))),
                logs_error: rng.u32(..40) == 0,
            },
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
}
