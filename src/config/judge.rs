//! `[judge]`: the model that judges answers, what it looks at, and the prompts that ask it.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::check::Check;

/// A model that judges answers.
#[derive(Debug, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct JudgeTable {
    /// The `id` of a model of this file: none that is judged, nor one of its lineage.
    #[schemars(with = "String")]
    pub(super) model: Spanned<String>,
    /// What a good answer is, in words; that it says what the reference says, unless said.
    #[schemars(with = "Option<String>")]
    pub(super) rubric: Option<Spanned<String>>,
    /// The best grade, from 1, the worst; 5 unless said.
    #[schemars(with = "Option<u32>", range(min = 2, max = 100))]
    pub(super) best: Option<Spanned<u32>>,
    /// The prompt that asks about two answers, with `{{ first }}` and `{{ second }}`; `fourfold judge --write-prompts` makes one.
    #[schemars(with = "Option<String>")]
    pub(super) pairwise: Option<Spanned<String>>,
    /// The prompt that asks about one answer, with `{{ answer }}`.
    #[schemars(with = "Option<String>")]
    pub(super) grade: Option<Spanned<String>>,
}

/// Who judges, and how it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JudgeSpec {
    /// The model's `id`.
    pub model: String,
    /// What a good answer is.
    pub rubric: String,
    /// The best grade; 1 is the worst.
    pub best: u32,
    /// The file of the prompt about two answers, against the workbench; the built-in text otherwise.
    pub pairwise: Option<String>,
    /// The file of the prompt about one.
    pub grade: Option<String>,
}

/// What a good answer is, where nobody says.
pub const RUBRIC: &str = "The answer says what the reference says, all of it and nothing that contradicts it, in the form the task asks for.";

impl Check<'_, '_, '_> {
    pub(super) fn judge(&mut self, table: JudgeTable, models: &[&str]) -> JudgeSpec {
        self.reference(&table.model, models, "model");
        if let Some(best) = table.best.as_ref().filter(|best| !(2..=100).contains(best.get_ref())) {
            self.problems.add(
                best.span(),
                "`best` is not between 2 and 100",
                "Grades go from 1 to `best`; 5 is usual.",
            );
        }
        if let Some(rubric) = table.rubric.as_ref().filter(|rubric| rubric.get_ref().trim().is_empty()) {
            self.problems.add(rubric.span(), "`rubric` is empty", "Say what a good answer is, or take the line out.");
        }
        for prompt in [&table.pairwise, &table.grade].into_iter().flatten() {
            self.prompt(prompt);
        }
        JudgeSpec {
            model: table.model.into_inner(),
            rubric: table.rubric.map_or_else(|| RUBRIC.to_owned(), Spanned::into_inner),
            best: table.best.map_or(5, Spanned::into_inner),
            pairwise: table.pairwise.map(Spanned::into_inner),
            grade: table.grade.map(Spanned::into_inner),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ConfigError, Known, Workbench};

    const MODEL: &str = "[[model]]\nid = \"big\"\nprovider = \"openai\"\nmodel = \"gpt-4o\"\n";

    fn read(judge: &str) -> Result<Workbench, ConfigError> {
        Workbench::parse(&format!("{MODEL}{judge}"), std::path::Path::new("/nowhere"), Known::default())
    }

    #[test]
    fn a_judge_is_a_model_of_the_file() {
        let judge = read("[judge]\nmodel = \"big\"\nbest = 7\n").unwrap().judge.unwrap();
        assert_eq!((judge.model.as_str(), judge.best, judge.pairwise), ("big", 7, None));
        assert!(judge.rubric.contains("reference"));
        assert_eq!(read("").unwrap().judge, None);
    }

    #[test]
    fn what_cannot_be_is_said_with_its_line() {
        for (judge, line, words) in [
            ("[judge]\nmodel = \"bigg\"\n", 6, "no model is called `bigg`"),
            ("[judge]\nmodel = \"big\"\nbest = 1\n", 7, "`best` is not between 2 and 100"),
            ("[judge]\nmodel = \"big\"\nrubric = \" \"\n", 7, "`rubric` is empty"),
            ("[judge]\nmodel = \"big\"\ngrade = \"nope.prompty\"\n", 7, "there is no prompt `nope.prompty`"),
            ("[judge]\nmodel = \"big\"\nrubic = \"x\"\n", 7, "unknown key `rubic` in `judge`"),
            ("[judge]\nbest = 5\n", 5, "has no `model`"),
        ] {
            let Err(ConfigError::Wrong { problems, .. }) = read(judge) else { panic!("{judge}") };
            assert!(
                problems.iter().any(|problem| problem.line == line && problem.what.contains(words)),
                "{judge}: {problems:?}"
            );
        }
    }
}
