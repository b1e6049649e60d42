//! Dense integer keys for entities, and the numbers that cross the door.
//!
//! Keys are issued in tick order and never leave the process: outside, things have text ids.

use serde::{Deserialize, Serialize};

macro_rules! key {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub struct $name(pub u32);

        impl Key for $name {
            fn from_index(index: usize) -> $name {
                $name(u32::try_from(index).expect("fewer than 2^32 keys are alive"))
            }

            fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

/// A dense key: an index into tables and bitsets.
pub trait Key: Copy + Ord {
    fn from_index(index: usize) -> Self;
    fn index(self) -> usize;
}

key!(
    /// Key of an environment.
    EnvironmentKey
);
key!(
    /// Key of a node.
    NodeKey
);
key!(
    /// Key of a pipeline.
    PipelineKey
);
key!(
    /// Key of an instance: one pipeline on one node.
    InstanceKey
);
key!(
    /// Key of a subscriber.
    SubscriberKey
);

/// A subscriber as the shell knows it: one SSE connection of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SubscriberId(pub u64);

/// One batch of rows on its way to the store.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct BatchId(pub u64);
