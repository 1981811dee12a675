//! What a table of scores is made of: the cases of a split, and of each arm every answer with its scores, price and time.

use std::collections::BTreeMap;

use crate::config::Arm;
use crate::data::{Case, Cases, Split};
use crate::run::compare::{Looking, trials_of};
use crate::run::judge::{Judge, Subject};
use crate::run::{NotAsked, Question, Session, now_milliseconds, question_of, short_of_arms};
use crate::score::{Aspect, MetricId, Outcome, Score};
use crate::stats::ByCase;
use crate::store::{Filter, Origin, Store, StoreError, StoredTrial, case_key, prompt_hash, scoring_key};

/// Answers of one arm to one case that are read.
const REPEATS: u32 = 1_000;
/// The name of the column that holds a judge's recorded grades.
pub(super) const JUDGED: &str = "judge-grade";
/// Characters of a variable's value that are kept for slicing.
const VALUE: usize = 60;

/// A case, as far as a table needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseRow {
    /// Its place in the split, from 0.
    pub index: usize,
    /// Its id.
    pub id: String,
    /// Its variables of one line, for slices.
    pub columns: BTreeMap<String, String>,
}

/// One answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampled {
    /// What became of it: an answer or a non-answer.
    pub outcome: Outcome,
    /// The text that is scored.
    pub text: String,
    /// Its scores by the metric's name, those that are numbers.
    pub scores: BTreeMap<String, f64>,
    /// What it cost, in dollars, where the price is known.
    pub cost: Option<f64>,
    /// Milliseconds to the end, where they were measured.
    pub total_ms: Option<u64>,
}

/// An arm's answers.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArmAnswers {
    /// Its name.
    pub arm: String,
    /// The hash of its prompt's text.
    pub prompt_hash: String,
    /// By the case's id: its answers, none where every trial is missing; cases that were never asked are not in it.
    pub cases: BTreeMap<String, Vec<Sampled>>,
    /// By the case's id: how many trials are missing beside its answers, where each trial of a run counts. Of what is recorded without
    /// a run a case without any answer is one missing trial.
    pub missing: BTreeMap<String, usize>,
}

impl ArmAnswers {
    /// The scores of a metric, as verdicts take them, each case by its key: what is missing is `None`.
    pub fn by_case(&self, metric: &str, key: impl Fn(&str) -> String) -> ByCase {
        let of = |id: &String, samples: &Vec<Sampled>| -> Vec<Option<f64>> {
            let missing = self.missing.get(id).copied().unwrap_or(usize::from(samples.is_empty()));
            let scores = samples.iter().map(|one| one.scores.get(metric).copied());
            scores.chain(std::iter::repeat_n(None, missing)).collect()
        };
        self.cases.iter().map(|(id, samples)| (key(id), of(id, samples))).collect()
    }
}

/// How often a test split was measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Runs over it.
    pub runs: u64,
    /// Versions of prompts that have recorded answers to its cases.
    pub prompts: u64,
    /// Cases of it that were looked at outside of a run.
    pub opened: u64,
    /// What an answer to one of its cases says of rows that leaked and were allowed.
    pub leak: Option<String>,
}

impl Measured {
    /// In words, for beside a verdict.
    pub fn in_words(&self) -> String {
        let count = |n: u64, one: &str, many: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {many}") };
        let runs = match self.runs {
            0 => "by no run".to_owned(),
            runs => format!("by {}", count(runs, "run", "runs")),
        };
        let prompts = count(self.prompts, "prompt version", "prompt versions");
        let opened = match self.opened {
            0 => String::new(),
            opened => format!("; {} opened by hand", count(opened, "case", "cases")),
        };
        let picked = match self.prompts {
            0 | 1 => String::new(),
            prompts => format!(
                " Picking the best of these {prompts} versions by this split flatters the one that is picked: confirm it on cases that no \
                 run has seen."
            ),
        };
        let leak = self.leak.as_ref().map_or_else(String::new, |leak| format!(" {}.", upper_first(leak)));
        format!("Test split measured {runs} and {prompts}{opened}.{picked}{leak}")
    }
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Everything a table of scores is made of.
#[derive(Clone, Debug, Default)]
pub struct Source {
    /// The split's name.
    pub split: String,
    /// The metric that decides.
    pub primary: String,
    /// The workbench's metrics, in order, with what each speaks of.
    pub metrics: Vec<(String, Aspect)>,
    /// The cases of the split.
    pub cases: Vec<CaseRow>,
    /// The arms, the baseline first; those without any answer included.
    pub arms: Vec<ArmAnswers>,
    /// How often the split was measured, where it is the test split.
    pub measured: Option<Measured>,
    /// The arms that show fewer exemplars than they ask for, in words.
    pub short: Vec<String>,
    /// Where each case stands in the order of a run that may be looked at after every one; `None` for what is looked at once.
    pub places: Option<BTreeMap<String, usize>>,
    /// One answer of an arm to a case.
    pub once_each: bool,
}

pub(super) fn lift(error: &StoreError) -> NotAsked {
    NotAsked { what: error.to_string(), hint: error.hint() }
}

impl Source {
    /// What is recorded on this machine of the workbench's arms as they are now, `baseline` first. Blocks.
    pub fn recorded(
        session: &Session,
        store: &Store,
        baseline: &Arm,
        arms: &[&Arm],
        split: Split,
    ) -> Result<Self, NotAsked> {
        let rows = session.splits.look(split)?.ok_or_else(|| {
            let hint = "Name its file under [data] in fourfold.toml.".to_owned();
            NotAsked { what: format!("the workbench has no {} split", split.as_str()), hint }
        })?;
        let data_hash = rows.content_hash();
        let mut cases = Vec::new();
        for index in 0..rows.count() {
            let case = rows.case(index).map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
            cases.push(case);
        }
        let judge = Judge::of(session).ok().filter(|_| has_grades(store));
        let mut answers = Vec::new();
        for arm in std::iter::once(&baseline).chain(arms) {
            let question = question_of(session, arm, split)?;
            answers.push(of_arm(session, store, judge.as_ref(), &question, (&cases, &data_hash))?);
        }
        let measured = (split == Split::Test).then(|| measured(session, store)).transpose()?;
        Ok(Self {
            split: split.as_str().to_owned(),
            primary: session.primary().to_owned(),
            metrics: session.metrics().iter().map(|one| (one.id().as_str().to_owned(), one.aspect())).collect(),
            cases: cases.into_iter().enumerate().map(|(index, case)| row(index, &case)).collect(),
            arms: answers,
            measured,
            short: short_of_arms(session, store, &[&[baseline], arms].concat(), split)?,
            places: None,
            once_each: false,
        })
    }

    /// How verdicts over it are looked at.
    pub(super) const fn looking(&self) -> Looking {
        match self.places {
            None => Looking::Once,
            Some(_) => Looking::Every { once_each: self.once_each },
        }
    }

    /// The key of a case whose order is that in which cases are compared.
    pub(super) fn key(&self, id: &str) -> String {
        match &self.places {
            None => id.to_owned(),
            Some(places) => format!("{:012}", places.get(id).copied().unwrap_or(usize::MAX)),
        }
    }

    /// The place of a case in the split.
    pub fn index_of(&self, id: &str) -> Option<usize> {
        self.cases.iter().find(|case| case.id == id).map(|case| case.index)
    }
}

pub(super) fn row(index: usize, case: &Case) -> CaseRow {
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text.clone()),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    };
    let columns = case.variables.iter().filter_map(|(name, value)| {
        let text = text(value)?;
        (!text.contains('\n') && text.chars().count() <= VALUE).then(|| (name.clone(), text))
    });
    CaseRow { index, id: case.id.clone(), columns: columns.collect() }
}

pub(super) fn has_grades(store: &Store) -> bool {
    let filter = Filter { arm: Some(crate::run::judge::JUDGE.to_owned()), ..Filter::default() };
    store.count(&filter).is_ok_and(|count| count > 0)
}

fn of_arm(
    session: &Session,
    store: &Store,
    judge: Option<&Judge>,
    question: &Question,
    (cases, data_hash): (&[Case], &str),
) -> Result<ArmAnswers, NotAsked> {
    let key = session.arm_key(question)?;
    let text = Session::prompt_text(&question.prompt_path)?;
    let mut arm = ArmAnswers { arm: question.arm.clone(), prompt_hash: prompt_hash(&text), ..ArmAnswers::default() };
    for (index, case) in cases.iter().enumerate() {
        let found = trials_of(store, &key, (case, data_hash, index)).map_err(|error| lift(&error))?;
        if found.is_empty() {
            continue;
        }
        let mut samples = Vec::new();
        for summary in found.iter().filter(|one| !matches!(one.outcome, Outcome::Missing(_))) {
            let Some(mut stored) = store.trial(summary.id).map_err(|error| lift(&error))? else { continue };
            // A trial that several cases share is scored against each.
            stored.record.scores.clone_from(&summary.scores);
            let (one, made) = sampled(session, stored, case);
            if let Some(made) = made {
                // Not waited for: where it cannot be recorded it is made again next time.
                drop(store.record_scores(summary.id, scoring_key(case), made, now_milliseconds()));
            }
            samples.push(one);
        }
        if let Some(judge) = judge {
            grade(session, store, judge, &Question { case: case.clone().into(), ..question.clone() }, &mut samples)?;
        }
        arm.cases.insert(case.id.clone(), samples);
    }
    Ok(arm)
}

/// Puts a judge's recorded grades beside the scores of these answers.
pub(super) fn grade(
    session: &Session,
    store: &Store,
    judge: &Judge,
    question: &Question,
    samples: &mut [Sampled],
) -> Result<(), NotAsked> {
    for sampled in samples {
        let subject = Subject { question: question.clone(), outcome: sampled.outcome, text: sampled.text.clone() };
        if let Some(grade) = judge.recorded_grade(session, store, &subject)? {
            sampled.scores.insert(JUDGED.to_owned(), grade);
        }
    }
    Ok(())
}

/// A recorded answer with its scores, and these as they are to be recorded where some were made only now.
pub(super) fn sampled(session: &Session, stored: StoredTrial, case: &Case) -> (Sampled, Option<serde_json::Value>) {
    let record = stored.record;
    let (cost, total_ms) = (session.cost_of(&record), record.measured_ms());
    let text = record.extracted.unwrap_or(record.answer);
    let (recorded, id) = (record.scores.as_ref(), |metric: &MetricId| metric.as_str().to_owned());
    let scores = session.scores_now((record.outcome, &text, recorded), case, None);
    let is_new = |(metric, score): &&(MetricId, Score)| {
        score.number().is_some() && session.number_in(recorded, metric.as_str(), case).is_none()
    };
    let new: Vec<(MetricId, Score)> = scores.iter().filter(is_new).cloned().collect();
    let made = (!new.is_empty()).then(|| session.table_with(recorded, &new, case));
    let scores = scores.iter().filter_map(|(metric, score)| Some((id(metric), score.number()?))).collect();
    (Sampled { outcome: record.outcome, text, scores, cost, total_ms }, made)
}

/// How often the test split was measured. Blocks.
pub fn measured(session: &Session, store: &Store) -> Result<Measured, NotAsked> {
    let mut prompts = std::collections::BTreeSet::new();
    let mut leak = None;
    let Some(rows) = session.splits.get(Split::Test) else { return Ok(Measured::default()) };
    for index in 0..rows.count() {
        let case = &rows.case(index).map_err(|error| NotAsked { what: error.to_string(), hint: error.hint() })?;
        let key = case_key(case);
        if leak.is_none() {
            leak = store.leak_of_case(&key).map_err(|error| lift(&error))?;
        }
        let filter = Filter { case_key: Some(key), origin: Some(Origin::Run), ..Filter::default() };
        for trial in store.recent(&filter, None, REPEATS).map_err(|error| lift(&error))? {
            prompts.insert(trial.prompt_hash);
        }
    }
    let (runs, opened) = match session.splits.test.as_ref().map(crate::data::SplitRows::content_hash) {
        Some(hash) => (
            store.measured(&hash).map_err(|error| lift(&error))?.0,
            store.opened_test_cases(&hash).map_err(|error| lift(&error))?,
        ),
        None => (0, 0),
    };
    Ok(Measured { runs, prompts: prompts.len() as u64, opened, leak })
}
