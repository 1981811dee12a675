//! Which models an arm could have: those of fourfold.toml, those inside this program, those that local servers and
//! providers list.

use super::picker::Item;
use crate::config::{ApiKey, ModelSpec, Provider};
use crate::model::Parameters;
use crate::model::discover::{KnownKey, LocalServer, USUAL_PORTS};

/// A file of weights that this program runs itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedOffer {
    /// The catalog's name.
    pub name: &'static str,
    /// The name for people.
    pub title: &'static str,
    /// About how large.
    pub bytes: u64,
    /// Its licence.
    pub licence: &'static str,
    /// Whether it is on this machine.
    pub here: bool,
}

/// Models that a provider lists for one's own key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosted {
    /// The provider.
    pub known: KnownKey,
    /// Its list; `None` while it is being asked.
    pub models: Option<Result<Vec<String>, String>>,
}

/// What can be picked.
#[derive(Clone, Debug, PartialEq)]
pub enum Offer {
    /// A model the workbench knows, by its id.
    Known(String),
    /// One that runs inside this program.
    Embedded {
        /// How arms would name it.
        spec: Box<ModelSpec>,
        /// Whether its weights are on this machine.
        here: bool,
    },
    /// One that a server or a provider offers.
    Served(Box<ModelSpec>),
    /// A provider that can be asked for its list.
    Ask(KnownKey),
}

/// Everything found so far.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// What the workbench knows: fourfold.toml, and what was picked since the start.
    pub known: Vec<ModelSpec>,
    /// The catalog.
    pub embedded: Vec<EmbeddedOffer>,
    /// Servers that have answered.
    pub servers: Vec<LocalServer>,
    /// How many of the usual ports have not been heard of yet.
    pub awaited: usize,
    /// Providers whose key is in the environment.
    pub keys: Vec<KnownKey>,
    /// Providers that were asked for their list.
    pub hosted: Vec<Hosted>,
    /// A model is being written to fourfold.toml: the file's next change is our own.
    pub writing: bool,
}

impl Models {
    /// A model the workbench knows.
    pub fn known(&self, id: &str) -> Option<&ModelSpec> {
        self.known.iter().find(|spec| spec.id == id)
    }

    /// The lines of the picker, each with what it stands for; `None` only says something.
    pub fn offers(&self) -> Vec<(Item, Option<Offer>)> {
        let mut offers = Vec::new();
        for spec in &self.known {
            let place = spec.base_url.as_deref().map_or_else(String::new, |url| format!(" at {url}"));
            let note = format!("{} · {}{place}", spec.provider.as_str(), spec.model);
            let item = Item::new(format!("known {}", spec.id), &spec.id).note(note).aside("this workbench");
            offers.push((item, Some(Offer::Known(spec.id.clone()))));
        }
        for offer in &self.embedded {
            let size = offer.bytes / 1_000_000;
            let place = if offer.here { "here".to_owned() } else { format!("{size} MB to download") };
            let item = Item::new(format!("embedded {}", offer.name), offer.title)
                .note(format!("{place} · {}", offer.licence))
                .aside("inside fourfold");
            let spec = Box::new(self.spec(offer.name, Provider::Embedded, None, None));
            offers.push((item, Some(Offer::Embedded { spec, here: offer.here })));
        }
        for server in &self.servers {
            for model in &server.models {
                let item = Item::new(format!("served {} {model}", server.base_url), model)
                    .note(&server.base_url)
                    .aside(format!("{}'s port", server.program));
                let spec = self.spec(model, Provider::OpenAi, Some(&server.base_url), None);
                offers.push((item, Some(Offer::Served(Box::new(spec)))));
            }
            if server.models.is_empty() {
                offers.push((said(&server.base_url, "the server lists no model"), None));
            }
        }
        for known in &self.keys {
            match self.hosted.iter().find(|hosted| hosted.known == *known).and_then(|hosted| hosted.models.as_ref()) {
                Some(Ok(models)) => offers.extend(models.iter().map(|model| {
                    let item = Item::new(format!("served {} {model}", known.base_url), model)
                        .note(format!("key from {}", known.variable))
                        .aside(known.provider);
                    let spec = self.spec(model, Provider::OpenAi, Some(known.base_url), Some(known.variable));
                    (item, Some(Offer::Served(Box::new(spec))))
                })),
                other => {
                    let note = match other {
                        Some(Err(reason)) => reason.clone(),
                        _ if self.hosted.iter().any(|hosted| hosted.known == *known) => "asking…".to_owned(),
                        _ => format!("{} is set: Enter lists its models", known.variable),
                    };
                    let item = Item::new(format!("ask {}", known.variable), known.provider).note(note).aside("hosted");
                    offers.push((item, Some(Offer::Ask(*known))));
                }
            }
        }
        if self.awaited > 0 {
            offers.push((said("looking for local servers…", &usual_ports()), None));
        } else if self.servers.is_empty() {
            offers.push((said("no local server answers", &usual_ports()), None));
        }
        offers
    }

    /// The model as the workbench would name it: its own id where it has it already.
    fn spec(&self, model: &str, provider: Provider, base_url: Option<&str>, variable: Option<&str>) -> ModelSpec {
        let equal = |spec: &&ModelSpec| {
            spec.provider == provider && spec.model == model && spec.base_url.as_deref() == base_url
        };
        if let Some(known) = self.known.iter().find(equal) {
            return known.clone();
        }
        ModelSpec {
            id: self.free_id(model),
            provider,
            model: model.to_owned(),
            base_url: base_url.map(str::to_owned),
            api_key: variable.map(|name| ApiKey::Env(name.to_owned())),
            base: None,
            adapter: None,
            lora: None,
            parameters: Parameters::default(),
        }
    }

    /// An id for a model: its name without what only says who published it, and a number where that is taken.
    fn free_id(&self, model: &str) -> String {
        let name = model.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(model);
        let taken = |id: &str| self.known(id).is_some();
        let numbered = (2..).map(|number| format!("{name}-{number}"));
        std::iter::once(name.to_owned()).chain(numbered).find(|id| !taken(id)).unwrap_or_default()
    }
}

/// A line that cannot be chosen.
fn said(title: &str, note: &str) -> Item {
    Item { disabled: Some(note.to_owned()), ..Item::new(title, title) }
}

fn usual_ports() -> String {
    let ports: Vec<String> = USUAL_PORTS.iter().map(|usual| format!("{} {}", usual.program, usual.port)).collect();
    ports.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shelf() -> Models {
        let mut models = Models {
            servers: vec![LocalServer {
                program: "Ollama",
                base_url: "http://127.0.0.1:11434/v1".to_owned(),
                models: vec!["org/qwen3".to_owned()],
            }],
            embedded: vec![EmbeddedOffer {
                name: "small",
                title: "Small",
                bytes: 98_362_432,
                licence: "Apache-2.0",
                here: false,
            }],
            ..Models::default()
        };
        models.known = vec![models.spec("qwen3", Provider::Embedded, None, None)];
        models
    }

    #[test]
    fn a_picked_model_gets_an_id_of_its_own_and_keeps_it() {
        let mut models = shelf();
        let served = |models: &Models| {
            models.offers().into_iter().find_map(|(_, offer)| match offer {
                Some(Offer::Served(spec)) => Some(*spec),
                _ => None,
            })
        };
        let spec = served(&models).unwrap();
        assert_eq!((spec.id.as_str(), spec.model.as_str()), ("qwen3-2", "org/qwen3"));
        models.known.push(spec.clone());
        assert_eq!(served(&models).unwrap(), spec, "picked again it is the same model");
    }

    #[test]
    fn every_line_has_its_own_value_and_says_where_its_model_is() {
        let mut models = shelf();
        models.keys = vec![crate::model::discover::KNOWN_KEYS[0]];
        let lines = |models: &Models| -> Vec<String> {
            let line = |item: &Item| {
                let note = item.disabled.as_ref().unwrap_or(&item.note);
                format!("{} | {note} | {}", item.title, item.aside)
            };
            models.offers().iter().map(|(item, _)| line(item)).collect()
        };
        assert_eq!(
            lines(&models),
            [
                "qwen3 | embedded · qwen3 | this workbench",
                "Small | 98 MB to download · Apache-2.0 | inside fourfold",
                "org/qwen3 | http://127.0.0.1:11434/v1 | Ollama's port",
                "OpenAI | OPENAI_API_KEY is set: Enter lists its models | hosted",
            ]
        );
        let values: std::collections::HashSet<String> =
            models.offers().into_iter().map(|(item, _)| item.value).collect();
        assert_eq!(values.len(), 4);
        models.servers.clear();
        models.awaited = 2;
        assert!(lines(&models).last().unwrap().starts_with("looking for local servers… | Ollama 11434"));
        models.awaited = 0;
        assert!(lines(&models).last().unwrap().starts_with("no local server answers"));
        models.hosted = vec![Hosted { known: models.keys[0], models: Some(Ok(vec!["gpt".to_owned()])) }];
        assert!(lines(&models).contains(&"gpt | key from OPENAI_API_KEY | OpenAI".to_owned()));
    }
}
