//! Which models an arm could have: those of fourfold.toml, those inside this program, those that local servers and
//! providers list.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::picker::Item;
use super::{KeyPlace, ListFault};
use crate::config::{CallLimits, ModelSpec, Provider, ServedAdapter};
use crate::model::discover::{KnownKey, LocalServer, OwnKey, USUAL_PORTS};
use crate::model::hosted::{self, HostedModel, Priced, PricedBy};
use crate::model::{Dialect, Endpoint, KeySource, Parameters, Price, ServedModel};
use crate::run::{Session, priced};

/// What the value of the line that asks an address begins with.
pub const ADDRESS_OFFER: &str = "address ";

/// A model that goes within so many days is told of at the start.
const SOON: i32 = 30;

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

impl EmbeddedOffer {
    /// Its size, for people.
    pub fn size(&self) -> String {
        format!("{} MB", self.bytes / 1_000_000)
    }
}

/// Models that a provider lists for one's own key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosted {
    /// The provider.
    pub known: KnownKey,
    /// Its list; `None` while it is being asked.
    pub models: Option<Result<Vec<String>, ListFault>>,
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
        /// What there is to know of its file.
        file: EmbeddedOffer,
    },
    /// One that a server or a provider offers.
    Served(Box<ModelSpec>),
    /// One that was tuned from another one there: base and tuned.
    Tuned(Box<[ModelSpec; 2]>),
    /// A provider that can be asked for its list.
    Ask(KnownKey),
    /// A provider or a server that wants a key.
    GiveKey(KeyPlace),
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
    /// The hosted providers, and where one's own key for each is.
    pub keys: Vec<OwnKey>,
    /// Providers that were asked for their list.
    pub hosted: Vec<Hosted>,
    /// The address that was typed last and asked, until its models are among `servers`: why they are not, where it answered.
    pub address: Option<(String, Option<ListFault>)>,
    /// A model is being written to fourfold.toml: the file's next change is our own.
    pub writing: bool,
    /// The person's own prices.
    pub prices: BTreeMap<String, Price>,
    /// The day the program began.
    pub today: Date,
}

impl Models {
    /// A model the workbench knows.
    pub fn known(&self, id: &str) -> Option<&ModelSpec> {
        self.known.iter().find(|spec| spec.id == id)
    }

    /// What a model the workbench knows costs, and who says so.
    pub fn priced(&self, id: &str) -> Option<Priced> {
        priced(self.known(id)?, &self.prices)
    }

    /// What is known of a model besides its name, the most pressing first: how long it answers, what it costs, what it holds,
    /// where it can be tuned.
    pub(super) fn facts(&self, spec: &ModelSpec) -> String {
        let known = Session::base_url(spec).and_then(|base_url| hosted::find_at(base_url, &spec.model));
        let end = known.and_then(|known| known.end_in_words(self.today));
        let price = match priced(spec, &self.prices) {
            Some(Priced { by: PricedBy::Here, .. }) => None,
            Some(Priced { price, by }) => Some(format!("{} ({})", price.in_words(), by.in_words())),
            None => Some("price unknown".to_owned()),
        };
        let tuned = match spec.provider {
            Provider::Embedded => Some("can be tuned here".to_owned()),
            Provider::Server(_) => known.and_then(HostedModel::tuning_in_words),
        };
        let context = known.and_then(HostedModel::context_in_words);
        [Some(String::new()), end, price, context, tuned].into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }

    /// What to say at the start of models of the workbench that will soon be gone.
    pub fn farewells(&self) -> Vec<String> {
        let known = |spec: &&ModelSpec| {
            let known = hosted::find_at(Session::base_url(spec)?, &spec.model)?;
            known.days_left(self.today).filter(|left| *left <= SOON)?;
            Some((spec.id.clone(), known.end_in_words(self.today)?))
        };
        let going = self.known.iter().filter_map(|spec| known(&spec));
        going.map(|(id, end)| format!("{id}: {end}. k on its answer records its answers now.")).collect()
    }

    /// The lines of the picker, each with what it stands for; `None` only says something.
    pub fn offers(&self) -> Vec<(Item, Option<Offer>)> {
        let mut offers = Vec::new();
        for spec in &self.known {
            let place = spec.base_url.as_deref().map_or_else(String::new, |url| format!(" at {url}"));
            let base = spec.base.as_ref().map_or_else(String::new, |base| format!("tuned from {base} · "));
            let note = format!("{base}{} · {}{place}{}", spec.provider.as_str(), spec.model, self.facts(spec));
            let item = Item::new(format!("known {}", spec.id), &spec.id).note(note).aside("this workbench");
            offers.push((item, Some(Offer::Known(spec.id.clone()))));
        }
        for offer in &self.embedded {
            let place = if offer.here { "here".to_owned() } else { format!("{} to download", offer.size()) };
            let item = Item::new(format!("embedded {}", offer.name), offer.title)
                .note(format!("{place} · {} · can be tuned here", offer.licence))
                .aside("inside fourfold");
            let spec = Box::new(self.spec(offer.name, Provider::Embedded, None, None));
            offers.push((item, Some(Offer::Embedded { spec, file: offer.clone() })));
        }
        for server in &self.servers {
            for model in &server.models {
                let lineage = model.lineage().map_or_else(String::new, |lineage| format!("{lineage} · "));
                let label = model.label();
                let item = Item::new(format!("served {} {label}", server.base_url), &label)
                    .note(format!("{lineage}{}", server.base_url))
                    .aside(match server.program {
                        "" => "this address".to_owned(),
                        program => format!("{program}'s port"),
                    });
                let key = server.key.as_ref();
                offers.push((item, Some(self.served(Dialect::ChatCompletions, model, &server.base_url, key))));
            }
            if server.models.is_empty() {
                offers.push((said(&server.base_url, "the server lists no model"), None));
            }
        }
        for own in &self.keys {
            self.offer_hosted(own, &mut offers);
        }
        if let Some((url, fault)) = &self.address {
            let place = KeyPlace::at(url).filter(|_| fault.as_ref().is_some_and(|fault| fault.wants_key));
            offers.push(match (place, fault) {
                (Some(place), Some(fault)) => {
                    let item = Item::new(format!("key {url}"), url).note("it wants a key: Enter takes one");
                    (item.detail(&fault.words), Some(Offer::GiveKey(place)))
                }
                (_, Some(fault)) => (said(url, &fault.words).detail(&fault.words), None),
                (_, None) => (said(url, "asking for its models…"), None),
            });
        }
        if self.awaited > 0 {
            offers.push((said("looking for local servers…", &usual_ports()), None));
        } else if self.servers.is_empty() {
            offers.push((said("no local server answers", &usual_ports()), None));
        }
        offers.push((said("a server elsewhere", "type or paste its address: http://host:port/v1"), None));
        offers.push((said("a file of weights", "type or paste its path: /models/NAME.gguf"), None));
        offers
    }

    /// The line that asks the server at an address, where what was typed is one and its models are not known.
    pub fn asks_address(&self, typed: &str) -> Option<Item> {
        let url = typed.trim();
        Endpoint::parse(url).ok().filter(|_| !url.contains(char::is_whitespace))?;
        let is_known = self.servers.iter().any(|server| server.base_url == url);
        (!is_known).then(|| Item::new(format!("{ADDRESS_OFFER}{url}"), url).note("Enter asks it what models it has"))
    }

    /// A server's model as an offer: with its base where it is known what it was tuned from.
    pub fn served(&self, dialect: Dialect, model: &ServedModel, base_url: &str, key: Option<&KeySource>) -> Offer {
        let spec = |id: &str| self.spec(id, Provider::Server(dialect), Some(base_url), key);
        let Some(base) = &model.base else { return Offer::Served(Box::new(spec(&model.id))) };
        let Some(adapter) = &model.adapter else {
            let base = spec(base);
            let tuned = ModelSpec { base: Some(base.id.clone()), ..spec(&model.id) };
            return Offer::Tuned(Box::new([base, tuned]));
        };
        // Base and tuned have one name there; how strongly the adapter works tells them apart.
        let with = |lora: Option<ServedAdapter>, name: &str| {
            let equal = |spec: &&ModelSpec| {
                spec.model == model.id && spec.base_url.as_deref() == Some(base_url) && spec.lora == lora
            };
            let known = self.known.iter().find(equal).cloned();
            known.unwrap_or_else(|| ModelSpec { id: self.free_id(name), lora, ..spec(&model.id) })
        };
        // The base is asked with every adapter that is known to be tuned from it off.
        let base = with(None, &format!("{base}-base"));
        let lora = ServedAdapter { id: adapter.lora.id, scale: adapter.lora.scale };
        let tuned = ModelSpec { base: Some(base.id.clone()), ..with(Some(lora), &adapter.name) };
        Offer::Tuned(Box::new([base, tuned]))
    }

    /// The model as the workbench would name it: its own id where it has it already, unless that is asked without the key.
    pub fn spec(&self, model: &str, provider: Provider, base_url: Option<&str>, key: Option<&KeySource>) -> ModelSpec {
        let is_own = base_url.and_then(KnownKey::at).is_some();
        let equal = |spec: &&ModelSpec| {
            spec.provider == provider
                && spec.model == model
                && spec.base_url.as_deref() == base_url
                && (spec.api_key.is_some() || key.is_none() || is_own)
        };
        if let Some(known) = self.known.iter().find(equal) {
            return known.clone();
        }
        ModelSpec {
            id: self.free_id(model),
            provider,
            model: model.to_owned(),
            base_url: base_url.map(str::to_owned),
            // A provider's own key is found again by itself, wherever it is; a variable is named for whoever reads the file.
            api_key: key.filter(|key| !is_own || matches!(key, KeySource::Env(_))).cloned(),
            price: None,
            base: None,
            adapter: None,
            limits: CallLimits::default(),
            lora: None,
            parameters: Parameters::default(),
        }
    }

    /// An id for a model: its name without what only says who published it, and a number where that is taken.
    fn free_id(&self, model: &str) -> String {
        let name = model.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(model);
        // A file of weights is called by its name alone.
        let name = name.strip_suffix(".gguf").filter(|name| !name.is_empty()).unwrap_or(name);
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
                models: vec![ServedModel::new("org/qwen3")],
                key: None,
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
    fn a_tuned_model_comes_with_its_base() {
        let mut models = shelf();
        let tuned = |models: &Models, label: &str| {
            models.offers().into_iter().find_map(|(item, offer)| match offer {
                Some(Offer::Tuned(pair)) if item.title == label => Some((item.note, *pair)),
                _ => None,
            })
        };
        let listed = serde_json::json!({"data": [{"id": "org/qwen3"}, {"id": "sql", "parent": "org/qwen3"}]});
        models.servers[0].models = crate::model::lineage::in_list(&listed).unwrap();
        let (note, [base, sql]) = tuned(&models, "sql").unwrap();
        assert_eq!(note, "tuned from org/qwen3 · http://127.0.0.1:11434/v1");
        assert_eq!((base.model.as_str(), sql.model.as_str(), sql.base.as_ref()), ("org/qwen3", "sql", Some(&base.id)));
        let adapters = serde_json::json!([{"id": 2, "path": "/m/orders.gguf"}]);
        models.servers[0].models = crate::model::lineage::llama_adapters(&adapters, "qwen");
        let (_, [base, orders]) = tuned(&models, "qwen + orders").unwrap();
        assert_eq!((base.id.as_str(), orders.id.as_str()), ("qwen-base", "orders"));
        assert_eq!((base.lora, &base.base), (None, &None), "the base answers without the adapter");
        assert_eq!(orders.lora, Some(ServedAdapter { id: 2, scale: 1.0 }));
        models.known.extend([base.clone(), orders.clone()]);
        assert_eq!(tuned(&models, "qwen + orders").unwrap().1, [base, orders], "picked again they are the same");
    }

    #[test]
    fn every_line_has_its_own_value_and_says_where_its_model_is() {
        let mut models = shelf();
        let own = |source| OwnKey { known: crate::model::discover::KNOWN_KEYS[0], source };
        let variable = KeySource::Env("OPENAI_API_KEY".to_owned());
        models.keys = vec![own(Some(variable.clone()))];
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
                "qwen3 | embedded · qwen3 · can be tuned here | this workbench",
                "Small | 98 MB to download · Apache-2.0 · can be tuned here | inside fourfold",
                "org/qwen3 | http://127.0.0.1:11434/v1 | Ollama's port",
                "OpenAI | OPENAI_API_KEY is set: Enter lists its models | hosted",
                "a server elsewhere | type or paste its address: http://host:port/v1 | ",
                "a file of weights | type or paste its path: /models/NAME.gguf | ",
            ]
        );
        let values: std::collections::HashSet<String> =
            models.offers().into_iter().map(|(item, _)| item.value).collect();
        assert_eq!(values.len(), 6);
        models.servers.clear();
        models.awaited = 2;
        let before_last = |models: &Models| lines(models).into_iter().nth_back(2).unwrap();
        assert!(before_last(&models).starts_with("looking for local servers… | Ollama 11434"));
        models.awaited = 0;
        assert!(before_last(&models).starts_with("no local server answers"));
        models.hosted = vec![Hosted {
            known: models.keys[0].known,
            models: Some(Ok(vec!["gpt".to_owned(), "gpt-5-mini".to_owned()])),
        }];
        models.today = "2026-11-29".parse().unwrap();
        let shown = lines(&models);
        assert!(shown.contains(&"gpt | key from OPENAI_API_KEY · price unknown | OpenAI".to_owned()), "{shown:?}");
        let known = "gpt-5-mini | key from OPENAI_API_KEY · 12 days left (2026-12-11), then gpt-5.6-terra · \
                     $0.25 in, $2.00 out per million (prices of 2026-11-27) · 272k tokens | OpenAI";
        assert!(shown.contains(&known.to_owned()), "{shown:?}");
        assert_eq!(models.farewells(), [""; 0]);
        let mini = models.spec(
            "gpt-5-mini",
            Provider::Server(Dialect::ChatCompletions),
            Some("https://api.openai.com/v1"),
            None,
        );
        models.known.push(mini);
        assert!(models.farewells()[0].starts_with("gpt-5-mini: 12 days left"), "{:?}", models.farewells());
    }
}
