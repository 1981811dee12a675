//! From a prompt and a case's values to the exact messages.
//!
//! Roles come from the prompt's text alone and every message is rendered by itself, once: a value that looks like a role
//! marker or like a template stays text.

use std::ops::Range;

use minijinja::{Environment, Error, ErrorKind};
use serde_json::{Map, Value};

use super::engine::{Bounded, Limits, Refusal, environment};
use super::error::{Place, PromptError};
use super::jail::{Permissions, Reach};
use super::message::{Message, Role};
use super::nearest::nearest;
use super::parse::{EXAMPLES, Prompt};
use super::problem::{Problem, Severity};
use super::reference;
use super::section::{Section, trim_blank_lines};

/// More marks than this help nobody.
const MOST_MARKS: usize = 200;

/// What a rendering may use besides the case's values.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions<'a> {
    /// The prompt's folder, for includes and `${file:…}`; without one they are refused.
    pub reach: Option<Reach>,
    /// What the person allows.
    pub permissions: Permissions,
    /// Bounds on steps, depth and output.
    pub limits: Limits,
    /// Earlier turns of a conversation case: placed before the last user message.
    pub turns: &'a [Message],
    /// A strategy's exemplars as text, for a prompt that places them with `{{ examples }}`.
    pub examples: Option<&'a str>,
}

/// The messages of one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// In the order they are sent.
    pub messages: Vec<Message>,
    /// Whether the prompt placed the exemplars itself.
    pub placed_examples: bool,
    /// Which message is the prompt's own last user message.
    pub last_user: Option<usize>,
}

impl Prompt {
    /// Renders the messages for one case. Fails before anything is sent: on a fault in the text, on a variable without a
    /// value, on a limit.
    pub fn render(&self, values: &Map<String, Value>, options: &RenderOptions<'_>) -> Result<Rendered, PromptError> {
        self.refuse_faults()?;
        self.refuse_unknown(values, 0..self.sections().len())?;
        let context = self.context(values, options)?;
        let mut left = options.limits.output;
        let mut messages = Vec::new();
        let mut last_user = None;
        let (engine, refusal) = engine_for(options);
        for (index, section) in self.sections().iter().enumerate() {
            let text = self.one(section, &context, &engine, &refusal, &mut left)?;
            // A system message whose only text was behind a condition is none.
            if text.is_empty() && section.role == Role::System {
                continue;
            }
            if self.last_user() == Some(index) {
                messages.extend(options.turns.iter().cloned());
                last_user = Some(messages.len());
            }
            messages.push(Message::new(section.role, text));
        }
        if last_user.is_none() {
            messages.extend(options.turns.iter().cloned());
        }
        let placed_examples = self.places_examples() && !values.contains_key(EXAMPLES);
        Ok(Rendered { messages, placed_examples, last_user })
    }

    /// Renders one message alone, as few-shot does with a train row.
    pub fn render_section(
        &self,
        index: usize,
        values: &Map<String, Value>,
        options: &RenderOptions<'_>,
    ) -> Result<String, PromptError> {
        self.refuse_faults()?;
        self.refuse_unknown(values, index..index + 1)?;
        let Some(section) = self.sections().get(index) else { return Ok(String::new()) };
        let context = self.context(values, options)?;
        let mut left = options.limits.output;
        let (engine, refusal) = engine_for(options);
        self.one(section, &context, &engine, &refusal, &mut left)
    }

    /// Marks for this case: variables without a value (errors), and values no message uses (by name).
    pub fn check(&self, values: &Map<String, Value>) -> Check {
        let problems = self
            .uses()
            .iter()
            .filter(|used| !self.has_value(&used.name, values) && !self.is_optional(&used.name))
            .take(MOST_MARKS)
            .map(|used| {
                let error = self.unknown(&used.name, used.range.start, values);
                Problem {
                    range: used.range.clone(),
                    line: self.lines.line(used.range.start),
                    column: self.lines.column(&self.text, used.range.start),
                    severity: Severity::Error,
                    message: format!("the variable `{}` has no value", used.name),
                    hint: error.hint(),
                }
            })
            .collect();
        let unused =
            values.keys().filter(|name| !self.uses().iter().any(|used| used.name == **name)).cloned().collect();
        Check { problems, unused }
    }

    fn has_value(&self, name: &str, values: &Map<String, Value>) -> bool {
        values.contains_key(name)
            || name == EXAMPLES
            || self.header().input(name).is_some_and(|input| input.default.is_some() || input.kind == "thread")
    }

    fn refuse_faults(&self) -> Result<(), PromptError> {
        match self.problems().iter().find(|problem| problem.severity == Severity::Error) {
            None => Ok(()),
            Some(problem) => Err(PromptError::Faulty {
                place: self.place(problem.range.start),
                message: problem.message.clone(),
                hint: problem.hint.clone(),
            }),
        }
    }

    fn refuse_unknown(&self, values: &Map<String, Value>, sections: Range<usize>) -> Result<(), PromptError> {
        let unknown = self.uses().iter().find(|used| {
            sections.contains(&used.section) && !self.has_value(&used.name, values) && !self.is_optional(&used.name)
        });
        unknown.map_or(Ok(()), |used| Err(self.unknown(&used.name, used.range.start, values)))
    }

    fn unknown(&self, name: &str, offset: usize, values: &Map<String, Value>) -> PromptError {
        let defaults = self.header().inputs.iter().filter(|input| input.default.is_some());
        let mut known: Vec<String> = values.keys().cloned().chain(defaults.map(|input| input.name.clone())).collect();
        known.sort();
        known.dedup();
        PromptError::UnknownVariable {
            place: self.place(offset),
            name: name.to_owned(),
            nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
            known,
        }
    }

    fn place(&self, offset: usize) -> Place {
        Place { file: self.name.clone(), line: self.lines.line(offset), column: self.lines.column(&self.text, offset) }
    }

    /// The case's values, and the defaults of declared inputs that the messages use and the case does not give.
    fn context(
        &self,
        values: &Map<String, Value>,
        options: &RenderOptions<'_>,
    ) -> Result<minijinja::Value, PromptError> {
        let mut context = Map::new();
        for input in &self.header().inputs {
            if values.contains_key(&input.name) || !self.uses().iter().any(|used| used.name == input.name) {
                continue;
            }
            match &input.default {
                Some(default) => {
                    let place = self.place(input.default_range.start);
                    let value = reference::resolve(default, &place, options.reach.as_ref(), &options.permissions)?;
                    context.insert(input.name.clone(), value);
                }
                // A conversation's turns are messages of their own; the name itself renders as nothing.
                None if input.kind == "thread" => {
                    context.insert(input.name.clone(), Value::String(String::new()));
                }
                None => {}
            }
        }
        context.insert(EXAMPLES.to_owned(), Value::String(options.examples.unwrap_or_default().to_owned()));
        context.extend(values.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(minijinja::Value::from(minijinja::value::Serde(&context)))
    }

    fn one(
        &self,
        section: &Section,
        context: &minijinja::Value,
        engine: &Environment<'_>,
        refusal: &Refusal,
        left: &mut usize,
    ) -> Result<String, PromptError> {
        let source = self.template(section);
        let mut output = Bounded::new(*left);
        let rendered = engine
            .template_from_named_str(&self.name, source)
            .and_then(|template| template.render_captured_to(context.clone(), &mut output).map(drop));
        if output.overflowed {
            return Err(PromptError::Limit { place: self.place(section.body.start), limit: "output text".to_owned() });
        }
        if let Err(error) = rendered {
            return Err(self.explain(&error, section, refusal));
        }
        *left -= output.bytes.len().min(*left);
        let text = String::from_utf8_lossy(&output.bytes);
        Ok(trim_blank_lines(&text).to_owned())
    }

    fn explain(&self, error: &Error, section: &Section, refusal: &Refusal) -> PromptError {
        // The innermost error says what happened; the outermost one in our own text says where.
        let mut innermost = error;
        while let Some(source) = std::error::Error::source(innermost).and_then(|source| source.downcast_ref::<Error>())
        {
            innermost = source;
        }
        let own = innermost.name() == Some(self.name.as_str()) || innermost.name().is_none();
        let range = if own { innermost.range() } else { error.range() };
        let offset = section.body.start + range.clone().map_or(0, |range| range.start);
        let place = if own || innermost.name().is_none() {
            self.place(offset)
        } else {
            Place {
                file: innermost.name().unwrap_or_default().to_owned(),
                line: innermost.line().unwrap_or(1),
                column: 1,
            }
        };
        let refused = refusal.lock().map_or(None, |refusal| refusal.clone());
        if let (Some((path, reason)), ErrorKind::BadInclude | ErrorKind::TemplateNotFound) = (refused, innermost.kind())
        {
            return PromptError::Path { place: self.place(offset), path, reason };
        }
        let detail = innermost.detail().unwrap_or_default();
        match innermost.kind() {
            ErrorKind::OutOfFuel => PromptError::Limit { place, limit: "steps".to_owned() },
            _ if detail.contains("too many elements") => PromptError::Limit { place, limit: "steps".to_owned() },
            _ if detail.contains("recursion limit") => PromptError::Limit { place, limit: "nesting".to_owned() },
            ErrorKind::UndefinedError => {
                let written = innermost
                    .range()
                    .filter(|_| own)
                    .and_then(|range| self.template(section).get(range))
                    .map(|text| text.trim_matches(['{', '}', '%', '-', ' ']))
                    .filter(|text| !text.is_empty() && text.len() < 80);
                PromptError::Template {
                    place,
                    message: written.map_or_else(
                        || "a value is undefined".to_owned(),
                        |written| format!("`{written}` has no value for this case"),
                    ),
                    hint: "Check the name, or ask first: `{% if name is defined %}`, `{{ name | default('') }}`."
                        .to_owned(),
                }
            }
            kind => PromptError::Template {
                place,
                message: if detail.is_empty() { kind.to_string() } else { format!("{kind}: {detail}") },
                hint: "Compare with the template language's filters and tests, or write it more simply.".to_owned(),
            },
        }
    }
}

fn engine_for<'source>(options: &RenderOptions<'_>) -> (Environment<'source>, Refusal) {
    environment(options.limits, options.reach.clone(), options.permissions.files)
}

/// What [`Prompt::check`] finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// Variables without a value, one mark per use.
    pub problems: Vec<Problem>,
    /// The case's values that no message uses.
    pub unused: Vec<String>,
}

#[cfg(test)]
#[path = "render_tests.rs"]
mod tests;
