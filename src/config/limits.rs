//! The patience with a server and how much is asked of it, as a workbench sets them for a model.

use std::time::Duration;

/// The patience with a server, and how much is asked of it; what is not set is as usual.
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
    /// Trials of a run that are under way at a time.
    pub concurrency: Option<usize>,
    /// Calls of a run in a minute.
    pub requests_per_minute: Option<u64>,
    /// Tokens of a run in a minute, sent and received.
    pub tokens_per_minute: Option<u64>,
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
            concurrency: self.concurrency.or(base.concurrency),
            requests_per_minute: self.requests_per_minute.or(base.requests_per_minute),
            tokens_per_minute: self.tokens_per_minute.or(base.tokens_per_minute),
        }
    }
}
