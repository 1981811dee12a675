//! What a report says of a run as a whole. Everything is counted and worded elsewhere; here it only stands together.

use serde_json::Value;

use crate::stats::{Figure, Finding, Headline, Interaction, Interval, Together};

/// A run as a report sees it.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The run's number.
    pub run: i64,
    /// The workbench's folder, by its name.
    pub workbench: String,
    /// When it began, for people.
    pub began: String,
    /// When it began, in milliseconds since 1970, UTC.
    pub time: i64,
    /// How its asking ended; `None` where it goes on or was killed.
    pub ended: Option<String>,
    /// Whether nothing is left to ask although cells are open: a run declared sequential has stopped where its verdicts are clear.
    pub settled: bool,
    /// The split.
    pub split: String,
    /// Names the split by its content.
    pub data_hash: String,
    /// Rows of the split.
    pub rows: u64,
    /// Trials of one arm on one case.
    pub repeats: u32,
    /// The primary metric.
    pub metric: String,
    /// Differences smaller than this count as equivalent.
    pub margin: f64,
    /// What a reader has to know before believing: how often the split was measured, what is missing.
    pub hygiene: Vec<String>,
    /// The arms, in the order of the columns.
    pub arms: Vec<Arm>,
    /// Their figures, in the same order.
    pub columns: Vec<Column>,
    /// The arm the others are held against.
    pub baseline: Option<usize>,
    /// Every other arm against the baseline, one family.
    pub family: Vec<Against>,
    /// Comparisons that somebody asked for besides; each is its own family and exploratory.
    pub others: Vec<Against>,
    /// Arms that have no case in common with the baseline.
    pub without: Vec<usize>,
    /// The four cells, where the run has them.
    pub fourfold: Option<FourfoldFacts>,
}

/// One arm.
#[derive(Clone, Debug)]
pub struct Arm {
    /// Its name.
    pub name: String,
    /// The prompt file, relative to the workbench.
    pub prompt_path: String,
    /// Its text as it was.
    pub prompt_text: String,
    /// The text's hash.
    pub prompt_hash: String,
    /// The strategy with its settings.
    pub strategy: Value,
    /// The model's id in the workbench.
    pub model: String,
    /// What decides the model's answers.
    pub fingerprint: String,
    /// How was sampled.
    pub parameters: Value,
    /// The base model's id, where the model is tuned.
    pub base: Option<String>,
}

impl Arm {
    /// The strategy in a few words: `few-shot, k 3, select bm25`.
    pub fn strategy_words(&self) -> String {
        settings_words(&self.strategy)
    }

    /// The parameters in a few words.
    pub fn parameter_words(&self) -> String {
        settings_words(&self.parameters)
    }
}

fn settings_words(value: &Value) -> String {
    let Value::Object(map) = value else { return value.as_str().unwrap_or("usual").to_owned() };
    let name = map.get("name").and_then(Value::as_str).map(str::to_owned);
    let rest = map.iter().filter(|(key, value)| *key != "name" && !value.is_null()).map(|(key, value)| match value {
        Value::String(text) => format!("{} {text}", key.replace('_', " ")),
        other => format!("{} {other}", key.replace('_', " ")),
    });
    let words: Vec<String> = name.into_iter().chain(rest).collect();
    if words.is_empty() { "usual".to_owned() } else { words.join(", ") }
}

/// The figures of one arm.
#[derive(Clone, Debug, Default)]
pub struct Column {
    /// The mean of the primary metric over the cases, with its interval; `None` where nothing is scored.
    pub figure: Option<Figure>,
    /// Means of every metric, the primary one among them.
    pub metrics: Vec<MetricFigure>,
    /// Trials planned.
    pub planned: u64,
    /// Cells filled.
    pub done: u64,
    /// By a whole answer.
    pub answers: u64,
    /// By a non-answer of the model.
    pub non_answers: u64,
    /// By nothing: the call failed.
    pub missing: u64,
    /// By a trial that was made before this run.
    pub known: u64,
    /// Dollars spent in this run, as far as prices are known.
    pub cost: f64,
    /// Trials made in this run whose price is not known.
    pub unpriced: u64,
    /// Dollars of one trial on average, over all whose price is known; `None` where none is.
    pub cost_each: Option<f64>,
    /// Seconds of one trial on average; `None` where there is none.
    pub seconds_each: Option<f64>,
    /// Tokens a second within answers; `None` where nobody counts them.
    pub tokens_per_second: Option<f64>,
    /// How many cases score in each tenth of the scale; the last one holds 1.
    pub histogram: [u64; 10],
}

/// The mean of one metric.
#[derive(Clone, Debug)]
pub struct MetricFigure {
    /// Its name.
    pub metric: String,
    /// Over the cases it has something to say about.
    pub figure: Figure,
}

/// One arm against another, judged.
#[derive(Clone, Debug)]
pub struct Against {
    /// The arm, by its column.
    pub arm: usize,
    /// What it is held against.
    pub other: usize,
    /// What is shown.
    pub finding: Finding,
    /// The mean difference.
    pub difference: f64,
    /// Its interval, at its level within the family.
    pub interval: Interval,
    /// That level, in words.
    pub level: String,
    /// The p-value, adjusted for the family.
    pub p: f64,
    /// Cases compared.
    pub n: usize,
    /// Cases where the arm scores higher.
    pub better: usize,
    /// Cases where it scores lower.
    pub worse: usize,
    /// What is shown, in words.
    pub sentence: String,
    /// The test, its numbers and what was left out.
    pub why: String,
    /// Whether it survives what is missing, and whether it is provisional.
    pub remarks: Vec<String>,
}

/// The four cells and what they show.
#[derive(Clone, Debug)]
pub struct FourfoldFacts {
    /// The arms of the cells, by their columns: plain base, plain tuned, prompted base, prompted tuned.
    pub cells: [usize; 4],
    /// The cells' means over the cases that all four answered.
    pub figures: [Figure; 4],
    /// Those cases.
    pub n: usize,
    /// What to do.
    pub headline: Headline,
    /// How the two methods go together.
    pub together: Together,
    /// The difference of differences.
    pub interaction: Interaction,
    /// What to do, in words.
    pub sentence: String,
    /// How the methods go together, what is missing, what is provisional.
    pub remarks: Vec<String>,
    /// The comparisons behind it: what is shown, and why.
    pub comparisons: Vec<(String, String)>,
    /// What the cells cost, over the same cases; `None` where no prices were kept.
    pub costs: Option<FourfoldCosts>,
}

/// What a case costs in each of the four cells, and what each method adds to that.
#[derive(Clone, Debug)]
pub struct FourfoldCosts {
    /// The cells, in the order of [`FourfoldFacts::cells`].
    pub cells: [CellCost; 4],
    /// Whether the cells differ in money, or nobody knows: where all are free a sentence says it.
    pub is_worth_a_table: bool,
    /// What prompting adds on the base model.
    pub prompting: Option<Dollars>,
    /// What tuning adds under the plain prompt.
    pub tuning: Option<Dollars>,
    /// What both add.
    pub both: Option<Dollars>,
    /// Tuning alone, less prompting alone.
    pub tuning_less_prompting: Option<Dollars>,
    /// The same in words, and tuning alone against prompting alone with what each scores.
    pub sentences: Vec<String>,
}

/// What a case costs in one cell.
#[derive(Clone, Debug)]
pub struct CellCost {
    /// For people: `$0.0012 (0.0010 to 0.0014)`, `free`, `price unknown`.
    pub words: String,
    /// The mean, where a price is known.
    pub dollars: Option<Dollars>,
    /// Cases whose price is not known.
    pub unpriced: usize,
}

/// A mean of dollars.
#[derive(Clone, Copy, Debug)]
pub struct Dollars {
    /// Over how many cases.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// Its interval; none of a single case.
    pub interval: Option<Interval>,
}

impl Facts {
    /// The columns' place of an arm.
    pub fn place(&self, arm: &str) -> Option<usize> {
        self.arms.iter().position(|one| one.name == arm)
    }

    /// An arm's name.
    pub fn name(&self, arm: usize) -> &str {
        self.arms.get(arm).map_or("?", |arm| arm.name.as_str())
    }

    /// The verdict's first sentence: of the four cells where there are four, else of the family.
    pub fn headline(&self) -> String {
        if let Some(table) = &self.fourfold {
            return table.sentence.clone();
        }
        let named = |finding: Finding| -> Vec<&str> {
            self.family.iter().filter(|each| each.finding == finding).map(|each| self.name(each.arm)).collect()
        };
        let Some(baseline) = self.baseline.map(|arm| self.name(arm)) else {
            return "One arm: nothing to compare it with.".to_owned();
        };
        if self.family.is_empty() {
            let silent = |column: &Column| column.answers > 0 && column.figure.is_none();
            let silent = self.arms.iter().zip(&self.columns).filter(|(_, column)| silent(column));
            let silent: Vec<&str> = silent.map(|(arm, _)| arm.name.as_str()).collect();
            if !silent.is_empty() {
                let has = if silent.len() == 1 { "has" } else { "have" };
                return format!(
                    "Nothing can be compared with {baseline}: {} {has} answers and no score by {}.",
                    silent.join(", "),
                    self.metric
                );
            }
            return format!("Nothing is compared with {baseline} yet.");
        }
        let parts: Vec<String> = [
            (Finding::Better, "better than", "better"),
            (Finding::Worse, "worse than", "worse"),
            (Finding::Equivalent, "equivalent to", "equivalent"),
        ]
        .into_iter()
        .filter_map(|(finding, words, _)| {
            let arms = named(finding);
            (!arms.is_empty()).then(|| format!("{} {} {words} {baseline}", arms.join(", "), are(arms.len())))
        })
        .collect();
        let few = named(Finding::TooFew);
        match (parts.is_empty(), few.is_empty()) {
            (false, true) => format!("{}.", parts.join("; ")),
            (false, false) => format!("{}; too few cases to tell {} apart from it.", parts.join("; "), few.join(", ")),
            (true, _) => format!("Too few cases to tell {} from {baseline}.", few.join(", ")),
        }
    }

    /// What stands beside every result of a run over leaked rows that were allowed.
    pub fn leaked(&self) -> Option<&str> {
        self.hygiene.iter().map(String::as_str).find(|line| line.starts_with("Leaked: "))
    }

    /// Whether everything that was to be asked has an outcome of the model. What a clear verdict makes needless is not to be asked.
    pub fn is_complete(&self) -> bool {
        self.columns.iter().all(|column| (self.settled || column.done >= column.planned) && column.missing == 0)
    }
}

const fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// `better`, `worse`, `equivalent`, `too-few-cases`: the names in JSON.
pub(super) const fn finding_name(finding: Finding) -> &'static str {
    match finding {
        Finding::Better => "better",
        Finding::Worse => "worse",
        Finding::Equivalent => "equivalent",
        Finding::TooFew => "too-few-cases",
    }
}
