//! The editor by its commands: what the text and the caret are before, and what they are after.
//! In these texts `|` is the caret and `^` the other end of a selection.
#![allow(clippy::expect_used, reason = "a test may stop at what it did not expect, in its helpers too")]

use std::cmp::Ordering;

use fourfold::editor::{
    Affinity, Command, Editor, EditorOptions, Layer, LineEnd, MatchCount, Mode, Motion, Notice, Place, Query, Span,
    SpanKind,
};
use proptest::prelude::*;

/// Takes the marks out of a text: anchor, head, text.
fn unmark(marked: &str) -> (usize, usize, String) {
    let head = marked.find('|').expect("a caret");
    let anchor = marked.find('^').unwrap_or(head);
    // Each mark counts in the other's offset if it stands before it.
    let (anchor, head) = match anchor.cmp(&head) {
        Ordering::Less => (anchor, head - 1),
        Ordering::Greater => (anchor - 1, head),
        Ordering::Equal => (head, head),
    };
    (anchor, head, marked.replace(['|', '^'], ""))
}

fn mark(editor: &Editor) -> String {
    let selection = editor.selection();
    let mut text = editor.text();
    let (anchor, head) = (selection.anchor, selection.head);
    if anchor > head {
        text.insert(anchor, '^');
    }
    text.insert(head, '|');
    if anchor < head {
        text.insert(anchor, '^');
    }
    text
}

fn open(marked: &str, options: EditorOptions) -> Editor {
    let (anchor, head, text) = unmark(marked);
    let mut editor = Editor::new(&text, options);
    editor.apply(Command::MoveTo(anchor.into()), 0);
    editor.apply(Command::SelectTo(head.into()), 0);
    editor
}

fn lines(marked: &str) -> Editor {
    open(marked, EditorOptions::default())
}

#[track_caller]
fn check(before: &str, commands: &[Command], after: &str) {
    let mut editor = lines(before);
    for (index, command) in commands.iter().enumerate() {
        editor.apply(command.clone(), index as u64);
    }
    assert_eq!(mark(&editor), after, "{before:?} {commands:?}");
}

fn typed(text: &str) -> Vec<Command> {
    text.chars().map(Command::InsertChar).collect()
}

use Command::{
    Backspace, Cut, DeleteForward, DeleteLine, DeleteToLineEnd, DeleteToLineStart, DeleteWordBack, DeleteWordForward,
    DuplicateLine, Indent, InsertChar, InsertText, Kill, Move, MoveLineDown, MoveLineUp, Newline, Outdent, Redo,
    Select, SelectAll, SelectLine, SelectWord, Undo, Unselect, Yank,
};

#[test]
fn inserting_and_deleting() {
    check("ab|cd", &[InsertChar('x')], "abx|cd");
    check("a^bc|d", &[InsertChar('x')], "ax|d");
    check("a|bc^d", &[Backspace], "a|d");
    check("a|bc^d", &[DeleteForward], "a|d");
    check("|ab", &[Backspace], "|ab");
    check("ab|", &[DeleteForward], "ab|");
    check("ab\n|cd", &[Backspace], "ab|cd");
    check("ab|\ncd", &[DeleteForward], "ab|cd");
    check("x👨\u{200d}👩\u{200d}👧|y", &[Backspace], "x|y");
    check("e\u{301}|", &[Backspace], "|");
    check("|🇩🇪🇫🇷", &[DeleteForward], "|🇫🇷");
    check("a|", &[InsertChar('\u{1b}'), InsertChar('\u{7}')], "a|");
    check("one two|", &[DeleteWordBack], "one |");
    check("one two  |", &[DeleteWordBack], "one |");
    check("one.two|", &[DeleteWordBack, DeleteWordBack], "one|");
    check("|one two", &[DeleteWordForward], "| two");
    check("one\n  two| three", &[DeleteToLineStart], "one\n| three");
    check("one\n|two", &[DeleteToLineStart], "one|two");
    check("one| two\nthree", &[DeleteToLineEnd], "one|\nthree");
    check("one|\nthree", &[DeleteToLineEnd], "one|three");
    check("日本語テスト|", &[DeleteWordBack], "日本語|");
}

#[test]
fn new_lines_keep_the_depth() {
    check("ab|cd", &[Newline], "ab\n|cd");
    check("  - a|", &[Newline], "  - a\n  |");
    check(" | a", &[Newline], " \n | a");
    check("\ta^b|", &[InsertChar('\n')], "\ta\n\t|");
}

#[test]
fn moving() {
    check("a|b", &[Move(Motion::Left), Move(Motion::Left)], "|ab");
    check("a👨\u{200d}👩|b", &[Move(Motion::Left)], "a|👨\u{200d}👩b");
    check("a|\nb", &[Move(Motion::Right)], "a\n|b");
    check("a^bc|d", &[Move(Motion::Left)], "a|bcd");
    check("a^bc|d", &[Move(Motion::Right)], "abc|d");
    check("one two_three|", &[Move(Motion::WordLeft)], "one |two_three");
    check("|  one, two", &[Move(Motion::WordRight)], "  one|, two");
    check("one|\n\n  two", &[Move(Motion::WordRight)], "one\n\n  two|");
    check("a\nb|c\nd", &[Move(Motion::LineStart)], "a\n|bc\nd");
    check("a\n|bc\nd", &[Move(Motion::LineEnd)], "a\nbc|\nd");
    check("a\n|bc\nd", &[Move(Motion::DocumentEnd)], "a\nbc\nd|");
    check("a\n|bc\nd", &[Move(Motion::DocumentStart)], "|a\nbc\nd");
    check("a|\nb\n\nc\nd\n\ne", &[Move(Motion::ParagraphDown)], "a\nb\n|\nc\nd\n\ne");
    check("a\nb\n|\nc\nd\n\ne", &[Move(Motion::ParagraphDown)], "a\nb\n\nc\nd\n|\ne");
    check("a\nb\n\nc\nd|", &[Move(Motion::ParagraphUp)], "a\nb\n|\nc\nd");
    check("a\nb\n|\nc", &[Move(Motion::ParagraphUp)], "|a\nb\n\nc");
    check("long line|\nab\nlong line", &[Move(Motion::RowDown)], "long line\nab|\nlong line");
    check("long line|\nab\nlong line", &[Move(Motion::RowDown), Move(Motion::RowDown)], "long line\nab\nlong line|");
    check("|a", &[Move(Motion::RowDown)], "a|");
    check("a|b", &[Move(Motion::RowUp)], "|ab");
    check("日本|\nabcdef", &[Move(Motion::RowDown)], "日本\nabcd|ef");
    check("abc|d\n日本", &[Move(Motion::RowDown)], "abcd\n日|本");
}

#[test]
fn moving_by_rows_of_a_wrapped_line() {
    let mut editor = lines("|hello brave new world");
    editor.set_viewport(8, 5);
    // Rows: "hello " "brave " "new " "world".
    editor.apply(Move(Motion::RowDown), 0);
    assert_eq!(mark(&editor), "hello |brave new world");
    editor.apply(Move(Motion::RowEnd), 0);
    assert_eq!(mark(&editor), "hello brave| new world");
    editor.apply(Move(Motion::RowEnd), 0);
    assert_eq!(mark(&editor), "hello brave new world|");
    editor.apply(Move(Motion::RowUp), 0);
    assert_eq!(mark(&editor), "hello brave new| world");
    editor.apply(Move(Motion::RowUp), 0);
    assert_eq!(mark(&editor), "hello brave| new world");
    editor.apply(Move(Motion::RowStart), 0);
    assert_eq!(mark(&editor), "hello |brave new world");
    editor.apply(Move(Motion::RowStart), 0);
    assert_eq!(mark(&editor), "|hello brave new world");
}

#[test]
fn the_end_of_a_cut_word_is_on_its_own_row() {
    let mut editor = lines("|abcdefgh");
    editor.set_viewport(4, 5);
    editor.apply(Move(Motion::RowEnd), 0);
    assert_eq!(editor.selection().place(), Place { offset: 4, affinity: Affinity::Upstream });
    let rows = editor.visible_rows(4, 5);
    assert_eq!((editor.caret_column(&rows[0]), editor.caret_column(&rows[1])), (Some(4), None));
    editor.apply(Move(Motion::RowDown), 0);
    assert_eq!(mark(&editor), "abcdefgh|");
    editor.apply(Move(Motion::RowUp), 0);
    assert_eq!(editor.selection().place(), Place { offset: 4, affinity: Affinity::Upstream });
}

#[test]
fn selecting() {
    check("a|bc", &[Select(Motion::Right), Select(Motion::Right)], "a^bc|");
    check("ab|c", &[Select(Motion::WordLeft)], "|ab^c");
    check("ab|c\nd", &[SelectAll], "^abc\nd|");
    check("one tw|o three", &[SelectWord], "one ^two| three");
    check("one two| three", &[SelectWord], "one ^two| three");
    check("{{ na|me }}", &[SelectWord], "{{ ^name| }}");
    check("a|b\ncd\ne", &[SelectLine], "^ab\n|cd\ne");
    check("a|b\ncd\ne", &[SelectLine, SelectLine], "^ab\ncd\n|e");
    check("a^b|", &[Unselect], "ab|");
    check("|\n\n", &[SelectWord], "|\n\n");
}

#[test]
fn killing_and_yanking() {
    check("one two three|", &[Kill(Motion::WordLeft), Kill(Motion::WordLeft), Yank], "one two three|");
    check("one| two", &[Kill(Motion::LineEnd), Move(Motion::LineStart), Yank], " two|one");
    check("ab|cd", &[Kill(Motion::LineStart), Kill(Motion::LineEnd), Yank], "abcd|");
    check("a b|", &[Kill(Motion::WordLeft), Move(Motion::Left), Kill(Motion::LineStart), Yank, Yank], "aa| ");
}

#[test]
fn lines_as_wholes() {
    check("a\nb|c\nd", &[DeleteLine], "a\n|d");
    check("a\nb|c", &[DeleteLine], "a|");
    check("a|", &[DeleteLine], "|");
    check("a\nb|\nc", &[MoveLineUp], "b|\na\nc");
    check("a\nb|\nc", &[MoveLineDown], "a\nc\nb|");
    check("a\nb\nc|", &[MoveLineUp], "a\nc|\nb");
    check("a^\nb\n|c", &[MoveLineDown], "c\na^\nb|");
    check("|a", &[MoveLineUp, MoveLineDown], "|a");
    check("a\nb|\nc", &[MoveLineUp, MoveLineDown], "a\nb|\nc");
    check("a|b\nc", &[DuplicateLine], "ab\na|b\nc");
    check("a|b", &[Indent], "a |b");
    check("ab|", &[Indent], "ab  |");
    check("^a\n\nb|", &[Indent], "^  a\n\n  b|");
    check("^  a\n b\n\tc\nd|", &[Outdent], "^a\nb\nc\nd|");
    check("    a|", &[Outdent], "  a|");
    check("|    a", &[Outdent], "|  a");
}

#[test]
fn pasting() {
    check("a^b|c", &[InsertText("1\r\n2\u{1b}[201~\r3".into())], "a1\n2\n3|c");
    check("a|", &[InsertText("1\n2".into()), Undo], "a|");
    check("|", &[InsertText("x".into()), InsertChar('y'), Undo], "x|");
    let mut field = Editor::single_line("a");
    field.apply(InsertText("b\nc\n".into()), 0);
    field.apply(Newline, 0);
    assert_eq!(mark(&field), "ab c|");
}

#[test]
fn cutting_and_copying_offer_the_text() {
    let mut editor = lines("a^bc|d");
    assert_eq!(editor.apply(Command::Copy, 0).copied.as_deref(), Some("bc"));
    let change = editor.apply(Cut, 0);
    assert_eq!((change.copied.as_deref(), mark(&editor).as_str()), (Some("bc"), "a|d"));
    assert_eq!(editor.apply(Command::Copy, 0).copied, None);
}

#[test]
fn typing_is_undone_in_runs() {
    let mut editor = lines("|");
    for (index, command) in typed("hello").into_iter().enumerate() {
        editor.apply(command, index as u64 * 200);
    }
    for (index, command) in typed(" world").into_iter().enumerate() {
        editor.apply(command, 5000 + index as u64 * 200);
    }
    editor.apply(Undo, 9000);
    assert_eq!(mark(&editor), "hello|");
    editor.apply(Undo, 9000);
    assert_eq!(mark(&editor), "|");
    assert_eq!(editor.apply(Undo, 9000).notice, Some(Notice::NothingToUndo));
    editor.apply(Redo, 9000);
    editor.apply(Redo, 9000);
    assert_eq!(mark(&editor), "hello world|");
    assert_eq!(editor.apply(Redo, 9000).notice, Some(Notice::NothingToRedo));

    check(
        "|",
        &[InsertChar('a'), InsertChar('b'), Move(Motion::Left), Move(Motion::Right), InsertChar('c'), Undo],
        "ab|",
    );
    check("|", &[InsertChar('a'), Newline, InsertChar('b'), Undo], "a\n|");
    check("abc|", &[Backspace, Backspace, InsertChar('x'), Undo], "a|");
    check("abc|", &[Backspace, Backspace, Undo], "abc|");
    check("|abc", &[DeleteForward, DeleteForward, Undo], "|abc");
    check("a^bc|d", &[InsertChar('x'), InsertChar('y'), Undo], "a^bc|d");
}

#[test]
fn modified_means_other_than_saved() {
    let mut editor = lines("a|");
    assert!(!editor.is_modified());
    editor.apply(InsertChar('b'), 0);
    assert!(editor.is_modified());
    editor.mark_saved();
    editor.apply(InsertChar('c'), 1);
    assert!(editor.is_modified());
    editor.apply(Undo, 2);
    assert!(!editor.is_modified());
    editor.apply(Undo, 3);
    assert!(editor.is_modified());
}

#[test]
fn a_file_keeps_its_line_ends() {
    let mut editor = Editor::lines("a\r\nb\r\n");
    assert_eq!(editor.buffer().line_end(), LineEnd::CarriageReturnLineFeed);
    let before = editor.hash();
    editor.apply(Move(Motion::DocumentEnd), 0);
    editor.apply(InsertText("c\nd".into()), 0);
    assert_eq!(editor.file_text(), "a\r\nb\r\nc\r\nd");
    assert_ne!(editor.hash(), before);
    editor.apply(Undo, 0);
    assert_eq!(editor.hash(), before);
}

#[test]
fn a_text_set_from_outside_is_one_step_and_keeps_the_caret() {
    let mut editor = lines("one\ntwo|\nthree");
    editor.set_spans(
        Layer::Template,
        editor.revision(),
        vec![Span::new(0..3, SpanKind::Variable), Span::new(8..13, SpanKind::Marker)],
    );
    let change = editor.apply(Command::SetText("one\ntwo\nand a half\nthree".into()), 0);
    assert_eq!(mark(&editor), "one\ntwo|\nand a half\nthree");
    let ranges: Vec<_> = editor.spans_within(0..100).map(|span| span.range.clone()).collect();
    assert_eq!(ranges, [0..3, 19..24]);
    let edited = change.edited.expect("an edit");
    assert_eq!((edited.start, edited.old_end, edited.new_end), (8, 8, 19));
    editor.apply(Undo, 0);
    assert_eq!(mark(&editor), "one\ntwo|\nthree");
    assert_eq!(editor.apply(Command::SetText("one\ntwo\nthree".into()), 0).edited, None);
}

#[test]
fn a_change_says_what_was_edited() {
    let mut editor = lines("a^b\nb\nb|");
    let change = editor.apply(Command::ReplaceAll("x".into()), 0);
    assert_eq!(change.edited, None);
    let change = editor.apply(Indent, 0);
    let edited = change.edited.expect("an edit");
    assert_eq!((edited.start, edited.old_end, edited.new_end), (0, 5, 11));
    assert_eq!(change.revision, editor.revision());
    assert!(change.selection_changed);
}

fn find(pattern: &str) -> Command {
    Command::Find(Query::literal(pattern))
}

#[test]
fn finding() {
    let mut editor = lines("a|b ab AB\nab");
    editor.apply(find("a"), 0);
    assert_eq!(mark(&editor), "ab ^a|b AB\nab");
    editor.apply(find("ab"), 0);
    assert_eq!(mark(&editor), "ab ^ab| AB\nab");
    let status = editor.find_status().expect("a search");
    assert_eq!((status.current, status.count), (Some(2), MatchCount::Exactly(4)));
    editor.apply(Command::FindNext, 0);
    assert_eq!(mark(&editor), "ab ab ^AB|\nab");
    editor.apply(Command::FindNext, 0);
    assert_eq!(editor.apply(Command::FindNext, 0).notice, Some(Notice::Wrapped));
    assert_eq!(mark(&editor), "^ab| ab AB\nab");
    assert_eq!(editor.apply(Command::FindPrevious, 0).notice, Some(Notice::Wrapped));
    assert_eq!(mark(&editor), "ab ab AB\n^ab|");
    editor.apply(find("AB"), 0);
    assert_eq!(mark(&editor), "ab ab ^AB|\nab");
    assert_eq!(editor.find_status().map(|status| status.count), Some(MatchCount::Exactly(1)));
    assert_eq!(editor.apply(find("zz"), 0).notice, Some(Notice::NoMatch));
    editor.apply(Command::EndFind, 0);
    assert_eq!(editor.find_status(), None);
}

#[test]
fn a_bad_expression_says_why() {
    let mut editor = lines("|a(b");
    let notice = editor.apply(Command::Find(Query::regex("a(")), 0).notice;
    assert!(matches!(&notice, Some(Notice::InvalidPattern(why)) if why.contains("unclosed")), "{notice:?}");
    assert_eq!(editor.apply(find("a("), 0).notice, None);
    assert_eq!(mark(&editor), "^a(|b");
}

#[test]
fn a_match_never_cuts_a_grapheme() {
    let mut editor = lines("|e\u{301} e");
    editor.apply(find("e"), 0);
    assert_eq!(mark(&editor), "e\u{301} ^e|");
    assert_eq!(editor.find_status().map(|status| status.count), Some(MatchCount::Exactly(1)));
}

#[test]
fn replacing() {
    let mut editor = lines("|cat hat cat");
    editor.apply(find("cat"), 0);
    editor.apply(Command::ReplaceOne("dog".into()), 0);
    assert_eq!(mark(&editor), "dog hat ^cat|");
    editor.apply(Command::ReplaceOne("dog".into()), 0);
    assert_eq!(editor.text(), "dog hat dog");

    let mut editor = lines("cat hat ca|t");
    editor.apply(Command::Find(Query::regex(r"(\w)at")), 0);
    assert_eq!(editor.apply(Command::ReplaceAll("$1-$1".into()), 0).notice, Some(Notice::Replaced(3)));
    assert_eq!(editor.text(), "c-c h-h c-c");
    editor.apply(Undo, 0);
    assert_eq!(editor.text(), "cat hat cat");

    let mut editor = lines("x$1x|");
    editor.apply(find("$1"), 0);
    editor.apply(Command::ReplaceAll("$2".into()), 0);
    assert_eq!(editor.text(), "x$2x");
}

#[test]
fn matches_beyond_the_counted_ones_are_still_found() {
    let mut editor = lines(&format!("|{}", "ab ".repeat(15_000)));
    editor.apply(find("ab"), 0);
    assert_eq!(editor.find_status().map(|status| status.count), Some(MatchCount::AtLeast(10_000)));
    assert_eq!(editor.matches_within(44_000..44_010).len(), 3);
    editor.apply(Move(Motion::DocumentEnd), 0);
    editor.apply(Command::FindPrevious, 0);
    assert_eq!(editor.selection().range(), 44_997..44_999);
    editor.apply(Command::ReplaceAll(String::new()), 0);
    assert_eq!(editor.text(), " ".repeat(15_000));
}

#[test]
fn the_view_follows_the_caret_and_not_the_wheel() {
    let text = "a line\n".repeat(100);
    let mut editor = lines(&format!("|{text}"));
    editor.set_viewport(40, 10);
    let top_line = |editor: &Editor| editor.buffer().line_of(editor.top());
    for _ in 0..9 {
        editor.apply(Move(Motion::RowDown), 0);
    }
    assert_eq!(top_line(&editor), 0);
    editor.apply(Move(Motion::RowDown), 0);
    assert_eq!(top_line(&editor), 1);
    editor.scroll_by(20);
    assert_eq!(top_line(&editor), 21);
    editor.scroll_by(1000);
    assert_eq!(top_line(&editor), 91);
    editor.scroll_by(-1000);
    assert_eq!(top_line(&editor), 0);
    editor.scroll_by(50);
    editor.apply(InsertChar('x'), 0);
    assert!((1..=10).contains(&top_line(&editor)));
    editor.apply(Move(Motion::DocumentEnd), 0);
    assert_eq!(top_line(&editor), 91);
    editor.apply(Move(Motion::PageUp), 0);
    assert_eq!(editor.caret_position().0, 92);
    editor.set_viewport(40, 5);
    editor.scroll_by(-30);
    let top = top_line(&editor);
    editor.set_viewport(30, 5);
    assert_eq!(top_line(&editor), top);
}

#[test]
fn a_field_scrolls_sideways() {
    let mut field = Editor::single_line(&"0123456789".repeat(10));
    field.set_viewport(20, 1);
    let shown = |field: &Editor| {
        let rows = field.visible_rows(20, 1);
        (rows[0].text.clone(), field.caret_column(&rows[0]))
    };
    assert_eq!(shown(&field), ("01234567890123456789".to_owned(), Some(20)));
    field.apply(Move(Motion::LineStart), 0);
    assert_eq!(shown(&field).1, Some(0));
    for _ in 0..25 {
        field.apply(Move(Motion::Right), 0);
    }
    assert!(shown(&field).1.is_some());
    for _ in 0..10 {
        field.apply(Move(Motion::Left), 0);
        assert!(shown(&field).1.is_some());
    }
    field.apply(Command::SelectAll, 0);
    field.apply(Backspace, 0);
    assert_eq!(shown(&field), (String::new(), Some(0)));
    assert_eq!(field.mode(), Mode::SingleLine);
}

fn command() -> impl Strategy<Value = Command> {
    let motion = prop::sample::select(vec![
        Motion::Left,
        Motion::Right,
        Motion::WordLeft,
        Motion::WordRight,
        Motion::RowUp,
        Motion::RowDown,
        Motion::PageUp,
        Motion::PageDown,
        Motion::RowStart,
        Motion::RowEnd,
        Motion::LineStart,
        Motion::LineEnd,
        Motion::ParagraphUp,
        Motion::ParagraphDown,
        Motion::DocumentStart,
        Motion::DocumentEnd,
    ]);
    let piece = "([a-c ]|\n|\t|é|\u{301}|\u{200d}|👨|👩|🇩|🇪|日|\u{202e}|\r\n|\u{1b}\\[1m)";
    prop_oneof![
        6 => prop::sample::select(vec!['a', ' ', '\n', '\u{301}', '\u{200d}', '👩', '🇩', '日']).prop_map(InsertChar),
        2 => prop::collection::vec(piece, 0..6).prop_map(|pieces| InsertText(pieces.concat())),
        1 => prop::collection::vec(piece, 0..6).prop_map(|pieces| Command::SetText(pieces.concat())),
        4 => motion.clone().prop_map(Move),
        4 => motion.clone().prop_map(Select),
        2 => motion.clone().prop_map(Command::Delete),
        2 => motion.prop_map(Kill),
        2 => (0usize..60).prop_map(|offset| Command::MoveTo(offset.into())),
        2 => (0usize..60).prop_map(|offset| Command::SelectTo(offset.into())),
        1 => prop::sample::select(vec!["a", "é", "\n", "[", "."]).prop_map(|pattern| Command::Find(Query::regex(pattern))),
        2 => prop::sample::select(vec!["", "bb", "\u{301}"]).prop_map(|text| Command::ReplaceAll(text.into())),
        2 => prop::sample::select(vec!["", "bb", "\u{301}"]).prop_map(|text| Command::ReplaceOne(text.into())),
        12 => prop::sample::select(vec![
            Newline, Backspace, DeleteForward, DeleteWordBack, DeleteWordForward, DeleteToLineStart, DeleteToLineEnd,
            DeleteLine, Yank, SelectAll, SelectWord, SelectLine, Unselect, Cut, Undo, Redo, Indent, Outdent, MoveLineUp,
            MoveLineDown, DuplicateLine, Command::FindNext, Command::FindPrevious, Command::EndFind,
        ]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_can_be_undone_and_done_again(
        text in "([a-c ]|\n|\t|é|\u{301}|👨\u{200d}👩|日|\r\n){0,30}",
        commands in prop::collection::vec((command(), 0u64..1500), 0..25),
        columns in 1usize..12,
        height in 1usize..6,
        single in any::<bool>(),
    ) {
        let mode = if single { Mode::SingleLine } else { Mode::Lines };
        let mut editor = Editor::new(&text, EditorOptions { mode, ..EditorOptions::default() });
        editor.set_viewport(columns, height);
        let start = editor.text();
        let file = editor.file_text();
        let mut clock = 0;
        let mut query = None;
        for (command, pause) in commands {
            clock += pause;
            let before = editor.text();
            let undone = matches!(command, Undo | Redo);
            match &command {
                Command::Find(asked) => query = Some(asked.clone()),
                Command::EndFind => query = None,
                _ => {}
            }
            let change = editor.apply(command, clock);
            let after = editor.text();
            let selection = editor.selection();
            prop_assert!(editor.buffer().is_edge(selection.head) && editor.buffer().is_edge(selection.anchor));
            if let Some(edited) = change.edited {
                prop_assert_eq!(&before[..edited.start], &after[..edited.start]);
                prop_assert_eq!(&before[edited.old_end..], &after[edited.new_end..]);
            } else {
                prop_assert_eq!(&before, &after);
            }
            prop_assert!(!single || !after.contains('\n'));
            if let Some(query) = &query {
                let mut fresh = Editor::lines(&after);
                fresh.apply(Command::Find(query.clone()), 0);
                // Opened as a file, a text of nothing but CR LF line ends would be another.
                prop_assert!(fresh.text() != after || editor.matches_within(0..after.len()) == fresh.matches_within(0..after.len()));
            }
            // The caret is always in sight after it moved.
            if change.selection_changed && !undone && selection.range() != (0..after.len()) {
                let rows = editor.visible_rows(columns, height);
                prop_assert!(rows.iter().any(|row| editor.caret_column(row).is_some()), "{:?} {selection:?}", rows);
            }
        }
        while editor.apply(Redo, clock).notice.is_none() {}
        let latest = editor.text();
        while editor.apply(Undo, clock).notice.is_none() {}
        prop_assert_eq!(editor.text(), start);
        prop_assert_eq!(editor.file_text(), file);
        prop_assert!(!editor.is_modified());
        while editor.apply(Redo, clock).notice.is_none() {}
        prop_assert_eq!(&editor.text(), &latest);
    }

    #[test]
    fn every_caret_place_is_where_a_click_on_it_leads(
        text in "([a-c ]|\n|\t|é|e\u{301}|👨\u{200d}👩|日|\u{200b}){0,50}",
        columns in 1usize..12,
    ) {
        let mut editor = Editor::lines(&text);
        editor.set_viewport(columns, 200);
        let rows = editor.visible_rows(columns, 200);
        let mut offset = 0;
        loop {
            editor.apply(Command::MoveTo(offset.into()), 0);
            let drawn: Vec<_> = rows.iter().filter_map(|row| Some((row, editor.caret_column(row)?))).collect();
            prop_assert_eq!(drawn.len(), 1, "{:?} at {}", &rows, offset);
            let (row, column) = drawn[0];
            prop_assert!(column <= columns);
            prop_assert_eq!(row.place_at(column), Place::from(offset));
            if offset == editor.buffer().len() {
                break;
            }
            offset = editor.buffer().next_edge(offset);
        }
    }
}
