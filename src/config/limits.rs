//! The patience with a server, as a workbench sets it for a model.

use std::time::Duration;

/// The patience with a server; what is not set is as usual.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CallLimits {
    /// How often a request without an answer is sent again.
    pub retries: Option<u32>,
    /// How long it may take to the first character.
    pub first_token_timeout: Option<Duration>,
    /// How long nothing may arrive.
    pub idle_timeout: Option<Duration>,
    /// How long the whole call may take.
    pub timeout: Option<Duration>,
}

impl CallLimits {
    /// These where they are set, and `base` where they are not.
    #[must_use]
    pub fn over(self, base: Option<Self>) -> Self {
        let base = base.unwrap_or_default();
        Self {
            retries: self.retries.or(base.retries),
            first_token_timeout: self.first_token_timeout.or(base.first_token_timeout),
            idle_timeout: self.idle_timeout.or(base.idle_timeout),
            timeout: self.timeout.or(base.timeout),
        }
    }
}
