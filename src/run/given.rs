//! Keys that were given since the start in place of others: until the program ends, whoever is asked with the one at a place is
//! asked with the other. And models forgotten, so that their key is read anew.

use std::sync::{PoisonError, RwLock};

use super::Session;
use crate::config::{ModelSpec, Provider};
use crate::model::KeySource;
use crate::model::keys::name_for;

/// What was given.
#[derive(Debug, Default)]
pub(super) struct GivenKeys(RwLock<Vec<Given>>);

#[derive(Clone, Debug)]
struct Given {
    place: String,
    instead_of: Option<KeySource>,
    source: KeySource,
}

impl Clone for GivenKeys {
    fn clone(&self) -> Self {
        Self(RwLock::new(self.0.read().unwrap_or_else(PoisonError::into_inner).clone()))
    }
}

impl GivenKeys {
    /// Where the key is that a model with this source is asked with at `base_url`.
    pub(super) fn source(&self, named: Option<&KeySource>, base_url: &str) -> Option<KeySource> {
        let given = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let place = || name_for(base_url);
        let here = |one: &&Given| one.instead_of.as_ref() == named && place().as_ref() == Some(&one.place);
        // The last one given counts.
        given.iter().rev().find(here).map(|one| one.source.clone()).or_else(|| named.cloned())
    }
}

impl Session {
    /// Asks all models that name `instead_of` (or nothing) for the server at `base_url` with the key from `source`, until the
    /// program ends.
    pub fn give_key(&self, base_url: &str, instead_of: Option<KeySource>, source: KeySource) {
        if let Some(place) = name_for(base_url) {
            let given = Given { place, instead_of, source };
            self.given.0.write().unwrap_or_else(PoisonError::into_inner).push(given);
        }
        let is_here = |id: &str| self.spec(id).is_some_and(|spec| spec.provider == Provider::Embedded);
        self.models.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| is_here(id));
    }

    /// Forgets a model whose key was refused: it may be another one by the next question.
    pub(super) fn forget_model(&self, id: &str) {
        self.models.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    /// Whether a model's key is not where it should be; nothing is run or asked to find out.
    pub fn lacks_key(&self, spec: &ModelSpec) -> bool {
        Self::base_url(spec).is_some_and(|base_url| {
            let source = self.given.source(spec.api_key.as_ref(), base_url);
            self.keys().lacks(source.as_ref(), base_url)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_that_was_given_a_key_is_made_anew() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(
            home.path().join("fourfold.toml"),
            "version = 1\n[[model]]\nid = \"m\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"http://10.0.0.7:8000/v1\"\n\
             api_key = { file = \"mine\" }\n",
        )
        .unwrap();
        let workbench = crate::config::Workbench::open(home.path(), crate::config::Known::default()).unwrap();
        let absent = |_: &str,
                      _: Option<&crate::model::AdapterUse>|
         -> Result<std::sync::Arc<dyn crate::model::Model>, crate::model::ModelError> {
            Err(crate::model::ModelError::Engine { reason: "not here".to_owned(), hint: String::new() })
        };
        let keys = crate::model::Keys::new(Some(home.path().join("keys")), std::collections::BTreeMap::default());
        let session = Session::open(workbench, std::sync::Arc::new(absent)).with_keys(keys);
        let key = |value: &str| crate::model::Key::new(value, "K").unwrap();
        let sent = || session.key(&session.spec("m").unwrap()).unwrap().unwrap().secret().expose().to_owned();
        assert!(session.lacks_key(&session.spec("m").unwrap()) && session.model("m").is_err());
        session.keys().keep("mine", &key("wrong-key")).unwrap();
        assert!(session.model("m").is_ok() && session.is_made("m"));
        // It was refused: what is in the file by then is read.
        session.forget_model("m");
        assert!(!session.is_made("m"));
        session.keys().keep("other", &key("right-key")).unwrap();
        assert!(session.model("m").is_ok());
        let named = session.spec("m").unwrap().api_key;
        session.give_key("http://10.0.0.7:8000/v1", named, KeySource::File("other".into()));
        assert!(!session.is_made("m") && sent() == "right-key");
        assert_eq!(
            session
                .reopened(session.workbench.clone())
                .key(&session.spec("m").unwrap())
                .unwrap()
                .unwrap()
                .secret()
                .expose(),
            "right-key"
        );
    }

    #[test]
    fn a_given_key_stands_in_the_place_of_one_source_at_one_place() {
        let given = GivenKeys::default();
        let file = |name: &str| KeySource::File(name.into());
        let give = |place: &str, instead_of: Option<KeySource>, source: KeySource| {
            given.0.write().unwrap().push(Given { place: place.to_owned(), instead_of, source });
        };
        let (here, there) = ("http://10.0.0.7:8000/v1", "http://10.0.0.8:8000/v1");
        assert_eq!(given.source(Some(&file("a")), here), Some(file("a")));
        give("10.0.0.7-8000", Some(file("a")), file("b"));
        give("10.0.0.7-8000", None, file("c"));
        assert_eq!(given.source(Some(&file("a")), here), Some(file("b")));
        assert_eq!(given.source(None, "http://10.0.0.7:8000/other"), Some(file("c")));
        assert_eq!(given.source(Some(&file("z")), here), Some(file("z")));
        assert_eq!((given.source(Some(&file("a")), there), given.source(None, there)), (Some(file("a")), None));
        give("10.0.0.7-8000", None, file("d"));
        assert_eq!(given.clone().source(None, here), Some(file("d")), "the last one counts");
    }
}
