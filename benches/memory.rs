//! Memory of the engine per node with one pipeline of four components, heard and flushed, without
//! history: the growth of the engine's own allocation.

use std::alloc::System;
use std::io::Write as _;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use systole_systems::settings::Settings;

#[path = "shared/fleet.rs"]
mod fleet;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() {
    let settings = Settings { history_bytes_max: 0, ..Settings::default() };
    let mut out = std::io::stdout().lock();
    for nodes in [10_000, 1_000] {
        let region = Region::new(ALLOCATOR);
        let mut fleet = fleet::Fleet::new(nodes, 1, 4, settings);
        for beat in 1..=3 {
            for first in (0..nodes).step_by(100) {
                let inputs = fleet.heartbeats(first..first + 100, beat);
                fleet.tick(50, &inputs);
            }
            fleet.tick(2_000, &systole_systems::input::Inputs::default());
        }
        let stats = region.change();
        let bytes = stats.bytes_allocated as i64 - stats.bytes_deallocated as i64;
        let per_node = bytes / nodes as i64;
        writeln!(out, "{nodes} nodes: {per_node} bytes a node").expect("stdout is there");
        assert!(per_node <= 4_096, "more than 4 KiB a node");
        drop(fleet);
    }
}
