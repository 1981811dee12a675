//! `fourfold.toml` as it is written: the one description of its keys, from which the JSON Schema and the reader both come.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_spanned::Spanned;

use super::files::FilesValue;
use super::judge::JudgeTable;
use super::key::KeyTable;
use super::metric::MetricSpec;
use super::strategy::StrategySpec;
use crate::model::{Parameters, Price};

/// A workbench: models, arms, data, scores, run. Everything is optional.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields, title = "fourfold.toml")]
pub(super) struct WorkbenchFile {
    /// The version of this format: 1.
    #[schemars(with = "u32", range(min = 1, max = 1))]
    pub(super) version: Option<Spanned<u32>>,
    /// The models to ask.
    pub(super) model: Vec<ModelTable>,
    /// Strategies of one's own: stages of the built-in ones, with texts of one's own.
    pub(super) strategy: Vec<StrategyTable>,
    /// What is compared: a prompt, a strategy and a model each.
    pub(super) arm: Vec<ArmTable>,
    /// Where the cases are.
    pub(super) data: DataTable,
    /// How answers are scored.
    pub(super) score: ScoreTable,
    /// A model that judges answers.
    pub(super) judge: Option<JudgeTable>,
    /// How a run goes.
    pub(super) run: RunTable,
    /// The 2 x 2 table: two models of one lineage, two pairs of prompt and strategy.
    pub(super) fourfold: Option<FourfoldTable>,
}

/// A model: a provider's, or one tuned from another of this file.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ModelTable {
    /// The name arms use.
    #[schemars(with = "String")]
    pub(super) id: Spanned<String>,
    /// Who runs it.
    #[schemars(with = "Option<super::provider::Provider>")]
    pub(super) provider: Option<Spanned<String>>,
    /// The provider's own name for it.
    pub(super) model: Option<String>,
    /// Where the server is; the provider's own place unless said.
    #[schemars(with = "Option<String>")]
    pub(super) base_url: Option<Spanned<String>>,
    /// Where the key comes from. Never the key itself.
    #[schemars(with = "Option<KeyTable>")]
    pub(super) api_key: Option<Spanned<KeyTable>>,
    /// What it costs, where the built-in table does not know it or is out of date.
    #[schemars(with = "Option<Price>")]
    pub(super) price: Option<Spanned<Price>>,
    /// The `id` of the model this one was tuned from.
    #[schemars(with = "Option<String>")]
    pub(super) base: Option<Spanned<String>>,
    /// The adapter's folder, for a model tuned here: looked for in `.fourfold/`, then beside this file.
    #[schemars(with = "Option<String>")]
    pub(super) adapter: Option<Spanned<String>>,
    /// The number of the adapter on a llama-server, from 0, in the order of its `--lora` arguments.
    #[schemars(with = "Option<u32>")]
    pub(super) lora: Option<Spanned<u32>>,
    /// How strongly the adapter works: 1 as trained (unless said), 0 not at all.
    #[schemars(with = "Option<f64>", range(min = -10.0, max = 10.0))]
    pub(super) adapter_scale: Option<Spanned<f64>>,
    /// How often a request that was not answered is sent again; 2 unless said.
    #[schemars(with = "Option<u32>", range(max = 10))]
    pub(super) retries: Option<Spanned<u32>>,
    /// How many seconds the first character may take; 600 unless said.
    #[schemars(with = "Option<f64>", range(min = 0.0))]
    pub(super) first_token_timeout: Option<Spanned<f64>>,
    /// How many seconds may pass without a sign of life; 120 unless said.
    #[schemars(with = "Option<f64>", range(min = 0.0))]
    pub(super) idle_timeout: Option<Spanned<f64>>,
    /// How many seconds the whole call may take; no limit unless said.
    #[schemars(with = "Option<f64>", range(min = 0.0))]
    pub(super) timeout: Option<Spanned<f64>>,
    /// How many trials of a run are under way at a time; `concurrency` under [run] unless said.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1000))]
    pub(super) concurrency: Option<Spanned<u32>>,
    /// How many calls a run makes in a minute; no limit unless said.
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub(super) requests_per_minute: Option<Spanned<u64>>,
    /// How many tokens a run sends and receives in a minute, about; no limit unless said.
    #[schemars(with = "Option<u64>", range(min = 1))]
    pub(super) tokens_per_minute: Option<Spanned<u64>>,
    /// How to sample.
    #[serde(flatten)]
    pub(super) parameters: Parameters,
}

/// A strategy of one's own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StrategyTable {
    /// The name arms use.
    #[schemars(with = "String")]
    pub(super) id: Spanned<String>,
    /// Its stages, in order: `[[strategy.stage]]` with `use` and what the stage is told.
    #[schemars(with = "Vec<StageTable>")]
    pub(super) stage: Vec<Spanned<Stage>>,
}

/// A stage's keys and values with their places.
pub(super) type Stage = BTreeMap<Spanned<String>, Spanned<toml::Value>>;

/// A stage as the schema describes it; what its other keys may be is the strategy room's.
struct StageTable;

impl JsonSchema for StageTable {
    fn schema_name() -> Cow<'static, str> {
        "Stage".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "A stage of a strategy: which one, and what it is told.",
            "type": "object",
            "properties": {
                "use": {
                    "type": "string",
                    "enum": ["persona", "examples", "ask", "wording", "samples", "shuffle", "read", "vote", "pick", "refine", "form"]
                }
            },
            "required": ["use"],
            "additionalProperties": true
        })
    }
}

/// A prompt with a strategy on a model.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct ArmTable {
    /// The arm's name.
    #[schemars(with = "String")]
    pub(super) id: Spanned<String>,
    /// The prompt's file, from the workbench folder.
    #[schemars(with = "String")]
    pub(super) prompt: Spanned<String>,
    /// How the prompt becomes model calls; `zero-shot` unless said.
    #[schemars(with = "Option<StrategySpec>")]
    pub(super) strategy: Option<Spanned<StrategySpec>>,
    /// The `id` of a model of this file.
    #[schemars(with = "String")]
    pub(super) model: Spanned<String>,
    /// How to sample, over the model's own settings.
    #[serde(flatten)]
    pub(super) parameters: Parameters,
}

/// Where the cases are, and which field is what.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct DataTable {
    /// One file, or one a split.
    pub(super) file: Option<FilesValue>,
    /// Which of a row's fields has a role of its own.
    pub(super) map: MapTable,
    /// How rows are laid out; recognised by their fields where it is not said and `map` names no answer.
    #[schemars(with = "Option<crate::data::Layout>")]
    pub(super) layout: Option<Spanned<String>>,
    /// How train, dev and test are made of one file.
    #[schemars(with = "Option<SplitTable>")]
    pub(super) split: Option<Spanned<SplitTable>>,
    /// What is done about test rows that are train rows, or almost.
    pub(super) leaks: LeakTable,
    /// Who embeds for nearest-neighbour retrieval: the `id` of a model of this file, or `hashed` for counted words and
    /// letters. Unless said, the embedded MiniLM where it has been fetched, else `hashed`.
    #[schemars(with = "Option<String>")]
    pub(super) embedder: Option<Spanned<String>>,
}

/// How train, dev and test are made of one file: by a field that names them, or drawn.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct SplitTable {
    /// The field that says `train`, `dev` or `test`.
    #[schemars(with = "Option<String>")]
    pub(super) column: Option<Spanned<String>>,
    /// How much is drawn for dev: a share below 1, or a number of rows.
    #[schemars(with = "Option<f64>", range(min = 0.0))]
    pub(super) dev: Option<Spanned<f64>>,
    /// How much is drawn for test: a share below 1, or a number of rows.
    #[schemars(with = "Option<f64>", range(min = 0.0))]
    pub(super) test: Option<Spanned<f64>>,
    /// Another seed, another draw; 0 unless said.
    pub(super) seed: u64,
    /// The field whose values have the same shares in every split.
    #[schemars(with = "Option<String>")]
    pub(super) stratify: Option<Spanned<String>>,
    /// The field whose equal values stay in one split.
    #[schemars(with = "Option<String>")]
    pub(super) group: Option<Spanned<String>>,
    /// The field that orders rows in time: the latest become test.
    #[schemars(with = "Option<String>")]
    pub(super) time: Option<Spanned<String>>,
    /// What `fourfold data splits` prints: the splits must still be these.
    #[schemars(with = "Option<String>")]
    pub(super) pin: Option<Spanned<String>>,
}

/// What is done about test rows that are train rows, or almost.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct LeakTable {
    /// From which resemblance on two rows are almost the same; 0.8 unless said.
    #[schemars(with = "Option<f64>", range(min = 0.0, max = 1.0))]
    pub(super) threshold: Option<Spanned<f64>>,
    /// Measure all the same; every result then says so.
    pub(super) allow: bool,
}

/// Which of a row's fields has a role of its own; all others are variables.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct MapTable {
    /// The answer that counts as right.
    pub(super) reference: Option<String>,
    /// The row's name.
    pub(super) id: Option<String>,
    /// Earlier turns of a conversation.
    pub(super) turns: Option<String>,
    /// The choices of a question: one field that holds a list, or a list of one field each. They become the variable `choices`.
    #[schemars(with = "Option<Names>")]
    pub(super) choices: Option<Names>,
    /// Which choice is right: its letter, label or text, or its number from 0. Its letter becomes the reference.
    pub(super) answer: Option<String>,
    /// In which way `answer` says it. Unless said, the one that fits the file's rows; rows that can be read in two ways are refused.
    #[schemars(with = "Option<crate::data::AnswerAs>")]
    pub(super) answer_as: Option<Spanned<String>>,
    /// Variables that are called otherwise than their field: `{ question = "q" }`.
    pub(super) variables: BTreeMap<String, String>,
    /// Fields that no prompt may see.
    pub(super) hide: Vec<String>,
}

/// One name, or several.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Names {
    /// `"options"`
    One(String),
    /// `["A", "B", "C", "D"]`
    Several(Vec<String>),
}

impl Names {
    pub(super) fn into_list(self) -> Vec<String> {
        match self {
            Self::One(name) => vec![name],
            Self::Several(names) => names,
        }
    }
}

/// A file for each split.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct SplitFiles {
    /// Exemplars and tuning draw from here.
    #[schemars(with = "Option<String>")]
    pub(super) train: Option<Spanned<String>>,
    /// What prompts are iterated on.
    #[schemars(with = "Option<String>")]
    pub(super) dev: Option<Spanned<String>>,
    /// Only runs open it.
    #[schemars(with = "Option<String>")]
    pub(super) test: Option<Spanned<String>>,
}

/// How answers are scored.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct ScoreTable {
    /// The metrics, in the order to show them.
    #[schemars(with = "Option<Vec<MetricSpec>>")]
    pub(super) metrics: Option<Vec<Spanned<MetricSpec>>>,
    /// The one a verdict is about.
    #[schemars(with = "Option<String>")]
    pub(super) primary: Option<Spanned<String>>,
    /// Differences smaller than this count as equivalent.
    #[schemars(with = "Option<f64>", range(min = 0.0, max = 1.0))]
    pub(super) margin: Option<Spanned<f64>>,
}

/// How a run goes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RunTable {
    /// The `id` of the arm all others are compared with.
    #[schemars(with = "Option<String>")]
    pub(super) baseline: Option<Spanned<String>>,
    /// The most that answers may cost, in dollars, from the start of the program to its end: then it stops asking.
    #[schemars(with = "Option<f64>", range(min = 0.0))]
    pub(super) budget: Option<Spanned<f64>>,
    /// The most that one run may cost, in dollars, however often it is gone on with: then it stops asking.
    #[schemars(with = "Option<f64>", range(min = 0.0))]
    pub(super) max_cost: Option<Spanned<f64>>,
    /// The most calls that one run makes, however often it is gone on with.
    #[schemars(with = "Option<u64>")]
    pub(super) max_calls: Option<Spanned<u64>>,
    /// The most seconds that a run takes before it stops, counted anew each time it is begun or gone on with.
    #[schemars(with = "Option<f64>", range(min = 0.0))]
    pub(super) max_time: Option<Spanned<f64>>,
    /// How many trials are under way at a time on one server; 16 unless said, 8 on the engine inside the program.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1000))]
    pub(super) concurrency: Option<Spanned<u32>>,
    /// Trials of one arm on one case; 1 unless said.
    #[schemars(with = "Option<u32>", range(min = 1, max = 1000))]
    pub(super) repeats: Option<Spanned<u32>>,
    /// Decides the order of the cases, and which are drawn where not all are asked; 1 unless said.
    #[schemars(with = "Option<u64>")]
    pub(super) seed: Option<Spanned<u64>>,
}

/// The 2 x 2 table.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct FourfoldTable {
    /// The `id` of the base model.
    #[schemars(with = "String")]
    pub(super) base: Spanned<String>,
    /// The `id` of the model tuned from it.
    #[schemars(with = "String")]
    pub(super) tuned: Spanned<String>,
    /// Whether the two may be of different lineage: a small tuned model against a large one.
    #[serde(default)]
    pub(super) unrelated: bool,
    /// The upper row.
    pub(super) plain: PairTable,
    /// The lower row.
    pub(super) prompted: PairTable,
}

/// A prompt with a strategy.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct PairTable {
    /// The prompt's file, from the workbench folder.
    #[schemars(with = "String")]
    pub(super) prompt: Spanned<String>,
    /// How the prompt becomes model calls; `zero-shot` unless said.
    #[schemars(with = "Option<StrategySpec>")]
    pub(super) strategy: Option<Spanned<StrategySpec>>,
}
