//! How the values of options are written: sizes, networks, addresses. Every error says what would be right.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use tracing_subscriber::EnvFilter;

/// A number of bytes, written with a unit: `64MiB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByteSize(pub u64);

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<ByteSize, String> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let shift = match unit.trim_start() {
            "B" => 0,
            "KiB" => 10,
            "MiB" => 20,
            "GiB" => 30,
            _ => return Err("write a whole number and a unit: B, KiB, MiB or GiB".into()),
        };
        let number: u64 = number.parse().map_err(|_| "write a whole number, as in 64MiB")?;
        match number.checked_mul(1 << shift) {
            Some(0) | None => Err("write a size above 0B and below 2^64 B".into()),
            Some(bytes) => Ok(ByteSize(bytes)),
        }
    }
}

/// When a heartbeat is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// When its tick is on disk: it survives whatever happens to the process.
    Durable,
    /// When it is in the queue: a crash within the next second may lose it.
    Received,
}

pub(crate) fn parse_ack(text: &str) -> Result<Ack, String> {
    match text {
        "received" => Ok(Ack::Received),
        "durable" => Ok(Ack::Durable),
        _ => Err("use `durable` or `received`".into()),
    }
}

/// An address or a network: `10.0.0.1`, `10.0.0.0/8`, `fd00::/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

impl Network {
    /// Whether the address lies in the network. IPv4 within IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let host_bits = 32 - u32::from(self.prefix_bits);
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(host_bits).unwrap_or(0) == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let host_bits = 128 - u32::from(self.prefix_bits);
                let differing = network.to_bits() ^ address.to_bits();
                differing.checked_shr(host_bits).unwrap_or(0) == 0
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Network, String> {
        const EXPECTED: &str = "write an address or a network, as in 10.0.0.0/8";
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| EXPECTED)?;
        let bits_max = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = match prefix {
            None => bits_max,
            Some(prefix) => prefix.parse().map_err(|_| EXPECTED)?,
        };
        if bits_max < prefix_bits {
            return Err(format!("a network of this kind has at most {bits_max} bits"));
        }
        Ok(Network { address, prefix_bits })
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

pub(crate) fn parse_listen(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "write an IP address and a port, as in 127.0.0.1:7300 or [::1]:7300")
}

pub(crate) fn parse_database_url(text: &str) -> Result<String, String> {
    let has_target = ["postgres://", "postgresql://", "sqlite:"]
        .iter()
        .any(|scheme| text.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()));
    if has_target {
        Ok(text.into())
    } else {
        Err("write postgres://USER:PASSWORD@HOST/DATABASE or sqlite:FILE".into())
    }
}

/// Takes an origin, without the slash at its end.
pub(crate) fn parse_public_url(text: &str) -> Result<String, String> {
    const EXPECTED: &str = "write http:// or https:// and a host, without a path";
    let origin = text.strip_suffix('/').unwrap_or(text);
    let uri: hyper::Uri = origin.parse().map_err(|_| EXPECTED)?;
    let is_web = matches!(uri.scheme_str(), Some("http" | "https"));
    let is_bare = uri.path() == "/" && uri.query().is_none() && !text.contains(['@', '#']);
    if is_web && is_bare && uri.host().is_some_and(|host| !host.is_empty()) {
        Ok(origin.into())
    } else {
        Err(EXPECTED.into())
    }
}

pub(crate) fn parse_log_filter(text: &str) -> Result<String, String> {
    match EnvFilter::builder().parse(text) {
        Ok(_) => Ok(text.into()),
        Err(error) => {
            Err(format!("{error}; write a level, or levels by module: info,systole=debug"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_whole_numbers_with_a_binary_unit() {
        let sizes = [("1B", 1), ("64KiB", 65_536), ("8 MiB", 8 << 20), ("3GiB", 3 << 30)];
        for (text, bytes) in sizes {
            assert_eq!(text.parse(), Ok(ByteSize(bytes)), "{text}");
        }
        for text in ["", "64", "MiB", "1.5GiB", "64MB", "0MiB", "-1MiB", "99999999999GiB"] {
            assert!(text.parse::<ByteSize>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_network_holds_its_addresses_and_no_others() {
        let cases = [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.0/8", "10.255.1.2", true),
            ("10.0.0.0/8", "11.0.0.0", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "::1", false),
            ("fd00::/8", "fd12::1", true),
            ("fd00::/8", "fe80::1", false),
            ("::/0", "fe80::1", true),
        ];
        for (network, address, expected) in cases {
            let network: Network = network.parse().unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), expected, "{network} {address}");
        }
        for text in ["", "proxy", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "::/129"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_public_url_is_an_origin() {
        assert_eq!(parse_public_url("https://s.example/").as_deref(), Ok("https://s.example"));
        assert_eq!(parse_public_url("http://s.example:81").as_deref(), Ok("http://s.example:81"));
        for text in ["s.example", "ftp://s.example", "https://s.example/x", "https://u@s.example"] {
            assert!(parse_public_url(text).is_err(), "{text}");
        }
    }
}
