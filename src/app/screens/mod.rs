//! The whole Compose screen as a person sees it, from the first frame of the order sample on: every state and everything
//! that lies over it, at every size.

mod matrix;
mod pictures;
mod stage;
mod training;

use std::path::Path;
use std::sync::Arc;

use super::event::{EventKind, Timer};
use crate::config::Provider;
use crate::keys::{KeyOverride, Spelling};
use crate::model::{Dialect, Usage};
use crate::prompt::{Message, Role};
use crate::run::{CallDone, Spent};
use crate::score::Outcome;
use crate::state::{ArmSlot, BlindState, EngineState, Overlay, Pane, PickFor, opened};
use crate::strategy::{Call, ExemplarUse, Extraction};

use stage::{Stage, overlays, screens, terminal_theme};

/// Two calls of a vote: one that was read, one that was not.
fn called() -> Vec<CallDone> {
    let messages = vec![Message::new(Role::User, "Two kettles for Ada.\n\nThink step by step first.")];
    let exemplars = vec![ExemplarUse { id: "train-014".to_owned(), row: 13, why: "bm25 7.31".to_owned() }];
    let call = |number: usize, text: &str, read: Extraction| CallDone {
        call: Call {
            purpose: format!("answer {number} of 2"),
            messages: messages.clone(),
            exemplars: exemplars.clone(),
            ..Call::default()
        },
        text: text.to_owned(),
        reasoning: String::new(),
        outcome: "answer".to_owned(),
        stop: None,
        usage: Usage { input: Some(63), output: Some(31), ..Usage::default() },
        total_ms: 1_204,
        read: Some(read),
        notes: Vec::new(),
    };
    let two = Extraction::Made { text: "2".to_owned(), how: "after the last \"Answer:\"".to_owned() };
    let none = Extraction::Unparsed { why: "no line begins with \"Answer:\"".to_owned() };
    vec![call(1, "Two of them.\nAnswer: 2", two), call(2, "Two, I should say.", none)]
}

#[test]
fn every_overlay_opens_by_its_keys() {
    for (name, stage) in overlays() {
        assert!(!stage.state.overlays.is_empty() || stage.state.help.is_some(), "{name} does not open");
    }
    let mut themes = Stage::answered();
    themes.keys("ctrl+p t h e m e enter");
    assert!(matches!(themes.state.overlays.last(), Some(Overlay::Pick(PickFor::Theme, _))));
}

#[test]
fn the_page_of_keys_tells_every_key_that_is_named_on_the_screen() {
    let mut told = 0;
    for (name, mut stage) in overlays() {
        let area = ratatui::layout::Rect::new(0, 0, 160, 50);
        let mut buffer = ratatui::buffer::Buffer::empty(area);
        let drawn = crate::view::screen::draw(&mut stage.state, area, &mut buffer, &terminal_theme());
        let Some(own) = crate::view::own_chords(&stage.state) else { continue };
        for (_, target) in drawn.targets {
            let crate::view::screen::Target::Press(chord) = target else { continue };
            assert!(own.contains(&chord) || chord.to_string() == "esc", "{name}: {chord} is not on its page");
            told += 1;
        }
        if stage.state.help.is_none() {
            stage.keys("f1");
        }
        let text = stage.text(80, 24);
        assert!(text.contains("Over everything") || text.contains("more ↓"), "{name}:\n{text}");
        assert!(!text.contains("Everywhere"), "{name} shows the keys of panes:\n{text}");
    }
    assert!(told > 20, "{told} keys");
}

#[test]
fn what_is_named_on_a_form_can_be_clicked() {
    for keys in ["alt+4 p", "alt+3 n", "ctrl+p n e w space p r o m p t enter"] {
        let mut stage = Stage::answered();
        stage.keys(keys);
        let area = ratatui::layout::Rect::new(0, 0, 80, 24);
        let mut buffer = ratatui::buffer::Buffer::empty(area);
        let drawn = crate::view::screen::draw(&mut stage.state, area, &mut buffer, &terminal_theme());
        for chord in ["enter", "esc"] {
            let press = crate::view::screen::Target::Press(chord.parse().unwrap());
            assert!(drawn.targets.iter().any(|(_, target)| *target == press), "{keys}: {chord}");
        }
    }
}

#[test]
fn the_list_of_themes_says_why_no_colour_changes() {
    let mut stage = Stage::new();
    stage.keys("ctrl+p t h e m e enter");
    assert!(!stage.text(80, 24).contains("No colour changes"));
    stage.state.place.colourless = Some("NO_COLOR is set".to_owned());
    stage.keys("esc ctrl+p t h e m e enter");
    let text = stage.text(80, 24);
    assert!(text.contains("No colour changes here: NO_COLOR is set"), "{text}");
}

#[test]
fn where_the_caret_is_stands_on_the_prompt_with_and_without_a_frame() {
    for (width, height) in [(120, 40), (80, 24), (40, 12)] {
        let mut stage = Stage::new();
        stage.keys("ctrl+home down right");
        let text = stage.text(width, height);
        assert!(text.contains(" 2:2"), "{width}x{height}:\n{text}");
        stage.keys("alt+3");
        assert!(!stage.text(width, height).contains(" 2:2"), "only where the caret is");
    }
}

#[test]
fn samples_show_counts_shares_and_the_answer_that_is_looked_at() {
    let mut stage = Stage::sampled();
    stage.keys("f12");
    let text = stage.text(120, 30);
    for part in ["4 of 5 ended", "2 of 4, 50 % (15 to 85)", "1 of 4, 25 % (5 to 70)", "answer 5", "anything else"] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    stage.keys("right");
    assert!(stage.text(120, 30).contains("▸ 1 of 4"));
}

#[test]
fn models_on_servers_do_not_wait_for_the_embedded_one() {
    let mut stage = Stage::without_model();
    assert!(stage.text(120, 40).contains("small model not here yet"));
    for model in &mut stage.state.models.known {
        model.provider = Provider::Server(Dialect::ChatCompletions);
    }
    let text = stage.text(120, 40);
    assert!(!text.contains("small model") && !text.contains("98 MB"), "{text}");
    stage.happen(EventKind::Engine(EngineState::Ready));
    assert!(!stage.text(120, 40).contains("model ready"));
    stage.happen(EventKind::Engine(EngineState::Loading));
    stage.state.spent = Spent { answers: 1, unpriced: 1, ..Spent::default() };
    assert!(!stage.state.asks_engine());
    let text = stage.text(120, 40);
    let head = text.lines().next().unwrap().trim_end();
    assert!(head.ends_with("price unknown"), "nothing is loaded, and no separator is left over: {head}");
}

#[test]
fn every_turn_can_be_reached_and_an_empty_form_says_what_to_do() {
    let mut stage = Stage::conversation();
    for (width, height) in [(80, 24), (120, 40), (40, 12)] {
        for field in 0..stage.state.case.fields.len() {
            stage.state.case.focused = field;
            let text = stage.text(width, height);
            assert!(text.contains("▸ "), "field {field} at {width}x{height}:\n{text}");
        }
    }
    let text = Stage::typed().text(120, 40);
    assert!(text.contains("No data set here") && text.contains("order"), "{text}");
}

#[test]
fn nothing_on_the_screen_tells_who_is_who_before_the_vote() {
    let mut stage = Stage::answered();
    stage.keys("f6");
    for swapped in [false, true] {
        stage.happen(EventKind::SidesDrawn { swapped });
        for (width, height) in [(80, 24), (120, 40), (200, 60)] {
            for pane in Pane::order(2).into_iter().filter(|pane| !pane.is_text()) {
                stage.state.focus = pane;
                let text = stage.text(width, height);
                for word in ["plain", "prompted", "zero-shot", "few-shot", "tok/s", "31 out"] {
                    assert!(!text.contains(word), "{word} at {width}x{height} in {pane:?}:\n{text}");
                }
            }
        }
    }
}

#[test]
fn no_size_breaks_an_overlay() {
    let theme = terminal_theme();
    for (_, mut stage) in overlays() {
        for width in 0..=40 {
            for height in 0..=20 {
                stage.draw(width, height, &theme);
            }
        }
    }
}

#[test]
fn no_size_breaks_a_pane() {
    let theme = terminal_theme();
    for (_, mut stage) in matrix::stages() {
        for width in (0..=60).step_by(4).chain([79, 80, 119, 120]) {
            for height in 0..=24 {
                stage.draw(width, height, &theme);
            }
        }
    }
    for (_, mut stage) in screens() {
        for pane in Pane::order(2) {
            stage.state.focus = pane;
            for width in (0..=40).chain([49, 50, 79, 80, 119, 120]) {
                for height in [0, 1, 5, 6, 7, 11, 12, 13, 20] {
                    for zoomed in [false, true] {
                        stage.state.zoomed = zoomed;
                        stage.draw(width, height, &theme);
                    }
                }
            }
        }
    }
}

#[test]
fn whether_screen_or_file_is_newer_is_told_at_every_width() {
    let mut stage = Stage::new();
    for width in [40, 50, 80, 100, 119, 120, 160, 200] {
        assert!(stage.text(width, 24).contains("saved"), "at {width}");
    }
    stage.keys("x");
    for width in [40, 50, 80, 100, 119, 120, 160, 200] {
        let text = stage.text(width, 24);
        assert!(text.contains("draft") && !text.contains("saved"), "at {width}:\n{text}");
    }
}

#[test]
fn a_prompt_that_no_answer_asks_says_so_at_every_width() {
    let mut stage = Stage::new();
    for arm in &mut stage.state.arms {
        arm.prompt = Some("notes.md".to_owned());
    }
    for width in [80, 100, 120, 160] {
        let text = stage.text(width, 24);
        assert!(text.contains("no answer asks it: o there"), "at {width}:\n{text}");
    }
    stage.keys("x");
    for width in [80, 100, 120, 160] {
        let text = stage.text(width, 24);
        assert!(text.contains("draft, no answer asks it"), "at {width}:\n{text}");
    }
}

#[test]
fn what_may_follow_a_first_chord_is_in_the_footer_and_listed_after_a_moment() {
    let mut stage = Stage::answered();
    let bind = |action: &str, chords: &str| KeyOverride {
        action: action.to_owned(),
        chords: vec![Spelling { text: chords.to_owned(), line: 1 }],
        line: 1,
    };
    let own = [bind("zoom", "g z"), bind("fourfold", "g ctrl+f"), bind("pick-theme", "g t")];
    let keys = Arc::get_mut(&mut stage.state.keys).unwrap();
    assert_eq!(keys.apply(&own, Path::new("config.toml")), []);
    stage.keys("alt+3 g");
    let text = stage.text(80, 24);
    let foot = text.trim_end().lines().last().unwrap_or_default();
    assert_eq!(foot.trim(), "g … z zoom   ^F fourfold   t theme");
    assert!(!text.contains("g z"), "the list comes after a moment:\n{text}");
    stage.happen(EventKind::Timer(Timer::Prefix));
    let text = stage.text(80, 24);
    let rows = text.trim_end().lines().rev().skip(2).take(3);
    let rows: Vec<String> = rows.map(|line| line.chars().skip(1).take(20).collect::<String>()).collect();
    assert_eq!(
        rows.iter().map(|row| row.trim_end()).collect::<Vec<_>>(),
        [" g t   theme", " g ^F  fourfold", " g z   zoom"],
        "{text}"
    );
    for (width, height) in [(20, 6), (40, 12), (7, 2), (1, 1)] {
        stage.text(width, height);
    }
    stage.keys("esc");
    assert!(!stage.text(80, 24).contains("g ^F"));
}

#[test]
fn a_mistyped_variable_keeps_its_hint_on_a_small_screen() {
    let mut stage = Stage::new();
    stage.state.prompt.editor = opened("user:\nThe order: {{ txet }}\n", None);
    stage.happen(EventKind::Timer(Timer::Analyse));
    let hint = "Did you mean `text`?";
    assert!(stage.text(80, 24).contains(hint), "the caret is elsewhere, and rows are free:\n{}", stage.text(80, 24));
    let long = format!("user:\n{{{{ txet }}}} and more{}", "\nmore".repeat(40));
    stage.state.prompt.editor = opened(&long, None);
    stage.happen(EventKind::Timer(Timer::Analyse));
    stage.keys("ctrl+end");
    assert!(stage.text(80, 24).contains(hint), "the caret is elsewhere, and no row is free:\n{}", stage.text(80, 24));
    stage.keys("ctrl+home down end");
    assert!(stage.text(80, 24).contains(hint), "the caret is in its line:\n{}", stage.text(80, 24));
}

/// The last line of a screen.
fn foot(stage: &mut Stage, width: u16) -> String {
    stage.text(width, 24).trim_end().lines().last().unwrap_or_default().to_owned()
}

#[test]
fn the_footer_names_the_way_to_what_is_out_of_sight_and_out_of_a_mode() {
    let mut stage = Stage::answered();
    stage.keys("alt+1");
    let small = foot(&mut stage, 80);
    assert!(small.contains("Alt+5 diff/scores") && small.contains("F9 messages"), "{small}");
    for width in [79, 120] {
        assert!(!foot(&mut stage, width).contains("diff/scores"), "tabs name them, or they are in sight");
    }
    stage.keys("alt+5");
    assert!(foot(&mut stage, 80).contains("Alt+1 prompt"), "{}", foot(&mut stage, 80));
    stage.keys("alt+1 f12");
    assert!(foot(&mut stage, 80).contains("Esc end zoom"), "{}", foot(&mut stage, 80));
    stage.keys("ctrl+f");
    let finding = foot(&mut stage, 120);
    assert!(finding.contains("Esc leave") && !finding.contains("end zoom"), "the find bar is left first: {finding}");
    stage.keys("esc esc f6");
    stage.state.blind = Some(BlindState { judged: true, ..BlindState::default() });
    assert!(foot(&mut stage, 160).contains("F6 end rating"), "{}", foot(&mut stage, 160));
}

#[test]
fn a_notice_leaves_the_first_lines_in_sight() {
    let mut stage = Stage::new();
    stage.state.welcome = true;
    stage.keys("alt+5 ctrl+f");
    let text = stage.text(120, 40);
    assert!(text.contains("Find works in the prompt") && text.contains("Esc hide these lines"), "{text}");
}

#[test]
fn an_answer_says_that_it_goes_on_above_and_below() {
    let mut stage = Stage::new();
    stage.keys("ctrl+r");
    let lines: Vec<String> = (0..60).map(|line| format!("- item {line}")).collect();
    stage.answers(ArmSlot::A, &lines.join("\n"), Outcome::Answer);
    stage.keys("alt+3");
    assert!(stage.text(120, 40).contains("more ↑ "), "it followed to its end:\n{}", stage.text(120, 40));
    stage.keys("pageup");
    let text = stage.text(120, 40);
    assert!(text.contains(" ↑ ") && text.contains(" ↓ "), "{text}");
    stage.keys("home");
    assert!(stage.text(120, 40).contains(" more ↓ "), "{}", stage.text(120, 40));
}

#[test]
fn a_terminal_that_is_too_small_is_told_what_is_needed_and_the_way_out() {
    let mut stage = Stage::new();
    let words = stage.text(20, 5).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(words, "20x5, needs 20x6. ^Q quits.");
    stage.text(3, 1);
}

#[test]
fn the_help_of_a_narrow_terminal_has_keys_over_their_text() {
    let mut stage = Stage::new();
    stage.keys("f1");
    let inside =
        |text: String| text.lines().map(|line| line.replace(['│', '┃'], " ").trim().to_owned()).collect::<Vec<_>>();
    let lines = inside(stage.text(40, 60));
    let at = lines.iter().position(|line| line.starts_with("Ctrl+S")).unwrap();
    assert!(lines[at + 1].starts_with("Write the prompt to its file."), "{lines:?}");
    assert!(inside(stage.text(80, 60)).iter().any(|line| line.starts_with("Ctrl+S") && line.contains("Write")));
}
