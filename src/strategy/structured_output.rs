//! Structured output: an answer that is JSON of a schema, by the provider's own mode or by instruction; validated here, asked
//! for again with what is wrong. Format limits can lower reasoning (arXiv 2408.02442); thinking first and giving the form
//! after recovers most of it (arXiv 2606.09410).

use serde_json::Value;

use super::common;
use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::{After, Form, Recipe};
use super::registry::{Caution, Strategy};
use super::setting::{Setting, SettingDefault, SettingKind};
use super::settings::Settings;
use super::task::Expects;

/// See the module's first line.
pub(crate) struct StructuredOutput;

pub(super) const SCHEMA: Setting = Setting {
    name: "schema",
    title: "JSON Schema",
    help: "The JSON Schema (2020-12) of the answer, as text; empty: any JSON.",
    kind: SettingKind::Text,
    default: SettingDefault::Text(""),
    quiet: false,
};

pub(super) const MODE: Setting = common::choice(
    "mode",
    "By",
    "The provider's own JSON mode, where it has one, or instruction alone; either way the answer is validated here.",
    &["provider", "instruction"],
    "provider",
);

pub(super) const THINK_FIRST: Setting = common::switch(
    "think",
    "Think first",
    "Lets the model answer freely first and asks for the form in a second call.",
    false,
);

pub(super) const INSTRUCTION: Setting = common::template(
    "instruction",
    "Instruction",
    "Asks for the form; a template over `schema` and the case's variables.",
    "Reply with JSON alone, without a word around it, valid by this JSON Schema:\n{{ schema }}",
);

pub(super) const THINKING: Setting = common::template(
    "wording",
    "Thinking",
    "Ends the last user message where the model thinks first; a template over the case's variables.",
    "Think it through step by step. The form of the answer does not matter yet.",
);

pub(super) const REPAIRS: Setting =
    common::number("repairs", "Repairs", "How often an answer that is not valid is asked for again.", (0, 5), 1);

pub(super) const REPAIR: Setting = common::template(
    "repair",
    "Repairing",
    "Asks again; a template over `problem`, `schema` and the case's variables.",
    "That is not valid: {{ problem }}.\nReply with the corrected JSON alone.",
);

static SETTINGS: [Setting; 7] = [SCHEMA, MODE, THINK_FIRST, INSTRUCTION, THINKING, REPAIRS, REPAIR];

static CAUTIONS: [Caution; 1] = [Caution {
    what: "a fixed form can lower reasoning; think first recovers most",
    source: "arXiv 2408.02442, 2606.09410",
}];

impl Strategy for StructuredOutput {
    fn id(&self) -> &'static str {
        "structured-output"
    }

    fn title(&self) -> &'static str {
        "Structured output"
    }

    fn summary(&self) -> &'static str {
        "Asks for JSON of a schema, validates it, and has it repaired."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn cautions(&self) -> &'static [Caution] {
        &CAUTIONS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let settings = config.settings();
        let form = form(settings)?;
        let thinks = form.after_thinking.is_some();
        let wording = settings.text(if thinks { THINKING.name } else { INSTRUCTION.name });
        let expects = if thinks { Expects::Reasoning } else { Expects::Answer };
        Ok(Recipe { wording, expects, after: After::Form(form), ..Recipe::default() })
    }
}

/// The form that the settings describe.
pub(super) fn form(settings: &Settings) -> Result<Form, StrategyError> {
    let text = settings.text(SCHEMA.name);
    let cannot = |reason: String| StrategyError::BadWay {
        reason: format!("the schema {reason}"),
        hint: "Write a JSON Schema under `schema`, such as {\"type\": \"object\", \"required\": [\"answer\"]}."
            .to_owned(),
    };
    let schema = if text.trim().is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_str(&text).map_err(|error| cannot(format!("is not JSON: {error}")))?
    };
    jsonschema::validator_for(&schema).map_err(|error| cannot(format!("is not valid: {error}")))?;
    let thinks = settings.is_on(THINK_FIRST.name);
    Ok(Form {
        // A provider cannot hold a model to a schema that says nothing.
        by_provider: settings.text(MODE.name) == "provider" && !text.trim().is_empty(),
        after_thinking: thinks.then(|| settings.text(INSTRUCTION.name)),
        repair: settings.text(REPAIR.name),
        repairs: settings.count(REPAIRS.name),
        schema,
    })
}
