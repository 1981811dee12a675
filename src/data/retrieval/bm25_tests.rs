//! Rows found by words.

use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

const TEXTS: [&str; 5] = [
    "the order goes to Oslo on Friday",
    "two kettles and a lamp for Marta in Oslo",
    "the lamp is broken",
    "",
    "the the the order",
];

/// The formula, term by term, in 64 bits, over every row.
fn written_out(texts: &[String], query: &str, options: Bm25Options) -> Vec<(usize, f64)> {
    let terms = |text: &str| {
        let mut terms = Vec::new();
        each_term(text, options.tokens, |term| terms.push(term.to_owned()));
        terms
    };
    let rows: Vec<Vec<String>> = texts.iter().map(|text| terms(text)).collect();
    let average = rows.iter().map(Vec::len).sum::<usize>() as f64 / rows.len().max(1) as f64;
    let (k1, b) = (f64::from(options.k1), f64::from(options.b));
    let mut with: HashMap<String, f64> = HashMap::new();
    for row in &rows {
        let mut unique = row.clone();
        unique.sort();
        unique.dedup();
        for term in unique {
            *with.entry(term).or_default() += 1.0;
        }
    }
    let mut scored: Vec<(usize, f64)> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let score = terms(query)
                .iter()
                .map(|term| {
                    let f = row.iter().filter(|one| *one == term).count() as f64;
                    let n = with.get(term).copied().unwrap_or_default();
                    let idf = (1.0 + (rows.len() as f64 - n + 0.5) / (n + 0.5)).ln();
                    idf * f * (k1 + 1.0) / (f + k1 * (1.0 - b + b * row.len() as f64 / average.max(1.0)))
                })
                .sum();
            (index, score)
        })
        .filter(|(_, score)| *score > 0.0)
        .collect();
    scored.sort_by(|left, right| right.1.total_cmp(&left.1).then(left.0.cmp(&right.0)));
    scored
}

#[test]
fn rare_shared_words_count_most() {
    let index = Bm25::new(TEXTS, Bm25Options::default());
    let top = index.top("a broken LAMP", 2);
    assert_eq!(top.iter().map(|one| one.0).collect::<Vec<_>>(), [2, 1]);
    assert_eq!(index.count(), 5);
    assert_eq!(index.top("nothing of that", 3), []);
    assert_eq!(index.top("lamp", 0), []);
    assert_eq!(Bm25::new(Vec::<String>::new(), Bm25Options::default()).top("x", 3), []);
}

/// The values of bm25s 0.3 (`method="lucene"`, k1 1.2, b 0.75), which leaves the constant factor k1 + 1 out.
#[test]
fn scores_are_those_of_bm25s() {
    let index = Bm25::new(TEXTS, Bm25Options::default());
    let top = index.top("the order lamp", 4);
    let wanted = [(4, 0.826_314_57_f32), (2, 0.689_983), (0, 0.541_422_1), (1, 0.293_043_94)];
    assert_eq!(top.iter().map(|one| one.0).collect::<Vec<_>>(), wanted.map(|one| one.0));
    for ((_, ours), (_, theirs)) in top.iter().zip(wanted) {
        assert!((ours / 2.2 - theirs).abs() < 1e-5, "{ours} {theirs}");
    }
}

#[test]
fn equal_rows_come_in_their_order() {
    let texts = vec!["same words"; 40];
    let top = Bm25::new(&texts, Bm25Options::default()).top("same", 5);
    assert_eq!(top.iter().map(|one| one.0).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
}

proptest! {
    #[test]
    fn the_best_are_those_of_the_formula(
        rows in proptest::collection::vec(proptest::collection::vec(0_u32..40, 0..12), 1..80),
        query in proptest::collection::vec(0_u32..44, 0..9),
        k in 1_usize..8,
        (k1, b) in (0.0_f32..3.0, 0.0_f32..1.0),
    ) {
        // Squared, so that some terms are frequent and some rare.
        let text = |terms: &[u32]| terms.iter().map(|term| format!("w{}", term * term / 40)).collect::<Vec<_>>().join(" ");
        let texts: Vec<String> = rows.iter().map(|terms| text(terms)).collect();
        let options = Bm25Options { k1, b, tokens: Tokenisation::Words };
        let top = Bm25::new(&texts, options).top(&text(&query), k);
        let wanted = written_out(&texts, &text(&query), options);
        prop_assert_eq!(top.len(), wanted.len().min(k));
        for (place, (row, score)) in top.iter().enumerate() {
            // Rows whose scores differ by rounding alone may change places; the scores at each place may not differ.
            let own = wanted.iter().find(|one| one.0 == *row).map(|one| one.1).unwrap_or_default();
            prop_assert!((f64::from(*score) - own).abs() < 1e-4 * own.max(1.0), "{} {}", score, own);
            prop_assert!((own - wanted[place].1).abs() < 1e-4 * own.max(1.0));
        }
    }
}
