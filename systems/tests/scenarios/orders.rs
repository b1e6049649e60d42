//! Systems whose order is declared to make no difference make none.

use std::collections::BTreeSet;

use bevy_ecs::prelude::{Schedule, World};
use bevy_ecs::schedule::ScheduleBuildSettings;
use systole_systems::engine::Engine;
use systole_systems::ids::SubscriberId;
use systole_systems::input::{FlushOutcome, Input};
use systole_systems::schedule::tick_schedule;

use crate::fleet::{Fleet, Report, running};
use crate::rollouts::deploy;

/// Orders that are tried.
const ORDERS: usize = 64;

/// The tick, in one of the orders that are declared to make no difference.
fn shuffled(seed: u64) -> Schedule {
    let mut schedule = tick_schedule();
    let settings = schedule.get_build_settings();
    schedule.set_build_settings(ScheduleBuildSettings { shuffle_seed: Some(seed), ..settings });
    schedule
}

/// The systems in the order in which a seed runs them.
fn order(seed: u64) -> Vec<String> {
    let mut schedule = shuffled(seed);
    schedule.initialize(&mut World::new()).expect("the tick has no ambiguity");
    let systems = schedule.systems().expect("it was just initialized");
    systems.map(|(_, system)| system.name().to_string()).collect()
}

/// Something of everything, and much of it in the same ticks.
fn live(fleet: &mut Fleet) {
    fleet.subscribe(1, "root", None);
    fleet.subscribe_to(2, "ann", None, &["n1"]);
    ["n1", "n2", "n3"].into_iter().for_each(|node| fleet.enroll(node));
    fleet.step(10);
    fleet.settle = Some(FlushOutcome::Failed);
    for beat in 1..12 {
        let crashed = Report { pipeline: "p1", status: "CRASHED", ..Report::default() };
        fleet.heartbeat("n1", &[running("p1", beat * 10), running("p2", beat)]);
        fleet.heartbeat("n2", &[if beat % 3 == 0 { crashed } else { running("p1", beat) }]);
        if beat % 4 == 0 {
            fleet.heartbeat("n1", &[running("p2", beat + 1)]);
        }
        fleet.subscribe(10 + beat, "zoe", None);
        match beat {
            3 => fleet.input(&Input::NodeRevoked { node: "n3" }),
            4 => deploy(fleet, "p1", 2, &[]),
            5 => fleet.settle = Some(FlushOutcome::Committed),
            6 => fleet.input(&Input::PipelineRemoved { pipeline: "p2" }),
            8 => fleet.input(&Input::MemberRemoved { team: "t1", user: "ann" }),
            9 => fleet.input(&Input::CredentialRevoked { credential: "root" }),
            10 => fleet.input(&Input::NodeRemoved { node: "n2" }),
            _ => {
                let subscriber = SubscriberId(1);
                fleet.input(&Input::SubscriberLagged { subscriber, skipped_events: 2 });
                fleet.input(&Input::SubscriberDrained { subscriber });
            }
        }
        fleet.step(50);
        fleet.run(if beat == 7 { 15_500 } else { 400 });
    }
}

#[test]
fn sixty_four_legal_orders_of_systems_do_the_same_in_every_tick() {
    let mut tried = BTreeSet::new();
    for seed in 0.. {
        if tried.insert(order(seed)) {
            let shuffled = Engine::with_schedule(shuffled(seed));
            live(&mut Fleet::beside(Engine::default(), Some(shuffled)));
        }
        if tried.len() == ORDERS {
            return;
        }
        assert!(seed < 100 * ORDERS as u64, "{} orders only", tried.len());
    }
}
