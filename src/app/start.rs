//! From a workbench folder to the running screen: what is opened, in which order, and what is said when it cannot be.

use std::path::Path;
use std::sync::Arc;

use super::action::{Action, Scope, TABLE};
use super::drafts::{Drafts, Of};
use super::front::Front;
use super::runtime::{Left, Runtime};
use super::{cells, weights};
use crate::config::settings::{Location, Settings};
use crate::config::{ConfigError, Known, ModelSpec, StrategyFault, StrategySpec, Workbench};
use crate::data::{Case, Cases};
use crate::keys::{self, KeyMap};
use crate::model::{Keys as ApiKeys, trust_also};
use crate::run::{self, RECORDED, Session as Workbenches, Spent, TapeChoice, today};
use crate::state::{
    ArmSlot, ArmState, CaseState, DataState, DiffState, EngineState, FindBar, FourfoldState, Keys, Models, Pane, Place,
    PromptState, Side, State, Toast, Tone, Tunable, TuneState,
};
use crate::store::{Filter, Origin, Store};
use crate::strategy::{self, StrategyConfig, StrategyError};
use crate::terminal::crash;
use crate::terminal::environment::{Environment, theme_for};
use crate::terminal::session::Session;
use crate::theme::Library;

/// Why the screen did not open, and what to do.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct StartError {
    /// What is wrong, and where.
    pub what: String,
    /// What to do next.
    pub hint: String,
    /// The surroundings do not fit, rather than something failing.
    pub usage: bool,
}

impl StartError {
    fn new(what: &(impl ToString + ?Sized), hint: impl Into<String>) -> Self {
        Self { what: what.to_string(), hint: hint.into(), usage: false }
    }
}

impl keys::Scope for Scope {
    fn name(self) -> &'static str {
        self.title()
    }

    fn takes_text(self) -> bool {
        matches!(self, Self::Text | Self::Case | Self::Find | Self::FindText | Self::Replace)
    }
}

/// The key map of the action table with the person's own keys over it.
pub(super) fn key_map(settings: &Settings, file: &Path) -> Result<Keys, StartError> {
    let rows: Vec<keys::Row<Action, Scope>> = TABLE
        .iter()
        .map(|row| keys::Row { action: row.action, id: row.id, title: row.title, chords: row.keys, scope: row.scope })
        .collect();
    let mut map = KeyMap::new(&rows).map_err(|error| StartError::new(&error, "This is a fault of fourfold itself."))?;
    let problems = map.apply(&settings.keys, file);
    if problems.is_empty() {
        return Ok(map);
    }
    let lines: Vec<String> = problems.iter().map(|problem| format!("{problem}; {}", problem.hint())).collect();
    let hint = "Change or remove these lines; `[]` unbinds an action.";
    Err(StartError { usage: true, ..StartError::new(&lines.join("\n"), hint) })
}

/// Reads what a workbench says, with every name it may use known.
pub fn open_workbench(root: &Path) -> Result<Workbench, StartError> {
    with_names(|known| Workbench::open(root, known))
}

/// As [`open_session`], for the screen: a prompt whose file is gone still opens, as its draft.
pub(super) fn open_for_screen(root: &Path) -> Result<Workbenches, StartError> {
    let drafted = |root: &Path, name: &str| Drafts::of(root).has(name);
    session_of(with_names(|known| Workbench::open(root, Known { drafted: Some(drafted), ..known }))?)
}

/// As [`open_workbench`], for a text that would be its fourfold.toml; never without a model.
pub(super) fn parse_workbench(text: &str, root: &Path) -> Result<Workbench, StartError> {
    let mut workbench = with_names(|known| Workbench::parse(text, root, known))?;
    if workbench.models.is_empty() {
        workbench.models.push(ModelSpec::small());
    }
    Ok(workbench)
}

/// Reads a workbench with every name it may use known.
fn with_names(read: impl FnOnce(Known<'_>) -> Result<Workbench, ConfigError>) -> Result<Workbench, StartError> {
    let metrics = run::metric_names();
    let strategies: Vec<&str> = strategy::all().iter().map(|strategy| strategy.id()).collect();
    let known = Known {
        metrics: &metrics,
        strategies: &strategies,
        metric_problem: Some(run::metric_problem),
        judge: Some(judge_strategy),
        drafted: None,
    };
    read(known).map_err(|error| StartError { usage: true, ..StartError::new(&error, "Correct these lines.") })
}

/// What is wrong with a strategy as fourfold.toml gives it, if something is.
fn judge_strategy(spec: &StrategySpec) -> Option<StrategyFault> {
    let read = StrategyConfig::from_parts(&spec.name, &spec.settings);
    let error = read.and_then(|config| config.strategy().recipe(&config)).err()?;
    let stage = if let StrategyError::Stage { number, .. } = &error { Some(*number) } else { None };
    let key = error.setting().map(str::to_owned);
    Some(StrategyFault { stage, key, line: error.line(), what: error.to_string(), hint: error.hint() })
}

/// Opens a workbench for either front.
pub fn open_session(root: &Path) -> Result<Workbenches, StartError> {
    session_of(open_workbench(root)?)
}

fn session_of(mut workbench: Workbench) -> Result<Workbenches, StartError> {
    if workbench.models.is_empty() {
        workbench.models.push(ModelSpec::small());
    }
    let session = Workbenches::open(workbench, weights::factory());
    let settings = settings_of_user()?;
    Ok(session.with_keys(keys_of(&settings)).with_prices(settings.prices))
}

/// The person's own settings. Certificates that they name are trusted from here on.
fn settings_of_user() -> Result<Settings, StartError> {
    let settings = match Location::of_user() {
        Some(location) => Settings::load(&location)
            .map_err(|error| StartError { usage: true, ..StartError::new(&error, error.hint()) })?,
        None => Settings::default(),
    };
    if let Some(bundle) = settings.ca_bundle.clone() {
        trust_also(bundle);
    }
    Ok(settings)
}

fn keys_of(settings: &Settings) -> ApiKeys {
    let folder = Location::of_user().and_then(|location| Some(location.file.parent()?.join("keys")));
    ApiKeys::new(folder, settings.api_keys.clone())
}

/// The person's own keys: kept ones, and the commands that the settings name.
pub fn keys_of_user() -> Result<ApiKeys, StartError> {
    settings_of_user().map(|settings| keys_of(&settings))
}

/// Prompt files of a folder, by name.
pub fn prompts(root: &Path) -> Vec<String> {
    let endings = ["prompty", "md", "txt", "j2"];
    let mut names: Vec<String> = std::fs::read_dir(root)
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter(|entry| entry.path().extension().is_some_and(|it| endings.iter().any(|ending| it == *ending)))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.eq_ignore_ascii_case("readme.md"))
        .collect();
    names.sort();
    names
}

/// Opens the workbench at `root` on the terminal, on the prompt that was `named` or on the first arm's, and runs until the
/// person quits, or a signal ends it.
pub fn start(
    root: &Path,
    named: Option<&Path>,
    sample: bool,
    settings: Settings,
    (settings_file, tape): (&Path, &TapeChoice),
) -> Result<Left, StartError> {
    let environment = Environment::of_process();
    environment.check().map_err(|error| StartError { what: error.to_string(), hint: error.hint(), usage: true })?;
    let keys = key_map(&settings, settings_file)?;
    let session = open_for_screen(root)?.with_tape(tape).map_err(|error| StartError::new(&error.what, error.hint))?;
    let session = Arc::new(session);
    let themes = Library::new(settings_file.parent().map(|folder| folder.join("themes")));
    crate::config::prepare_program_folder(root)
        .map_err(|error| StartError::new(&error, "Check the folder's permissions."))?;
    let store =
        Store::open_or_memory(&root.join(".fourfold")).map_err(|error| StartError::new(&error, error.hint()))?;
    let store = Arc::new(store);
    let names = themes.names().unwrap_or_default();
    let mut state = first_state(&session, named, sample, keys, names, settings.mouse.is_on())?;
    state.prefix_delay_ms = settings.prefix_delay.as_millis() as u64;
    let own = Filter { origin: Some(Origin::Run), ..Filter::default() };
    state.welcome = root.join(RECORDED).is_file() && store.count(&own).is_ok_and(|trials| trials == 0);
    if let TapeChoice::Keep(file) | TapeChoice::Replay(file, _) = tape {
        let does = if session.is_replaying() { "Answers come from" } else { "Every call is kept in" };
        state.toasts.push(Toast { tone: Tone::Note, text: format!("{does} {}.", file.display()) });
    }
    for text in super::data::faults(&session) {
        state.messages.push(Toast { tone: Tone::Bad, text: text.clone() });
        state.toasts.push(Toast { tone: Tone::Bad, text });
    }
    for text in state.models.farewells() {
        state.messages.push(Toast { tone: Tone::Note, text: text.clone() });
        state.toasts.push(Toast { tone: Tone::Note, text });
    }
    if let crate::store::Place::Memory { reason } = store.place() {
        let warning = format!("Answers are NOT kept: {reason}. {}", reason.hint());
        state.messages.push(Toast { tone: Tone::Bad, text: warning.clone() });
        state.toasts.push(Toast { tone: Tone::Bad, text: warning });
    }
    let failed =
        |error: std::io::Error| StartError::new(&format!("the terminal failed: {error}"), "Try another terminal.");
    // The loop has a runtime of its own on this thread, so that a key wakes it and nothing else; whatever it spawns works in
    // the pool. A panic of a worker fails its work, not the program.
    let own = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
    let pool = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(crash::contain_this_thread)
        .build()
        .map_err(failed)?;
    let factory = session.embedded_factory();
    let crashes = root.join(".fourfold");
    let workers = pool.handle().clone();
    let result = own.block_on(async move {
        let terminal = Session::start(&settings).map_err(|error| StartError::new(&error, error.hint()))?;
        let guard = Arc::clone(&terminal.guard);
        let name = theme_for(&settings.theme, terminal.background);
        let theme = themes.load(name, terminal.level).unwrap_or_else(|error| {
            // A theme half written must not keep anybody out.
            let place =
                crate::config::theme_place(settings_file, name).map_or_else(String::new, |place| format!("{place}: "));
            let text = format!("{place}{error}; {}. These are the default colours.", error.hint());
            state.messages.push(Toast { tone: Tone::Bad, text: text.clone() });
            state.toasts.push(Toast { tone: Tone::Bad, text });
            Library::default_theme(terminal.level)
        });
        name.clone_into(&mut state.theme);
        let front = Front::new(terminal, settings.editor.clone());
        let runtime = Runtime::new(state, session, store, front, themes, theme, factory);
        crash::install(guard, crashes, runtime.after_panic());
        let _spawns_in_the_pool = workers.enter();
        Box::pin(runtime.run()).await.map_err(failed)
    });
    // Records under way are written by the store's own thread; nothing else is worth waiting for.
    pool.shutdown_timeout(std::time::Duration::from_secs(2));
    result
}

/// The state of the first frame.
pub(super) fn first_state(
    session: &Workbenches,
    named: Option<&Path>,
    sample: bool,
    keys: Keys,
    themes: Vec<String>,
    mouse: bool,
) -> Result<State, StartError> {
    let workbench = &session.workbench;
    let root = workbench.root.clone();
    let mut prompts = prompts(&root);
    let mut arms: Vec<ArmState> = workbench.arms.iter().take(4).map(arm).collect::<Result<_, _>>()?;
    if arms.is_empty() {
        let model = workbench.models.first().map_or("", |model| model.id.as_str());
        arms = usual_arms(model)?;
    }
    let named = named.and_then(|path| path.strip_prefix(&root).ok()).map(|path| path.display().to_string());
    let first = || workbench.arms.first().map(|arm| arm.prompt.clone());
    let name = named.or_else(first).or_else(|| prompts.first().cloned());
    let name = name.ok_or_else(|| {
        StartError::new(&format!("{} holds no prompt", root.display()), "Add a .prompty file, or try `fourfold init`.")
    })?;
    let path = root.join(&name);
    let drafts = Drafts::of(&root);
    let read = super::outside::read_prompt(&path, &drafts).map_err(|error| {
        StartError::new(&format!("cannot read {}: {error}", path.display()), "Check the arm's prompt.")
    })?;
    if read.text.is_none() && !prompts.contains(&name) {
        prompts.push(name.clone());
    }
    let mut messages: Vec<Toast> = super::update::returned(&name, &read).into_iter().collect();
    let (case, index, count) = match session.dev() {
        Some(cases) if cases.count() > 0 => {
            let case = cases.case(0).map_err(|error| StartError::new(&error, error.hint()))?;
            (case, Some(0), cases.count())
        }
        _ => (Case::default(), None, 0),
    };
    let mut case = CaseState::new(case, index, count);
    if let Some(draft) = drafts.kept(Of::Cases, None).newest {
        let edited = case.recall(draft);
        messages.extend(super::update::recalled(&case, edited));
    }
    let size = crossterm::terminal::size().unwrap_or((80, 24));
    Ok(State {
        size,
        now_ms: 0,
        focus: Pane::Prompt,
        zoomed: false,
        place: Place {
            name: root.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            root,
            sample,
            prompts,
            themes,
            strategies: own_strategies(workbench)?,
            arms: workbench.arms.clone(),
            tunable: tunable(session),
            cells: cells::of(workbench),
            faulty_dev: super::data::faulty_dev(session),
        },
        models: Models {
            known: workbench.models.clone(),
            prices: session.prices().clone(),
            today: today(),
            ..Models::default()
        },
        prompt: PromptState::new(path, name, read),
        case,
        arms,
        diff: first_diff(workbench),
        find: FindBar::default(),
        overlays: Vec::new(),
        previews: Vec::new(),
        engine: EngineState::Loading,
        toasts: messages.clone(),
        messages,
        tune: TuneState::default(),
        fourfold: FourfoldState::default(),
        matrix: crate::state::MatrixState::default(),
        strengths: None,
        ablation: crate::state::AblationState::default(),
        data: DataState { sources: super::data::sources(session), ..DataState::default() },
        distil: crate::state::DistilState::default(),
        forgetting: crate::state::ForgettingState::default(),
        failures: crate::state::FailuresState::default(),
        judge: crate::state::JudgeState::default(),
        scores: crate::state::ScoresState::default(),
        recording: None,
        blind: None,
        quit_armed_ms: None,
        press: None,
        mouse,
        theme: String::new(),
        keys: Arc::new(keys),
        prefix: None,
        prefix_delay_ms: Settings::default().prefix_delay.as_millis() as u64,
        page_rows: 10,
        between_frames: false,
        primary: session.primary().to_owned(),
        clipboard: String::new(),
        welcome: false,
        spent: Spent::default(),
    })
}

/// What can be tuned, and on how many rows.
pub(super) fn tunable(session: &Workbenches) -> Tunable {
    Tunable {
        train_rows: session.splits.train.as_ref().map_or(0, Cases::count),
        ..super::tuning::tunable(&session.workbench)
    }
}

/// The strategies that fourfold.toml defines.
fn own_strategies(workbench: &Workbench) -> Result<Vec<StrategyConfig>, StartError> {
    workbench
        .strategies
        .iter()
        .map(|own| {
            let spec = own.spec();
            StrategyConfig::from_parts(&spec.name, &spec.settings)
                .map_err(|error| StartError::new(&format!("strategy `{}`: {error}", own.id), error.hint()))
        })
        .collect()
}

/// What is compared where fourfold.toml names no arm: the prompt as it is, and asked to think first.
fn usual_arms(model: &str) -> Result<Vec<ArmState>, StartError> {
    [("plain", "zero-shot"), ("step by step", "chain-of-thought")]
        .into_iter()
        .map(|(id, strategy)| {
            let strategy = StrategyConfig::named(strategy).map_err(|error| StartError::new(&error, error.hint()))?;
            Ok(ArmState::new(id, strategy, model))
        })
        .collect()
}

/// What is compared at first: prompted with tuned, where there are both, which is what a person came to see; else the first two arms.
fn first_diff(workbench: &Workbench) -> DiffState {
    let shown = || workbench.arms.iter().zip(ArmSlot::ALL);
    let is_tuned = |arm: &crate::config::Arm| workbench.model(&arm.model).is_some_and(ModelSpec::is_tuned);
    let tuned = shown().find(|(arm, _)| is_tuned(arm));
    let prompted = shown().rfind(|(arm, _)| !is_tuned(arm));
    let sides = prompted.zip(tuned).map(|((_, prompted), (_, tuned))| (Side::Arm(prompted), Side::Arm(tuned)));
    let usual = DiffState::default();
    let (left, right) = sides.unwrap_or((usual.left.clone(), usual.right.clone()));
    DiffState { left, right, ..usual }
}

/// An arm of fourfold.toml on the screen.
fn arm(arm: &crate::config::Arm) -> Result<ArmState, StartError> {
    ArmState::of(arm).map_err(|error| StartError::new(&format!("arm `{}`: {error}", arm.id), error.hint()))
}
