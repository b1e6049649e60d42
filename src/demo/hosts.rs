//! The machines of the demo: three regions, a few roles, both generations of agents.

use crate::fleet_sim::host::{Generation, Host, labels};

const REGIONS: [&str; 3] = ["eu-west", "us-east", "ap-south"];
const ZONES: [&str; 3] = ["a", "b", "c"];
/// Roles and the teams that look after them, as often as they are here.
const ROLES: [(&str, &str); 10] = [
    ("web", "storefront"),
    ("kubernetes", "platform"),
    ("edge", "network"),
    ("web", "storefront"),
    ("database", "data"),
    ("kubernetes", "platform"),
    ("web", "storefront"),
    ("edge", "network"),
    ("kubernetes", "platform"),
    ("mail", "messaging"),
];

/// So many machines, always the same.
pub(super) fn demo_hosts(count: usize) -> Vec<Host> {
    (0..count).map(host).collect()
}

/// Whether somebody works on a machine when the demo begins.
pub(super) fn is_in_maintenance(index: usize) -> bool {
    index % 29 == 17
}

fn host(index: usize) -> Host {
    let region = REGIONS[index % REGIONS.len()];
    let zone = ZONES[index / REGIONS.len() % ZONES.len()];
    let (role, team) = ROLES[index % ROLES.len()];
    let stage = if index % 12 == 11 { "staging" } else { "production" };
    let place = format!("{region}-{zone}");
    Host {
        name: format!("{place}-{index:05}"),
        generation: Generation::of(index),
        labels: labels(&[
            ("region", region),
            ("zone", &place),
            ("role", role),
            ("team", team),
            ("stage", stage),
        ]),
        identity: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::demo::SEED;
    use crate::fleet_sim::scenario::Scenario;

    /// The nodes that the browser's tests and the pictures of the documentation show.
    const SHOWN: [usize; 2] = [0, 7];

    #[test]
    fn a_demo_has_every_kind_of_node_and_trouble_where_something_runs() {
        let hosts = demo_hosts(60);
        let names: BTreeSet<&str> = hosts.iter().map(|host| &*host.name).collect();
        assert_eq!(names.len(), 60);
        assert!(names.contains("us-east-c-00007"), "{names:?}");
        for key in ["region", "zone", "role", "team", "stage"] {
            let values: BTreeSet<&str> = hosts.iter().map(|host| &*host.labels.0[key]).collect();
            assert!(values.len() >= 2, "{key}: {values:?}");
        }
        let older = hosts.iter().filter(|host| host.generation == Generation::M002).count();
        assert_eq!(older, 15);
        assert_eq!((0..60).filter(|index| is_in_maintenance(*index)).count(), 2);
        let troubles = Scenario::Lively.troubles(60, SEED);
        assert_eq!(troubles.len(), 3);
        for (index, trouble) in troubles {
            let is_free = !is_in_maintenance(index) && !SHOWN.contains(&index);
            assert!(is_free, "{trouble:?} at {index}");
        }
    }
}
