//! What agents are answered follows what people write: enrollment tokens and configurations.
//!
//! The one place where the control plane touches the tables of the agents' side.

use crate::app::Caches;
use crate::store::{EnrollmentToken, Environment, Pipeline};

impl Caches {
    /// An environment exists: its nodes get a configuration, empty at first.
    pub fn environment_written(&self, environment: &Environment) {
        self.enrollment_tokens.name_environment(&environment.id, &environment.name);
        self.configs.add_environment(&environment.id);
    }

    /// Nodes may enroll with this token.
    pub fn enrollment_token_written(&self, token: &EnrollmentToken) {
        self.enrollment_tokens.insert(token);
    }

    /// Nobody may enroll with this token any more.
    pub fn enrollment_token_removed(&self, token: &str) {
        self.enrollment_tokens.remove(token);
    }

    /// Nodes of the pipeline's environment get this text.
    pub fn pipeline_written(&self, pipeline: &Pipeline) {
        self.configs.set_pipeline(pipeline);
    }

    /// Nodes of the environment run the pipeline no longer.
    pub fn pipeline_removed(&self, environment: &str, pipeline: &str) {
        self.configs.remove_pipeline(environment, pipeline);
    }
}
