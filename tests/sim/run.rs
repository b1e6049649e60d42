//! One seed from its beginning to its end: first everything goes wrong, then nothing.

use std::fmt;

use crate::Verdict;
use crate::model::Flaw;
use crate::world::World;

/// Steps in which everything may go wrong.
pub const STEPS: u32 = 300;

/// A seed that failed.
pub struct Failure {
    seed: u64,
    why: String,
    trail: String,
}

/// Runs a seed. Answers a digest of everything that came out.
pub fn run(seed: u64, flaw: Option<Flaw>) -> Result<u64, Failure> {
    let mut scene = Scene { seed, world: World::new(seed, flaw) };
    match live(&mut scene.world) {
        Ok(()) => Ok(scene.world.digest()),
        Err(why) => Err(Failure { seed, why, trail: scene.world.trail.to_string() }),
    }
}

fn live(world: &mut World) -> Verdict {
    world.start()?;
    for _ in 0..STEPS {
        world.step()?;
    }
    world.calm_down();
    let until = world.real_millis() + world.patience_millis();
    while world.real_millis() < until {
        world.step()?;
    }
    world.check_convergence()?;
    world.flush()?;
    world.check_journal()
}

/// Says where it was when the engine itself gives up.
struct Scene {
    seed: u64,
    world: World,
}

impl Drop for Scene {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let (seed, trail) = (self.seed, self.world.trail.to_string());
            eprintln!("{}", Failure { seed, why: "the panic above".into(), trail });
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {} fails, at the end of\n{}", self.seed, self.trail)?;
        writeln!(f, "because {}", self.why)?;
        write!(f, "again: SYSTOLE_SIM_SEED={} cargo test --test sim -- seed --exact", self.seed)
    }
}
