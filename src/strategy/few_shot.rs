//! Few-shot: solved train rows before the case, as turns of their own or inside the message.

use serde_json::{Map, Value};

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::registry::Strategy;
use super::setting::{Setting, SettingDefault, SettingKind};
use super::task::{Call, ExemplarUse, Task};
use crate::data::{Case, Cases, same_case};
use crate::prompt::{EXAMPLES, Message, Prompt, PromptKind, RenderOptions, Role};

/// See the module's first line.
pub(crate) struct FewShot;

static SETTINGS: [Setting; 5] = [
    Setting {
        name: "k",
        title: "Examples",
        help: "How many solved train rows are shown; ids, where given, decide instead.",
        kind: SettingKind::Number { least: 1, most: 64 },
        default: SettingDefault::Number(3),
    },
    Setting {
        name: "select",
        title: "Selection",
        help: "Which train rows: the first k of the file that have a reference and are not the case.",
        kind: SettingKind::Choice(&["first"]),
        default: SettingDefault::Text("first"),
    },
    Setting {
        name: "ids",
        title: "Fixed ids",
        help: "Exactly these train rows, in this order.",
        kind: SettingKind::Ids,
        default: SettingDefault::NoIds,
    },
    Setting {
        name: "placement",
        title: "Placement",
        help: "As turns of the conversation, or inline in the last user message; `{{ examples }}` places them itself.",
        kind: SettingKind::Choice(&["turns", "inline"]),
        default: SettingDefault::Text("turns"),
    },
    Setting {
        name: "item",
        title: "Inline form",
        help: "One inline example: a template over `input`, `output`, `number` and the train row's variables.",
        kind: SettingKind::Template,
        default: SettingDefault::Text("Example {{ number }}\nInput: {{ input }}\nOutput: {{ output }}\n"),
    },
];

/// A train row that was chosen.
struct Chosen {
    case: Case,
    row: usize,
    output: String,
}

impl Strategy for FewShot {
    fn id(&self) -> &'static str {
        "few-shot"
    }

    fn title(&self) -> &'static str {
        "Few-shot"
    }

    fn summary(&self) -> &'static str {
        "Shows solved train rows before the case."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn first(&self, config: &StrategyConfig, task: &Task<'_>) -> Result<Call, StrategyError> {
        let mut notes = Vec::new();
        let chosen = choose(config, task, &mut notes)?;
        let exemplars =
            chosen.iter().map(|chosen| ExemplarUse { id: chosen.case.id.clone(), row: chosen.row }).collect();
        let own_place = task.prompt.places_examples() && !task.case.variables.contains_key(EXAMPLES);
        let messages = if own_place {
            let block = block(config, task, &chosen)?;
            let options = RenderOptions { examples: Some(&block), ..task.options() };
            task.prompt.render(&task.case.variables, &options)?.messages
        } else {
            before_last_user(config, task, &chosen)?
        };
        Ok(Call { messages, exemplars, notes })
    }
}

fn cannot(reason: impl Into<String>, hint: &str) -> StrategyError {
    StrategyError::CannotApply { strategy: FewShot.id(), reason: reason.into(), hint: hint.to_owned() }
}

/// Which train rows are shown. Never the case itself, never a row without a reference.
fn choose(config: &StrategyConfig, task: &Task<'_>, notes: &mut Vec<String>) -> Result<Vec<Chosen>, StrategyError> {
    let train = task
        .train
        .ok_or_else(|| cannot("there are no train rows", "Name a train file under [data] in fourfold.toml."))?;
    let ids = config.list("ids");
    if ids.is_empty() { first_rows(config, task, train, notes) } else { fixed_rows(&ids, task, train, notes) }
}

fn first_rows(
    config: &StrategyConfig,
    task: &Task<'_>,
    train: &dyn Cases,
    notes: &mut Vec<String>,
) -> Result<Vec<Chosen>, StrategyError> {
    let wanted = usize::try_from(config.number("k")).unwrap_or_default();
    let mut chosen = Vec::new();
    for row in 0..train.count() {
        if chosen.len() == wanted {
            break;
        }
        let case = train.case(row)?;
        let Some(output) = case.reference.clone() else { continue };
        if same_case(&case, task.case) {
            notes.push(format!("train row `{}` is the case itself and was left out", case.id));
            continue;
        }
        chosen.push(Chosen { case, row, output });
    }
    if chosen.len() < wanted {
        return Err(cannot(
            format!("it asks for {wanted} examples and train has {} that can be shown", chosen.len()),
            "Lower k, or add train rows with a reference.",
        ));
    }
    Ok(chosen)
}

fn fixed_rows(
    ids: &[String],
    task: &Task<'_>,
    train: &dyn Cases,
    notes: &mut Vec<String>,
) -> Result<Vec<Chosen>, StrategyError> {
    let mut chosen = Vec::new();
    for id in ids {
        let row = train
            .find(id)?
            .ok_or_else(|| cannot(format!("train has no row with the id `{id}`"), "Check the ids under `ids`."))?;
        let case = train.case(row)?;
        let output = case.reference.clone().ok_or_else(|| {
            cannot(format!("train row `{id}` has no reference"), "Choose another row, or give it a reference.")
        })?;
        if same_case(&case, task.case) {
            notes.push(format!("train row `{id}` is the case itself and was left out"));
            continue;
        }
        chosen.push(Chosen { case, row, output });
    }
    if chosen.is_empty() {
        return Err(cannot("every chosen train row is the case itself", "Choose more ids."));
    }
    Ok(chosen)
}

/// The prompt's messages with the exemplars before, or in, its last user message.
fn before_last_user(
    config: &StrategyConfig,
    task: &Task<'_>,
    chosen: &[Chosen],
) -> Result<Vec<Message>, StrategyError> {
    let rendered = task.prompt.render(&task.case.variables, &task.options())?;
    let mut messages = rendered.messages;
    let last = rendered.last_user.ok_or_else(|| {
        cannot(
            "the prompt has no user message to put examples before",
            "Put a line `user:` above what the person asks.",
        )
    })?;
    if config.text("placement") == "inline" {
        let block = block(config, task, chosen)?;
        if let Some(message) = messages.get_mut(last) {
            message.content = format!("{block}\n\n{}", message.content);
        }
    } else {
        // Before the conversation's own turns, so that those still lead up to the question.
        let at = last.saturating_sub(task.case.turns.len());
        let mut turns = Vec::new();
        for chosen in chosen {
            turns.extend(chosen.case.turns.iter().cloned());
            turns.push(Message::new(Role::User, input(task, &chosen.case)?));
            turns.push(Message::new(Role::Assistant, chosen.output.clone()));
        }
        messages.splice(at..at, turns);
    }
    Ok(messages)
}

/// A train row as the prompt's own last user message would ask it.
fn input(task: &Task<'_>, case: &Case) -> Result<String, StrategyError> {
    let section = task.prompt.last_user().unwrap_or_default();
    let options = RenderOptions { turns: &[], ..task.options() };
    task.prompt.render_section(section, &case.variables, &options).map_err(|error| StrategyError::Exemplar {
        id: case.id.clone(),
        reason: error.to_string(),
        hint: error.hint(),
    })
}

/// All exemplars as one text, in the form of the setting `item`.
fn block(config: &StrategyConfig, task: &Task<'_>, chosen: &[Chosen]) -> Result<String, StrategyError> {
    let item = Prompt::parse(&config.text("item"), PromptKind::Plain).named("item");
    let places = task.prompt.places_examples();
    let mut items = Vec::new();
    for (index, chosen) in chosen.iter().enumerate() {
        let mut values = chosen.case.variables.clone();
        // A message that holds the examples would repeat its instructions in each of them: there the row's values stand alone.
        let input = if places { values_alone(task.prompt, &values) } else { input(task, &chosen.case)? };
        values.insert("input".to_owned(), Value::String(input));
        values.insert("output".to_owned(), Value::String(chosen.output.clone()));
        values.insert("number".to_owned(), Value::from(index + 1));
        items.push(item.render_section(0, &values, &task.options())?);
    }
    Ok(items.join("\n\n"))
}

/// The values of the prompt's variables: alone where there is one, else one `name: value` line each.
fn values_alone(prompt: &Prompt, values: &Map<String, Value>) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let used: Vec<(&str, String)> =
        prompt.variables().into_iter().filter_map(|name| Some((name, text(values.get(name)?)))).collect();
    match used.as_slice() {
        [(_, only)] => only.clone(),
        many => many.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n"),
    }
}
