//! What finding rows costs: an index over 50,000 texts of 60 words, its ten best for a query, and the ten nearest of
//! 100,000 vectors of 384 values.
//!
//! `cargo bench --bench retrieval`. `benches/peers/retrieval.py` measures other programs on the same texts.

use divan::{Bencher, black_box};
use fourfold::data::retrieval::{Bm25, Bm25Options, Embedder, HashedNgrams, Vectors};

fn main() {
    divan::main();
}

const TEXTS: usize = 50_000;
const WORDS: usize = 60;
const QUERIES: usize = 500;
const VOCABULARY: usize = 30_000;

/// Knuth's linear congruential generator: the same texts on every machine, and in the script beside this.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn unit(&mut self) -> f64 {
        self.next() as f64 / (1_u64 << 31) as f64
    }
}

/// Texts whose words follow Zipf's law, and queries of 3 to 12 such words.
fn texts_and_queries() -> (Vec<String>, Vec<String>) {
    let mut sums = Vec::with_capacity(VOCABULARY);
    let mut sum = 0.0;
    for rank in 1..=VOCABULARY {
        sum += 1.0 / rank as f64;
        sums.push(sum);
    }
    let mut random = Random(42);
    let mut text = |words: usize| {
        let words = (0..words).map(|_| {
            let at = random.unit() * sum;
            format!("w{}", sums.partition_point(|one| *one < at))
        });
        words.collect::<Vec<_>>().join(" ")
    };
    let texts = (0..TEXTS).map(|_| text(WORDS)).collect();
    let queries = (0..QUERIES).map(|number| text(3 + number % 10)).collect();
    (texts, queries)
}

#[divan::bench(sample_count = 10)]
fn index_50_000_texts(bencher: Bencher<'_, '_>) {
    let (texts, _) = texts_and_queries();
    bencher.bench_local(|| Bm25::new(black_box(&texts), Bm25Options::default()));
}

/// One query after another, of 3 to 12 words.
#[divan::bench(sample_count = 500)]
fn ten_best_of_50_000(bencher: Bencher<'_, '_>) {
    let (texts, queries) = texts_and_queries();
    let index = Bm25::new(&texts, Bm25Options::default());
    let mut next = queries.iter().cycle();
    bencher.bench_local(|| index.top(next.next().map_or("", String::as_str), 10));
}

#[divan::bench(sample_count = 50)]
fn ten_nearest_of_100_000(bencher: Bencher<'_, '_>) {
    const WIDTH: usize = 384;
    let mut random = Random(7);
    let mut value = || random.unit() as f32 - 0.5;
    let vectors = Vectors::from_values((0..100_000 * WIDTH).map(|_| value()).collect(), WIDTH).unwrap_or_default();
    let query: Vec<f32> = (0..WIDTH).map(|_| value()).collect();
    bencher.bench_local(|| vectors.top(black_box(&query), 10));
}

#[divan::bench(sample_count = 10)]
fn hash_1_000_texts(bencher: Bencher<'_, '_>) {
    let (mut texts, _) = texts_and_queries();
    texts.truncate(1_000);
    bencher.bench_local(|| HashedNgrams.embed(black_box(&texts)));
}
