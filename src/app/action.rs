//! The one table of actions. Footer, help, palette, key map and the README's table are all made from these rows.

/// Where a chord means its action. The innermost scope that knows a chord decides; [`Scope::Global`] is the outermost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Works everywhere.
    Global,
    /// Any pane in which letters are text: the prompt, the case form.
    Text,
    /// The case form.
    Case,
    /// Any pane in which letters are commands.
    Pane,
    /// An arm's answer.
    Arm,
    /// The diff pane.
    Diff,
    /// The matrix of a run.
    Matrix,
    /// The data pane.
    Data,
    /// While answers are hidden behind "left" and "right".
    Blind,
    /// The find bar.
    Find,
    /// The find bar over a text that can be changed.
    FindText,
    /// The find bar's second field.
    Replace,
}

impl Scope {
    /// All scopes, in the order of the help page.
    pub const ALL: [Self; 12] = [
        Self::Global,
        Self::Text,
        Self::Case,
        Self::Find,
        Self::FindText,
        Self::Replace,
        Self::Pane,
        Self::Arm,
        Self::Diff,
        Self::Matrix,
        Self::Data,
        Self::Blind,
    ];

    /// The heading of this scope's keys on the help page.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Global => "Everywhere",
            Self::Text => "In text (prompt, case)",
            Self::Case => "In the case",
            Self::Pane => "In panes without text",
            Self::Arm => "On an answer",
            Self::Diff => "In the diff",
            Self::Matrix => "In the matrix",
            Self::Data => "In the data pane",
            Self::Blind => "While rating blind",
            Self::Find => "In the find bar",
            Self::FindText => "In the find bar of a text",
            Self::Replace => "In the find bar's second field",
        }
    }
}

/// One row of the table.
pub struct Row {
    /// What is done.
    pub action: Action,
    /// The stable name used in settings and on the palette.
    pub id: &'static str,
    /// A few words, imperative, for footer and palette.
    pub title: &'static str,
    /// One sentence for the help page.
    pub help: &'static str,
    /// Chords when nothing is rebound; the first is the one shown.
    pub keys: &'static [&'static str],
    /// Where the chords work.
    pub scope: Scope,
}

/// Declares [`Action`] and [`TABLE`] together, so that no action lacks a row.
macro_rules! actions {
    ($($name:ident $scope:ident $id:literal [$($key:literal),*] $title:literal $help:literal;)*) => {
        /// Everything a person can ask for by a key, the palette, or a click on the footer.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $(#[doc = $help] $name,)* }

        /// All actions, in the order of the help page.
        pub const TABLE: &[Row] = &[$(Row {
            action: Action::$name, id: $id, title: $title, help: $help, keys: &[$($key),*], scope: Scope::$scope,
        },)*];
    };
}

actions! {
    Run Global "run" ["ctrl+r", "f5", "ctrl+enter"] "run" "Run every arm on this case; answers stream side by side.";
    Help Global "help" ["f1", "ctrl+g"] "help" "Show the keys of the focused pane, then all others.";
    Palette Global "palette" ["ctrl+p"] "all commands" "Find any command by its name or its key.";
    NextPane Global "next-pane" ["tab"] "next pane" "Move the focus to the next pane.";
    PreviousPane Global "previous-pane" ["shift+tab"] "previous pane" "Move the focus to the previous pane.";
    Leave Global "leave" ["esc"] "leave" "Leave the overlay, the find bar, the selection, the zoom or a mode; then cancel what streams. Never quits.";
    Save Global "save" ["ctrl+s", "f2"] "save" "Write the prompt to its file. Drafts are kept by themselves.";
    History Global "history" ["f3"] "history" "List every answer, this machine's and recorded ones; filter, reopen, compare.";
    NextFault Global "next-fault" ["alt+e"] "next fault" "Go to the next place in the prompt where something is wrong or doubtful; a click on what is said of it goes there as well.";
    ExternalEditor Global "external-editor" ["f4"] "$EDITOR" "Edit the prompt in $VISUAL or $EDITOR; the result is one undo step.";
    Blind Global "blind" ["f6"] "rate blind" "Hide the arms' names, shuffle the sides, and judge with one key.";
    PreviousCase Global "previous-case" ["f7"] "previous case" "Step back through the dev cases.";
    NextCase Global "next-case" ["f8"] "next case" "Step on through the dev cases.";
    Preview Global "preview" ["f9"] "messages" "Show the exact messages that would be sent, with a forecast of calls, tokens, cost and time.";
    Zoom Global "zoom" ["f12"] "zoom" "Give the whole screen to the focused pane, without borders, for native selection.";
    Fourfold Global "fourfold" ["ctrl+t"] "fourfold" "Show four cells on this case, {plain, prompted} x {base, tuned}, and what each method adds; again, or Esc, goes back.";
    Matrix Global "matrix" ["ctrl+]", "alt+m"] "matrix" "Show a run as a matrix of cases and arms, begin one, or go back to Compose; a run goes on meanwhile.";
    Ablation Global "ablation" [] "step by step" "Draw what each arm adds to the one before, with intervals, from this machine's answers.";
    Presets Global "presets" [] "presets" "Add a study's arms to fourfold.toml, and open them: code review, the Medprompt ladder.";
    Data Global "data" ["alt+7", "f10"] "data" "Go through the rows of every split or of any data file; take one as the case.";
    OpenData Global "open-data" [] "open a data file" "Look at any JSONL, JSON, CSV, TSV or Parquet file, of this workbench or not.";
    AddCase Global "add-case" [] "add this case" "Add the case on the screen to the file of the dev cases: it stands in the data pane until a version is written.";
    MapData Global "map-data" [] "map columns" "Say which column of a data file is the reference, which a variable; see the messages; write it into fourfold.toml.";
    Find Global "find" ["ctrl+f"] "find" "Find in the prompt, the case or an answer; in a text, replace as well.";
    Failures Global "failures" [] "where it fails" "Count an arm's failures on the dev cases: form, content, refusal, unstable; and what to do next.";
    Distil Global "distil" [] "distil" "Have an arm of a bigger model answer the train rows, review each answer, and tune a small model on them.";
    Tune Global "tune" ["ctrl+n"] "tune" "Tune a model on this machine with the train rows, or look at the training that runs.";
    OpenPrompt Global "open-prompt" ["ctrl+o"] "open prompt" "Pick another prompt of this workbench.";
    NewPrompt Global "new-prompt" [] "new prompt" "Make another prompt of this workbench, from the one on the screen or a few lines, and an arm that asks it.";
    CopyOrQuit Global "copy-or-quit" ["ctrl+c"] "copy, or quit" "Copy the selection; without one, a second press within 2 s quits.";
    Quit Global "quit" ["ctrl+q"] "quit" "Quit; work in progress is named first. Text is never lost.";
    Suspend Global "suspend" ["ctrl+z"] "suspend" "Go back to the shell; fg returns. Running answers go on.";
    Redraw Global "redraw" ["ctrl+l"] "redraw" "Draw the whole screen again.";
    FocusPrompt Global "focus-prompt" ["alt+1"] "go to prompt" "Focus the prompt.";
    FocusCase Global "focus-case" ["alt+2"] "go to case" "Focus the case.";
    FocusA Global "focus-a" ["alt+3"] "go to arm A" "Focus arm A.";
    FocusB Global "focus-b" ["alt+4"] "go to arm B" "Focus arm B.";
    FocusDiff Global "focus-diff" ["alt+5"] "go to diff" "Focus the diff.";
    FocusScores Global "focus-scores" ["alt+6"] "go to scores" "Focus the scores.";
    PickTheme Global "pick-theme" [] "theme" "Pick a theme, with live preview.";
    PasteCase Global "paste-case" [] "paste a case" "Type or paste a case: name: value lines, a JSON object, or plain text.";
    KeepArms Global "keep-arms" [] "keep the arms" "Write the arms as they are on the screen to fourfold.toml, so that runs and tunes ask them too.";
    AddArm Global "add-arm" [] "add an arm" "Add arm C, then D, as a copy of the focused arm.";
    RemoveArm Global "remove-arm" [] "remove this arm" "Take the focused arm off the screen; its answers stay in the history.";
    ToggleMouse Global "toggle-mouse" [] "mouse on or off" "Release the mouse to the terminal, or take it back.";
    Messages Global "messages" [] "past messages" "List the notices shown since the start.";
    GetModel Global "get-model" [] "download the model" "Download the small model that runs inside fourfold (98 MB).";
    AllowKeys Global "allow-keys" [] "allow keys" "Let this workbench run the commands and use the keys that its fourfold.toml names; each is shown first.";
    Reload Global "reload" [] "reload the file" "Read the prompt again from disk, as one undo step.";
    CopyMenu Global "copy-menu" [] "copy…" "Choose what to copy: answer, prompt, diff, messages, call as curl or Python.";

    Undo Text "undo" ["ctrl+/", "alt+u"] "undo" "Undo the last change: of the text, or of a case's turns.";
    Redo Text "redo" ["ctrl+y", "alt+r"] "redo" "Redo what was undone.";
    SelectAll Text "select-all" ["alt+a"] "select all" "Select the whole text.";
    Paste Text "paste" ["ctrl+v"] "paste" "Insert what was last copied inside fourfold.";
    Cut Text "cut" ["ctrl+x"] "cut" "Copy the selection and delete it.";

    FindNext Find "find-next" ["enter", "down"] "next" "Go to the next place found, around the end.";
    FindPrevious Find "find-previous" ["up"] "previous" "Go to the place found before, around the start.";

    FindField FindText "find-field" ["tab"] "other field" "Go between what is looked for and what is put in its place.";
    ReplaceAll FindText "replace-all" ["ctrl+a"] "replace all" "Replace every place found, as one undo step.";
    FindCase FindText "find-case" ["ctrl+t"] "case" "Capitals count: if the pattern has some, always, never.";
    FindRegex FindText "find-regex" ["ctrl+x"] "regex" "Read the pattern as a regular expression, or as it stands; $1 stands for its first group.";

    ReplaceOne Replace "replace-one" ["enter"] "replace" "Replace the place the search stands at, and go to the next.";

    NextField Case "next-field" ["pagedown"] "next field" "Go to the next field of the case; the arrows do so at a field's end.";
    PreviousField Case "previous-field" ["pageup"] "previous field" "Go to the previous field of the case.";
    AddTurn Case "add-turn" ["alt+n"] "add a turn" "Add an earlier turn to the conversation; turns are sent before the prompt's last user message.";
    RemoveTurn Case "remove-turn" ["alt+x"] "remove this turn" "Take the turn with the caret out of the case.";
    TurnRole Case "turn-role" ["alt+t"] "who speaks" "Give the turn with the caret to the user, the assistant or the system.";
    TurnUp Case "turn-up" ["alt+p"] "turn up" "Move the turn with the caret before the one above it.";
    TurnDown Case "turn-down" ["alt+d"] "turn down" "Move the turn with the caret after the one below it.";

    HelpHere Pane "help-here" ["?"] "help" "Show the keys of the focused pane.";
    ZoomHere Pane "zoom-here" ["z"] "zoom" "Give the whole screen to this pane.";
    CopyHere Pane "copy-here" ["y"] "copy" "Copy what this pane shows, from its source: not wrapped, no borders.";
    CopyMenuHere Pane "copy-menu-here" ["Y"] "copy…" "Choose what to copy.";
    PreviousCaseHere Pane "previous-case-here" ["["] "previous case" "Step back through the dev cases.";
    NextCaseHere Pane "next-case-here" ["]"] "next case" "Step on through the dev cases.";
    Scores Pane "scores" ["S"] "scores" "Show the arms' recorded scores with intervals and verdicts, what changed case by case, slices and costs.";
    Judge Pane "judge" ["v"] "judge" "Have the judge of fourfold.toml compare the two answers on the screen, in both orders, with its reasons.";
    Forgetting Pane "forgetting" ["l"] "what it lost" "Measure what tuning made the model forget (a neutral text, general questions), beside what it gained; what that takes is said first.";
    Strengths Pane "strengths" ["w"] "strengths" "Ask this case of the tuned model with its adapter at five strengths, and turn each up or down.";

    FindHere Arm "find-here" ["/"] "find" "Find in this answer.";
    RunArm Arm "run-arm" ["r"] "run this arm" "Run only this arm again.";
    PickModel Arm "pick-model" ["m"] "model" "Pick this arm's model.";
    GiveKey Arm "give-key" ["K"] "give a key" "Type the key that this arm's model wants; it is kept once its server takes it.";
    PickStrategy Arm "pick-strategy" ["s"] "strategy" "Pick this arm's strategy.";
    PickArmPrompt Arm "pick-arm-prompt" ["o"] "prompt" "Pick this arm's prompt.";
    Parameters Arm "parameters" ["p"] "parameters" "Change this arm's sampling and strategy settings.";
    Calls Arm "calls" ["c"] "calls" "Show every call behind this answer: what was sent, what came back, which examples and why, how the vote went.";
    NewSeed Arm "new-seed" ["e"] "new seed" "Draw another seed for this arm and run it (greedy answers stay the same).";
    Samples Arm "samples" ["n"] "several answers" "Ask this arm several times with other seeds, and see how far the answers agree.";
    PreviousAnswer Arm "previous-answer" ["left"] "previous answer" "Look at the distinct answer before, where several were asked for.";
    NextAnswer Arm "next-answer" ["right"] "next answer" "Look at the next distinct answer, where several were asked for.";
    CompareAnswer Arm "compare-answer" ["d"] "compare with…" "Show this answer in the diff, beside another one of your choice.";
    RecordAnswers Arm "record-answers" ["k"] "record answers" "Keep this model's answers to the first ten dev cases in recorded.jsonl, before the model is gone: asks first, and again to stop it.";
    PinReference Arm "pin-reference" ["f"] "pin as reference" "Take this answer as the case's reference for now.";
    ToggleRaw Arm "toggle-raw" ["t"] "raw text" "Switch between rendered Markdown and the raw text.";

    NextChange Diff "next-change" ["n"] "next change" "Go to the next change.";
    PreviousChange Diff "previous-change" ["N"] "previous change" "Go to the previous change.";
    DiffLeft Diff "diff-left" ["a"] "left side" "Choose the left side: A, B, C, D, the reference, an earlier answer.";
    DiffRight Diff "diff-right" ["b"] "right side" "Choose the right side.";
    Granularity Diff "granularity" ["g"] "line, word, letter" "Compare by line, by word, or by letter.";
    DiffLayout Diff "diff-layout" ["s"] "side by side" "Switch between side by side and inline.";
    Folds Diff "folds" ["f"] "folds" "Show or fold away equal lines.";

    MatrixOpen Matrix "matrix-open" ["enter"] "open in Compose" "Open the selected cell in Compose with the prompt's case, settings and answer as they were recorded; the matrix keeps its place.";
    MatrixStart Matrix "matrix-new" ["n", "ctrl+r", "f5"] "new run" "Begin a run: which arms, which cases, how often; what it will take is said first.";
    MatrixGoOn Matrix "matrix-go-on" ["g"] "go on" "Go on with the open run: ask what is not asked yet, then what is missing.";
    MatrixPause Matrix "matrix-pause" ["p"] "pause" "Ask nothing new for now; again goes on.";
    MatrixStop Matrix "matrix-stop" ["x"] "stop" "Stop the run that is under way; it can be gone on with at any time.";
    MatrixCloseColumn Matrix "matrix-stop-column" ["X"] "stop this column" "Ask the selected arm no further in this run.";
    MatrixMore Matrix "matrix-more" ["+"] "more at once" "Let more trials be under way at a time on each server.";
    MatrixFewer Matrix "matrix-fewer" ["-"] "fewer at once" "Let fewer trials be under way at a time on each server.";
    MatrixAskAgain Matrix "matrix-ask-again" ["r"] "ask again" "Ask the selected cell again; the trial that filled it stays recorded.";
    MatrixSort Matrix "matrix-sort" ["s"] "sort" "Order the cases by the selected column: its worst first, its best first, as in the split.";
    MatrixSlowest Matrix "matrix-slowest" ["t"] "slowest" "Order the cases by time, the slowest first; again, by the selected column's time.";
    MatrixAsked Matrix "matrix-asked" ["a"] "as asked" "Order the cases as they are asked; again, as in the split. A run that begins is shown so: what comes in stands on top.";
    MatrixFilter Matrix "matrix-filter" ["f"] "filter" "Keep some cases: failed, two arms differ, flipped since an earlier run, unparsed, missing.";
    MatrixSearch Matrix "matrix-search" ["/", "ctrl+f"] "search" "Keep the cases with a text in their id, their variables or an answer.";
    MatrixAgain Matrix "matrix-again" ["="] "order again" "Filter and order again with what has come in since.";
    MatrixRuns Matrix "matrix-runs" ["o"] "runs" "Open an earlier run.";
    MatrixCompare Matrix "matrix-compare" ["c"] "compare" "Compare with an earlier run over the same cases: cells that flipped are marked.";
    MatrixScores Matrix "matrix-scores" ["S"] "scores" "Show the open run's scores with intervals and verdicts, what changed case by case, slices and costs.";
    MatrixPage Matrix "matrix-report" ["w"] "report" "Write the open run as one page for others, report-RUN.html in the workbench.";
    MatrixCopy Matrix "matrix-copy" ["y"] "copy" "Copy the heads and the rows on the screen as a Markdown table.";
    MatrixCells Matrix "matrix-cells" ["1"] "cells" "Show the cells in words.";
    MatrixHeat Matrix "matrix-heat" ["2"] "heat map" "Show the cells as shades, for many arms.";
    MatrixCost Matrix "matrix-cost" ["3"] "cost" "Show what each arm costs against how it scores, and which arms no other beats in both.";
    MatrixHistogram Matrix "matrix-histogram" ["4"] "histogram" "Show how the scores of each arm lie.";
    MatrixLadder Matrix "matrix-ladder" ["5"] "ladder" "Show what each arm adds to the one before it, with its interval.";
    MatrixTable Matrix "matrix-fourfold" ["6"] "fourfold table" "Show the verdict over the four cells, where the run's arms are those.";
    MatrixHelp Matrix "matrix-help" ["?"] "help" "Show the keys of the matrix.";

    DataTake Data "data-take" ["enter"] "into Compose" "Take the selected row as the case; that a test row was opened is recorded.";
    DataFind Data "data-find" ["/", "ctrl+f"] "find" "Look for a text in the rows that are shown.";
    DataNext Data "data-next" ["n"] "next place" "Go to the next row with the text.";
    DataPrevious Data "data-previous" ["N"] "previous place" "Go to the row with the text before this one.";
    DataJump Data "data-jump" ["g"] "go to row" "Go to a row by its number or its id.";
    DataFilter Data "data-filter" ["f"] "filter" "Keep some rows: a text, a column = value, marked, faulty, leaked; several with & between.";
    DataLike Data "data-like" ["="] "rows like this" "Keep the rows that have the selected cell's value in its column.";
    DataSort Data "data-sort" ["s"] "sort" "Order the rows by the selected column: upwards, downwards, as in the file.";
    DataAll Data "data-all" ["0"] "all rows" "Show all rows again, as in the file.";
    DataEdit Data "data-edit" ["e"] "edit" "Change the selected cell; the file stays as it is until a new version is written beside it.";
    DataAdd Data "data-add" ["a"] "add the case" "Add the case on the screen as a row.";
    DataNew Data "data-new" ["i"] "new row" "Add an empty row and fill it in cell by cell.";
    DataRemove Data "data-remove" ["d"] "take out" "Take the selected row out of the next version, or let it stay after all.";
    DataUndo Data "data-undo" ["u"] "undo" "Take the last change back; after a version was written, let fourfold.toml name the former file again.";
    DataWrite Data "data-write" ["w", "ctrl+s"] "write" "Write the changes as a new version beside the file; fourfold.toml names it from then on.";
    DataMark Data "data-mark" ["x"] "mark" "Mark the selected row, or take its mark away.";
    DataOpen Data "data-open" ["o"] "open a file" "Look at another data file.";
    DataMap Data "data-map" ["m"] "columns" "Say what the columns of the file are.";
    DataAgain Data "data-again" ["r"] "read again" "Read the rows again.";
    DataHelp Data "data-help" ["?"] "keys" "Show the keys of the data pane.";

    BlindLeft Blind "blind-left" ["1"] "left is better" "Vote for the left answer.";
    BlindRight Blind "blind-right" ["2"] "right is better" "Vote for the right answer.";
    BlindTie Blind "blind-tie" ["3"] "tie" "Neither is better.";
    BlindUndo Blind "blind-undo" ["u"] "take the vote back" "Take the last vote back: it stays recorded, and counts no more.";
    Tally Blind "tally" ["0"] "tally" "Show the votes so far, with n and interval.";
}

impl Action {
    /// This action's row.
    pub fn row(self) -> &'static Row {
        // The macro makes enum and table together: discriminant and index are the same number.
        let index = self as usize;
        TABLE.get(index).unwrap_or(&TABLE[0])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::keys::{Sequence, unportable};

    #[test]
    fn every_action_finds_its_own_row_and_ids_are_unique() {
        let mut ids = HashSet::new();
        for row in TABLE {
            assert_eq!(row.action.row().id, row.id);
            assert!(ids.insert(row.id), "{} stands twice", row.id);
        }
    }

    #[test]
    fn every_other_action_has_a_chord_that_arrives_in_every_terminal() {
        let arrives = |chords: &str| {
            let sequence: Sequence = chords.parse().unwrap();
            let mut both = std::iter::once(sequence.first).chain(sequence.second);
            both.all(|chord| unportable(chord).is_empty())
        };
        let lost: Vec<&str> = TABLE
            .iter()
            .filter(|row| !row.keys.is_empty() && !row.keys.iter().any(|chords| arrives(chords)))
            .map(|row| row.id)
            .collect();
        // Tab reaches the panes, and the palette everything.
        let known = [
            "next-fault",
            "data",
            "focus-prompt",
            "focus-case",
            "focus-a",
            "focus-b",
            "focus-diff",
            "focus-scores",
            "select-all",
            "paste",
            "add-turn",
            "remove-turn",
            "turn-role",
            "turn-up",
            "turn-down",
        ];
        assert_eq!(lost, known);
    }
}
