//! The scores screen: arms x metrics with intervals drawn, what changed case by case, slices, costs.

mod costs;
mod slices;
mod table;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::list::{centred, say};
use super::press::open_box;
use crate::run::scores::ScoresPage;
use crate::state::ScoresState;
use crate::state::scores::{ScoresFrom, ScoresView};
use crate::stats::wording::counted;
use crate::theme::{Role, Theme};
use crate::view::screen::{Drawn, Target};
use crate::view::text::{display_width, sanitise_line, truncate_to_width, word_rows};

/// Draws it over the screen.
pub(super) fn draw(scores: &mut ScoresState, area: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let outer = centred(area, 180, area.height);
    let title = match scores.from {
        ScoresFrom::Dev => "Scores of this machine's answers to dev cases".to_owned(),
        ScoresFrom::Test => "Scores of this machine's answers to test cases".to_owned(),
        ScoresFrom::Run(run) => match &scores.page {
            Some(page) => format!("Scores of run {run}, {} cases", page.split),
            None => format!("Scores of run {run}"),
        },
    };
    let other = match scores.from {
        ScoresFrom::Dev => "test",
        ScoresFrom::Test => "dev",
        ScoresFrom::Run(_) => "all answers",
    };
    let aside = format!("Tab: next part · t: {other} · r: again · Esc");
    let inside = open_box(outer, buffer, theme, &title, &aside, drawn);
    if inside.is_empty() {
        return;
    }
    tabs(scores, Rect { height: 1, ..inside }, buffer, theme, drawn);
    let body = Rect { y: inside.y + 1, height: inside.height - 1, ..inside };
    if let Some(fault) = &scores.fault {
        paragraphs(&[(Role::Error, format!("{}. {}", fault.what, fault.hint))], 0, body, buffer, theme);
        return;
    }
    let Some(page) = scores.page.clone() else {
        say("reading what is recorded…", Role::Muted, Rect { height: body.height.min(1), ..body }, buffer, theme);
        return;
    };
    match scores.view {
        ScoresView::Table => table::table(scores, &page, body, buffer, theme, drawn),
        ScoresView::Flips => flips(scores, &page, body, buffer, theme, drawn),
        ScoresView::Slices => slices::slices(scores, &page, body, buffer, theme, drawn),
        ScoresView::Costs => costs::costs(scores, &page, body, buffer, theme, drawn),
    }
}

/// The parts, and the keys of the one that is shown where there is room for them.
fn tabs(scores: &ScoresState, place: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let mut x = place.x;
    for (number, view) in ScoresView::ALL.into_iter().enumerate() {
        let here = view == scores.view;
        let words = format!("{}{} {}", if here { "▸" } else { " " }, number + 1, view.title());
        let width = display_width(&words) as u16;
        let tab = Rect { x, width, ..place }.intersection(place);
        say(&words, if here { Role::Accent } else { Role::Muted }, tab, buffer, theme);
        drawn.targets.push((tab, Target::Tab(number)));
        x += width + 2;
    }
    let keys = match scores.view {
        _ if scores.running => "reading…",
        ScoresView::Table => "← → metric · ↑ ↓ arm · Enter: flips",
        ScoresView::Flips => "← → arm · ↑ ↓ case · Enter: its diff",
        ScoresView::Slices => "← → column · Enter: its flips",
        ScoresView::Costs => "← → field",
    };
    let width = display_width(keys) as u16;
    if x + width <= place.right() {
        let right = Rect { x: place.right() - width, width, ..place };
        say(keys, Role::Muted, right, buffer, theme);
    }
}

/// Lines wrapped and scrolled; gives back the scroll that fits.
fn paragraphs(lines: &[(Role, String)], scroll: usize, place: Rect, buffer: &mut Buffer, theme: &Theme) -> usize {
    let width = usize::from(place.width);
    let rows: Vec<(Role, String)> =
        lines.iter().flat_map(|(role, words)| word_rows(words, width).into_iter().map(|row| (*role, row))).collect();
    let scroll = scroll.min(rows.len().saturating_sub(usize::from(place.height)));
    for (row, (role, words)) in rows.into_iter().skip(scroll).take(usize::from(place.height)).enumerate() {
        say(&words, role, Rect { y: place.y + row as u16, height: 1, ..place }, buffer, theme);
    }
    scroll
}

fn flips(scores: &ScoresState, page: &ScoresPage, body: Rect, buffer: &mut Buffer, theme: &Theme, drawn: &mut Drawn) {
    let Some(flips) = scores.flips() else {
        paragraphs(&[(Role::Muted, "There is no other arm than the baseline.".to_owned())], 0, body, buffer, theme);
        return;
    };
    let arm = flips.arm;
    let name = |place: usize| page.table.arms.get(place).map_or("", String::as_str);
    let within = scores
        .within
        .as_ref()
        .map_or_else(String::new, |within| format!(" within {}; Backspace: all cases", within.words));
    let count = |words: &str| flips.iter().filter(|flip| flip.in_words() == words).count();
    let losses = flips.iter().filter(|flip| flip.is_loss()).count();
    let (wrong, right, gains) = (count("right to wrong"), count("wrong to right"), flips.len() - losses);
    let differ = if flips.len() == 1 { "differs" } else { "differ" };
    // Where every score is right or wrong, that is all there is to say.
    let in_all = if (wrong, right) == (losses, gains) {
        String::new()
    } else {
        format!("; {losses} worse and {gains} better in all")
    };
    let head = [
        (
            Role::Title,
            format!(
                "{} against {} by {}: {} {differ}{within}",
                name(arm),
                name(0),
                page.table.columns.iter().find(|column| column.is_primary).map_or("", |column| column.name.as_str()),
                counted(flips.len() as u64, "case")
            ),
        ),
        (Role::Text, format!("{wrong} right to wrong, {right} wrong to right{in_all}")),
    ];
    let width = usize::from(body.width);
    let rows: usize = head.iter().map(|(_, words)| word_rows(words, width).len()).sum();
    let rows = (rows as u16).min(body.height);
    paragraphs(&head, 0, Rect { height: rows, ..body }, buffer, theme);
    let list = Rect { y: body.y + rows, height: body.height - rows, ..body };
    let shown = usize::from(list.height);
    let first = (scores.flip + 1).saturating_sub(shown);
    for (row, (index, flip)) in flips.iter().enumerate().skip(first).take(shown).enumerate() {
        let place = Rect { y: list.y + row as u16, height: 1, ..list };
        let here = index == scores.flip;
        let role = if here { Role::Selection } else { Role::Text };
        buffer.set_style(place, theme.style(role));
        let id = sanitise_line(&flip.case).into_owned();
        let id = truncate_to_width(&id, 14).into_owned();
        let gap = " ".repeat(14_usize.saturating_sub(display_width(&id)));
        let sign = if flip.is_loss() { "−" } else { "+" };
        let after = flip.after.split_whitespace().collect::<Vec<_>>().join(" ");
        let mark = if here { "▸" } else { " " };
        let words =
            format!("{mark} {sign} {id}{gap} {:<14} {:.2} → {:.2}  {after}", flip.in_words(), flip.from, flip.to);
        say(&words, role, place, buffer, theme);
        drawn.targets.push((place, Target::Line(index)));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::super::text_of;
    use super::*;
    use crate::run::scores::{ArmAnswers, CaseRow, Measured, Sampled, Source};
    use crate::score::{Aspect, Outcome};
    use crate::state::tuning_form::TuningForm;
    use crate::stats::Settings;
    use crate::theme::{ColorLevel, Library};

    fn shown(view: ScoresView) -> ScoresState {
        let arm = |name: &str, right: usize, cost: f64| ArmAnswers {
            arm: name.to_owned(),
            prompt_hash: String::new(),
            missing: BTreeMap::new(),
            cases: (0..40)
                .map(|index| {
                    let score = if index < right { 1.0 } else { 0.0 };
                    let scores = BTreeMap::from([
                        ("exact-match".to_owned(), score),
                        ("json-fields".to_owned(), (index % 5) as f64 / 4.0),
                    ]);
                    let text = format!("{name}\u{1b}[2J says {index}");
                    let total_ms = Some(400 + 10 * index as u64);
                    (
                        format!("c{index:02}"),
                        vec![Sampled { outcome: Outcome::Answer, text, scores, cost: Some(cost), total_ms }],
                    )
                })
                .collect(),
        };
        let case = |index: usize| CaseRow {
            index,
            id: format!("c{index:02}"),
            columns: BTreeMap::from([("kind".to_owned(), ["order", "refund"][index % 2].to_owned())]),
        };
        let source = Source {
            split: "test".to_owned(),
            primary: "exact-match".to_owned(),
            metrics: vec![("exact-match".to_owned(), Aspect::Content), ("json-fields".to_owned(), Aspect::Form)],
            cases: (0..40).map(case).collect(),
            arms: vec![arm("plain", 10, 0.001), arm("few-shot", 30, 0.004), arm("tuned", 12, 0.0005)],
            measured: Some(Measured { runs: 2, prompts: 3, opened: 0, leak: None }),
            ..Source::default()
        };
        let page = ScoresPage::of(&source, &Settings::default()).unwrap();
        let tuned = [("plain", false), ("few-shot", false), ("tuned", true)];
        let tuned = tuned.map(|(arm, is_tuned)| (arm.to_owned(), is_tuned)).into();
        let page = ScoresPage { tuned, ..page };
        let mut tuning = TuningForm::default();
        "100".chars().for_each(|typed| tuning.type_in(typed));
        let from = ScoresFrom::Test;
        ScoresState { page: Some(Arc::new(page)), view, arm: 1, from, tuning, ..ScoresState::default() }
    }

    fn drawn(scores: &mut ScoresState, width: u16, height: u16) -> (String, usize) {
        let area = Rect::new(0, 0, width, height);
        let mut buffer = Buffer::empty(area);
        let mut drawn = Drawn::default();
        draw(scores, area, &mut buffer, &Library::default_theme(ColorLevel::Mono), &mut drawn);
        (text_of(&buffer), drawn.targets.len())
    }

    #[test]
    fn a_tuning_pays_for_a_tuned_arm_in_the_place_of_another() {
        let said = |tuned: [bool; 3]| {
            let mut scores = shown(ScoresView::Costs);
            let page = scores.page.take().unwrap();
            let names = page.table.arms.iter().cloned();
            let page = ScoresPage { tuned: names.zip(tuned).collect(), ..(*page).clone() };
            scores.page = Some(Arc::new(page));
            drawn(&mut scores, 150, 40).0
        };
        let text = said([false, false, true]);
        assert!(
            text.contains("tuned saves $0.0035 a case against few-shot")
                && text.contains("It scores 0.300, few-shot 0.750."),
            "{text}"
        );
        assert!(text.contains("tuned saves $0.0005 a case against plain") && !text.contains("plain saves"), "{text}");
        assert!(!text.contains("It scores 0.300, plain"), "{text}");
        let text = said([true, false, false]);
        assert!(text.contains("plain saves $0.003 a case against few-shot") && !text.contains("tuned saves"), "{text}");
        assert!(said([false; 3]).contains("No arm here asks a tuned model"));
        assert!(said([true; 3]).contains("Every arm here asks a tuned model"));
        assert!(said([false, true, false]).contains("No tuned arm is cheaper by its price"));
    }

    #[test]
    fn every_part_shows_what_it_is_for() {
        for (view, parts) in [
            (
                ScoresView::Table,
                &[
                    "exact-match",
                    "primary, content",
                    "▲ 0.750 n 40",
                    "json-fields",
                    "explor., form",
                    "neither, low is good",
                    "few-shot is better than plain",
                    "exact McNemar",
                    "Picking the best of these 3 versions",
                    "━●━",
                    "█",
                ][..],
            ),
            (
                ScoresView::Flips,
                &[
                    "few-shot against plain by exact-match: 20 cases differ",
                    "20 wrong to right",
                    "+ c10",
                    "0.00 → 1.00",
                ],
            ),
            (
                ScoresView::Slices,
                &[
                    "By kind: exploratory, no verdict",
                    "kind = order · 20 cases",
                    "▸ plain     0.250 n 20    ·━━●━━······  baseline",
                    "+0.500",
                    "plain, kind = order: 0.250 (",
                ],
            ),
            (
                ScoresView::Costs,
                &[
                    "plain: $0.001",
                    "points for each dollar more",
                    "tuned saves $",
                    "In all $100.00 ($100.00 training)",
                    "What a tuning takes",
                ],
            ),
        ] {
            let (text, _) = drawn(&mut shown(view), 150, 40);
            for part in parts {
                assert!(text.contains(part), "{part}:\n{text}");
            }
            assert!(!text.contains('\u{1b}'));
        }
        let (text, targets) = drawn(&mut shown(ScoresView::Table), 150, 40);
        assert_eq!(targets, 4 + 4 + 3 + 3 * 4, "every key, part, arm and figure can be clicked on");
        assert_eq!(text.matches('▲').count(), 2, "a winner only where the verdict allows, and the legend:\n{text}");
    }

    #[test]
    fn no_size_breaks_it_and_the_focused_column_stays_in_sight() {
        for view in ScoresView::ALL {
            let mut scores = shown(view);
            scores.column = 3;
            scores.scroll = 900;
            for width in (0..=50).chain([79, 80, 120, 200]) {
                for height in (0..=24).step_by(3) {
                    let (text, _) = drawn(&mut scores, width, height);
                    if view == ScoresView::Table && width >= 50 && height >= 20 {
                        assert!(text.contains("latency"), "{width}x{height}:\n{text}");
                    }
                }
            }
        }
        let mut waiting = ScoresState { running: true, ..ScoresState::default() };
        assert!(drawn(&mut waiting, 80, 24).0.contains("reading what is recorded"));
    }
}
