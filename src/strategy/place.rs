//! Putting things into a prompt's messages: exemplars as turns or inline, a persona, a wording at the end.

use serde_json::{Map, Value};

use super::error::StrategyError;
use super::select::{Chosen, Exemplars};
use super::task::Task;
use crate::data::Case;
use crate::prompt::{EXAMPLES, Message, Prompt, PromptKind, RenderOptions, Role};

/// What is put into a prompt's messages.
#[derive(Clone, Copy)]
pub(crate) struct Parts<'a> {
    /// Who the model is to be: a template.
    pub(crate) persona: Option<&'a str>,
    /// The exemplars that were chosen.
    pub(crate) exemplars: Option<(&'a Exemplars, &'a [Chosen])>,
    /// What ends the last user message: a template.
    pub(crate) wording: Option<&'a str>,
    /// What persona and wording may name besides the case's variables.
    pub(crate) more: &'a Map<String, Value>,
}

/// The messages of a case: the prompt rendered with `variables`, and everything in its place.
pub(crate) fn messages(
    task: &Task<'_>,
    variables: &Map<String, Value>,
    parts: &Parts<'_>,
) -> Result<Vec<Message>, StrategyError> {
    let own_place = task.prompt.places_examples() && !variables.contains_key(EXAMPLES);
    let block = match parts.exemplars {
        Some((exemplars, chosen)) if own_place || exemplars.inline => Some(block(exemplars, task, chosen)?),
        _ => None,
    };
    let options = RenderOptions { examples: block.as_deref().filter(|_| own_place), ..task.options() };
    let rendered = task.prompt.render(variables, &options)?;
    let (mut messages, last) = (rendered.messages, rendered.last_user);

    if let Some(wording) = parts.wording.filter(|wording| !wording.is_empty()) {
        let text = fill(task, "wording", wording, variables, parts.more)?;
        let message = last.and_then(|last| messages.get_mut(last)).ok_or_else(|| no_user_message("to end with it"))?;
        message.content = format!("{}\n\n{text}", message.content);
    }
    if let Some((exemplars, chosen)) = parts.exemplars.filter(|_| !own_place) {
        let last = last.ok_or_else(|| no_user_message("to put examples before"))?;
        if let (true, Some(block)) = (exemplars.inline, block) {
            if let Some(message) = messages.get_mut(last) {
                message.content = format!("{block}\n\n{}", message.content);
            }
        } else {
            // Before the conversation's own turns, so that those still lead up to the question.
            let at = last.saturating_sub(task.case.turns.len());
            let turns = as_turns(task, chosen, parts.wording)?;
            messages.splice(at..at, turns);
        }
    }
    if let Some(persona) = parts.persona {
        let persona = fill(task, "persona", persona, variables, parts.more)?;
        if persona.trim().is_empty() {
            return Err(cannot("the persona is empty", "Write who the model is to be, or choose zero-shot."));
        }
        // Only a system message at the very beginning is the prompt's own; one among a conversation's turns is data.
        match messages.first_mut() {
            Some(first) if first.role == Role::System && opens_with_system(task.prompt) => {
                first.content = format!("{persona}\n\n{}", first.content);
            }
            _ => messages.insert(0, Message::new(Role::System, persona)),
        }
    }
    Ok(messages)
}

fn cannot(reason: impl Into<String>, hint: &str) -> StrategyError {
    StrategyError::CannotApply { strategy: String::new(), reason: reason.into(), hint: hint.to_owned() }
}

fn no_user_message(what_for: &str) -> StrategyError {
    cannot(format!("the prompt has no user message {what_for}"), "Put a line `user:` above what the person asks.")
}

fn opens_with_system(prompt: &Prompt) -> bool {
    prompt.sections().first().is_some_and(|section| section.role == Role::System)
}

/// A template of the strategy's own with its values. Values are data: what looks like a turn or a template in them is text.
pub(crate) fn fill(
    task: &Task<'_>,
    name: &str,
    template: &str,
    variables: &Map<String, Value>,
    more: &Map<String, Value>,
) -> Result<String, StrategyError> {
    let template = Prompt::parse(template, PromptKind::Plain).named(format!("the strategy's `{name}`"));
    let mut values = variables.clone();
    values.extend(more.iter().map(|(name, value)| (name.clone(), value.clone())));
    Ok(template.render_section(0, &values, &RenderOptions { turns: &[], ..task.options() })?)
}

/// Each exemplar as two turns. Where the case's message ends with a wording of fixed text, those of the exemplars do as well:
/// the model sees the same request answered.
fn as_turns(task: &Task<'_>, chosen: &[Chosen], wording: Option<&str>) -> Result<Vec<Message>, StrategyError> {
    let mut turns = Vec::new();
    for chosen in chosen {
        turns.extend(chosen.case.turns.iter().cloned());
        let mut input = input(task, &chosen.case)?;
        if let Some(wording) = wording.filter(|wording| !wording.is_empty() && !wording.contains("{{")) {
            input = format!("{input}\n\n{wording}");
        }
        turns.push(Message::new(Role::User, input));
        turns.push(Message::new(Role::Assistant, chosen.output.clone()));
    }
    Ok(turns)
}

/// A train row as the prompt's own last user message would ask it.
pub(crate) fn input(task: &Task<'_>, case: &Case) -> Result<String, StrategyError> {
    let section = task.prompt.last_user().unwrap_or_default();
    let options = RenderOptions { turns: &[], ..task.options() };
    task.prompt.render_section(section, &case.variables, &options).map_err(|error| StrategyError::Exemplar {
        id: case.id.clone(),
        reason: error.to_string(),
        hint: error.hint(),
    })
}

/// All exemplars as one text, in the form of the setting `item`.
fn block(exemplars: &Exemplars, task: &Task<'_>, chosen: &[Chosen]) -> Result<String, StrategyError> {
    let item = Prompt::parse(&exemplars.item, PromptKind::Plain).named("the strategy's `item`");
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
pub(crate) fn values_alone(prompt: &Prompt, values: &Map<String, Value>) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let used: Vec<(&str, String)> =
        prompt.variables().into_iter().filter_map(|name| Some((name, text(values.get(name)?)))).collect();
    match used.as_slice() {
        [(_, only)] => only.clone(),
        many => many.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join("\n"),
    }
}

/// What of a case is compared with train rows: the values of the variables that the prompt uses, and nothing of its wording.
pub fn case_text(prompt: &Prompt, case: &Case) -> String {
    values_alone(prompt, &case.variables)
}
