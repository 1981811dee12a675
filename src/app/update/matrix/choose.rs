//! Lists of the matrix: runs, filters; and the text that cases must have.

use super::{keep, open_run, order, settle, work};
use crate::app::effect::Effect;
use crate::app::matrix::{MatrixWork, RunsFor};
use crate::app::update::keys::{Lines, command_of};
use crate::app::update::{actions, toast};
use crate::editor::Command;
use crate::keys::{Chord, Key};
use crate::state::matrix::{Earlier, Keep, RunLine};
use crate::state::picker::{Item, Picker};
use crate::state::{FormField, Overlay, PickFor, State, Tone};
use crate::stats::wording::{counted, grouped};

/// The runs were listed: one of them is chosen.
pub(super) fn runs(state: &mut State, purpose: RunsFor, runs: &[RunLine]) -> Vec<Effect> {
    let open = state.matrix.run.as_ref().map(|run| run.line.clone());
    let live = state.matrix.live.as_ref().and_then(|live| live.run);
    let compare = purpose == RunsFor::Compare;
    let mut items: Vec<Item> = Vec::new();
    if let (true, Some(earlier)) = (compare, &state.matrix.earlier) {
        items.push(Item::new("", "compare with none").note(format!("now: run {}", earlier.id)));
    }
    for run in runs {
        let is_open = open.as_ref().is_some_and(|open| open.id == run.id);
        if compare && is_open {
            continue;
        }
        let so_far = format!("{} of {} done", grouped(run.done), grouped(run.planned));
        let how = match &run.end {
            _ if live == Some(run.id) => "goes on".to_owned(),
            _ if let Some(asker) = run.asker() => format!("{asker}, {so_far}"),
            Some(end) if end == "finished" && !run.is_unfinished() => "finished".to_owned(),
            Some(end) => format!("{end}, {so_far}"),
            None => format!("broken off, {so_far}"),
        };
        let mut item = Item::new(run.id.to_string(), format!("run {} · {}", run.id, run.when))
            .note(format!("{} · {} · {}", run.split.as_str(), counted(run.cases, "case"), run.arms.join(", ")))
            .aside(how);
        if compare && open.as_ref().is_some_and(|open| open.data_hash != run.data_hash) {
            item.disabled = Some("other cases: they cannot be told apart one by one".to_owned());
        } else if compare && open.as_ref().is_some_and(|open| pairs(&open.arms, &run.arms).is_empty()) {
            item.disabled = Some("no arm in common".to_owned());
        }
        items.push(item);
    }
    if items.is_empty() {
        let words = if compare { "There is no other run to compare with." } else { "There is no run yet." };
        return toast(state, Tone::Note, words);
    }
    let (title, purpose) =
        if compare { ("Compare with", PickFor::EarlierRun) } else { ("Runs, the newest first", PickFor::Run) };
    state.matrix.listed = runs.to_vec();
    let current = open.map_or_else(String::new, |open| open.id.to_string());
    actions::open(state, Overlay::Pick(purpose, Picker::new(title, items, &current)))
}

/// Columns with the columns of the same name in another run.
fn pairs(now: &[String], before: &[String]) -> Vec<(u32, u32)> {
    let place = |name: &String| before.iter().position(|other| other == name);
    now.iter().enumerate().filter_map(|(arm, name)| Some((arm as u32, place(name)? as u32))).collect()
}

/// A filter of one arm, or of any.
type Of = fn(Option<u32>) -> Keep;

/// Offers what cases can be kept.
pub(super) fn filters(state: &mut State) -> Vec<Effect> {
    let Some(run) = &state.matrix.run else { return toast(state, Tone::Note, "There is no run yet.") };
    let arm = state.matrix.column as u32;
    let names: Vec<&str> = run.heads.iter().map(|head| head.name.as_str()).collect();
    let own = names.get(state.matrix.column).copied().unwrap_or_default();
    let mut items = vec![Item::new(value(Keep::All), "all cases")];
    let mut add = |keep: Keep, title: String, note: &str| items.push(Item::new(value(keep), title).note(note));
    let of_both: [(&str, Of, &str); 4] = [
        ("failed", Keep::Failed, "a score below one half, or no answer from the model"),
        ("unparsed", Keep::Unparsed, "the answer could not be read"),
        ("non-answer", Keep::NonAnswer, "cut, refused, empty, unparsed or invalid"),
        ("missing", Keep::Missing, "the call failed"),
    ];
    for (name, keep, note) in of_both {
        add(keep(Some(arm)), format!("{name}: {own}"), note);
        add(keep(None), format!("{name}: any arm"), note);
    }
    for (other, name) in names.iter().enumerate().filter(|(other, _)| *other as u32 != arm) {
        add(Keep::Differ(arm, other as u32), format!("differs: {own} and {name}"), "their scores are not the same");
    }
    let mut flipped = Item::new(value(Keep::Flipped), "flipped").note("right now and wrong before, or the other way");
    match &state.matrix.earlier {
        Some(earlier) => flipped.title = format!("flipped since run {}", earlier.id),
        None => flipped.disabled = Some("press c first, to choose the run to compare with".to_owned()),
    }
    items.push(flipped);
    let current = value(state.matrix.order.keep);
    actions::open(state, Overlay::Pick(PickFor::Keep, Picker::new("Which cases", items, &current)))
}

/// A filter as a picker names it.
fn value(keep: Keep) -> String {
    let arm = |arm: Option<u32>| arm.map_or_else(|| "any".to_owned(), |arm| arm.to_string());
    match keep {
        Keep::All => "all".to_owned(),
        Keep::Failed(of) => format!("failed {}", arm(of)),
        Keep::NonAnswer(of) => format!("non-answer {}", arm(of)),
        Keep::Unparsed(of) => format!("unparsed {}", arm(of)),
        Keep::Missing(of) => format!("missing {}", arm(of)),
        Keep::Differ(left, right) => format!("differ {left} {right}"),
        Keep::Flipped => "flipped".to_owned(),
    }
}

/// The filter that a picker's value names.
fn named(value: &str) -> Keep {
    let mut words = value.split(' ');
    let name = words.next().unwrap_or_default();
    let mut arm = || words.next().and_then(|word| word.parse::<u32>().ok());
    match name {
        "failed" => Keep::Failed(arm()),
        "non-answer" => Keep::NonAnswer(arm()),
        "unparsed" => Keep::Unparsed(arm()),
        "missing" => Keep::Missing(arm()),
        "differ" => match (arm(), arm()) {
            (Some(left), Some(right)) => Keep::Differ(left, right),
            _ => Keep::All,
        },
        "flipped" => Keep::Flipped,
        _ => Keep::All,
    }
}

/// Something was picked.
pub(in crate::app::update) fn chosen(state: &mut State, purpose: PickFor, value: &str) -> Vec<Effect> {
    match purpose {
        PickFor::Keep => keep(state, named(value)),
        PickFor::Run => value.parse().map_or_else(|_| Vec::new(), |run| open_run(state, Some(run))),
        _ => {
            let matrix = &mut state.matrix;
            let found = matrix.listed.iter().find(|run| run.id.to_string() == value).zip(matrix.run.as_ref());
            matrix.earlier = found.map(|(run, open)| Earlier {
                id: run.id,
                when: run.when.clone(),
                arms: pairs(&open.line.arms, &run.arms),
                flips: None,
            });
            matrix.window.asked = 0..0;
            let mut effects = if matrix.order.keep == Keep::Flipped {
                if matrix.earlier.is_some() { order(state) } else { keep(state, Keep::All) }
            } else {
                settle(state)
            };
            effects.extend(count_flips(state));
            effects
        }
    }
}

/// Has the cells counted that have flipped since the run that the open one is compared with.
pub(super) fn count_flips(state: &State) -> Vec<Effect> {
    let matrix = &state.matrix;
    let Some((run, earlier)) = matrix.run.as_ref().zip(matrix.earlier.clone()) else { return Vec::new() };
    vec![work(MatrixWork::Flips { generation: matrix.generation, run: run.line.id, rows: run.rows, earlier })]
}

/// Asks for the text that cases must have.
pub(super) fn search(state: &mut State) -> Vec<Effect> {
    let help = "in the case's id, its variables or an answer; empty shows all again";
    let field = FormField::new("text", help, &state.matrix.order.text);
    actions::open(state, Overlay::MatrixSearch(vec![field]))
}

/// A key while that is asked.
pub(in crate::app::update) fn search_pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let now = state.now_ms;
    let Some(Overlay::MatrixSearch(fields)) = state.overlays.last_mut() else { return Vec::new() };
    let Some(field) = fields.first_mut() else { return Vec::new() };
    if chord.key == Key::Enter {
        field.editor.text().trim().clone_into(&mut state.matrix.order.text);
        state.overlays.pop();
        (state.matrix.line, state.matrix.top) = (0, 0);
        return order(state);
    }
    if let Some(command) = command_of(chord, Lines::One) {
        field.editor.apply(command, now);
    }
    Vec::new()
}

/// Text was pasted while that is asked.
pub(in crate::app::update) fn search_pasted(state: &mut State, text: &str) {
    let now = state.now_ms;
    if let Some(Overlay::MatrixSearch(fields)) = state.overlays.last_mut()
        && let Some(field) = fields.first_mut()
    {
        field.editor.apply(Command::InsertText(text.to_owned()), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_is_found_again_by_its_value() {
        for keep in [
            Keep::All,
            Keep::Failed(None),
            Keep::Failed(Some(3)),
            Keep::NonAnswer(Some(0)),
            Keep::Unparsed(None),
            Keep::Missing(Some(1)),
            Keep::Differ(2, 1),
            Keep::Flipped,
        ] {
            assert_eq!(named(&value(keep)), keep);
        }
    }

    #[test]
    fn columns_are_paired_by_their_names() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(pairs(&names(&["a", "b", "c"]), &names(&["c", "x", "a"])), [(0, 2), (2, 0)]);
    }
}
