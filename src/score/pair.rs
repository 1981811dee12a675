//! All scores of one pair of texts, under the names that `fourfold score` prints: those of the reference values in `tests/oracle`,
//! on the scales of the implementations they come from (BLEU and chrF up to 100, the rest up to 1).

use serde::Serialize;

use super::code_bleu::{CodeLanguage, ParsedCode};
use super::metric::bleu::{BleuCounts, BleuTokenizer};
use super::metric::chrf::ChrfCounts;
use super::metric::levenshtein::{indel_ratio, levenshtein};
use super::metric::looser_match::LooserMatch;
use super::metric::rouge::{Rouge, RougePair, RougeWords};
use super::metric::squad::exact_match;
use super::metric::token_f1::token_f1;

/// See the file's head. What a text is too long for is `null`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PairScores {
    /// 1 for the very same text.
    pub exact_match: u8,
    /// White space at the ends aside.
    pub exact_match_trim: u8,
    /// The same words between white space.
    pub em_ws_tokens: u8,
    /// The code-review paper's: see [`LooserMatch::ContainedWithoutSpace`].
    pub em_nospace_contained: u8,
    /// After `SQuAD`'s normalisation.
    pub squad_em: u8,
    /// Overlap of words after `SQuAD`'s normalisation.
    pub squad_f1: f64,
    /// Sentence BLEU, tokenizer 13a.
    pub bleu: f64,
    /// What it is made of.
    pub bleu_parts: BleuParts,
    /// Sentence BLEU, tokenizer intl.
    pub bleu_intl: f64,
    /// Sentence BLEU over characters.
    pub bleu_char: f64,
    /// Sentence BLEU, tokenizer zh.
    pub bleu_zh: f64,
    /// chrF.
    pub chrf: f64,
    /// chrF++.
    pub chrfpp: f64,
    /// ROUGE-1.
    pub rouge1: RougeParts,
    /// ROUGE-2.
    pub rouge2: RougeParts,
    /// ROUGE-L.
    #[serde(rename = "rougeL")]
    pub rouge_l: Option<RougeParts>,
    /// ROUGE-Lsum.
    #[serde(rename = "rougeLsum")]
    pub rouge_lsum: Option<RougeParts>,
    /// F1 of ROUGE-L over stemmed words.
    #[serde(rename = "rougeL_stem_f")]
    pub rouge_l_stem_f: Option<f64>,
    /// F1 of ROUGE-L over words of any script.
    #[serde(rename = "rougeL_unicode_f")]
    pub rouge_l_unicode_f: Option<f64>,
    /// Levenshtein distance in code points.
    pub lev_distance: Option<usize>,
    /// 1 - distance / longer length.
    pub lev_ratio: Option<f64>,
    /// 1 - insertions and deletions / sum of lengths.
    pub indel_ratio: Option<f64>,
    /// CodeBLEU, where the language is one of code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub codebleu: Option<CodeBleuParts>,
}

/// What sentence BLEU is made of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BleuParts {
    /// Shared n-grams of 1 to 4 tokens.
    pub counts: [usize; 4],
    /// n-grams of the hypothesis.
    pub totals: [usize; 4],
    /// The penalty for brevity.
    pub bp: f64,
    /// Tokens of the hypothesis.
    pub sys_len: usize,
    /// Tokens of the reference.
    pub ref_len: usize,
}

/// Precision, recall, F1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RougeParts {
    /// Precision.
    pub p: f64,
    /// Recall.
    pub r: f64,
    /// F1.
    pub f: f64,
}

impl From<Rouge> for RougeParts {
    fn from(rouge: Rouge) -> Self {
        Self { p: rouge.precision, r: rouge.recall, f: rouge.f1 }
    }
}

/// CodeBLEU and its parts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CodeBleuParts {
    /// The PyPI package's sum: a data flow of 0 counts 1.
    pub pypi_0_7_0: f64,
    /// CodeXGLUE's sum: a data flow of 0 counts 0.
    pub strict: f64,
    /// n-gram match.
    pub ngram: f64,
    /// Weighted n-gram match.
    pub weighted_ngram: f64,
    /// Syntax match.
    pub syntax: f64,
    /// Data-flow match.
    pub dataflow: f64,
    /// False where no reference implementation scores this language.
    #[serde(skip_serializing_if = "is_true")]
    pub has_reference: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
const fn is_true(value: &bool) -> bool {
    *value
}

impl PairScores {
    /// Scores a pair; `language` adds CodeBLEU.
    pub fn of(reference: &str, hypothesis: &str, language: Option<CodeLanguage>) -> Self {
        let counts = BleuCounts::of(BleuTokenizer::Mteval13a, reference, hypothesis);
        let bleu = |tokenizer| BleuCounts::of(tokenizer, reference, hypothesis).sentence();
        let rouge = RougePair::new(RougeWords::Ascii, reference, hypothesis);
        let longest = |words| RougePair::new(words, reference, hypothesis).longest().map(|rouge| rouge.f1);
        let [rouge1, rouge2] = rouge.ngrams();
        let distance = levenshtein(hypothesis, reference);
        let looser = |kind: LooserMatch| u8::from(kind.matches(hypothesis, reference));
        Self {
            exact_match: u8::from(reference == hypothesis),
            exact_match_trim: looser(LooserMatch::Trimmed),
            em_ws_tokens: looser(LooserMatch::Words),
            em_nospace_contained: looser(LooserMatch::ContainedWithoutSpace),
            squad_em: u8::from(exact_match(hypothesis, reference)),
            squad_f1: token_f1(hypothesis, reference),
            bleu: counts.sentence(),
            bleu_parts: BleuParts {
                counts: counts.shared,
                totals: counts.total,
                bp: counts.brevity_penalty(),
                sys_len: counts.hypothesis_length,
                ref_len: counts.reference_length,
            },
            bleu_intl: bleu(BleuTokenizer::International),
            bleu_char: bleu(BleuTokenizer::Characters),
            bleu_zh: bleu(BleuTokenizer::Chinese),
            chrf: ChrfCounts::of(reference, hypothesis, false).score(),
            chrfpp: ChrfCounts::of(reference, hypothesis, true).score(),
            rouge1: rouge1.into(),
            rouge2: rouge2.into(),
            rouge_l: rouge.longest().map(Into::into),
            rouge_lsum: rouge.longest_by_line().map(Into::into),
            rouge_l_stem_f: longest(RougeWords::AsciiStemmed),
            rouge_l_unicode_f: longest(RougeWords::Unicode),
            lev_distance: distance.map(|(distance, _)| distance),
            lev_ratio: distance.map(|(_, ratio)| ratio),
            indel_ratio: indel_ratio(hypothesis, reference),
            codebleu: language.and_then(|language| CodeBleuParts::of(language, reference, hypothesis)),
        }
    }
}

impl PairScores {
    /// What is not there though it was asked for, and why.
    pub fn left_out(&self, language: Option<CodeLanguage>) -> Vec<String> {
        let gone: Vec<&str> = [
            (self.rouge_l.is_none(), "rougeL"),
            (self.rouge_lsum.is_none(), "rougeLsum"),
            (self.rouge_l_stem_f.is_none(), "rougeL_stem_f"),
            (self.rouge_l_unicode_f.is_none(), "rougeL_unicode_f"),
            (self.lev_distance.is_none(), "lev_distance"),
            (self.lev_ratio.is_none(), "lev_ratio"),
            (self.indel_ratio.is_none(), "indel_ratio"),
        ]
        .into_iter()
        .filter_map(|(is_gone, name)| is_gone.then_some(name))
        .collect();
        let mut said: Vec<String> =
            gone.iter().map(|name| format!("no {name}: the texts are too long to be compared so")).collect();
        if language.is_some() && self.codebleu.is_none() {
            said.push("no codebleu: the code takes too long to parse".to_owned());
        }
        said
    }
}

impl CodeBleuParts {
    fn of(language: CodeLanguage, reference: &str, hypothesis: &str) -> Option<Self> {
        let found = ParsedCode::new(language, reference)?.compare(hypothesis)?;
        Some(Self {
            pypi_0_7_0: found.pypi(),
            strict: found.strict(),
            ngram: found.ngram,
            weighted_ngram: found.weighted_ngram,
            syntax: found.syntax,
            dataflow: found.data_flow,
            has_reference: language.has_reference(),
        })
    }
}

/// Corpus scores of many pairs, which are not the means of their scores.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CorpusScores {
    bleu: BleuCounts,
    chrf: ChrfCounts,
    chrf_plus_plus: ChrfCounts,
    /// Pairs counted.
    pub pairs: usize,
}

impl CorpusScores {
    /// Counts a pair.
    pub fn add(&mut self, reference: &str, hypothesis: &str) {
        self.bleu.add(&BleuCounts::of(BleuTokenizer::Mteval13a, reference, hypothesis));
        self.chrf.add(&ChrfCounts::of(reference, hypothesis, false));
        self.chrf_plus_plus.add(&ChrfCounts::of(reference, hypothesis, true));
        self.pairs += 1;
    }

    /// Corpus BLEU, tokenizer 13a, 0 to 100.
    pub fn bleu(&self) -> f64 {
        self.bleu.corpus()
    }

    /// Corpus chrF, 0 to 100.
    pub fn chrf(&self) -> f64 {
        self.chrf.score()
    }

    /// Corpus chrF++, 0 to 100.
    pub fn chrf_plus_plus(&self) -> f64 {
        self.chrf_plus_plus.score()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn numbers(value: &serde_json::Value, into: &mut Vec<f64>) {
        match value {
            serde_json::Value::Number(number) => into.extend(number.as_f64()),
            serde_json::Value::Array(list) => list.iter().for_each(|one| numbers(one, into)),
            serde_json::Value::Object(table) => table.values().for_each(|one| numbers(one, into)),
            _ => {}
        }
    }

    /// Every number is finite, and nothing is `null`: JSON writes a NaN as one.
    fn is_sound(reference: &str, hypothesis: &str, language: Option<CodeLanguage>) {
        let scores = serde_json::to_value(PairScores::of(reference, hypothesis, language)).unwrap();
        let mut all = Vec::new();
        numbers(&scores, &mut all);
        assert!(all.iter().all(|number| number.is_finite() && *number >= 0.0), "{scores}");
        assert!(!scores.to_string().contains("null"), "{scores}");
        for (name, value) in scores.as_object().unwrap() {
            if !name.contains("distance") && !name.contains("parts") {
                let mut own = Vec::new();
                numbers(value, &mut own);
                assert!(own.iter().all(|number| *number <= 100.0 + 1e-9), "{name} {value}");
            }
        }
    }

    #[test]
    fn what_is_not_there_says_why() {
        let whole = PairScores::of("a = 1", "a = 2", Some(CodeLanguage::Python));
        assert!(whole.left_out(Some(CodeLanguage::Python)).is_empty());
        let cut = PairScores { rouge_lsum: None, lev_distance: None, codebleu: None, ..whole };
        let said = cut.left_out(Some(CodeLanguage::Python));
        assert_eq!(said.len(), 3, "{said:?}");
        assert!(
            said[0].starts_with("no rougeLsum: the texts are too long") && said[2].starts_with("no codebleu"),
            "{said:?}"
        );
        assert_eq!(cut.left_out(None).len(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn any_texts_have_sound_scores(reference in any::<String>(), hypothesis in any::<String>(), language in 0_usize..12) {
            is_sound(&reference, &hypothesis, CodeLanguage::ALL.get(language).copied());
        }

        #[test]
        fn texts_of_few_signs_have_sound_scores(
            reference in "[a.,\\-\n 1é\u{4e2d}(){}'\"#/*]{0,60}",
            hypothesis in "[a.,\\-\n 1é\u{4e2d}(){}'\"#/*]{0,60}",
            language in 0_usize..12,
        ) {
            is_sound(&reference, &hypothesis, CodeLanguage::ALL.get(language).copied());
        }
    }

    #[test]
    fn nothing_and_blanks_have_sound_scores() {
        for reference in ["", " \n\t", "a"] {
            for hypothesis in ["", " \n\t", "a"] {
                for language in CodeLanguage::ALL {
                    is_sound(reference, hypothesis, Some(language));
                }
            }
        }
    }

    #[test]
    fn only_code_has_code_bleu() {
        let with = |language| serde_json::to_value(PairScores::of("x", "x", language)).unwrap();
        assert!(with(None).get("codebleu").is_none());
        assert!(with(Some(CodeLanguage::C))["codebleu"].get("has_reference").is_none());
        assert_eq!(with(Some(CodeLanguage::TypeScript))["codebleu"]["has_reference"], false);
    }

    #[test]
    fn a_megabyte_ends() {
        let line = |number: usize| format!("if line_{number} == {number}: total = total + {number} # and so on\n");
        let reference: String = (0..18_000).map(line).collect();
        let hypothesis: String = (0..18_000).map(|number| line(number + number % 7)).collect();
        let scores = PairScores::of(&reference, &hypothesis, Some(CodeLanguage::Python));
        assert!(reference.len() > 1_000_000 && scores.chrf > 50.0 && scores.codebleu.is_some());
        assert_eq!(scores.lev_distance, None);
    }
}
