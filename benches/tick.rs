//! Cost of a tick: quiet ones by size of the fleet, busy ones by heartbeats, with and without readers, and
//! those of a journal.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use systole_systems::engine::Engine;
use systole_systems::ids::SubscriberId;
use systole_systems::input::{Filter, Input, Inputs, Subscribed};
use systole_systems::settings::Settings;

#[path = "shared/allocator.rs"]
mod allocator;
#[path = "shared/fleet.rs"]
mod fleet;
#[path = "shared/replay.rs"]
mod replay;

const HEARTBEATS: usize = 100;

fn quiet(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("quiet_tick");
    for nodes in [1_000, 10_000, 100_000] {
        let mut fleet = fleet::Fleet::new(nodes, 1, 2, Settings::default());
        let nothing = Inputs::default();
        group.bench_function(BenchmarkId::from_parameter(nodes), |bencher| {
            bencher.iter(|| fleet.tick(1, black_box(&nothing)));
        });
    }
    group.finish();
}

fn heartbeats(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("heartbeats_in_a_tick");
    group.throughput(Throughput::Elements(HEARTBEATS as u64));
    for (name, subscribers) in [("nobody_reads", 0), ("one_open_stream", 1), ("100_open", 100)] {
        let mut fleet = fleet::Fleet::new(1_000, 10, 2, Settings::default());
        let mut opening = Inputs::default();
        for subscriber in 0..subscribers {
            opening.push(&Input::Subscribed(Subscribed {
                subscriber: SubscriberId(subscriber),
                stream: "s",
                user: "root",
                credential: "c",
                filter: Filter::default(),
                resume: None,
            }));
        }
        fleet.tick(1, &opening);
        let mut beat = 1;
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|rounds| {
                let mut spent = Duration::ZERO;
                for _ in 0..rounds {
                    beat += 1;
                    let inputs = fleet.heartbeats(0..HEARTBEATS, beat);
                    let began = std::time::Instant::now();
                    fleet.tick(50, black_box(&inputs));
                    spent += began.elapsed();
                }
                spent
            });
        });
    }
    group.finish();
}

/// What a journal costs the engine, a heartbeat: far more fleet than fits the caches.
fn replayed(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("replayed_heartbeat");
    group.sample_size(10);
    let made = [("live", Engine::default as fn() -> Engine), ("replay", Engine::for_replay)];
    for (name, size) in [("10000x10x2", (10_000, 10, 2)), ("100000x1x4", (100_000, 1, 4))] {
        for (engine_name, engine) in made {
            let mut fleet = replay::Replay::new(engine(), size);
            fleet.round();
            group.bench_function(BenchmarkId::new(name, engine_name), |bencher| {
                bencher.iter_custom(|beats| {
                    // Whole rounds, two at least, reckoned down to the heartbeats that were asked for.
                    let rounds = beats.div_ceil(size.0 as u64).max(2);
                    let spent: Duration = (0..rounds).map(|_| fleet.round()).sum();
                    spent.mul_f64(beats as f64 / (rounds * size.0 as u64) as f64)
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, quiet, heartbeats, replayed);
criterion_main!(benches);
