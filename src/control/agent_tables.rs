//! What agents are answered follows what people write: enrollment tokens and configurations.
//!
//! The one place where the control plane touches the tables of the agents' side.

use crate::app::Caches;
use crate::store::{EnrollmentToken, Environment};

impl Caches {
    /// An environment exists.
    pub fn environment_written(&self, environment: &Environment) {
        self.enrollment_tokens.name_environment(&environment.id, &environment.name);
    }

    /// Nodes may enroll with this token.
    pub fn enrollment_token_written(&self, token: &EnrollmentToken) {
        self.enrollment_tokens.insert(token);
    }

    /// Nobody may enroll with this token any more.
    pub fn enrollment_token_removed(&self, token: &str) {
        self.enrollment_tokens.remove(token);
    }
}
