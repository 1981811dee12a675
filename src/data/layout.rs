//! Well-known ways in which data sets lay out their rows, recognised by their columns, so that nobody has to write a
//! mapping for them.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::choice::{Choices, is_garbled};
use super::error::DataError;
use super::mapping::{EXPECTED, Mapping, looks_like_turns};
use super::walk::{At, Visitor, walk};

/// How rows are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Layout {
    /// As `map` says, and no more.
    Plain,
    /// Conversations for fine-tuning: `messages` (OpenAI) or `conversations` (ShareGPT).
    Chat,
    /// A question with choices and the one that is right, as in MMLU, MedQA, MedMCQA, ARC.
    MultipleChoice,
    /// A question and its answer, under one of the usual pairs of names.
    QuestionAnswer,
    /// Code, a reviewer's comment, and the code after it.
    CodeReview,
    /// The tests file of promptfoo: variables, and `__expected`.
    Promptfoo,
}

impl Layout {
    /// Every layout.
    pub const ALL: [Self; 6] =
        [Self::Plain, Self::Chat, Self::MultipleChoice, Self::QuestionAnswer, Self::CodeReview, Self::Promptfoo];

    /// The name in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Chat => "chat",
            Self::MultipleChoice => "multiple-choice",
            Self::QuestionAnswer => "question-answer",
            Self::CodeReview => "code-review",
            Self::Promptfoo => "promptfoo",
        }
    }

    /// What it is, in words.
    pub const fn in_words(self) -> &'static str {
        match self {
            Self::Plain => "columns as `map` says",
            Self::Chat => "conversations, as for fine-tuning; the last answer is the reference",
            Self::MultipleChoice => "questions with choices, one of them right",
            Self::QuestionAnswer => "questions and answers",
            Self::CodeReview => "code, a reviewer's comment, the code after it",
            Self::Promptfoo => "tests of promptfoo; `__expected` is the reference",
        }
    }

    /// The layout of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.as_str() == name)
    }

    /// What a row's columns mean in this layout; `None` if they do not fit it.
    fn mapping(self, row: &Map<String, Value>) -> Option<Mapping> {
        match self {
            Self::Plain => Some(Mapping::default()),
            Self::Chat => ["messages", "conversations"]
                .iter()
                .any(|name| row.get(*name).is_some_and(looks_like_turns))
                .then(Mapping::default),
            Self::MultipleChoice => multiple_choice(row),
            Self::QuestionAnswer => {
                first(row, &QUESTIONS)?;
                Some(Mapping { reference: Some(first(row, &ANSWERS)?), ..Mapping::default() })
            }
            Self::CodeReview => {
                first(row, &["before", "old", "code_before", "original_code", "old_code"])?;
                first(row, &["comment", "review", "review_comment", "reviewer_comment"])?;
                let after = first(row, &["after", "new", "code_after", "revised_code", "new_code"])?;
                Some(Mapping { reference: Some(after), ..Mapping::default() })
            }
            Self::Promptfoo => {
                let expected = row.keys().find(|name| name.as_str() == EXPECTED || name.as_str() == "__expected1")?;
                let hide = row.keys().filter(|name| name.starts_with("__") && *name != expected);
                Some(Mapping { reference: Some(expected.clone()), hide: hide.cloned().collect(), ..Mapping::default() })
            }
        }
    }
}

const QUESTIONS: [&str; 8] = ["question", "prompt", "instruction", "query", "problem", "input", "source", "text"];
const ANSWERS: [&str; 6] = ["answer", "completion", "output", "response", "target", "answers"];
/// Columns that tell which choice is right, the most exact first; the others tell it too, and are kept from the prompt.
const RIGHT: [&str; 10] = [
    "answerkey",
    "answer_idx",
    "answer_index",
    "correct_answer",
    "correct_option",
    "cop",
    "gold",
    "label",
    "answer",
    "target",
];
/// Columns that give the answer away.
const TELLING: [&str; 7] = ["exp", "explanation", "rationale", "reasoning", "cot", "cot_content", "solution"];

/// The first of `names` that is a column, whatever its letter case.
fn first(row: &Map<String, Value>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| row.keys().find(|column| column.eq_ignore_ascii_case(name)).cloned())
}

fn multiple_choice(row: &Map<String, Value>) -> Option<Mapping> {
    if let Some(scores) = first(row, &["target_scores"])
        && row.get(&scores).is_some_and(|value| Choices::scored(value).is_some())
    {
        let telling = RIGHT.iter().chain(&TELLING).filter_map(|name| first(row, &[name])).collect();
        return Some(Mapping { answer: Some(scores), hide: telling, ..Mapping::default() });
    }
    let choices = choice_columns(row)?;
    // Choices that cannot be read are choices all the same: each row says so, where a question without them would be asked instead.
    let read = match choices.as_slice() {
        [one] => Choices::of_column(row.get(one)?).or_else(|| is_garbled(row.get(one)?).then(Choices::default))?,
        many => Choices::of_columns(row, many)?,
    };
    let is_garbled = read.texts.is_empty();
    let right = |name: &&&str| {
        let column = first(row, &[**name])?;
        (!choices.contains(&column)).then_some(column)
    };
    let answer = RIGHT
        .iter()
        .filter_map(|name| right(&name))
        .find(|column| is_garbled || row.get(column).is_some_and(|value| read.fits(value)))?;
    let telling = RIGHT.iter().chain(&TELLING).filter_map(|name| first(row, &[name]));
    let hide = telling.filter(|column| *column != answer && !choices.contains(column)).collect();
    Some(Mapping { choices, answer: Some(answer), hide, ..Mapping::default() })
}

/// The column that holds the choices, or one column each.
fn choice_columns(row: &Map<String, Value>) -> Option<Vec<String>> {
    for name in ["choices", "options", "answer_choices", "endings"] {
        if let Some(column) = first(row, &[name])
            && row.get(&column).is_some_and(|value| Choices::of_column(value).is_some() || is_garbled(value))
        {
            return Some(vec![column]);
        }
    }
    ["", "op", "option_", "option", "choice_", "choice"].into_iter().find_map(|prefix| {
        let columns: Vec<String> =
            ('a'..='z').map_while(|letter| first(row, &[&format!("{prefix}{letter}")])).collect();
        (columns.len() > 1).then_some(columns)
    })
}

/// The layout that a row's columns fit.
fn recognise(row: &Map<String, Value>) -> (Layout, Mapping) {
    let order = [Layout::Chat, Layout::Promptfoo, Layout::MultipleChoice, Layout::CodeReview, Layout::QuestionAnswer];
    let found = order.into_iter().find_map(|layout| Some((layout, layout.mapping(row)?)));
    found.unwrap_or((Layout::Plain, Mapping::default()))
}

/// The first row of a file.
#[derive(Default)]
struct First {
    row: Option<Map<String, Value>>,
    seen: bool,
}

impl Visitor for First {
    fn row(&mut self, _at: At, row: Result<Map<String, Value>, String>) {
        self.row = row.ok();
        self.seen = true;
    }

    fn has_enough(&self) -> bool {
        self.seen
    }
}

impl Mapping {
    /// This mapping, where the first row of a file has every column that it names; else one that says nothing.
    pub fn if_it_fits(&self, path: &Path) -> Result<Self, DataError> {
        let mut first = First::default();
        walk(path, &mut first)?;
        let has = |column: &str| first.row.as_ref().is_some_and(|row| row.contains_key(column));
        let fits = self.named().all(|(_, column)| has(column)) && self.hide.iter().all(|column| has(column));
        Ok(if fits { Self { layout: None, ..self.clone() } } else { Self::default() })
    }

    /// The mapping for a file, with what its layout adds where `map` itself says nothing about answers, choices or turns.
    /// A layout that is asked for and does not fit is an error.
    pub fn for_file(&self, path: &Path) -> Result<(Self, Layout), DataError> {
        let says =
            self.reference.is_some() || self.answer.is_some() || self.turns.is_some() || !self.choices.is_empty();
        if says || self.layout == Some(Layout::Plain) {
            return Ok((self.clone().settled_by(path)?, Layout::Plain));
        }
        let mut first = First::default();
        match walk(path, &mut first) {
            // What is wrong with it is told by whoever reads it through.
            Ok(_) | Err(DataError::Header { .. } | DataError::Empty { .. }) => {}
            Err(error) => return Err(error),
        }
        let Some(row) = first.row else { return Ok((self.clone(), Layout::Plain)) };
        let (layout, found) = match self.layout {
            Some(layout) => {
                let Some(mapping) = layout.mapping(&row) else {
                    let columns = row.keys().cloned().collect();
                    return Err(DataError::Layout { path: path.to_owned(), layout: layout.as_str(), columns });
                };
                (layout, mapping)
            }
            None if row.contains_key("reference") => (Layout::Plain, Self::default()),
            None => recognise(&row),
        };
        let mut hide = self.hide.clone();
        hide.extend(found.hide);
        let own = self.clone();
        let found = Self { reference: found.reference, choices: found.choices, answer: found.answer, hide, ..own };
        Ok((found.settled_by(path)?, layout))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::data::Case;

    fn read(rows: &[Value], mapping: &Mapping) -> (Layout, Vec<Case>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.jsonl");
        let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
        std::fs::write(&path, lines.join("\n")).unwrap();
        let (mapping, layout) = mapping.for_file(&path).unwrap();
        let case =
            |(index, row): (usize, &Value)| mapping.case(row.as_object().unwrap().clone(), index as u64 + 1).unwrap();
        (layout, rows.iter().enumerate().map(case).collect())
    }

    fn one(row: &Value) -> (Layout, Case) {
        let (layout, mut cases) = read(std::slice::from_ref(row), &Mapping::default());
        (layout, cases.remove(0))
    }

    #[test]
    fn multiple_choice_sets_are_read_alike() {
        for row in [
            // MMLU, MedQA, MedMCQA, ARC, and a table with a column a choice.
            json!({"question": "q", "subject": "s", "choices": ["w", "x", "y", "z"], "answer": 2}),
            json!({"question": "q", "answer": "y", "options": {"A": "w", "B": "x", "C": "y", "D": "z"}, "answer_idx": "C", "meta_info": "step1"}),
            json!({"question": "q", "opa": "w", "opb": "x", "opc": "y", "opd": "z", "cop": 2, "exp": "because y"}),
            json!({"question": "q", "choices": {"text": ["w", "x", "y", "z"], "label": ["1", "2", "3", "4"]}, "answerKey": "3"}),
            json!({"question": "q", "A": "w", "B": "x", "C": "y", "D": "z", "answer": "C"}),
            // BIG-bench.
            json!({"question": "q", "target_scores": {"w": 0, "x": 0, "y": 1, "z": 0}, "target": "y"}),
        ] {
            let (layout, case) = one(&row);
            assert_eq!(layout, Layout::MultipleChoice, "{row}");
            assert_eq!(case.variables.get("choices"), Some(&json!(["w", "x", "y", "z"])), "{row}");
            assert_eq!(case.reference.as_deref(), Some("C"), "{row}");
            // Nothing that tells the answer is left to the prompt.
            for (name, value) in &case.variables {
                assert!(["question", "subject", "choices", "meta_info"].contains(&name.as_str()), "{name}: {value}");
            }
        }
    }

    #[test]
    fn other_layouts_are_known_by_their_columns() {
        let chat = json!({"conversations": [{"from": "human", "value": "u"}, {"from": "gpt", "value": "a"}]});
        let (layout, case) = one(&chat);
        assert_eq!((layout, case.reference.as_deref()), (Layout::Chat, Some("a")));
        assert_eq!(case.variables.get("message"), Some(&json!("u")));

        let (layout, case) = one(&json!({"old": "a", "comment": "c", "new": "b", "lang": "go"}));
        assert_eq!((layout, case.reference.as_deref()), (Layout::CodeReview, Some("b")));
        assert_eq!(case.variables.keys().collect::<Vec<_>>(), ["old", "comment", "lang"]);

        let (layout, case) =
            one(&json!({"question": "q", "answers": {"text": ["first", "second"], "answer_start": [3, 9]}}));
        assert_eq!((layout, case.reference.as_deref()), (Layout::QuestionAnswer, Some("first")));

        let (layout, case) = one(&json!({"instruction": "i", "input": "", "output": "o"}));
        assert_eq!((layout, case.reference.as_deref()), (Layout::QuestionAnswer, Some("o")));

        for (row, layout) in [
            (json!({"question": "q", "reference": "r", "answer": "x"}), Layout::Plain),
            (json!({"order": "o", "answer": "x"}), Layout::Plain),
            (json!({"messages": "3 new"}), Layout::Plain),
        ] {
            assert_eq!(one(&row).0, layout, "{row}");
        }
    }

    #[test]
    fn promptfoo_tests_keep_what_can_be_compared() {
        for (expected, reference) in [
            ("Bonjour", Some("Bonjour")),
            ("equals: Bonjour", Some("Bonjour")),
            ("similar(0.8): Hello there", Some("Hello there")),
            ("levenshtein(5): abc", Some("abc")),
            ("contains: jour", None),
            ("not-equals: x", None),
            ("javascript: output.length < 5", None),
            ("llm-rubric: is polite", None),
            ("is-json", None),
            ("Note: this is text", Some("Note: this is text")),
            ("", None),
        ] {
            let (layout, case) = one(&json!({"name": "Ada", "__expected": expected, "__threshold": "0.5"}));
            assert_eq!((layout, case.reference.as_deref()), (Layout::Promptfoo, reference), "{expected}");
            assert_eq!(case.variables.keys().collect::<Vec<_>>(), ["name"]);
        }
    }

    #[test]
    fn tables_that_python_wrote_are_read_alike() {
        let choices = json!({"question": "q", "choices": "[\"it's w\" 'x' 'y']", "answer": "1"});
        let labelled = json!({"question": "q", "answerKey": "B",
            "choices": "{'text': array(['w', 'x'], dtype=object), 'label': array(['A', 'B'], dtype=object)}"});
        for row in [choices, labelled, json!({"question": "q", "target_scores": "{'w': 0, 'x': 1}"})] {
            let (layout, case) = one(&row);
            assert_eq!((layout, case.reference.as_deref()), (Layout::MultipleChoice, Some("B")), "{row}");
        }
        let squad =
            json!({"question": "q", "answers": "{'text': array(['first'], dtype=object), 'answer_start': array([3])}"});
        assert_eq!(one(&squad).1.reference.as_deref(), Some("first"));
        let chat = json!({"messages": "[{'role': 'user', 'content': 'u'}\n {'role': 'assistant', 'content': 'a'}]"});
        let (layout, case) = one(&chat);
        assert_eq!((layout, case.reference.as_deref()), (Layout::Chat, Some("a")));
        assert_eq!(case.variables.get("message"), Some(&json!("u")));
    }

    #[test]
    fn choices_that_were_cut_short_are_refused_with_their_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, "question,choices,answer\nq,['a' 'b' ... 'z'],1\n").unwrap();
        let error = crate::data::DataSet::open(&path, &Mapping::default()).unwrap_err().to_string();
        assert!(error.contains("row 1 (line 2): its choices were cut short with `...`"), "{error}");
        assert!(error.contains("JSON lines or Parquet"), "{error}");
    }

    #[test]
    fn a_mapping_of_ones_own_comes_first() {
        let own = Mapping { reference: Some("subject".into()), ..Mapping::default() };
        let row = json!({"question": "q", "subject": "s", "choices": ["w", "x"], "answer": 1});
        let (layout, cases) = read(std::slice::from_ref(&row), &own);
        assert_eq!((layout, cases[0].reference.as_deref()), (Layout::Plain, Some("s")));
        let plain = Mapping { layout: Some(Layout::Plain), ..Mapping::default() };
        assert_eq!(read(std::slice::from_ref(&row), &plain).1[0].reference, None);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.csv");
        std::fs::write(&path, "a,b\n1,2\n").unwrap();
        let asked = Mapping { layout: Some(Layout::CodeReview), ..Mapping::default() };
        let error = asked.for_file(&path).unwrap_err();
        assert!(error.to_string().contains("code-review"), "{error}");
        assert!(error.hint().contains("a, b"), "{}", error.hint());
    }
}
