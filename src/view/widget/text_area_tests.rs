//! What a text area draws.

use super::*;
use crate::editor::{Command, Layer, Motion, Query, Span};
use ratatui::style::Modifier;

fn span_style(kind: SpanKind) -> Style {
    Style::new().add_modifier(match kind {
        SpanKind::Selection => Modifier::REVERSED,
        SpanKind::CurrentMatch => Modifier::BOLD,
        SpanKind::SearchMatch => Modifier::UNDERLINED,
        SpanKind::Marker => Modifier::DIM,
        _ => Modifier::ITALIC,
    })
}

const STYLES: TextAreaStyles = TextAreaStyles { text: Style::new(), span: &span_style };

fn draw(editor: &mut Editor, width: u16, height: u16) -> (Buffer, Option<Position>) {
    let area = Rect::new(0, 0, width, height);
    fit(editor, area);
    let mut buffer = Buffer::empty(area);
    let caret = TextArea::new(editor, STYLES).render(area, &mut buffer);
    (buffer, caret)
}

fn text_of(buffer: &Buffer) -> Vec<String> {
    let row = |y| (0..buffer.area.width).map(move |x| buffer.cell((x, y)).unwrap().symbol()).collect::<String>();
    (0..buffer.area.height).map(|y| row(y).trim_end().to_owned()).collect()
}

/// The columns of a row that carry a modifier.
fn marked(buffer: &Buffer, y: u16, modifier: Modifier) -> Vec<u16> {
    (0..buffer.area.width).filter(|x| buffer.cell((*x, y)).unwrap().modifier.contains(modifier)).collect()
}

#[test]
fn text_and_marks() {
    let text = "system:\nYou sort orders.\n\nuser:\nHello {{ nme }}, 日本語 and a\ttab and \u{1b}[31m in a line that wraps here";
    let mut editor = Editor::lines(text);
    let unknown = text.find("nme").unwrap();
    editor.set_spans(Layer::Diagnostics, 0, vec![Span::new(unknown..unknown + 3, SpanKind::UnknownVariable)]);
    editor.set_spans(Layer::Template, 0, vec![Span::new(0..7, SpanKind::SystemHeader)]);
    editor.apply(Command::MoveTo((unknown + 3).into()), 0);
    let (buffer, caret) = draw(&mut editor, 39, 8);
    assert_eq!(
        text_of(&buffer),
        [
            "system:",
            "You sort orders.",
            "",
            "user:",
            "Hello {{ nme }}, 日 本 語  and a   tab",
            "and ␛[31m in a line that wraps here",
            "",
            "",
        ]
    );
    assert_eq!(caret, Some(Position { x: 12, y: 4 }));
    assert_eq!(marked(&buffer, 0, Modifier::ITALIC), (0..7).collect::<Vec<_>>());
    assert_eq!(marked(&buffer, 4, Modifier::ITALIC), [9, 10, 11]);
    assert_eq!(marked(&buffer, 5, Modifier::DIM), [4]);
}

#[test]
fn a_selection_shows_its_line_ends() {
    let mut editor = Editor::lines("ab\n\ncd");
    editor.apply(Command::MoveTo(1.into()), 0);
    editor.apply(Command::SelectTo(5.into()), 0);
    let (buffer, caret) = draw(&mut editor, 10, 3);
    assert_eq!(marked(&buffer, 0, Modifier::REVERSED), [1, 2]);
    assert_eq!(marked(&buffer, 1, Modifier::REVERSED), [0]);
    assert_eq!(marked(&buffer, 2, Modifier::REVERSED), [0]);
    assert_eq!(caret, Some(Position { x: 1, y: 2 }));
}

#[test]
fn matches_and_the_current_one_differ() {
    let mut editor = Editor::lines("ab ab");
    editor.apply(Command::Find(Query::literal("ab")), 0);
    let (buffer, _) = draw(&mut editor, 10, 1);
    assert_eq!(marked(&buffer, 0, Modifier::BOLD), [0, 1]);
    assert_eq!(marked(&buffer, 0, Modifier::UNDERLINED), [3, 4]);
    assert!(marked(&buffer, 0, Modifier::REVERSED).is_empty());
}

#[test]
fn the_caret_behind_a_full_row_has_the_spare_column() {
    let mut editor = Editor::lines("abcdefgh");
    fit(&mut editor, Rect::new(0, 0, 5, 3));
    editor.apply(Command::Move(Motion::RowEnd), 0);
    let (buffer, caret) = draw(&mut editor, 5, 3);
    assert_eq!(text_of(&buffer), ["abcd", "efgh", ""]);
    assert_eq!(caret, Some(Position { x: 4, y: 0 }));
}

#[test]
fn no_size_and_no_text_breaks_it() {
    let nasty = "word 日本 👨\u{200d}👩\u{200d}👧\ttab \u{202e}x\u{1b}[1m a\u{e0041}\u{e0042} e\u{301}\u{301} 🇩🇪🇫\n\n"
        .repeat(6);
    let mut editors = vec![Editor::lines(""), Editor::lines(&nasty), Editor::single_line(&nasty)];
    for editor in &mut editors {
        editor.apply(Command::Find(Query::literal("d")), 0);
        editor.set_spans(Layer::Diagnostics, 0, vec![Span::new(0..900, SpanKind::ErrorMark)]);
        for width in 0..=40 {
            for height in 0..=20 {
                editor.apply(Command::Move(Motion::Right), 0);
                let (buffer, caret) = draw(editor, width, height);
                assert!(width == 0 || height == 0 || caret.is_some(), "{width}x{height}");
                assert!(caret.is_none_or(|caret| buffer.area.contains(caret)));
            }
        }
        // An area the editor was not fitted to, larger than the buffer.
        let mut buffer = Buffer::empty(Rect::new(2, 2, 9, 4));
        TextArea::new(editor, STYLES).render(Rect::new(0, 0, 90, 90), &mut buffer);
        TextArea::new(editor, STYLES).render(Rect::new(50, 50, 9, 9), &mut buffer);
    }
}
