//! Cost of decoding a heartbeat into the core's input, by size.

fn main() {}
