//! The only clock: stamps ticks with a time that never goes back, and with the time spent listening.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use systole_systems::time::{Millis, Tick, TickNumber};

/// A gap between ticks up to this counts as listening; a longer one was a stall.
const LISTENING_GAP_MAX: Duration = Duration::from_secs(1);
/// How much slower than real time our time runs while the wall clock is behind it.
const SLEW_PERCENT: u64 = 5;

/// Stamps ticks.
#[derive(Debug)]
pub struct Clock {
    number: u64,
    /// Microseconds since the Unix epoch.
    now: u64,
    /// Microseconds of listening since the fleet began.
    listened: u64,
    stamped_at: Instant,
    /// What a stall counts as.
    tick_max: Duration,
    offset_millis: i64,
}

impl Clock {
    /// A clock whose first tick comes after `last_tick`, of this process or another.
    pub fn new(last_tick: Tick, tick_max: Duration) -> Clock {
        Clock::after(last_tick, tick_max, wall_micros())
    }

    /// A clock that goes on after `last`, also when the wall clock, in microseconds, is behind it.
    pub fn after(last: Tick, tick_max: Duration, wall: u64) -> Clock {
        Clock {
            number: last.number.0,
            now: wall.max(last.now.0 * 1_000),
            listened: last.listened.0 * 1_000,
            stamped_at: Instant::now(),
            tick_max,
            offset_millis: 0,
        }
    }

    /// The next tick. Time in which heartbeats were refused is not time of listening.
    pub fn stamp(&mut self, was_refusing: bool) -> Tick {
        let instant = Instant::now();
        let gap = instant - self.stamped_at;
        self.stamped_at = instant;
        self.advance(gap, wall_micros(), was_refusing)
    }

    /// Wall clock minus our time, in milliseconds.
    pub fn offset_millis(&self) -> i64 {
        self.offset_millis
    }

    /// The next tick, `gap` after the last one, when the wall clock shows `wall` microseconds.
    pub fn advance(&mut self, gap: Duration, wall: u64, was_refusing: bool) -> Tick {
        self.number += 1;
        let elapsed = gap.as_micros() as u64;
        self.now = if self.now + elapsed <= wall {
            wall
        } else {
            self.now + elapsed - (elapsed * SLEW_PERCENT / 100).min(self.now + elapsed - wall)
        };
        self.offset_millis = (wall as i64 - self.now as i64) / 1_000;
        if !was_refusing {
            let heard = if gap <= LISTENING_GAP_MAX { gap } else { self.tick_max };
            self.listened += heard.as_micros() as u64;
        }
        Tick {
            number: TickNumber(self.number),
            now: Millis(self.now / 1_000),
            listened: Millis(self.listened / 1_000),
        }
    }
}

/// The wall clock, for what is not a tick: credentials, rows of the control plane.
pub fn wall_now() -> Millis {
    Millis(wall_micros() / 1_000)
}

/// Time that only goes forward, for what lives no longer than this process: deadlines of seconds and
/// minutes. It began when it was first asked for.
pub fn steady_now() -> Millis {
    static BEGINNING: OnceLock<Instant> = OnceLock::new();
    Millis(BEGINNING.get_or_init(Instant::now).elapsed().as_millis() as u64)
}

/// What the wall clock shows at a moment of `steady_now`, past or to come.
pub fn wall_at(steady: Millis) -> Millis {
    let (wall, now) = (wall_now(), steady_now());
    Millis((wall.0 + steady.0).saturating_sub(now.0))
}

fn wall_micros() -> u64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    since_epoch.map_or(0, |since_epoch| since_epoch.as_micros() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        let mut clock = Clock::new(Tick::default(), Duration::from_millis(50));
        clock.now = 1_000_000_000;
        clock
    }

    fn advance(clock: &mut Clock, gap_millis: u64, wall: u64, was_refusing: bool) {
        clock.advance(Duration::from_millis(gap_millis), wall, was_refusing);
    }

    #[test]
    fn a_wall_clock_ahead_is_followed_at_once() {
        let mut clock = clock();
        advance(&mut clock, 10, 4_600_000_000, false);
        assert_eq!((clock.now, clock.offset_millis), (4_600_000_000, 0));
    }

    #[test]
    fn a_wall_clock_that_jumped_back_is_approached_and_time_never_goes_back() {
        let mut clock = clock();
        let mut wall = 1_000_000_000 - 50_000;
        for _ in 0..200 {
            let before = clock.now;
            wall += 10_000;
            advance(&mut clock, 10, wall, false);
            assert!(before < clock.now);
        }
        assert_eq!(clock.now, wall);
    }

    #[test]
    fn a_clock_that_goes_on_is_never_before_what_it_goes_on_from() {
        let last = Tick { number: TickNumber(7), now: Millis(5_000), listened: Millis(300) };
        for (wall, expected) in [(1_000_000, 5_009), (6_000_000, 6_009)] {
            let mut clock = Clock::after(last, Duration::from_millis(50), wall);
            let tick = clock.advance(Duration::from_millis(10), wall, false);
            let expected =
                Tick { number: TickNumber(8), now: Millis(expected), listened: Millis(310) };
            assert_eq!(tick, expected);
        }
    }

    #[test]
    fn stalls_and_refusals_are_not_listening() {
        let mut clock = clock();
        advance(&mut clock, 40, 0, false);
        advance(&mut clock, 1_000, 0, false);
        advance(&mut clock, 3_600_000, 0, false);
        advance(&mut clock, 500, 0, true);
        assert_eq!(clock.listened, 40_000 + 1_000_000 + 50_000);
    }
}
