//! What follows the first answer: picking among several, refining one, giving it its shape.

use std::ops::Range;

use serde_json::{Map, Value};

use super::engine::{Reader, broken, counted, input};
use super::error::StrategyError;
use super::extract;
use super::place;
use super::recipe::{Form, Refine};
use super::task::{Call, CallRecord, Done, Expects, Extraction, Step, Task};
use crate::model::Parameters;
use crate::prompt::{Message, Role};
use crate::score::Outcome;

/// The next turn of a conversation: what was answered, and what is said to it.
fn reply(record: &CallRecord, purpose: impl Into<String>, text: String) -> Call {
    let mut messages = record.call.messages.clone();
    messages.push(Message::new(Role::Assistant, record.text.clone()));
    messages.push(Message::new(Role::User, text));
    Call { purpose: purpose.into(), messages, ..Call::default() }
}

/// The model picks one of the answers. Those without an answer do not stand for choice; with none at all the case has none.
pub(super) fn pick(
    wording: &str,
    task: &Task<'_>,
    so_far: &[CallRecord],
    (first, after): (usize, usize),
    readings: Vec<Extraction>,
) -> Result<Step, StrategyError> {
    let standing: Vec<(usize, &str)> =
        readings.iter().enumerate().filter_map(|(member, reading)| Some((first + member, reading.text()?))).collect();
    if standing.is_empty() {
        return Ok(broken(first));
    }
    let Some(picked) = so_far.get(after) else {
        let answers: Vec<String> =
            standing.iter().enumerate().map(|(at, (_, text))| format!("Answer {}:\n{}", at + 1, text.trim())).collect();
        let more = Map::from_iter([
            ("input".to_owned(), Value::String(input(task)?)),
            ("answers".to_owned(), Value::String(answers.join("\n\n"))),
            ("count".to_owned(), Value::from(standing.len())),
        ]);
        let text = place::fill(task, "pick", wording, &task.case.variables, &more)?;
        let call = Call {
            purpose: "pick the most consistent answer".to_owned(),
            messages: vec![Message::new(Role::User, text)],
            parameters: Parameters { temperature: Some(0.0), ..Parameters::default() },
            expects: Expects::Word,
            ..Call::default()
        };
        return Ok(Step::Calls(vec![call]));
    };
    let number = the_number(&picked.text, standing.len());
    let chosen = number.and_then(|number| standing.get(number - 1));
    let done = match (chosen, number) {
        (Some((at, text)), Some(number)) => Done {
            extraction: Extraction::Made {
                text: (*text).to_owned(),
                how: format!("answer {number} of {}, as the model picked", standing.len()),
            },
            from: *at,
            readings: counted(first, readings),
            notes: Vec::new(),
        },
        _ => Done {
            extraction: Extraction::Unparsed {
                why: format!("no one number from 1 to {} is in the pick", standing.len()),
            },
            from: if picked.outcome == Outcome::Answer { first } else { after },
            readings: counted(first, readings),
            notes: Vec::new(),
        },
    };
    Ok(Step::Done(done))
}

/// The last number of a text, where it lies between 1 and `most`.
fn the_number(text: &str, most: usize) -> Option<usize> {
    let mut numbers = text.split(|letter: char| !letter.is_ascii_digit()).filter(|part| !part.is_empty());
    numbers.next_back()?.parse().ok().filter(|number| (1..=most).contains(number))
}

/// Rounds of critique and revision. A critique that is no answer ends them; the answer before it stands.
pub(super) fn refine(
    refine: &Refine,
    reader: &Reader<'_>,
    task: &Task<'_>,
    so_far: &[CallRecord],
    first: usize,
) -> Result<Step, StrategyError> {
    let fill = |name: &str, text: &str| place::fill(task, name, text, &task.case.variables, &Map::new());
    let mut current = first;
    let done = |current: usize, note: String| {
        let text = so_far.get(current).map_or("", |record| record.text.as_str());
        let extraction = reader.read(0, text);
        Ok(Step::Done(Done { extraction, from: current, readings: Vec::new(), notes: vec![note] }))
    };
    for round in 1..=refine.rounds {
        let Some(answer) = so_far.get(current) else { break };
        let Some(critique) = so_far.get(current + 1) else {
            let mut call = reply(answer, format!("critique {round}"), fill("critique", &refine.critique)?);
            call.expects = Expects::Note;
            return Ok(Step::Calls(vec![call]));
        };
        if critique.outcome != Outcome::Answer {
            return done(
                current,
                format!("critique {round} was {}; the answer before it stands", critique.outcome.as_str()),
            );
        }
        if !refine.stop.is_empty() && critique.text.to_lowercase().contains(&refine.stop.to_lowercase()) {
            return done(current, format!("critique {round} says \"{}\": nothing more to better", refine.stop));
        }
        let Some(revised) = so_far.get(current + 2) else {
            let mut call = reply(critique, format!("revision {round}"), fill("revise", &refine.revise)?);
            call.expects = answer.call.expects;
            return Ok(Step::Calls(vec![call]));
        };
        current += 2;
        if revised.outcome != Outcome::Answer {
            return Ok(broken(current));
        }
    }
    done(current, format!("all {} rounds were used", refine.rounds))
}

/// A schema as the model is shown it.
pub(super) fn written(schema: &Value) -> String {
    serde_json::to_string_pretty(schema).unwrap_or_default()
}

/// A text held to a form: its JSON, or that it is not valid.
pub(super) fn in_form(form: &Form, text: &str) -> Extraction {
    match validated(&form.schema, text) {
        Ok(range) => the_json(text, range),
        Err(problem) => invalid(&problem),
    }
}

/// The JSON of a text, which may be all of it.
fn the_json(text: &str, range: Range<usize>) -> Extraction {
    if range.len() == text.trim().len() {
        return Extraction::Whole(text.to_owned());
    }
    let found = text.get(range.clone()).unwrap_or_default().to_owned();
    Extraction::Part { text: found, range, how: "the JSON of the text".to_owned() }
}

fn invalid(problem: &str) -> Extraction {
    Extraction::Invalid { why: format!("not valid by its schema: {problem}") }
}

/// What is wrong with a text that should be JSON of this schema; where its JSON stands, where nothing is.
fn validated(schema: &Value, text: &str) -> Result<Range<usize>, String> {
    /// Faults that are told at a time.
    const MOST: usize = 5;
    let (value, range) = extract::find_json(text).ok_or("it holds no JSON")?;
    let validator = jsonschema::validator_for(schema).map_err(|error| format!("the schema cannot be read: {error}"))?;
    let faults: Vec<String> = validator
        .iter_errors(&value)
        .take(MOST)
        .map(|error| {
            let place = error.instance_path().to_string();
            if place.is_empty() { error.to_string() } else { format!("at {place}: {error}") }
        })
        .collect();
    if faults.is_empty() { Ok(range) } else { Err(faults.join("; ")) }
}

/// The answer in its shape: asked for after thinking, validated, asked for again while it is not valid.
pub(super) fn form(form: &Form, task: &Task<'_>, so_far: &[CallRecord], first: usize) -> Result<Step, StrategyError> {
    let fill = |name: &str, text: &str, problem: &str| {
        let more = Map::from_iter([
            ("schema".to_owned(), Value::String(written(&form.schema))),
            ("problem".to_owned(), Value::String(problem.to_owned())),
        ]);
        place::fill(task, name, text, &task.case.variables, &more)
    };
    let shaped = |mut call: Call| {
        if form.by_provider {
            call.parameters.json_schema = Some(form.schema.clone());
        }
        Ok(Step::Calls(vec![call]))
    };
    let mut at = first;
    if let Some(wording) = &form.after_thinking {
        at += 1;
        if so_far.get(at).is_none() {
            let Some(thought) = so_far.get(first) else { return Ok(broken(first)) };
            return shaped(reply(thought, "the answer in its form", fill("format", wording, "")?));
        }
    }
    let mut readings = Vec::new();
    let mut tried = 0;
    loop {
        let Some(record) = so_far.get(at) else { return Ok(broken(first)) };
        if record.outcome != Outcome::Answer {
            return Ok(broken(at));
        }
        let problem = match validated(&form.schema, &record.text) {
            Ok(range) => {
                let extraction = the_json(&record.text, range);
                let notes = match tried {
                    0 => Vec::new(),
                    1 => vec!["valid after 1 repair".to_owned()],
                    more => vec![format!("valid after {more} repairs")],
                };
                return Ok(Step::Done(Done { extraction, from: at, readings, notes }));
            }
            Err(problem) => problem,
        };
        readings.push((at, Extraction::Invalid { why: problem.clone() }));
        if tried == form.repairs {
            return Ok(Step::Done(Done { extraction: invalid(&problem), from: at, readings, notes: Vec::new() }));
        }
        tried += 1;
        if so_far.get(at + 1).is_none() {
            return shaped(reply(record, format!("repair {tried}"), fill("repair", &form.repair, &problem)?));
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pick_is_the_last_number_in_range() {
        for (text, expected) in [
            ("2", Some(2)),
            ("Answer 3 is the most consistent.", Some(3)),
            ("1 and 2 agree, so: 2", Some(2)),
            ("4", None),
            ("0", None),
            ("none", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(the_number(text, 3), expected, "{text}");
        }
    }
}
