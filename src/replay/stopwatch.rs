//! Time by the clock, and time this thread had a processor: what others do meanwhile counts in the first alone.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Runs from its beginning on.
#[derive(Clone, Copy, Debug)]
pub struct Stopwatch {
    began: Instant,
    processor: Duration,
}

/// Time that has passed.
#[derive(Clone, Copy, Debug)]
pub struct Spent {
    pub clock: Duration,
    /// Of the thread that asked.
    pub processor: Duration,
}

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Stopwatch {
        Stopwatch { began: Instant::now(), processor: processor_time() }
    }

    /// Since it began; to be asked by the thread that began it.
    pub fn spent(&self) -> Spent {
        let processor = processor_time().saturating_sub(self.processor);
        Spent { clock: self.began.elapsed(), processor }
    }
}

fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::try_from(time).expect("time spent is not negative")
}
