//! What the pane looks like, and that no size breaks it.

use proptest::prelude::*;
use ratatui::style::Modifier;

use super::*;
use crate::characters::{Context, is_unsafe};
use crate::score::diff::{DiffRequest, Granularity};

const A: &str = "# Order 4711\n\nCustomer: Ada Example\nItems: three red mugs and one blue plate, to be wrapped as a gift\nShip to: 12 Harbour Lane\nline 6\nline 7\nline 8\nline 9\nline 10\nline 11\nline 12\nline 13\nTotal: 42 EUR\nthanks\n";
const B: &str = "# Order 4711\n\nCustomer: Ada Example\nItems: two red mugs and one green plate, to be wrapped as a present\nShip to: 12 Harbour Lane \nline 6\nline 7\nline 8\nline 9\nline 10\nline 11\nline 12\nline 13\nPaid in advance.\nTotal: 42\u{a0}EUR\n\u{1b}[2Jthanks";

fn diff(a: &str, b: &str, granularity: Granularity) -> Diff {
    Diff::new(a, b, DiffRequest { granularity, deadline: None })
}

fn styles() -> DiffStyles {
    let bold = Style::new().add_modifier(Modifier::BOLD);
    DiffStyles {
        removed_part: Style::new().add_modifier(Modifier::CROSSED_OUT),
        added_part: bold,
        title: Style::new().add_modifier(Modifier::REVERSED),
        symbol: Style::new().add_modifier(Modifier::DIM),
        current: bold,
        ..DiffStyles::default()
    }
}

fn drawn(diff: &Diff, width: u16, height: u16, change: impl FnOnce(&mut DiffPane<'_>, &DiffRows)) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let rows = DiffRows::new(diff, arrangement_for(width));
    let styles = styles();
    let mut pane = DiffPane {
        diff,
        rows: &rows,
        long: &LongLines::default(),
        anchor: Anchor::default(),
        current: Some(0),
        labels: ["A few-shot", "B zero-shot"],
        styles: &styles,
        part_signs: PartSigns::Plain,
    };
    change(&mut pane, &rows);
    pane.render(area, &mut buffer);
    buffer
}

fn text(buffer: &Buffer) -> String {
    let area = buffer.area;
    let line = |y| {
        let mut line = String::new();
        let mut x = area.x;
        while x < area.right() {
            let symbol = buffer.cell((x, y)).map_or("", |cell| cell.symbol());
            line.push_str(symbol);
            x += wrap::columns(symbol).max(1) as u16;
        }
        line.trim_end().to_owned()
    };
    (area.y..area.bottom()).map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn side_by_side_at_120() {
    insta::assert_snapshot!(text(&drawn(&diff(A, B, Granularity::Line), 120, 20, |_, _| {})));
}

#[test]
fn inline_at_80() {
    insta::assert_snapshot!(text(&drawn(&diff(A, B, Granularity::Line), 80, 20, |_, _| {})));
}

#[test]
fn by_word_at_40_with_brackets() {
    let buffer = drawn(&diff(A, B, Granularity::Word), 39, 24, |pane, _| pane.part_signs = PartSigns::Brackets);
    insta::assert_snapshot!(text(&buffer));
}

#[test]
fn parts_are_styled_and_the_current_change_is_marked() {
    let buffer = drawn(&diff("one two\n", "one 2\n", Granularity::Word), 60, 3, |_, _| {});
    let modifiers = |needle: &str| {
        (0..60).filter_map(|x| buffer.cell((x, 1))).find(|cell| cell.symbol() == needle).map(|cell| cell.modifier)
    };
    assert_eq!(modifiers("o"), Some(Modifier::empty()));
    assert_eq!(modifiers("t"), Some(Modifier::CROSSED_OUT));
    assert_eq!(modifiers("2"), Some(Modifier::BOLD));
    assert_eq!(buffer.cell((0, 1)).unwrap().symbol(), "▌");
}

#[test]
fn lines_that_only_look_alike_are_told_apart() {
    let hidden = diff("caf\u{e9} a\tb\r\n", "cafe\u{301} a b\n", Granularity::Line);
    let shown = text(&drawn(&hidden, 120, 3, |_, _| {}));
    assert!(shown.contains("only in invisible characters"), "{shown}");
    for symbol in ["\u{25cc}\u{301}", "→", "␍", "↵"] {
        assert!(shown.contains(symbol), "{symbol} in {shown}");
    }
}

#[test]
fn nothing_from_outside_reaches_the_terminal_raw() {
    let nasty = "\u{1b}]52;c;QQ==\u{7}\u{9b}2J\u{202e}evil\u{0}\r\n";
    let nasty = diff(nasty, &nasty.replace("evil", "live"), Granularity::Line);
    for (width, labels) in [(120, ["\u{1b}[2J", "\u{202e}"]), (60, ["a", "b"])] {
        let buffer = drawn(&nasty, width, 6, |pane, _| pane.labels = labels);
        let all: String = buffer.content().iter().map(ratatui::buffer::Cell::symbol).collect();
        assert!(all.chars().all(|character| !character.is_control() && character != '\u{202e}'), "{all}");
    }
}

/// Text rich in what must not come through, and in what does honest work in some places.
fn hostile() -> impl Strategy<Value = String> {
    let special = prop::sample::select(vec![
        '\u{1b}',
        '\u{9b}',
        '\r',
        '\n',
        '\t',
        '\u{200b}',
        '\u{200c}',
        '\u{200d}',
        '\u{202e}',
        '\u{2066}',
        '\u{fe0f}',
        '\u{fe00}',
        '\u{e0041}',
        '\u{e0100}',
        '\u{301}',
        '\u{115f}',
        '👩',
        'ی',
        '日',
        'a',
        '1',
        ' ',
    ]);
    prop::collection::vec(special, 0..40).prop_map(|characters| characters.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Case 43: what the one sanitiser would mark is marked here too.
    #[test]
    fn an_invisible_character_comes_through_only_where_it_works(a in hostile(), b in hostile(), width in 30_u16..130) {
        for granularity in [Granularity::Line, Granularity::Word, Granularity::Grapheme] {
            for row in text(&drawn(&diff(&a, &b, granularity), width, 12, |_, _| {})).lines() {
                let mut context = Context::default();
                let mut characters = row.chars().peekable();
                while let Some(character) = characters.next() {
                    let kept = context.keeps(character, characters.peek().copied());
                    prop_assert!(kept || !is_unsafe(character), "U+{:04X} in {:?}", u32::from(character), row);
                }
            }
        }
    }
}

#[test]
fn no_size_and_no_anchor_breaks_it() {
    let wide = "日本語 👩\u{200d}💻 e\u{301} \u{200b} \t".repeat(12);
    let texts =
        [(A.to_owned(), B.to_owned()), (wide.clone(), wide.replace('本', "木")), (String::new(), "x".repeat(500))];
    let mut buffer = Buffer::empty(Rect::new(0, 0, 40, 20));
    let styles = styles();
    for (a, b) in &texts {
        for granularity in [Granularity::Line, Granularity::Word] {
            let diff = diff(a, b, granularity);
            for arrangement in [Arrangement::SideBySide, Arrangement::Inline] {
                let rows = DiffRows::new(&diff, arrangement);
                for (width, height) in (0..=40).flat_map(|width| (0..=20).map(move |height| (width, height))) {
                    let area = Rect::new(0, 0, width, height);
                    let pane = DiffPane {
                        diff: &diff,
                        rows: &rows,
                        long: &LongLines::default(),
                        anchor: Anchor { row: usize::from(width) % 7, wrapped: usize::from(height) },
                        current: Some(usize::from(height)),
                        labels: ["日本語", "B"],
                        styles: &styles,
                        part_signs: PartSigns::Brackets,
                    };
                    pane.render(area, &mut buffer);
                    if (width + height) % 9 == 0 {
                        let bottom = pane.bottom(area);
                        for anchor in [pane.scrolled(3, area), pane.scrolled(-3, area), pane.anchor_of_change(1, area)]
                        {
                            assert!(anchor <= bottom, "{anchor:?} {bottom:?}");
                        }
                        // A pane that reaches beyond the buffer is cut, not an error.
                        pane.render(Rect::new(35, 18, width, height), &mut buffer);
                    }
                }
            }
        }
    }
}

#[test]
fn scrolling_down_and_up_again_comes_back_and_stops_at_both_ends() {
    let long = "word ".repeat(200);
    let diff = diff(&format!("{A}{long}\nend\n"), &format!("{B}\n{long}!\nend\n"), Granularity::Line);
    let rows = DiffRows::new(&diff, Arrangement::Inline);
    let (styles, kept) = (styles(), LongLines::default());
    let area = Rect::new(0, 0, 60, 10);
    let at = |anchor| DiffPane {
        diff: &diff,
        rows: &rows,
        long: &kept,
        anchor,
        current: None,
        labels: ["a", "b"],
        styles: &styles,
        part_signs: PartSigns::Plain,
    };
    // The long line fills the window: whatever one clicks is the same row, and nothing is below the end.
    let is_long = |row: &Row| row.line_b().is_some_and(|line| diff.line(Side::B, line).starts_with("word"));
    let row = (0..rows.len()).find(|row| rows.row(&diff, *row).is_some_and(|row| is_long(&row))).unwrap();
    let inside = at(Anchor { row, wrapped: 1 });
    assert_eq!([0, 1, 9, 10].map(|y| inside.row_at(area, y)), [None, Some(row), Some(row), None]);
    assert_eq!(at(Anchor { row: rows.len() - 1, wrapped: 0 }).row_at(area, 2), None);
    let mut down = vec![Anchor::default()];
    loop {
        let next = at(down[down.len() - 1]).scrolled(1, area);
        if Some(&next) == down.last() {
            break;
        }
        down.push(next);
    }
    assert!(down.len() > 30, "{}", down.len());
    for (step, anchor) in down.iter().enumerate() {
        assert_eq!(at(Anchor::default()).scrolled(step as isize, area), *anchor);
        assert_eq!(at(down[down.len() - 1]).scrolled(-((down.len() - 1 - step) as isize), area), *anchor);
    }
    assert_eq!(at(Anchor::default()).scrolled(-5, area), Anchor::default());
    assert_eq!(at(Anchor::default()).scrolled(isize::MAX, area), down[down.len() - 1]);
    assert_eq!(at(Anchor::default()).bottom(area), down[down.len() - 1]);
    // Beyond the end (a fold was closed meanwhile) is pulled back.
    assert_eq!(at(Anchor { row: 10_000, wrapped: 9 }).scrolled(0, area), down[down.len() - 1]);
}

#[test]
fn a_long_line_that_is_kept_looks_as_if_it_were_not() {
    let line = "Größe\t日本 👩\u{200d}🚀 zwölf\u{200b} Wörter, ".repeat(400);
    let (a, b) = (format!("{line}\nx\n{line}"), format!("{}\nx\n{line} end", line.replace("zwölf", "elf")));
    let (styles, kept) = (styles(), LongLines::default());
    let diff = diff(&a, &b, Granularity::Word);
    for arrangement in [Arrangement::SideBySide, Arrangement::Inline] {
        let rows = DiffRows::new(&diff, arrangement);
        for (width, by) in [(80, 0), (80, 7), (120, 900), (80, -3), (120, -2000), (79, isize::MAX), (79, -1)] {
            let area = Rect::new(0, 0, width, 12);
            let [with, without] = [&kept, &LongLines::default()].map(|long| {
                let (diff, rows, styles) = (&diff, &rows, &styles);
                let anchor = Anchor { row: 0, wrapped: 5 };
                let (current, labels, part_signs) = (None, ["a", "b"], PartSigns::Brackets);
                let mut pane = DiffPane { diff, rows, long, anchor, current, labels, styles, part_signs };
                pane.anchor = pane.scrolled(by, area);
                let mut buffer = Buffer::empty(area);
                pane.render(area, &mut buffer);
                (pane.anchor, buffer)
            });
            assert_eq!(with.0, without.0, "{arrangement:?} {width} {by}");
            assert_eq!(text(&with.1), text(&without.1), "{arrangement:?} {width} {by}");
            assert_eq!(with.1, without.1, "styles");
        }
    }
}
