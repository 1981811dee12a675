//! Which action a chord means in which scope, and which chords an action has: one map for the loop, footer, help and palette.

use std::fmt::Debug;
use std::path::Path;

use super::chord::{Chord, Key};
use super::overrides::{ConflictOutcome, KeyOverride, KeyProblem};
use super::sequence::Sequence;
use crate::prompt::nearest;

/// Where a binding holds: everywhere, in one pane, in one overlay. The app names its own.
pub trait Scope: Copy + Eq + Debug {
    /// The name used in messages, as in "in the prompt editor".
    fn name(self) -> &'static str;
    /// Whether characters are text here. Then no plain character is ever a command, here or in a wider scope.
    fn takes_text(self) -> bool;
}

/// One row of the action table as far as keys are concerned. An action that lives in several scopes has several rows.
#[derive(Debug, Clone, Copy)]
pub struct Row<A, S> {
    /// The action.
    pub action: A,
    /// Its name in the settings file, stable for ever.
    pub id: &'static str,
    /// What it is called on the screen; a settings file may call it so too.
    pub title: &'static str,
    /// The default chords as spelled in [`Sequence`].
    pub chords: &'static [&'static str],
    /// Where they hold.
    pub scope: S,
}

/// One chord or sequence of one action.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<A, S> {
    /// What it does.
    pub action: A,
    /// The action's name in the settings file.
    pub id: &'static str,
    /// What to press.
    pub sequence: Sequence,
    /// Where it holds.
    pub scope: S,
    /// The line of the settings file that set it, or the default.
    origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Default,
    Settings,
}

/// What a key press means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resolved<A> {
    /// Do this.
    Action(A),
    /// The first chord of at least one sequence: wait for the second and show [`KeyMap::continuations`].
    Prefix,
    /// Nothing: text where text is taken, else ignored.
    None,
}

/// A mistake in the program's own table of defaults; the app's tests build the map, so it cannot ship.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyTableError {
    /// A default chord cannot be read.
    #[error("default chord `{chord}` of `{id}`: {error}")]
    Unreadable {
        /// The action's id.
        id: &'static str,
        /// As written in the table.
        chord: &'static str,
        /// What is wrong.
        error: super::spelling::ChordError,
    },
    /// A plain character bound where characters are text.
    #[error("default chord `{chord}` of `{id}` types text in {scope}")]
    TypesText {
        /// The action's id.
        id: &'static str,
        /// The chord.
        chord: Sequence,
        /// The scope's name.
        scope: &'static str,
    },
    /// Two actions of one scope share a chord, or one's chord is the other's prefix.
    #[error("default chord `{chord}` of `{id}` is taken by `{other}` in {scope}")]
    Conflict {
        /// The action's id.
        id: &'static str,
        /// The chord.
        chord: Sequence,
        /// Who has it.
        other: &'static str,
        /// The scope's name.
        scope: &'static str,
    },
}

/// All bindings, in the order of the table.
#[derive(Debug, Clone)]
pub struct KeyMap<A, S> {
    rows: Vec<Row<A, S>>,
    bindings: Vec<Binding<A, S>>,
}

impl<A: Copy + Eq + Debug, S: Scope> KeyMap<A, S> {
    /// The map of the default chords.
    pub fn new(rows: &[Row<A, S>]) -> Result<Self, KeyTableError> {
        let mut map = Self { rows: rows.to_vec(), bindings: Vec::new() };
        for row in rows {
            for chord in row.chords {
                let sequence: Sequence =
                    chord.parse().map_err(|error| KeyTableError::Unreadable { id: row.id, chord, error })?;
                if types_text(row.scope, sequence) {
                    return Err(KeyTableError::TypesText { id: row.id, chord: sequence, scope: row.scope.name() });
                }
                if let Some(other) = map.rival(row, sequence) {
                    let (other, scope) = (other.id, row.scope.name());
                    return Err(KeyTableError::Conflict { id: row.id, chord: sequence, other, scope });
                }
                map.push(row, sequence, Origin::Default);
            }
        }
        Ok(map)
    }

    /// Replaces the chords of the actions named in the user's `[keys]` table.
    ///
    /// What cannot be applied is left out and reported; everything else holds.
    pub fn apply(&mut self, overrides: &[KeyOverride], path: &Path) -> Vec<KeyProblem> {
        let mut problems = Vec::new();
        // First drop every replaced default, so that two actions can swap their chords.
        for line in overrides {
            let meant = self.called(&line.action);
            let is_meant = |binding: &Binding<A, S>| meant.iter().any(|row| row.id == binding.id);
            self.bindings.retain(|binding| !is_meant(binding) || binding.origin == Origin::Settings);
        }
        for line in overrides {
            let rows = self.called(&line.action);
            let Some(first) = rows.first() else {
                problems.push(KeyProblem::UnknownAction {
                    path: path.into(),
                    line: line.line,
                    action: line.action.clone(),
                    nearest: nearest(&line.action, self.rows.iter().flat_map(|row| [row.id, row.title])),
                });
                continue;
            };
            for spelling in &line.chords {
                match spelling.text.parse::<Sequence>() {
                    Ok(sequence) => {
                        for row in &rows {
                            problems.extend(self.bind(row, sequence, spelling.line, path));
                        }
                    }
                    Err(error) => problems.push(KeyProblem::Unreadable {
                        path: path.into(),
                        line: spelling.line,
                        action: first.id,
                        error,
                    }),
                }
            }
        }
        problems
    }

    /// The rows of the action called `name`: by its id, else by its title, which actions of several scopes may share.
    fn called(&self, name: &str) -> Vec<Row<A, S>> {
        let by_id: Vec<Row<A, S>> = self.rows.iter().filter(|row| row.id == name).copied().collect();
        if by_id.is_empty() {
            self.rows.iter().filter(|row| row.title.eq_ignore_ascii_case(name)).copied().collect()
        } else {
            by_id
        }
    }

    /// What `chord` means with `scopes` active, the innermost last, after `pending` if a prefix was pressed.
    pub fn resolve(&self, scopes: &[S], pending: Option<Chord>, chord: Chord) -> Resolved<A> {
        let mut in_text = false;
        for scope in scopes.iter().rev() {
            in_text |= scope.takes_text();
            if in_text && pending.is_none() && chord.typed().is_some() {
                return Resolved::None;
            }
            let mut here = self.bindings.iter().filter(|binding| binding.scope == *scope);
            let found = match pending {
                Some(first) => here.find_map(|binding| {
                    (binding.sequence == Sequence { first, second: Some(chord) })
                        .then_some(Resolved::Action(binding.action))
                }),
                None => here.find_map(|binding| {
                    (binding.sequence.first == chord).then_some(match binding.sequence.second {
                        Some(_) => Resolved::Prefix,
                        None => Resolved::Action(binding.action),
                    })
                }),
            };
            if let Some(found) = found {
                return found;
            }
        }
        Resolved::None
    }

    /// What may follow a prefix with `scopes` active, the innermost last: for the popup.
    pub fn continuations(&self, scopes: &[S], prefix: Chord) -> Vec<(Chord, A)> {
        let mut found: Vec<(Chord, A)> = Vec::new();
        for scope in scopes.iter().rev() {
            for binding in self.bindings.iter().filter(|b| b.scope == *scope && b.sequence.first == prefix) {
                if let Some(second) = binding.sequence.second
                    && found.iter().all(|(known, _)| *known != second)
                {
                    found.push((second, binding.action));
                }
            }
        }
        found
    }

    /// Every chord of an action in a scope, the preferred one first.
    pub fn chords_of(&self, action: A, scope: S) -> impl Iterator<Item = Sequence> {
        self.bindings.iter().filter(move |b| b.action == action && b.scope == scope).map(|binding| binding.sequence)
    }

    /// Every chord of an action anywhere, each once.
    pub fn all_chords_of(&self, action: A) -> Vec<Sequence> {
        let mut found = Vec::new();
        for binding in self.bindings.iter().filter(|binding| binding.action == action) {
            if !found.contains(&binding.sequence) {
                found.push(binding.sequence);
            }
        }
        found
    }

    /// The chord to show for an action with `scopes` active, the innermost last: one that would work right now.
    pub fn chord_in(&self, action: A, scopes: &[S]) -> Option<Sequence> {
        let in_reach = |sequence: &Sequence| match sequence.second {
            None => self.resolve(scopes, None, sequence.first) == Resolved::Action(action),
            Some(second) => {
                self.resolve(scopes, None, sequence.first) == Resolved::Prefix
                    && self.resolve(scopes, Some(sequence.first), second) == Resolved::Action(action)
            }
        };
        scopes.iter().rev().find_map(|scope| self.chords_of(action, *scope).find(in_reach))
    }

    /// Every binding, in the order of the table.
    pub fn bindings(&self) -> impl Iterator<Item = &Binding<A, S>> {
        self.bindings.iter()
    }

    fn bind(&mut self, row: &Row<A, S>, sequence: Sequence, line: usize, path: &Path) -> Option<KeyProblem> {
        let scope = row.scope.name();
        if types_text(row.scope, sequence) {
            return Some(KeyProblem::TypesText { path: path.into(), line, chord: sequence, action: row.id, scope });
        }
        let mut problem = None;
        while let Some(rival) = self.rival(row, sequence).copied() {
            let outcome = match rival.origin {
                Origin::Default => ConflictOutcome::DefaultGivesWay,
                Origin::Settings => ConflictOutcome::EarlierLineStays,
            };
            problem = Some(KeyProblem::Conflict {
                path: path.into(),
                line,
                chord: rival.sequence,
                action: row.id,
                other: rival.id,
                scope,
                outcome,
            });
            match outcome {
                ConflictOutcome::DefaultGivesWay => self.bindings.retain(|binding| *binding != rival),
                ConflictOutcome::EarlierLineStays => return problem,
            }
        }
        self.push(row, sequence, Origin::Settings);
        problem
    }

    /// A binding of another action in the same scope that is the same sequence, its prefix or its continuation.
    fn rival(&self, row: &Row<A, S>, sequence: Sequence) -> Option<&Binding<A, S>> {
        self.bindings.iter().find(|binding| {
            binding.scope == row.scope
                && binding.action != row.action
                && binding.sequence.first == sequence.first
                && (binding.sequence.second == sequence.second
                    || binding.sequence.second.is_none()
                    || sequence.second.is_none())
        })
    }

    fn push(&mut self, row: &Row<A, S>, sequence: Sequence, origin: Origin) {
        let binding = Binding { action: row.action, id: row.id, sequence, scope: row.scope, origin };
        if !self.bindings.iter().any(|b| b.scope == row.scope && b.action == row.action && b.sequence == sequence) {
            self.bindings.push(binding);
        }
    }
}

/// Whether the first chord of a sequence would type a character in a scope that takes text.
fn types_text<S: Scope>(scope: S, sequence: Sequence) -> bool {
    scope.takes_text()
        && (sequence.first.typed().is_some()
            || matches!(sequence.first.key, Key::Char(_)) && sequence.first.modifiers.is_empty())
}

#[cfg(test)]
mod tests {
    use super::super::overrides::Spelling;
    use super::*;

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Act {
        Help,
        Quit,
        Run,
        Top,
        Next,
        Copy,
        Find,
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Place {
        Global,
        Editor,
        Answer,
    }

    impl Scope for Place {
        fn name(self) -> &'static str {
            match self {
                Self::Global => "every pane",
                Self::Editor => "the prompt editor",
                Self::Answer => "an answer",
            }
        }

        fn takes_text(self) -> bool {
            self == Self::Editor
        }
    }

    const fn row(action: Act, id: &'static str, chords: &'static [&'static str], scope: Place) -> Row<Act, Place> {
        Row { action, id, title: if matches!(action, Act::Top) { "first line" } else { id }, chords, scope }
    }

    const TABLE: [Row<Act, Place>; 8] = [
        row(Act::Help, "help", &["f1", "?"], Place::Global),
        row(Act::Quit, "quit", &["ctrl+q"], Place::Global),
        row(Act::Run, "run", &["ctrl+r", "f5"], Place::Global),
        row(Act::Top, "top", &["g g", "home"], Place::Answer),
        row(Act::Next, "next-hunk", &["n", "g n"], Place::Answer),
        row(Act::Copy, "copy", &["y"], Place::Answer),
        row(Act::Copy, "copy", &["alt+w"], Place::Editor),
        row(Act::Find, "find", &["ctrl+f"], Place::Editor),
    ];

    const ANSWER: [Place; 2] = [Place::Global, Place::Answer];
    const EDITOR: [Place; 2] = [Place::Global, Place::Editor];

    fn map() -> KeyMap<Act, Place> {
        KeyMap::new(&TABLE).unwrap()
    }

    fn chord(text: &str) -> Chord {
        text.parse().unwrap()
    }

    fn line(action: &str, chords: &[&str], line: usize) -> KeyOverride {
        let chords = chords.iter().map(|text| Spelling { text: (*text).into(), line }).collect();
        KeyOverride { action: action.into(), chords, line }
    }

    #[test]
    fn a_key_means_what_its_innermost_scope_says() {
        type Press = (&'static [Place], Option<&'static str>, &'static str, Resolved<Act>);
        let map = map();
        let table: [Press; 9] = [
            (&ANSWER, None, "?", Resolved::Action(Act::Help)),
            (&ANSWER, None, "ctrl+r", Resolved::Action(Act::Run)),
            (&ANSWER, None, "g", Resolved::Prefix),
            (&ANSWER, Some("g"), "g", Resolved::Action(Act::Top)),
            (&ANSWER, Some("g"), "x", Resolved::None),
            // In text a question mark is a question mark, however wide the scope that binds it.
            (&EDITOR, None, "?", Resolved::None),
            (&EDITOR, None, "f1", Resolved::Action(Act::Help)),
            (&EDITOR, None, "alt+w", Resolved::Action(Act::Copy)),
            (&EDITOR, None, "y", Resolved::None),
        ];
        for (scopes, pending, pressed, expected) in table {
            assert_eq!(map.resolve(scopes, pending.map(chord), chord(pressed)), expected, "{pressed} in {scopes:?}");
        }
    }

    #[test]
    fn the_reverse_look_up_names_only_keys_that_work_here() {
        let map = map();
        assert_eq!(map.chord_in(Act::Help, &EDITOR).unwrap().short(), "F1");
        assert_eq!(map.chord_in(Act::Copy, &ANSWER).unwrap().short(), "y");
        assert_eq!(map.chord_in(Act::Copy, &EDITOR).unwrap().short(), "Alt+W");
        assert_eq!(map.chord_in(Act::Top, &EDITOR), None);
        let seconds: Vec<String> = map
            .continuations(&ANSWER, chord("g"))
            .iter()
            .map(|(chord, action)| format!("{chord}={action:?}"))
            .collect();
        assert_eq!(seconds, ["g=Top", "n=Next"]);
        assert_eq!(map.all_chords_of(Act::Copy).len(), 2);
    }

    #[test]
    fn overrides_replace_unbind_and_swap() {
        let mut map = map();
        let problems = map.apply(
            &[line("quit", &["ctrl+r"], 3), line("run", &["ctrl+q", "g"], 4), line("help", &[], 5)],
            Path::new("config.toml"),
        );
        assert_eq!(problems, []);
        assert_eq!(map.resolve(&ANSWER, None, chord("ctrl+r")), Resolved::Action(Act::Quit));
        assert_eq!(map.resolve(&ANSWER, None, chord("ctrl+q")), Resolved::Action(Act::Run));
        assert_eq!(map.resolve(&ANSWER, None, chord("f1")), Resolved::None);
        // The answer's own prefix hides the global binding; in no other scope does it.
        assert_eq!(map.resolve(&ANSWER, None, chord("g")), Resolved::Prefix);
        assert_eq!(map.resolve(&[Place::Global], None, chord("g")), Resolved::Action(Act::Run));
    }

    #[test]
    fn an_action_is_named_by_its_title_as_well_as_by_its_id() {
        let mut map = map();
        assert_eq!(map.apply(&[line("First line", &["ctrl+t"], 3)], Path::new("config.toml")), []);
        assert_eq!(map.resolve(&ANSWER, None, chord("ctrl+t")), Resolved::Action(Act::Top));
        assert_eq!(map.resolve(&ANSWER, None, chord("home")), Resolved::None, "what it had goes");
        let problems = map.apply(&[line("frist line", &["ctrl+t"], 3)], Path::new("config.toml"));
        assert!(problems[0].hint().contains("`first line`"), "{problems:?}");
    }

    #[test]
    fn what_cannot_be_applied_is_named_with_file_and_line() {
        let mut map = map();
        let problems = map.apply(
            &[
                line("qiut", &["ctrl+x"], 2),
                line("find", &["ctlr+f", "ctrl+o"], 3),
                line("copy", &["c"], 4),
                line("next-hunk", &["g"], 5),
                line("quit", &["f5"], 6),
                line("help", &["f5"], 7),
            ],
            Path::new("/home/u/config.toml"),
        );
        let told: Vec<String> = problems.iter().map(|problem| format!("{problem} | {}", problem.hint())).collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        /home/u/config.toml:2: no action is called `qiut` | did you mean `quit`? the palette lists every action by its name
        /home/u/config.toml:3: `ctlr` is not a modifier (keys of `find`) | modifiers are ctrl, alt and shift
        /home/u/config.toml:4: `c` types text in the prompt editor, it cannot run `copy` there | add ctrl or alt, or use a function key
        /home/u/config.toml:5: `g g` for `next-hunk` is taken by `top` in an answer | give `top` another chord in the same table, or [] to unbind it
        /home/u/config.toml:6: `f5` for `quit` is taken by `run` in every pane | give `run` another chord in the same table, or [] to unbind it
        /home/u/config.toml:7: `f5` for `help` is taken by `quit` in every pane | give `quit` another chord in the same table, or [] to unbind it
        ");
        assert_eq!(map.resolve(&EDITOR, None, chord("ctrl+o")), Resolved::Action(Act::Find));
        assert_eq!(map.resolve(&ANSWER, None, chord("c")), Resolved::Action(Act::Copy));
        assert_eq!(map.resolve(&ANSWER, None, chord("g")), Resolved::Action(Act::Next));
        assert_eq!(map.resolve(&ANSWER, None, chord("home")), Resolved::Action(Act::Top));
    }

    #[test]
    fn a_faulty_table_of_defaults_is_refused() {
        let conflict = [row(Act::Help, "help", &["f1"], Place::Global), row(Act::Quit, "quit", &["f1"], Place::Global)];
        assert!(matches!(KeyMap::new(&conflict), Err(KeyTableError::Conflict { id: "quit", other: "help", .. })));
        let prefix = [row(Act::Top, "top", &["g g"], Place::Answer), row(Act::Next, "next", &["g"], Place::Answer)];
        assert!(matches!(KeyMap::new(&prefix), Err(KeyTableError::Conflict { .. })));
        let text = [row(Act::Copy, "copy", &["y"], Place::Editor)];
        assert!(matches!(KeyMap::new(&text), Err(KeyTableError::TypesText { .. })));
        let unreadable = [row(Act::Copy, "copy", &["ctrl+m"], Place::Editor)];
        assert!(matches!(KeyMap::new(&unreadable), Err(KeyTableError::Unreadable { .. })));
    }
}
