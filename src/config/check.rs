//! From what is written to what is meant: names that lead nowhere, doubles, ranges, files that are not there.

use std::collections::HashSet;
use std::ops::Range;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use serde_spanned::Spanned;

use super::file::{ArmTable, FourfoldTable, ModelTable, PairTable, RunTable, StrategyTable, WorkbenchFile};
use super::limits::CallLimits;
use super::nearest::did_you_mean;
use super::problem::Problems;
use super::provider::Provider;
use super::strategy::{OwnStrategy, StrategySpec};
use super::strength::is_strength;
use super::workbench::{Adapter, Arm, Fourfold, Known, ModelSpec, PromptAndStrategy, Run, ServedAdapter, Workbench};
use crate::model::{Dialect, Parameters, Price};

/// Resolves every name of `file`, noting those that cannot be. Only without notes is the result what was meant.
pub(super) fn resolve(file: WorkbenchFile, root: &Path, known: Known<'_>, problems: &mut Problems<'_>) -> Workbench {
    let mut check = Check { root, known, own: Vec::new(), problems };
    if let Some(version) = &file.version
        && *version.get_ref() != 1
    {
        let what = format!("version {} of this file is not known here", version.get_ref());
        check.problems.add(version.span(), what, "This program reads version 1; a newer fourfold may read this one.");
    }
    check.doubles("model", file.model.iter().map(|model| &model.id));
    check.doubles("arm", file.arm.iter().map(|arm| &arm.id));
    check.doubles("strategy", file.strategy.iter().map(|strategy| &strategy.id));
    check.own_strategies(file.strategy);
    let models = check.models(&file.model);
    let model_ids: Vec<&str> = file.model.iter().map(|model| model.id.get_ref().as_str()).collect();
    let arms: Vec<Arm> = file.arm.into_iter().map(|arm| check.arm(arm, &model_ids)).collect();
    let arm_ids: Vec<&str> = arms.iter().map(|arm| arm.id.as_str()).collect();
    let run = check.run(file.run, &arm_ids);
    let data = check.data(file.data, &model_ids);
    let scoring = check.scoring(file.score);
    let judge = file.judge.map(|table| check.judge(table, &model_ids));
    let fourfold = file.fourfold.map(|table| check.fourfold(table, &model_ids, &models));
    let strategies = check.own;
    Workbench { root: root.to_owned(), models, strategies, arms, data, scoring, judge, run, fourfold }
}

/// The name that stands for every strategy of a file's own; see [`OwnStrategy::spec`].
const OWN: &str = "own";

/// A value of TOML as JSON; a date is its text.
fn as_json(value: &toml::Value) -> serde_json::Value {
    match value {
        toml::Value::Datetime(date) => serde_json::Value::String(date.to_string()),
        other => serde_json::to_value(other).unwrap_or_default(),
    }
}

/// The endings of prompt files.
const PROMPTS: [&str; 4] = ["prompty", "md", "txt", "j2"];
/// More than this only hides that a server is not there.
const MOST_RETRIES: u32 = 10;
/// More trials at a time, or of one arm on one case, than anybody means.
const MOST_AT_A_TIME: u32 = 1_000;

pub(super) struct Check<'a, 'p, 't> {
    pub(super) root: &'a Path,
    pub(super) known: Known<'a>,
    /// The strategies that the file defines.
    own: Vec<OwnStrategy>,
    pub(super) problems: &'p mut Problems<'t>,
}

impl Check<'_, '_, '_> {
    fn doubles<'s>(&mut self, noun: &str, ids: impl Iterator<Item = &'s Spanned<String>>) {
        let mut seen: HashSet<&str> = HashSet::new();
        for id in ids {
            if id.get_ref().trim().is_empty() {
                self.problems.add(id.span(), format!("a {noun}'s `id` is empty"), "Give it a name.");
            } else if !seen.insert(id.get_ref()) {
                let what = format!("a second {noun} is called `{}`", id.get_ref());
                self.problems.add(id.span(), what, "Give one of the two another `id`.");
            }
        }
    }

    fn models(&mut self, tables: &[ModelTable]) -> Vec<ModelSpec> {
        let ids: Vec<&str> = tables.iter().map(|table| table.id.get_ref().as_str()).collect();
        tables.iter().filter_map(|table| self.model(table, tables, &ids)).collect()
    }

    fn model(&mut self, table: &ModelTable, tables: &[ModelTable], ids: &[&str]) -> Option<ModelSpec> {
        let base = match &table.base {
            None => None,
            Some(name) => Some(self.base(table, name, tables, ids)?),
        };
        let provider = table.provider.as_ref().or_else(|| base.and_then(|base| base.provider.as_ref()));
        let model = table.model.as_ref().or_else(|| base.and_then(|base| base.model.as_ref()));
        let (Some(provider), Some(model)) = (provider, model) else {
            if base.is_none() {
                let field = if provider.is_none() { "provider" } else { "model" };
                let what = format!("model `{}` has no `{field}`", table.id.get_ref());
                let hint = "A model needs `provider` and `model`, or the `base` it was tuned from.";
                self.problems.add(table.id.span(), what, hint);
            }
            return None;
        };
        let known = Provider::parse(provider.get_ref());
        if known.is_none() {
            // A tuned model repeats its base's provider; the mistake is noted once, where it was written.
            if table.provider.is_some() {
                let names = Provider::ALL.map(Provider::as_str);
                let what = format!("unknown provider `{}`", provider.get_ref());
                self.problems.add(provider.span(), what, did_you_mean(provider.get_ref(), &names, "provider"));
            }
            return None;
        }
        let base_url = table.base_url.as_ref().or_else(|| base.and_then(|base| base.base_url.as_ref()));
        let api_key = table.api_key.as_ref().or_else(|| base.and_then(|base| base.api_key.as_ref()));
        self.ranges(table);
        self.adapter(table, known);
        self.base_url(table, known);
        self.check_limits(table);
        self.lora(table, known);
        let scale = table.adapter_scale.as_ref().map_or(1.0, |scale| *scale.get_ref());
        Some(ModelSpec {
            id: table.id.get_ref().clone(),
            provider: known?,
            model: model.clone(),
            base_url: base_url.map(|url| url.get_ref().clone()),
            api_key: api_key.map(|key| key.get_ref().0.clone()),
            // A tuned model has a price of its own; what its base costs says nothing of it.
            price: self.price(table),
            base: table.base.as_ref().map(|name| name.get_ref().clone()),
            adapter: table.adapter.as_ref().map(|folder| Adapter { folder: PathBuf::from(folder.get_ref()), scale }),
            lora: table.lora.as_ref().map(|id| ServedAdapter { id: *id.get_ref(), scale }),
            limits: limits(table).over(base.map(limits)),
            // What a tuned model does not set it samples as its base does, so that the two are compared alike.
            parameters: table.parameters.over(base.map(|base| &base.parameters)),
        })
    }

    fn price(&mut self, table: &ModelTable) -> Option<Price> {
        let price = table.price.as_ref()?;
        if !price.get_ref().is_sound() {
            let what = format!("`price` of model `{}` is not an amount of money", table.id.get_ref());
            self.problems.add(price.span(), what, "Write dollars for a million tokens, 0 or more.");
        }
        Some(*price.get_ref())
    }

    /// An adapter belongs to an embedded model that another one was tuned into, and lies inside the workbench. Whether it is
    /// there yet is asked only when it is used: the file that names it is often written before it is trained.
    fn adapter(&mut self, table: &ModelTable, provider: Option<Provider>) {
        let id = table.id.get_ref();
        if let Some(scale) = &table.adapter_scale {
            if table.adapter.is_none() && table.lora.is_none() {
                let what = format!("model `{id}` has an `adapter_scale` and no `adapter` or `lora`");
                self.problems.add(scale.span(), what, "Name the adapter, or take the line out.");
            } else if !is_strength(*scale.get_ref()) {
                let what = format!("`adapter_scale` of model `{id}` is out of range");
                self.problems.add(scale.span(), what, "1 is as trained, 0 is not at all; up to 10 may be tried.");
            }
        }
        let Some(adapter) = &table.adapter else { return };
        let inside = Path::new(adapter.get_ref()).components().all(|part| matches!(part, Component::Normal(_)));
        if !inside || adapter.get_ref().is_empty() {
            let what = format!("the adapter `{}` is outside the workbench folder", adapter.get_ref());
            let hint = "Name a folder such as `adapters/NAME`; `fourfold adapters import` brings one in.";
            self.problems.add(adapter.span(), what, hint);
        } else if table.base.is_none() {
            let what = format!("model `{id}` has an `adapter` and no `base`");
            self.problems.add(adapter.span(), what, "Add `base = \"...\"`, the `id` of the model it was trained on.");
        } else if provider != Some(Provider::Embedded) {
            let what = format!("model `{id}` has an `adapter`, and its base runs on a server");
            let hint = "A server loads its adapters itself: name the tuned model there with `model = \"...\"`, or a \
                        llama-server's adapter by its number, `lora = 0`.";
            self.problems.add(adapter.span(), what, hint);
        }
    }

    /// The address is read as it will be when the model is asked. What is written may hold a key, and is not repeated.
    fn base_url(&mut self, table: &ModelTable, provider: Option<Provider>) {
        let Some(url) = &table.base_url else { return };
        match provider.map(Provider::dialect) {
            Some(None) => {
                let what = format!("model `{}` runs inside fourfold and has a `base_url`", table.id.get_ref());
                self.problems.add(url.span(), what, "Take the line out, or name the provider whose server this is.");
            }
            Some(Some(dialect)) => {
                if let Err(error) = dialect.endpoint(url.get_ref()) {
                    let what = format!("`base_url` of model `{}`: {error}", table.id.get_ref());
                    self.problems.add(url.span(), what, error.hint());
                }
            }
            None => {}
        }
    }

    fn check_limits(&mut self, table: &ModelTable) {
        if let Some(retries) = table.retries.as_ref().filter(|retries| *retries.get_ref() > MOST_RETRIES) {
            let what = format!("`retries` of model `{}` is out of range", table.id.get_ref());
            self.problems.add(retries.span(), what, format!("Make it 0 to {MOST_RETRIES}."));
        }
        if let Some(count) = table.concurrency.as_ref().filter(|count| !(1..=MOST_AT_A_TIME).contains(count.get_ref()))
        {
            let what = format!("`concurrency` of model `{}` is out of range", table.id.get_ref());
            self.problems.add(count.span(), what, format!("Make it 1 to {MOST_AT_A_TIME}."));
        }
        for (name, rate) in
            [("requests_per_minute", &table.requests_per_minute), ("tokens_per_minute", &table.tokens_per_minute)]
        {
            if let Some(rate) = rate.as_ref().filter(|rate| *rate.get_ref() == 0) {
                let what = format!("`{name}` of model `{}` lets nothing through", table.id.get_ref());
                self.problems.add(rate.span(), what, "Write 1 or more, or take the line out.");
            }
        }
        for (name, value) in [
            ("first_token_timeout", &table.first_token_timeout),
            ("idle_timeout", &table.idle_timeout),
            ("timeout", &table.timeout),
        ] {
            if let Some(value) = value.as_ref().filter(|value| time(value).is_none()) {
                let what = format!("`{name}` of model `{}` is no time", table.id.get_ref());
                self.problems.add(value.span(), what, "Write seconds, above 0.");
            }
        }
    }

    /// An adapter of a llama-server is known by its number there, and its base is the model that the server was started with.
    fn lora(&mut self, table: &ModelTable, provider: Option<Provider>) {
        let id = table.id.get_ref();
        let Some(lora) = &table.lora else { return };
        if table.adapter.is_some() {
            let what = format!("model `{id}` has a `lora` and an `adapter`");
            let hint =
                "An `adapter` is a folder used inside this program, a `lora` a number on a llama-server: keep one.";
            self.problems.add(lora.span(), what, hint);
        } else if table.base.is_none() {
            let what = format!("model `{id}` has a `lora` and no `base`");
            self.problems.add(lora.span(), what, "Add `base = \"...\"`, the `id` of the server's own model.");
        } else if provider == Some(Provider::Embedded) {
            let what = format!("model `{id}` has a `lora`, and its base runs inside this program");
            self.problems.add(lora.span(), what, "Name the adapter's folder instead: `adapter = \"adapters/NAME\"`.");
        } else if provider.is_some_and(|provider| provider != Provider::Server(Dialect::ChatCompletions)) {
            let what = format!("model `{id}` has a `lora`, and its provider has no adapters by number");
            self.problems.add(lora.span(), what, "llama-server has: name it with `provider = \"openai\"`.");
        }
    }

    fn base<'t>(
        &mut self,
        table: &ModelTable,
        name: &Spanned<String>,
        tables: &'t [ModelTable],
        ids: &[&str],
    ) -> Option<&'t ModelTable> {
        let others: Vec<&str> = ids.iter().copied().filter(|id| id != table.id.get_ref()).collect();
        let found = tables.iter().find(|other| other.id.get_ref() == name.get_ref());
        match found {
            _ if table.id.get_ref() == name.get_ref() => {
                let what = format!("model `{}` is its own base", table.id.get_ref());
                self.problems.add(name.span(), what, did_you_mean("", &others, "other model"));
                None
            }
            None => {
                let what = format!("`base` names no model: `{}`", name.get_ref());
                self.problems.add(name.span(), what, did_you_mean(name.get_ref(), &others, "other model"));
                None
            }
            Some(base) if base.base.is_some() => {
                let what = format!("`{}` is itself a tuned model", name.get_ref());
                self.problems.add(name.span(), what, "`base` names the model that was tuned, not another tuned one.");
                None
            }
            Some(base) => Some(base),
        }
    }

    fn ranges(&mut self, table: &ModelTable) {
        let Parameters { temperature, top_p, min_p, repetition_penalty, .. } = table.parameters;
        let within = |value: Option<f64>, low: f64, high: f64| value.is_none_or(|value| (low..=high).contains(&value));
        let wrong = [
            ("temperature", within(temperature, 0.0, f64::MAX), "0 or more"),
            ("top_p", within(top_p, 0.0, 1.0), "between 0 and 1"),
            ("min_p", within(min_p, 0.0, 1.0), "between 0 and 1"),
            ("repetition_penalty", within(repetition_penalty, f64::MIN_POSITIVE, f64::MAX), "above 0"),
            ("max_tokens", table.parameters.max_tokens != Some(0), "at least 1"),
        ];
        for (name, fine, range) in wrong {
            if !fine {
                let what = format!("`{name}` of model `{}` is out of range", table.id.get_ref());
                self.problems.add(table.id.span(), what, format!("Make it {range}."));
            }
        }
    }

    pub(super) fn reference(&mut self, name: &Spanned<String>, known: &[&str], noun: &str) {
        if !known.contains(&name.get_ref().as_str()) {
            let what = format!("no {noun} is called `{}`", name.get_ref());
            self.problems.add(name.span(), what, did_you_mean(name.get_ref(), known, noun));
        }
    }

    fn arm(&mut self, table: ArmTable, models: &[&str]) -> Arm {
        self.reference(&table.model, models, "model");
        let pair = self.pair(PairTable { prompt: table.prompt, strategy: table.strategy });
        let PromptAndStrategy { prompt, strategy } = pair;
        Arm { id: table.id.into_inner(), prompt, strategy, model: table.model.into_inner() }
    }

    fn pair(&mut self, table: PairTable) -> PromptAndStrategy {
        self.prompt(&table.prompt);
        let strategy = match table.strategy {
            None => StrategySpec::default(),
            Some(spanned) => {
                let span = spanned.span();
                self.strategy(span, spanned.into_inner())
            }
        };
        PromptAndStrategy { prompt: table.prompt.into_inner(), strategy }
    }

    /// A strategy by its name; one of the file's own becomes what it stands for.
    fn strategy(&mut self, span: Range<usize>, spec: StrategySpec) -> StrategySpec {
        if let Some(own) = self.own.iter().find(|own| own.id == spec.name) {
            let meant = own.spec();
            if !spec.settings.is_empty() {
                let what = format!("the strategy `{}` is of this file, and takes no settings here", spec.name);
                self.problems.add(span, what, "Change its stages, or define another one under [[strategy]].");
            }
            return meant;
        }
        let known = self.known.strategies;
        let names: Vec<&str> = known.iter().copied().chain(self.own.iter().map(|own| own.id.as_str())).collect();
        if !known.is_empty() && !names.contains(&spec.name.as_str()) {
            let what = format!("unknown strategy `{}`", spec.name);
            self.problems.add(span, what, did_you_mean(&spec.name, &names, "strategy"));
        } else if let Some(fault) = self.known.judge.and_then(|judge| judge(&spec)) {
            self.problems.add(span, fault.what, fault.hint);
        }
        spec
    }

    /// The file's own strategies: what is wrong with one is said where it stands, down to the key of a stage.
    fn own_strategies(&mut self, tables: Vec<StrategyTable>) {
        for table in tables {
            let id = table.id.get_ref().clone();
            if self.known.strategies.contains(&id.as_str()) || id == OWN {
                let what = format!("`{id}` is the name of a built-in strategy");
                self.problems.add(table.id.span(), what, "Give yours another `id`.");
                continue;
            }
            let stages = table.stage.iter().map(|stage| {
                let keys = stage.get_ref().iter();
                keys.map(|(key, value)| (key.get_ref().clone(), as_json(value.get_ref()))).collect()
            });
            let own = OwnStrategy { id, stages: stages.collect() };
            if let Some(fault) = self.known.judge.and_then(|judge| judge(&own.spec())) {
                let stage = fault.stage.and_then(|number| table.stage.get(number.checked_sub(1)?));
                let key = stage.zip(fault.key.as_ref());
                let key = key.and_then(|(stage, key)| stage.get_ref().keys().find(|one| one.get_ref() == key));
                let place = key.map(Spanned::span).or_else(|| stage.map(Spanned::span));
                let what = format!("strategy `{}`: {}", own.id, fault.what);
                self.problems.add(place.unwrap_or_else(|| table.id.span()), what, fault.hint);
            }
            self.own.push(own);
        }
    }

    pub(super) fn name(&mut self, span: Range<usize>, name: &str, known: &[&str], noun: &str) {
        if !known.is_empty() && !known.contains(&name) {
            self.problems.add(span, format!("unknown {noun} `{name}`"), did_you_mean(name, known, noun));
        }
    }

    /// A workbench comes from anywhere, and what a prompt file holds is sent to a model: it stays inside the folder.
    pub(super) fn prompt(&mut self, prompt: &Spanned<String>) {
        let path = Path::new(prompt.get_ref());
        if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            let what = format!("the prompt `{}` is outside the workbench folder", prompt.get_ref());
            self.problems.add(prompt.span(), what, "Move or copy the file into the folder.");
        } else if !self.root.join(path).is_file() {
            let others = self.files_beside(path, &PROMPTS);
            let others: Vec<&str> = others.iter().map(String::as_str).collect();
            let what = format!("there is no prompt `{}` in the workbench folder", prompt.get_ref());
            self.problems.add(prompt.span(), what, did_you_mean(prompt.get_ref(), &others, "prompt file"));
        }
    }

    /// Files with these endings in the folder where `path` would be, written as the file writes them.
    pub(super) fn files_beside(&self, path: &Path, endings: &[&str]) -> Vec<String> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let Ok(entries) = self.root.join(folder).read_dir() else { return Vec::new() };
        let mut names: Vec<String> = entries
            .filter_map(Result::ok)
            .filter(|entry| {
                let extension = entry.path().extension().and_then(|one| one.to_str()).map(str::to_ascii_lowercase);
                extension.is_some_and(|it| endings.contains(&it.as_str()))
            })
            .map(|entry| folder.join(entry.file_name()).to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn run(&mut self, table: RunTable, arms: &[&str]) -> Run {
        if let Some(baseline) = &table.baseline {
            self.reference(baseline, arms, "arm");
        }
        for (name, money) in [("budget", &table.budget), ("max_cost", &table.max_cost)] {
            if let Some(money) = money.as_ref().filter(|money| !(0.0..=f64::MAX).contains(money.get_ref())) {
                let what = format!("`{name}` is not an amount of money");
                self.problems.add(money.span(), what, "Write dollars, 0 or more.");
            }
        }
        if let Some(seconds) = table.max_time.as_ref().filter(|seconds| time(seconds).is_none()) {
            self.problems.add(seconds.span(), "`max_time` is no time", "Write seconds, above 0.");
        }
        for (name, count) in [("concurrency", &table.concurrency), ("repeats", &table.repeats)] {
            if let Some(count) = count.as_ref().filter(|count| !(1..=MOST_AT_A_TIME).contains(count.get_ref())) {
                let hint = format!("Make it 1 to {MOST_AT_A_TIME}.");
                self.problems.add(count.span(), format!("`{name}` is out of range"), hint);
            }
        }
        Run {
            baseline: table.baseline.map(Spanned::into_inner),
            budget: table.budget.map(Spanned::into_inner),
            concurrency: table.concurrency.map(|count| count.into_inner() as usize),
            repeats: table.repeats.map(Spanned::into_inner),
            seed: table.seed.map(Spanned::into_inner),
            max_cost: table.max_cost.map(Spanned::into_inner),
            max_calls: table.max_calls.map(Spanned::into_inner),
            max_time: table.max_time.map(Spanned::into_inner),
        }
    }

    fn fourfold(&mut self, table: FourfoldTable, ids: &[&str], models: &[ModelSpec]) -> Fourfold {
        self.reference(&table.base, ids, "model");
        self.reference(&table.tuned, ids, "model");
        let tuned = models.iter().find(|model| model.id == *table.tuned.get_ref());
        if !table.unrelated
            && ids.contains(&table.base.get_ref().as_str())
            && tuned.is_some_and(|model| model.base.as_ref() != Some(table.base.get_ref()))
        {
            let what = format!("`{}` is not tuned from `{}`", table.tuned.get_ref(), table.base.get_ref());
            let hint = format!(
                "The table compares a model with one whose `base = \"{}\"`; `unrelated = true` compares any two.",
                table.base.get_ref()
            );
            self.problems.add(table.tuned.span(), what, hint);
        }
        let plain = self.pair(table.plain);
        let prompted = self.pair(table.prompted);
        let (base, tuned) = (table.base.into_inner(), table.tuned.into_inner());
        Fourfold { base, tuned, unrelated: table.unrelated, plain, prompted }
    }
}

/// The limits that a table sets.
fn limits(table: &ModelTable) -> CallLimits {
    CallLimits {
        retries: table.retries.as_ref().map(|retries| *retries.get_ref()),
        first_token_timeout: table.first_token_timeout.as_ref().and_then(time),
        idle_timeout: table.idle_timeout.as_ref().and_then(time),
        timeout: table.timeout.as_ref().and_then(time),
        concurrency: table.concurrency.as_ref().map(|count| *count.get_ref() as usize),
        requests_per_minute: table.requests_per_minute.as_ref().map(|rate| *rate.get_ref()),
        tokens_per_minute: table.tokens_per_minute.as_ref().map(|rate| *rate.get_ref()),
    }
}

/// Seconds as a time, unless that is none.
fn time(seconds: &Spanned<f64>) -> Option<Duration> {
    Duration::try_from_secs_f64(*seconds.get_ref()).ok().filter(|time| !time.is_zero())
}
