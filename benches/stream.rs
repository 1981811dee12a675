//! What a streaming answer costs: one frame must cost the same behind 5 KB and behind 5 MB of earlier text.
//!
//! A frame is a push of 40 bytes, the layout of a 40 x 30 window and its drawing into a buffer.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use fourfold::view::text::markdown::{Colours, Origin, Place, Setting, render};
use fourfold::view::text::wrap::{Wrap, wrap};
use fourfold::view::text::{Badge, Reading, Role, Scroll, Span, StreamText, TextStyles, draw};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

const SIZES: [usize; 2] = [5_000, 5_000_000];
const AREA: Rect = Rect { x: 0, y: 0, width: 40, height: 30 };
const PUSHED: usize = 40;

/// What earlier text looks like.
#[derive(Debug, Clone, Copy)]
enum Shape {
    /// Headings, paragraphs, lists, tables and code, as models write.
    Answer,
    /// One paragraph, never ended, in lines.
    Paragraph,
    /// One line, never ended.
    Line,
    /// One code fence, never closed.
    Fence,
    /// One table, never ended.
    Table,
    /// One list, never ended.
    List,
}

const SHAPES: [Shape; 6] = [Shape::Answer, Shape::Paragraph, Shape::Line, Shape::Fence, Shape::Table, Shape::List];

const SECTION: &str = "## What was found\n\nThe **first** result is *clear*: see [the notes](https://example.org/notes) and `code`.\n\
    It goes on for a second line, with 日本語 and an emoji 👩\u{200d}🚀.\n\n- one item of a list\n- another with **weight**\n  \
    - and one below it\n\n| name | value |\n|------|------:|\n| one | 1 |\n| two | 2 |\n\n```rust\nfn main() {\n    \
    println!(\"hello\");\n}\n```\n\n> A quotation that is long enough to be wrapped in a narrow window.\n\n";

fn text(shape: Shape, size: usize) -> String {
    let (opening, unit) = match shape {
        Shape::Answer => ("", SECTION),
        Shape::Paragraph => ("", "words of a paragraph that never ends, line by line\n"),
        Shape::Line => ("", "words of a line that never ends "),
        Shape::Fence => ("```rust\n", "    let value = compute(first, second); // why\n"),
        Shape::Table => ("| a | b |\n|---|---|\n", "| some words | 12345 |\n"),
        Shape::List => ("", "- an item with a few words in it\n"),
    };
    let mut text = String::from(opening);
    text.push_str(&unit.repeat(size / unit.len() + 1));
    text
}

fn laid_out(shape: Shape, size: usize) -> StreamText {
    let mut stream = StreamText::default();
    stream.push(&text(shape, size));
    stream.layout(AREA.width, AREA.height);
    stream
}

/// Goes on with a shape's text, 40 bytes at a time.
struct Pushes {
    text: String,
    at: usize,
}

impl Pushes {
    fn new(shape: Shape) -> Self {
        // Behind the opening, in the middle of what never ends.
        let text = text(shape, 20_000);
        let at = text.floor_char_boundary(10_000);
        Self { text, at }
    }

    fn next(&mut self) -> &str {
        let from = if self.at + PUSHED < self.text.len() { self.at } else { self.text.floor_char_boundary(10_000) };
        self.at = self.text.floor_char_boundary(from + PUSHED);
        &self.text[from..self.at]
    }
}

fn plain(_: Role) -> Style {
    Style::new()
}

#[divan::bench_group(sample_count = 40, sample_size = 50)]
mod frame {
    use super::{
        AREA, Badge, Bencher, Buffer, Pushes, SHAPES, SIZES, Scroll, Shape, TextStyles, black_box, draw, laid_out,
        plain,
    };

    fn run(bencher: Bencher<'_, '_>, shape: Shape, size: usize) {
        let mut stream = laid_out(shape, size);
        let mut buffer = Buffer::empty(AREA);
        let mut pushes = Pushes::new(shape);
        bencher.bench_local(|| {
            stream.push(pushes.next());
            stream.layout(AREA.width, AREA.height);
            draw(black_box(&stream), AREA, &mut buffer, TextStyles::new(&plain), Badge::Shown);
        });
    }

    #[divan::bench(args = SHAPES)]
    fn behind_5_kb(bencher: Bencher<'_, '_>, shape: Shape) {
        run(bencher, shape, SIZES[0]);
    }

    #[divan::bench(args = SHAPES)]
    fn behind_5_mb(bencher: Bencher<'_, '_>, shape: Shape) {
        run(bencher, shape, SIZES[1]);
    }

    #[divan::bench(args = SIZES)]
    fn pinned_at_the_top(bencher: Bencher<'_, '_>, size: usize) {
        let mut stream = laid_out(Shape::Answer, size);
        stream.scroll(Scroll::Home);
        let mut buffer = Buffer::empty(AREA);
        let mut pushes = Pushes::new(Shape::Answer);
        bencher.bench_local(|| {
            stream.push(pushes.next());
            stream.layout(AREA.width, AREA.height);
            draw(black_box(&stream), AREA, &mut buffer, TextStyles::new(&plain), Badge::Shown);
        });
    }
}

#[divan::bench(args = SHAPES, sample_count = 5, sample_size = 1)]
fn open_5_mb_at_once(bencher: Bencher<'_, '_>, shape: Shape) {
    bencher.with_inputs(|| text(shape, SIZES[1])).input_counter(BytesCount::of_str).bench_local_values(|text| {
        let mut stream = StreamText::whole(text, Reading::default());
        stream.layout(AREA.width, AREA.height);
        stream
    });
}

#[divan::bench(args = SHAPES, sample_count = 5, sample_size = 1)]
fn another_width_of_5_mb(bencher: Bencher<'_, '_>, shape: Shape) {
    bencher.with_inputs(|| laid_out(shape, SIZES[1])).bench_local_values(|mut stream| {
        stream.layout(60, AREA.height);
        stream
    });
}

#[divan::bench]
fn wrap_a_line_of_8_kb(bencher: Bencher<'_, '_>) {
    let text = text(Shape::Line, 8_000);
    let line = [Span::new(text.as_str(), Role::Text, 0..text.len())];
    bencher.counter(BytesCount::of_str(&text)).bench(|| wrap(black_box(&line), 39, 0, Wrap::Words, 0));
}

#[divan::bench]
fn render_closed_blocks(bencher: Bencher<'_, '_>) {
    let text = text(Shape::Answer, 8_000);
    let setting = Setting { width: 39, place: Place::Later, first_number: None };
    let colours = Colours::new();
    bencher.counter(BytesCount::of_str(&text)).bench(|| render(black_box(&text), &Origin::slice(0), setting, &colours));
}

#[divan::bench(sample_count = 20)]
fn find_in_5_mb(bencher: Bencher<'_, '_>) {
    let mut stream = laid_out(Shape::Answer, SIZES[1]);
    bencher.bench_local(|| stream.find(black_box("no such words")));
}

fn main() {
    divan::main();
}
