//! Text from outside on its way to the terminal: nothing raw is left, whatever it is shown as.

#![no_main]

use fourfold::view::text::sanitise::each_piece;
use fourfold::view::text::{Reading, Row, StreamText, Tabs, sanitise_for_terminal, sanitise_line};
use libfuzzer_sys::fuzz_target;

fn assert_fit(shown: &str, kept: &[char]) {
    let raw = |letter: &char| {
        letter.is_control() && !kept.contains(letter)
            || matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{E0000}'..='\u{E0FFF}')
    };
    let found = shown.chars().find(raw);
    assert!(found.is_none(), "{found:?} is left in {shown:?}");
}

fuzz_target!(|input: &[u8]| {
    let Some((&how, rest)) = input.split_first() else { return };
    let text = String::from_utf8_lossy(rest);
    let line = sanitise_line(&text);
    assert_fit(&line, &[]);
    assert_eq!(sanitise_line(&line), line, "twice is once");
    for (tabs, kept) in [(Tabs::Keep, ['\n', '\t'].as_slice()), (Tabs::Expand, &['\n'])] {
        let shown = sanitise_for_terminal(&text, tabs);
        assert_fit(&shown, kept);
        assert_eq!(sanitise_for_terminal(&shown, tabs), shown, "twice is once");
    }
    let mut end = 0;
    each_piece(&text, usize::from(how), |_, _, range| {
        assert!(range.start == end && text.get(range.clone()).is_some());
        end = range.end;
    });
    assert_eq!(end, text.len());

    // As it streams in: the rows of a text that came in pieces are those of the whole.
    let width = 4 + u16::from(how % 60);
    for reading in [Reading::Rendered, Reading::Raw] {
        let (mut pieces, mut whole) = (StreamText::new(reading), StreamText::new(reading));
        let half = text.floor_char_boundary(text.len() / 2);
        for part in [&text[..half], &text[half..]] {
            pieces.push(part);
            pieces.layout(width, 12);
        }
        whole.push(&text);
        pieces.end();
        whole.end();
        pieces.layout(width, 12);
        whole.layout(width, 12);
        let (pieces, whole) = (pieces.all_rows(), whole.all_rows());
        assert_eq!(pieces.iter().map(Row::text).collect::<Vec<_>>(), whole.iter().map(Row::text).collect::<Vec<_>>());
        for row in &whole {
            assert_fit(&row.text(), &[]);
        }
    }
});
