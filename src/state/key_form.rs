//! A key that is typed for a provider or a server: for which place, how far it is. What was typed is shown nowhere.

use crate::model::discover::KnownKey;
use crate::model::keys::name_for;
use crate::model::{Endpoint, ModelError, Secret, ServedModel};
use crate::state::ArmSlot;

/// Why a list of models did not come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListFault {
    /// What happened and what to do, in words.
    pub words: String,
    /// A key, or another one, is what is missing.
    pub wants_key: bool,
}

impl From<&ModelError> for ListFault {
    fn from(error: &ModelError) -> Self {
        let wants_key = error.wants_key();
        // What to do about a key is said where it is taken.
        let words = if wants_key { format!("{error}.") } else { format!("{error}. {}", error.hint()) };
        Self { words, wants_key }
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
}

impl KeyPlace {
    /// The place of the server at an address, or of the provider whose own it is; `None` for what is no address.
    pub fn at(base_url: &str) -> Option<Self> {
        let name = name_for(base_url)?;
        Some(Self { base_url: base_url.to_owned(), known: KnownKey::at(base_url), name })
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
    /// What the server listed, until the key is kept.
    pub models: Vec<ServedModel>,
}

impl KeyForm {
    /// An empty form.
    pub fn new(slot: ArmSlot, place: KeyPlace) -> Self {
        Self { slot, place, typed: Secret::default(), fault: None, asking: false, models: Vec::new() }
    }
}
