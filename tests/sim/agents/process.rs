//! A process of a pipeline as its agent sees it: starting, counting, crashing, starting anew.

use fastrand::Rng;

use crate::agents::Surroundings;
use crate::faults::Fault;

/// A process.
pub struct Process {
    /// The agent's word.
    pub word: &'static str,
    pub pid: Option<u32>,
    pub started_at: u64,
    pub counts: [u64; 6],
    pub components: Vec<Component>,
    /// The scrape works this time.
    pub is_scraped: bool,
    /// Uptime is told a little too small this time.
    pub uptime_falls: bool,
}

/// A component of the pipeline, and what passed it.
pub struct Component {
    pub id: &'static str,
    pub kind: &'static str,
    pub received: u64,
    pub sent: u64,
}

const COMPONENTS: [(&str, &str); 4] =
    [("in", "source"), ("mend", "transform"), ("out", "sink"), ("odd", "lookup")];

impl Process {
    /// A process the agent has just begun.
    pub fn start(now: u64, pids: &mut u32, rng: &mut Rng) -> Process {
        let mut process = Process {
            word: "STARTING",
            pid: None,
            started_at: now,
            counts: [0; 6],
            components: Vec::new(),
            is_scraped: true,
            uptime_falls: false,
        };
        process.begin(now, pids, rng);
        if rng.u32(0..3) == 0 {
            // It ran before anybody looked.
            process.word = "RUNNING";
            process.started_at = now.saturating_sub(rng.u64(0..100_000));
            process.counts = std::array::from_fn(|_| rng.u64(0..100_000));
        }
        process
    }

    /// Lets it live until the next beat.
    pub fn live(&mut self, at: &Surroundings<'_>, rng: &mut Rng, pids: &mut u32) {
        (self.is_scraped, self.uptime_falls) = (true, false);
        if at.faults.strikes(Fault::ProcessTurns, rng) {
            self.turn(at.real_millis, rng, pids);
        } else if self.word != "RUNNING" && rng.u32(0..2) == 0 {
            if self.word != "STARTING" {
                self.begin(at.real_millis, pids, rng);
            }
            self.word = "RUNNING";
        }
        if self.word == "RUNNING" || (self.word == "STARTING" && rng.u32(0..4) == 0) {
            self.count(rng);
        }
        if at.faults.strikes(Fault::CountersLie, rng) {
            match rng.u32(0..5) {
                0 => self.is_scraped = false,
                1 => self.uptime_falls = true,
                2 => self.counts[rng.usize(0..6)] /= 2,
                3 => self.pid = self.pid.map(|pid| pid + 100_000),
                _ => self.components.iter_mut().for_each(|component| component.received /= 2),
            }
        }
    }

    fn turn(&mut self, now: u64, rng: &mut Rng, pids: &mut u32) {
        match rng.u32(0..8) {
            0 | 1 => {
                self.begin(now, pids, rng);
                self.word = "STARTING";
            }
            // A restart between two beats.
            2 | 3 => {
                self.begin(now, pids, rng);
                self.word = "RUNNING";
            }
            4 => self.word = "CRASHED",
            5 => (self.word, self.pid) = ("CRASH_LOOP", None),
            6 => (self.word, self.pid) = ("STOPPED", None),
            _ => self.word = "DREAMING",
        }
    }

    fn begin(&mut self, now: u64, pids: &mut u32, rng: &mut Rng) {
        *pids += 1;
        self.pid = (rng.u32(0..6) > 0).then_some(*pids);
        self.started_at = now;
        self.counts = [0; 6];
        self.components.clear();
        for (id, kind) in COMPONENTS {
            if rng.u32(0..3) > 0 {
                self.components.push(Component { id, kind, received: 0, sent: 0 });
            }
        }
    }

    fn count(&mut self, rng: &mut Rng) {
        // Some are idle, and some counters are never anything but zero.
        if rng.u32(0..5) == 0 {
            return;
        }
        for at in 0..self.counts.len() {
            let is_error = at == 2 || at == 3;
            if !is_error || rng.u32(0..4) == 0 {
                self.counts[at] += rng.u64(0..1_000);
            }
        }
        for component in &mut self.components {
            component.received += rng.u64(0..500);
            component.sent += rng.u64(0..500);
        }
    }
}
