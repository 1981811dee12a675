//! CodeBLEU (Ren et al. 2020, arXiv 2009.10297) with its four parts, as codebleu 0.7.0 computes them: n-grams of tokens between
//! white space, the same with keywords weighted, sub-trees of the syntax tree, and data flow. Two things differ on purpose: the
//! data flow does not hang on a hash seed (see `flow`), and grammars are those of this program.

mod comments;
mod flow;
mod keywords;
mod language;
mod lines;
mod ngrams;
mod roles;
mod tree;

pub use language::CodeLanguage;

use super::metric::fast_hash::FastSet;
use super::metric::whitespace::words;

/// The four parts, 0 to 1 each, and the two conventions of their sum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodeBleu {
    /// BLEU over tokens.
    pub ngram: f64,
    /// The same as a recall, keywords weighted.
    pub weighted_ngram: f64,
    /// The share of the reference's sub-trees that the hypothesis has.
    pub syntax: f64,
    /// The share of the reference's data flow that the hypothesis has; 0 where the reference has none.
    pub data_flow: f64,
}

impl CodeBleu {
    /// The mean of the four parts: CodeXGLUE's sum, in which a data flow of 0 counts 0.
    pub fn strict(&self) -> f64 {
        (self.ngram + self.weighted_ngram + self.syntax + self.data_flow) / 4.0
    }

    /// The sum of the PyPI package, in which a data flow of 0 counts 1: so an empty hypothesis scores 0.25.
    pub fn pypi(&self) -> f64 {
        let data_flow = if self.data_flow > 0.0 { self.data_flow } else { 1.0 };
        (self.ngram + self.weighted_ngram + self.syntax + data_flow) / 4.0
    }
}

/// A code as CodeBLEU needs it: parsed once, compared as often as one likes.
#[derive(Clone, Debug)]
pub struct ParsedCode {
    language: CodeLanguage,
    code: String,
    /// The shapes of its sub-trees, sorted.
    shapes: Vec<u64>,
    /// Its data flow, one hash for each edge, sorted.
    flow: Vec<u64>,
}

impl ParsedCode {
    /// Parses `code`; `None` where that would not come to an end in a sensible time.
    pub fn new(language: CodeLanguage, code: &str) -> Option<Self> {
        let code = super::metric::whitespace::trimmed(code);
        let bare = comments::without_comments(language, code);
        let mut flat = tree::parse(language, &bare)?;
        let flow = flow::data_flow(&flat, roles::roles(language));
        flat.shapes.sort_unstable();
        Some(Self { language, code: code.to_owned(), shapes: flat.shapes, flow })
    }

    /// Compares with a hypothesis; `None` where that one cannot be parsed in a sensible time.
    pub fn compare(&self, hypothesis: &str) -> Option<CodeBleu> {
        let hypothesis = Self::new(self.language, hypothesis)?;
        let tokens: Vec<&str> = words(&self.code).collect();
        let theirs: Vec<&str> = words(&hypothesis.code).collect();
        let (ngram, weighted_ngram) = ngrams::matches(self.language, &tokens, &theirs);
        let has: FastSet<u64> = hypothesis.shapes.iter().copied().collect();
        let found = self.shapes.iter().filter(|shape| has.contains(shape)).count();
        let syntax = found as f64 / self.shapes.len().max(1) as f64;
        let data_flow = match self.flow.len() {
            0 => 0.0,
            all => shared(&self.flow, &hypothesis.flow) as f64 / all as f64,
        };
        Some(CodeBleu { ngram, weighted_ngram, syntax, data_flow })
    }
}

/// How many of two sorted lists pair up.
fn shared(a: &[u64], b: &[u64]) -> usize {
    let (mut a, mut b) = (a, b);
    let mut count = 0;
    while let ([first, a_rest @ ..], [second, b_rest @ ..]) = (a, b) {
        match first.cmp(second) {
            std::cmp::Ordering::Less => a = a_rest,
            std::cmp::Ordering::Greater => b = b_rest,
            std::cmp::Ordering::Equal => {
                count += 1;
                (a, b) = (a_rest, b_rest);
            }
        }
    }
    count
}

/// CodeBLEU of one pair; `None` where a text cannot be parsed in a sensible time.
pub fn code_bleu(language: CodeLanguage, reference: &str, hypothesis: &str) -> Option<CodeBleu> {
    ParsedCode::new(language, reference)?.compare(hypothesis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_code_is_whole_in_every_language() {
        for (language, code) in [
            (CodeLanguage::Python, "def f(a, b):\n    c = a + b\n    return c\n"),
            (CodeLanguage::TypeScript, "function f(a: number): number { let c = a; c += 1; return c; }"),
            (CodeLanguage::Php, "<?php function f($a) { $b = $a; return $b; }"),
        ] {
            let found = code_bleu(language, code, code).unwrap();
            assert!((found.strict() - 1.0).abs() < 1e-9, "{language:?} {found:?}");
            assert!((found.pypi() - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_conventions_part_where_there_is_no_data_flow() {
        let empty = code_bleu(CodeLanguage::JavaScript, "f(x);", "").unwrap();
        assert!(empty.strict().abs() < 1e-12 && (empty.pypi() - 0.25).abs() < 1e-12);
        let both = code_bleu(CodeLanguage::JavaScript, "", " \n").unwrap();
        assert!((both.strict() - 0.25).abs() < 1e-12 && (both.pypi() - 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_parsed_reference_serves_again() {
        let parsed = ParsedCode::new(CodeLanguage::Go, "func f(a int) int { b := a; return b }").unwrap();
        assert_eq!(parsed.compare("func g() {}"), parsed.compare("func g() {}"));
    }
}
