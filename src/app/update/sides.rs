//! The texts that the diff can compare, as pickers name them: arms' answers, one of several answers, the reference, an earlier one.

use crate::state::picker::Item;
use crate::state::{ArmSlot, Side, State};

/// Every text that a side of the diff can show.
pub(super) fn sides(state: &State) -> Vec<Item> {
    let mut items = Vec::new();
    for slot in ArmSlot::ALL {
        let Some(arm) = state.arm(slot) else { continue };
        items.push(Item::new(slot.letter(), format!("answer of {}", slot.letter())).note(arm.id.clone()));
        let Some(samples) = &arm.samples else { continue };
        for (index, group) in samples.agreement.groups.iter().enumerate() {
            let Some(sample) = samples.standing_for(index) else { continue };
            let value = format!("{}:{}", slot.letter(), index + 1);
            let first = sample.result().split_whitespace().take(12).collect::<Vec<_>>().join(" ");
            let title = format!("{}'s answer {}", slot.letter(), index + 1);
            items.push(Item::new(value, title).note(first).aside(format!(
                "{} of {}",
                group.count(),
                samples.agreement.n
            )));
        }
    }
    items.push(Item::new("reference", "reference").note("the answer that counts as right"));
    items.push(Item::new("earlier", "an earlier answer…").note("to this case, from the history"));
    items
}

/// The sides but the answer that `slot` shows.
pub(super) fn others(state: &State, slot: ArmSlot) -> Vec<Item> {
    let own = value_of(&shown_side(state, slot));
    sides(state).into_iter().filter(|item| item.value != own && item.value != slot.letter()).collect()
}

/// What an arm shows, as a side that stays when the arm looks at another of its answers.
pub(super) fn shown_side(state: &State, slot: ArmSlot) -> Side {
    let samples = state.arm(slot).and_then(|arm| arm.samples.as_ref());
    let sample = samples.and_then(|samples| Some((samples.selected, samples.chosen()?.result())));
    sample.map_or(Side::Arm(slot), |(index, text)| Side::Sample(slot, index + 1, text.into()))
}

/// The value by which a picker names a side.
pub(super) fn value_of(side: &Side) -> String {
    match side {
        Side::Arm(slot) => slot.letter().to_owned(),
        Side::Sample(slot, number, _) => format!("{}:{number}", slot.letter()),
        Side::Reference => "reference".to_owned(),
        Side::Earlier(..) | Side::Text(..) => "earlier".to_owned(),
    }
}

/// The side that a picker's value names.
pub(super) fn side_of(state: &State, value: &str) -> Side {
    let (letter, number) =
        value.split_once(':').map_or((value, None), |(letter, number)| (letter, number.parse().ok()));
    let Some(slot) = ArmSlot::ALL.into_iter().find(|slot| slot.letter() == letter) else { return Side::Reference };
    let samples = state.arm(slot).and_then(|arm| arm.samples.as_ref());
    let sample = number.and_then(|number: usize| Some((number, samples?.standing_for(number.checked_sub(1)?)?)));
    sample.map_or(Side::Arm(slot), |(number, sample)| Side::Sample(slot, number, sample.result().into()))
}
