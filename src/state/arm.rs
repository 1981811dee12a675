//! One arm on the screen: prompt x strategy x model, and the answer it has given or is giving.

use super::{CostNote, Reopened, Samples};
use crate::config::Arm;
use crate::model::{Parameters, StopReason, Usage};
use crate::run::{CallDone, Question, TrialDone};
use crate::score::{Outcome, Parts, Score};
use crate::strategy::{StrategyConfig, StrategyError};
use crate::view::text::{Reading, StreamText};

/// Where an answer stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing asked yet.
    Idle,
    /// An answer that came with the workbench: no trial of this machine.
    Recorded {
        /// Which day.
        date: String,
        /// What became of it.
        outcome: Outcome,
    },
    /// Asked; no text yet.
    Waiting,
    /// Text is arriving.
    Streaming,
    /// Over.
    Done(Outcome),
}

impl Phase {
    /// Whether a stream is under way, so that Esc has something to cancel.
    pub const fn is_live(&self) -> bool {
        matches!(self, Self::Waiting | Self::Streaming)
    }
}

/// A fault, where it happened: what, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What happened.
    pub what: String,
    /// The next step.
    pub hint: String,
}

/// The figures under an answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Figures {
    /// Milliseconds to the first token.
    pub first_token_ms: Option<u64>,
    /// Milliseconds from asking to the end, or so far.
    pub total_ms: Option<u64>,
    /// Tokens in, cached, out.
    pub usage: Usage,
    /// Tokens of the answer per second after the first.
    pub tokens_per_second: Option<f64>,
    /// Why the model stopped, in its provider's word.
    pub stop: Option<String>,
    /// What it cost, where there is something to say.
    pub cost: Option<CostNote>,
}

impl Figures {
    /// The figures of a trial that is over.
    pub fn of(done: &TrialDone) -> Self {
        Self {
            first_token_ms: done.first_token_ms,
            total_ms: Some(done.total_ms),
            usage: done.usage,
            tokens_per_second: done.tokens_per_second,
            stop: done.stop.as_ref().map(StopReason::in_words),
            cost: None,
        }
    }

    /// One line for people: what is known of time, speed, tokens and the end.
    pub fn in_words(&self) -> String {
        let Usage { input, cached, output } = self.usage;
        let cached =
            cached.filter(|cached| *cached > 0).map_or_else(String::new, |cached| format!(" ({cached} cached)"));
        // A narrow pane shows the first parts: what was paid is among them, that nobody knows it is not.
        let (paid, unknown) = match self.cost {
            Some(CostNote::Unknown) => (None, self.cost),
            cost => (cost, None),
        };
        let parts = [
            paid.map(CostNote::in_words),
            self.first_token_ms.map(|ms| format!("first token {}", duration(ms))),
            self.tokens_per_second.map(|rate| format!("{rate:.0} tok/s")),
            input.map(|input| format!("{input} in{cached}")),
            output.map(|output| format!("{output} out")),
            self.total_ms.map(duration),
            unknown.map(CostNote::in_words),
            self.stop.clone(),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
    }
}

/// Milliseconds as people say them.
fn duration(ms: u64) -> String {
    if ms < 1_000 { format!("{ms} ms") } else { format!("{:.1} s", ms as f64 / 1_000.0) }
}

/// One score as the pane shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct ScoreLine {
    /// The metric's stable name.
    pub metric: String,
    /// The value, or why there is none.
    pub score: Score,
}

/// An answer that came with the workbench, ready to be shown.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedAnswer {
    /// The day it was made.
    pub date: String,
    /// The model that made it.
    pub model: String,
    /// The text.
    pub text: String,
    /// What the strategy read out of it, where that is not the whole.
    pub extracted: Option<String>,
    /// What became of it.
    pub outcome: Outcome,
    /// Tokens and why the model stopped.
    pub figures: Figures,
    /// Its scores.
    pub scores: Vec<ScoreLine>,
    /// Its form and its content.
    pub parts: Parts,
}

/// What the recordings of the workbench hold for an arm as it is on the screen.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordedState {
    /// Nothing for this case.
    None,
    /// An answer, but to something else that was asked.
    Other {
        /// The day it was made.
        date: String,
        /// The model that made it.
        model: String,
    },
    /// Its answer.
    Here(Box<RecordedAnswer>),
    /// Asked on this machine: the newest answer to exactly this question.
    Own(Box<Reopened>),
}

/// An arm in Compose.
#[derive(Debug)]
pub struct ArmState {
    /// The arm's id in fourfold.toml, or a name made for one that was added.
    pub id: String,
    /// The prompt file, relative to the workbench; `None` is the prompt being edited.
    pub prompt: Option<String>,
    /// How the prompt becomes calls.
    pub strategy: StrategyConfig,
    /// The model's id.
    pub model: String,
    /// This arm's own sampling, over the model's.
    pub parameters: Parameters,
    /// Where the answer stands.
    pub phase: Phase,
    /// Counts runs: events of an earlier one are dropped.
    pub generation: u64,
    /// The answer, raw, as it grows.
    pub answer: StreamText,
    /// What the strategy read out of the answer, where that is not the whole.
    pub extracted: Option<String>,
    /// Tokens and times.
    pub figures: Figures,
    /// Seconds until the request is sent again, while it waits for that.
    pub waiting: Option<u64>,
    /// Which of several calls is shown as it streams: what it is for, its number, how many there are at most.
    pub step: Option<(String, usize, usize)>,
    /// The calls behind the answer that have ended, where there are several.
    pub calls: Vec<CallDone>,
    /// What went wrong.
    pub fault: Option<Fault>,
    /// A key, or another one, is what this arm's model wants.
    pub wants_key: bool,
    /// Remarks of strategy and provider.
    pub notes: Vec<String>,
    /// Scores of a finished answer.
    pub scores: Vec<ScoreLine>,
    /// Its form and its content, scored apart.
    pub parts: Parts,
    /// The recorded trial, once it is durable.
    pub trial: Option<i64>,
    /// What the recordings hold for this arm, as last looked up.
    pub recorded: RecordedState,
    /// Where the answer was taken out of the history: when it was given, and by whom.
    pub reopened: Option<(String, String)>,
    /// The answer was looked up for what the arm asks, so that another may take its place.
    pub looked_up: bool,
    /// The case that was asked about, by its key in the database.
    pub about: String,
    /// The case on the screen is another by now, as last looked up: another was opened in its place, or it was edited.
    pub elsewhere: bool,
    /// What this is the answer to, where that is known.
    pub asked: Option<Box<Question>>,
    /// What of it the arm asks otherwise by now, in words, as last looked at.
    pub changed: Vec<&'static str>,
    /// Where several answers were asked for: all of them.
    pub samples: Option<Samples>,
    /// The first seed of the last samples.
    pub samples_from: Option<u64>,
}

impl ArmState {
    /// An arm that has not been asked.
    pub fn new(id: impl Into<String>, strategy: StrategyConfig, model: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            prompt: None,
            strategy,
            model: model.into(),
            parameters: Parameters::default(),
            phase: Phase::Idle,
            generation: 0,
            answer: StreamText::new(Reading::default()),
            extracted: None,
            figures: Figures::default(),
            waiting: None,
            step: None,
            calls: Vec::new(),
            fault: None,
            wants_key: false,
            notes: Vec::new(),
            scores: Vec::new(),
            parts: Parts::default(),
            trial: None,
            recorded: RecordedState::None,
            reopened: None,
            looked_up: false,
            about: String::new(),
            elsewhere: false,
            asked: None,
            changed: Vec::new(),
            samples: None,
            samples_from: None,
        }
    }

    /// An arm of fourfold.toml, with all that stands there.
    pub fn of(arm: &Arm) -> Result<Self, StrategyError> {
        let strategy = StrategyConfig::from_parts(&arm.strategy.name, &arm.strategy.settings)?;
        let prompt = Some(arm.prompt.clone());
        let parameters = arm.parameters.clone();
        Ok(Self { prompt, parameters, ..Self::new(&*arm.id, strategy, &*arm.model) })
    }

    /// An arm like this one that has not been asked.
    #[must_use]
    pub fn sibling(&self, id: String) -> Self {
        let mut arm = Self::new(id, self.strategy.clone(), self.model.clone());
        arm.prompt.clone_from(&self.prompt);
        arm.parameters = self.parameters.clone();
        arm
    }

    /// Forgets the last answer and counts a new run.
    pub fn begin(&mut self) -> u64 {
        self.forget();
        self.phase = Phase::Waiting;
        self.generation
    }

    /// Forgets the last answer and counts `count` new runs; the first one's number.
    pub fn begin_samples(&mut self, count: u32, seed: u64) -> u64 {
        let first = self.begin();
        self.generation += u64::from(count);
        self.samples = Some(Samples::new(first, count as usize));
        self.samples_from = Some(seed);
        first
    }

    /// Forgets the last answer; it stays in the history.
    pub fn forget(&mut self) {
        self.generation += 1;
        self.phase = Phase::Idle;
        self.answer = StreamText::new(self.answer.reading());
        self.extracted = None;
        self.figures = Figures::default();
        self.waiting = None;
        self.step = None;
        self.calls.clear();
        self.fault = None;
        self.wants_key = false;
        self.notes.clear();
        self.scores.clear();
        self.parts = Parts::default();
        self.trial = None;
        self.reopened = None;
        self.looked_up = false;
        self.about.clear();
        self.elsewhere = false;
        self.asked = None;
        self.changed.clear();
        self.samples = None;
    }

    /// Shows an answer that came with the workbench; no trial of this machine stands behind it.
    pub fn show_recorded(&mut self, answer: RecordedAnswer) {
        self.forget();
        self.answer = StreamText::whole(answer.text, self.answer.reading());
        self.phase = Phase::Recorded { date: answer.date, outcome: answer.outcome };
        self.extracted = answer.extracted;
        self.figures = answer.figures;
        self.scores = answer.scores;
        self.parts = answer.parts;
    }

    /// Shows an answer out of the history that was given about the case `about`.
    pub fn show_reopened(&mut self, answer: Reopened, about: String) {
        self.forget();
        self.answer = StreamText::whole(&*answer.answer, self.answer.reading());
        self.extracted = answer.extracted;
        self.phase = Phase::Done(answer.outcome);
        self.figures = answer.figures;
        self.scores = answer.scores;
        self.trial = Some(answer.id);
        self.fault = answer.error.map(|(what, hint)| Fault { what, hint });
        self.notes = answer.notes;
        self.reopened = Some((answer.when, answer.who));
        self.calls = answer.calls;
        self.about = about;
    }

    /// Whether the answer is one to something else than the arm would ask now. A call that failed is no answer.
    pub fn is_outdated(&self) -> bool {
        !self.changed.is_empty() && matches!(self.phase, Phase::Done(Outcome::Answer | Outcome::NonAnswer(_)))
    }

    /// Another call begins: its text takes the place of the last one's.
    pub fn next_call(&mut self, purpose: String, number: usize, most: usize) {
        if !self.answer.is_empty() {
            self.answer = StreamText::new(self.answer.reading());
        }
        self.step = Some((purpose, number, most));
    }

    /// Shows a text in place of the one that is there.
    pub fn show_text(&mut self, text: &str) {
        self.answer = StreamText::new(self.answer.reading());
        self.answer.push(text);
    }

    /// What was read out of the answer, in one line, where it is short: a longer part is seen in the text itself.
    pub fn read_as(&self) -> Option<String> {
        const SHORT: usize = 60;
        let read = self.extracted.as_deref().map(str::trim)?;
        let is_line = !read.is_empty()
            && read != self.answer.text().trim()
            && !read.contains('\n')
            && read.chars().count() <= SHORT;
        is_line.then(|| format!("read as: {read}"))
    }

    /// The text that is scored and compared.
    pub fn result(&self) -> &str {
        self.extracted.as_deref().unwrap_or_else(|| self.answer.text())
    }
}
