//! The configurations that a fleet runs: each is read once, whichever and how many nodes run it.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use rustc_hash::FxHashMap;

use crate::fleet_sim::flow::Flow;
use crate::fleet_sim::messages::ConfiguredPipeline;

/// What came of reading a configuration: how events flow, or why it is refused.
pub type Reading = Result<Flow, String>;

/// Readings by checksum, for as long as a process of the fleet runs them.
#[derive(Debug, Default)]
pub struct Flows {
    read: Mutex<FxHashMap<String, Weak<Reading>>>,
}

impl Flows {
    /// The reading of a pipeline's configuration.
    pub fn of(&self, pipeline: &ConfiguredPipeline) -> Arc<Reading> {
        // Held while reading: a fleet that is told of a new text asks for it all at once.
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = read.get(&pipeline.checksum).and_then(Weak::upgrade) {
            return known;
        }
        read.retain(|_, reading| reading.strong_count() > 0);
        let reading = Arc::new(Flow::read(&pipeline.config_yaml));
        read.insert(pipeline.checksum.clone(), Arc::downgrade(&reading));
        reading
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pipeline(id: &str, checksum: &str, config: &str) -> ConfiguredPipeline {
        ConfiguredPipeline {
            pipeline_id: id.into(),
            pipeline_name: id.into(),
            version: 1,
            config_yaml: config.into(),
            checksum: checksum.into(),
        }
    }

    #[test]
    fn a_text_is_read_once_while_something_runs_it() {
        const CONFIG: &str =
            "sources: {in: {type: stdin}}\nsinks: {out: {type: console, inputs: [in]}}";
        let flows = Flows::default();
        let first = flows.of(&pipeline("p1", "c1", CONFIG));
        let again = flows.of(&pipeline("p2", "c1", CONFIG));
        assert!(Arc::ptr_eq(&first, &again), "another pipeline with the same text");
        let other = flows.of(&pipeline("p1", "c2", "sources: ["));
        assert!(first.is_ok() && other.is_err(), "a refusal is a reading, too");
        assert!(Arc::ptr_eq(&other, &flows.of(&pipeline("p3", "c2", "sources: ["))));
        drop((first, again));
        let _third = flows.of(&pipeline("p1", "c3", CONFIG));
        assert_eq!(flows.read.lock().unwrap().len(), 2, "what nothing runs is forgotten");
    }
}
