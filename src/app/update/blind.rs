//! Rating two answers by hand: names hidden, sides drawn anew for every pair, one key each.

use super::{actions, arms, toast};
use crate::app::action::{Action, Scope};
use crate::app::effect::Effect;
use crate::state::{ArmSlot, BlindState, Overlay, Pane, Phase, State, TallyPage, Tone};
use crate::store::case_key;

/// Why something cannot be done while the names are hidden.
pub(super) const HIDDEN: &str = "Names are hidden: judge with 1, 2 or 3 first, or end the rating with F6.";

/// What the notice of a vote begins with.
const YOUR_VOTE: &str = "Your vote:";

/// A judgement by hand.
#[derive(Clone, Copy)]
pub(super) enum Vote {
    /// The left answer is better.
    Left,
    /// The right answer is better.
    Right,
    /// Neither is.
    Tie,
}

/// Whether `action` would tell which arm stands on which side before it has been judged.
pub(super) fn hides(state: &State, action: Action) -> bool {
    let tells = matches!(
        action,
        Action::PickModel
            | Action::GiveKey
            | Action::PickStrategy
            | Action::PickArmPrompt
            | Action::Parameters
            | Action::Preview
            | Action::Calls
            | Action::CopyMenu
            | Action::CopyMenuHere
            | Action::History
            | Action::DiffLeft
            | Action::DiffRight
            | Action::AddArm
            | Action::NewPrompt
            | Action::RemoveArm
            | Action::NewSeed
            | Action::PinReference
            | Action::Samples
            | Action::CompareAnswer
            | Action::Strengths
            | Action::Forgetting
            | Action::Judge
            | Action::Scores
    );
    tells && state.is_hidden()
}

/// Turns rating on or off.
pub(super) fn toggle(state: &mut State) -> Vec<Effect> {
    if state.blind.take().is_some() {
        return Vec::new();
    }
    if state.arms.len() < 2 {
        return toast(state, Tone::Note, "Rating needs two arms.");
    }
    let seen = [ArmSlot::A, ArmSlot::B].into_iter().any(|slot| {
        state.arm(slot).is_some_and(|arm| !arm.answer.is_empty() && !matches!(arm.phase, Phase::Recorded { .. }))
    });
    state.blind = Some(BlindState::default());
    state.focus = Pane::Arm(ArmSlot::A);
    let mut effects = vec![Effect::DrawSides];
    let recorded = |slot| state.arm(slot).is_some_and(|arm| matches!(arm.phase, Phase::Recorded { .. }));
    if recorded(ArmSlot::A) || recorded(ArmSlot::B) {
        let words = "Answers that came with the workbench are not judged: Ctrl+R asks both arms here, then judge.";
        effects.extend(toast(state, Tone::Note, words));
    } else if seen {
        let words = "These answers stood here with their names: F8 brings a pair you have not seen.";
        effects.extend(toast(state, Tone::Note, words));
    }
    effects
}

/// Another pair comes: names are hidden again and the sides drawn anew.
pub(super) fn next_pair(state: &mut State) -> Vec<Effect> {
    let Some(blind) = &mut state.blind else { return Vec::new() };
    blind.judged = false;
    vec![Effect::DrawSides]
}

/// Takes a judgement.
pub(super) fn vote(state: &mut State, vote: Vote) -> Vec<Effect> {
    let trial = |slot| state.arm(slot).filter(|arm| !arm.phase.is_live()).and_then(|arm| arm.trial);
    let (Some(a), Some(b)) = (trial(ArmSlot::A), trial(ArmSlot::B)) else {
        return toast(state, Tone::Note, "Run both arms first; then judge.");
    };
    let here = case_key(&state.case.case());
    if [ArmSlot::A, ArmSlot::B].into_iter().any(|slot| state.arm(slot).is_none_or(|arm| arm.about != here)) {
        let words = "These answers are to the case as it was before: Ctrl+R asks about it as it is now; then judge.";
        return toast(state, Tone::Note, words);
    }
    let Some(blind) = state.blind.as_mut().filter(|blind| !blind.judged) else {
        return toast(state, Tone::Note, "This pair has been judged: F8 for the next case, Ctrl+R to run again.");
    };
    let winner = match (vote, blind.swapped) {
        (Vote::Tie, _) => 2,
        (Vote::Left, false) | (Vote::Right, true) => 0,
        (Vote::Left, true) | (Vote::Right, false) => 1,
    };
    blind.judged = true;
    blind.cast = Some((a, b));
    let swapped = blind.swapped;
    let mut effects = vec![Effect::RecordVote { a, b, swapped, winner }];
    // Whose answer was preferred is told once it can sway nobody.
    let chosen = [ArmSlot::A, ArmSlot::B].get(winner).and_then(|slot| Some((*slot, state.arm(*slot)?)));
    let words = match chosen {
        Some((slot, arm)) => format!("{YOUR_VOTE} {} · {}.", slot.letter(), arm.id),
        None => format!("{YOUR_VOTE} a tie."),
    };
    let undo = state.keys.chord_in(Action::BlindUndo, &[Scope::Blind]);
    let undo = undo.map_or_else(String::new, |undo| format!(" {} takes it back.", undo.short()));
    let words = format!("{words} F8 for the next case.{undo}");
    effects.extend(toast(state, Tone::Done, words));
    effects
}

/// Takes the last vote back. The pair can be judged again while it is shown, and is hidden again for that; who was who has been
/// seen, which is said.
pub(super) fn take_back(state: &mut State) -> Vec<Effect> {
    let trial = |slot| state.arm(slot).and_then(|arm| arm.trial);
    let shown = trial(ArmSlot::A).zip(trial(ArmSlot::B));
    let Some(blind) = &mut state.blind else { return Vec::new() };
    let Some((a, b)) = blind.cast.take() else {
        return toast(state, Tone::Note, "There is no vote to take back: only the last one can be, while you rate.");
    };
    let is_here = blind.judged && shown == Some((a, b));
    blind.judged &= !is_here;
    let words = if is_here {
        "Your vote is taken back and not counted. Judge again; F8 brings a pair whose names you have not seen."
    } else {
        "Your last vote is taken back and not counted."
    };
    // What was said of the vote holds no more.
    state.toasts.retain(|toast| !toast.text.starts_with(YOUR_VOTE));
    let mut effects = vec![Effect::TakeBackVote { a, b }];
    effects.extend(toast(state, Tone::Done, words));
    effects
}

/// Shows the votes about the two arms as they are now.
pub(super) fn tally(state: &mut State) -> Vec<Effect> {
    let questions = (arms::question(state, ArmSlot::A), arms::question(state, ArmSlot::B));
    let (Some(a), Some(b)) = questions else {
        return toast(state, Tone::Note, "Votes are about two arms; add another one first.");
    };
    actions::open(state, Overlay::Tally(TallyPage::Reading));
    vec![Effect::ReadTally { a: Box::new(a), b: Box::new(b) }]
}

/// The votes were counted.
pub(super) fn tally_read(state: &mut State, result: Result<([u64; 4], Vec<String>), String>) {
    if let Some(Overlay::Tally(page)) = state.overlays.last_mut() {
        *page = match result {
            Ok(([a, b, ties, left], all)) => TallyPage::Read { a, b, ties, left, all },
            Err(reason) => TallyPage::Failed(reason),
        };
    }
}
