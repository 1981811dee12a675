//! The bytes of a terminal: any bytes, cut anywhere, and however they end the next key works.

#![no_main]

use fourfold::keys::{Chord, Key, Modifiers};
use fourfold::terminal::Input;
use fourfold::terminal::decode::Decoder;
use fourfold_fuzz::cut;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let (_, reads) = cut(input);
    let mut decoder = Decoder::default();
    for read in reads {
        for found in decoder.feed(read) {
            if let Input::Key(chord) = found {
                let Key::Char(letter) = chord.key else { continue };
                assert!(!letter.is_control(), "{chord:?}");
                // Of blanks only the plain one has a name; no other is ever bound.
                assert!(letter.is_whitespace() || chord.to_string().parse() == Ok(chord), "{chord:?}");
            }
        }
    }
    decoder.expire();
    assert_eq!(decoder.patience(), None);
    assert_eq!(decoder.feed(b"\x11"), [Input::Key(Chord::new(Key::Char('q'), Modifiers::CONTROL))]);
});
