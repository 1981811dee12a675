//! A key that is typed for a provider or a server: for which place, how far it is. What was typed is shown nowhere.

use crate::config::{ModelSpec, Provider};
use crate::model::discover::KnownKey;
use crate::model::keys::{kept_name, name_for};
use crate::model::{Dialect, Endpoint, KeySource, ModelError, Secret, ServedModel};
use crate::run::Session;
use crate::state::ArmSlot;

/// Why a list of models did not come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFault {
    /// What happened and what to do, in words.
    pub words: String,
    /// A key, or another one, is what is missing.
    pub wants_key: bool,
    /// The key is known there, and may not list models: what it answers is seen when it is asked.
    pub may_not_list: bool,
}

impl From<&ModelError> for ListFault {
    fn from(error: &ModelError) -> Self {
        let may_not_list = error.refuses_the_list_alone();
        let wants_key = error.wants_key() && !may_not_list;
        // What to do about a key is said where it is taken.
        let words = if wants_key { format!("{error}.") } else { format!("{error}. {}", error.hint_on_list()) };
        Self { words, wants_key, may_not_list }
    }
}

/// Whose key it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPlace {
    /// The address that it is sent to.
    pub base_url: String,
    /// The provider, where the address is its own.
    pub known: Option<KnownKey>,
    /// The name it is kept under.
    pub name: String,
    /// How the server is asked for its models.
    pub dialect: Dialect,
    /// The model that wants it, where it is asked for by an arm.
    pub asked_by: Option<AskedBy>,
}

/// A model that wants a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedBy {
    /// Its id.
    pub model: String,
    /// Where its key was to be.
    pub named: Option<KeySource>,
}

impl KeyPlace {
    /// The place of the server at an address, or of the provider whose own it is; `None` for what is no address.
    pub fn at(base_url: &str) -> Option<Self> {
        let name = name_for(base_url)?;
        let (base_url, known) = (base_url.to_owned(), KnownKey::at(base_url));
        Some(Self { base_url, known, name, dialect: Dialect::ChatCompletions, asked_by: None })
    }

    /// The place of a model's key; `None` where it runs inside this program.
    pub fn of_model(spec: &ModelSpec) -> Option<Self> {
        let Provider::Server(dialect) = spec.provider else { return None };
        let base_url = Session::base_url(spec)?;
        let named = spec.api_key.clone();
        let place = Self::at(base_url)?;
        let name = named.as_ref().and_then(|named| kept_name(named, base_url)).unwrap_or_else(|| place.name.clone());
        Some(Self { name, dialect, asked_by: Some(AskedBy { model: spec.id.clone(), named }), ..place })
    }

    /// Where the key is to be kept; where this build keeps them best, without.
    pub fn kept_at(&self) -> Option<&KeySource> {
        let named = self.asked_by.as_ref()?.named.as_ref()?;
        (kept_name(named, &self.base_url).as_ref() == Some(&self.name)).then_some(named)
    }

    /// For people.
    pub fn title(&self) -> &str {
        self.known.map_or(&self.base_url, |known| known.provider)
    }

    /// Whether whoever stands between can read what is sent there.
    pub fn is_open_to_all(&self) -> bool {
        Endpoint::parse(&self.base_url).is_ok_and(|endpoint| endpoint.is_open_to_all())
    }
}

/// The form that takes a key.
#[derive(Debug)]
pub struct KeyForm {
    /// The arm whose model is being picked.
    pub slot: ArmSlot,
    /// Whose key it is.
    pub place: KeyPlace,
    /// What has been typed.
    pub typed: Secret,
    /// What was wrong with it.
    pub fault: Option<String>,
    /// The server is being asked with it.
    pub asking: bool,
    /// What the server listed, until the key is kept; why it did not, where it knows the key all the same.
    pub models: Result<Vec<ServedModel>, ListFault>,
}

impl KeyForm {
    /// An empty form.
    pub fn new(slot: ArmSlot, place: KeyPlace) -> Self {
        Self { slot, place, typed: Secret::default(), fault: None, asking: false, models: Ok(Vec::new()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_key_is_kept_where_the_model_says_unless_that_is_somebody_elses() {
        let spec = |base_url: &str, named: Option<KeySource>| ModelSpec {
            id: "m".to_owned(),
            provider: Provider::Server(Dialect::Gemini),
            base_url: Some(base_url.to_owned()),
            api_key: named,
            ..ModelSpec::small()
        };
        let file = |name: &str| Some(KeySource::File(name.into()));
        let env = Some(KeySource::Env("MY_KEY".to_owned()));
        let keyring = Some(KeySource::Keyring("ring".to_owned()));
        let gateway = "https://gateway.test/v1";
        for (named, name, at) in [
            (file("mine"), "mine", file("mine")),
            (keyring.clone(), "ring", keyring),
            (file("openai"), "gateway.test-443", None),
            (file("/etc/token"), "gateway.test-443", None),
            (env, "gateway.test-443", None),
            (None, "gateway.test-443", None),
        ] {
            let place = KeyPlace::of_model(&spec(gateway, named.clone())).unwrap();
            assert_eq!((place.name.as_str(), place.kept_at()), (name, at.as_ref()), "{named:?}");
            assert_eq!(place.dialect, Dialect::Gemini);
        }
        let own = KeyPlace::of_model(&spec("https://api.openai.com/v1", file("openai"))).unwrap();
        assert_eq!((own.name.as_str(), own.kept_at()), ("openai", file("openai").as_ref()));
        assert_eq!(KeyPlace::of_model(&ModelSpec::small()), None);
    }
}
