//! CodeBLEU of an answer as a metric; see [`crate::score::code_bleu`] for what it is made of.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Answer, Aspect, Metric, MetricId};
use crate::score::Score;
use crate::score::code_bleu::{CodeLanguage, ParsedCode};

/// Which of the two sums of the four parts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CodeBleuSum {
    /// CodeXGLUE's: a data flow of 0 counts 0.
    #[default]
    Strict,
    /// The PyPI package's: a data flow of 0 counts 1.
    Pypi,
}

impl CodeBleuSum {
    /// The sum of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "strict" => Some(Self::Strict),
            "pypi" => Some(Self::Pypi),
            _ => None,
        }
    }
}

/// Parsed references that are kept: more than the arms that share a case need.
const KEPT: usize = 64;

/// See the file's head.
#[derive(Debug)]
pub struct CodeBleuMetric {
    language: Option<CodeLanguage>,
    sum: CodeBleuSum,
    /// References parsed before, by their text; `None` for one that could not be.
    parsed: Option<Mutex<HashMap<String, Option<Arc<ParsedCode>>>>>,
}

impl CodeBleuMetric {
    /// Without a language, it has nothing to say.
    pub(in crate::score) const UNSET: Self = Self { language: None, sum: CodeBleuSum::Strict, parsed: None };

    /// CodeBLEU of code in `language`.
    pub fn new(language: CodeLanguage, sum: CodeBleuSum) -> Self {
        Self { language: Some(language), sum, parsed: Some(Mutex::default()) }
    }

    fn reference(&self, language: CodeLanguage, text: &str) -> Option<Arc<ParsedCode>> {
        let parse = || ParsedCode::new(language, text).map(Arc::new);
        let Some(parsed) = &self.parsed else { return parse() };
        if let Some(known) = parsed.lock().unwrap_or_else(PoisonError::into_inner).get(text) {
            return known.clone();
        }
        let fresh = parse();
        let mut parsed = parsed.lock().unwrap_or_else(PoisonError::into_inner);
        if parsed.len() >= KEPT {
            parsed.clear();
        }
        parsed.insert(text.to_owned(), fresh.clone());
        fresh
    }
}

impl Metric for CodeBleuMetric {
    fn id(&self) -> MetricId {
        MetricId("code-bleu")
    }

    fn title(&self) -> &'static str {
        "CodeBLEU"
    }

    fn description(&self) -> &'static str {
        "The mean of four matches between code and reference: n-grams of tokens, n-grams with keywords weighted, sub-trees of the \
         syntax tree, data flow (Ren et al. 2020). Needs a `language`; `sum` is \"strict\" (a data flow of 0 counts 0) or \"pypi\" (it \
         counts 1, as codebleu 0.7.0 has it)."
    }

    fn aspect(&self) -> Aspect {
        Aspect::Content
    }

    fn score(&self, answer: &Answer<'_>, reference: &str) -> Score {
        let Some(language) = self.language else {
            return Score::not_applicable("no language is set: { name = \"code-bleu\", language = \"python\" }");
        };
        let too_hard = || Score::not_applicable("the code is too hard to parse in a sensible time");
        let Some(reference) = self.reference(language, reference) else { return too_hard() };
        let Some(found) = reference.compare(answer.text) else { return too_hard() };
        let value = match self.sum {
            CodeBleuSum::Strict => found.strict(),
            CodeBleuSum::Pypi => found.pypi(),
        };
        let parts = format!(
            "n-grams {:.2}, weighted {:.2}, syntax {:.2}, data flow {:.2}{}",
            found.ngram,
            found.weighted_ngram,
            found.syntax,
            found.data_flow,
            if language.has_reference() { "" } else { "; no reference implementation scores this language" }
        );
        Score::explained(value, parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_told_and_a_reference_is_parsed_once() {
        let metric = CodeBleuMetric::new(CodeLanguage::TypeScript, CodeBleuSum::Strict);
        let score = || metric.score(&Answer { text: "let a = 1;" }, "let a = 1;");
        assert_eq!(score(), score());
        assert!(score().reason().unwrap().contains("data flow 1.00; no reference"), "{:?}", score());
        assert_eq!(metric.parsed.as_ref().unwrap().lock().unwrap().len(), 1);
        for number in 0..200 {
            metric.score(&Answer { text: "" }, &format!("let a = {number};"));
        }
        assert!(metric.parsed.as_ref().unwrap().lock().unwrap().len() <= KEPT);
    }

    #[test]
    fn without_a_language_it_has_nothing_to_say() {
        assert_eq!(CodeBleuMetric::UNSET.score(&Answer { text: "x" }, "x").number(), None);
    }
}
