//! Streaming gives the rows that the whole text would give.

use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::*;
use crate::view::text::draw::{Badge, TextStyles, draw};
use crate::view::text::highlight::{HighlightJob, Highlighter};
use crate::view::text::markdown::tests::markdown_text;
use crate::view::text::span::{Role, Span};

fn streamed(text: &str, width: u16, height: u16) -> StreamText {
    let mut stream = StreamText::default();
    stream.push(text);
    stream.layout(width, height);
    stream
}

fn shown(stream: &StreamText) -> Vec<String> {
    stream.rows().iter().map(Row::text).collect()
}

fn repeated(numbers: std::ops::Range<usize>, part: impl Fn(usize) -> String) -> String {
    numbers.fold(String::new(), |text, number| text + &part(number))
}

fn numbered(lines: std::ops::Range<usize>) -> String {
    repeated(lines, |line| format!("line {line}\n"))
}

/// Pushes a text in chunks whose lengths repeat, with a frame after each.
fn in_chunks(text: &str, lengths: &[usize], reading: Reading) -> StreamText {
    let mut stream = StreamText::new(reading);
    let mut rest = text;
    let mut lengths = lengths.iter().cycle();
    while !rest.is_empty() {
        let (chunk, after) = rest
            .split_at(rest.floor_char_boundary(*lengths.next().unwrap()).max(rest.chars().next().unwrap().len_utf8()));
        stream.push(chunk);
        stream.layout(30, 8);
        rest = after;
    }
    stream
}

fn assert_same_as_at_once(text: &str, lengths: &[usize], reading: Reading) {
    let mut chunked = in_chunks(text, lengths, reading);
    let mut whole = in_chunks(text, &[usize::MAX], reading);
    assert_eq!(chunked.pieces, whole.pieces);
    assert_eq!(chunked.open, whole.open);
    assert_eq!(chunked.all_rows(), whole.all_rows());
    assert_eq!(chunked.rows(), whole.rows());
    // The pieces lie side by side and leave nothing out.
    let mut end = 0;
    for piece in chunked.pieces.iter().chain([&chunked.open]) {
        assert_eq!(piece.source.start, end);
        end = piece.source.end;
    }
    assert_eq!(end, text.len());
}

proptest! {
    #[test]
    fn any_chunking_gives_the_rows_of_the_whole(text in markdown_text(), lengths in prop::collection::vec(1_usize..12, 1..8)) {
        assert_same_as_at_once(&text, &lengths, Reading::Rendered);
        assert_same_as_at_once(&text, &lengths, Reading::Raw);
    }
}

#[test]
fn an_indented_definition_behind_a_list_is_no_part_of_it() {
    for text in ["\n  - <div>\n [**]: /u\n</b>```rust\n", "- a\n\n [x]: /u\nc\n", "- a\n\n  [x]: /u\nc\n"] {
        assert_same_as_at_once(text, &[1], Reading::Rendered);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn so_it_does_where_blocks_are_cut_by_force(
        unit in prop::sample::select(vec![
            "word ", "words in a line\n", "- item of a list\n", "1. counted\n", "- item\n  - nested\n\n", "> quoted\n", "x", "日本",
            "\n", "   \n", "<div>\n", "    indented\n", "- a\n\n  long\n",
        ]),
        opening in prop::sample::select(vec!["", "```rust\n", "| a | b |\n|---|---|\n", "text\n\n", "{\"a\": ", "- one\n", "```\n\n"]),
        closing in prop::sample::select(vec!["", "\n```\nafter\n", "\n\nafter *it*\n", "\n# after"]),
        count in 200_usize..2500,
        lengths in prop::collection::vec(1_usize..3000, 1..6),
    ) {
        let text = format!("{opening}{}{closing}", unit.repeat(count));
        assert_same_as_at_once(&text, &lengths, Reading::Rendered);
    }

    #[test]
    fn long_tables_and_mixed_answers_too(rows in 100_usize..900, lengths in prop::collection::vec(1_usize..2000, 1..6)) {
        let table = repeated(0..rows, |row| format!("| {row} | value *{row}* |\n"));
        let text = format!("# Title\n\n| key | value |\n|----:|---|\n{table}\n- a\n- b\n\n```py\n{}```\ndone", "x = 1\n".repeat(rows));
        assert_same_as_at_once(&text, &lengths, Reading::Rendered);
    }
}

#[test]
fn a_long_table_keeps_its_columns_and_shows_its_head_once() {
    let table = repeated(0..1000, |row| format!("| row{row} | value {row} |\n"));
    let mut stream = streamed(&format!("| key | value |\n|---|---|\n{table}\nafter"), 40, 10);
    let rows: Vec<String> = stream.all_rows().iter().map(Row::text).collect();
    assert!(stream.pieces.len() >= 2);
    assert_eq!(rows.iter().filter(|row| row.starts_with("key")).count(), 1);
    assert_eq!(rows.iter().filter(|row| row.contains('│')).count(), 1001);
    assert_eq!(rows.len(), 1 + 1 + 1000 + 2);
    assert_eq!(rows.last().map(String::as_str), Some("after"));
}

#[test]
fn a_long_list_goes_on_counting() {
    let mut stream = streamed(&"1. again and again\n".repeat(2000), 40, 10);
    let rows: Vec<String> = stream.all_rows().iter().map(Row::text).collect();
    assert!(stream.pieces.len() >= 2);
    assert!(rows.iter().enumerate().all(|(index, row)| row.starts_with(&format!("{}. again", index + 1))));
}

#[test]
fn json_is_shown_as_written() {
    let json = "{\n  \"a\": \"*x*\",\n\n    \"b\": [1]\n}\n";
    assert_eq!(shown(&streamed(json, 40, 10)), ["{", "  \"a\": \"*x*\",", "", "    \"b\": [1]", "}"]);
}

#[test]
fn json_is_coloured_line_by_line_and_its_last_line_when_it_is_over() {
    let run = |stream: &mut StreamText, jobs: Vec<HighlightJob>| {
        let mut highlighter = Highlighter::new();
        for job in jobs {
            let lines = highlighter.run(&job, &|| true);
            stream.set_highlight(job.key, lines);
        }
        stream.layout(40, 10);
    };
    let coloured = |stream: &StreamText| {
        let syntax = |span: &&Span| matches!(span.kind.role, Role::Syntax(_));
        stream.rows().iter().flat_map(|row| &row.spans).filter(syntax).map(|span| span.text.clone()).collect::<String>()
    };
    let mut stream = streamed("{\n  \"a\": tr", 40, 10);
    let jobs = stream.wanted_highlights();
    assert_eq!(jobs.iter().map(|job| job.code.as_str()).collect::<Vec<_>>(), ["{\n"]);
    run(&mut stream, jobs);
    stream.push("ue}");
    stream.layout(40, 10);
    assert!(stream.wanted_highlights().is_empty(), "the line may still change");
    stream.end();
    stream.layout(40, 10);
    let jobs = stream.wanted_highlights();
    assert_eq!(jobs.iter().map(|job| job.code.as_str()).collect::<Vec<_>>(), ["{\n  \"a\": true}"]);
    run(&mut stream, jobs);
    assert_eq!(shown(&stream), ["{", "  \"a\": true}"]);
    assert_eq!(coloured(&stream), "{\"a\":true}");
    assert!(stream.wanted_highlights().is_empty());
}

#[test]
fn raw_shows_every_character() {
    let mut stream = streamed("# T\n\n**b** \u{1b}[31m\n```\nx\n```", 40, 10);
    stream.set_reading(Reading::Raw);
    stream.layout(40, 10);
    assert_eq!(shown(&stream), ["# T", "", "**b** ␛[31m", "```", "x", "```"]);
    stream.set_reading(Reading::Rendered);
    stream.layout(40, 10);
    assert_eq!(shown(&stream), ["# T", "", "b ␛[31m", "│ x"]);
}

#[test]
fn the_end_of_a_fence_is_not_drawn_as_code() {
    for text in ["```\nx\n```", "```\nx\n``", "```\nx\n```\n"] {
        assert_eq!(shown(&streamed(text, 40, 10)), ["│ x"], "{text:?}");
    }
}

#[test]
fn the_window_follows_until_it_is_pinned() {
    let mut stream = streamed(&numbered(0..50), 20, 5);
    assert_eq!(shown(&stream).first().map(String::as_str), Some("line 45"));
    stream.scroll(Scroll::Rows(-1));
    assert_eq!(shown(&stream)[0], "line 44");
    assert!(matches!(stream.follow(), Follow::Pinned { .. }));
    stream.push(&numbered(50..60));
    stream.layout(20, 5);
    assert_eq!(shown(&stream)[0], "line 44", "a pinned window stays");
    assert_eq!(stream.unseen_rows(), 10);
    stream.scroll(Scroll::Pages(1));
    assert_eq!(stream.unseen_rows(), 7, "what was shown is no longer new");
    stream.scroll(Scroll::End);
    assert_eq!((stream.follow(), stream.unseen_rows()), (Follow::Following, 0));
    stream.push(&numbered(60..61));
    stream.layout(20, 5);
    assert_eq!(shown(&stream)[4], "line 60");
    stream.scroll(Scroll::Home);
    assert_eq!(shown(&stream)[0], "line 0");
}

#[test]
fn another_width_keeps_the_top_block_and_another_height_rebuilds_nothing() {
    let text = repeated(0..200, |n| format!("Paragraph {n} has a few words more than one narrow row can hold.\n\n"));
    let mut stream = streamed(&text, 60, 10);
    stream.scroll(Scroll::Home);
    stream.scroll(Scroll::Rows(102));
    let top = shown(&stream)[0].clone();
    let anchor = top.split(" has").next().unwrap().to_owned();
    assert!(anchor.starts_with("Paragraph"), "{anchor}");
    for width in [20, 33, 90, 12, 60] {
        stream.layout(width, 10);
        assert!(shown(&stream)[0].starts_with(&anchor[..9]), "{width}: {:?}", shown(&stream));
        assert!(stream.rows()[0].source.start == text.find(&anchor).unwrap());
    }
    assert_eq!(shown(&stream)[0], top);
    let open = Arc::as_ptr(stream.layout.open_rows());
    stream.layout(60, 20);
    assert_eq!(shown(&stream)[0], top);
    assert_eq!(Arc::as_ptr(stream.layout.open_rows()), open, "nothing was laid out anew");
}

#[test]
fn pinned_text_stays_though_the_open_block_changes_its_shape() {
    let mut stream = streamed(&format!("{}\n| a | b |\n", numbered(0..30)), 30, 6);
    stream.scroll(Scroll::Rows(-3));
    let top = shown(&stream)[0].clone();
    for row in 0..20 {
        stream.push(if row == 0 { "|---|---|\n" } else { "| x | y |\n" });
        stream.layout(30, 6);
        assert_eq!(shown(&stream)[0], top);
    }
}

#[test]
fn a_drag_selects_source() {
    let mut stream = streamed("A **bold word** here.\n\n- item [link](url)\n", 40, 10);
    assert_eq!(shown(&stream), ["A bold word here.", "", "• item link (url)"]);
    stream.begin_selection(2, 0);
    assert_eq!(stream.selected(), None, "a click selects nothing");
    stream.extend_selection(10, 0);
    assert_eq!(stream.selected_text(), Some("bold word"));
    stream.extend_selection(5, 2);
    assert_eq!(stream.selected_text(), Some("bold word** here.\n\n- item"));
    stream.extend_selection(0, 9);
    assert_eq!(stream.selected_text(), Some("bold word** here.\n\n- item [link](url)"));
    assert!(stream.clear_selection());
    assert!(!stream.clear_selection());
    stream.select_all();
    assert_eq!(stream.selected_text(), Some(stream.text()));
}

#[test]
fn a_drag_over_wrapped_rows_selects_one_line() {
    let mut stream = streamed("one two three four", 10, 5);
    assert_eq!(shown(&stream), ["one two", "three", "four"]);
    stream.begin_selection(4, 0);
    stream.extend_selection(3, 2);
    assert_eq!(stream.selected_text(), Some("two three four"));
}

#[test]
fn search_finds_reveals_and_grows() {
    let mut stream = streamed(&numbered(0..100), 20, 5);
    stream.scroll(Scroll::Home);
    assert_eq!(stream.find("LINE 7"), 0, "capitals count");
    assert_eq!(stream.find("line 7"), 11);
    assert!(shown(&stream).contains(&"line 7".to_owned()));
    assert_eq!(stream.find_next(Direction::Next), Some((2, 11)));
    assert!(shown(&stream).contains(&"line 70".to_owned()));
    assert_eq!(stream.find_next(Direction::Previous), Some((1, 11)));
    assert_eq!(stream.find_next(Direction::Previous), Some((11, 11)));
    stream.push("li");
    stream.layout(20, 5);
    stream.push("ne 7");
    stream.layout(20, 5);
    assert_eq!(stream.found(), Some((11, 12)));
    stream.end_find();
    assert_eq!(stream.found(), None);
}

#[test]
fn visible_code_gets_its_colours() {
    let mut highlighter = Highlighter::new();
    let mut answer = |stream: &mut StreamText, jobs: Vec<HighlightJob>| {
        for job in jobs {
            let lines = highlighter.run(&job, &|| true);
            stream.set_highlight(job.key, lines);
        }
        stream.layout(40, 10);
    };
    let coloured = |stream: &StreamText| {
        stream
            .rows()
            .iter()
            .filter(|row| row.spans.iter().any(|span| matches!(span.kind.role, Role::Syntax(_))))
            .count()
    };
    let mut stream = streamed("```rust\nlet a = 1;\nlet b", 40, 10);
    let jobs = stream.wanted_highlights();
    assert_eq!((jobs.len(), jobs[0].code.as_str()), (1, "let a = 1;\n"));
    assert!(stream.wanted_highlights().is_empty(), "asked once");
    stream.push(" = 2;\n");
    stream.layout(40, 10);
    assert!(stream.wanted_highlights().is_empty(), "one question at a time");
    answer(&mut stream, jobs);
    assert_eq!(coloured(&stream), 1, "colours of the first line hold though the code has grown");
    let jobs = stream.wanted_highlights();
    answer(&mut stream, jobs);
    assert_eq!(coloured(&stream), 2);
    stream.push(&"let c = 3;\n".repeat(200));
    stream.layout(40, 10);
    let jobs = stream.wanted_highlights();
    assert!(
        jobs.len() > 2 && jobs.windows(2).all(|pair| pair[1].previous == Some(pair[0].key)),
        "the parts above come first"
    );
    answer(&mut stream, jobs);
    assert_eq!(coloured(&stream), 10);
    assert!(stream.wanted_highlights().is_empty());
    let mut unknown = streamed("```klingon\nqapla\n```\n", 40, 10);
    let jobs = unknown.wanted_highlights();
    answer(&mut unknown, jobs);
    assert!(unknown.wanted_highlights().is_empty());
}

fn styles(role: Role) -> Style {
    match role {
        Role::Selection => Style::new().add_modifier(Modifier::REVERSED),
        Role::Match | Role::CurrentMatch => Style::new().add_modifier(Modifier::UNDERLINED),
        _ => Style::new(),
    }
}

fn drawn(stream: &StreamText, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    draw(stream, area, &mut buffer, TextStyles::new(&styles), Badge::Shown);
    buffer
}

fn marked(buffer: &Buffer, modifier: Modifier) -> String {
    buffer.content().iter().filter(|cell| cell.modifier.contains(modifier)).map(ratatui::buffer::Cell::symbol).collect()
}

#[test]
fn selection_matches_and_badge_are_drawn() {
    let mut stream = streamed(&format!("a **bold** 日本 x\n\n{}", numbered(0..20)), 24, 6);
    stream.scroll(Scroll::Home);
    stream.begin_selection(2, 0);
    stream.extend_selection(7, 0);
    assert_eq!(marked(&drawn(&stream, 24, 6), Modifier::REVERSED), "bold 日 ");
    stream.find("line 1");
    assert_eq!(marked(&drawn(&stream, 24, 6), Modifier::UNDERLINED), "line 1");
    stream.push("new\n");
    stream.layout(24, 6);
    let buffer = drawn(&stream, 24, 6);
    let last: String = (0..24).map(|x| buffer[(x, 5)].symbol().to_owned()).collect();
    assert!(last.contains("new"), "{last:?}");
}

#[test]
fn drawing_fits_any_size() {
    let text = "# T日本\n\n> - 👩\u{200d}🚀 [x](y)\n>   1. deep\n\n| a | b |\n|---|---|\n| 日本語 | x |\n\n```rust\nfn long_name() { 日本 }\n```\n\u{1b}[2J";
    let mut stream = streamed(text, 10, 5);
    stream.find("a");
    stream.select_all();
    for width in 0..=40 {
        for height in 0..=20 {
            stream.layout(width, height);
            stream.scroll(Scroll::Rows(-1));
            stream.push("x ");
            for (wide, high) in [(width, height), (3, 2), (0, 0)] {
                let area = Rect::new(0, 0, wide, high);
                let mut buffer = Buffer::empty(area);
                draw(&stream, Rect::new(0, 0, width, height), &mut buffer, TextStyles::new(&styles), Badge::Shown);
            }
        }
    }
}

/// An answer as models write them.
const ANSWER: &str = "## Extracted order\n\nThe customer **Ms. Meier** wants *two* items; see [the form](https://example.org/f).\n\n\
    1. `A-12`, three pieces, to be delivered before the end of the month\n2. `B-7`\n   - in blue\n   - [x] confirmed\n\n\
    | item | pieces | note |\n|:--|--:|:-:|\n| A-12 | 3 | before the end of the month |\n| B-7 | 1 | blue |\n\n\
    > Please call me first.\n\n```json\n{\"items\": [{\"id\": \"A-12\", \"pieces\": 3}, {\"id\": \"B-7\"}]}\n```\n\n---\n\
    Done \u{202e}here\u{202c}, \u{1b}[31mnot red\u{1b}[0m. ✔\u{fe0f} 日本語\n";

fn picture(width: u16, height: u16) -> String {
    let mut stream = streamed(ANSWER, width, height);
    stream.scroll(Scroll::Home);
    for job in stream.wanted_highlights() {
        let lines = Highlighter::new().run(&job, &|| true);
        stream.set_highlight(job.key, lines);
    }
    stream.layout(width, height);
    let kind_letter = |role: Role| match role {
        Role::Text => ' ',
        Role::TableHead => 'B',
        Role::Syntax(_) => 's',
        role => format!("{role:?}").chars().next().unwrap(),
    };
    let mut picture = String::new();
    for row in stream.rows() {
        let roles: String =
            row.spans.iter().flat_map(|span| std::iter::repeat_n(kind_letter(span.kind.role), span.width())).collect();
        picture.extend([row.text().trim_end(), "\n", roles.trim_end(), "\n"]);
    }
    picture
}

#[test]
fn an_answer_looks_right_wide_and_narrow() {
    insta::assert_snapshot!("answer_60", picture(60, 60));
    insta::assert_snapshot!("answer_24", picture(24, 60));
}

/// What can happen to a window.
#[derive(Debug, Clone)]
enum Happening {
    Push(usize),
    Size(u16, u16),
    Scroll(Scroll),
    Reveal(usize),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        (1_usize..40).prop_map(Happening::Push),
        (8_u16..90, 0_u16..15).prop_map(|(width, height)| Happening::Size(width, height)),
        (-60_isize..60).prop_map(|rows| Happening::Scroll(Scroll::Rows(rows))),
        (-3_isize..3).prop_map(|pages| Happening::Scroll(Scroll::Pages(pages))),
        prop::sample::select(vec![Scroll::Home, Scroll::End]).prop_map(Happening::Scroll),
        (0_usize..100).prop_map(Happening::Reveal),
    ]
}

/// The window must be a part of the exact rows, at the place its state names.
fn assert_window_is_true(stream: &StreamText) {
    let mut exact = stream.clone();
    let all = exact.all_rows();
    let rows = stream.rows();
    assert_eq!(rows.len(), stream.view.height.min(all.len()));
    let at = |top: usize| all.get(top..top + rows.len()) == Some(rows);
    match stream.follow() {
        Follow::Following => assert!(at(all.len() - rows.len()), "following is the end"),
        Follow::Pinned { anchor } if !rows.is_empty() => {
            assert!((0..=all.len() - rows.len()).any(at), "a part of the whole: {rows:?}");
            let is_pulled_up = at(all.len() - rows.len());
            // At another width the row that shows the anchor may begin before it.
            let shows = rows[0].source.start <= anchor && rows.get(1).is_none_or(|below| below.source.start >= anchor);
            assert!(shows || is_pulled_up, "{anchor} is not in {:?}", rows[0].source);
        }
        Follow::Pinned { .. } => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn the_window_is_true_whatever_happens(happenings in prop::collection::vec(happening(), 1..25)) {
        let paragraph = |number: usize| format!("{number}. {}\n\n", "some words ".repeat(number * 7 % 13));
        let mut stream = streamed(&repeated(0..300, |number| format!("Paragraph {}", paragraph(number))), 40, 10);
        let mut size = (40, 10);
        assert_window_is_true(&stream);
        for happening in happenings {
            match happening {
                Happening::Push(count) => stream.push(&repeated(0..count, paragraph)),
                Happening::Size(width, height) => size = (width, height),
                Happening::Scroll(scroll) => stream.scroll(scroll),
                Happening::Reveal(percent) => {
                    let position = stream.text().len() * percent / 100;
                    stream.reveal(position);
                    let shows = stream.rows().iter().any(|row| row.source.start <= position && position <= row.source.end + 8);
                    prop_assert!(shows || stream.rows().is_empty() || stream.changed != Changed::Nothing);
                }
            }
            stream.layout(size.0, size.1);
            assert_window_is_true(&stream);
        }
    }
}

#[test]
fn guessed_heights_become_true_with_time() {
    let mut stream = streamed(&repeated(0..3000, |number| format!("{}\n\n", "word ".repeat(number % 40))), 50, 10);
    for width in [50, 23] {
        stream.layout(width, 10);
        for _ in 0..60 {
            stream.layout(width, 10);
        }
        assert_eq!(stream.scroll_position().total, stream.clone().all_rows().len());
    }
}

#[test]
fn what_was_laid_out_stays_true_until_the_text_or_the_window_is_another() {
    let mut stream = streamed("one\n\ntwo", 20, 5);
    assert!(stream.was_laid_out(20, 5) && !stream.has_grown());
    let before = shown(&stream);
    stream.push("\n\nthree");
    assert!(stream.was_laid_out(20, 5) && stream.has_grown(), "the old rows can be drawn once more");
    assert_eq!(shown(&stream), before);
    assert!(!stream.was_laid_out(21, 5) && !stream.was_laid_out(20, 4), "but not in another window");
    stream.layout(20, 5);
    assert!(!stream.has_grown() && shown(&stream) != before);
    stream.set_reading(Reading::Raw);
    assert!(!stream.was_laid_out(20, 5), "nor read another way");
    assert!(!StreamText::whole("new", Reading::default()).was_laid_out(20, 5), "nor of another text");
}
