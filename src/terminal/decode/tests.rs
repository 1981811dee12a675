//! The decoder fed with bytes whole, split and late.

use proptest::prelude::*;

use super::*;
use crate::keys::legacy_bytes;
use crate::terminal::input::{Direction, Focus, Mouse, MouseAction, MouseButton};

/// Everything `bytes` mean, when nothing follows.
fn decode(bytes: &[u8]) -> Vec<Input> {
    let mut decoder = Decoder::default();
    let mut found = decoder.feed(bytes);
    found.extend(decoder.expire());
    assert_eq!(decoder.patience(), None, "something is left of {bytes:?}");
    found
}

fn keys(spellings: &str) -> Vec<Input> {
    spellings.split_whitespace().map(|spelling| Input::Key(spelling.parse().unwrap())).collect()
}

fn pasted(text: &str) -> Vec<Input> {
    vec![Input::Paste(text.into())]
}

#[test]
fn bytes_of_known_terminals() {
    let table: [(&[u8], &str); 49] = [
        (b"a", "a"),
        (b"G", "G"),
        ("é日".as_bytes(), "é 日"),
        (b"\r", "enter"),
        (b"\n", "ctrl+j"),
        (b"\t", "tab"),
        (b"\x7f", "backspace"),
        (b"\x00", "ctrl+space"),
        (b"\x1f", "ctrl+/"),
        (b"\x1c", "ctrl+\\"),
        (b"\x1b", "esc"),
        (b"\x1b\x1b", "esc esc"),
        (b"\x1ba", "alt+a"),
        (b"\x1bR", "alt+shift+r"),
        (b"\x1b[", "alt+["),
        (b"\x1b]", "alt+]"),
        (b"\x1bO", "alt+shift+o"),
        // tmux with extended keys off sends this for Shift+Enter bound by its users.
        (b"\x1b\r", "alt+enter"),
        (b"\x1b\x7f", "alt+backspace"),
        (b"\x1b[A\x1b[B\x1b[C\x1b[D", "up down right left"),
        (b"\x1bOA\x1bOD", "up left"),
        (b"\x1b[H\x1b[F\x1b[1~\x1b[4~\x1b[7~\x1b[8~", "home end home end home end"),
        (b"\x1bOP\x1bOQ\x1bOR\x1bOS", "f1 f2 f3 f4"),
        (b"\x1b[[A\x1b[[E", "f1 f5"),
        (b"\x1b[11~\x1b[15~\x1b[17~\x1b[21~\x1b[23~\x1b[24~", "f1 f5 f6 f10 f11 f12"),
        (b"\x1b[1;5P\x1b[15;2~", "ctrl+f1 shift+f5"),
        (b"\x1b[1;2D\x1b[1;5C\x1b[1;6A", "shift+left ctrl+right ctrl+shift+up"),
        (b"\x1b\x1b[A", "alt+up"),
        (b"\x1b[Z", "shift+tab"),
        (b"\x1b[2~\x1b[3~\x1b[5~\x1b[6~", "insert delete pageup pagedown"),
        (b"\x1b[3;5~", "ctrl+delete"),
        // kitty: with the disambiguating flag
        (b"\x1b[13;5u", "ctrl+enter"),
        (b"\x1b[13;2u", "shift+enter"),
        (b"\x1b[27u", "esc"),
        (b"\x1b[114;5u", "ctrl+r"),
        (b"\x1b[122;6u", "ctrl+shift+z"),
        // What other terminals cannot tell from Enter, Tab and Escape means the same here; found by fuzzing.
        (b"\x1b[109;5u\x1b[105;5u\x1b[91;5u", "enter tab esc"),
        (b"\x1b[109;7u\x1b[27;5;109~", "alt+enter enter"),
        (b"\x1b[109;6u", "ctrl+shift+m"),
        (b"\x1b[122:90;6u", "ctrl+shift+z"),
        (b"\x1b[9;2u", "shift+tab"),
        (b"\x1b[97;1:1u\x1b[97;1:3u\x1b[97;1:2u", "a a"),
        // Ctrl and the key that is c on a Latin layout, typed on a Cyrillic one
        (b"\x1b[1089::99;5u", "ctrl+c"),
        (b"\x1b[57414u\x1b[57399u", "enter 0"),
        // Command+C belongs to the desktop; a lone Shift is no key.
        (b"\x1b[99;9u\x1b[57441;2u", ""),
        // xterm's modifyOtherKeys
        (b"\x1b[27;5;13~", "ctrl+enter"),
        // the number pad in application mode
        (b"\x1bOp\x1bOy", "0 9"),
        // Ctrl+C in the middle of a sequence that was cut
        (b"\x1b[1;\x03", "ctrl+c"),
        (b"ab\x1b[Acd", "a b up c d"),
    ];
    for (bytes, spellings) in table {
        assert_eq!(decode(bytes), keys(spellings), "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn answers_of_the_terminal_type_nothing() {
    let table: [&[u8]; 9] = [
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        b"\x1b[?62;4;22c",
        b"\x1b[>1;10;0c",
        b"\x1bP>|xterm(390)\x1b\\",
        b"\x1b_Gi=1;OK\x1b\\",
        b"\x1b[?2026;2$y",
        b"\x1b[M !!",
        b"\x1b[?997;1n",
    ];
    for bytes in table {
        assert_eq!(decode(bytes), [], "{:?}", String::from_utf8_lossy(bytes));
    }
    // A late answer cut by its end and typed keys behind it: nothing of the answer reaches the text.
    assert_eq!(decode(b"\x1b]11;rgb:1e1e/1e1e/2e2e"), []);
    assert_eq!(decode(b"\x1b[?5u"), [Input::KittyKeyboard]);
}

#[test]
fn mouse_and_focus() {
    let mouse = |action, column, row, modifiers| vec![Input::Mouse(Mouse { action, column, row, modifiers })];
    let (none, left) = (Modifiers::NONE, MouseButton::Left);
    let table: [(&[u8], Vec<Input>); 10] = [
        (b"\x1b[<0;1;1M", mouse(MouseAction::Press(left), 0, 0, none)),
        (b"\x1b[<0;300;120m", mouse(MouseAction::Release(left), 299, 119, none)),
        (b"\x1b[<32;5;6M", mouse(MouseAction::Drag(left), 4, 5, none)),
        (b"\x1b[<35;5;6M", mouse(MouseAction::Move, 4, 5, none)),
        (b"\x1b[<2;1;1M", mouse(MouseAction::Press(MouseButton::Right), 0, 0, none)),
        (b"\x1b[<64;1;1M", mouse(MouseAction::Scroll(Direction::Up), 0, 0, none)),
        (b"\x1b[<69;1;1M", mouse(MouseAction::Scroll(Direction::Down), 0, 0, Modifiers::SHIFT)),
        (b"\x1b[<16;1;1M", mouse(MouseAction::Press(left), 0, 0, Modifiers::CONTROL)),
        (b"\x1b[I\x1b[O", vec![Input::Focus(Focus::Gained), Input::Focus(Focus::Lost)]),
        (b"\x1b[<0;1M", vec![]),
    ];
    for (bytes, inputs) in table {
        assert_eq!(decode(bytes), inputs, "{:?}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn a_paste_is_text_and_never_a_key() {
    assert_eq!(decode(b"\x1b[200~one\r\ntwo\rthree\n\x03\x1b[A\tx\x1b[201~"), pasted("one\ntwo\nthree\n\tx"));
    assert_eq!(decode(b"\x1b[200~\x1b[201~"), []);
    // What a terminal showed in colours is pasted with its escape sequences: they go whole, as the editor takes them.
    let shown = "\x1b[1;31merror\x1b[0m: \x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\ \u{9b}x";
    assert_eq!(decode(format!("\x1b[200~{shown}\x1b[201~").as_bytes()), pasted("error: link x"));
    assert_eq!(Input::pasted(shown), Some(Input::Paste(crate::editor::sanitize(shown))));
    assert_eq!(Input::pasted("\x1b[0m"), None);
    let mut expected = keys("a");
    expected.extend(pasted("b"));
    expected.extend(keys("ctrl+c"));
    assert_eq!(decode(b"a\x1b[200~b\x1b[201~\x03"), expected);
}

#[test]
fn a_paste_without_its_end_is_delivered_and_keys_work_again() {
    let mut decoder = Decoder::default();
    assert_eq!(decoder.feed(b"\x1b[200~half a paste"), []);
    assert_eq!(decoder.feed(b" and more\x1b[201"), []);
    assert_eq!(decoder.patience(), Some(LONG_PATIENCE));
    assert_eq!(decoder.expire(), pasted("half a paste and more[201"));
    assert_eq!(decoder.feed(b"\x11"), keys("ctrl+q"));
}

#[test]
fn a_paste_of_a_megabyte_in_small_reads_is_one_input_in_linear_time() {
    let text = "line of text, with é and 日本\n".repeat(40_000);
    let bytes = [b"\x1b[200~", text.as_bytes(), b"\x1b[201~"].concat();
    let mut decoder = Decoder::default();
    let found: Vec<Input> = bytes.chunks(1021).flat_map(|chunk| decoder.feed(chunk)).collect();
    assert_eq!(found, pasted(&text));
}

#[test]
fn without_paste_marks_a_burst_is_a_paste() {
    let mut decoder = Decoder::default();
    assert_eq!(decoder.feed(b"def main():\r    pass\r"), []);
    assert_eq!(decoder.patience(), Some(BURST_PATIENCE));
    assert_eq!(decoder.feed(b"x = 1"), []);
    assert_eq!(decoder.expire(), pasted("def main():\n    pass\nx = 1"));
    // A key that ends it comes after it.
    let mut expected = pasted("def main():\n    pass\n");
    expected.extend(keys("ctrl+r"));
    assert_eq!(decoder.feed(b"def main():\r    pass\r\x12"), expected);
    // Fingers over a slow line: short, or without a line end.
    assert_eq!(decode(b"ls\r"), keys("l s enter"));
    assert_eq!(decode(b"abcdefghijklmnopqrst").len(), 20);
}

#[test]
fn a_slow_line_cuts_keys_anywhere() {
    let mut decoder = Decoder::default();
    assert_eq!(decoder.feed(b"\x1b"), []);
    assert_eq!(decoder.patience(), Some(ESCAPE_PATIENCE));
    assert_eq!(decoder.feed(b"["), []);
    assert_eq!(decoder.feed(b"A"), keys("up"));
    assert_eq!(decoder.feed(&"é".as_bytes()[..1]), []);
    assert_eq!(decoder.feed(&"é".as_bytes()[1..]), keys("é"));
    assert_eq!(decoder.patience(), None);
}

fn any_input_bytes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\x1b[A".to_vec()),
        Just(b"\x1b[200~".to_vec()),
        Just(b"\x1b[201~".to_vec()),
        Just(b"\x1b[<0;3;4M".to_vec()),
        Just(b"\x1b]11;x\x07".to_vec()),
        Just(b"\x1b".to_vec()),
        "[a-zé日\r\n]{0,5}".prop_map(String::into_bytes),
        proptest::collection::vec(any::<u8>(), 0..4),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_or_stick(bytes in any_input_bytes()) {
        let mut decoder = Decoder::default();
        decoder.feed(&bytes);
        decoder.expire();
        prop_assert_eq!(decoder.patience(), None);
        prop_assert_eq!(decoder.feed(b"\x11"), keys("ctrl+q"));
    }

    #[test]
    fn how_the_bytes_are_cut_does_not_matter(bytes in any_input_bytes(), cut in any::<prop::sample::Index>()) {
        // A burst is about single reads, so it is the one thing that may differ.
        prop_assume!(!bytes.iter().any(|byte| matches!(byte, b'\r' | b'\n')));
        let at = if bytes.is_empty() { 0 } else { cut.index(bytes.len()) };
        let mut whole = Decoder::default();
        let mut expected = whole.feed(&bytes);
        expected.extend(whole.expire());
        let mut parts = Decoder::default();
        let mut found = parts.feed(&bytes[..at]);
        found.extend(parts.feed(&bytes[at..]));
        found.extend(parts.expire());
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn every_chord_with_a_byte_form_comes_back(
        key in prop_oneof![
            proptest::char::range('!', '~').prop_map(Key::Char),
            Just(Key::Char(' ')),
            (1_u8..=12).prop_map(Key::Function),
            proptest::sample::select(vec![
                Key::Enter, Key::Escape, Key::Tab, Key::Backspace, Key::Delete, Key::Insert, Key::Home, Key::End,
                Key::PageUp, Key::PageDown, Key::Up, Key::Down, Key::Left, Key::Right,
            ]),
        ],
        shift in any::<bool>(), alt in any::<bool>(), control in any::<bool>(),
    ) {
        let mut modifiers = Modifiers::NONE;
        for (held, modifier) in [(shift, Modifiers::SHIFT), (alt, Modifiers::ALT), (control, Modifiers::CONTROL)] {
            if held {
                modifiers = modifiers | modifier;
            }
        }
        let chord = Chord::new(key, modifiers);
        if let Some(bytes) = legacy_bytes(chord) {
            // Control and i, m, [ are Tab, Enter and Escape; Alt and Escape is Escape twice.
            let same_byte = matches!(chord.key, Key::Char('i' | 'm')) && modifiers.contains(Modifiers::CONTROL);
            prop_assume!(!(same_byte || chord.key == Key::Escape && alt));
            prop_assert_eq!(decode(&bytes), vec![Input::Key(chord)], "{}", chord);
        }
    }
}
