//! Which proxy stands between, in words: for errors and for the doctor. Choosing it is the network client's own work; this
//! reads the same variables and shows no credentials.

use reqwest::Url;

use super::is_loopback;

/// The proxy that requests to `url` take, and the variable that names it, without user name and password; `None` where they
/// take none.
pub fn proxy_in_words(url: &Url) -> Option<String> {
    named(url, |name| std::env::var(name).ok())
}

fn named(url: &Url, variable: impl Fn(&str) -> Option<String>) -> Option<String> {
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
    let shown = Url::parse(&address).ok().and_then(|url| {
        let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
        Some(format!("{}://{}{port}", url.scheme(), url.host_str()?))
    });
    Some(format!("{} ({name})", shown.unwrap_or_else(|| "an address that cannot be read".to_owned())))
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
            named(&Url::parse(url).unwrap(), variable)
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
}
