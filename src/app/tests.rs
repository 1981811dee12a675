//! The loop without a terminal: real states of real samples, effects carried out by the real workers, no model anywhere.

use std::path::Path;
use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::copies::Copying;
use super::effect::Effect;
use super::event::{Event, EventKind, Found};
use super::start::{first_state, key_map};
use super::{outside, update, workers};
use crate::config::settings::Settings;
use crate::config::{Known, ModelSpec, Provider, SAMPLES, Sample, Workbench, copy_sample};
use crate::keys::{Chord, Key, Modifiers};
use crate::model::discover::{KnownKey, LocalServer, OwnKey, USUAL_PORTS};
use crate::model::{Dialect, KeySource, ModelError, ServedModel};
use crate::run::Session;
use crate::score::diff::DiffRequest;
use crate::state::{ArmSlot, EmbeddedOffer, KeyPlace, ListFault, Overlay, Pane, Phase, PickFor, RecordedState, State};
use crate::terminal::Input;
use crate::theme::{ColorLevel, Library};
use crate::view::screen::draw;

/// A sample, open on a machine without any model.
struct Bench {
    home: tempfile::TempDir,
    session: Arc<Session>,
    state: State,
    /// What was asked of the outside and is not carried out here.
    asked: Vec<Effect>,
}

impl Bench {
    fn open(sample: &Sample) -> Self {
        let home = tempfile::tempdir().unwrap();
        copy_sample(sample, home.path()).unwrap();
        Self::at(home)
    }

    /// The workbench in a folder.
    fn at(home: tempfile::TempDir) -> Self {
        let workbench = Workbench::open(home.path(), Known::default()).unwrap();
        let absent = || ModelError::Engine { reason: "not here".to_owned(), hint: String::new() };
        let session = Arc::new(Session::open(workbench, Arc::new(move |_: &str, _| Err(absent()))));
        let keys = key_map(&Settings::default(), Path::new("")).unwrap();
        let state = first_state(&session, None, true, keys, Vec::new(), false).unwrap();
        let mut bench = Self { home, session, state, asked: Vec::new() };
        bench.happen(EventKind::Timer(super::event::Timer::Analyse));
        bench
    }

    fn happen(&mut self, kind: EventKind) {
        let mut events = vec![kind];
        while let Some(kind) = events.pop() {
            for effect in update(&mut self.state, Event { at_ms: 1, kind }) {
                match effect {
                    Effect::Analyse { revision, text, path, questions } => {
                        events.push(workers::analyse((&self.session, None), revision, &text, &path, questions));
                    }
                    Effect::Compare { generation, granularity, left, right } => {
                        let request = DiffRequest { granularity, deadline: None };
                        events.push(workers::compare(generation, request, &left, &right));
                    }
                    Effect::LoadCase(index) => events.push(workers::load_case(&self.session, index)),
                    Effect::UseModel(spec) => self.session.add_model(*spec),
                    other => self.asked.push(other),
                }
            }
        }
    }

    fn press(&mut self, chord: Chord) {
        self.happen(EventKind::Input(Input::Key(chord)));
    }

    fn screen(&mut self) -> String {
        let theme = Library::new(None).load("terminal", ColorLevel::Ansi16).unwrap();
        let area = Rect::new(0, 0, 120, 40);
        let mut buffer = Buffer::empty(area);
        draw(&mut self.state, area, &mut buffer, &theme);
        let row = |y| (0..area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
        (0..area.height).map(row).collect::<Vec<_>>().join("\n")
    }

    fn recorded(&self) -> Vec<bool> {
        self.state.arms.iter().map(|arm| matches!(arm.phase, Phase::Recorded { .. })).collect()
    }
}

#[test]
fn a_first_start_shows_recorded_answers_their_diff_and_scores() {
    for sample in &SAMPLES {
        let mut bench = Bench::open(sample);
        bench.state.welcome = true;
        assert!(bench.recorded().into_iter().all(|recorded| recorded), "{}", sample.name);
        assert!(bench.state.arms.iter().all(|arm| !arm.scores.is_empty() && arm.trial.is_none()));
        assert!(bench.state.diff.shown.is_some());
        let screen = bench.screen();
        // Where there is a tuned arm, the prompted one is compared with it.
        let diff = if sample.name == "orders" { "B → C" } else { "A → B" };
        for words in ["recorded 20", "smollm2-135m", "exact-match", diff, "nothing has been run on this machine yet"] {
            assert!(screen.contains(words), "{words} in\n{screen}");
        }
    }
}

#[test]
fn recorded_answers_follow_the_case_and_leave_when_something_else_is_asked() {
    let mut bench = Bench::open(&SAMPLES[0]);
    let first = bench.state.arms[1].answer.text().to_owned();
    bench.press(Chord::plain(Key::Function(8)));
    assert_eq!(bench.state.case.index, Some(1));
    assert_eq!(bench.recorded(), [true; 3]);
    assert_ne!(bench.state.arms[1].answer.text(), first);
    // Arms A and C ask with the prompt on the screen, arm B with its own file.
    bench.press(Chord::plain(Key::Char('x')));
    bench.happen(EventKind::Timer(super::event::Timer::Analyse));
    assert_eq!(bench.recorded(), [false, true, false]);
    assert!(matches!(bench.state.arms[0].recorded, RecordedState::Other { .. }));
    assert!(bench.screen().contains("setting than this."));
    bench.press(Chord::plain(Key::Backspace));
    bench.happen(EventKind::Timer(super::event::Timer::Analyse));
    assert_eq!(bench.recorded(), [true; 3]);
}

#[test]
fn a_run_takes_the_place_of_a_recording_and_a_recording_is_never_voted_on() {
    let mut bench = Bench::open(&SAMPLES[0]);
    bench.state.welcome = true;
    bench.press(Chord::plain(Key::Function(6)));
    bench.press(Chord::plain(Key::Char('1')));
    assert!(!bench.asked.iter().any(|effect| matches!(effect, Effect::RecordVote { .. })));
    bench.press(Chord::plain(Key::Function(5)));
    assert_eq!(bench.recorded(), [false; 3]);
    assert_eq!(bench.asked.iter().filter(|effect| matches!(effect, Effect::Ask(_))).count(), 3);
    assert!(!bench.state.welcome);
    bench.happen(EventKind::Timer(super::event::Timer::Analyse));
    assert_eq!(bench.recorded(), [false; 3], "an arm that is running keeps its own answer");
}

#[test]
fn a_served_model_is_found_picked_used_and_kept() {
    let mut bench = Bench::open(&SAMPLES[0]);
    bench.state.focus = Pane::Arm(ArmSlot::B);
    bench.press(Chord::plain(Key::Char('m')));
    assert_eq!(bench.asked.last(), Some(&Effect::FindModels));
    assert!(bench.screen().contains("looking for local servers"));
    for usual in USUAL_PORTS {
        let server = (usual.program == "vLLM").then(|| LocalServer {
            program: usual.program,
            base_url: usual.base_url(),
            models: vec![ServedModel::new("org/qwen3-4b")],
            key: None,
        });
        bench.happen(EventKind::Models(Found::Port { base_url: usual.base_url(), server }));
    }
    for letter in "qwen3".chars() {
        bench.press(Chord::plain(Key::Char(letter)));
    }
    bench.press(Chord::plain(Key::Enter));
    assert_eq!(bench.state.arms[1].model, "qwen3-4b");
    assert_eq!(bench.session.spec("qwen3-4b").unwrap().base_url.as_deref(), Some("http://127.0.0.1:8000/v1"));
    assert!(!bench.recorded()[1], "another model was recorded");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Pick(PickFor::KeepModel(ArmSlot::B), _))));
    bench.press(Chord::plain(Key::Down));
    bench.press(Chord::plain(Key::Enter));
    let Some(Effect::KeepModels(specs)) = bench.asked.last() else { panic!("{:?}", bench.asked.last()) };
    let specs = specs.clone();
    let toasts = bench.state.toasts.len();
    bench.happen(EventKind::WorkbenchChanged);
    assert_eq!(bench.state.toasts.len(), toasts, "the program's own writing is no news");
    bench.happen(EventKind::WorkbenchChanged);
    assert_eq!(bench.state.toasts.len(), toasts + 1, "somebody else's is");
    let before = std::fs::read_to_string(bench.home.path().join("fourfold.toml")).unwrap();
    assert_eq!(outside::keep_models(bench.home.path(), &specs), Ok("qwen3-4b".to_owned()));
    let after = std::fs::read_to_string(bench.home.path().join("fourfold.toml")).unwrap();
    assert!(after.starts_with(&before) && after.contains("id = \"qwen3-4b\""), "{after}");

    // The call of that arm goes where the program would send it; the embedded arm has no address.
    let copied = |what: &str, slot| match Copying::of(&bench.state, what, slot).make(&bench.session) {
        EventKind::CopyMade { result, .. } => result,
        other => panic!("{other:?}"),
    };
    let curl = copied("curl", ArmSlot::B);
    assert!(curl.unwrap().starts_with("curl 'http://127.0.0.1:8000/v1/chat/completions' "));
    assert!(copied("curl", ArmSlot::A).unwrap_err().contains("no address"));
    let command = copied("command", ArmSlot::A);
    let root = bench.home.path().display();
    assert_eq!(command.unwrap(), format!("fourfold run --workbench '{root}' --arm 'plain' --case 'dev-001'\n"));
    let command = copied("command", ArmSlot::B);
    assert!(command.unwrap().starts_with("# on the screen this arm has another prompt, strategy or model"));
    // What was made outside of the loop is copied, and is there for pasting inside the program.
    let made = EventKind::CopyMade { what: "command for A".to_owned(), result: Ok("fourfold".to_owned()) };
    bench.happen(made);
    let copy = Effect::Copy { what: "command for A".to_owned(), text: "fourfold".to_owned() };
    assert_eq!((bench.asked.last(), bench.state.clipboard.as_str()), (Some(&copy), "fourfold"));
}

#[test]
fn tokens_are_counted_by_the_model_before_it_is_loaded() {
    let home = tempfile::tempdir().unwrap();
    let weights = Path::new(env!("CARGO_MANIFEST_DIR")).join("engine/tests/data/tiny-llama.gguf");
    let text = format!(
        "version = 1\n[[model]]\nid = \"m\"\nprovider = \"embedded\"\nmodel = {:?}\n\
         [[arm]]\nid = \"a\"\nprompt = \"a.prompty\"\nstrategy = \"zero-shot\"\nmodel = \"m\"\n",
        weights.display().to_string()
    );
    std::fs::write(home.path().join("fourfold.toml"), text).unwrap();
    std::fs::write(home.path().join("a.prompty"), "user:\nHello there, how are you?\n").unwrap();
    let bench = Bench::at(home);
    let preview = bench.state.previews[0].as_ref().unwrap();
    assert!(preview.count.exact && preview.count.tokens > 5, "{:?}", preview.count);
}

#[test]
fn an_address_that_is_typed_is_asked_for_its_models() {
    let mut bench = Bench::open(&SAMPLES[0]);
    bench.state.focus = Pane::Arm(ArmSlot::B);
    bench.press(Chord::plain(Key::Char('m')));
    assert!(bench.screen().contains("type or paste its address"), "{}", bench.screen());
    let url = "http://10.0.0.7:8000/v1";
    for letter in url.chars() {
        bench.press(Chord::plain(Key::Char(letter)));
    }
    assert!(bench.screen().contains("Enter asks it what models it has"), "{}", bench.screen());
    bench.press(Chord::plain(Key::Enter));
    assert_eq!(bench.asked.last(), Some(&Effect::ListAddress(url.to_owned())));
    assert!(bench.screen().contains("asking for its models"), "{}", bench.screen());
    // What is wrong stands in full under the line; an answer to an older question changes nothing.
    let refused = "cannot reach http://10.0.0.7:8000/v1: connection refused. Start the server there.".to_owned();
    let failed = |url: &str| Found::Address {
        base_url: url.to_owned(),
        models: Err(ListFault { words: refused.clone(), ..ListFault::default() }),
        key: None,
    };
    bench.happen(EventKind::Models(failed("http://elsewhere/v1")));
    assert!(!bench.screen().contains("Start the server there."));
    bench.happen(EventKind::Models(failed(url)));
    assert!(bench.screen().contains("Start the server there."), "{}", bench.screen());
    let models = Ok(vec![ServedModel::new("org/qwen3-4b")]);
    bench.happen(EventKind::Models(Found::Address { base_url: url.to_owned(), models, key: None }));
    assert!(!bench.screen().contains("Start the server there."), "asked again it may have come up");
    for letter in "qwen3".chars() {
        bench.press(Chord::plain(Key::Char(letter)));
    }
    bench.press(Chord::plain(Key::Enter));
    assert_eq!(bench.state.arms[1].model, "qwen3-4b");
    assert_eq!(bench.session.spec("qwen3-4b").unwrap().base_url.as_deref(), Some(url));
}

#[test]
fn a_file_of_weights_is_taken_by_its_path() {
    let mut bench = Bench::open(&SAMPLES[0]);
    bench.state.focus = Pane::Arm(ArmSlot::B);
    bench.press(Chord::plain(Key::Char('m')));
    let typed = "/models/mine.gguf";
    bench.happen(EventKind::Input(Input::Paste(typed.to_owned())));
    assert!(bench.screen().contains("Enter takes this file"), "{}", bench.screen());
    bench.press(Chord::plain(Key::Enter));
    let (slot, typed) = (ArmSlot::B, typed.to_owned());
    assert_eq!(bench.asked.last(), Some(&Effect::LookAtWeights { slot, typed: typed.clone() }));
    // What is wrong is said, and the path stands there to be corrected.
    let path = crate::app::outside::weights_at(&bench.session.workbench.root, &typed);
    assert!(path.as_ref().is_err_and(|reason| reason.starts_with("there is no file /models/mine.gguf")), "{path:?}");
    bench.happen(EventKind::Models(Found::Weights { slot, typed: typed.clone(), path }));
    let screen = bench.screen();
    assert!(screen.contains("there is no file") && screen.contains("› /models/mine.gguf"), "{screen}");
    bench.press(Chord::plain(Key::Enter));
    bench.happen(EventKind::Models(Found::Weights { slot, typed: typed.clone(), path: Ok(typed.clone()) }));
    assert_eq!(bench.state.arms[1].model, "mine");
    assert_eq!(bench.session.spec("mine").unwrap().model, typed);
}

#[test]
fn a_server_that_wants_a_key_takes_one_and_keeps_it_once_it_is_taken() {
    let url = "http://10.0.0.7:8000/v1";
    let place = KeyPlace::at(url).unwrap();
    let enter = Chord::plain(Key::Enter);
    let fault = |words: &str| ListFault { words: words.to_owned(), wants_key: true, ..ListFault::default() };
    let mut bench = Bench::open(&SAMPLES[0]);
    bench.state.focus = Pane::Arm(ArmSlot::B);
    bench.press(Chord::plain(Key::Char('m')));
    bench.happen(EventKind::Input(Input::Paste(url.to_owned())));
    bench.press(enter);
    bench.happen(EventKind::Models(Found::Address { base_url: url.to_owned(), models: Err(fault("401")), key: None }));
    assert!(bench.screen().contains("it wants a key: Enter takes one"), "{}", bench.screen());
    bench.press(enter);
    assert!(bench.screen().contains("A key for http://10.0.0.7:8000/v1"), "{}", bench.screen());
    assert!(bench.screen().contains("not encrypted"), "{}", bench.screen());
    // What can be no key is told before anything is sent.
    let asked = bench.asked.len();
    for wrong in ["", "sk canary", "\"sk-canary\""] {
        bench.happen(EventKind::Input(Input::Paste(wrong.to_owned())));
        bench.press(enter);
        assert!(bench.screen().contains("the key from what was typed"), "{wrong}: {}", bench.screen());
        bench.press(Chord::new(Key::Char('u'), Modifiers::CONTROL));
    }
    assert_eq!(bench.asked.len(), asked);
    let key = crate::model::Key::new("sk-canary", "what was typed").unwrap();
    bench.happen(EventKind::Input(Input::Paste("sk-canar\n".trim_end().to_owned())));
    bench.press(Chord::plain(Key::Char('x')));
    bench.press(Chord::plain(Key::Backspace));
    bench.press(Chord::plain(Key::Char('y')));
    assert!(!bench.screen().contains("canary") && bench.screen().contains("9 letters"), "{}", bench.screen());
    let tried = |models| EventKind::Models(Found::KeyTried { place: place.clone(), key: key.clone(), models });
    bench.press(enter);
    assert_eq!(bench.asked.last(), Some(&Effect::TryKey { place: place.clone(), key: key.clone() }));
    assert!(!format!("{:?} {:?}", bench.asked, bench.state.overlays).contains("canary"));
    bench.happen(tried(Err(fault("answered 401: no such key"))));
    assert!(bench.screen().contains("Not kept: answered 401: no such key"), "{}", bench.screen());
    // One that is known there and may not list models is kept: what it answers is seen when it is asked.
    bench.press(enter);
    let words = "answered 403: missing scopes. It may answer all the same.".to_owned();
    bench.happen(tried(Err(ListFault { words, may_not_list: true, ..ListFault::default() })));
    assert_eq!(bench.asked.last(), Some(&Effect::KeepKey { place: place.clone(), key: key.clone() }));
    let refused = Err("the disk is full".to_owned());
    bench.happen(EventKind::Models(Found::KeyKept { place: place.clone(), source: refused, by_itself: None }));
    // Whoever has gone away keeps nothing.
    bench.press(enter);
    bench.press(Chord::plain(Key::Escape));
    let asked = bench.asked.len();
    bench.happen(tried(Ok(vec![ServedModel::new("org/qwen3-4b")])));
    assert_eq!(bench.asked.len(), asked);
    bench.press(enter);
    bench.happen(EventKind::Input(Input::Paste("sk-canary".to_owned())));
    bench.press(enter);
    bench.happen(tried(Ok(vec![ServedModel::new("org/qwen3-4b")])));
    assert_eq!(bench.asked.last(), Some(&Effect::KeepKey { place: place.clone(), key: key.clone() }));
    let source = KeySource::File("10.0.0.7-8000".into());
    bench.happen(EventKind::Models(Found::KeyKept { place, source: Ok(source.clone()), by_itself: None }));
    assert!(bench.screen().contains("org/qwen3-4b"), "{}", bench.screen());
    bench.press(enter);
    assert_eq!(bench.session.spec("qwen3-4b").unwrap().api_key, Some(source), "{}", bench.screen());
}

#[test]
fn an_arm_whose_model_wants_a_key_takes_one() {
    let mut bench = Bench::open(&SAMPLES[0]);
    let letter = |letter: char| Chord::plain(Key::Char(letter));
    let spec = ModelSpec {
        id: "locked".to_owned(),
        provider: Provider::Server(Dialect::Anthropic),
        base_url: Some("http://10.0.0.7:8000".to_owned()),
        ..ModelSpec::small()
    };
    bench.state.models.known.push(spec.clone());
    bench.state.focus = Pane::Arm(ArmSlot::B);
    // A model inside the program needs none.
    bench.press(letter('K'));
    assert!(bench.state.overlays.is_empty() && bench.screen().contains("needs no key"), "{}", bench.screen());
    "locked".clone_into(&mut bench.state.arms[1].model);
    let (slot, generation) = (ArmSlot::B, bench.state.arms[1].begin());
    let (what, hint) = ("the key file is not there".to_owned(), "Keep one.".to_owned());
    bench.happen(EventKind::NotStarted { slot, generation, what, hint });
    bench.happen(EventKind::WantsKey { slot, generation });
    let screen = bench.screen();
    let hint = bench.state.arms[1].fault.as_ref().map(|fault| fault.hint.as_str());
    assert_eq!(hint, Some("K takes one here. Keep one."));
    assert!(screen.contains("K takes one here.") && screen.contains("K give a key"), "{screen}");
    bench.press(letter('K'));
    assert!(bench.screen().contains("A key for http://10.0.0.7:8000"), "{}", bench.screen());
    bench.happen(EventKind::Input(Input::Paste("sk-canary".to_owned())));
    bench.press(Chord::plain(Key::Enter));
    let place = KeyPlace::of_model(&spec).unwrap();
    let key = crate::model::Key::new("sk-canary", "what was typed").unwrap();
    assert_eq!(bench.asked.last(), Some(&Effect::TryKey { place: place.clone(), key: key.clone() }));
    bench.happen(EventKind::Models(Found::KeyTried { place: place.clone(), key: key.clone(), models: Ok(Vec::new()) }));
    assert_eq!(bench.asked.last(), Some(&Effect::KeepKey { place: place.clone(), key }));
    let source = Ok(KeySource::File("10.0.0.7-8000".into()));
    bench.happen(EventKind::Models(Found::KeyKept { place, source, by_itself: None }));
    assert!(bench.state.overlays.is_empty() && !bench.state.arms[1].wants_key);
    let said = bench.state.toasts.last().map(|toast| toast.text.clone()).unwrap_or_default();
    assert!(said.contains("r asks again. locked uses it until you quit; for good"), "{said}");
    assert!(said.contains("api_key = { file = \"10.0.0.7-8000\" }"), "{said}");
}

#[test]
fn a_providers_own_address_is_that_provider() {
    let mut bench = Bench::open(&SAMPLES[0]);
    bench.state.focus = Pane::Arm(ArmSlot::B);
    bench.press(Chord::plain(Key::Char('m')));
    let known = KnownKey::at("https://api.anthropic.com").unwrap();
    let found = |source| Found::Here { embedded: Vec::new(), keys: vec![OwnKey { known, source }] };
    bench.happen(EventKind::Models(found(None)));
    assert!(bench.screen().contains("no key yet: Enter takes one"), "{}", bench.screen());
    let type_address = |bench: &mut Bench| {
        bench.happen(EventKind::Input(Input::Paste("https://api.anthropic.com".to_owned())));
        bench.press(Chord::plain(Key::Enter));
    };
    type_address(&mut bench);
    assert!(bench.screen().contains("A key for Anthropic"), "{}", bench.screen());
    bench.press(Chord::plain(Key::Escape));
    bench.happen(EventKind::Models(found(Some(KeySource::File("anthropic".into())))));
    type_address(&mut bench);
    assert_eq!(bench.asked.last(), Some(&Effect::ListHosted(known)));
    let models = Ok(vec!["claude-x".to_owned()]);
    bench.happen(EventKind::Models(Found::Hosted { known, models }));
    bench.press(Chord::plain(Key::Enter));
    let spec = bench.session.spec("claude-x").unwrap();
    assert_eq!(
        (spec.api_key.as_ref(), spec.base_url.as_deref()),
        (None, Some(known.base_url)),
        "its own key is found by itself"
    );
}

#[test]
fn weights_that_are_not_here_are_asked_about_before_they_are_fetched() {
    let offer = EmbeddedOffer {
        name: "qwen3-0.6b",
        title: "Qwen3 0.6B",
        bytes: 640_000_000,
        licence: "Apache-2.0",
        here: false,
    };
    for (keys, fetched, model) in [
        (vec![Key::Enter], true, "qwen3-0.6b"),
        (vec![Key::Down, Key::Enter], false, "qwen3-0.6b"),
        (vec![Key::Escape], false, "base"),
    ] {
        let mut bench = Bench::open(&SAMPLES[0]);
        bench.state.focus = Pane::Arm(ArmSlot::B);
        bench.press(Chord::plain(Key::Char('m')));
        bench.happen(EventKind::Models(Found::Here { embedded: vec![offer.clone()], keys: Vec::new() }));
        for letter in "qwen3".chars() {
            bench.press(Chord::plain(Key::Char(letter)));
        }
        bench.press(Chord::plain(Key::Enter));
        let screen = bench.screen();
        assert!(
            screen.contains("Qwen3 0.6B is not on this machine") && screen.contains("fetch 640 MB now"),
            "{screen}"
        );
        assert!(!bench.asked.iter().any(|effect| matches!(effect, Effect::PullModel(_))), "nothing is fetched unasked");
        for key in keys {
            bench.press(Chord::plain(key));
        }
        assert_eq!(bench.asked.contains(&Effect::PullModel(Some("qwen3-0.6b".to_owned()))), fetched);
        assert_eq!(bench.state.arms[1].model, model);
    }
}
