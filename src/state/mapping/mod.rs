//! The mapping screen: for each column of a data file what it is, how the file is used, and the case that comes of it.

mod column;
mod file_use;

use std::path::PathBuf;

pub use self::column::{ColumnChoice, ColumnRole};
pub use self::file_use::FileUse;
use crate::config::{DataChange, DataFiles, SplitChange};
use crate::data::{AnswerAs, Case, Layout, Mapping, Split};
use crate::prompt::Message;

/// Shares that are drawn for dev and for test.
const DRAWN: (f64, f64) = (0.1, 0.2);

/// What comes of a row.
#[derive(Clone, Debug, PartialEq)]
pub struct MappedRow {
    /// The row's case.
    pub case: Case,
    /// The prompt's messages for it, or why there are none.
    pub messages: Result<Vec<Message>, String>,
}

/// The form.
#[derive(Clone, Debug, PartialEq)]
pub struct MappingForm {
    /// The file.
    pub path: PathBuf,
    /// The file as fourfold.toml names it.
    pub name: PathBuf,
    /// Format and rows in words.
    pub about: String,
    /// The layout that was recognised.
    pub layout: Layout,
    /// The mapping it stands for.
    pub recognised: Mapping,
    /// What fourfold.toml says of the file's columns now, as written and with what its layout adds.
    pub said: Option<(Mapping, Mapping)>,
    /// How many rows there are.
    pub rows: u64,
    /// The columns.
    pub columns: Vec<ColumnChoice>,
    /// Variables that the prompt asks for.
    pub prompt_variables: Vec<String>,
    /// What `[data]` names now.
    pub files: DataFiles,
    /// Whether splits are made of one file, and not held as they come out.
    pub can_pin: bool,
    /// How the file is used.
    pub used: FileUse,
    /// Which line is selected: 0 for how the file is used, then the columns.
    pub selected: usize,
    /// The line on which roles were last stepped through, and the roles as they were before: what is only passed over there takes
    /// nothing from another column.
    pub before: Option<(usize, Vec<ColumnRole>)>,
    /// The row that is previewed, from 0.
    pub row: u64,
    /// Counts previews; late ones are dropped.
    pub generation: u64,
    /// What comes of the row, or why nothing does.
    pub preview: Option<Result<Box<MappedRow>, String>>,
    /// First line of the preview that is shown.
    pub scroll: usize,
    /// Why it could not be written.
    pub fault: Option<String>,
    /// Whether it is being written.
    pub writing: bool,
}

impl MappingForm {
    /// Gives the columns the roles that the recognised mapping gives them.
    pub fn recognise(&mut self) {
        let mapping = self.recognised.clone();
        self.take(&mapping);
        if self.layout == Layout::Plain {
            let names: Vec<String> = self.columns.iter().map(|column| column.name.clone()).collect();
            for column in self.columns.iter_mut().filter(|column| column.role == ColumnRole::Variable(None)) {
                let own = column.own_variable();
                // Two variables of one name are none.
                if !matches!(&own, ColumnRole::Variable(Some(name)) if names.contains(name)) {
                    column.role = own;
                }
            }
        }
        self.before = None;
    }

    /// Gives the columns the roles that a mapping gives them.
    pub fn take(&mut self, mapping: &Mapping) {
        for column in &mut self.columns {
            let is = |role: &Option<String>| role.as_ref() == Some(&column.name);
            let renamed = mapping.variables.iter().find(|(_, name)| **name == column.name);
            column.role = if is(&mapping.reference) {
                ColumnRole::Reference
            } else if is(&mapping.answer) {
                ColumnRole::Answer(mapping.answer_as)
            } else if is(&mapping.id) {
                ColumnRole::Id
            } else if is(&mapping.turns) {
                ColumnRole::Turns
            } else if mapping.choices.contains(&column.name) {
                ColumnRole::Choices
            } else if mapping.hide.contains(&column.name) {
                ColumnRole::Hidden
            } else {
                ColumnRole::Variable(renamed.map(|(name, _)| name.clone()))
            };
        }
        self.settle();
    }

    /// Which role a mapping gives to a column, where that is not a variable of its own name.
    pub fn role_in(mapping: &Mapping, name: &str) -> Option<&'static str> {
        let is = |role: &Option<String>, usual: &str| role.as_deref().map_or(name == usual, |column| column == name);
        let roles = [
            (is(&mapping.reference, "reference"), "reference"),
            (is(&mapping.id, "id"), "id"),
            (mapping.turns.as_deref() == Some(name), "turns"),
            (mapping.answer.as_deref() == Some(name), "right choice"),
            (mapping.choices.iter().any(|column| column == name), "choice"),
            (mapping.hide.iter().any(|column| column == name), "hidden"),
        ];
        roles.into_iter().find(|(is_so, _)| *is_so).map(|(_, role)| role)
    }

    /// A column of a usual name is what that name says, unless another column is.
    fn settle(&mut self) {
        let usual = [("id", ColumnRole::Id), ("reference", ColumnRole::Reference)];
        for (name, role) in usual {
            if !self.has(&role)
                && let Some(column) = self.columns.iter_mut().find(|column| column.name == name)
            {
                column.role = role;
            }
        }
        if !self.has(&ColumnRole::Turns)
            && let Some(column) =
                TURNS.iter().find_map(|name| self.columns.iter().position(|it| it.is_turns && it.name == *name))
            && let Some(column) = self.columns.get_mut(column)
        {
            column.role = ColumnRole::Turns;
        }
    }

    fn has(&self, role: &ColumnRole) -> bool {
        self.columns.iter().any(|column| column.role == *role)
    }

    /// What a column can be, in the order of the keys.
    fn roles(&self, column: &ColumnChoice) -> Vec<ColumnRole> {
        let own = column.own_variable();
        let mut roles = vec![own.clone()];
        let others = self.prompt_variables.iter().filter(|name| **name != column.name);
        let others = others.filter(|name| own != ColumnRole::Variable(Some((*name).clone())));
        // A variable that a column of its own name fills is not offered to others.
        let free = others.filter(|name| !self.columns.iter().any(|other| other.name == **name));
        roles.extend(free.map(|name| ColumnRole::Variable(Some(name.clone()))));
        roles.extend([ColumnRole::Reference, ColumnRole::Id]);
        if column.is_turns {
            roles.push(ColumnRole::Turns);
        }
        roles.extend([ColumnRole::Choices, ColumnRole::Answer(None)]);
        // Labels are taken without being told.
        let told = AnswerAs::ALL.into_iter().filter(|way| *way != AnswerAs::Label);
        roles.extend(told.map(|way| ColumnRole::Answer(Some(way))));
        roles.push(ColumnRole::Hidden);
        roles
    }

    /// How the file can be used.
    fn uses(&self) -> Vec<FileUse> {
        let now = match &self.files {
            DataFiles::None => false,
            DataFiles::One(one) => *one == self.name,
            DataFiles::Splits { train, dev, test } => {
                [train, dev, test].into_iter().flatten().any(|file| *file == self.name)
            }
        };
        let mut uses = if now { vec![FileUse::AsNow] } else { Vec::new() };
        uses.extend((now && self.can_pin).then_some(FileUse::AsNowPinned));
        uses.extend([FileUse::Drawn, FileUse::DrawnPinned, FileUse::Learn]);
        uses.extend([Split::Train, Split::Dev, Split::Test].map(FileUse::Split));
        uses
    }

    /// The first way to use the file, once its name and the workbench's files are known.
    pub fn usual_use(&mut self) {
        self.used = self.uses().first().copied().unwrap_or(FileUse::Drawn);
    }

    /// Goes to the next or the previous choice of the selected line.
    pub fn turn(&mut self, step: isize) {
        let next = |place: Option<usize>, count: usize| {
            (place.unwrap_or(0) as isize + step).rem_euclid(count.max(1) as isize) as usize
        };
        if self.before.as_ref().is_none_or(|(line, _)| *line != self.selected) {
            self.before = Some((self.selected, self.columns.iter().map(|column| column.role.clone()).collect()));
        }
        let Some(index) = self.selected.checked_sub(1) else {
            let uses = self.uses();
            let place = next(uses.iter().position(|it| *it == self.used), uses.len());
            self.used = uses.get(place).copied().unwrap_or(FileUse::Drawn);
            return;
        };
        let Some(column) = self.columns.get(index) else { return };
        let roles = self.roles(column);
        let place = next(roles.iter().position(|role| *role == column.role), roles.len());
        let Some(role) = roles.get(place).cloned() else { return };
        let takes = |other: &ColumnRole| {
            other.is_as(&role) && (role.is_single() || matches!(role, ColumnRole::Variable(Some(_))))
        };
        let before = self.before.as_ref().map_or(&[][..], |(_, roles)| roles);
        for (other, column) in self.columns.iter_mut().enumerate() {
            if other == index {
                column.role = role.clone();
                continue;
            }
            if let Some(role) = before.get(other) {
                column.role.clone_from(role);
            }
            if takes(&column.role) {
                column.role = column.own_variable();
            }
        }
        self.settle();
    }

    /// The mapping that the roles say. Where they are those of the recognised layout, its name says them.
    pub fn mapping(&self) -> Mapping {
        let with = |mapping: &Mapping| {
            let mut form = self.clone();
            form.take(mapping);
            form.columns
        };
        // What stands there and still holds stays as it stands.
        if let Some((written, whole)) = &self.said
            && with(whole) == self.columns
        {
            return written.clone();
        }
        if self.layout != Layout::Plain && with(&self.recognised) == self.columns {
            return Mapping { layout: Some(self.layout), ..Mapping::default() };
        }
        let named = |role: &ColumnRole, usual: &[&str]| {
            let column = self.columns.iter().find(|column| column.role.is_as(role))?;
            (!usual.contains(&column.name.as_str())).then(|| column.name.clone())
        };
        let all = |role: &ColumnRole| {
            self.columns.iter().filter(|column| column.role == *role).map(|column| column.name.clone()).collect()
        };
        let mut mapping = Mapping {
            reference: named(&ColumnRole::Reference, &["reference"]),
            id: named(&ColumnRole::Id, &["id"]),
            turns: named(&ColumnRole::Turns, &TURNS),
            choices: all(&ColumnRole::Choices),
            answer: named(&ColumnRole::Answer(None), &[]),
            answer_as: self.columns.iter().find_map(|column| match column.role {
                ColumnRole::Answer(way) => way,
                _ => None,
            }),
            hide: all(&ColumnRole::Hidden),
            ..Mapping::default()
        };
        for column in &self.columns {
            if let ColumnRole::Variable(Some(name)) = &column.role {
                mapping.variables.insert(name.clone(), column.name.clone());
            }
        }
        let says = mapping.reference.is_some()
            || mapping.answer.is_some()
            || mapping.turns.is_some()
            || !mapping.choices.is_empty();
        // Without this the layout would be recognised again over what was chosen here.
        if self.layout != Layout::Plain && !says {
            mapping.layout = Some(Layout::Plain);
        }
        mapping
    }

    /// What `[data]` is to say.
    pub fn change(&self) -> DataChange {
        let name = || Some(self.name.clone());
        let (files, split) = match self.used {
            FileUse::AsNow | FileUse::AsNowPinned => (self.files.clone(), SplitChange::Keep),
            FileUse::Drawn | FileUse::DrawnPinned => {
                (DataFiles::One(self.name.clone()), SplitChange::Draw(DRAWN.0, DRAWN.1))
            }
            FileUse::Learn => (DataFiles::One(self.name.clone()), SplitChange::None),
            FileUse::Split(split) => {
                let (train, dev, test) = match self.files.clone() {
                    DataFiles::None => (None, None, None),
                    DataFiles::One(one) => (Some(one), None, None),
                    DataFiles::Splits { train, dev, test } => (train, dev, test),
                };
                let files = match split {
                    Split::Train => DataFiles::Splits { train: name(), dev, test },
                    Split::Dev => DataFiles::Splits { train, dev: name(), test },
                    Split::Test => DataFiles::Splits { train, dev, test: name() },
                };
                (files, SplitChange::None)
            }
        };
        let pin = matches!(self.used, FileUse::AsNowPinned | FileUse::DrawnPinned);
        DataChange { files, split, pin, mapping: self.mapping() }
    }
}

/// Columns that hold turns without being told to.
const TURNS: [&str; 3] = ["turns", "messages", "conversations"];

#[cfg(test)]
mod tests;
