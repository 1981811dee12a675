//! What the judge makes of two answers: its verdict, then its reasons in both orders.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use ratatui::widgets::Widget;

use super::list::centred;
use super::press::open_box;
use crate::run::judge::{Heard, PairJudged};
use crate::score::judge::{Preference, Settled};
use crate::state::JudgeState;
use crate::theme::{Role, Theme};
use crate::view::screen::Drawn;
use crate::view::text::word_rows;

/// The widest the page gets.
const WIDEST: u16 = 110;

/// Draws it over the screen.
pub(super) fn draw(judge: &mut JudgeState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let width = WIDEST.min(area.width).saturating_sub(4);
    let rows = page(judge, usize::from(width));
    let most = area.height.max(1);
    let height = (rows.len() as u16).saturating_add(2).max(8).min(most);
    let outer = centred(area, WIDEST, height);
    let [a, b] = judge.names();
    let aside = match (judge.running, judge.refused) {
        (true, _) => "x: stop · Esc: back, it goes on",
        (false, true) => "f: judge all the same · Esc",
        (false, false) => "r: again · Esc",
    };
    let inside = open_box(outer, buffer, theme, &format!("The judge on {a} and {b}"), aside, drawn);
    let shown = usize::from(inside.height);
    judge.scroll = judge.scroll.min(rows.len().saturating_sub(shown));
    for (row, (role, text)) in rows.into_iter().skip(judge.scroll).take(shown).enumerate() {
        let place = Rect { y: inside.y + row as u16, height: 1, ..inside };
        Line::from(Span::styled(text, theme.style(role))).render(place, buffer);
    }
}

/// Every row of the page.
fn page(judge: &JudgeState, width: usize) -> Vec<(Role, String)> {
    let mut rows: Vec<(Role, String)> = Vec::new();
    let mut say = |role: Role, words: &str| rows.extend(word_rows(words, width).into_iter().map(|row| (role, row)));
    if let Some(fault) = &judge.fault {
        say(Role::Error, &format!("{}. {}", fault.what, fault.hint));
    }
    let names = judge.names();
    if let Some(judged) = &judge.judged {
        say(Role::Accent, &settled(judged, names));
    }
    for notice in &judge.notices {
        say(Role::Warning, &format!("! {notice}"));
    }
    if judge.running {
        let doing = match (judge.self_test.is_some(), judge.tried) {
            (true, _) => "comparing the two answers, in both orders…".to_owned(),
            (false, Some((done, of))) => format!("trying the judge on known answers: {done} of {of}…"),
            (false, None) => "asking…".to_owned(),
        };
        say(Role::Muted, &doing);
    } else if judge.judged.is_none() && judge.fault.is_none() {
        say(Role::Muted, "Stopped. What was answered is recorded and not asked again.");
    }
    if let Some([a_first, b_first]) = judge.judged.as_ref().and_then(|judged| judged.said.as_ref()) {
        for (heard, [first, second]) in [(a_first, names), (b_first, [names[1], names[0]])] {
            say(Role::Text, "");
            say(Role::Title, &format!("{first} shown first: {}", said(heard, [first, second])));
            say(Role::Text, heard.text.trim());
        }
        say(Role::Text, "");
    }
    if let Some(test) = &judge.self_test {
        say(Role::Muted, &test.in_words());
    }
    if let Some(name) = &judge.judge {
        say(
            Role::Muted,
            &format!("Judged by {name}. One case decides nothing: `fourfold judge` goes over all of them."),
        );
    }
    rows
}

/// What both orders settle.
fn settled(judged: &PairJudged, [a, b]: [&str; 2]) -> String {
    match judged.settled {
        None => "No verdict: an order was not read, or did not come through.".to_owned(),
        Some(settled) if judged.said.is_none() => match settled {
            Settled::A => format!("{a}: the other side is no answer, so nothing was asked."),
            Settled::B => format!("{b}: the other side is no answer, so nothing was asked."),
            _ => "A tie: neither side is an answer, so nothing was asked.".to_owned(),
        },
        Some(Settled::A) => format!("{a} is preferred, in both orders."),
        Some(Settled::B) => format!("{b} is preferred, in both orders."),
        Some(Settled::Tie) => "A tie, in both orders.".to_owned(),
        Some(Settled::Flipped) => "A tie: the two orders differ, so what stood where decided.".to_owned(),
    }
}

/// One order's word, by the arms' names.
fn said(heard: &Heard<Preference>, [first, second]: [&str; 2]) -> String {
    match &heard.verdict {
        Ok(Preference::First) => format!("prefers {first}"),
        Ok(Preference::Second) => format!("prefers {second}"),
        Ok(Preference::Tie) => "sees a tie".to_owned(),
        Err(silence) => format!("no verdict: {}", silence.in_words()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::text_of;
    use super::*;
    use crate::model::Parameters;
    use crate::run::Question;
    use crate::run::judge::{SelfTest, Silence, Subject};
    use crate::score::Outcome;
    use crate::strategy::StrategyConfig;
    use crate::theme::{ColorLevel, Library};

    fn state() -> JudgeState {
        let subject = |arm: &str| Subject {
            question: Question {
                arm: arm.to_owned(),
                prompt_path: "a.prompty".into(),
                prompt_text: None,
                strategy: StrategyConfig::default(),
                model: "m".to_owned(),
                parameters: Parameters::default(),
                case: std::sync::Arc::default(),
                split: None,
                sample: 0,
            },
            outcome: Outcome::Answer,
            text: "x".to_owned(),
        };
        let heard = |verdict| Heard {
            verdict,
            text: "Answer 1 names \u{1b}[2J the order.\nVerdict: 1".to_owned(),
            reused: false,
        };
        JudgeState {
            pair: Some(Box::new([subject("few-shot"), subject("plain")])),
            judge: Some("`big` (gpt-4o)".to_owned()),
            notices: vec!["not independent: both come from x".to_owned()],
            self_test: Some(SelfTest { pairs: 6, right: 6, ..SelfTest::default() }),
            judged: Some(PairJudged {
                index: 0,
                case: "dev-1".to_owned(),
                said: Some([heard(Ok(Preference::First)), heard(Err(Silence::Unread("no verdict line".to_owned())))]),
                settled: None,
                longer: 3.0,
            }),
            ..JudgeState::default()
        }
    }

    fn drawn(judge: &mut JudgeState, width: u16, height: u16) -> String {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        draw(judge, area, &mut buffer, &Library::default_theme(ColorLevel::Mono), &mut Drawn::default());
        text_of(&buffer)
    }

    #[test]
    fn both_orders_are_seen_with_their_reasons() {
        let text = drawn(&mut state(), 120, 30);
        for part in [
            "The judge on few-shot and plain",
            "No verdict",
            "! not independent",
            "few-shot shown first: prefers few-shot",
            "plain shown first: no verdict: no verdict line",
            "Self-test passed",
            "`big` (gpt-4o)",
        ] {
            assert!(text.contains(part), "{part}:\n{text}");
        }
        assert!(!text.contains('\u{1b}'));
    }

    #[test]
    fn every_end_has_its_words_and_no_size_breaks_it() {
        for (settled, words) in [
            (Some(Settled::A), "few-shot is preferred, in both orders."),
            (Some(Settled::Flipped), "A tie: the two orders differ"),
            (Some(Settled::Tie), "A tie, in both orders."),
        ] {
            let mut judge = state();
            judge.judged.as_mut().unwrap().settled = settled;
            assert!(drawn(&mut judge, 100, 30).contains(words));
        }
        let mut judge = state();
        judge.scroll = 500;
        for width in (0..=40).chain([80, 200]) {
            for height in 0..=20 {
                drawn(&mut judge, width, height);
            }
        }
    }
}
