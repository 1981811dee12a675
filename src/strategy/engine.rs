//! Following a recipe: what comes next for a case, given everything that was answered so far. Pure: the same answers lead to
//! the same calls, here and when a record is read again.

use serde_json::{Map, Value};

use super::choices::{AnswerForm, Choices, answer_form};
use super::draw::Draw;
use super::error::StrategyError;
use super::finish;
use super::place::{self, Parts};
use super::recipe::{After, Recipe, Settle};
use super::select::{self, Chosen};
use super::task::{Call, CallRecord, Done, Expects, Extraction, Step, Task};
use super::vote::Vote;
use crate::data::Case;
use crate::model::Parameters;
use crate::prompt::{Message, Role};
use crate::score::Outcome;

/// What a call's remark on the order of its choices begins with: it is about this call, not about all of its case.
pub const ORDER: &str = "choices in the order ";

/// What comes next.
pub(crate) fn next(recipe: &Recipe, task: &Task<'_>, so_far: &[CallRecord]) -> Result<Step, StrategyError> {
    let mut asked = Map::new();
    for (at, ask) in recipe.before.iter().enumerate() {
        match so_far.get(at) {
            None => return Ok(Step::Calls(vec![before_call(recipe, task, at, &asked)?])),
            Some(record) if record.outcome != Outcome::Answer => return Ok(broken(at)),
            Some(record) => {
                asked.insert(ask.name.clone(), Value::String(record.text.trim().to_owned()));
            }
        }
    }
    let first = recipe.before.len();
    let Some(answers) = so_far.get(first..first + recipe.members).filter(|answers| !answers.is_empty()) else {
        return Ok(Step::Calls(answer_calls(recipe, task, &asked)?));
    };
    let reader = Reader::new(recipe, task)?;
    let after = first + recipe.members;
    if let Settle::Single = recipe.settle {
        let Some(answer) = answers.first() else { return Ok(broken(first)) };
        let single =
            || Done { extraction: reader.read(0, &answer.text), from: first, readings: Vec::new(), notes: Vec::new() };
        return match &recipe.after {
            _ if answer.outcome != Outcome::Answer => Ok(broken(first)),
            After::Nothing => Ok(Step::Done(single())),
            After::Refine(refine) => finish::refine(refine, &reader, task, so_far, first),
            After::Form(form) => finish::form(form, task, so_far, first),
        };
    }
    let readings: Vec<Extraction> = answers
        .iter()
        .enumerate()
        .map(|(member, answer)| match answer.outcome {
            Outcome::Answer => reader.read(member, &answer.text),
            other => Extraction::Unparsed { why: other.as_str().to_owned() },
        })
        .collect();
    match &recipe.settle {
        Settle::Vote(tie) => {
            let said: Vec<Option<String>> = readings.iter().map(|one| one.text().map(str::to_owned)).collect();
            let vote = Vote::count(&said, *tie);
            let account = vote.in_words(*tie);
            let notes = vote.won().filter(|_| recipe.shuffle).and_then(|won| {
                let how = readings.get(won.first)?.in_words()?;
                Some(format!("shown is answer {} of {}: {how}", won.first + 1, recipe.members))
            });
            let (extraction, from) = match vote.won() {
                Some(won) => (Extraction::Made { text: won.answer.clone(), how: account }, first + won.first),
                None => (Extraction::Unparsed { why: account }, first),
            };
            let notes = notes.into_iter().collect();
            Ok(Step::Done(Done { extraction, from, readings: counted(first, readings), notes }))
        }
        Settle::Pick(wording) => finish::pick(wording, task, so_far, (first, after), readings),
        Settle::Single => Ok(broken(first)),
    }
}

/// The readings with the calls they are of.
pub(super) fn counted(first: usize, readings: Vec<Extraction>) -> Vec<(usize, Extraction)> {
    readings.into_iter().enumerate().map(|(member, reading)| (first + member, reading)).collect()
}

/// The case ends with this call's own non-answer.
pub(super) fn broken(at: usize) -> Step {
    let extraction = Extraction::Unparsed { why: "the call gave no usable answer".to_owned() };
    Step::Done(Done { extraction, from: at, readings: Vec::new(), notes: Vec::new() })
}

/// A call before the answer: a question of its own, in one message.
fn before_call(recipe: &Recipe, task: &Task<'_>, at: usize, asked: &Map<String, Value>) -> Result<Call, StrategyError> {
    let Some(ask) = recipe.before.get(at) else { return Ok(Call::default()) };
    let mut more = asked.clone();
    more.insert("input".to_owned(), Value::String(input(task)?));
    let text = place::fill(task, &ask.name, &ask.text, &task.case.variables, &more)?;
    Ok(Call {
        purpose: ask.name.clone(),
        messages: vec![Message::new(Role::User, text)],
        expects: Expects::Note,
        ..Call::default()
    })
}

/// The last user message as the prompt asks it, before anything was added.
pub(super) fn input(task: &Task<'_>) -> Result<String, StrategyError> {
    let rendered = task.prompt.render(&task.case.variables, &task.options())?;
    let last = rendered.last_user.and_then(|last| rendered.messages.into_iter().nth(last));
    last.map(|message| message.content).ok_or_else(|| StrategyError::CannotApply {
        strategy: String::new(),
        reason: "the prompt has no user message".to_owned(),
        hint: "Put a line `user:` above what the person asks.".to_owned(),
    })
}

/// The answering calls, one for each member.
fn answer_calls(recipe: &Recipe, task: &Task<'_>, asked: &Map<String, Value>) -> Result<Vec<Call>, StrategyError> {
    let mut notes = Vec::new();
    let chosen = match &recipe.exemplars {
        Some(exemplars) => select::choose(exemplars, task, &mut notes)?,
        None => Vec::new(),
    };
    let orders = orders(recipe, task)?;
    (0..recipe.members)
        .map(|member| {
            let order = orders.as_ref().and_then(|(choices, orders)| Some((choices, orders.get(member)?)));
            let variables = match order {
                Some((choices, order)) => choices.shuffled(&task.case.variables, order),
                None => task.case.variables.clone(),
            };
            let mut call = answer_call(recipe, task, &variables, &chosen, asked)?;
            call.notes.clone_from(&notes);
            if recipe.members > 1 {
                call.purpose = format!("answer {} of {}", member + 1, recipe.members);
                call.seed_shift = Some(member as u64);
            } else if !recipe.before.is_empty() || recipe.after != After::Nothing {
                "answer".clone_into(&mut call.purpose);
            }
            if let Some((choices, order)) = order {
                let shown: Vec<&str> =
                    order.iter().filter_map(|from| choices.labels().get(*from)).map(String::as_str).collect();
                call.notes.push(format!("{ORDER}{}", shown.join(" ")));
            }
            Ok(call)
        })
        .collect()
}

fn answer_call(
    recipe: &Recipe,
    task: &Task<'_>,
    variables: &Map<String, Value>,
    chosen: &[Chosen],
    asked: &Map<String, Value>,
) -> Result<Call, StrategyError> {
    let mut more = asked.clone();
    if recipe.wording.contains("input") {
        more.insert("input".to_owned(), Value::String(input(task)?));
    }
    let mut parameters = Parameters { temperature: recipe.temperature, ..Parameters::default() };
    if let After::Form(form) = &recipe.after {
        more.insert("schema".to_owned(), Value::String(finish::written(&form.schema)));
        if form.by_provider && form.after_thinking.is_none() {
            parameters.json_schema = Some(form.schema.clone());
        }
    }
    let parts = Parts {
        persona: recipe.persona.as_deref(),
        exemplars: recipe.exemplars.as_ref().map(|exemplars| (exemplars, chosen)),
        wording: Some(&recipe.wording),
        more: &more,
    };
    Ok(Call {
        messages: place::messages(task, variables, &parts)?,
        parameters,
        exemplars: chosen.iter().map(|chosen| chosen.used.clone()).collect(),
        expects: recipe.expects,
        ..Call::default()
    })
}

/// An order of the choices for each member.
type Orders = Vec<Vec<usize>>;

/// The choices and their order for each member; `None` where nothing is shuffled.
fn orders(recipe: &Recipe, task: &Task<'_>) -> Result<Option<(Choices, Orders)>, StrategyError> {
    if !recipe.shuffle {
        return Ok(None);
    }
    let choices = choices(recipe, task.case)?;
    let orders = Draw::new(recipe.draw, task.case, "choices").orders(choices.count(), recipe.members);
    if orders.len() < recipe.members {
        return Err(StrategyError::CannotApply {
            strategy: String::new(),
            reason: format!(
                "{} choices have {} orders, and {} answers with different ones are asked for",
                choices.count(),
                orders.len(),
                recipe.members
            ),
            hint: "Ask for fewer answers.".to_owned(),
        });
    }
    Ok(Some((choices, orders)))
}

fn choices(recipe: &Recipe, case: &Case) -> Result<Choices, StrategyError> {
    Choices::of(case, &recipe.choices).ok_or_else(|| {
        let wanted = match recipe.choices.as_slice() {
            [] => "no list or table called choices, options or answers, and no columns A, B…".to_owned(),
            names => format!("no choices under {}", names.join(", ")),
        };
        StrategyError::CannotApply {
            strategy: String::new(),
            reason: format!("the case has no choices: {wanted}"),
            hint: "Name the variable with `choices`, or choose a strategy that needs none.".to_owned(),
        }
    })
}

/// Reads answers as a recipe says, members' shuffled choices mapped back.
pub(super) struct Reader<'a> {
    recipe: &'a Recipe,
    choices: Option<Choices>,
    orders: Option<Orders>,
    form: AnswerForm,
}

impl<'a> Reader<'a> {
    pub(super) fn new(recipe: &'a Recipe, task: &Task<'_>) -> Result<Self, StrategyError> {
        let orders = orders(recipe, task)?.map(|(_, orders)| orders);
        let (choices, form) = if recipe.extractor.needs_choices() {
            (Some(choices(recipe, task.case)?), answer_form(task.train, &recipe.choices))
        } else {
            (None, AnswerForm::default())
        };
        Ok(Self { recipe, choices, orders, form })
    }

    /// What the text of a member says.
    pub(super) fn read(&self, member: usize, text: &str) -> Extraction {
        let order = self.orders.as_ref().and_then(|orders| orders.get(member));
        let Some(choices) = &self.choices else { return self.recipe.extractor.read(text, None) };
        let shown = order.map_or_else(|| choices.clone(), |order| choices.in_order(order));
        match self.recipe.extractor.read(text, Some(&shown)) {
            Extraction::Made { text: letter, how } => {
                let before = match order {
                    Some(order) => choices.label_before(&letter, order).unwrap_or(&letter).to_owned(),
                    None => letter.clone(),
                };
                let how = if before == letter { how } else { format!("{how}; {letter} of this order is {before}") };
                Extraction::Made { text: choices.written(&before, self.form), how }
            }
            other => other,
        }
    }
}

/// What a train row's own answer is, in the form in which answers are read.
pub(crate) fn right_answer(recipe: &Recipe, task: &Task<'_>, reference: &str) -> String {
    let choices = recipe.extractor.needs_choices().then(|| Choices::of(task.case, &recipe.choices)).flatten();
    let label = choices.as_ref().and_then(|choices| Some((choices, choices.label_of_reference(reference)?.0)));
    match label {
        Some((choices, label)) => choices.written(label, answer_form(task.train, &recipe.choices)),
        None => reference.to_owned(),
    }
}

/// What a text says for a case whose choices stand in their own order.
pub(crate) fn read_plain(recipe: &Recipe, task: &Task<'_>, text: &str) -> Result<Extraction, StrategyError> {
    let plain = Recipe { shuffle: false, ..recipe.clone() };
    Ok(Reader::new(&plain, task)?.read(0, text))
}

/// What a text says that is the answer of the only call made for a case: one that has a form is held to it.
pub(crate) fn read_alone(recipe: &Recipe, task: &Task<'_>, text: &str) -> Result<Extraction, StrategyError> {
    match &recipe.after {
        After::Form(form) if form.after_thinking.is_none() => Ok(finish::in_form(form, text)),
        After::Nothing | After::Refine(_) | After::Form(_) => read_plain(recipe, task, text),
    }
}

/// The set-up call about one train row, which is the task's case: the answering call without exemplars.
pub(crate) fn set_up_call(recipe: &Recipe, task: &Task<'_>) -> Result<Call, StrategyError> {
    if recipe.extractor.needs_choices() {
        choices(recipe, task.case)?;
    }
    let alone = Recipe { exemplars: None, ..recipe.clone() };
    let mut call = answer_call(&alone, task, &task.case.variables, &[], &Map::new())?;
    call.purpose = format!("chain of thought for train row `{}`", task.case.id);
    Ok(call)
}
