//! Costs: what a tuning takes, typed, and from how many cases on a cheaper arm pays for it.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::paragraphs;
use crate::run::scores::{ScoresPage, TuningCost, break_even, pays_in_words};
use crate::state::ScoresState;
use crate::state::tuning_form::FIELDS;
use crate::theme::{Role, Theme};
use crate::view::overlay::list::say;
use crate::view::screen::{Drawn, Target};
use crate::view::text::display_width;

/// What a tuning takes, to be typed, over what an arm costs and when it pays.
pub(super) fn costs(
    scores: &mut ScoresState,
    page: &ScoresPage,
    body: Rect,
    buffer: &mut Buffer,
    theme: &Theme,
    drawn: &mut Drawn,
) {
    let head = "What a tuning takes: type a number · ← → field · Backspace";
    say(head, Role::Title, Rect { height: 1.min(body.height), ..body }, buffer, theme);
    let mut place = Rect { y: body.y + 1, height: 1, width: 0, ..body }.intersection(body);
    for (number, ((name, unit), typed)) in FIELDS.into_iter().zip(&scores.tuning.typed).enumerate() {
        let here = number == scores.tuning.field;
        let value = if typed.is_empty() { "0" } else { typed };
        let words = format!("{}{name} {unit}{value}{}", if here { "▸" } else { " " }, if here { "▏" } else { " " });
        let width = display_width(&words) as u16;
        place = Rect { x: place.x, width, ..place };
        if place.right() > body.right() && place.x > body.x {
            place = Rect { x: body.x, y: place.y + 1, ..place };
        }
        let field = place.intersection(body);
        say(&words, if here { Role::Accent } else { Role::Text }, field, buffer, theme);
        drawn.targets.push((field, Target::Line(number)));
        place.x += width + 1;
    }
    let used = (place.y + 1).saturating_sub(body.y).min(body.height);
    let rest = Rect { y: body.y + used, height: body.height - used, ..body };
    scores.scroll = paragraphs(&worths(page, scores.tuning.cost()), scores.scroll, rest, buffer, theme);
}

fn worths(page: &ScoresPage, tuning: TuningCost) -> Vec<(Role, String)> {
    let mut lines = Vec::new();
    if tuning.total() > 0.0 {
        lines.push((
            Role::Text,
            format!("In all {}. From how many cases on a tuned arm that costs less pays for it:", tuning.in_words()),
        ));
        let before = lines.len();
        // A tuning pays for a tuned arm in the place of one that is not.
        let of = |tuned: bool| page.worths.iter().filter(move |arm| page.tuned.get(&arm.arm) == Some(&tuned));
        for dear in of(false) {
            for cheap in of(true) {
                let (Some(from), Some(to)) = (dear.cost, cheap.cost) else { continue };
                if to.mean < from.mean
                    && let Some(even) = break_even(tuning.total(), from.mean, to.mean)
                {
                    lines.push((Role::Text, pays_in_words(&even, dear, cheap)));
                }
            }
        }
        if lines.len() == before {
            let why = if of(true).next().is_none() {
                "No arm here asks a tuned model: there is nothing that a tuning would pay for."
            } else if of(false).next().is_none() {
                "Every arm here asks a tuned model: there is nothing that one would take the place of."
            } else {
                "No tuned arm is cheaper by its price than one that is not: it never pays by that alone."
            };
            lines.push((Role::Muted, why.to_owned()));
        }
    } else {
        lines.push((Role::Muted, "With a cost above 0 it is said here from how many cases on it pays.".to_owned()));
    }
    lines.push((Role::Text, String::new()));
    lines.push((Role::Title, "What a case costs, and what that buys".to_owned()));
    lines.extend(page.worths.iter().map(|worth| (Role::Text, worth.in_words())));
    lines
}
