//! Sampling parameters, as written in `fourfold.toml` and in the parameter form.

use serde::{Deserialize, Serialize};

/// How to sample an answer. `None` leaves the provider's default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Parameters {
    /// 0 is greedy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f64>,
    /// Nucleus: keep the smallest set of tokens whose probability reaches this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_p: Option<f64>,
    /// Keep this many of the likeliest tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub top_k: Option<u32>,
    /// Keep tokens at least this share as likely as the likeliest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_p: Option<f64>,
    /// Divides the logits of tokens already seen; 1 is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repetition_penalty: Option<f64>,
    /// Makes sampling repeatable where the provider allows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The longest answer, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// The answer ends before any of these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// The answer is JSON of this schema, where the server can hold a model to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub json_schema: Option<serde_json::Value>,
    /// Ask how probable each token of the answer was, and this many others in its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<u8>,
    /// The adapters of a llama-server and how strongly each works. Never written by hand: a model's own `lora` sets it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(skip)]
    pub lora: Vec<LoraScale>,
}

/// An adapter of a llama-server, by its number there, and how strongly it works.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoraScale {
    /// Its number, from 0.
    pub id: u32,
    /// 1 as trained, 0 not at all.
    pub scale: f64,
}

impl Parameters {
    /// These parameters where they are set, and `base` where they are not.
    #[must_use]
    pub fn over(&self, base: Option<&Self>) -> Self {
        let Some(base) = base else { return self.clone() };
        Self {
            temperature: self.temperature.or(base.temperature),
            top_p: self.top_p.or(base.top_p),
            top_k: self.top_k.or(base.top_k),
            min_p: self.min_p.or(base.min_p),
            repetition_penalty: self.repetition_penalty.or(base.repetition_penalty),
            seed: self.seed.or(base.seed),
            max_tokens: self.max_tokens.or(base.max_tokens),
            stop: if self.stop.is_empty() { base.stop.clone() } else { self.stop.clone() },
            json_schema: self.json_schema.clone().or_else(|| base.json_schema.clone()),
            logprobs: self.logprobs.or(base.logprobs),
            lora: if self.lora.is_empty() { base.lora.clone() } else { self.lora.clone() },
        }
    }
}
