//! What a key press costs in the prompt editor, drawing included: in a prompt of 1 MB at most 2 ms, in a single line of
//! 200 KB at most 5 ms; pasting 1 MB at most 100 ms.
#![allow(missing_docs, reason = "a benchmark has no readers of its documentation")]

use divan::Bencher;
use fourfold::editor::{Command, Editor, Layer, Motion, Query, Span, SpanKind, SyntaxKind};
use fourfold::view::widget::text_area::{TextArea, TextAreaStyles, fit};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

const AREA: Rect = Rect::new(0, 0, 100, 40);
const SENTENCE: &str = "Sort the order {{ order.id }} into fields; \"total\" is a number, 日本 stays — and so on.";
const MEGABYTE: usize = 1 << 20;

fn main() {
    divan::main();
}

/// Text of at least `bytes`, each piece followed by `separator`.
fn text(piece: &str, separator: &str, bytes: usize) -> String {
    format!("{piece}{separator}").repeat(bytes / (piece.len() + separator.len()) + 1)
}

fn draw(editor: &mut Editor, buffer: &mut Buffer) {
    const PLAIN: TextAreaStyles = TextAreaStyles { text: Style::new(), span: &|_| Style::new() };
    fit(editor, AREA);
    TextArea::new(editor, PLAIN).render(AREA, buffer);
}

/// Where the caret is when the key is pressed.
const PLACES: [f64; 3] = [0.0, 0.5, 1.0];

/// Types and deletes a character in turns, so that the text stays as it is.
fn press(bencher: Bencher, text: &str, place: f64, prepare: impl Fn(&mut Editor)) {
    let mut editor = Editor::lines(text);
    let mut buffer = Buffer::empty(AREA);
    prepare(&mut editor);
    let offset = editor.buffer().ceil_edge((text.len() as f64 * place) as usize);
    editor.apply(Command::MoveTo(offset.into()), 0);
    draw(&mut editor, &mut buffer);
    let mut presses = 0;
    bencher.bench_local(|| {
        presses += 1;
        let command = if presses % 2 == 1 { Command::InsertChar('x') } else { Command::Backspace };
        editor.apply(command, presses * 100);
        draw(&mut editor, &mut buffer);
    });
}

#[divan::bench(args = PLACES)]
fn key_in_1mb_of_lines(bencher: Bencher, place: f64) {
    press(bencher, &text(SENTENCE, "\n", MEGABYTE), place, |_| {});
}

#[divan::bench(args = PLACES)]
fn key_in_1mb_of_lines_with_40_000_spans(bencher: Bencher, place: f64) {
    let text = text(SENTENCE, "\n", MEGABYTE);
    press(bencher, &text, place, |editor| {
        let spans = (0..40_000)
            .map(|index| Span::new(index * 26..index * 26 + 20, SpanKind::Syntax(SyntaxKind::String)))
            .collect();
        editor.set_spans(Layer::Syntax, editor.revision(), spans);
    });
}

#[divan::bench(args = PLACES)]
fn key_in_1mb_of_lines_while_searching(bencher: Bencher, place: f64) {
    press(bencher, &text(SENTENCE, "\n", MEGABYTE), place, |editor| {
        editor.apply(Command::Find(Query::literal("order")), 0);
    });
}

#[divan::bench(args = PLACES)]
fn key_in_a_line_of_200kb(bencher: Bencher, place: f64) {
    press(bencher, &text(SENTENCE, " ", 200_000), place, |_| {});
}

#[divan::bench(args = PLACES)]
fn key_in_a_line_of_200kb_without_spaces(bencher: Bencher, place: f64) {
    press(bencher, &text("0123456789abcdef", "", 200_000), place, |_| {});
}

#[divan::bench(args = PLACES)]
fn key_in_a_line_of_200kb_of_emoji(bencher: Bencher, place: f64) {
    press(bencher, &text("👨\u{200d}👩\u{200d}👧日é", "", 200_000), place, |_| {});
}

/// The dearest single step: the view goes to the end of a line that has not been wrapped yet.
#[divan::bench]
fn jump_to_the_end_of_a_line_of_200kb(bencher: Bencher) {
    let text = text(SENTENCE, " ", 200_000);
    let mut buffer = Buffer::empty(AREA);
    let open = || {
        let mut editor = Editor::lines(&text);
        fit(&mut editor, AREA);
        editor
    };
    bencher.with_inputs(open).bench_local_values(|mut editor| {
        editor.apply(Command::Move(Motion::DocumentEnd), 0);
        draw(&mut editor, &mut buffer);
        editor
    });
}

#[divan::bench]
fn paste_1mb(bencher: Bencher) {
    let pasted = text(SENTENCE, "\r\n", MEGABYTE);
    let mut buffer = Buffer::empty(AREA);
    bencher.with_inputs(|| (Editor::lines("before after"), pasted.clone())).bench_local_values(
        |(mut editor, pasted)| {
            editor.apply(Command::InsertText(pasted), 0);
            draw(&mut editor, &mut buffer);
            editor
        },
    );
}

#[divan::bench]
fn undo_a_paste_of_1mb(bencher: Bencher) {
    let pasted = text(SENTENCE, "\n", MEGABYTE);
    let mut editor = Editor::lines("before after");
    let mut buffer = Buffer::empty(AREA);
    editor.apply(Command::InsertText(pasted), 0);
    bencher.bench_local(|| {
        editor.apply(Command::Undo, 0);
        draw(&mut editor, &mut buffer);
        editor.apply(Command::Redo, 0);
        draw(&mut editor, &mut buffer);
    });
}

#[divan::bench]
fn replace_all_in_1mb(bencher: Bencher) {
    let text = text(SENTENCE, "\n", MEGABYTE);
    bencher.with_inputs(|| Editor::lines(&text)).bench_local_values(|mut editor| {
        editor.apply(Command::Find(Query::literal("number")), 0);
        editor.apply(Command::ReplaceAll("integer".into()), 0);
        editor
    });
}
