//! Whether a judge is its own subject, or of the same lineage as it.

use crate::model::{catalog, hosted};
use crate::run::Session;

/// Longest line of descent that is followed.
const MOST: usize = 16;

/// Why the model `judge` cannot judge answers of `subject` without favour, if so.
pub(super) fn related(session: &Session, judge: &str, subject: &str) -> Option<String> {
    if judge == subject {
        return Some(format!("the judge `{judge}` is its own subject"));
    }
    let (own, other) = (line(session, judge), line(session, subject));
    let shared = own.iter().find(|name| other.contains(name))?;
    Some(format!("the judge `{judge}` and its subject `{subject}` both come from {shared}"))
}

/// Every name under which a model or one that it was tuned from goes.
fn line(session: &Session, id: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut next = session.spec(id);
    for _ in 0..MOST {
        let Some(spec) = next else { break };
        names.push(canonical(&spec.model));
        names.extend(hosted::base_of(&spec.model).map(canonical));
        next = spec.base.as_deref().and_then(|base| session.spec(base));
    }
    names
}

/// A model's name without its owner, its date, and what catalogs write differently.
fn canonical(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    let name = name.rsplit('/').next().unwrap_or(&name);
    let name = name.strip_suffix(":latest").or_else(|| name.strip_suffix("-latest")).unwrap_or(name);
    let name = hosted::undated(name).unwrap_or(name);
    catalog::find(name).map_or_else(|| name.to_owned(), |entry| entry.name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::{Known, Workbench};
    use crate::model::ModelError;

    #[test]
    fn itself_a_namesake_and_what_was_tuned_from_it_are_kin() {
        let text = "[[model]]\nid = \"small\"\nprovider = \"embedded\"\nmodel = \"smollm2-135m-instruct\"\n\
                    [[model]]\nid = \"tuned\"\nbase = \"small\"\nadapter = \"adapters/x\"\n\
                    [[model]]\nid = \"other\"\nprovider = \"embedded\"\nmodel = \"SmolLM2-135M\"\n\
                    [[model]]\nid = \"ft\"\nprovider = \"openai\"\nmodel = \"ft:gpt-4o-mini-2024-07-18:acme::abc\"\n\
                    [[model]]\nid = \"mini\"\nprovider = \"openai\"\nmodel = \"gpt-4o-mini\"\n\
                    [[model]]\nid = \"routed\"\nprovider = \"openai\"\nbase_url = \"https://openrouter.ai/api/v1\"\nmodel = \"openai/gpt-4o-mini\"\n\
                    [[model]]\nid = \"big\"\nprovider = \"openai\"\nmodel = \"gpt-4o\"\n";
        let home = tempfile::tempdir().unwrap();
        let workbench = Workbench::parse(text, home.path(), Known::default()).unwrap();
        let absent = || ModelError::Engine { reason: "not here".to_owned(), hint: String::new() };
        let session = Session::open(workbench, Arc::new(move |_: &str, _| Err(absent())));
        for (judge, subject, kin) in [
            ("small", "small", true),
            ("small", "tuned", true),
            ("tuned", "small", true),
            ("tuned@0.5", "small", true),
            ("other", "tuned", true),
            ("mini", "ft", true),
            ("routed", "mini", true),
            ("big", "mini", false),
            ("big", "tuned", false),
        ] {
            assert_eq!(related(&session, judge, subject).is_some(), kin, "{judge} {subject}");
        }
        assert_eq!(
            related(&session, "other", "tuned").unwrap(),
            "the judge `other` and its subject `tuned` both come from smollm2-135m"
        );
    }
}
