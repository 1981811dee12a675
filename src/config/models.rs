//! What a file says of its models: where each comes from, what it is asked with, and the adapter that was tuned for it.

use std::path::{Component, Path, PathBuf};

use serde_spanned::Spanned;

use super::check::{Check, MOST_AT_A_TIME, time};
use super::file::ModelTable;
use super::limits::CallLimits;
use super::nearest::did_you_mean;
use super::provider::Provider;
use super::strength::is_strength;
use super::workbench::{Adapter, ModelSpec, ServedAdapter};
use crate::model::weights::is_weights_path;
use crate::model::{Dialect, Parameters, Price};

/// More than this only hides that a server is not there.
const MOST_RETRIES: u32 = 10;

impl Check<'_, '_, '_> {
    pub(super) fn models(&mut self, tables: &[ModelTable]) -> Vec<ModelSpec> {
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
        self.sampling("model", &table.id, &table.parameters);
        self.adapter(table, known);
        self.base_url(table, known);
        self.check_limits(table);
        self.lora(table, known);
        let scale = table.adapter_scale.as_ref().map_or(1.0, |scale| *scale.get_ref());
        Some(ModelSpec {
            id: table.id.get_ref().clone(),
            provider: known?,
            model: self.weights(known, model),
            base_url: base_url.map(|url| url.get_ref().clone()),
            api_key: api_key.map(|key| key.get_ref().0.clone()),
            // A tuned model has a price of its own; what its base costs says nothing of it. An adapter of the same server takes
            // part in the base's own calls.
            price: self.price(table).or_else(|| {
                let base = base.filter(|_| table.lora.is_some())?;
                base.price.as_ref().map(|price| *price.get_ref()).filter(Price::is_sound)
            }),
            base: table.base.as_ref().map(|name| name.get_ref().clone()),
            adapter: table.adapter.as_ref().map(|folder| Adapter { folder: PathBuf::from(folder.get_ref()), scale }),
            lora: table.lora.as_ref().map(|id| ServedAdapter { id: *id.get_ref(), scale }),
            limits: limits(table).over(base.map(limits)),
            // What a tuned model does not set it samples as its base does, so that the two are compared alike.
            parameters: table.parameters.over(base.map(|base| &base.parameters)),
        })
    }

    /// The name of a model; that of a file of weights by its path begins at the workbench's folder, as every path does.
    fn weights(&self, provider: Option<Provider>, model: &str) -> String {
        if provider == Some(Provider::Embedded) && is_weights_path(model) {
            return self.root.join(model).display().to_string();
        }
        model.to_owned()
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

    /// Notes sampling settings of a model or an arm that are out of range.
    pub(super) fn sampling(&mut self, noun: &str, id: &Spanned<String>, parameters: &Parameters) {
        let Parameters { temperature, top_p, min_p, repetition_penalty, max_tokens, .. } = *parameters;
        let within = |value: Option<f64>, low: f64, high: f64| value.is_none_or(|value| (low..=high).contains(&value));
        let wrong = [
            ("temperature", within(temperature, 0.0, f64::MAX), "0 or more"),
            ("top_p", within(top_p, 0.0, 1.0), "between 0 and 1"),
            ("min_p", within(min_p, 0.0, 1.0), "between 0 and 1"),
            ("repetition_penalty", within(repetition_penalty, f64::MIN_POSITIVE, f64::MAX), "above 0"),
            ("max_tokens", max_tokens != Some(0), "at least 1"),
        ];
        for (name, fine, range) in wrong {
            if !fine {
                let what = format!("`{name}` of {noun} `{}` is out of range", id.get_ref());
                self.problems.add(id.span(), what, format!("Make it {range}."));
            }
        }
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
