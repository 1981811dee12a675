//! `fourfold.toml`, the user's settings and the spelling of keys: any text is read or refused with a place.

#![no_main]

use std::path::Path;

use fourfold::config::settings::Settings;
use fourfold::config::{Known, Workbench, origins};
use fourfold::keys::Chord;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = Workbench::parse(text, Path::new("/nowhere"), Known::default());
    let _ = Settings::parse(text, Path::new("settings.toml"));
    let _ = origins(text);
    if let Ok(chord) = text.parse::<Chord>() {
        assert_eq!(chord.to_string().parse(), Ok(chord));
    }
});
