//! The fourfold view: each view finds its answers as it left them.

use super::super::arms;
use super::history::recorded as reopened;
use super::{Bench, bench, case};
use crate::app::effect::Effect;
use crate::app::event::{Analysis, EventKind};
use crate::config::{ModelSpec, Provider};
use crate::model::Cost;
use crate::run::fourfold::Paid;
use crate::score::{Missing, Outcome, Score};
use crate::state::{ArmSlot, CellRow, Cells, CostNote, Pane, Phase, RecordedState, ScoreLine, Side, fourfold};
use crate::store::case_key;
use crate::strategy::StrategyConfig;

pub(super) fn with_cells() -> Bench {
    let mut bench = bench();
    bench.state.place.cells = Ok(cells());
    bench
}

/// Four cells of a base and a model tuned from it.
pub(super) fn cells() -> Cells {
    let row = |prompt: &str, strategy: &str| CellRow {
        prompt: prompt.to_owned(),
        strategy: StrategyConfig::named(strategy).unwrap(),
    };
    Cells {
        plain: row("a.prompty", "zero-shot"),
        prompted: row("b.prompty", "few-shot"),
        base: "base".to_owned(),
        tuned: "tuned".to_owned(),
        unrelated: false,
    }
}

#[test]
fn without_a_tuned_model_it_says_what_is_missing() {
    let mut bench = bench();
    bench.press("ctrl+t");
    assert!(!bench.state.fourfold.shown);
    assert_eq!(bench.state.arms.len(), 2);
    assert_eq!(bench.state.toasts.last().unwrap().text, "no cells here");
}

#[test]
fn the_cells_are_rows_by_columns_and_both_views_keep_their_answers() {
    let mut bench = with_cells();
    bench.state.arms[0].answer.push("of Compose");
    bench.press("ctrl+t");
    assert!(bench.state.fourfold.shown);
    let asked: Vec<(&str, &str)> =
        bench.state.arms.iter().map(|arm| (arm.prompt.as_deref().unwrap(), arm.model.as_str())).collect();
    assert_eq!(
        asked,
        [("a.prompty", "base"), ("a.prompty", "tuned"), ("b.prompty", "base"), ("b.prompty", "tuned")],
        "the upper row is plain, the right column tuned"
    );
    assert_eq!(bench.state.focus, Pane::Arm(ArmSlot::A));
    assert_eq!((&bench.state.diff.left, &bench.state.diff.right), (&Side::Arm(ArmSlot::C), &Side::Arm(ArmSlot::B)));
    bench.state.arms[3].answer.push("of the cells");
    // Nothing streams, so Esc leaves.
    bench.press("esc");
    assert!(!bench.state.fourfold.shown);
    assert_eq!(bench.state.arms[0].answer.text(), "of Compose");
    assert_eq!(bench.state.focus, Pane::Prompt);
    bench.press("ctrl+t");
    assert_eq!(bench.state.arms[3].answer.text(), "of the cells");
}

#[test]
fn late_news_of_an_arm_is_not_taken_for_the_cell_in_its_place() {
    let mut bench = with_cells();
    let before = bench.state.arms[0].generation;
    bench.press("ctrl+t");
    bench.happens(EventKind::Recorded { slot: ArmSlot::A, generation: before, result: Ok(7) });
    assert_eq!(bench.state.arms[0].trial, None);
}

#[test]
fn the_recorded_verdict_is_read_once_all_four_cells_have_an_answer() {
    let mut bench = with_cells();
    let wanted = Effect::ReadVerdict { base: "base".to_owned(), tuned: "tuned".to_owned() };
    assert!(!bench.press("ctrl+t").contains(&wanted));
    for (slot, is_last) in [(ArmSlot::A, false), (ArmSlot::B, false), (ArmSlot::C, false), (ArmSlot::D, true)] {
        let generation = bench.state.arms[slot.index()].generation;
        let effects = bench.happens(EventKind::Recorded { slot, generation, result: Ok(1) });
        assert_eq!(effects.contains(&wanted), is_last, "{effects:?}");
    }
    bench.happens(EventKind::VerdictRead(vec!["Use both.".to_owned()]));
    assert_eq!(bench.state.fourfold.verdict, ["Use both."]);
}

#[test]
fn it_does_not_switch_under_a_stream_and_esc_cancels_that_first() {
    let mut bench = with_cells();
    bench.press("ctrl+t");
    bench.state.arms[0].phase = Phase::Streaming;
    bench.press("ctrl+t");
    assert!(bench.state.fourfold.shown);
    let effects = bench.press("esc");
    assert!(effects.contains(&Effect::Cancel(ArmSlot::A)), "{effects:?}");
    assert!(bench.state.fourfold.shown);
}

#[test]
fn a_cell_says_that_its_adapter_is_asked_otherwise() {
    let mut bench = with_cells();
    bench.press("ctrl+t");
    let generation = bench.state.arms[3].generation;
    for (generation, note) in [(generation + 1, "of another run"), (generation, "trained with plain")] {
        bench.happens(EventKind::Noted { slot: ArmSlot::D, generation, notes: vec![note.to_owned()] });
    }
    assert_eq!(bench.state.arms[3].notes, ["trained with plain"]);
}

#[test]
fn another_case_forgets_the_answers_of_both_views() {
    let mut bench = with_cells();
    bench.state.arms[0].answer.push("of Compose");
    bench.press("ctrl+t");
    bench.happens(EventKind::CaseLoaded { index: 1, result: Ok(Box::new(case("dev-2", "a lamp"))) });
    bench.press("ctrl+t");
    assert!(bench.state.arms[0].answer.is_empty());
}

#[test]
fn answers_to_a_case_that_is_edited_since_are_marked_until_it_is_as_it_was() {
    let mut bench = with_cells();
    bench.press("ctrl+t");
    let analysed = |bench: &mut Bench, recorded: fn(ArmSlot) -> RecordedState| {
        let questions = [ArmSlot::A, ArmSlot::B, ArmSlot::C, ArmSlot::D]
            .map(|slot| (arms::question(&bench.state, slot).unwrap(), recorded(slot)));
        let analysis = Analysis { revision: u64::MAX, recorded: questions.into(), ..Analysis::default() };
        bench.happens(EventKind::Analysed(Box::new(analysis)));
        bench.state.arms.iter().map(|arm| arm.elsewhere).collect::<Vec<_>>()
    };
    let own = |slot| match slot {
        ArmSlot::D => RecordedState::None,
        _ => RecordedState::Own(Box::new(reopened(true))),
    };
    assert_eq!(analysed(&mut bench, own), [false; 4]);
    // D was run a moment ago.
    bench.state.arms[3].phase = Phase::Done(Outcome::Answer);
    bench.state.arms[3].about = case_key(&bench.state.case.case());
    bench.press("alt+2");
    bench.types("x");
    assert_eq!(analysed(&mut bench, |_| RecordedState::None), [true; 4]);
    assert_eq!(bench.state.arms[0].answer.text(), "an old answer", "it stays, and is marked");
    bench.press("backspace");
    assert_eq!(analysed(&mut bench, own), [false; 4]);
    bench.state.arms[0].elsewhere = true;
    bench.press("ctrl+r");
    assert!(!bench.state.arms[0].elsewhere, "asked as it is now");
}

#[test]
fn the_table_reads_the_scores_of_its_cells() {
    let mut bench = with_cells();
    bench.press("ctrl+t");
    for (arm, value) in bench.state.arms.iter_mut().zip([0.0, 1.0, 0.5]) {
        arm.scores.push(ScoreLine { metric: "exact-match".to_owned(), score: Score::value(value) });
    }
    let table = fourfold::table(&bench.state.arms, "exact-match");
    assert_eq!((table.plain_base, table.plain_tuned, table.prompted_base), (Some(0.0), Some(1.0), Some(0.5)));
    assert_eq!(table.prompted_tuned, None);
    assert_eq!(table.complete(), None);
}

#[test]
fn each_cell_says_what_its_answer_cost_once_it_has_one() {
    let mut bench = with_cells();
    let small = bench.state.models.known[0].clone();
    let served = Provider::Server(crate::model::Dialect::ChatCompletions);
    bench.state.models.known = vec![
        ModelSpec { id: "base".to_owned(), ..small.clone() },
        ModelSpec { id: "tuned".to_owned(), provider: served, ..small },
    ];
    bench.press("ctrl+t");
    assert_eq!(fourfold::paid(&bench.state), [None; 4], "nothing was asked");
    for arm in &mut bench.state.arms {
        arm.phase = Phase::Done(Outcome::Answer);
    }
    let dollars = Cost { dollars: 0.5, exact: true };
    bench.state.arms[1].figures.cost = Some(CostNote::Of { cost: dollars, arm: None });
    let paid = fourfold::paid(&bench.state);
    assert_eq!(paid[0], Some(Paid::Of(Cost::NOTHING)), "the model inside is free");
    assert_eq!((paid[1], paid[3]), (Some(Paid::Of(dollars)), None), "D has not been charged yet");
    bench.state.arms[3].figures.cost = Some(CostNote::Unknown);
    assert_eq!(fourfold::paid(&bench.state)[3], Some(Paid::Unknown));
    bench.state.arms[2].phase = Phase::Done(Outcome::Missing(Missing::Failed));
    assert_eq!(fourfold::paid(&bench.state)[2], None, "what failed has no answer to pay for");
}
