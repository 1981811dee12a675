//! What a metric costs on one pair, and CodeBLEU with the reference parsed before.
//!
//! `cargo bench --bench metrics`; `benches/peers/metrics.py` times the Python implementations on the same texts
//! (`benches/texts/`).

use divan::{Bencher, black_box};
use fourfold::score::{
    BleuCounts, BleuTokenizer, ChrfCounts, CodeLanguage, ParsedCode, RougePair, RougeWords, indel_ratio, levenshtein,
};

fn main() {
    divan::main();
}

/// 60 words, and the same with some words replaced, moved and left out.
const PROSE: (&str, &str) = (include_str!("texts/prose_reference.txt"), include_str!("texts/prose_answer.txt"));
/// 400 characters, edited.
const LETTERS: (&str, &str) = (include_str!("texts/letters_reference.txt"), include_str!("texts/letters_answer.txt"));
/// 12 lines of Python, rewritten.
const CODE: (&str, &str) = (include_str!("texts/code_reference.py"), include_str!("texts/code_answer.py"));

#[divan::bench]
fn bleu(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| BleuCounts::of(BleuTokenizer::Mteval13a, black_box(PROSE.0), black_box(PROSE.1)).sentence());
}

#[divan::bench]
fn chrf(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| ChrfCounts::of(black_box(PROSE.0), black_box(PROSE.1), false).score());
}

#[divan::bench]
fn rouge_1_2_l(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let pair = RougePair::new(RougeWords::Ascii, black_box(PROSE.0), black_box(PROSE.1));
        (pair.ngrams(), pair.longest())
    });
}

#[divan::bench]
fn levenshtein_of_400(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| levenshtein(black_box(LETTERS.0), black_box(LETTERS.1)));
}

#[divan::bench]
fn indel_of_400(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| indel_ratio(black_box(LETTERS.0), black_box(LETTERS.1)));
}

#[divan::bench]
fn code_bleu_cold(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        ParsedCode::new(CodeLanguage::Python, black_box(CODE.0)).and_then(|parsed| parsed.compare(black_box(CODE.1)))
    });
}

#[divan::bench]
fn code_bleu_reference_parsed(bencher: Bencher<'_, '_>) {
    let parsed = ParsedCode::new(CodeLanguage::Python, CODE.0);
    bencher.bench_local(|| parsed.as_ref().and_then(|parsed| parsed.compare(black_box(CODE.1))));
}
