//! A workbench as the program uses it: every name resolved, every default filled in.

use std::fs;
use std::path::{Path, PathBuf};

use super::check;
use super::folder::{MANIFEST, program_folder};
use super::judge::JudgeSpec;
use super::limits::CallLimits;
use super::metric::MetricSpec;
use super::problem::{ConfigError, Problems};
use super::provider::Provider;
use super::read::{Reading, read};
use super::strategy::{OwnStrategy, StrategyFault, StrategySpec};
use crate::data::{DataError, GUARD, Mapping, SplitFiles, SplitPlan};
use crate::model::{KeySource, Parameters, Price};

/// Everything `fourfold.toml` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Workbench {
    /// The folder, against which every path in it is read.
    pub root: PathBuf,
    /// The models to ask.
    pub models: Vec<ModelSpec>,
    /// The strategies it defines itself.
    pub strategies: Vec<OwnStrategy>,
    /// What is compared.
    pub arms: Vec<Arm>,
    /// Where the cases are.
    pub data: Data,
    /// How answers are scored.
    pub scoring: Scoring,
    /// The model that judges answers, where one is named.
    pub judge: Option<JudgeSpec>,
    /// How a run goes.
    pub run: Run,
    /// The 2 x 2 table, where one is declared.
    pub fourfold: Option<Fourfold>,
}

/// A model; what a tuned one does not say itself it has from its base.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelSpec {
    /// The name arms use.
    pub id: String,
    /// Who runs it.
    pub provider: Provider,
    /// The provider's own name for it.
    pub model: String,
    /// Where the server is, where that is not the provider's own place.
    pub base_url: Option<String>,
    /// Where its key comes from.
    pub api_key: Option<KeySource>,
    /// What it costs, where fourfold.toml says so.
    pub price: Option<Price>,
    /// The `id` of the model it was tuned from.
    pub base: Option<String>,
    /// The adapter it answers with, where it runs inside this program.
    pub adapter: Option<Adapter>,
    /// How patiently its server is asked.
    pub limits: CallLimits,
    /// The adapter it answers with, where a llama-server runs it.
    pub lora: Option<ServedAdapter>,
    /// How to sample.
    pub parameters: Parameters,
}

/// An adapter as a workbench names it.
#[derive(Clone, Debug, PartialEq)]
pub struct Adapter {
    /// Its folder, against `.fourfold/` or the workbench; see [`Workbench::adapter_folder`].
    pub folder: PathBuf,
    /// How strongly it works: 1 as trained.
    pub scale: f64,
}

/// An adapter that a llama-server was started with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ServedAdapter {
    /// Its number there, from 0, in the order of the server's `--lora` arguments.
    pub id: u32,
    /// How strongly it works: 1 as trained.
    pub scale: f64,
}

impl ModelSpec {
    /// Whether it is known to be tuned from another.
    pub const fn is_tuned(&self) -> bool {
        self.base.is_some() || self.adapter.is_some() || self.lora.is_some()
    }

    /// The small model that runs inside the program: what there is where no model is named.
    pub fn small() -> Self {
        Self {
            id: "smollm2-135m".to_owned(),
            provider: Provider::Embedded,
            model: "smollm2-135m".to_owned(),
            base_url: None,
            api_key: None,
            price: None,
            base: None,
            adapter: None,
            limits: CallLimits::default(),
            lora: None,
            parameters: Parameters::default(),
        }
    }
}

/// A prompt with a strategy on a model.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Its name.
    pub id: String,
    /// The prompt's file, against the workbench.
    pub prompt: String,
    /// How the prompt becomes calls.
    pub strategy: StrategySpec,
    /// The `id` of a model.
    pub model: String,
    /// How to sample, over the model's own settings.
    pub parameters: Parameters,
}

/// Where the cases are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Data {
    /// The files, as written.
    pub files: DataFiles,
    /// Those of them that are not there, each with its line.
    pub astray: Vec<DataError>,
    /// Which fields have a role.
    pub mapping: Mapping,
    /// How splits are made of one file.
    pub split: Option<SplitPlan>,
    /// What is done about test rows that are train rows, or almost.
    pub leaks: LeakRule,
    /// Who embeds for nearest-neighbour retrieval: the `id` of a model, or [`HASHED`].
    pub embedder: Option<String>,
}

/// The embedder that counts words and letters, and needs no model.
pub const HASHED: &str = "hashed";

/// What is done about test rows that are train rows, or almost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakRule {
    /// From which resemblance on two rows are almost the same.
    pub threshold: f64,
    /// Whether to measure all the same, and say so on every result.
    pub allow: bool,
}

impl Default for LeakRule {
    fn default() -> Self {
        Self { threshold: GUARD, allow: false }
    }
}

/// The files of the data set, against the workbench.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum DataFiles {
    /// No data set.
    #[default]
    None,
    /// All rows in one file, from which splits are drawn.
    One(PathBuf),
    /// A file a split.
    Splits {
        /// Exemplars and tuning draw from here.
        train: Option<PathBuf>,
        /// What prompts are iterated on.
        dev: Option<PathBuf>,
        /// Only runs open it.
        test: Option<PathBuf>,
    },
}

/// How answers are scored.
#[derive(Clone, Debug, PartialEq)]
pub struct Scoring {
    /// The metrics asked for, in order; empty where the file does not say.
    pub metrics: Vec<MetricSpec>,
    /// The one a verdict is about; the first metric where the file does not say.
    pub primary: Option<String>,
    /// Differences smaller than this count as equivalent.
    pub margin: f64,
}

impl Default for Scoring {
    fn default() -> Self {
        Self { metrics: Vec::new(), primary: None, margin: 0.05 }
    }
}

/// How a run goes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// The arm all others are compared with.
    pub baseline: Option<String>,
    /// The most that answers may cost, in dollars, from the start of the program to its end.
    pub budget: Option<f64>,
    /// Trials at a time on one server, unless its models say otherwise.
    pub concurrency: Option<usize>,
    /// Trials of one arm on one case.
    pub repeats: Option<u32>,
    /// Decides the order of the cases.
    pub seed: Option<u64>,
    /// The most that one run may cost, in dollars.
    pub max_cost: Option<f64>,
    /// The most calls that one run makes.
    pub max_calls: Option<u64>,
    /// The most seconds that a run takes before it stops.
    pub max_time: Option<f64>,
}

/// The 2 x 2 table.
#[derive(Clone, Debug, PartialEq)]
pub struct Fourfold {
    /// The base model's `id`.
    pub base: String,
    /// The tuned model's `id`.
    pub tuned: String,
    /// Whether the two are of different lineage on purpose.
    pub unrelated: bool,
    /// The upper row.
    pub plain: PromptAndStrategy,
    /// The lower row.
    pub prompted: PromptAndStrategy,
}

impl Fourfold {
    /// In words: the two models, and how they are asked.
    pub fn in_words(&self) -> String {
        let Self { base, tuned, plain, prompted, .. } = self;
        let row = |row: &PromptAndStrategy| format!("{} · {}", row.prompt, row.strategy.name);
        format!("`{base}` against `{tuned}`: plain is {}, prompted is {}", row(plain), row(prompted))
    }
}

/// One row of the 2 x 2 table.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptAndStrategy {
    /// The prompt's file, against the workbench.
    pub prompt: String,
    /// How the prompt becomes calls.
    pub strategy: StrategySpec,
}

/// What is wrong with a metric's settings, and what to do next.
pub type MetricProblem = fn(&MetricSpec) -> Option<(String, String)>;

/// The names other rooms know, so that a mistyped one is found with its line.
#[derive(Clone, Copy, Debug, Default)]
pub struct Known<'a> {
    /// Names of metrics; empty leaves them unchecked.
    pub metrics: &'a [&'a str],
    /// Names of strategies; empty leaves them unchecked.
    pub strategies: &'a [&'a str],
    /// What is wrong with a metric's settings, and what to do next.
    pub metric_problem: Option<MetricProblem>,
    /// What is wrong with a strategy's settings or stages; without it they are unchecked.
    pub judge: Option<fn(&StrategySpec) -> Option<StrategyFault>>,
    /// Whether a draft is kept of a prompt, by the folder and its name: then its file may be gone.
    pub drafted: Option<fn(&Path, &str) -> bool>,
}

impl Workbench {
    /// Reads `root/fourfold.toml`. A folder without one is a workbench that says nothing.
    pub fn open(root: &Path, known: Known<'_>) -> Result<Self, ConfigError> {
        let path = root.join(MANIFEST);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(ConfigError::Unreadable { path, source }),
        };
        Self::parse(&text, root, known)
    }

    /// Reads the text of a `fourfold.toml` that lies in `root`; the prompts it names must exist there. A data file that does not is
    /// in [`Data::astray`].
    pub fn parse(text: &str, root: &Path, known: Known<'_>) -> Result<Self, ConfigError> {
        let mut problems = Problems::new(text);
        let workbench = match read(text, &mut problems) {
            Reading::Whole(file) => Some(check::resolve(*file, root, known, &mut problems)),
            Reading::Partial => None,
        };
        match workbench {
            Some(workbench) if problems.is_empty() => Ok(workbench),
            _ => Err(ConfigError::Wrong { path: root.join(MANIFEST), problems: problems.into_sorted() }),
        }
    }

    /// The model called `id`.
    pub fn model(&self, id: &str) -> Option<&ModelSpec> {
        self.models.iter().find(|model| model.id == id)
    }

    /// The data files, where they are on this machine.
    pub fn split_files(&self) -> SplitFiles {
        let file = |path: &Option<PathBuf>| path.as_ref().map(|path| self.root.join(path));
        let files = match &self.data.files {
            DataFiles::None => SplitFiles::default(),
            // Without a plan one file is all there is to learn from: dev is drawn from it, nothing is set aside for a test.
            DataFiles::One(path) => {
                SplitFiles { train: Some(self.root.join(path)), plan: self.data.split.clone(), ..SplitFiles::default() }
            }
            DataFiles::Splits { train, dev, test } => {
                SplitFiles { train: file(train), dev: file(dev), test: file(test), ..SplitFiles::default() }
            }
        };
        SplitFiles { astray: self.data.astray.clone(), ..files }
    }

    /// Where an adapter is on this machine: among those the program wrote, else in the workbench itself, where one that is
    /// handed on with it lies.
    pub fn adapter_folder(&self, adapter: &Adapter) -> PathBuf {
        let written = program_folder(&self.root).join(&adapter.folder);
        let handed_on = self.root.join(&adapter.folder);
        if !written.is_dir() && handed_on.is_dir() { handed_on } else { written }
    }

    /// The arm called `id`.
    pub fn arm(&self, id: &str) -> Option<&Arm> {
        self.arms.iter().find(|arm| arm.id == id)
    }
}

#[cfg(test)]
#[path = "workbench_tests.rs"]
mod tests;
