//! What the model picker says of a hosted provider: its models, that it can be asked for them, or that it wants a key.

use super::models::{Models, Offer};
use super::picker::Item;
use super::{KeyPlace, ListFault};
use crate::config::Provider;
use crate::model::discover::OwnKey;
use crate::model::{KeySource, ServedModel, hosted};

impl Models {
    /// A hosted provider: its models, or the line that asks for them, or for a key.
    pub(super) fn offer_hosted(&self, own: &OwnKey, offers: &mut Vec<(Item, Option<Offer>)>) {
        let known = own.known;
        let hosted = self.hosted.iter().find(|hosted| hosted.known == known);
        let source = own.source.as_ref();
        if let Some(Ok(models)) = hosted.and_then(|hosted| hosted.models.as_ref()) {
            offers.extend(models.iter().map(|model| self.offer_of(own, model)));
            return;
        }
        let fault = hosted.and_then(|hosted| hosted.models.as_ref()).and_then(|models| models.as_ref().err());
        if let Some(fault) = fault.filter(|fault| fault.may_not_list) {
            self.offer_unlisted(own, fault, offers);
            return;
        }
        let place = KeyPlace::at(known.base_url);
        // A key of the environment or of a command stands before one that is typed: that one has to be corrected there.
        let takes_one = match source {
            None => true,
            Some(KeySource::Env(_) | KeySource::Command(_)) => false,
            Some(KeySource::Keyring(_) | KeySource::File(_)) => fault.is_some_and(|fault| fault.wants_key),
        };
        let note = match (fault, source) {
            (Some(_), _) if takes_one => "its key is refused: Enter takes another".to_owned(),
            (Some(fault), _) => fault.words.clone(),
            (None, _) if hosted.is_some() => "asking…".to_owned(),
            (None, None) => "no key yet: Enter takes one".to_owned(),
            (None, Some(source)) => format!("{}: Enter lists its models", is_there(source)),
        };
        let detail = fault.map(|fault| fault.words.clone()).unwrap_or_default();
        let item =
            Item::new(format!("ask {}", known.variable), known.provider).note(note).detail(detail).aside("hosted");
        let offer = match place.filter(|_| takes_one) {
            Some(place) => Offer::GiveKey(place),
            None => Offer::Ask(known),
        };
        offers.push((item, Some(offer)));
    }
}

impl Models {
    /// A model of a hosted provider.
    fn offer_of(&self, own: &OwnKey, model: &str) -> (Item, Option<Offer>) {
        let (known, source) = (own.known, own.source.as_ref());
        let served = ServedModel::new(model);
        let facts = self.facts(&self.spec(model, Provider::Server(known.dialect), Some(known.base_url), source));
        let lineage = served.lineage().map_or_else(String::new, |lineage| format!("{lineage} · "));
        let from = source.map_or_else(|| "no key".to_owned(), |source| format!("key from {}", short(source)));
        let item = Item::new(format!("served {} {model}", known.base_url), model)
            .note(format!("{lineage}{from}{facts}"))
            .aside(known.provider);
        (item, Some(self.served(known.dialect, &served, known.base_url, source)))
    }

    /// A provider whose key may not list its models: those that the table of hosted models has, and why.
    fn offer_unlisted(&self, own: &OwnKey, fault: &ListFault, offers: &mut Vec<(Item, Option<Offer>)>) {
        let known = own.known;
        let table: Vec<&str> = hosted::of(known.base_url).map(|model| model.id).collect();
        let note = if table.is_empty() {
            "this key may not list models; name one in fourfold.toml"
        } else {
            "this key may not list models: those of fourfold's own table follow"
        };
        let item = Item::new(format!("ask {}", known.variable), known.provider).note(note).detail(&fault.words);
        offers.push((item.aside("hosted"), Some(Offer::Ask(known))));
        offers.extend(table.into_iter().filter(|id| !id.contains(':')).map(|id| self.offer_of(own, id)));
    }
}

/// Where a key is, in a word or two.
fn short(source: &KeySource) -> String {
    match source {
        KeySource::Env(name) => name.clone(),
        KeySource::Command(_) => "your command".to_owned(),
        KeySource::Keyring(_) => "the keyring".to_owned(),
        KeySource::File(_) => "a key file".to_owned(),
    }
}

/// That a key is there.
fn is_there(source: &KeySource) -> String {
    match source {
        KeySource::Env(name) => format!("{name} is set"),
        KeySource::Command(_) => "your command gives a key".to_owned(),
        KeySource::Keyring(_) | KeySource::File(_) => format!("a key is in {}", short(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::discover::{KNOWN_KEYS, KnownKey};
    use crate::state::Hosted;

    const OPENAI: KnownKey = KNOWN_KEYS[0];

    #[test]
    fn a_key_that_may_not_list_is_offered_what_the_table_knows() {
        let fault = ListFault { may_not_list: true, ..ListFault::default() };
        let shelf = Models { hosted: vec![Hosted { known: OPENAI, models: Some(Err(fault)) }], ..Models::default() };
        let mut offers = Vec::new();
        shelf.offer_hosted(&OwnKey { known: OPENAI, source: Some(KeySource::File("openai".into())) }, &mut offers);
        assert!(offers.len() > 20, "{}", offers.len());
        let picks = |(_, offer): &&(Item, Option<Offer>)| matches!(offer, Some(Offer::Served(_)));
        assert_eq!(offers.iter().filter(picks).count(), offers.len() - 1);
    }

    /// What the picker says of a provider whose key is at `source`, and what Enter does.
    fn line(source: Option<KeySource>, models: Option<Result<Vec<String>, ListFault>>) -> (String, &'static str) {
        let hosted = models.map(|models| Hosted { known: OPENAI, models: Some(models) });
        let shelf = Models { hosted: hosted.into_iter().collect(), ..Models::default() };
        let mut offers = Vec::new();
        shelf.offer_hosted(&OwnKey { known: OPENAI, source }, &mut offers);
        let (item, offer) = offers.remove(0);
        let does = match offer {
            Some(Offer::Ask(_)) => "asks",
            Some(Offer::GiveKey(place)) => {
                assert_eq!((place.title(), place.name.as_str()), ("OpenAI", "openai"));
                "takes a key"
            }
            _ => "picks",
        };
        (item.note, does)
    }

    #[test]
    fn a_provider_says_where_its_key_is_or_takes_one() {
        let env = || Some(KeySource::Env("OPENAI_API_KEY".to_owned()));
        let file = || Some(KeySource::File("openai".into()));
        let refused =
            || Some(Err(ListFault { words: "answered 401".to_owned(), wants_key: true, ..ListFault::default() }));
        let down = || Some(Err(ListFault { words: "no connection".to_owned(), ..ListFault::default() }));
        for (source, models, note, does) in [
            (None, None, "no key yet: Enter takes one", "takes a key"),
            (env(), None, "OPENAI_API_KEY is set: Enter lists its models", "asks"),
            (file(), None, "a key is in a key file: Enter lists its models", "asks"),
            (
                Some(KeySource::Command("pass x".to_owned())),
                None,
                "your command gives a key: Enter lists its models",
                "asks",
            ),
            (
                file(),
                Some(Err(ListFault { words: "answered 403".to_owned(), may_not_list: true, ..ListFault::default() })),
                "this key may not list models: those of fourfold's own table follow",
                "asks",
            ),
            // What stands before a typed key has to be corrected where it is.
            (env(), refused(), "answered 401", "asks"),
            (file(), refused(), "its key is refused: Enter takes another", "takes a key"),
            (file(), down(), "no connection", "asks"),
            (file(), Some(Ok(vec!["gpt".to_owned()])), "key from a key file · price unknown", "picks"),
        ] {
            assert_eq!(line(source.clone(), models.clone()), (note.to_owned(), does), "{source:?} {models:?}");
        }
    }
}
