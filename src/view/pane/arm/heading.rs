//! The title of an arm's pane: who answers, and how the answer stands.

use crate::score::{NonAnswer, Outcome};
use crate::state::fourfold;
use crate::state::{ArmSlot, ArmState, Phase, RecordedState};
use crate::theme::Role;
use crate::view::widget::panel::Heading;

/// Where an answer is to the case as it was before something was typed into it, or to another.
const NOT_THIS_CASE: &str = "not this case";

/// Where a cell asks something else than its answer was given to.
const NOT_WHAT_IS_ASKED: &str = "not what is asked now";

/// Where the arm would ask something else by now.
const OUTDATED: &str = "outdated";

/// A cell's heading: its place in the table, then what makes it so.
pub(super) fn cell_heading(arm: &ArmState, slot: ArmSlot) -> Heading {
    let (row, column) = fourfold::cell_name(slot);
    let mut whole = heading(arm, slot);
    // A cell's title says what the cell asks. Where an answer out of the history was to something else, that has to be said.
    if arm.looked_up && !arm.elsewhere && !matches!(arm.recorded, RecordedState::Own(_)) {
        whole.aside = format!("{NOT_WHAT_IS_ASKED} · {}", whole.aside);
        whole.aside_role = Some(Role::Warning);
    }
    let detail = format!("{} · {}", arm.strategy.label(), arm.model);
    Heading { name: format!("{} {row} × {column}", slot.letter()), detail, ..whole }
}

/// While rated blind: how the answer stands, and nothing that tells whose it is, such as its date or how many calls it takes.
pub(super) fn hidden_heading(side: &str, arm: &ArmState) -> Heading {
    let (aside, role) = match arm.phase {
        Phase::Idle => ("", Role::Muted),
        Phase::Waiting => ("waiting", Role::Info),
        Phase::Streaming => ("streaming", Role::Info),
        Phase::Done(Outcome::Answer) | Phase::Recorded { outcome: Outcome::Answer, .. } => ("done", Role::Success),
        Phase::Done(outcome) | Phase::Recorded { outcome, .. } => (in_words(outcome), Role::Warning),
    };
    Heading { name: side.to_owned(), aside: aside.to_owned(), aside_role: Some(role), ..Heading::default() }
}

pub(super) fn heading(arm: &ArmState, slot: ArmSlot) -> Heading {
    let (aside, role) = match &arm.phase {
        Phase::Idle => (String::new(), Role::Muted),
        Phase::Recorded { outcome: Outcome::Answer, .. } => ("recorded".to_owned(), Role::Info),
        // What is no answer never looks like one: its end comes before where it is from.
        Phase::Recorded { outcome, .. } => (format!("{} · recorded", in_words(*outcome)), Role::Warning),
        Phase::Waiting => {
            (arm.waiting.map_or_else(|| step(arm, "waiting"), |left| format!("again in {left} s")), Role::Info)
        }
        Phase::Streaming => (step(arm, "streaming"), Role::Info),
        Phase::Done(Outcome::Answer) => ("done".to_owned(), Role::Success),
        Phase::Done(outcome) => (in_words(*outcome).to_owned(), Role::Warning),
    };
    let mut detail = format!("{} · {} · {}", arm.id, arm.strategy.label(), arm.model);
    if let Some(prompt) = &arm.prompt {
        detail = format!("{detail} · {prompt}");
    }
    if arm.is_outdated() {
        let ended = if arm.phase == Phase::Done(Outcome::Answer) { String::new() } else { format!("{aside} · ") };
        let aside = format!("{ended}{OUTDATED}");
        return Heading {
            name: slot.letter().to_owned(),
            detail,
            aside,
            aside_role: Some(Role::Warning),
            is_named_by_detail: true,
        };
    }
    // An answer out of the history names who gave it, whatever the arm has become since.
    let (detail, aside) = match &arm.reopened {
        // What was looked up is what the arm asks, unless the arm was changed since.
        Some((when, who)) if arm.looked_up => {
            let own = matches!(arm.recorded, RecordedState::Own(_));
            let said =
                if arm.phase == Phase::Done(Outcome::Answer) { when.clone() } else { format!("{aside} · {when}") };
            (if own { detail } else { who.clone() }, said)
        }
        Some((when, who)) if matches!(arm.phase, Phase::Done(Outcome::Answer)) => (who.clone(), when.clone()),
        Some((when, who)) => (who.clone(), format!("{aside} · {when}")),
        None => (detail, aside),
    };
    let (aside, role) =
        if arm.elsewhere { (format!("{NOT_THIS_CASE} · {aside}"), Role::Warning) } else { (aside, role) };
    Heading { name: slot.letter().to_owned(), detail, aside, aside_role: Some(role), is_named_by_detail: true }
}

/// Which of several calls is under way; `otherwise` where there is but one.
fn step(arm: &ArmState, otherwise: &str) -> String {
    match &arm.step {
        Some((purpose, number, most)) => format!("{purpose} · {number} of {most}"),
        None => otherwise.to_owned(),
    }
}

/// An outcome as the title says it.
pub(super) fn in_words(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answer => "done",
        Outcome::NonAnswer(NonAnswer::Empty) => "empty answer",
        outcome => outcome.in_words(),
    }
}
