//! What a model is known to refuse, and how a request is changed so that it does not.
//!
//! Nothing is known beforehand: everything here was learned from a server's own refusal (see `refusal`).

use std::collections::BTreeSet;

use crate::model::{Parameters, Request};
use crate::prompt::{Message, Role};

/// One thing that a refusal taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::model) enum Lesson {
    /// It does not know this parameter, or takes only its default.
    Without(Parameter),
    /// It calls `max_tokens` `max_completion_tokens`.
    NewTokenLimitName,
    /// It does not know `stream_options`.
    WithoutStreamOptions,
    /// It answers in one piece only, or streams for others.
    WithoutStream,
    /// Its template wants user and assistant in turn.
    Alternation,
    /// It has no system role.
    SystemInUser,
}

impl Lesson {
    /// What to say once, where the change leaves the meaning alone; the others are said with every answer.
    pub(super) const fn said_once(self) -> Option<&'static str> {
        match self {
            Self::NewTokenLimitName => Some("max tokens was sent as max_completion_tokens"),
            Self::WithoutStreamOptions => Some("this server does not report tokens for streams"),
            Self::WithoutStream => Some("this model may not stream here: its answers come in one piece"),
            Self::Without(_) | Self::Alternation | Self::SystemInUser => None,
        }
    }
}

/// A parameter that an answer can do without. The token limit is none: without it an answer may cost anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::model) enum Parameter {
    Temperature,
    TopP,
    TopK,
    MinP,
    RepetitionPenalty,
    Seed,
    Stop,
    Logprobs,
    JsonSchema,
}

impl Parameter {
    pub(in crate::model) const ALL: [Self; 9] = [
        Self::Temperature,
        Self::TopP,
        Self::TopK,
        Self::MinP,
        Self::RepetitionPenalty,
        Self::Seed,
        Self::Stop,
        Self::Logprobs,
        Self::JsonSchema,
    ];

    /// Its names on the wires of all dialects.
    pub(super) const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Temperature => &["temperature"],
            Self::TopP => &["top_p", "topP"],
            Self::TopK => &["top_k", "topK"],
            Self::MinP => &["min_p", "minP"],
            Self::RepetitionPenalty => &["repetition_penalty", "repeat_penalty"],
            Self::Seed => &["seed"],
            Self::Stop => &["stop", "stop_sequences", "stopSequences"],
            Self::Logprobs => &["logprobs", "top_logprobs", "responseLogprobs", "Logprobs"],
            Self::JsonSchema => &[
                "response_format",
                "json_schema",
                "output_config",
                "responseJsonSchema",
                // As some say it to people.
                "JSON mode",
                "structured outputs",
                "Structured outputs",
            ],
        }
    }

    /// Its name for people.
    pub(super) const fn in_words(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::TopP => "top p",
            Self::TopK => "top k",
            Self::MinP => "min p",
            Self::RepetitionPenalty => "repetition penalty",
            Self::Seed => "seed",
            Self::Stop => "stop",
            Self::Logprobs => "logprobs",
            Self::JsonSchema => "JSON schema",
        }
    }

    /// Whether a request sets it.
    pub(super) fn is_set(self, parameters: &Parameters) -> bool {
        match self {
            Self::Temperature => parameters.temperature.is_some(),
            Self::TopP => parameters.top_p.is_some(),
            Self::TopK => parameters.top_k.is_some(),
            Self::MinP => parameters.min_p.is_some(),
            Self::RepetitionPenalty => parameters.repetition_penalty.is_some(),
            Self::Seed => parameters.seed.is_some(),
            Self::Stop => !parameters.stop.is_empty(),
            Self::Logprobs => parameters.logprobs.is_some(),
            Self::JsonSchema => parameters.json_schema.is_some(),
        }
    }

    fn unset(self, parameters: &mut Parameters) {
        match self {
            Self::Temperature => parameters.temperature = None,
            Self::TopP => parameters.top_p = None,
            Self::TopK => parameters.top_k = None,
            Self::MinP => parameters.min_p = None,
            Self::RepetitionPenalty => parameters.repetition_penalty = None,
            Self::Seed => parameters.seed = None,
            Self::Stop => parameters.stop.clear(),
            Self::Logprobs => parameters.logprobs = None,
            Self::JsonSchema => parameters.json_schema = None,
        }
    }
}

/// Everything that was learned about one model at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::model) struct Capabilities {
    lessons: BTreeSet<Lesson>,
}

impl Capabilities {
    /// Whether this was learned.
    pub(in crate::model) fn knows(&self, lesson: Lesson) -> bool {
        self.lessons.contains(&lesson)
    }

    /// These and more.
    pub(in crate::model) fn with(&self, lessons: &[Lesson]) -> Self {
        Self { lessons: self.lessons.iter().chain(lessons).copied().collect() }
    }

    /// Learns what another knows.
    pub(super) fn extend(&mut self, other: &Self) {
        self.lessons.extend(&other.lessons);
    }

    /// The request as this model takes it, and what to say about the changes.
    pub(super) fn fit(&self, request: &Request) -> (Request, Vec<String>) {
        let mut fitted = request.clone();
        let mut notes = Vec::new();
        for parameter in Parameter::ALL {
            if self.knows(Lesson::Without(parameter)) && parameter.is_set(&fitted.parameters) {
                parameter.unset(&mut fitted.parameters);
                notes.push(format!("{} left out: this model refuses it", parameter.in_words()));
            }
        }
        if self.knows(Lesson::SystemInUser)
            && let Some(messages) = system_in_user(&fitted.messages)
        {
            fitted.messages = messages;
            notes.push("the system message went into the first user message: this model has no system role".to_owned());
        }
        if self.knows(Lesson::Alternation)
            && let Some(messages) = alternating(&fitted.messages)
        {
            fitted.messages = messages;
            notes.push("messages of the same role were joined: this model wants user and assistant in turn".to_owned());
        }
        (fitted, notes)
    }
}

/// What leaves out a parameter that a dialect has no name for, with the note that says so.
pub(in crate::model) fn without(
    parameters: &Parameters,
    dialect: &str,
    unknown: &[Parameter],
) -> (Parameters, Vec<String>) {
    let mut left = parameters.clone();
    let mut notes = Vec::new();
    for parameter in unknown.iter().filter(|parameter| parameter.is_set(parameters)) {
        parameter.unset(&mut left);
        notes.push(format!("{} left out: {dialect} has no such setting", parameter.in_words()));
    }
    (left, notes)
}

/// What stands between two texts that were joined.
const BETWEEN: &str = "\n\n";

/// The messages without system ones: what those say begins the first user message. `None` where there is none.
fn system_in_user(messages: &[Message]) -> Option<Vec<Message>> {
    let (system, mut others): (Vec<_>, Vec<_>) =
        messages.iter().cloned().partition(|message| message.role == Role::System);
    if system.is_empty() {
        return None;
    }
    let system: Vec<String> = system.into_iter().map(|message| message.content).collect();
    let system = system.join(BETWEEN);
    match others.iter_mut().find(|message| message.role == Role::User) {
        Some(first) => first.content = format!("{system}{BETWEEN}{}", first.content),
        None => others.insert(0, Message::new(Role::User, system)),
    }
    Some(others)
}

/// Whether [`Lesson::Alternation`] would change these messages.
pub(super) fn joins(messages: &[Message]) -> bool {
    alternating(messages).is_some()
}

/// The messages with neighbours of the same role joined, and with system ones at the start only. `None` where nothing
/// changes.
fn alternating(messages: &[Message]) -> Option<Vec<Message>> {
    let mut joined: Vec<Message> = Vec::new();
    for message in messages {
        let role = match message.role {
            Role::System if joined.iter().any(|before| before.role != Role::System) => Role::User,
            role => role,
        };
        match joined.last_mut().filter(|last| last.role == role) {
            Some(last) => last.content = format!("{}{BETWEEN}{}", last.content, message.content),
            None => joined.push(Message::new(role, message.content.clone())),
        }
    }
    (joined != messages).then_some(joined)
}

/// The system messages as one text, and the others: for dialects that keep them apart.
pub(in crate::model) fn split_system(messages: &[Message]) -> (Option<String>, Vec<&Message>) {
    let (system, others): (Vec<_>, Vec<_>) = messages.iter().partition(|message| message.role == Role::System);
    let system: Vec<&str> = system.into_iter().map(|message| message.content.as_str()).collect();
    ((!system.is_empty()).then(|| system.join(BETWEEN)), others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(list: &[(Role, &str)]) -> Vec<Message> {
        list.iter().map(|(role, content)| Message::new(*role, *content)).collect()
    }

    #[test]
    fn what_is_refused_is_left_out_and_said() {
        let parameters =
            Parameters { temperature: Some(0.0), seed: Some(1), top_p: Some(0.5), ..Parameters::default() };
        let request = Request { messages: Vec::new(), parameters };
        let known = Capabilities::default();
        assert_eq!(known.fit(&request), (request.clone(), Vec::new()));
        let known = known.with(&[Lesson::Without(Parameter::Temperature), Lesson::Without(Parameter::TopK)]);
        let (fitted, notes) = known.fit(&request);
        assert_eq!((fitted.parameters.temperature, fitted.parameters.seed), (None, Some(1)));
        assert_eq!(notes, ["temperature left out: this model refuses it"]);
    }

    #[test]
    fn every_parameter_can_be_left_out() {
        let all = Parameters {
            temperature: Some(1.0),
            top_p: Some(1.0),
            top_k: Some(1),
            min_p: Some(1.0),
            repetition_penalty: Some(1.0),
            seed: Some(1),
            max_tokens: Some(1),
            // Which model answers is never left out.
            lora: Vec::new(),
            stop: vec!["x".to_owned()],
            json_schema: Some(serde_json::json!({})),
            logprobs: Some(1),
        };
        let (left, notes) = without(&all, "this API", &Parameter::ALL);
        assert_eq!(left, Parameters { max_tokens: Some(1), ..Parameters::default() });
        assert_eq!(notes.len(), Parameter::ALL.len());
        assert_eq!(without(&left, "this API", &Parameter::ALL).1, [""; 0]);
    }

    #[test]
    fn messages_are_brought_into_the_order_a_model_wants() {
        use Role::{Assistant, System, User};
        let conversation =
            messages(&[(System, "s"), (User, "a"), (User, "b"), (Assistant, "c"), (System, "t"), (User, "d")]);
        let request = Request { messages: conversation.clone(), parameters: Parameters::default() };
        let fit = |lessons: &[Lesson]| Capabilities::default().with(lessons).fit(&request).0.messages;
        assert_eq!(
            fit(&[Lesson::Alternation]),
            messages(&[(System, "s"), (User, "a\n\nb"), (Assistant, "c"), (User, "t\n\nd")])
        );
        assert_eq!(
            fit(&[Lesson::SystemInUser]),
            messages(&[(User, "s\n\nt\n\na"), (User, "b"), (Assistant, "c"), (User, "d")])
        );
        assert_eq!(
            fit(&[Lesson::SystemInUser, Lesson::Alternation]),
            messages(&[(User, "s\n\nt\n\na\n\nb"), (Assistant, "c"), (User, "d")])
        );
        assert_eq!(system_in_user(&messages(&[(System, "s")])), Some(messages(&[(User, "s")])));
        assert_eq!(alternating(&messages(&[(System, "s"), (User, "a"), (Assistant, "b")])), None);
        let (system, others) = split_system(&conversation);
        assert_eq!((system.as_deref(), others.len()), (Some("s\n\nt"), 4));
    }
}
