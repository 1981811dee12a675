//! What the terminal can show, as far as its surroundings tell. A pipe in its place is no fault: reports are often kept.

use super::finding::{Area, Finding};
use crate::config::settings::{KittySetting, Settings};
use crate::terminal::environment::{Environment, NoTerminal};
use crate::theme::ColorLevel;

const AREA: Area = Area::Terminal;

pub(super) fn look(settings: &Settings, findings: &mut Vec<Finding>) {
    let environment = Environment::of_process();
    findings.push(match environment.check() {
        Ok(()) => Finding::fine(AREA, "screen", "can be drawn here"),
        Err(fault @ NoTerminal::Dumb) => Finding::fault(AREA, "screen", fault.to_string(), fault.hint()),
        Err(pipe) => Finding::note(AREA, "screen", format!("{pipe}; the screen was not looked at")).hint(pipe.hint()),
    });
    let named = [
        ("TERM", &environment.term),
        ("COLORTERM", &environment.colorterm),
        ("TERM_PROGRAM", &environment.term_program),
    ];
    for (name, value) in named {
        if let Some(value) = value {
            let finding = Finding::fine(AREA, name, value.clone());
            findings.push(if name == "TERM" { finding.short(value.clone()) } else { finding });
        }
    }
    if environment.term.is_none() && !cfg!(windows) {
        let hint = "Set TERM to what your terminal is, for example xterm-256color.";
        findings.push(Finding::note(AREA, "TERM", "is not set; 16 colours are assumed").hint(hint));
    }
    let (level, why) =
        (environment.color_level(settings.colors), if environment.no_color { "NO_COLOR" } else { "colors" });
    let colours = match level {
        ColorLevel::Truecolor => "24-bit",
        ColorLevel::Ansi256 => "256",
        ColorLevel::Ansi16 => "the terminal's own 16",
        ColorLevel::Mono => "none",
    };
    let short = format!("{colours} colours");
    findings.push(Finding::fine(AREA, "colours", colours).short(short).origin(why));
    let kitty = match environment.kitty(settings.kitty_keyboard) {
        KittySetting::Auto => "used where the terminal confirms it",
        KittySetting::On => "on",
        KittySetting::Off => "off",
    };
    findings.push(Finding::fine(AREA, "kitty keyboard", kitty));
    if environment.in_tmux {
        let hint = "For copying: set -g set-clipboard on, and for colours set -as terminal-features ',*:RGB'.";
        findings.push(Finding::note(AREA, "tmux", "stands between").hint(hint));
    }
    if environment.over_ssh {
        findings.push(Finding::note(AREA, "ssh", "text is copied through the terminal (OSC 52)"));
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| {
        let value = std::env::var(name).ok().filter(|value| !value.is_empty())?;
        Some((name, value))
    });
    if let Some((name, value)) = locale.filter(|_| cfg!(unix)) {
        let utf8 = value.to_lowercase().replace('-', "").contains("utf8");
        findings.push(if utf8 {
            Finding::fine(AREA, name, value)
        } else {
            let hint = "Set LANG to a UTF-8 locale, for example C.UTF-8, if letters look wrong.";
            Finding::note(AREA, name, format!("{value} is no UTF-8 locale; the screen is drawn in UTF-8")).hint(hint)
        });
    }
}
