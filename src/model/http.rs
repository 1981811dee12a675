//! The one way to an HTTP client: TLS set up once, no redirects with a key in hand, no proxy in front of this machine, and a
//! certificate that does not hold is never passed over.

use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Once, OnceLock};
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Url};

use super::ModelError;

/// How long a connection may take to open.
pub const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// The environment variable that names a file of certificates to trust beside the system's; stands over the settings.
pub const CA_VARIABLE: &str = "FOURFOLD_CA_BUNDLE";

/// The file that the settings name.
static CA_BUNDLE: OnceLock<PathBuf> = OnceLock::new();

/// Trusts the certificates in a PEM file beside the system's own, for every client made from now on. Only the first call
/// counts: it is made at the start.
pub fn trust_also(bundle: PathBuf) {
    // A second file is not expected; the settings are read once.
    let _ = CA_BUNDLE.set(bundle);
}

/// The file of certificates that are trusted beside the system's, and who names it.
pub fn ca_bundle() -> Option<(PathBuf, &'static str)> {
    let variable = std::env::var_os(CA_VARIABLE).filter(|path| !path.is_empty());
    let variable = variable.map(|path| (PathBuf::from(path), CA_VARIABLE));
    variable.or_else(|| CA_BUNDLE.get().map(|path| (path.clone(), "ca_bundle in the settings")))
}

/// The certificates of [`ca_bundle`], read anew.
pub fn extra_certificates() -> Result<Vec<Certificate>, ModelError> {
    let Some((path, named_by)) = ca_bundle() else { return Ok(Vec::new()) };
    let wrong = |reason: String| ModelError::Invalid {
        reason: format!("the certificates in {} cannot be used: {reason}", path.display()),
        hint: format!("Correct {named_by}: it names a file of certificates in PEM form."),
    };
    let bytes = std::fs::read(&path).map_err(|error| wrong(error.to_string()))?;
    let certificates = Certificate::from_pem_bundle(&bytes).map_err(|error| wrong(root_cause(&error)))?;
    if certificates.is_empty() { Err(wrong("there is none in it".to_owned())) } else { Ok(certificates) }
}

/// What a client is for; decides proxies, redirects and patience.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Requests that may carry a key: redirects are never followed.
    Provider,
    /// Public files: redirects are followed, to https only.
    Download,
}

/// A client for `url`. Proxies from the environment are honoured, except on the way to this machine itself.
pub fn http_client(url: &Url, purpose: Purpose) -> Result<Client, ModelError> {
    install_tls();
    let builder =
        Client::builder().user_agent(concat!("fourfold/", env!("CARGO_PKG_VERSION"))).connect_timeout(CONNECT_LIMIT);
    let builder = match purpose {
        Purpose::Provider => builder.redirect(Policy::none()),
        Purpose::Download => builder.redirect(Policy::custom(|attempt| {
            let downgrade = attempt.url().scheme() != "https"
                && attempt.previous().last().is_some_and(|previous| previous.scheme() == "https");
            if downgrade || attempt.previous().len() > 8 { attempt.stop() } else { attempt.follow() }
        })),
    };
    let builder = if is_loopback(url) { builder.no_proxy() } else { builder };
    // Without TLS the system's certificates are not needed; a machine that has none can still ask its own server.
    let plain = url.scheme() == "http" && purpose == Purpose::Provider;
    let builder = if plain { builder.tls_certs_only([]) } else { builder.tls_certs_merge(extra_certificates()?) };
    builder.build().map_err(|error| ModelError::Invalid {
        reason: format!("the network client cannot start: {}", root_cause(&error)),
        hint: "Check the system's certificates and the proxy settings in the environment.".to_owned(),
    })
}

/// Whether `url` names this machine.
pub fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else { return false };
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    match bare.parse::<IpAddr>() {
        Ok(address) => address.is_loopback() || address.is_unspecified(),
        Err(_) => bare == "localhost" || bare.ends_with(".localhost"),
    }
}

/// The innermost cause of `error` in words. The outer layers only repeat the URL.
pub(crate) fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

fn install_tls() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        // A provider that someone else installed first is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_recognised_in_every_spelling() {
        for (url, expected) in [
            ("http://127.0.0.1:8080/v1", true),
            ("http://127.9.9.9/", true),
            ("http://localhost:1/", true),
            ("http://a.localhost/", true),
            ("http://[::1]:8080/", true),
            ("http://0.0.0.0:8080/", true),
            ("http://192.168.1.2/", false),
            ("https://localhost.example.org/", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn a_client_starts() {
        for purpose in [Purpose::Provider, Purpose::Download] {
            assert!(http_client(&Url::parse("http://127.0.0.1:1/").unwrap(), purpose).is_ok());
        }
    }
}
