//! What a diff costs: two texts with 5 % of their lines edited, compared, refined, drawn.
//!
//! `cargo bench --bench diff`. Beside it stand what `git diff --no-index` and other libraries take on the same shape of text.

use divan::{Bencher, black_box};
use fourfold::score::diff::{Arrangement, Diff, DiffRequest, DiffRows, Granularity, Side};
use fourfold::score::{Answer, find};
use fourfold::view::pane::diff::{Anchor, DiffPane, DiffStyles, LongLines, PartSigns};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

fn main() {
    divan::main();
}

const SIZES: [usize; 2] = [10 * 1024, 1024 * 1024];

/// About `bytes` of prose in lines of some 60 characters, and the same with every 20th line edited.
fn texts(bytes: usize) -> (String, String) {
    const WORDS: [&str; 12] =
        ["order", "harbour", "seven", "blue", "mugs", "before", "noon", "and", "the", "plate", "arrives", "late"];
    let mut state = 42_u64;
    let mut next = |limit: usize| {
        // Knuth's linear congruential generator: the same text on every machine.
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    };
    let (mut a, mut b) = (String::with_capacity(bytes + 80), String::with_capacity(bytes + 80));
    let mut line = 0;
    while a.len() < bytes {
        let words: Vec<&str> = (0..10).map(|_| WORDS.get(next(WORDS.len())).copied().unwrap_or_default()).collect();
        let text = format!("{line} {}\n", words.join(" "));
        a.push_str(&text);
        b.push_str(&if line % 20 == 0 { text.replacen(words.last().unwrap_or(&""), "changed", 1) } else { text });
        line += 1;
    }
    (a, b)
}

fn compared(bytes: usize, granularity: Granularity) -> Diff {
    let (a, b) = texts(bytes);
    Diff::new(&a, &b, DiffRequest { granularity, deadline: None })
}

#[divan::bench(args = SIZES)]
fn lines_with_words_marked_everywhere(bencher: Bencher<'_, '_>, bytes: usize) {
    let (a, b) = texts(bytes);
    bencher.bench_local(|| Diff::new(black_box(&a), black_box(&b), DiffRequest::default()));
}

/// The deadline is over before it begins: lines only, the words of a line when it is shown.
#[divan::bench(args = SIZES)]
fn lines_alone(bencher: Bencher<'_, '_>, bytes: usize) {
    let (a, b) = texts(bytes);
    let deadline = fourfold::score::diff::Deadline::new(std::time::Instant::now(), std::time::Instant::now);
    let request = DiffRequest { granularity: Granularity::Line, deadline: Some(deadline) };
    bencher.bench_local(|| Diff::new(black_box(&a), black_box(&b), request));
}

#[divan::bench(args = SIZES)]
fn words(bencher: Bencher<'_, '_>, bytes: usize) {
    let (a, b) = texts(bytes);
    let request = DiffRequest { granularity: Granularity::Word, deadline: None };
    bencher.bench_local(|| Diff::new(black_box(&a), black_box(&b), request));
}

#[divan::bench(args = SIZES)]
fn graphemes(bencher: Bencher<'_, '_>, bytes: usize) {
    let (a, b) = texts(bytes);
    let request = DiffRequest { granularity: Granularity::Grapheme, deadline: None };
    bencher.bench_local(|| Diff::new(black_box(&a), black_box(&b), request));
}

/// Nothing in common: the worst case a worker meets, within 200 ms.
#[divan::bench(sample_count = 5, args = [100 * 1024, 1024 * 1024])]
fn words_of_texts_with_nothing_in_common_in_200_ms(bencher: Bencher<'_, '_>, bytes: usize) {
    let (a, _) = texts(bytes);
    let b: String = a.split_inclusive('\n').map(|line| line.chars().rev().collect::<String>()).collect();
    bencher.bench_local(|| {
        let end = std::time::Instant::now() + std::time::Duration::from_millis(200);
        let deadline = fourfold::score::diff::Deadline::new(end, std::time::Instant::now);
        let request = DiffRequest { granularity: Granularity::Word, deadline: Some(deadline) };
        Diff::new(black_box(&a), black_box(&b), request)
    });
}

fn draw(bencher: Bencher<'_, '_>, diff: &Diff, arrangement: Arrangement, area: Rect) {
    let rows = DiffRows::new(diff, arrangement);
    let (styles, long) = (DiffStyles::default(), LongLines::default());
    let mut buffer = Buffer::empty(area);
    let row = rows.row_of_change(diff, diff.change_count() / 2).unwrap_or(0);
    let pane = DiffPane {
        diff,
        rows: &rows,
        long: &long,
        anchor: Anchor { row, wrapped: 0 },
        current: Some(0),
        labels: ["a", "b"],
        styles: &styles,
        part_signs: PartSigns::Plain,
    };
    bencher.bench_local(|| pane.render(black_box(area), &mut buffer));
}

#[divan::bench(args = SIZES)]
fn draw_a_window_side_by_side(bencher: Bencher<'_, '_>, bytes: usize) {
    draw(bencher, &compared(bytes, Granularity::Line), Arrangement::SideBySide, Rect::new(0, 0, 200, 60));
}

#[divan::bench(args = SIZES)]
fn draw_a_window_inline_by_word(bencher: Bencher<'_, '_>, bytes: usize) {
    draw(bencher, &compared(bytes, Granularity::Word), Arrangement::Inline, Rect::new(0, 0, 80, 50));
}

/// A megabyte on a single line, the window in its middle: plain, and with an accent in every word.
#[divan::bench(args = ["e", "é"])]
fn draw_a_window_of_one_long_line(bencher: Bencher<'_, '_>, letter: &str) {
    let (a, b) = texts(SIZES[1]);
    let one = |text: String| text.replace('\n', " ").replace('e', letter);
    let diff = Diff::new(&one(a), &one(b), DiffRequest { granularity: Granularity::Line, deadline: None });
    let rows = DiffRows::new(&diff, Arrangement::SideBySide);
    assert_eq!(diff.line_count(Side::A), 1);
    let (styles, long) = (DiffStyles::default(), LongLines::default());
    let area = Rect::new(0, 0, 120, 40);
    let mut buffer = Buffer::empty(area);
    let pane = DiffPane {
        diff: &diff,
        rows: &rows,
        long: &long,
        anchor: Anchor { row: 0, wrapped: 5_000 },
        current: None,
        labels: ["a", "b"],
        styles: &styles,
        part_signs: PartSigns::Plain,
    };
    bencher.bench_local(|| pane.render(black_box(area), &mut buffer));
}

#[divan::bench(args = SIZES)]
fn index_the_rows(bencher: Bencher<'_, '_>, bytes: usize) {
    let diff = compared(bytes, Granularity::Line);
    bencher.bench_local(|| DiffRows::new(black_box(&diff), Arrangement::SideBySide));
}

#[divan::bench(args = [400, 10 * 1024, 1024 * 1024])]
fn levenshtein(bencher: Bencher<'_, '_>, bytes: usize) {
    let (a, b) = texts(bytes);
    let metric = find("levenshtein").into_iter().next();
    bencher.bench_local(|| metric.map(|metric| metric.score(&Answer { text: black_box(&a) }, black_box(&b))));
}
