//! Time of the world: real time that passes, a wall clock that lies, and the program's own clock between.

use std::time::Duration;

use systole::clock::Clock;
use systole_systems::time::Tick;

/// The first instant: the beginning of a minute.
const START_MICROS: u64 = 1_800_000_000_000_000;
/// What a stall counts as.
const TICK_MAX: Duration = Duration::from_millis(50);

/// The clocks.
pub struct Time {
    /// Microseconds since the world began.
    real: u64,
    /// How far the wall clock is ahead of it.
    wall_ahead: i64,
    clock: Clock,
}

impl Time {
    /// The beginning.
    pub fn new() -> Time {
        let clock = Clock::after(Tick::default(), TICK_MAX, START_MICROS);
        Time { real: 0, wall_ahead: 0, clock }
    }

    /// A new process reads the wall clock, and goes on after the last tick that is known.
    pub fn restart(&mut self, last: Tick) {
        self.clock = Clock::after(last, TICK_MAX, self.wall());
    }

    /// Sets the wall clock ahead or back.
    pub fn jump(&mut self, by: Duration, is_ahead: bool) {
        let by = by.as_micros() as i64;
        self.wall_ahead += if is_ahead { by } else { -by };
    }

    /// Lets time pass until the next tick.
    pub fn pass(&mut self, gap: Duration, was_refusing: bool) -> Tick {
        self.real += gap.as_micros() as u64;
        self.clock.advance(gap, self.wall(), was_refusing)
    }

    /// Milliseconds since the world began, as agents and readers feel them.
    pub fn real_millis(&self) -> u64 {
        self.real / 1_000
    }

    fn wall(&self) -> u64 {
        (START_MICROS + self.real).saturating_add_signed(self.wall_ahead)
    }
}
