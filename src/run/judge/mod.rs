//! A language model as judge, asked: one answer against a rubric, or two answers in both orders. What it is asked is a prompt
//! like any other, so it goes the way of every question: keys, budget, cassette, and recorded with what came back; what was
//! judged before is not asked again.

mod kin;
mod over;
mod recorded;
mod report;
mod self_test;
mod templates;

pub use over::{Asked, judge_grades, judge_pairs};
pub use recorded::{Pairs, recorded_answers, recorded_pairs};
pub use report::{GradeReport, PairReport};
pub use self_test::{SELF_TEST_ROWS, SelfTest, self_test};
pub use templates::write_templates;

use std::sync::Arc;

use serde_json::{Map, Value};

use self::templates::{Kind, Template};
use super::question::{NotAsked, Question};
use super::session::Session;
use super::{Answered, Seeds, ask_or_recall};
use crate::config::JudgeSpec;
use crate::data::Case;
use crate::model::Parameters;
use crate::prompt::{Message, Role};
use crate::score::judge::{Preference, Settled, grade};
use crate::score::{NonAnswer, Outcome};
use crate::store::{Store, case_key};
use crate::strategy::StrategyConfig;

/// The name under which its calls stand in the history and in the books.
pub const JUDGE: &str = "judge";

/// Who judges in a workbench, and how it is asked.
#[derive(Clone, Debug)]
pub struct Judge {
    spec: JudgeSpec,
    pairwise: Template,
    grade: Template,
}

/// An answer to be judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    /// What was asked of which arm.
    pub question: Question,
    /// What became of it: a non-answer is not shown to the judge.
    pub outcome: Outcome,
    /// The text that is scored.
    pub text: String,
}

impl Subject {
    /// Its length in characters.
    pub fn length(&self) -> usize {
        self.text.chars().count()
    }

    const fn is_answer(&self) -> bool {
        matches!(self.outcome, Outcome::Answer)
    }
}

/// Why there is no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It answered, and not in the form that was asked for.
    Unread(String),
    /// It did not answer: network, limit, cut stream.
    Missing(String),
}

impl Silence {
    /// In words.
    pub fn in_words(&self) -> &str {
        match self {
            Self::Unread(why) | Self::Missing(why) => why,
        }
    }
}

/// What a judge said.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard<T> {
    /// The verdict, or why there is none.
    pub verdict: Result<T, Silence>,
    /// Everything it said: its reasons.
    pub text: String,
    /// Whether it was recorded before.
    pub reused: bool,
}

/// A judged pair.
#[derive(Clone, Debug, PartialEq)]
pub struct PairJudged {
    /// The case's place in its split, from 0.
    pub index: usize,
    /// Its id.
    pub case: String,
    /// What was said in each order: A shown first, B shown first. `None` where one side is no answer: that is not asked.
    pub said: Option<[Heard<Preference>; 2]>,
    /// What that settles; `None` where an order was not read or is missing.
    pub settled: Option<Settled>,
    /// A's length less B's, in characters.
    pub longer: f64,
}

/// A judged answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Graded {
    /// The case's place in its split, from 0.
    pub index: usize,
    /// Its id.
    pub case: String,
    /// What was said; `None` where it is no answer: that is not asked.
    pub said: Option<Heard<f64>>,
    /// The grade from 0 to 1; `None` where it was not read or is missing.
    pub grade: Option<f64>,
    /// The answer's length in characters.
    pub length: f64,
}

impl Judge {
    /// The judge that `[judge]` of fourfold.toml names, with its prompts read.
    pub fn of(session: &Session) -> Result<Self, NotAsked> {
        let spec = session.workbench.judge.clone().ok_or_else(|| {
            NotAsked::new(
                "the workbench names no judge",
                "Add [judge] with `model = \"...\"` to fourfold.toml: the id of a model that is not among those judged.",
            )
        })?;
        let pairwise = Template::read(session, Kind::Pairwise, spec.pairwise.as_deref())?;
        let grade = Template::read(session, Kind::Grade, spec.grade.as_deref())?;
        Ok(Self { spec, pairwise, grade })
    }

    /// The id of the model that judges.
    pub fn model(&self) -> &str {
        &self.spec.model
    }

    /// The model with its provider's own name.
    pub fn in_words(&self, session: &Session) -> String {
        match session.spec(&self.spec.model) {
            Some(spec) if spec.model != self.spec.model => format!("`{}` ({})", self.spec.model, spec.model),
            _ => format!("`{}`", self.spec.model),
        }
    }

    /// Refuses to judge answers of `subjects` (ids of models) where the judge is one of them or of their lineage; with `force`
    /// gives what then has to stand beside every figure.
    pub fn admit<'m>(
        &self,
        session: &Session,
        subjects: impl IntoIterator<Item = &'m str>,
        force: bool,
    ) -> Result<Vec<String>, NotAsked> {
        let mut related: Vec<String> =
            subjects.into_iter().filter_map(|subject| kin::related(session, &self.spec.model, subject)).collect();
        related.sort();
        related.dedup();
        match related.first() {
            Some(why) if !force => Err(NotAsked::new(
                &format!("{why}: it favours its own kind"),
                "Name another model under [judge], or give --force and have it said beside every figure.",
            )),
            _ => Ok(related.into_iter().map(|why| format!("not independent: {why}")).collect()),
        }
    }

    /// What has to be told before the judge is asked for the first time in this folder.
    pub fn first_use(&self, session: &Session) -> Result<Option<String>, NotAsked> {
        session.model(&self.spec.model)?;
        Ok(session.first_use(&self.spec.model))
    }

    fn question(&self, session: &Session, template: &Template, about: &str, values: &[(&str, &str)]) -> Question {
        let own = session.spec(&self.spec.model).and_then(|spec| spec.parameters.temperature);
        let variables: Map<String, Value> =
            values.iter().map(|(name, text)| ((*name).to_owned(), Value::from(*text))).collect();
        Question {
            arm: JUDGE.to_owned(),
            prompt_path: template.path.clone(),
            prompt_text: Some(template.text.clone()),
            strategy: StrategyConfig::default(),
            model: self.spec.model.clone(),
            // The same answer is judged alike unless the model's own settings say otherwise.
            parameters: Parameters { temperature: own.or(Some(0.0)), ..Parameters::default() },
            case: Case { id: about.to_owned(), variables, ..Case::default() }.into(),
            split: None,
            sample: 0,
        }
    }

    /// Asks about two answers to one case in both orders.
    pub async fn pair(
        &self,
        session: &Arc<Session>,
        store: &Arc<Store>,
        index: usize,
        [a, b]: &[Subject; 2],
    ) -> Result<PairJudged, NotAsked> {
        let case = a.question.case.id.clone();
        let longer = a.length() as f64 - b.length() as f64;
        if !a.is_answer() || !b.is_answer() {
            let settled = match (a.is_answer(), b.is_answer()) {
                (true, _) => Settled::A,
                (_, true) => Settled::B,
                _ => Settled::Tie,
            };
            return Ok(PairJudged { index, case, said: None, settled: Some(settled), longer });
        }
        let task = task(session, &a.question)?;
        let reference = a.question.case.reference.as_deref().unwrap_or(NO_REFERENCE);
        let ask = async |first: &Subject, second: &Subject| {
            let about = format!("{case}: {} | {}", first.question.arm, second.question.arm);
            let values = [
                ("task", task.as_str()),
                ("reference", reference),
                ("rubric", &self.spec.rubric),
                ("first", &first.text),
                ("second", &second.text),
            ];
            let question = self.question(session, &self.pairwise, &about, &values);
            let answered = ask_or_recall(session, store, question, Seeds::Any).await?;
            Ok::<_, NotAsked>(heard(answered, |said| Preference::read(said).map_err(|unread| unread.to_string())))
        };
        let (a_first, b_first) = futures_util::future::try_join(ask(a, b), ask(b, a)).await?;
        let settled = match (&a_first.verdict, &b_first.verdict) {
            (Ok(a_first), Ok(b_first)) => Some(Settled::of(*a_first, *b_first)),
            _ => None,
        };
        Ok(PairJudged { index, case, said: Some([a_first, b_first]), settled, longer })
    }

    /// Asks for the grade of one answer.
    pub async fn grade(
        &self,
        session: &Arc<Session>,
        store: &Arc<Store>,
        index: usize,
        subject: &Subject,
    ) -> Result<Graded, NotAsked> {
        let case = subject.question.case.id.clone();
        let length = subject.length() as f64;
        if !subject.is_answer() {
            return Ok(Graded { index, case, said: None, grade: Some(0.0), length });
        }
        let question = self.grade_question(session, subject)?;
        let answered = ask_or_recall(session, store, question, Seeds::Any).await?;
        let said = self.read_grade(answered);
        let grade = said.verdict.as_ref().ok().copied();
        Ok(Graded { index, case, said: Some(said), grade, length })
    }

    /// The grade that was given to an answer before, if it was; nothing is asked. Blocks.
    pub fn recorded_grade(&self, session: &Session, store: &Store, subject: &Subject) -> Result<Option<f64>, NotAsked> {
        if !subject.is_answer() {
            return Ok(Some(0.0));
        }
        let question = self.grade_question(session, subject)?;
        let key = session.arm_key(&question)?;
        let found = store
            .answered(&key, &case_key(&question.case), None)
            .map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
        Ok(found.and_then(|found| grade(&found.record.answer, self.spec.best).ok()))
    }

    fn grade_question(&self, session: &Session, subject: &Subject) -> Result<Question, NotAsked> {
        let task = task(session, &subject.question)?;
        let case = &subject.question.case;
        let reference = case.reference.as_deref().unwrap_or(NO_REFERENCE);
        let best = self.spec.best.to_string();
        let values = [
            ("task", task.as_str()),
            ("reference", reference),
            ("rubric", &self.spec.rubric),
            ("best", &best),
            ("answer", &subject.text),
        ];
        let about = format!("{}: {}", case.id, subject.question.arm);
        Ok(self.question(session, &self.grade, &about, &values))
    }

    fn read_grade(&self, answered: Answered) -> Heard<f64> {
        heard(answered, |said| grade(said, self.spec.best).map_err(|unread| unread.to_string()))
    }
}

/// What stands in the reference's place where a case has none.
const NO_REFERENCE: &str = "(there is none)";

fn heard<T>(answered: Answered, read: impl FnOnce(&str) -> Result<T, String>) -> Heard<T> {
    let Answered { outcome, text, error, reused, .. } = answered;
    let verdict = match outcome {
        Outcome::Answer => read(&text).map_err(Silence::Unread),
        Outcome::NonAnswer(NonAnswer::Length) => {
            Err(Silence::Unread("it stopped at the token limit before its verdict; raise `max_tokens`".to_owned()))
        }
        Outcome::NonAnswer(_) => Err(Silence::Unread("it gave no answer".to_owned())),
        Outcome::Missing(_) => Err(Silence::Missing(
            error.map_or_else(|| "the call did not come through".to_owned(), |(what, hint)| format!("{what}. {hint}")),
        )),
    };
    Heard { verdict, text, reused }
}

/// The task as the judge reads it: what the arm's prompt asks of the case by itself, whatever its strategy adds.
fn task(session: &Session, question: &Question) -> Result<String, NotAsked> {
    let plain = Question { strategy: StrategyConfig::default(), ..question.clone() };
    let (messages, _, _) = session.messages(&plain)?;
    Ok(as_text(&messages))
}

fn as_text(messages: &[Message]) -> String {
    match messages {
        [only] if only.role == Role::User => only.content.trim().to_owned(),
        several => {
            let told: Vec<String> =
                several.iter().map(|one| format!("{}: {}", one.role.as_str(), one.content.trim())).collect();
            told.join("\n\n")
        }
    }
}

#[cfg(test)]
mod tests;
