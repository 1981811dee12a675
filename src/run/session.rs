//! A workbench at work: its models, data, keys and metrics, of which a question (prompt, strategy, model, case) becomes a call.
//! The terminal and the command line are two fronts over this.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::connect::connect;
use super::embedding::Embedding;
use super::first_use::FirstUses;
use super::given::GivenKeys;
use super::maker::Maker;
use super::metrics::Metrics;
use super::question::{NotAsked, Question};
use super::recorded::Recordings;
use super::retrieval::TrainIndexes;
use super::set_up::SetUps;
use super::similarity::Similarity;
use super::spending::Spending;
use super::tape::{Tape, TapeChoice};
use crate::config::{ModelSpec, Provider, Workbench, prepare_program_folder, program_folder, split_strength};
use crate::data::{Case, Cases, DataError, Leaks, Shelf, Splits};
use crate::model::weights::locate;
use crate::model::{
    AdapterUse, Dialect, Key, Keys, Model, ModelError, Parameters, Price, PromptTokens, Servers, ThoughtsApart,
    TokenCount, estimate_tokens,
};
use crate::prompt::Message;
use crate::score::{Answer, Metric, Score};
use crate::store::arm_key;

/// Where row indexes of large data files are kept, in the program's folder.
const ROW_INDEXES: &str = "rows";

/// Makes the embedded model answer; the cli and the app hand in the one that they have.
pub type EmbeddedFactory = Arc<dyn Fn(&str, Option<&AdapterUse>) -> Result<Arc<dyn Model>, ModelError> + Send + Sync>;

/// An open workbench.
pub struct Session {
    /// What fourfold.toml says.
    pub workbench: Workbench,
    /// The data, as far as there is some.
    pub splits: Arc<Splits>,
    metrics: Metrics,
    embedded: EmbeddedFactory,
    pub(super) models: Mutex<HashMap<String, Arc<dyn Model>>>,
    /// What was learned of servers, and who has to wait.
    servers: Servers,
    pub(super) recordings: Recordings,
    /// Models picked since the start, beside those of the workbench.
    added: RwLock<Vec<ModelSpec>>,
    keys: Keys,
    pub(super) given: GivenKeys,
    /// The person's own prices.
    prices: BTreeMap<String, Price>,
    first_uses: FirstUses,
    spending: Arc<Spending>,
    pub(super) tape: Tape,
    /// What the leak guard found, once it was asked.
    pub(super) leaks: OnceLock<Result<Leaks, DataError>>,
    pub(super) train_indexes: TrainIndexes,
    pub(super) server_embedder: OnceLock<Embedding>,
    set_ups: SetUps,
    /// Whether models are made without their keys.
    keys_withheld: AtomicBool,
    /// Tokenizers of embedded models that are not loaded, by file.
    counters: Mutex<HashMap<String, Option<Arc<PromptTokens>>>>,
}

fn shelf_of(root: &Path) -> Shelf {
    Shelf::new(program_folder(root).join(ROW_INDEXES), root.to_owned(), prepare_program_folder)
}

impl Session {
    /// What makes this session's embedded models.
    pub fn embedded_factory(&self) -> EmbeddedFactory {
        Arc::clone(&self.embedded)
    }

    /// Where row indexes of large data files are kept.
    pub fn shelf(&self) -> Shelf {
        shelf_of(&self.workbench.root)
    }

    /// Opens the data of `workbench`, as far as it can be used: what cannot is in [`Splits::faults`].
    pub fn open(workbench: Workbench, embedded: EmbeddedFactory) -> Self {
        let shelf = shelf_of(&workbench.root);
        let splits = Splits::open_usable(&workbench.split_files(), &workbench.data.mapping, 0, &shelf);
        let spending = Spending::default();
        spending.set_budget(workbench.run.budget);
        let metrics = Metrics::of(&workbench.scoring, &workbench.root, workbench.data.embedder.as_deref());
        Self {
            workbench,
            splits: Arc::new(splits),
            metrics,
            embedded,
            models: Mutex::default(),
            servers: Servers::default(),
            recordings: Recordings::default(),
            added: RwLock::default(),
            keys: Keys::default(),
            given: GivenKeys::default(),
            prices: BTreeMap::new(),
            first_uses: FirstUses::default(),
            spending: Arc::new(spending),
            tape: Tape::None,
            leaks: OnceLock::new(),
            train_indexes: TrainIndexes::default(),
            server_embedder: OnceLock::new(),
            set_ups: SetUps::default(),
            keys_withheld: AtomicBool::new(false),
            counters: Mutex::default(),
        }
    }

    /// A session on what fourfold.toml says now. What was spent, picked, told and learned of servers since the start, keys and
    /// the cassette stay; everything that comes from the data is read anew.
    #[must_use]
    pub fn reopened(&self, workbench: Workbench) -> Self {
        let fresh = Self::open(workbench, self.embedded_factory());
        self.spending.set_budget(fresh.workbench.run.budget);
        let mut added = self.added.read().unwrap_or_else(PoisonError::into_inner).clone();
        // One that was written to the file meanwhile is one of its models.
        added.retain(|spec| fresh.workbench.model(&spec.id).is_none());
        let session = Self {
            servers: self.servers.clone(),
            added: RwLock::new(added),
            given: self.given.clone(),
            prices: self.prices.clone(),
            spending: Arc::clone(&self.spending),
            tape: self.tape.clone(),
            ..fresh
        };
        session.with_keys(self.keys.clone())
    }

    /// The same session with ways to find train rows that are like a case.
    #[cfg(test)]
    #[must_use]
    pub(super) fn with_indexes(self, indexes: super::retrieval::Indexes) -> Self {
        Self { train_indexes: TrainIndexes::new(indexes), ..self }
    }

    pub(super) const fn set_ups(&self) -> &SetUps {
        &self.set_ups
    }

    /// The same session with a cassette: its calls are kept, or kept ones are played in their place.
    pub fn with_tape(self, choice: &TapeChoice) -> Result<Self, NotAsked> {
        Ok(Self { tape: Tape::open(choice)?, ..self })
    }

    /// Whether models answer from a cassette: nothing is sent, loaded or paid.
    pub const fn is_replaying(&self) -> bool {
        self.tape.is_replaying()
    }

    /// Why the last call was not kept in the cassette, if it was not.
    pub fn tape_fault(&self) -> Option<String> {
        self.tape.fault()
    }

    /// The same session with the person's own keys.
    #[must_use]
    pub fn with_keys(self, keys: Keys) -> Self {
        let session = Self { keys, ..self };
        session.tell_metrics();
        session
    }

    /// Tells each metric that is a command whether it has leave to run.
    fn tell_metrics(&self) {
        for metric in &self.metrics.own {
            metric.set_leave(self.keys.is_allowed(&self.workbench.root, &metric.wish()));
        }
    }

    /// The same session with the person's own prices, by the provider's name of a model.
    #[must_use]
    pub fn with_prices(self, prices: BTreeMap<String, Price>) -> Self {
        Self { prices, ..self }
    }

    /// The person's own prices.
    pub fn prices(&self) -> &BTreeMap<String, Price> {
        &self.prices
    }

    /// What is left of the budget since the start, where there is one.
    pub fn budget_in_words(&self) -> Option<String> {
        self.spending.left_in_words()
    }

    pub(super) fn spending(&self) -> &Spending {
        &self.spending
    }

    /// The person's own keys.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The address that a model is asked at; `None` where it runs inside this program.
    pub fn base_url(spec: &ModelSpec) -> Option<&str> {
        match spec.provider {
            Provider::Embedded => None,
            Provider::Server(dialect) => Some(spec.base_url.as_deref().unwrap_or(dialect.base_url())),
        }
    }

    /// The key that a model is asked with, if it has one.
    pub fn key(&self, spec: &ModelSpec) -> Result<Option<Key>, ModelError> {
        let Some(base_url) = Self::base_url(spec) else { return Ok(None) };
        if self.keys_withheld.load(Ordering::Relaxed) {
            return Ok(None);
        }
        let source = self.given.source(spec.api_key.as_ref(), base_url);
        self.keys.find(&self.workbench.root, source.as_ref(), base_url)
    }

    /// Makes models without their keys from here on: what is made ready is asked by somebody else.
    pub(super) fn withhold_keys(&self) {
        self.keys_withheld.store(true, Ordering::Relaxed);
    }

    /// What the models and metrics of this workbench need leave for and do not have.
    pub fn key_wishes(&self) -> Vec<String> {
        let mut wishes: Vec<String> = self.models().iter().filter_map(|spec| self.key_wish(spec)).collect();
        wishes.extend(self.metrics.own.iter().map(|metric| metric.wish()));
        wishes.retain(|wish| !self.keys.is_allowed(&self.workbench.root, wish));
        wishes.dedup();
        wishes
    }

    fn key_wish(&self, spec: &ModelSpec) -> Option<String> {
        let url = reqwest::Url::parse(Self::base_url(spec)?).ok()?;
        self.keys.wish(spec.api_key.as_ref()?, &url)
    }

    /// Gives this workbench leave for all that its models and metrics need leave for; what that was.
    pub fn allow_keys(&self) -> Result<Vec<String>, ModelError> {
        let wishes = self.key_wishes();
        wishes.iter().try_for_each(|wish| self.keys.allow(&self.workbench.root, wish))?;
        self.tell_metrics();
        Ok(wishes)
    }

    /// Whether answers are scored by commands of the person's own, which take their time.
    pub(super) fn scores_by_commands(&self) -> bool {
        !self.metrics.own.is_empty()
    }

    /// Refuses where the metric that decides is a command that cannot score anything here: what is asked would be paid for and
    /// show nothing.
    pub(super) fn can_decide(&self) -> Result<(), NotAsked> {
        let deciding = self.metrics.own.iter().find(|metric| metric.id().as_str() == self.primary());
        let refusal = deciding.and_then(|metric| metric.refusal());
        refusal.map_or(Ok(()), |(what, hint)| Err(NotAsked { what, hint }))
    }

    /// Why the command that decides cannot score even the reference of this case as an answer, where it cannot: told before
    /// anything is paid for. Another answer it may score all the same.
    pub(super) fn cannot_score_the_reference(&self, case: &Case) -> Option<String> {
        let deciding = self.metrics.own.iter().find(|metric| metric.id().as_str() == self.primary())?;
        let reference = case.reference.as_deref()?;
        match deciding.score_with(&Answer { text: reference }, reference, &case.variables) {
            Score::Missing { reason } => Some(format!(
                "tried on case {}, its reference as the answer, `{}` gave no score: {reason}. The run stops once 25 answers in a row have none.",
                case.id,
                self.primary()
            )),
            Score::Value { .. } | Score::NotApplicable { .. } => None,
        }
    }

    /// The metric that decides.
    pub fn primary(&self) -> &str {
        let first = || self.metrics.all.first().map_or("exact-match", |metric| metric.id().as_str());
        self.workbench.scoring.primary.as_deref().unwrap_or_else(first)
    }

    /// The metrics of this workbench.
    pub fn metrics(&self) -> &[Arc<dyn Metric>] {
        &self.metrics.all
    }

    /// What makes the scores of each, in the same order.
    pub(super) fn makers(&self) -> &[Maker] {
        &self.metrics.makers
    }

    /// Those of them that embed.
    pub(super) fn similar(&self) -> &[Arc<Similarity>] {
        &self.metrics.similar
    }

    /// The cases that Compose steps through.
    pub fn dev(&self) -> Option<&dyn Cases> {
        self.splits.dev.as_ref().map(|rows| rows as &dyn Cases)
    }

    /// What is known of the model with this id: from fourfold.toml, or picked since. `tuned@0.5` is the model `tuned` with
    /// its adapter at half its strength.
    pub fn spec(&self, id: &str) -> Option<ModelSpec> {
        let added = self.added.read().unwrap_or_else(PoisonError::into_inner);
        let named = |id: &str| self.workbench.model(id).or_else(|| added.iter().find(|spec| spec.id == id));
        named(id).cloned().or_else(|| {
            let (id, strength) = split_strength(id)?;
            named(id)?.at_strength(strength)
        })
    }

    /// Every model: those of fourfold.toml, then those picked or tuned since.
    pub fn models(&self) -> Vec<ModelSpec> {
        let added = self.added.read().unwrap_or_else(PoisonError::into_inner);
        self.workbench.models.iter().chain(added.iter()).cloned().collect()
    }

    /// Makes a model known for this session.
    pub fn add_model(&self, spec: ModelSpec) {
        self.added.write().unwrap_or_else(PoisonError::into_inner).push(spec);
    }

    /// The model with this id, made on first use and kept.
    pub fn model(&self, id: &str) -> Result<Arc<dyn Model>, NotAsked> {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(model) = models.get(id) {
            return Ok(Arc::clone(model));
        }
        let spec = self.spec(id).ok_or_else(|| {
            NotAsked::new(&format!("there is no model `{id}`"), "Pick another with m, or add it to fourfold.toml.")
        })?;
        let made = self.tape.model(&spec, || self.key(&spec), |key| self.make(&spec, key));
        let model: Arc<dyn Model> = Arc::new(ThoughtsApart(made.map_err(|error| NotAsked::new(&error, error.hint()))?));
        models.insert(id.to_owned(), Arc::clone(&model));
        Ok(model)
    }

    fn make(&self, spec: &ModelSpec, key: Option<Key>) -> Result<Arc<dyn Model>, ModelError> {
        match spec.provider {
            Provider::Embedded => (self.embedded)(&spec.model, self.adapter_use(spec).as_ref()),
            Provider::Server(dialect) => connect(spec, dialect, key, &self.servers),
        }
    }

    /// The name of a model on a server, told without its key.
    pub(super) fn server_fingerprint(&self, spec: &ModelSpec, dialect: Dialect) -> Result<String, NotAsked> {
        let model = connect(spec, dialect, None, &self.servers).map_err(|error| NotAsked::new(&error, error.hint()))?;
        Ok(model.fingerprint())
    }

    /// Someone asks again on purpose: providers that were stopped for an empty purse are tried once more.
    pub fn resume_providers(&self) {
        self.servers.resume();
    }

    /// Whether the model with this id was made before.
    pub(super) fn is_made(&self, id: &str) -> bool {
        self.models.lock().unwrap_or_else(PoisonError::into_inner).contains_key(id)
    }

    /// Whether models are wrapped in a cassette.
    pub(super) const fn is_taped(&self) -> bool {
        !matches!(self.tape, Tape::None)
    }

    /// Forgets the models that were made with the adapter in `folder`, at whatever strength: one that is trained under a name that
    /// was free again answers from the next question on.
    pub fn forget_adapter(&self, folder: &Path) {
        let uses = |id: &str| self.spec(id).and_then(|spec| spec.adapter).is_some_and(|used| used.folder == folder);
        self.models.lock().unwrap_or_else(PoisonError::into_inner).retain(|id, _| !uses(id));
    }

    /// The file or catalog name of a model that runs inside this program.
    pub fn embedded_file(&self, id: &str) -> Option<String> {
        self.spec(id).filter(|spec| spec.provider == Provider::Embedded && !self.is_replaying()).map(|spec| spec.model)
    }

    /// The name of the embedded model this workbench uses first, or the small one.
    pub fn embedded_name(&self) -> &str {
        let embedded = self.workbench.models.iter().find(|spec| spec.provider == Provider::Embedded);
        embedded.map_or("smollm2-135m", |spec| spec.model.as_str())
    }

    /// How many tokens messages take, by the model's own count once it is loaded.
    pub fn count_tokens(&self, id: &str, messages: &[Message]) -> TokenCount {
        let models = self.models.try_lock();
        let model = models.ok().and_then(|models| models.get(id).map(Arc::clone));
        model.map_or_else(|| estimate_tokens(messages), |model| model.count_tokens(messages))
    }

    /// As [`Session::count_tokens`], before anything is asked: a model inside the program that is not loaded lends its tokenizer.
    pub fn tokens_ahead(&self, id: &str, messages: &[Message]) -> TokenCount {
        let file = if self.is_made(id) { None } else { self.embedded_file(id) };
        let Some(file) = file else { return self.count_tokens(id, messages) };
        let mut counters = self.counters.lock().unwrap_or_else(PoisonError::into_inner);
        let open = || Some(Arc::new(PromptTokens::open(&locate(&file).ok()?.0).ok()?));
        let counter = counters.entry(file.clone()).or_insert_with(open).clone();
        drop(counters);
        counter.map_or_else(|| self.count_tokens(id, messages), |counter| counter.count(messages))
    }

    /// The text of a prompt file.
    pub fn prompt_text(path: &Path) -> Result<String, NotAsked> {
        std::fs::read_to_string(path)
            .map_err(|error| NotAsked::new(&format!("cannot read {}: {error}", path.display()), "Pick another prompt."))
    }

    /// What to say before this folder first sends texts to the embedder at `base_url`.
    pub(super) fn tell_of_embedder(&self, base_url: &str, key: Option<&Key>) -> Option<String> {
        self.first_uses.tell(&self.workbench.root, base_url, key, "the texts of train rows and cases")
    }

    /// What to say before this folder's first question to where a model is. It is given once.
    pub fn first_use(&self, id: &str) -> Option<String> {
        let spec = self.spec(id).filter(|_| !self.is_replaying())?;
        let base_url = Self::base_url(&spec)?;
        if !self.first_uses.is_new(base_url) {
            return None;
        }
        // The model is made by now, so its key was there; it is looked at again only to name its source.
        let key = self.key(&spec).ok().flatten();
        self.first_uses.tell(&self.workbench.root, base_url, key.as_ref(), "each question's messages")
    }

    /// How a question is sampled: the arm's own settings over its model's.
    pub fn parameters(&self, question: &Question) -> Parameters {
        let spec = self.spec(&question.model);
        let mut parameters = question.parameters.over(spec.as_ref().map(|spec| &spec.parameters));
        if let Some(spec) = spec {
            parameters.lora = self.lora_scales(&spec);
        }
        parameters
    }

    /// The key under which trials of this question's arm are found again.
    pub fn arm_key(&self, question: &Question) -> Result<String, NotAsked> {
        let text = match &question.prompt_text {
            Some(text) => text.clone(),
            None => Self::prompt_text(&question.prompt_path)?,
        };
        let fingerprint = self.fingerprint(&question.model)?;
        let parameters = self.parameters(question);
        let strategy = serde_json::to_value(&question.strategy).unwrap_or_default();
        Ok(arm_key(&text, &strategy, &fingerprint, &parameters))
    }
}
