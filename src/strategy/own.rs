//! A person's own strategy: stages of the built-in ones in an order of their own, with their own texts. Written in
//! fourfold.toml under `[[strategy]]`; here it has become the list of its stages, so that its texts are part of an arm's
//! identity wherever it is named.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::extract::Extractor;
use super::recipe::{After, Ask, Recipe, Refine, Settle};
use super::registry::Strategy;
use super::select::{Exemplars, Reasoning};
use super::setting::{Setting, SettingDefault, SettingKind, SettingValue};
use super::settings::Settings;
use super::task::Expects;
use super::vote::Tie;
use super::{common, self_refine, structured_output};
use crate::prompt::nearest;

/// The strategy that follows a person's own stages.
pub(crate) struct Own;

/// The name under which arms carry a strategy of one's own.
pub const OWN: &str = "own";
/// The setting with its name.
pub(crate) const ID: &str = "id";
/// The setting with its stages, as a JSON list.
pub(crate) const STAGES: &str = "stages";
/// The key of a stage that says which it is.
pub const USE: &str = "use";

const fn hidden(name: &'static str, title: &'static str, help: &'static str, default: &'static str) -> Setting {
    Setting { name, title, help, kind: SettingKind::Text, default: SettingDefault::Text(default), quiet: false }
}

static SETTINGS: [Setting; 2] = [
    hidden(ID, "Name", "The strategy's `id` in fourfold.toml.", "own"),
    hidden(STAGES, "Stages", "Its stages, as a JSON list; written in fourfold.toml under [[strategy]].", "[]"),
];

const TEXT: Setting = common::template("text", "Text", "A template over the case's variables.", "");
const NAME: Setting =
    hidden("name", "Name", "Under which later texts find what the model replied: `{{ name }}`.", "note");
const REASONING: Setting = common::choice(
    "reasoning",
    "Reasoning",
    "Whether examples reason: not at all, as a column of the train rows does, or as the model does in set-up calls.",
    &["none", "column", "own"],
    "none",
);
const RATIONALE: Setting =
    hidden("rationale", "Reasoning column", "The train rows' column with reasoning.", "rationale");
const ORDERS: Setting =
    common::number("orders", "Orders", "How many orders of the choices; the first is the case's own.", (2, 64), 5);
const PICK: Setting = common::template("text", "Text", "A template over `input`, `answers` and `count`.", "");

static PERSONA_STAGE: [Setting; 1] = [TEXT];
static EXAMPLES_STAGE: [Setting; 10] = [
    common::K,
    common::SELECT,
    common::IDS,
    common::BALANCE,
    common::DRAW,
    common::PLACEMENT,
    common::ITEM,
    REASONING,
    RATIONALE,
    common::POOL,
];
static ASK_STAGE: [Setting; 2] = [NAME, TEXT];
static SAMPLES_STAGE: [Setting; 2] = [common::SAMPLES, common::TEMPERATURE];
static SHUFFLE_STAGE: [Setting; 3] = [ORDERS, common::DRAW, common::CHOICES];
static READ_STAGE: [Setting; 4] = [common::READ.reading("marker"), common::MARKER, common::PATTERN, common::CHOICES];
static VOTE_STAGE: [Setting; 1] = [common::TIE];
static PICK_STAGE: [Setting; 1] = [PICK];
static REFINE_STAGE: [Setting; 4] =
    [self_refine::ROUNDS, self_refine::CRITIQUE, self_refine::REVISE, self_refine::STOP];
static FORM_STAGE: [Setting; 6] = [
    structured_output::SCHEMA,
    structured_output::MODE,
    structured_output::THINK_FIRST,
    structured_output::INSTRUCTION,
    structured_output::REPAIRS,
    structured_output::REPAIR,
];

/// The stages there are, with what each can be told.
static KINDS: [(&str, &[Setting]); 11] = [
    ("persona", &PERSONA_STAGE),
    ("examples", &EXAMPLES_STAGE),
    ("ask", &ASK_STAGE),
    ("wording", &PERSONA_STAGE),
    ("samples", &SAMPLES_STAGE),
    ("shuffle", &SHUFFLE_STAGE),
    ("read", &READ_STAGE),
    ("vote", &VOTE_STAGE),
    ("pick", &PICK_STAGE),
    ("refine", &REFINE_STAGE),
    ("form", &FORM_STAGE),
];

impl Strategy for Own {
    fn id(&self) -> &'static str {
        OWN
    }

    fn title(&self) -> &'static str {
        "Own stages"
    }

    fn summary(&self) -> &'static str {
        "Follows the stages written in fourfold.toml."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        read(config.settings())
    }
}

/// The recipe of a strategy whose stages are in `settings`.
pub(crate) fn read(settings: &Settings) -> Result<Recipe, StrategyError> {
    let stages: Vec<Map<String, Value>> =
        serde_json::from_str(&settings.text(STAGES)).map_err(|error| StrategyError::BadWay {
            reason: format!("the stages cannot be read: {error}"),
            hint: "Write them under [[strategy]] in fourfold.toml.".to_owned(),
        })?;
    from_stages(&stages)
}

/// A strategy of one's own by its name and its stages, checked.
pub fn own(id: &str, stages: &[Map<String, Value>]) -> Result<StrategyConfig, StrategyError> {
    from_stages(stages)?;
    let mut config = StrategyConfig::named(OWN)?;
    config.set(ID, SettingValue::Text(id.to_owned()))?;
    config.set(STAGES, SettingValue::Text(serde_json::to_string(stages).unwrap_or_default()))?;
    Ok(config)
}

fn fault(number: usize, key: Option<&str>, reason: impl Into<String>, hint: impl Into<String>) -> StrategyError {
    StrategyError::Stage { number, key: key.map(str::to_owned), line: None, reason: reason.into(), hint: hint.into() }
}

/// One stage with its settings, checked.
fn stage(number: usize, table: &Map<String, Value>) -> Result<(&'static str, Settings), StrategyError> {
    let names = || KINDS.iter().map(|(name, _)| *name);
    let list = || format!("A stage's `use` is one of: {}.", names().collect::<Vec<_>>().join(", "));
    let Some(wanted) = table.get(USE).and_then(Value::as_str) else {
        return Err(fault(number, Some(USE), "it does not say which stage it is", list()));
    };
    let Some((name, known)) = KINDS.iter().copied().find(|(name, _)| *name == wanted) else {
        let hint = nearest(wanted, names()).map_or_else(list, |near| format!("Did you mean `{near}`?"));
        return Err(fault(number, Some(USE), format!("there is no stage `{wanted}`"), hint));
    };
    let mut settings = Settings::new(name, known);
    for (key, value) in table.iter().filter(|(key, _)| *key != USE) {
        let value = SettingValue::deserialize(value).unwrap_or(SettingValue::List(vec![String::new()]));
        settings.set(key, value).map_err(|error| {
            let what = match &error {
                StrategyError::UnknownSetting { setting, .. } => format!("`{name}` takes no `{setting}`"),
                other => other.to_string(),
            };
            let (line, key) = (error.line(), Some(key.clone()));
            StrategyError::Stage { number, key, line, reason: what, hint: error.hint() }
        })?;
    }
    Ok((name, settings))
}

/// Whether it is this setting that keeps an answer from being read, rather than `read` itself.
fn is_at_fault(settings: &Settings, key: &str) -> bool {
    let used = match settings.text(common::READ.name).as_str() {
        "regex" | "json-path" => common::PATTERN.name,
        _ => common::MARKER.name,
    };
    used == key && settings.set_apart().contains_key(key)
}

fn from_stages(stages: &[Map<String, Value>]) -> Result<Recipe, StrategyError> {
    let mut recipe = Recipe::default();
    let mut seen: Vec<&str> = Vec::new();
    let mut exemplars = None;
    let mut settled = None;
    let mut instruction = None;
    for (number, table) in stages.iter().enumerate().map(|(index, table)| (index + 1, table)) {
        let (name, settings) = stage(number, table)?;
        if name != "ask" && seen.contains(&name) {
            return Err(fault(number, Some(USE), format!("a second `{name}`"), "Take one of the two out."));
        }
        let text = || {
            let text = settings.text(TEXT.name);
            if text.trim().is_empty() {
                return Err(fault(number, Some(USE), format!("`{name}` has no `text`"), "Add a line `text = \"…\"`."));
            }
            Ok(text)
        };
        match name {
            "persona" => recipe.persona = Some(text()?),
            "examples" => {
                let reasoning = match settings.text(REASONING.name).as_str() {
                    "column" => Reasoning::Column(settings.text(RATIONALE.name)),
                    "own" => Reasoning::Own { pool: settings.count(common::POOL.name) },
                    _ => Reasoning::None,
                };
                exemplars = Some(Exemplars { reasoning, ..Exemplars::of(&settings) });
            }
            "ask" => {
                let ask = Ask { name: settings.text(NAME.name), text: text()? };
                let fine = ask.name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
                    && ask.name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
                if !fine {
                    let hint = "Use letters, digits and _, beginning with a letter.";
                    return Err(fault(number, Some(NAME.name), format!("`{}` is no name", ask.name), hint));
                }
                if ask.name == "input" || recipe.before.iter().any(|before| before.name == ask.name) {
                    let what = format!("`{}` means something already", ask.name);
                    return Err(fault(number, Some(NAME.name), what, "Give it another `name`."));
                }
                recipe.before.push(ask);
            }
            "wording" => recipe.wording = text()?,
            "samples" => {
                recipe.members = settings.count(common::SAMPLES.name);
                recipe.temperature = settings.decimal(common::TEMPERATURE.name);
            }
            "shuffle" => {
                recipe.members = settings.count(ORDERS.name);
                recipe.draw = settings.count(common::DRAW.name) as u64;
                recipe.choices = settings.list(common::CHOICES.name);
                recipe.shuffle = true;
            }
            "read" => {
                let key =
                    [common::PATTERN.name, common::MARKER.name].into_iter().find(|key| is_at_fault(&settings, key));
                recipe.extractor = Extractor::of(&settings)
                    .map_err(|error| fault(number, key.or(Some("read")), error.to_string(), error.hint()))?;
                let choices = settings.list(common::CHOICES.name);
                if !choices.is_empty() {
                    recipe.choices = choices;
                }
                if matches!(recipe.extractor, Extractor::Marker(_) | Extractor::Choice(_)) {
                    recipe.expects = Expects::Reasoning;
                }
            }
            "vote" | "pick" if settled.is_some() => {
                let what = "`vote` and `pick` both settle which answer stands";
                return Err(fault(number, Some(USE), what, "Keep one of the two."));
            }
            "vote" => settled = Some((number, Settle::Vote(Tie::named(&settings.text(common::TIE.name))))),
            "pick" => settled = Some((number, Settle::Pick(text()?))),
            "refine" | "form" if recipe.after != After::Nothing => {
                let what = "`refine` and `form` both work on the answer once it is there";
                return Err(fault(number, Some(USE), what, "Keep one of the two."));
            }
            "refine" => {
                recipe.after = After::Refine(Refine {
                    rounds: settings.count(self_refine::ROUNDS.name),
                    critique: settings.text(self_refine::CRITIQUE.name),
                    revise: settings.text(self_refine::REVISE.name),
                    stop: settings.text(self_refine::STOP.name).trim().to_owned(),
                });
            }
            _ => {
                let form = structured_output::form(&settings)
                    .map_err(|error| fault(number, Some("schema"), error.to_string(), error.hint()))?;
                if form.after_thinking.is_none() {
                    instruction = Some(settings.text(structured_output::INSTRUCTION.name));
                }
                recipe.after = After::Form(form);
            }
        }
        seen.push(name);
    }
    // The form is asked for at the very end, wherever its stage stands.
    if let Some(instruction) = instruction {
        let both = [recipe.wording.as_str(), &instruction];
        recipe.wording = both.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n");
    }
    let last = stages.len().max(1);
    if seen.contains(&"samples") && recipe.shuffle {
        return Err(fault(last, None, "both `samples` and `shuffle` ask several times", "Keep one of the two."));
    }
    match (recipe.members > 1, settled) {
        (true, Some((_, settle))) => recipe.settle = settle,
        (true, None) => {
            let hint = "Add a stage `use = \"vote\"` or `use = \"pick\"`.";
            return Err(fault(last, None, "several answers are asked for and nothing settles them", hint));
        }
        (false, Some((number, _))) => {
            let hint = "Add a stage `use = \"samples\"` or `use = \"shuffle\"` before it.";
            return Err(fault(number, Some(USE), "there is only one answer to settle", hint));
        }
        (false, None) => {}
    }
    if recipe.members > 1 && recipe.after != After::Nothing {
        let hint = "Keep the vote, or keep `refine` or `form`.";
        return Err(fault(last, None, "an answer that was voted on is not worked on further", hint));
    }
    if recipe.shuffle && !recipe.extractor.needs_choices() {
        let hint = "Add a stage `use = \"read\"` with `read = \"choice\"`.";
        return Err(fault(last, None, "choices are shuffled and no letter is read that could be mapped back", hint));
    }
    if let Some(exemplars) = exemplars {
        let exemplars = match &recipe.extractor {
            Extractor::Choice(marker) => Exemplars { marker: marker.clone(), ..exemplars },
            _ => exemplars,
        };
        recipe.exemplars = Some(recipe.show(exemplars));
    }
    Ok(recipe)
}

#[cfg(test)]
#[path = "own_tests.rs"]
mod tests;
