//! The keys of what lies over the screen, for the page of keys: what is in front says its own.

use crate::app::Action;
use crate::state::{DataTyping, FormField, Overlay, PickFor, State, scores::ScoresView};

/// A key, or several that do one thing, and what it does.
type Row = (&'static str, &'static str);
/// Stand for the chords of actions, which can be rebound.
const CHORDS: [(&str, Action); 3] = [("{run}", Action::Run), ("{save}", Action::Save), ("{preview}", Action::Preview)];

/// A heading and the keys under it.
pub(super) type OwnKeys = (String, Vec<(String, &'static str)>);

/// A text that is typed.
const TYPING: Row = ("letters", "Type; arrows and Ctrl+A/E/W/K/U/D work as in every text.");
/// From field to field.
const FIELDS: [Row; 2] =
    [("↑ ↓", "Go to the field above or below."), ("Tab Shift+Tab", "Go to the next field, or back.")];
/// A page that is read.
const READING: [Row; 3] = [
    ("↑ ↓ j k", "Scroll by a line."),
    ("PgUp PgDn Space", "Scroll by a page."),
    ("Home End G", "Go to its beginning or end."),
];
/// Lines of which one is selected.
const LINES: [Row; 2] = [("↑ ↓", "Go to the line above or below."), ("PgUp PgDn", "Go several lines up or down.")];

/// The keys of the topmost overlay; `None` where the panes' own page tells them: nothing lies over those, or the data pane does.
pub(super) fn of(state: &State) -> Option<OwnKeys> {
    let (title, rows) = match state.overlays.last()? {
        Overlay::Data => data(state)?,
        Overlay::Pick(purpose, picker) => (format!("In this list: {}", picker.title), pick(*purpose)),
        Overlay::Parameters { slot, fields, focused } => {
            (format!("In the parameters of {}", slot.letter()), parameters(fields.get(*focused)))
        }
        Overlay::NewPrompt(_) => {
            let rows = [
                ("Enter", "Make the file, and the arm where one is wanted."),
                ("← → Space", "Step through the field's words."),
            ];
            ("Making a prompt".to_owned(), [&rows[..], &FIELDS, &[TYPING]].concat())
        }
        Overlay::Samples { .. } => ("Asking for several answers".to_owned(), form("Ask for them.")),
        Overlay::StartRun(_) => {
            let rows = [
                ("← →", "Step through the field's choices."),
                ("Enter", "Begin the run, once it stands there what it takes."),
            ];
            ("In the form of a run".to_owned(), [&rows[..], &FIELDS, &[TYPING]].concat())
        }
        Overlay::RaiseLimit(_) => {
            let enter = "Go on up to this limit; with nothing typed, without one.";
            ("At a run's limit".to_owned(), vec![("Enter", enter), TYPING])
        }
        Overlay::MatrixSearch(_) => (
            "Searching the cases".to_owned(),
            vec![("Enter", "Keep the cases with this text; with nothing typed, all."), TYPING],
        ),
        Overlay::GiveKey(_) => (
            "Giving a key".to_owned(),
            vec![
                ("Enter", "Ask its server with the key; it is kept once that takes it."),
                ("Ctrl+U", "Take away what was typed."),
                ("letters", "Type or paste the key; it is never shown."),
            ],
        ),
        Overlay::PasteCase(..) => {
            ("A case of your own".to_owned(), vec![("{run}", "Take the case."), ("Enter", "A new line."), TYPING])
        }
        Overlay::History(_) => ("In the history".to_owned(), history()),
        Overlay::Mapping(_) => ("Mapping columns".to_owned(), mapping()),
        Overlay::Preview { .. } => {
            ("The messages".to_owned(), [&[("Tab", "Show those of the next arm.")][..], &READING].concat())
        }
        Overlay::Calls { .. } => (
            "The calls".to_owned(),
            [
                &[
                    ("n N", "Go to the next call, or the one before."),
                    ("Tab", "Show those of the next arm."),
                    ("{preview}", "Show the exact messages of its first call."),
                ][..],
                &READING,
            ]
            .concat(),
        ),
        Overlay::Messages { .. } => ("Past messages".to_owned(), READING.to_vec()),
        Overlay::Tally(_) => ("The votes".to_owned(), Vec::new()),
        Overlay::ConfirmQuit(_) => ("Quitting".to_owned(), vec![("y", "Quit."), ("n", "Stay.")]),
        Overlay::ConfirmRecord(_) => ("Recording answers".to_owned(), vec![("Enter y", "Ask now."), ("n", "Not now.")]),
        Overlay::Ablation => ("Step by step".to_owned(), [&ABLATION[..], &LINES].concat()),
        Overlay::Tune => tune(state),
        Overlay::Failures => ("Where it fails".to_owned(), [&LINES[..], &FAILURES].concat()),
        Overlay::Scores => ("In the scores".to_owned(), scores(state.scores.view)),
        Overlay::Judge => (
            "The judge".to_owned(),
            [
                &[
                    ("x", "Stop asking; what was said is recorded."),
                    ("r", "Ask again what failed."),
                    ("f", "Judge all the same, where the judge was refused."),
                ][..],
                &READING,
            ]
            .concat(),
        ),
        Overlay::Distil if state.distil.editing.is_some() => {
            let rows = vec![("{save}", "Keep the answer as it stands here."), ("Enter", "A new line."), TYPING];
            ("Changing an answer".to_owned(), rows)
        }
        Overlay::Distil => ("Distilling".to_owned(), DISTIL.to_vec()),
        Overlay::Forgetting => (
            "What tuning lost".to_owned(),
            vec![
                ("Enter y", "Begin to measure, where that was not done yet."),
                ("n", "Do not measure."),
                ("x", "Stop measuring."),
                ("r", "Measure again."),
            ],
        ),
        Overlay::Strengths => ("Strengths of an adapter".to_owned(), STRENGTHS.to_vec()),
    };
    let written = |keys: &str| {
        CHORDS.iter().fold(keys.to_owned(), |keys, (name, action)| {
            let chords: Vec<String> = state.keys.all_chords_of(*action).iter().map(|chords| chords.title()).collect();
            keys.replace(name, &chords.join(" "))
        })
    };
    Some((title, rows.into_iter().map(|(keys, does)| (written(keys), does)).collect()))
}

/// A form of one-line fields.
fn form(enter: &'static str) -> Vec<Row> {
    [&[("Enter", enter)], &FIELDS[..], &[TYPING]].concat()
}

fn parameters(field: Option<&FormField>) -> Vec<Row> {
    let mut rows = vec![("Enter", "Keep the values; one that cannot be read keeps the form open.")];
    match field {
        Some(field) if field.long => rows.push(("Ctrl+J", "A new line in this text.")),
        Some(field) if !field.choices.is_empty() => rows.push(("← →", "Step through this field's words.")),
        _ => {}
    }
    rows.extend(FIELDS);
    rows.push(TYPING);
    rows
}

fn pick(purpose: PickFor) -> Vec<Row> {
    let enter = match purpose {
        PickFor::Command => "Do it; a grey line says why it cannot be done here.",
        PickFor::Theme => "Keep this theme; each is shown as you come to it, and Esc brings the former back.",
        PickFor::Prompt | PickFor::ArmPrompt(_) => {
            "Take it; with nothing under what was typed, make a new one of that name."
        }
        PickFor::Model(_) => {
            "Give it to the arm. An address that was typed is asked for its models, a path to a .gguf file is taken."
        }
        PickFor::DataFile => "Open it. What no file here is called is taken as the path of one.",
        PickFor::Preset => "Add its arms to fourfold.toml.",
        PickFor::AllowKeys => "Allow it in this folder.",
        PickFor::Failures | PickFor::Distil => "Ask this arm; what is recorded is not asked again.",
        _ => "Take it.",
    };
    let mut rows = vec![
        ("Enter", enter),
        ("letters", "Narrow the list: names, keys and what is said of a line."),
        ("Backspace", "Take the last letter back."),
    ];
    rows.extend(LINES);
    rows
}

fn history() -> Vec<Row> {
    let own: [Row; 7] = [
        ("Enter", "Open the answer where the history was opened from."),
        ("Alt+D", "Show it in the diff."),
        ("Alt+A", "Show another arm's answers, then all."),
        ("Alt+O", "Show another outcome, then all."),
        ("Alt+C", "Show this case's answers, then all."),
        ("letters", "Search answers, prompts and cases."),
        ("Home End", "Go to the newest or the oldest."),
    ];
    [&own[..], &LINES].concat()
}

fn mapping() -> Vec<Row> {
    vec![
        ("Enter", "Write it into fourfold.toml and use it."),
        ("← → Space", "Say what the column is."),
        ("n p", "Look at the next row, or the one before."),
        ("a", "Go back to what was recognised."),
        ("↑ ↓ Tab", "Go to another column."),
        ("PgUp PgDn", "Scroll the preview."),
    ]
}

const ABLATION: [Row; 3] = [
    ("v", "Compare with the arm before, or with the first."),
    ("s Tab", "Change between the dev and the test cases."),
    ("r", "Read the answers again."),
];

const FAILURES: [Row; 5] = [
    ("Enter", "Open the case with its answer in Compose."),
    ("x", "Stop asking; answers so far are recorded."),
    ("r", "Count again; what is recorded is not asked again."),
    ("a", "Choose another arm."),
    ("t", "Tune a model."),
];

const DISTIL: [Row; 11] = [
    ("Enter a", "Accept the answer as the row's right one."),
    ("d", "Drop the row."),
    ("e", "Change the answer first."),
    ("u", "Leave the row undecided again."),
    ("n Tab", "Go to the next one that is undecided."),
    ("↑ ↓", "Go to the line above or below."),
    ("Home End", "Go to the first or the last."),
    ("PgUp PgDn", "Scroll the answer."),
    ("x", "Stop asking; answers so far are kept."),
    ("g", "Go on asking."),
    ("o", "Choose another arm."),
];

const STRENGTHS: [Row; 7] = [
    ("← → Tab", "Go to another strength."),
    ("↑ ↓", "Turn it up or down by 0.25; with Shift by 0.05."),
    ("+ -", "Turn it up or down by 0.05."),
    ("Enter", "Ask at those that were not asked yet."),
    ("r {run}", "Ask at all of them again."),
    ("x", "Stop the answers."),
    ("PgUp PgDn", "Scroll the answers."),
];

fn tune(state: &State) -> (String, Vec<Row>) {
    if state.tune.watched.is_some() {
        let rows = vec![
            ("p", "Pause after this step."),
            ("r", "Go on with a paused training."),
            ("x", "Give it up; asks once more."),
            ("n", "Back to the form, for another one."),
            ("f", "Measure what tuning lost."),
            ("Enter", "Use the tuned model, once the training is done."),
        ];
        return ("A training".to_owned(), rows);
    }
    let own: [Row; 4] = [
        ("Enter", "Start the training; it goes on without this screen."),
        ("← → Space", "Step through the line's choices."),
        ("Alt+F", "See where an arm fails first."),
        ("Alt+D", "Distil a bigger model's answers first."),
    ];
    ("In the form of a training".to_owned(), [&own[..], &[("↑ ↓ Tab", "Go to another line."), TYPING]].concat())
}

fn scores(view: ScoresView) -> Vec<Row> {
    let mut rows = vec![
        ("Tab 1 2 3 4", "Go to another part: table, flips, slices, costs."),
        ("t", "Change between the dev and the test cases."),
        ("r", "Read the scores again."),
    ];
    rows.extend(match view {
        ScoresView::Table => {
            [("↑ ↓ ← →", "Go to another figure, to see all of it."), ("Enter", "See what changed case by case.")]
        }
        ScoresView::Flips => [
            ("↑ ↓ ← →", "Go to another case, or another arm."),
            ("Enter", "Open the case; Backspace shows all of them again."),
        ],
        ScoresView::Slices => {
            [("↑ ↓ ← →", "Go to another value, or another column."), ("Enter", "See the flips of these cases alone.")]
        }
        ScoresView::Costs => [
            ("↑ ↓ ← →", "Go to another figure that can be typed."),
            ("digits", "Say what tuning cost; Backspace takes one back."),
        ],
    });
    rows
}

/// Where a value, a filter or an answer is being typed in the data pane.
fn data(state: &State) -> Option<(String, Vec<Row>)> {
    let data = &state.data;
    let (title, rows) = match data.typing {
        _ if data.ask.is_some() => {
            let only = ("o", "Write the version only; fourfold.toml stays as it is.");
            ("Writing a version", vec![("Enter y", "Write it, and use it."), only, ("n", "Not now.")])
        }
        _ if data.cell.is_some() => (
            "Changing a value",
            vec![("Enter", "Keep it; the file stays as it is."), ("Ctrl+J", "A new line."), TYPING],
        ),
        DataTyping::Rows => return None,
        DataTyping::Filter => {
            let rows = vec![
                ("Enter", "Keep the rows that this says; with nothing typed, all."),
                ("a text", "Rows that have it."),
                ("column = value", "Rows with that value; also !=, <, > and ~."),
                ("marked faulty leaked", "Rows that are; with `not` before it, that are not."),
                ("&", "Between several that must all hold."),
            ];
            ("Filtering rows", rows)
        }
        DataTyping::Search => ("Looking for a text", vec![("Enter", "Look on from the selected row."), TYPING]),
        DataTyping::Jump => ("Going to a row", vec![("Enter", "Go to the row with this number or id."), TYPING]),
        DataTyping::Path => ("Opening a data file", vec![("Enter", "Open the file with this path."), TYPING]),
    };
    Some((title.to_owned(), rows))
}

#[cfg(test)]
pub(crate) fn chords_of(state: &State) -> Option<Vec<crate::keys::Chord>> {
    let (_, rows) = of(state)?;
    Some(rows.iter().flat_map(|(keys, _)| keys.split(' ')).filter_map(super::press::chord).collect())
}
