//! The diff read back through its rows gives both texts, in every granularity and arrangement.

#![expect(clippy::unwrap_used, reason = "a row that is not there must stop the test")]

use std::time::{Duration, Instant};

use proptest::prelude::*;

use fourfold::score::diff::*;

const GRANULARITIES: [Granularity; 3] = [Granularity::Line, Granularity::Word, Granularity::Grapheme];
const ARRANGEMENTS: [Arrangement; 2] = [Arrangement::SideBySide, Arrangement::Inline];

fn diff(a: &str, b: &str, granularity: Granularity) -> Diff {
    Diff::new(a, b, DiffRequest { granularity, deadline: None })
}

/// Both texts as the rows tell them. In the inline arrangement a block tells its A lines first; order per side is kept.
fn read_back(diff: &Diff, rows: &DiffRows) -> (String, String) {
    let (mut a, mut b) = (String::new(), String::new());
    for index in 0..rows.len() {
        let row = rows.row(diff, index).unwrap();
        match &row {
            Row::Folded { a: a_lines, b: b_lines, .. } => {
                a.extend(a_lines.clone().map(|line| diff.line(Side::A, line)));
                b.extend(b_lines.clone().map(|line| diff.line(Side::B, line)));
            }
            Row::Merged { .. } => {
                for piece in diff.merged_pieces(&row) {
                    if piece.kind != PieceKind::Added {
                        a.push_str(piece.text);
                    }
                    if piece.kind != PieceKind::Removed {
                        b.push_str(piece.text);
                    }
                }
            }
            Row::Equal { .. } | Row::Beside { .. } | Row::Removed { .. } | Row::Added { .. } => {
                a.extend(diff.pieces(&row, Side::A).iter().map(|piece| piece.text));
                b.extend(diff.pieces(&row, Side::B).iter().map(|piece| piece.text));
            }
        }
    }
    (a, b)
}

/// The equal parts of both sides, which must be the same text: the diff applied to A gives B.
fn equal_parts(diff: &Diff, rows: &DiffRows) -> (String, String) {
    let (mut a, mut b) = (String::new(), String::new());
    for index in 0..rows.len() {
        let row = rows.row(diff, index).unwrap();
        for (side, text) in [(Side::A, &mut a), (Side::B, &mut b)] {
            let pieces = diff.pieces(&row, side);
            text.extend(pieces.iter().filter(|piece| piece.kind == PieceKind::Equal).map(|piece| piece.text));
        }
    }
    (a, b)
}

fn check(a: &str, b: &str, request: DiffRequest) -> Result<(), TestCaseError> {
    let diff = Diff::new(a, b, request);
    prop_assert_eq!(diff.is_equal(), a == b);
    for arrangement in ARRANGEMENTS {
        let mut rows = DiffRows::new(&diff, arrangement);
        prop_assert_eq!(read_back(&diff, &rows), (a.to_owned(), b.to_owned()));
        rows.toggle_all_folds(&diff);
        prop_assert_eq!(read_back(&diff, &rows), (a.to_owned(), b.to_owned()));
        let (equal_a, equal_b) = equal_parts(&diff, &rows);
        prop_assert_eq!(equal_a, equal_b);
        prop_assert_eq!(rows.row(&diff, rows.len()), None);
        // Walking from change to change visits each exactly once.
        let mut at = None;
        for number in 0..diff.change_count() {
            let next = match at {
                None if rows.row_of_change(&diff, 0) == Some(0) => Some(0),
                None => rows.next_change(&diff, 0),
                Some(row) => rows.next_change(&diff, row),
            };
            prop_assert_eq!(next, Some(number));
            let row = rows.row_of_change(&diff, number).unwrap();
            prop_assert_eq!(rows.change_of_row(&diff, row), Some(number));
            at = Some(row);
        }
        prop_assert_eq!(rows.next_change(&diff, at.unwrap_or(0)), None);
    }
    let summary = diff.summary();
    prop_assert!((0.0..=1.0).contains(&summary.equal_share));
    Ok(())
}

/// Text of lines that repeat often enough to match, with awkward characters and line ends.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("the"),
        Just("cat"),
        Just("sat"),
        Just("é"),
        Just("e\u{301}"),
        Just("\u{200b}"),
        Just("👩\u{200d}💻"),
        Just("\t"),
        Just(" "),
        Just(" "),
        Just("."),
        Just("日本"),
        Just("\r")
    ];
    let line = prop::collection::vec(word, 0..6).prop_map(|words| words.concat());
    let end = prop_oneof![8 => Just("\n"), 1 => Just("\r\n")];
    let lines = prop::collection::vec((line, end), 0..24)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect::<String>());
    (lines, prop_oneof![Just(""), Just("tail")]).prop_map(|(text, tail)| text + tail)
}

proptest! {
    #[test]
    fn rows_give_back_both_texts(a in text(), b in text(), granularity in prop::sample::select(&GRANULARITIES[..])) {
        check(&a, &b, DiffRequest { granularity, deadline: None })?;
    }

    #[test]
    fn so_they_do_when_time_is_up_before_it_begins(
        a in text(), b in text(), granularity in prop::sample::select(&GRANULARITIES[..]),
    ) {
        let past = Instant::now();
        check(&a, &b, DiffRequest { granularity, deadline: Some(Deadline::new(past, Instant::now)) })?;
    }
}

fn kinds(pieces: &[Piece<'_>]) -> Vec<(PieceKind, String)> {
    pieces.iter().map(|piece| (piece.kind, piece.text.to_owned())).collect()
}

#[test]
fn words_are_marked_inside_changed_lines() {
    use PieceKind::{Added, Equal, Removed};
    let a = "one\nThe quick brown fox\nthree\n";
    let b = "one\nThe slow brown fox\nthree\n";
    let by_line = diff(a, b, Granularity::Line);
    let rows = DiffRows::new(&by_line, Arrangement::SideBySide);
    let row = rows.row(&by_line, 1).unwrap();
    let equal = |text: &str| (Equal, text.to_owned());
    assert_eq!(
        kinds(&by_line.pieces(&row, Side::A)),
        [equal("The "), (Removed, "quick".into()), equal(" brown fox\n")]
    );
    assert_eq!(kinds(&by_line.pieces(&row, Side::B)), [equal("The "), (Added, "slow".into()), equal(" brown fox\n")]);

    let by_word = diff(a, b, Granularity::Word);
    let rows = DiffRows::new(&by_word, Arrangement::Inline);
    let row = rows.row(&by_word, 1).unwrap();
    assert_eq!(row, Row::Merged { a: 1, b: 1, block: 1 });
    let merged = [equal("The "), (Removed, "quick".into()), (Added, "slow".into()), equal(" brown fox\n")];
    assert_eq!(kinds(&by_word.merged_pieces(&row)), merged);
    let summary = by_word.summary();
    assert_eq!((summary.added, summary.removed), (1, 1));
    // 24 visible characters of A and 23 of B, of which 5 and 4 changed
    assert!((summary.equal_share - (1.0 - 9.0 / 47.0)).abs() < 1e-12, "{}", summary.equal_share);
}

#[test]
fn long_equal_runs_fold_to_three_lines_of_context() {
    let line = |number: usize| format!("{number}\n");
    let a: String = (0..100).map(line).collect();
    let b: String = (0..100).map(|number| if number == 50 { "fifty\n".to_owned() } else { line(number) }).collect();
    let diff = diff(&a, &b, Granularity::Line);
    let mut rows = DiffRows::new(&diff, Arrangement::SideBySide);
    // fold, 3, change, 3, fold
    assert_eq!(rows.len(), 9);
    assert_eq!(rows.row(&diff, 0), Some(Row::Folded { a: 0..47, b: 0..47, block: 0 }));
    assert_eq!(rows.row(&diff, 1), Some(Row::Equal { a: 47, b: 47 }));
    assert_eq!(rows.row(&diff, 8), Some(Row::Folded { a: 54..100, b: 54..100, block: 2 }));
    assert_eq!(rows.row_of_change(&diff, 0), Some(4));
    rows.toggle_all_folds(&diff);
    assert_eq!(rows.len(), 100);
    assert_eq!(rows.row_of_change(&diff, 0), Some(50));
    rows.arrange(&diff, Arrangement::Inline);
    assert_eq!(rows.len(), 101);
    assert_eq!(rows.row(&diff, 51), Some(Row::Added { b: 50, block: 1 }));
    rows.toggle_all_folds(&diff);
    assert_eq!(rows.len(), 10);
}

#[test]
fn a_fold_never_hides_a_single_line() {
    for (equal, folded) in [(6, false), (7, false), (8, true)] {
        let middle = "same\n".repeat(equal);
        let diff = diff(&format!("x\n{middle}y\n"), &format!("p\n{middle}q\n"), Granularity::Line);
        let rows = DiffRows::new(&diff, Arrangement::SideBySide);
        let has_fold = (0..rows.len()).any(|row| matches!(rows.row(&diff, row), Some(Row::Folded { .. })));
        assert_eq!(has_fold, folded, "{equal}");
    }
}

#[test]
fn equal_texts_have_no_change_and_empty_ones_no_row() {
    let same = "a\n".repeat(40);
    let equal = diff(&same, &same, Granularity::Word);
    assert!(equal.is_equal() && !equal.summary().only_invisible);
    assert_eq!(DiffRows::new(&equal, Arrangement::Inline).len(), 4);
    let empty = diff("", "", Granularity::Line);
    assert!(DiffRows::new(&empty, Arrangement::Inline).is_empty());
    assert!((empty.summary().equal_share - 1.0).abs() < 1e-12);
}

#[test]
fn what_cannot_be_seen_is_said() {
    for granularity in GRANULARITIES {
        let hidden = diff("total: 5\u{a0}EUR\r\n", "total: 5 EUR\n", granularity);
        assert!(hidden.summary().only_invisible && !hidden.is_equal());
        assert!(!diff("total: 5\n", "total: 6\n", granularity).summary().only_invisible);
    }
}

#[test]
fn lines_with_nothing_in_common_are_not_peppered_with_marks() {
    let diff =
        diff("aaa bbb ccc ddd\n", "a wholly different sentence, ddd apart, stands here now\n", Granularity::Line);
    let rows = DiffRows::new(&diff, Arrangement::SideBySide);
    let row = rows.row(&diff, 0).unwrap();
    assert_eq!(diff.pieces(&row, Side::B).len(), 1);
}

/// A text of `lines` lines, and one in which every `every`-th differs by a word.
fn megabyte(lines: usize, every: usize) -> (String, String) {
    let line = |number: usize| format!("{number} the answer of this case stands on line {}\n", number * 7919 % lines);
    let a = (0..lines).map(line).collect();
    let b = (0..lines).map(|n| if n % every == 0 { line(n).replace("answer", "reply") } else { line(n) }).collect();
    (a, b)
}

#[test]
fn when_time_is_up_it_is_coarse_and_small_lines_are_still_marked_when_shown() {
    let (a, b) = megabyte(2_000, 20);
    let past = Deadline::new(Instant::now(), Instant::now);
    for granularity in GRANULARITIES {
        let late = Diff::new(&a, &b, DiffRequest { granularity, deadline: Some(past) });
        assert!(late.is_coarse(), "{granularity:?}");
        assert_eq!(late.change_count(), 100);
        let rows = DiffRows::new(&late, Arrangement::SideBySide);
        let row = rows.row(&late, rows.row_of_change(&late, 7).unwrap()).unwrap();
        let marked = late.pieces(&row, Side::B);
        assert_eq!(marked.iter().filter(|piece| piece.kind == PieceKind::Added).count(), 1);
        assert!(marked.iter().any(|piece| piece.text == "reply"), "{marked:?}");
    }
    let future = Deadline::new(Instant::now() + Duration::from_mins(10), Instant::now);
    for granularity in GRANULARITIES {
        let done = Diff::new(&a, &b, DiffRequest { granularity, deadline: Some(future) });
        assert!(!done.is_coarse(), "{granularity:?}");
    }
}

#[test]
fn a_line_split_in_two_keeps_its_words() {
    let split = diff("one two three four\n", "one two\nthree four\n", Granularity::Word);
    let rows = DiffRows::new(&split, Arrangement::Inline);
    assert_eq!(rows.len(), 3);
    let summary = split.summary();
    assert_eq!((summary.added, summary.removed), (0, 0));
}

#[test]
fn a_worker_can_hand_it_to_the_screen() {
    const fn shareable<T: Send + Sync + 'static>() {}
    shareable::<Diff>();
    shareable::<DiffRows>();
}
