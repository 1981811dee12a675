//! Each provider: its address, where its key comes from, and, when asked to, whether it answers.

use std::time::Duration;

use super::super::Fault;
use super::finding::{Area, Finding};
use crate::app::keys_of_user;
use crate::config::{ModelSpec, Provider};
use crate::model::{Dialect, KEY_OWNERS, Key, ModelError, list_models, proxy_in_words};
use crate::run::Session;

const AREA: Area = Area::Providers;

/// How long a provider may take to list its models.
const PATIENCE: Duration = Duration::from_secs(15);

pub(super) fn look(session: Option<&Session>, online: bool, findings: &mut Vec<Finding>) -> Result<(), Fault> {
    for name in ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"] {
        let set = [name.to_owned(), name.to_lowercase()].into_iter().find(|name| std::env::var_os(name).is_some());
        if let Some(set) = set {
            // Its value may hold a password.
            findings.push(Finding::note(AREA, set, "is set; this machine's own addresses never take it"));
        }
    }
    // Settings that cannot be read are told of where settings are looked at.
    if let Ok(keys) = keys_of_user() {
        for owner in KEY_OWNERS {
            if let Some(source) = keys.source_of(owner) {
                findings.push(match keys.own(owner) {
                    Some(Err(error)) => Finding::fault(AREA, owner.title, error.to_string(), error.hint()),
                    _ => Finding::fine(AREA, owner.title, format!("a key from {}", source.in_words())),
                });
            }
        }
    }
    let Some(session) = session else { return Ok(()) };
    let mut asked: Vec<(Dialect, String, Option<String>)> = Vec::new();
    for spec in session.models() {
        let (Provider::Server(dialect), Some(base_url)) = (spec.provider, Session::base_url(&spec).map(str::to_owned))
        else {
            continue;
        };
        let endpoint = match dialect.endpoint(&base_url) {
            Ok(endpoint) => endpoint,
            Err(error) => {
                findings.push(Finding::fault(AREA, spec.id, error.to_string(), error.hint()));
                continue;
            }
        };
        let key = match session.key(&spec) {
            Ok(key) => key,
            Err(error) => {
                findings.push(Finding::fault(AREA, spec.id, error.to_string(), error.hint()));
                continue;
            }
        };
        let source = key.as_ref().map_or_else(|| "no key".to_owned(), |key| format!("the key from {}", key.source()));
        let proxy = proxy_in_words(endpoint.url()).map_or_else(String::new, |proxy| format!(", by the proxy {proxy}"));
        let finding = Finding::fine(AREA, spec.id.clone(), format!("{} with {source}{proxy}", endpoint.as_str()));
        // Whether it answers says more, where it is asked.
        findings.push(if online { finding } else { finding.short(format!("{} with {source}", spec.id)) });
        let place = (dialect, endpoint.as_str().to_owned(), key.as_ref().map(|key| key.source().to_owned()));
        if online && !asked.contains(&place) {
            asked.push(place);
            let models = session.models();
            let there = |other: &&ModelSpec| {
                other.provider == spec.provider && Session::base_url(other) == Some(base_url.as_str())
            };
            let wanted: Vec<&str> = models.iter().filter(there).map(|other| other.model.as_str()).collect();
            findings.push(reach(dialect, (&base_url, endpoint.as_str()), key.as_ref(), &wanted)?);
        }
    }
    Ok(())
}

/// One cheap call: the list of models. `shown` is the address as it is asked.
fn reach(
    dialect: Dialect,
    (base_url, shown): (&str, &str),
    key: Option<&Key>,
    wanted: &[&str],
) -> Result<Finding, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listed: Result<Vec<String>, ModelError> = runtime.block_on(list_models(dialect, base_url, key, PATIENCE));
    Ok(match listed {
        // Azure's addresses have no such list.
        Err(error) if error.lists_nothing() => {
            let what = "answers, and lists no models: whether it answers questions was not asked";
            Finding::note(AREA, shown, what).hint(error.hint_on_list())
        }
        Err(error) if error.refuses_the_list_alone() => {
            let what = "answers, and does not let this key list models: whether it answers questions was not asked";
            Finding::note(AREA, shown, what).hint(error.hint_on_list())
        }
        Err(error) => {
            let what = error.to_string();
            let what = what.strip_prefix(shown).map_or(what.as_str(), str::trim_start);
            Finding::fault(AREA, shown, what, error.hint_on_list())
        }
        Ok(models) => {
            let absent: Vec<&str> =
                wanted.iter().copied().filter(|wanted| !models.iter().any(|model| model == wanted)).collect();
            if absent.is_empty() || models.is_empty() {
                let what =
                    format!("answers; lists {} {}", models.len(), if models.len() == 1 { "model" } else { "models" });
                let short = format!("{shown} answers");
                Finding::fine(AREA, shown, what).short(short)
            } else {
                // Some servers answer to names that they do not list.
                let what = format!("answers, and does not list {}", absent.join(", "));
                Finding::note(AREA, shown, what).hint("Check the model's name; some servers take more than they list.")
            }
        }
    })
}
