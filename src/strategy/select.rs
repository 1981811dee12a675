//! Choosing exemplars: which solved train rows are shown, and why each. Never the case itself, never a row without an answer.

use std::collections::BTreeMap;

use serde_json::Value;

use super::choices::Choices;
use super::common;
use super::draw::Draw;
use super::error::StrategyError;
use super::settings::Settings;
use super::task::{ExemplarUse, Likeness, Task};
use super::vote::same_answer;
use crate::data::{Case, Cases, Likened};

/// Which train rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Select {
    /// The first of the file.
    First,
    /// Random ones, drawn anew for each case.
    Random,
    /// Those most like the case, the most similar last.
    Like(Likeness),
}

impl Select {
    /// The way of that name.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "random" => Self::Random,
            "bm25" => Self::Like(Likeness::Words),
            "bm25-code" => Self::Like(Likeness::Code),
            "nearest" => Self::Like(Likeness::Meaning),
            _ => Self::First,
        }
    }
}

/// Where an exemplar's reasoning comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reasoning {
    /// It has none.
    None,
    /// A column of the train rows.
    Column(String),
    /// The model wrote it in a set-up call, and it ends in the row's answer.
    Own {
        /// How many train rows are asked about, from the first; 0 is all.
        pool: usize,
    },
}

/// Which exemplars are shown, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Exemplars {
    pub(crate) k: usize,
    pub(crate) select: Select,
    pub(crate) ids: Vec<String>,
    pub(crate) balance: bool,
    pub(crate) draw: u64,
    pub(crate) inline: bool,
    pub(crate) item: String,
    pub(crate) reasoning: Reasoning,
    /// What stands before an exemplar's answer; may be empty.
    pub(crate) marker: String,
    /// Whether answers are shown as letters of the row's choices, and which variables hold these.
    pub(crate) letters: Option<Vec<String>>,
}

impl Exemplars {
    /// What the settings of few-shot say.
    pub(crate) fn of(settings: &Settings) -> Self {
        Self {
            k: settings.count(common::K.name),
            select: Select::named(&settings.text(common::SELECT.name)),
            ids: settings.list(common::IDS.name),
            balance: settings.is_on(common::BALANCE.name),
            draw: settings.count(common::DRAW.name) as u64,
            inline: settings.text(common::PLACEMENT.name) == "inline",
            item: settings.text(common::ITEM.name),
            reasoning: Reasoning::None,
            marker: String::new(),
            letters: None,
        }
    }
}

/// A train row that was chosen.
pub(crate) struct Chosen {
    pub(crate) case: Case,
    /// What the model is shown as having answered.
    pub(crate) output: String,
    pub(crate) used: ExemplarUse,
}

/// The exemplars of a case, in the order in which they are shown.
///
/// `k` is a number that somebody chose, and train rows are there before anything is asked: an arm that asks for more examples
/// than train can show is refused, as any other number in their place would be nobody's choice, and lowering k costs nothing.
/// How many chains of thought end in their row's answer is known only once they were paid for, and depends on the model. So an
/// arm that shows those goes on with fewer than k, and says so with every trial. (The Medprompt paper drops a row whose reasoning
/// is wrong and does not say what happens when fewer than k are left; its published code breaks off.) With none it would be
/// another strategy, and is refused.
pub(crate) fn choose(
    exemplars: &Exemplars,
    task: &Task<'_>,
    notes: &mut Vec<String>,
) -> Result<Vec<Chosen>, StrategyError> {
    let train = task
        .train
        .ok_or_else(|| cannot("there are no train rows", "Name a train file under [data] in fourfold.toml."))?;
    let case = Likened::new(task.case);
    let mut rows = Rows { exemplars, task, train, notes, case, passed: Passed::default() };
    if !exemplars.ids.is_empty() {
        return rows.fixed(&exemplars.ids);
    }
    if matches!(exemplars.reasoning, Reasoning::Own { .. }) {
        let set_up = task.set_up.ok_or(StrategyError::NeedsSetUp)?;
        if set_up.kept_rows().next().is_none() {
            return Err(cannot(set_up.none_kept(), NONE_KEPT));
        }
    }
    let wanted = exemplars.k;
    let pool = if exemplars.balance { (wanted * 8).max(64) } else { wanted };
    let found = match exemplars.select {
        Select::First => {
            let kept = rows.kept();
            let first = |row| (row, "first".to_owned());
            match kept {
                Some(kept) => rows.take(kept.into_iter().map(first), pool)?,
                None => rows.take((0..train.count()).map(first), pool)?,
            }
        }
        Select::Random => rows.random(pool)?,
        Select::Like(by) => rows.alike(by, pool)?,
    };
    let mut chosen = if exemplars.balance { balanced(found, wanted) } else { found };
    if chosen.len() < wanted {
        match (&exemplars.reasoning, task.set_up) {
            (Reasoning::Own { .. }, Some(_)) if chosen.is_empty() => {
                return Err(cannot(
                    "the train rows whose chain of thought may be shown are the case itself, or almost",
                    NONE_KEPT,
                ));
            }
            (Reasoning::Own { .. }, Some(set_up)) => notes.extend(set_up.short(chosen.len(), wanted)),
            (Reasoning::None | Reasoning::Column(_) | Reasoning::Own { .. }, _) => {
                let (passed, from) = (rows.passed.in_words(&exemplars.reasoning), task.alike * 100.0);
                let noun = if wanted == 1 { "example" } else { "examples" };
                return Err(cannot(
                    format!("it asks for {wanted} {noun} and train has {} that can be shown{passed}", chosen.len()),
                    if rows.passed.alike == 0 {
                        "Lower k, or add train rows with a reference.".to_owned()
                    } else {
                        format!(
                            "Lower k, add train rows, or let rows be more alike: {from:.0} % is `threshold` of `leaks` under [data]."
                        )
                    },
                ));
            }
        }
    }
    if matches!(exemplars.select, Select::Like(_)) {
        chosen.reverse();
    }
    Ok(chosen)
}

/// What helps where no chain of thought may be shown.
pub(super) const NONE_KEPT: &str = "A bigger model answers more rows rightly; `pool` asks about more train rows; `marker` and `wording` say how the \
                         answer is read; few-shot shows examples without reasoning.";

fn cannot(reason: impl Into<String>, hint: impl Into<String>) -> StrategyError {
    StrategyError::CannotApply { strategy: String::new(), reason: reason.into(), hint: hint.into() }
}

/// Train rows that were passed over, by what spoke against them.
#[derive(Clone, Copy, Debug, Default)]
struct Passed {
    /// They are the case, or almost.
    alike: usize,
    /// They lack a reference, or the reasoning that is asked for.
    bare: usize,
}

impl Passed {
    /// In words, behind the count of those that can be shown; nothing where no row was passed over.
    fn in_words(self, reasoning: &Reasoning) -> String {
        let noun = |count, one: &'static str, more: &'static str| if count == 1 { one } else { more };
        let lacks = if matches!(reasoning, Reasoning::Column(_)) { "reference or no reasoning" } else { "reference" };
        let alike = (self.alike > 0)
            .then(|| format!("{} {} the case itself or almost", self.alike, noun(self.alike, "is", "are")));
        let bare = (self.bare > 0).then(|| format!("{} {} no {lacks}", self.bare, noun(self.bare, "has", "have")));
        let told: Vec<String> = alike.into_iter().chain(bare).collect();
        if told.is_empty() { String::new() } else { format!(" ({})", told.join(", ")) }
    }
}

struct Rows<'a, 't> {
    exemplars: &'a Exemplars,
    task: &'a Task<'t>,
    train: &'a dyn Cases,
    notes: &'a mut Vec<String>,
    case: Likened,
    passed: Passed,
}

impl Rows<'_, '_> {
    /// The row as an exemplar; `None` where it cannot be one.
    fn usable(&mut self, row: usize, why: &str) -> Result<Option<Chosen>, StrategyError> {
        let case = self.train.case(row)?;
        let answer = case.reference.clone();
        let Some(output) = answer.and_then(|answer| self.output(row, &case, &answer)) else {
            self.passed.bare += 1;
            return Ok(None);
        };
        match self.case.alike(&case) {
            1.0.. => {
                self.passed.alike += 1;
                self.notes.push(format!("train row `{}` is the case itself and was left out", case.id));
                return Ok(None);
            }
            alike if alike >= self.task.alike => {
                self.passed.alike += 1;
                let (share, from) = (alike * 100.0, self.task.alike * 100.0);
                self.notes.push(format!(
                    "train row `{}` is the case to {share:.0} % and was left out (from {from:.0} % on it is)",
                    case.id
                ));
                return Ok(None);
            }
            _ => {}
        }
        let used = ExemplarUse { id: case.id.clone(), row, why: why.to_owned() };
        Ok(Some(Chosen { case, output, used }))
    }

    /// What the model is shown as having answered; `None` where the row lacks the reasoning that is asked for.
    fn output(&self, row: usize, case: &Case, answer: &str) -> Option<String> {
        let choices = self.exemplars.letters.as_ref().and_then(|names| Choices::of(case, names));
        let answer =
            choices.as_ref().and_then(|choices| choices.label_of_reference(answer)).map_or(answer, |(label, _)| label);
        let marked = |answer: &str| match self.exemplars.marker.as_str() {
            "" => answer.to_owned(),
            marker => format!("{marker} {answer}"),
        };
        match &self.exemplars.reasoning {
            Reasoning::None => Some(marked(answer)),
            Reasoning::Column(name) => {
                let reasoning = case.variables.get(name).and_then(Value::as_str).map(str::trim)?;
                (!reasoning.is_empty()).then(|| format!("{reasoning}\n{}", marked(answer)))
            }
            // It ends in the marked answer already: it was kept because that is the row's own.
            Reasoning::Own { .. } => self.task.set_up?.kept(row).map(str::to_owned),
        }
    }

    fn take(
        &mut self,
        rows: impl Iterator<Item = (usize, String)>,
        wanted: usize,
    ) -> Result<Vec<Chosen>, StrategyError> {
        let mut chosen = Vec::new();
        for (row, why) in rows {
            if chosen.len() == wanted {
                break;
            }
            chosen.extend(self.usable(row, &why)?);
        }
        Ok(chosen)
    }

    /// The only rows that can be shown, where the model's own reasoning decides that.
    fn kept(&self) -> Option<Vec<usize>> {
        match (&self.exemplars.reasoning, self.task.set_up) {
            (Reasoning::Own { .. }, Some(set_up)) => Some(set_up.kept_rows().collect()),
            (Reasoning::None | Reasoning::Column(_) | Reasoning::Own { .. }, _) => None,
        }
    }

    fn random(&mut self, wanted: usize) -> Result<Vec<Chosen>, StrategyError> {
        let draw = Draw::new(self.exemplars.draw, self.task.case, "exemplars");
        let why = |row| (row, format!("random, draw {}", self.exemplars.draw));
        let rows: Vec<_> = match self.kept() {
            Some(kept) => draw.distinct(kept.len()).filter_map(|at| kept.get(at).copied()).map(why).collect(),
            None => draw.distinct(self.train.count()).map(why).take(4096.max(wanted)).collect(),
        };
        self.take(rows.into_iter(), wanted)
    }

    /// Rows most like the case, the most similar first. Asks for more until there are enough or no more.
    fn alike(&mut self, by: Likeness, wanted: usize) -> Result<Vec<Chosen>, StrategyError> {
        let retrieval = self.task.retrieval.ok_or_else(|| {
            cannot("nobody here can find train rows like the case", "Choose `select = \"first\"` or `\"random\"`.")
        })?;
        let source = retrieval.source(by, self.task.case);
        let count = self.train.count();
        let kept = self.kept();
        let wanted = kept.as_ref().map_or(wanted, |kept| wanted.min(kept.len()));
        let mut asked = (wanted * 2 + 2).min(count);
        let before = self.notes.len();
        loop {
            let found = retrieval.nearest(by, self.task.case, asked)?;
            let exhausted = found.len() < asked || asked >= count;
            self.notes.truncate(before);
            self.passed = Passed::default();
            // Rows are in order: what cannot be shown is passed over before it is read.
            let can = |row: usize| kept.as_ref().is_none_or(|kept| kept.binary_search(&row).is_ok());
            let rows =
                found.into_iter().filter(|(row, _)| can(*row)).map(|(row, how)| (row, format!("{source} {how:.2}")));
            let chosen = self.take(rows, wanted)?;
            if chosen.len() == wanted || exhausted {
                return Ok(chosen);
            }
            asked = (asked * 4).min(count);
        }
    }

    fn fixed(&mut self, ids: &[String]) -> Result<Vec<Chosen>, StrategyError> {
        let mut chosen = Vec::new();
        for id in ids {
            let row = self
                .train
                .find(id)?
                .ok_or_else(|| cannot(format!("train has no row with the id `{id}`"), "Check the ids under `ids`."))?;
            if self.train.case(row)?.reference.is_none() {
                let hint = "Choose another row, or give it a reference.";
                return Err(cannot(format!("train row `{id}` has no reference"), hint));
            }
            chosen.extend(self.usable(row, "by id")?);
        }
        if chosen.is_empty() {
            return Err(cannot("every chosen train row is the case itself", "Choose more ids."));
        }
        Ok(chosen)
    }
}

/// As many of each answer as of the others, as far as that goes: always one more of the answer that has the fewest so far, in
/// the order in which `found` has them. The result keeps that order.
fn balanced(found: Vec<Chosen>, wanted: usize) -> Vec<Chosen> {
    let mut labels: Vec<String> = Vec::new();
    let mut of_row = Vec::new();
    for chosen in &found {
        let answer = chosen.case.reference.clone().unwrap_or_default();
        let label = labels.iter().position(|known| same_answer(known, &answer)).unwrap_or_else(|| {
            labels.push(answer);
            labels.len() - 1
        });
        of_row.push(label);
    }
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    let mut taken = vec![false; found.len()];
    for _ in 0..wanted.min(found.len()) {
        let next = (0..found.len())
            .filter(|index| !taken.get(*index).copied().unwrap_or(true))
            .min_by_key(|index| (of_row.get(*index).and_then(|label| counts.get(label)).copied().unwrap_or(0), *index));
        let Some(next) = next else { break };
        if let (Some(taken), Some(label)) = (taken.get_mut(next), of_row.get(next)) {
            *taken = true;
            *counts.entry(*label).or_default() += 1;
        }
    }
    found.into_iter().zip(taken).filter(|(_, taken)| *taken).map(|(chosen, _)| chosen).collect()
}
