//! Picking a strategy, hearing from one with several calls, looking at these calls.

use super::{bench, done, names};
use crate::app::event::EventKind;
use crate::data::Case;
use crate::model::Usage;
use crate::run::{CallDone, Inner, TrialDone, TrialEvent};
use crate::score::Outcome;
use crate::state::{ArmSlot, Overlay, PickFor};
use crate::strategy::{Call, Extraction, StrategyConfig, own};

fn called(purpose: &str, text: &str) -> CallDone {
    CallDone {
        call: Call { purpose: purpose.to_owned(), ..Call::default() },
        text: text.to_owned(),
        reasoning: String::new(),
        outcome: "answer".to_owned(),
        stop: None,
        usage: Usage::default(),
        total_ms: 3,
        read: Some(Extraction::Made { text: text.to_owned(), how: "the letter alone".to_owned() }),
        notes: Vec::new(),
    }
}

#[test]
fn the_messages_of_one_call_are_a_key_away_from_the_page_of_calls() {
    let mut bench = bench();
    bench.both_answer();
    bench.press("alt+4 c");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Calls { slot: ArmSlot::B, .. })));
    bench.press("f9");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Preview { slot: ArmSlot::B, .. })));
}

#[test]
fn the_picker_says_what_each_costs_and_where_it_hurts() {
    let mut bench = bench();
    let stages = [serde_json::json!({ "use": "persona", "text": "You pack." }).as_object().unwrap().clone()];
    bench.state.place.strategies = vec![own("mine", &stages).unwrap()];
    let effects = bench.press("alt+3 s");
    let Some(Overlay::Pick(PickFor::Strategy(ArmSlot::A), picker)) = bench.state.overlays.last() else {
        panic!("no picker")
    };
    let asked: Vec<&str> = effects
        .iter()
        .filter_map(|effect| match effect {
            crate::app::effect::Effect::Ahead { of, .. } => Some(of.iter().map(|(name, _)| name.as_str())),
            _ => None,
        })
        .flatten()
        .collect();
    assert!(["zero-shot", "medprompt:k20-m11", "mine"].iter().all(|name| asked.contains(name)), "{asked:?}");
    let line = |value: &str| picker.shown().find(|item| item.value == value).unwrap_or_else(|| panic!("no {value}"));
    assert_eq!(line("self-consistency").aside, "5 calls per case");
    assert_eq!(line("medprompt").aside, "5 calls per case, 100 train rows once, embeddings");
    assert_eq!(line("medprompt:k20-m11").aside, "11 calls per case, 100 train rows once, embeddings");
    assert!(line("persona").detail.contains("hurts code review: exact match 1 to 54 % lower (arXiv 2402.00905)"));
    for name in ["few-shot", "chain-of-thought", "medprompt"] {
        assert!(line(name).detail.starts_with("Known to hurt: "), "{name}: {}", line(name).detail);
    }
    assert_eq!(line("mine").aside, "1 call per case");
    assert_eq!(line("mine").figures, "reckoning what it takes…");
    assert_eq!(line("preset:medprompt-ladder").figures, "", "a preset is no strategy");
    assert!(line("preset:medprompt-ladder").detail.contains("arXiv 2311.16452"));
    bench.happens(EventKind::Ahead(vec![("mine".to_owned(), "This case: 1 call.".to_owned())]));
    bench.types("mine");
    let Some(Overlay::Pick(_, picker)) = bench.state.overlays.last() else { panic!("no picker") };
    assert_eq!(picker.selected().unwrap().figures, "This case: 1 call.");
    assert_eq!(names(&bench.press("enter")), ["Analyse"]);
    assert_eq!(bench.arm(ArmSlot::A).strategy.label(), "mine");
    bench.press("s");
    bench.types("k20");
    bench.press("enter");
    assert_eq!(bench.arm(ArmSlot::A).strategy, crate::strategy::named("medprompt:k20-m11").unwrap());
}

#[test]
fn several_calls_are_shown_one_after_the_other_and_the_decisive_text_stays() {
    let mut bench = bench();
    bench.press("ctrl+r");
    let slot = ArmSlot::A;
    let generation = bench.arm(slot).generation;
    let mut hears = |event| {
        bench.happens(EventKind::Trial { slot, generation, event });
    };
    let step = |number| TrialEvent::Step { purpose: format!("answer {number} of 2"), number, most: 2 };
    hears(step(1));
    hears(TrialEvent::FirstToken { ms: 4 });
    hears(TrialEvent::Text("one".to_owned()));
    hears(TrialEvent::Called(Box::new(called("answer 1 of 2", "one"))));
    hears(step(2));
    hears(TrialEvent::FirstToken { ms: 9 });
    hears(TrialEvent::Text("two".to_owned()));
    hears(TrialEvent::Called(Box::new(called("answer 2 of 2", "two"))));
    let arm = bench.arm(slot);
    assert_eq!((arm.answer.text(), arm.calls.len(), arm.figures.first_token_ms), ("two", 2, Some(4)));
    assert_eq!(arm.step, Some(("answer 2 of 2".to_owned(), 2, 2)));
    let calls = vec![called("answer 1 of 2", "one"), called("answer 2 of 2", "two")];
    let ended = TrialDone { inner: Inner { calls, extraction: None }, ..done(Outcome::Answer, "one") };
    bench.happens(EventKind::Trial { slot, generation, event: TrialEvent::Finished(Box::new(ended)) });
    let arm = bench.arm(slot);
    assert_eq!((arm.answer.text(), arm.calls.len(), &arm.step), ("one", 2, &None));
    bench.press("alt+3 c");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Calls { slot: ArmSlot::A, .. })));
    bench.press("tab");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Calls { slot: ArmSlot::B, .. })));
    bench.press("esc");
    // Another case forgets them with the answer.
    bench.happens(EventKind::CaseLoaded { index: 1, result: Ok(Box::new(Case::default())) });
    assert!(bench.arm(slot).calls.is_empty());
}

#[test]
fn a_wording_is_changed_in_the_form_and_is_part_of_the_arm() {
    let mut bench = bench();
    bench.state.arms[0].strategy = StrategyConfig::named("self-consistency").unwrap();
    let before = bench.arm(ArmSlot::A).strategy.hash();
    bench.press("alt+3 p");
    let Some(Overlay::Parameters { fields, .. }) = bench.state.overlays.last() else { panic!("no form") };
    let at = |name: &str| fields.iter().rposition(|field| field.name == name).unwrap();
    let (wording, temperature) = (at("wording"), at("temperature"));
    assert!(fields[wording].editor.text().starts_with("Think step by step"));
    for _ in 0..temperature {
        bench.press("down");
    }
    bench.press("ctrl+u");
    bench.types("0");
    bench.press("enter");
    let Some(Overlay::Parameters { fields, .. }) = bench.state.overlays.last() else { panic!("taken with a fault") };
    assert!(fields[temperature].fault.as_ref().unwrap().contains("from 0.01 to 2"));
    bench.press("ctrl+u");
    bench.types("0.9");
    for _ in temperature..wording {
        bench.press("down");
    }
    bench.types(" Be quick.");
    bench.press("enter");
    assert!(bench.state.overlays.is_empty());
    let strategy = &bench.arm(ArmSlot::A).strategy;
    assert!(strategy.get("wording").unwrap().in_words().contains("Be quick."));
    assert_ne!(strategy.hash(), before);
}

#[test]
fn a_text_of_many_lines_is_edited_as_it_is_and_what_nobody_touched_stays() {
    let mut bench = bench();
    let few_shot = StrategyConfig::named("few-shot").unwrap();
    bench.state.arms[0].strategy = few_shot.clone();
    bench.press("alt+3 p");
    bench.press("enter");
    assert_eq!(bench.arm(ArmSlot::A).strategy, few_shot, "its inline form has line ends of its own");
    bench.press("p");
    let Some(Overlay::Parameters { fields, .. }) = bench.state.overlays.last() else { panic!("no form") };
    let item = fields.iter().position(|field| field.name == "item").unwrap();
    assert!(fields[item].long && !fields[0].long);
    assert_eq!(fields[item].editor.text(), few_shot.get("item").unwrap().in_words());
    for _ in 0..item {
        bench.press("tab");
        let Some(Overlay::Parameters { fields, focused, .. }) = bench.state.overlays.last() else { panic!("no form") };
        if fields[*focused].name == "select" {
            bench.press("right right left");
            let Some(Overlay::Parameters { fields, focused, .. }) = bench.state.overlays.last() else {
                panic!("no form")
            };
            assert_eq!(fields[*focused].editor.text(), "random");
        }
    }
    bench.types("One more");
    bench.press("ctrl+j");
    bench.types("line");
    let Some(Overlay::Parameters { focused, .. }) = bench.state.overlays.last() else { panic!("no form") };
    assert_eq!(*focused, item);
    bench.press("up");
    let Some(Overlay::Parameters { focused, .. }) = bench.state.overlays.last() else { panic!("no form") };
    assert_eq!(*focused, item, "an arrow goes through the text first");
    bench.press("ctrl+a");
    bench.types("{{ ");
    let Some(Overlay::Parameters { fields, .. }) = bench.state.overlays.last() else { panic!("no form") };
    let fault = fields[item].fault.clone().unwrap_or_default();
    assert!(fault.starts_with("few-shot: `item`, line "), "{fault}");
    bench.press("backspace backspace backspace enter");
    assert!(bench.state.overlays.is_empty());
    let told = bench.arm(ArmSlot::A).strategy.get("item").unwrap().in_words();
    assert!(told.ends_with("Output: {{ output }}\nOne more\nline"), "{told}");
    assert_eq!(bench.arm(ArmSlot::A).strategy.get("select").unwrap().in_words(), "random");
}

#[test]
fn a_preset_is_added_for_the_arms_model_and_its_arms_come_to_the_screen() {
    let mut bench = bench();
    bench.press("alt+4 s");
    bench.types("medprompt-ladder");
    let effects = bench.press("enter");
    let [crate::app::effect::Effect::AddPreset { id, model, tuned: None }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!((id.as_str(), model.as_str()), ("medprompt-ladder", "server"));
    bench.happens(EventKind::Reopened(Err("the arms do not fit".to_owned())));
    assert_eq!(bench.said(), "fourfold.toml was not changed: the arms do not fit");
    let arm = |id: &str| crate::config::Arm {
        id: id.to_owned(),
        prompt: "choices.prompty".to_owned(),
        strategy: crate::config::StrategySpec { name: "few-shot".to_owned(), settings: toml::Table::new() },
        model: "server".to_owned(),
        parameters: crate::model::Parameters { max_tokens: Some(512), ..Default::default() },
    };
    let reread = crate::app::event::Reread {
        shown: crate::app::event::Shown::Arms(["a", "b", "c", "d", "e"].map(arm).to_vec()),
        prompts: vec!["choices.prompty".to_owned()],
        count: 3,
        sources: Vec::new(),
        arms: Vec::new(),
        tunable: crate::state::Tunable::default(),
        cells: Err(String::new()),
        words: "Added.".to_owned(),
    };
    bench.happens(EventKind::Reread(Box::new(reread)));
    let ids: Vec<&str> = bench.state.arms.iter().map(|arm| arm.id.as_str()).collect();
    assert_eq!((ids, bench.state.case.original.id.as_str()), (vec!["a", "b", "c", "d"], "dev-1"));
    // With their own sampling: a preset that reasons has room for it.
    assert!(bench.state.arms.iter().all(|arm| arm.parameters.max_tokens == Some(512)));
}

#[test]
fn the_ablation_chart_is_read_for_either_split_and_late_answers_are_dropped() {
    let mut bench = bench();
    bench.press("ctrl+p");
    bench.types("step by step");
    let effects = bench.press("enter");
    assert!(matches!(effects[..], [crate::app::effect::Effect::ReadAblation { generation: 1, .. }]), "{effects:?}");
    let effects = bench.press("s");
    let [crate::app::effect::Effect::ReadAblation { generation: 2, split: crate::data::Split::Test }] = effects[..]
    else {
        panic!("{effects:?}")
    };
    let chart = crate::state::Ablation::default;
    bench.happens(EventKind::AblationRead { generation: 1, result: Ok(chart()) });
    assert!(bench.state.ablation.chart.is_none());
    bench.happens(EventKind::AblationRead { generation: 2, result: Ok(chart()) });
    assert_eq!(bench.state.ablation.chart, Some(Ok(chart())));
    bench.press("v");
    assert!(bench.state.ablation.against_first);
}
