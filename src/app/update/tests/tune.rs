//! The Tune screen: choosing, beginning, watching, taking in.

use super::{Bench, bench, declared};
use crate::app::effect::{Effect, TuneWork};
use crate::app::event::{Adopted, EventKind, Pointer, Timer, TuneNews};
use crate::config::ModelSpec;
use crate::editor::Editor;
use crate::state::tune::{ADVANCED, Control, Setting, Watched, written};
use crate::state::{Fault, Overlay, Tunable};
use crate::tune::{Entry, Phase, Preset, TuneEvent, TuneSettings, Wish};
use crate::view::screen::Target;

fn with_form() -> Bench {
    let mut bench = bench();
    let pair = |id: &str| (id.to_owned(), String::new());
    bench.state.place.tunable = Tunable {
        bases: vec![pair("base")],
        arms: vec![pair("plain"), pair("prompted")],
        name: "mine".to_owned(),
        ..Tunable::default()
    };
    bench.press("ctrl+n");
    bench
}

fn work(effects: Vec<Effect>) -> Vec<TuneWork> {
    effects
        .into_iter()
        .filter_map(|effect| match effect {
            Effect::Tune(work) => Some(*work),
            _ => None,
        })
        .collect()
}

fn went(bench: &mut Bench, events: Vec<TuneEvent>, phase: Phase) {
    let entries = events.into_iter().map(|event| Entry { time: 0, event }).collect();
    bench.happens(EventKind::Tune(TuneNews::Went { name: "mine".to_owned(), entries, phase }));
}

#[test]
fn where_nothing_can_be_tuned_it_says_so() {
    let mut bench = bench();
    bench.press("ctrl+n");
    assert!(bench.state.overlays.is_empty());
    assert!(bench.state.toasts.last().unwrap().text.contains("[[model]]"));
}

#[test]
fn a_training_says_what_the_screen_asks_and_no_file_does_before_it_begins() {
    let mut bench = with_form();
    bench.state.place.arms = vec![declared("plain", "base"), declared("prompted", "base")];
    bench.state.prompt.editor.apply(crate::editor::Command::InsertText("Sort it. ".to_owned()), 0);
    assert!(work(bench.press("enter")).is_empty());
    let said = "a.prompty has changes that are not in its file. Ctrl+S writes it first";
    assert!(bench.said().contains(said), "{}", bench.said());
    let effects = bench.press("ctrl+s");
    assert!(matches!(effects[..], [Effect::Save { .. }]), "an arm that is not learned from stays: {effects:?}");
    let text = bench.state.prompt.editor.file_text();
    let reckoned = work(bench.happens(EventKind::Saved(Ok(text))));
    assert!(matches!(reckoned[..], [TuneWork::Reckon { .. }]), "{reckoned:?}");
    // The model of an arm that is not learned from is no matter.
    assert!(matches!(work(bench.press("enter"))[..], [TuneWork::Begin(_)]));
    let mut bench = with_form();
    bench.state.place.arms = vec![declared("plain", "base")];
    bench.state.prompt.editor.apply(crate::editor::Command::InsertText("Sort it. ".to_owned()), 0);
    bench.press("enter");
    assert!(matches!(work(bench.press("enter"))[..], [TuneWork::Begin(_)]), "once more begins");
}

#[test]
fn the_form_asks_for_what_it_shows() {
    let mut bench = with_form();
    let reckoned = work(bench.happens(EventKind::Timer(Timer::Reckon)));
    let [TuneWork::Reckon { request, generation: 1 }] = reckoned.as_slice() else { panic!("{reckoned:?}") };
    assert_eq!((request.name.as_str(), request.base.as_str()), ("mine", "base"));
    assert_eq!((&request.arms, &request.settings), (&vec!["plain".to_owned()], &TuneSettings::from(Preset::default())));
    // Two lines down are the arms; the last choice is all of them.
    bench.press("down down left");
    let asked = work(bench.press("enter"));
    let [TuneWork::Begin(request)] = asked.as_slice() else { panic!("{asked:?}") };
    assert_eq!(request.arms, ["plain", "prompted"]);
    assert!(work(bench.press("enter")).is_empty(), "it is being made ready already");
}

#[test]
fn a_preset_writes_the_advanced_lines_and_a_line_that_cannot_be_read_says_so() {
    let mut bench = with_form();
    bench.press("down down down down left");
    assert_eq!(bench.state.tune.value_of(Setting::Epochs), TuneSettings::from(Preset::Quick).epochs.to_string());
    let hidden = bench.state.tune.shown().len();
    bench.press("down right");
    assert!(bench.state.tune.shown().len() > hidden);
    // The first advanced line: epochs.
    bench.press("down x");
    assert!(work(bench.press("enter")).is_empty());
    let faults: Vec<&str> = bench.state.tune.fields.iter().filter_map(|field| field.fault.as_deref()).collect();
    assert_eq!(faults, ["not a number"]);
}

#[test]
fn late_estimates_are_dropped_and_refusals_stay_in_the_form() {
    let mut bench = with_form();
    bench.happens(EventKind::Timer(Timer::Reckon));
    bench.happens(EventKind::Timer(Timer::Reckon));
    let fault = Fault { what: "no rows".to_owned(), hint: "name a file".to_owned() };
    let late = TuneNews::Reckoned { generation: 1, result: Err(fault.clone()) };
    bench.happens(EventKind::Tune(late));
    assert_eq!(bench.state.tune.reckoned, None);
    bench.press("enter");
    bench.happens(EventKind::Tune(TuneNews::Begun { name: "mine".to_owned(), result: Err(fault.clone()) }));
    assert_eq!(bench.state.tune.reckoned, Some(Err(fault)));
    assert!(bench.state.tune.watched.is_none() && !bench.state.tune.beginning);
}

#[test]
fn a_training_is_paused_gone_on_with_and_given_up_after_asking_twice() {
    let mut bench = with_form();
    bench.happens(EventKind::Tune(TuneNews::Begun { name: "mine".to_owned(), result: Ok(()) }));
    let step = |step| TuneEvent::Step { step, epoch: 1, loss: 0.5, tokens_per_second: 9.0, seconds_left: 3.0 };
    went(&mut bench, vec![step(1), step(2)], Phase::Training);
    assert_eq!(bench.state.tune.watched.as_ref().unwrap().progress.step, 2);
    let name = || "mine".to_owned();
    assert_eq!(work(bench.press("p")), [TuneWork::Wish(name(), Wish::Pause)]);
    went(&mut bench, Vec::new(), Phase::Paused);
    assert_eq!(work(bench.press("r")), [TuneWork::Resume(name())]);
    assert!(work(bench.press("x")).is_empty());
    assert!(work(bench.press("z x")).is_empty(), "another key in between takes it back");
    assert_eq!(work(bench.press("x")), [TuneWork::Wish(name(), Wish::Cancel)]);
}

#[test]
fn a_training_goes_on_behind_compose_and_says_when_it_is_done() {
    let mut bench = with_form();
    bench.state.tune.watched = Some(Watched { name: "mine".to_owned(), ..Watched::default() });
    bench.press("esc");
    assert!(bench.state.overlays.is_empty());
    went(&mut bench, Vec::new(), Phase::Finished);
    assert!(bench.state.toasts.last().unwrap().text.contains("`mine` is tuned"));
    bench.press("ctrl+n");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Tune)));
    assert_eq!(work(bench.press("enter")), [TuneWork::Adopt("mine".to_owned())]);
}

#[test]
fn without_a_second_way_of_asking_the_tuned_model_stands_beside_its_base() {
    let mut bench = with_form();
    bench.state.arms.truncate(1);
    let spec =
        ModelSpec { id: "mine".to_owned(), base: Some("base".to_owned()), ..bench.state.models.known[0].clone() };
    let adopted = Adopted { spec, cells: Err("no pair".to_owned()), in_table: false };
    bench.happens(EventKind::Tune(TuneNews::Adopted(Ok(Box::new(adopted)))));
    assert!(bench.state.overlays.is_empty() && !bench.state.fourfold.shown);
    let asked: Vec<_> = bench.state.arms.iter().map(|arm| (arm.model.as_str(), arm.prompt.clone())).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!((asked[1].0, &asked[1].1), ("mine", &asked[0].1));
    assert!(bench.state.toasts.last().unwrap().text.contains("an arm asks it"));
    let said = bench.state.toasts.len();
    bench.happens(EventKind::WorkbenchChanged);
    assert_eq!(bench.state.toasts.len(), said, "the program wrote that itself");
}

#[test]
fn a_click_on_a_key_that_is_named_presses_it() {
    let mut bench = with_form();
    let click = |bench: &mut Bench, key: &str| {
        let target = Target::Press(key.parse().unwrap());
        work(bench.happens(EventKind::Pointer(Pointer::Press { target, column: 0, row: 0 })))
    };
    assert!(matches!(click(&mut bench, "enter")[..], [TuneWork::Begin(_)]));
    bench.happens(EventKind::Tune(TuneNews::Begun { name: "mine".to_owned(), result: Ok(()) }));
    went(&mut bench, Vec::new(), Phase::Training);
    assert_eq!(click(&mut bench, "p"), [TuneWork::Wish("mine".to_owned(), Wish::Pause)]);
    click(&mut bench, "esc");
    assert!(bench.state.overlays.is_empty());
}

#[test]
fn every_setting_of_the_command_line_is_in_the_form_as_well() {
    let mut bench = with_form();
    let mut typed = |setting: Setting, text: &str| {
        let field = bench.state.tune.fields.iter_mut().find(|field| field.setting == setting).unwrap();
        field.control = Control::Text(Box::new(Editor::single_line(text)));
    };
    for (setting, text) in [
        (Setting::Targets, "q_proj, v_proj"),
        (Setting::LastLayers, "4"),
        (Setting::Warmup, "0.2"),
        (Setting::Rate, "constant"),
        (Setting::Clip, "none"),
        (Setting::WeightDecay, "0.01"),
        (Setting::ValidateEvery, "25"),
    ] {
        typed(setting, text);
    }
    let settings = bench.state.tune.request().unwrap().settings;
    let expected = TuneSettings {
        targets: vec!["q_proj".to_owned(), "v_proj".to_owned()],
        last_layers: Some(4),
        warmup: 0.2,
        constant_rate: true,
        clip: None,
        weight_decay: 0.01,
        validate_every: Some(25),
        ..TuneSettings::from(Preset::default())
    };
    assert_eq!(settings, expected);
    // What the form writes of settings it reads back as the same.
    for (setting, ..) in ADVANCED {
        let field = bench.state.tune.fields.iter_mut().find(|field| field.setting == setting).unwrap();
        field.control = Control::Text(Box::new(Editor::single_line(&written(&expected, setting))));
    }
    assert_eq!(bench.state.tune.request().unwrap().settings, expected);
    let field = bench.state.tune.fields.iter_mut().find(|field| field.setting == Setting::Rate).unwrap();
    field.control = Control::Text(Box::new(Editor::single_line("linear")));
    assert!(bench.state.tune.request().is_none());
    let fault = bench.state.tune.fields.iter().find_map(|field| field.fault.as_deref()).unwrap();
    assert_eq!(fault, "write falling or constant");
}
