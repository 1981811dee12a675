//! Settings that several strategies share: named alike, explained alike, meaning the same.

use super::setting::{Setting, SettingDefault, SettingKind, Thousandths};

/// Ways to choose exemplars.
pub(crate) const SELECTIONS: &[&str] = &["first", "random", "bm25", "bm25-code", "nearest"];
/// Ways to settle a vote without a winner.
pub(crate) const TIES: &[&str] = &["first", "alphabetical", "none"];

const fn text(name: &'static str, title: &'static str, help: &'static str, default: &'static str) -> Setting {
    Setting { name, title, help, kind: SettingKind::Text, default: SettingDefault::Text(default), quiet: false }
}

/// A template with a wording of the strategy's own.
pub(crate) const fn template(
    name: &'static str,
    title: &'static str,
    help: &'static str,
    default: &'static str,
) -> Setting {
    Setting { name, title, help, kind: SettingKind::Template, default: SettingDefault::Text(default), quiet: false }
}

/// A whole number.
pub(crate) const fn number(
    name: &'static str,
    title: &'static str,
    help: &'static str,
    (least, most): (i64, i64),
    default: i64,
) -> Setting {
    let kind = SettingKind::Number { least, most };
    Setting { name, title, help, kind, default: SettingDefault::Number(default), quiet: false }
}

/// One of a few words.
pub(crate) const fn choice(
    name: &'static str,
    title: &'static str,
    help: &'static str,
    words: &'static [&'static str],
    default: &'static str,
) -> Setting {
    let kind = SettingKind::Choice(words);
    Setting { name, title, help, kind, default: SettingDefault::Text(default), quiet: false }
}

/// On or off.
pub(crate) const fn switch(name: &'static str, title: &'static str, help: &'static str, default: bool) -> Setting {
    let kind = SettingKind::Switch;
    Setting { name, title, help, kind, default: SettingDefault::Switch(default), quiet: false }
}

pub(crate) const WORDING: Setting =
    template("wording", "Wording", "Ends the last user message; a template over the case's variables.", "");

pub(crate) const PERSONA: Setting = template(
    "persona",
    "Persona",
    "Begins the system message; a template, so `{{ language }}` takes the case's value.",
    "You are an expert with many years of practice in exactly this kind of task, and you work with great care.",
);

pub(crate) const K: Setting =
    number("k", "Examples", "How many solved train rows are shown; ids, where given, decide instead.", (1, 64), 3);

pub(crate) const SELECT: Setting = choice(
    "select",
    "Selection",
    "Which train rows: the first of the file, random ones (anew for each case, by the seed), or those most like the case by \
     their words (bm25), by the words and names of code (bm25-code) or by their embedding (nearest), most similar last.",
    SELECTIONS,
    "first",
);

pub(crate) const IDS: Setting = Setting {
    name: "ids",
    title: "Fixed ids",
    help: "Exactly these train rows, in this order.",
    kind: SettingKind::Ids,
    default: SettingDefault::NoIds,
    quiet: false,
};

pub(crate) const BALANCE: Setting = switch(
    "balance",
    "Balance answers",
    "Shows as many examples of each answer as of the others, as far as that goes.",
    false,
);

pub(crate) const DRAW: Setting = number(
    "draw",
    "Draw",
    "The seed of random examples and of shuffled choices; another number draws others.",
    (0, 1_000_000),
    0,
);

pub(crate) const PLACEMENT: Setting = choice(
    "placement",
    "Placement",
    "As turns of the conversation, or inline in the last user message; `{{ examples }}` places them itself.",
    &["turns", "inline"],
    "turns",
);

pub(crate) const ITEM: Setting = template(
    "item",
    "Inline form",
    "One inline example: a template over `input`, `output`, `number` and the train row's variables.",
    "Example {{ number }}\nInput: {{ input }}\nOutput: {{ output }}\n",
);

pub(crate) const READ: Setting = choice(
    "read",
    "Read the answer",
    "What of the model's text is the answer: all of it, what follows the marker, a regular expression's last match, the last \
     line, a place in its JSON, the letter of a choice, or the last code block.",
    &["whole", "marker", "regex", "last-line", "json-path", "choice", "code-block"],
    "whole",
);

pub(crate) const MARKER: Setting = text(
    "marker",
    "Answer marker",
    "What the answer follows; everything after its last appearance at a line's beginning is the answer.",
    "Answer:",
);

pub(crate) const PATTERN: Setting = text(
    "pattern",
    "Pattern",
    "The regular expression, the JSON path (`$.items[0].name`) or the code block's language, as `read` says.",
    "",
);

pub(crate) const CHOICES: Setting = Setting {
    name: "choices",
    title: "Choices",
    help: "The variable with the choices, or one for each; without any: choices, options, answers, or a column for each letter from A on.",
    kind: SettingKind::Ids,
    default: SettingDefault::NoIds,
    quiet: false,
};

pub(crate) const SAMPLES: Setting = number("samples", "Answers", "How many answers are asked for.", (2, 64), 5);

pub(crate) const TEMPERATURE: Setting = Setting {
    name: "temperature",
    title: "Temperature",
    help: "How freely these answers are sampled, whatever the model's own setting: at 0 they would all be one.",
    kind: SettingKind::Decimal { least: Thousandths(10), most: Thousandths(2000) },
    default: SettingDefault::Decimal(Thousandths(700)),
    quiet: false,
};

pub(crate) const TIE: Setting = choice(
    "tie",
    "Tie",
    "Among answers with equally many votes: the one that was given first, the first by the alphabet, or none (unparsed).",
    TIES,
    "first",
);

pub(crate) const POOL: Setting = number(
    "pool",
    "Rows to reason about",
    "How many train rows, from the first, the model writes a chain of thought for, once; 0 is all of them.",
    (0, 100_000),
    100,
);
