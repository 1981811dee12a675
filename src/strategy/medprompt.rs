//! Medprompt: nearest solved rows with reasoning the model wrote itself, and a vote over shuffled choices; each stage a
//! switch. Nori et al. 2023, arXiv 2311.16452. Wording our own.
//!
//! Only train rows are drawn from, and only their answers decide which reasoning is kept. (The published code's third stage
//! draws from the test set; this one cannot.)

use super::config::StrategyConfig;
use super::error::StrategyError;
use super::recipe::{Recipe, Settle};
use super::registry::{Caution, Strategy, Variant};
use super::select::{Exemplars, Reasoning, Select};
use super::setting::{Setting, SettingDefault, SettingKind};
use super::task::{Expects, Likeness};
use super::vote::Tie;
use super::{common, few_shot};

/// See the module's first line.
pub(crate) struct Medprompt;

const EXAMPLES: Setting =
    common::switch("examples", "Stage: examples", "Shows k solved train rows; off, none are.", true);
const REASONING: Setting = common::switch(
    "reasoning",
    "Stage: own reasoning",
    "The model reasons, and wrote the examples' reasoning itself in set-up calls; kept where it ends in the row's answer.",
    true,
);
const NEAREST: Setting =
    common::switch("nearest", "Stage: nearest", "The examples most like the case; off, random ones.", true);
const ENSEMBLE: Setting = common::switch(
    "ensemble",
    "Stage: ensemble",
    "Asks several times with the choices in another order each, and takes the most frequent answer.",
    true,
);
const LIKENESS: Setting = common::choice(
    "likeness",
    "Likeness",
    "What nearest is measured by: embeddings, as in the paper, the words (bm25), or the words and names of code (bm25-code).",
    &["embedding", "bm25", "bm25-code"],
    "embedding",
);
const MEMBERS: Setting = common::number(
    "members",
    "Ensemble size",
    "How many orders of the choices; the first is the case's own.",
    (2, 64),
    5,
);
const DIRECT: Setting = Setting {
    name: "direct",
    title: "Wording, direct",
    help: "Ends the last user message where nothing is reasoned; a template over the case's variables.",
    kind: SettingKind::Template,
    default: SettingDefault::Text(
        "Reply with the letter of the right choice alone, on a line that begins with \"Answer:\".",
    ),
    quiet: false,
};

static SETTINGS: [Setting; 17] = [
    EXAMPLES,
    REASONING,
    NEAREST,
    ENSEMBLE,
    common::K.counting(5),
    MEMBERS,
    LIKENESS,
    common::TIE,
    common::POOL,
    common::BALANCE,
    common::DRAW,
    common::PLACEMENT,
    common::ITEM,
    common::WORDING.reading(
        "Reason step by step about the choices first. Then finish with the letter of the right one alone, on a new line that \
         begins with \"Answer:\".",
    ),
    DIRECT,
    common::MARKER,
    common::CHOICES,
];

static VARIANTS: [Variant; 6] = [
    Variant {
        name: "zero-shot",
        summary: "Ladder 1: the bare question, read as a letter.",
        numbers: &[],
        switches: &[("examples", false), ("reasoning", false), ("nearest", false), ("ensemble", false)],
        words: &[],
    },
    Variant {
        name: "random-few-shot",
        summary: "Ladder 2: five random examples.",
        numbers: &[],
        switches: &[("reasoning", false), ("nearest", false), ("ensemble", false)],
        words: &[],
    },
    Variant {
        name: "own-reasoning",
        summary: "Ladder 3: with reasoning the model wrote itself.",
        numbers: &[],
        switches: &[("nearest", false), ("ensemble", false)],
        words: &[],
    },
    Variant {
        name: "nearest",
        summary: "Ladder 4: the nearest examples instead of random ones.",
        numbers: &[],
        switches: &[("ensemble", false)],
        words: &[],
    },
    Variant {
        name: "k5-m5-bm25",
        summary: "All stages, examples by words: needs no embeddings.",
        numbers: &[],
        switches: &[],
        words: &[("likeness", "bm25")],
    },
    Variant {
        name: "k20-m11",
        summary: "All stages with 20 examples and 11 orders: the paper's high setting.",
        numbers: &[("k", 20), ("members", 11)],
        switches: &[],
        words: &[],
    },
];

static CAUTIONS: [Caution; 2] = [
    few_shot::CAUTIONS[0],
    Caution { what: "reasoning lowered MedGemma 5.7 %, examples 11.9 %", source: "arXiv 2603.25960" },
];

impl Strategy for Medprompt {
    fn id(&self) -> &'static str {
        "medprompt"
    }

    fn title(&self) -> &'static str {
        "Medprompt"
    }

    fn summary(&self) -> &'static str {
        "Nearest examples with the model's own reasoning, and a vote over shuffled choices (k=5, m=5)."
    }

    fn settings(&self) -> &'static [Setting] {
        &SETTINGS
    }

    fn cautions(&self) -> &'static [Caution] {
        &CAUTIONS
    }

    fn variants(&self) -> &'static [Variant] {
        &VARIANTS
    }

    fn recipe(&self, config: &StrategyConfig) -> Result<Recipe, StrategyError> {
        let settings = config.settings();
        let reasons = settings.is_on(REASONING.name);
        let marker = settings.text(common::MARKER.name);
        let mut recipe = Recipe {
            extractor: super::extract::Extractor::Choice(marker.trim().to_owned()),
            choices: settings.list(common::CHOICES.name),
            wording: settings.text(if reasons { common::WORDING.name } else { DIRECT.name }),
            expects: if reasons { Expects::Reasoning } else { Expects::Answer },
            draw: settings.count(common::DRAW.name) as u64,
            ..Recipe::default()
        };
        if settings.is_on(EXAMPLES.name) {
            let likeness = match settings.text(LIKENESS.name).as_str() {
                "bm25" => Likeness::Words,
                "bm25-code" => Likeness::Code,
                _ => Likeness::Meaning,
            };
            let select = if settings.is_on(NEAREST.name) { Select::Like(likeness) } else { Select::Random };
            let pool = settings.count(common::POOL.name);
            let reasoning = if reasons { Reasoning::Own { pool } } else { Reasoning::None };
            let exemplars = Exemplars { select, reasoning, marker, ..Exemplars::of(settings) };
            recipe.exemplars = Some(recipe.show(exemplars));
        }
        if settings.is_on(ENSEMBLE.name) {
            recipe.members = settings.count(MEMBERS.name);
            recipe.shuffle = true;
            recipe.settle = Settle::Vote(Tie::named(&settings.text(common::TIE.name)));
        }
        Ok(recipe)
    }
}
