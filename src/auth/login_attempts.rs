//! Limits guesses at passwords, by email address and by network address, in memory of a fixed size.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use systole_systems::time::Millis;

/// Guesses in a row, and the time after which one more is granted.
#[derive(Clone, Copy, Debug)]
struct Allowance {
    burst: u64,
    interval: Millis,
}

/// A person mistypes a few times; a guesser gets four a minute.
const PER_EMAIL: Allowance = Allowance { burst: 20, interval: Millis(15_000) };
/// Many people may share an address.
const PER_ADDRESS: Allowance = Allowance { burst: 100, interval: Millis(3_000) };

/// Slots for keys, chosen by a keyed hash. Passwords are checked too slowly to fill a notable part
/// of them within an allowance, so that strangers hardly ever share one.
const SLOTS: usize = 1 << 16;

/// What all attempts so far used up. Cheap to clone; clones share it.
#[derive(Clone, Debug)]
pub struct LoginAttempts {
    slots: Arc<Mutex<Box<[Millis]>>>,
    keys: RandomState,
}

/// An attempt that was let through.
#[derive(Clone, Copy, Debug)]
pub struct Attempt {
    slots: [(usize, Allowance); 2],
}

impl LoginAttempts {
    /// No attempts so far.
    pub fn new() -> LoginAttempts {
        let slots = vec![Millis(0); SLOTS].into_boxed_slice();
        LoginAttempts { slots: Arc::new(Mutex::new(slots)), keys: RandomState::new() }
    }

    /// Lets one attempt through, or tells how long to wait.
    pub fn admit(&self, email: &str, address: IpAddr, now: Millis) -> Result<Attempt, Millis> {
        let attempt = Attempt {
            slots: [
                (self.slot(&email.to_lowercase()), PER_EMAIL),
                (self.slot(&network(address)), PER_ADDRESS),
            ],
        };
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = attempt.slots.iter().map(|&(slot, allowance)| allowance.wait(slots[slot], now));
        let wait = wait.max().expect("two slots");
        if wait > Millis(0) {
            return Err(wait);
        }
        for (slot, allowance) in attempt.slots {
            slots[slot] = Millis(slots[slot].max(now).0 + allowance.interval.0);
        }
        Ok(attempt)
    }

    /// Gives an attempt back: its password was right.
    pub fn forgive(&self, attempt: Attempt) {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        for (slot, allowance) in attempt.slots {
            slots[slot] = slots[slot].since(allowance.interval);
        }
    }

    fn slot(&self, key: &impl std::hash::Hash) -> usize {
        (self.keys.hash_one(key) % SLOTS as u64) as usize
    }
}

impl Default for LoginAttempts {
    fn default() -> LoginAttempts {
        LoginAttempts::new()
    }
}

impl Allowance {
    /// Time until one more attempt fits, when all so far are paid off at `paid_until`.
    fn wait(self, paid_until: Millis, now: Millis) -> Millis {
        let debt_max = Millis(self.interval.0 * (self.burst - 1));
        paid_until.since(now).since(debt_max)
    }
}

/// What one household or host owns: an IPv4 address, the /64 of an IPv6 one.
fn network(address: IpAddr) -> [u8; 8] {
    let octets = match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().octets(),
        IpAddr::V6(v6) => return v6.octets()[..8].try_into().expect("16 octets"),
    };
    octets[8..].try_into().expect("16 octets")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const NOW: Millis = Millis(1_800_000_000_000);

    #[test]
    fn guesses_at_one_email_end_after_the_burst_and_go_on_one_by_one() {
        let attempts = LoginAttempts::new();
        for _ in 0..PER_EMAIL.burst {
            attempts.admit("ada@example.org", ADDRESS, NOW).unwrap();
        }
        let wait = attempts.admit("ADA@example.org", ADDRESS, NOW).unwrap_err();
        assert_eq!(wait, PER_EMAIL.interval);
        let later = Millis(NOW.0 + wait.0);
        attempts.admit("ada@example.org", ADDRESS, later).unwrap();
        attempts.admit("ada@example.org", ADDRESS, later).unwrap_err();
    }

    #[test]
    fn guesses_at_many_emails_from_one_address_end_as_well() {
        let attempts = LoginAttempts::new();
        for n in 0..PER_ADDRESS.burst {
            attempts.admit(&format!("user{n}@example.org"), ADDRESS, NOW).unwrap();
        }
        attempts.admit("another@example.org", ADDRESS, NOW).unwrap_err();
        attempts.admit("another@example.org", "192.0.2.1".parse().unwrap(), NOW).unwrap();
    }

    #[test]
    fn signing_in_rightly_costs_nothing() {
        let attempts = LoginAttempts::new();
        for _ in 0..1_000 {
            let attempt = attempts.admit("ada@example.org", ADDRESS, NOW).unwrap();
            attempts.forgive(attempt);
        }
    }

    #[test]
    fn addresses_of_one_ipv6_network_count_together() {
        let same = |a: &str, b: &str| network(a.parse().unwrap()) == network(b.parse().unwrap());
        assert!(same("2001:db8::1", "2001:db8::2"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(same("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(!same("192.0.2.1", "192.0.2.2"));
    }
}
