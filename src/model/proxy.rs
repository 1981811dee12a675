//! Which proxy stands between, what goes wrong there, and what it must not see. Choosing it is the network client's own work;
//! this reads the same variables and shows no credentials.

use reqwest::Url;

use super::{ModelError, is_loopback};

/// A proxy that the environment names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    /// Without user name and password.
    address: String,
    /// The variable that names it.
    variable: String,
    /// A user name is named with it.
    has_credentials: bool,
}

/// The proxy that requests to `url` take, and the variable that names it, without user name and password; `None` where they
/// take none.
pub fn proxy_in_words(url: &Url) -> Option<String> {
    Proxy::on_the_way_to(url).map(|proxy| proxy.in_words())
}

impl Proxy {
    /// The proxy that requests to `url` take.
    pub(super) fn on_the_way_to(url: &Url) -> Option<Self> {
        named(url, |name| std::env::var(name).ok())
    }

    fn in_words(&self) -> String {
        format!("{} ({})", self.address, self.variable)
    }

    /// No connection to `endpoint` by this proxy, for this `reason`.
    pub(super) fn fault(&self, endpoint: &str, reason: &str) -> ModelError {
        ModelError::Proxy {
            reason: format!("{endpoint}: {reason}, by the proxy {}", self.in_words()),
            hint: format!("Correct {}, or name the host in NO_PROXY to go there directly.", self.variable),
        }
    }

    /// The proxy would not open a connection to the host of `endpoint`.
    pub(super) fn refusal(&self, endpoint: &str) -> ModelError {
        ModelError::Proxy {
            reason: format!("{endpoint}: the proxy {} would not open a connection to it", self.in_words()),
            hint: "Ask whoever runs the proxy to let you there, or name the host in NO_PROXY to go there directly."
                .to_owned(),
        }
    }

    /// The proxy wants to know who asks.
    pub(super) fn wants_credentials(&self, endpoint: &str) -> ModelError {
        let (variable, proxy) = (&self.variable, self.in_words());
        let (reason, hint) = if self.has_credentials {
            (
                format!("the proxy {proxy} does not take its user name and password (407)"),
                format!("Correct user and password in {variable}; write signs such as @ and : in them as %40 and %3A."),
            )
        } else {
            (
                format!("the proxy {proxy} wants a user name and a password (407)"),
                format!("Put them into {variable}, as http://user:password@host:port."),
            )
        };
        ModelError::Proxy { reason: format!("{endpoint}: {reason}"), hint }
    }
}

/// Refuses to send a key to `url` where a proxy on the way could read it.
pub(super) fn refuse_key_in_plain_text(url: &Url) -> Result<(), ModelError> {
    let proxy = Some(url).filter(|url| url.scheme() == "http").and_then(Proxy::on_the_way_to);
    proxy.map_or(Ok(()), |proxy| {
        Err(ModelError::Invalid {
            reason: format!(
                "the key for {} would pass the proxy {} in plain text",
                url.host_str().unwrap_or_default(),
                proxy.in_words()
            ),
            hint: "Write the base URL with https://, or name the host in NO_PROXY to go there directly.".to_owned(),
        })
    })
}

fn named(url: &Url, variable: impl Fn(&str) -> Option<String>) -> Option<Proxy> {
    if is_loopback(url) {
        return None;
    }
    let either = |upper: &str| {
        let lower = upper.to_lowercase();
        let set =
            |name: &str| variable(name).filter(|value| !value.trim().is_empty()).map(|value| (name.to_owned(), value));
        set(upper).or_else(|| set(&lower))
    };
    let host = url.host_str()?.to_lowercase();
    if either("NO_PROXY").is_some_and(|(_, list)| excepts(&list, &host)) {
        return None;
    }
    let own = if url.scheme() == "https" { "HTTPS_PROXY" } else { "HTTP_PROXY" };
    let (name, address) = either(own).or_else(|| either("ALL_PROXY"))?;
    // What cannot be read may hold a password in any place.
    let address = if address.contains("://") { address } else { format!("http://{address}") };
    let read = Url::parse(&address).ok();
    let has_credentials = read.as_ref().is_some_and(|url| !url.username().is_empty());
    let shown = read.and_then(|url| {
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        Some(format!("{}://{}{port}", url.scheme(), url.host_str()?))
    });
    let address = shown.unwrap_or_else(|| "an address that cannot be read".to_owned());
    Some(Proxy { address, variable: name, has_credentials })
}

/// Whether a `NO_PROXY` list takes the host out.
fn excepts(list: &str, host: &str) -> bool {
    let mut entries = list.split(',').map(|entry| entry.trim().trim_start_matches('.').to_lowercase());
    entries.any(|entry| entry == "*" || (!entry.is_empty() && (host == entry || host.ends_with(&format!(".{entry}")))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_is_named_with_its_variable_and_without_its_password() {
        let words = |url: &str, set: &[(&str, &str)]| {
            let variable = |name: &str| set.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            named(&Url::parse(url).unwrap(), variable).map(|proxy| proxy.in_words())
        };
        let proxy = ("HTTPS_PROXY", "http://me:canary@proxy.corp:3128");
        let expected = Some("http://proxy.corp:3128 (HTTPS_PROXY)".to_owned());
        assert_eq!(words("https://api.openai.com/v1", &[proxy]), expected);
        assert_eq!(words("http://models.corp/v1", &[proxy]), None, "each scheme has its own");
        assert_eq!(words("https://127.0.0.1:8080/v1", &[proxy]), None);
        assert_eq!(words("http://x.test/", &[("all_proxy", "proxy:1")]), Some("http://proxy:1 (all_proxy)".to_owned()));
        for (list, none) in
            [("*", true), ("corp, openai.com", true), (".openai.com", true), ("ai.com", false), ("", false)]
        {
            assert_eq!(words("https://api.openai.com/v1", &[proxy, ("no_proxy", list)]).is_none(), none, "{list}");
        }
        let odd = words("https://x.test/", &[("HTTPS_PROXY", "me:canary@:bad:")]).unwrap();
        assert!(!odd.contains("canary"), "{odd}");
    }

    #[test]
    fn a_proxy_that_asks_who_one_is_says_where_to_put_it() {
        for (address, says, hint) in [
            ("http://proxy.corp:3128", "wants a user name and a password (407)", "Put them into HTTPS_PROXY"),
            (
                "http://me:canary@proxy.corp:3128",
                "does not take its user name",
                "Correct user and password in HTTPS_PROXY",
            ),
        ] {
            let variable = |name: &str| (name == "HTTPS_PROXY").then(|| address.to_owned());
            let proxy = named(&Url::parse("https://x.test/v1").unwrap(), variable).unwrap();
            let error = proxy.wants_credentials("https://x.test/v1");
            assert!(error.to_string().contains(says) && error.hint().contains(hint), "{error} {}", error.hint());
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}
