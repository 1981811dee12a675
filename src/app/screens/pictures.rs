//! Whole screens, kept as text: at the sizes people have, and in colour for themes of each kind.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};

use super::stage::{Stage, overlays, screens};
use crate::theme::{ColorLevel, Library};
use crate::tune::Phase;

/// The smallest that is drawn at all, a split screen, the usual one, a window, a large window.
const SIZES: [(u16, u16); 5] = [(40, 12), (60, 20), (80, 24), (120, 40), (200, 60)];

/// What has a picture besides the panes' states and the overlays over them.
fn own_screens() -> Vec<(&'static str, Stage)> {
    let mut own = vec![
        ("fourfold", Stage::fourfold()),
        ("tune_form", Stage::tune_form()),
        ("tune_training", Stage::training(Phase::Training)),
        ("tune_done", Stage::training(Phase::Finished)),
        ("tune_overfitting", Stage::overfitting()),
    ];
    own.extend(super::matrix::stages());
    own
}

fn keep(name: &str, width: u16, height: u16, picture: &str) {
    insta::with_settings!({ omit_expression => true, prepend_module_to_snapshot => false }, {
        insta::assert_snapshot!(format!("{name}_{width}x{height}"), picture);
    });
}

#[test]
fn the_answered_screen_at_every_size() {
    for (width, height) in SIZES {
        keep("answered", width, height, &Stage::answered().text(width, height));
    }
}

#[test]
fn every_state_and_overlay_at_the_usual_sizes() {
    for (name, mut stage) in screens().into_iter().chain(overlays()).chain(own_screens()) {
        for (width, height) in [(80, 24), (120, 40)] {
            keep(name, width, height, &stage.text(width, height));
        }
    }
}

#[test]
fn the_matrix_at_every_size() {
    for (name, mut stage) in super::matrix::stages().into_iter().take(1) {
        for (width, height) in [(40, 12), (60, 20), (200, 60), (300, 100)] {
            keep(name, width, height, &stage.text(width, height));
        }
        let theme = Library::default().load("gruvbox-dark", ColorLevel::Truecolor).unwrap();
        keep("colours_matrix", 80, 24, &colours(&stage.draw(80, 24, &theme)));
    }
}

#[test]
fn what_is_dark_and_what_is_light() {
    for name in ["terminal", "gruvbox-dark", "high-contrast-light"] {
        let theme = Library::default().load(name, ColorLevel::Truecolor).unwrap();
        let (width, height) = (80, 24);
        let mut stage = Stage::answered();
        keep(&format!("colours_{name}"), width, height, &colours(&stage.draw(width, height, &theme)));
    }
}

#[test]
fn no_cell_lets_the_terminals_own_ground_through() {
    let theme = Library::default().load("catppuccin-latte", ColorLevel::Truecolor).unwrap();
    for (name, mut stage) in screens().into_iter().chain(overlays()).chain(own_screens()) {
        for (width, height) in SIZES {
            let buffer = stage.draw(width, height, &theme);
            let bare = buffer.area.positions().find(|place| buffer[*place].bg == Cell::EMPTY.bg);
            assert_eq!(bare, None, "{name} at {width}x{height}");
        }
    }
}

/// Each row of the screen as its runs of one colour: the text, then foreground, ground and attributes.
fn colours(buffer: &Buffer) -> String {
    let style = |cell: &Cell| format!("{} on {} {:?}", cell.fg, cell.bg, cell.modifier);
    let mut picture = String::new();
    for y in buffer.area.y..buffer.area.bottom() {
        let mut runs: Vec<(String, String)> = Vec::new();
        for x in buffer.area.x..buffer.area.right() {
            let Some(cell) = buffer.cell((x, y)) else { continue };
            let style = style(cell);
            match runs.last_mut() {
                Some((last, text)) if *last == style => text.push_str(cell.symbol()),
                _ => runs.push((style, cell.symbol().to_owned())),
            }
        }
        for (style, text) in runs {
            let _ = writeln!(picture, "{y:2} {style:40} |{text}|");
        }
    }
    picture
}
