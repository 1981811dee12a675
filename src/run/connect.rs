//! From what fourfold.toml says of a model on a server to the model: where it is, by which key, with which patience.

use std::sync::Arc;

use crate::config::{CallLimits, ModelSpec};
use crate::model::{Dialect, Key, Limits, Model, ModelError, ServerModel, Servers};

/// The model that `spec` describes, asked with `key` where it has one. Touches no network.
pub(super) fn connect(
    spec: &ModelSpec,
    dialect: Dialect,
    key: Option<Key>,
    servers: &Servers,
) -> Result<Arc<dyn Model>, ModelError> {
    let base_url = spec.base_url.as_deref().unwrap_or(dialect.base_url());
    let model = ServerModel::new(dialect, base_url, spec.model.clone(), key, servers)?;
    Ok(Arc::new(model.with_limits(limits(spec.limits))))
}

/// The usual limits, but for those that are set.
fn limits(set: CallLimits) -> Limits {
    let usual = Limits::default();
    Limits {
        retries: set.retries.unwrap_or(usual.retries),
        idle: set.idle_timeout.unwrap_or(usual.idle),
        first_token: set.first_token_timeout.unwrap_or(usual.first_token),
        // Headers often wait for the first token.
        headers: set.first_token_timeout.unwrap_or(usual.headers),
        overall: set.timeout,
        ..usual
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Provider;

    #[test]
    fn what_is_set_counts_and_the_rest_is_usual() {
        let set = CallLimits { retries: Some(0), timeout: Some(Duration::from_secs(9)), ..CallLimits::default() };
        let limits = limits(set);
        assert_eq!(
            (limits.retries, limits.overall, limits.idle),
            (0, Some(Duration::from_secs(9)), Limits::default().idle)
        );
    }

    #[test]
    fn a_model_is_named_by_dialect_place_and_id() {
        let spec = |base_url: Option<&str>| ModelSpec {
            provider: Provider::Server(Dialect::Anthropic),
            base_url: base_url.map(str::to_owned),
            ..ModelSpec::small()
        };
        let elsewhere =
            connect(&spec(Some("https://example.org")), Dialect::Anthropic, None, &Servers::default()).unwrap();
        assert_eq!(elsewhere.fingerprint(), "anthropic https://example.org/v1 smollm2-135m");
    }
}
