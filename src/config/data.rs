//! What `[data]` means: files, mapping, layout, how splits are made, the leak rule, who embeds.

use std::path::{Path, PathBuf};

use serde_spanned::Spanned;

use super::check::Check;
use super::file::{DataTable, Names, SplitFiles, SplitTable};
use super::files::FilesValue;
use super::folder::MANIFEST;
use super::nearest::did_you_mean;
use super::problem::Problem;
use super::workbench::{Data, DataFiles, HASHED, LeakRule};
use crate::data::{AnswerAs, DataError, Draw, ENDINGS, GUARD, Keep, Layout, Mapping, Part, SplitBy, SplitPlan};
use crate::prompt::nearest;

impl Check<'_, '_, '_> {
    pub(super) fn data(&mut self, table: DataTable, models: &[&str]) -> Data {
        let mut astray = Vec::new();
        let named: Vec<String> = match &table.file {
            Some(FilesValue::Splits(SplitFiles { train, dev, test })) => {
                [train, dev, test].into_iter().flatten().map(|path| path.get_ref().clone()).collect()
            }
            _ => Vec::new(),
        };
        let mut file = |path: Spanned<String>| {
            astray.extend(self.astray(&path, &named));
            PathBuf::from(path.into_inner())
        };
        let files = match table.file {
            None => DataFiles::None,
            Some(FilesValue::One(path)) => DataFiles::One(file(path)),
            Some(FilesValue::Splits(files)) => DataFiles::Splits {
                train: files.train.map(&mut file),
                dev: files.dev.map(&mut file),
                test: files.test.map(file),
            },
        };
        let map = table.map;
        let mapping = Mapping {
            reference: map.reference,
            id: map.id,
            turns: map.turns,
            choices: map.choices.map(Names::into_list).unwrap_or_default(),
            answer: map.answer,
            answer_as: map.answer_as.and_then(|name| self.answer_as(&name)),
            settled: None,
            variables: map.variables,
            hide: map.hide,
            layout: table.layout.and_then(|name| self.layout(&name)),
        };
        let split = table.split.and_then(|table| {
            if !matches!(files, DataFiles::One(_)) {
                let hint = "Name one file, `file = \"data/all.jsonl\"`, or take `split` out.";
                self.problems.add(table.span(), "`split` is for one file, and `file` names none or one a split", hint);
                return None;
            }
            self.split(table)
        });
        let threshold = table.leaks.threshold.map_or(GUARD, |threshold| {
            if !(0.0..=1.0).contains(threshold.get_ref()) {
                let hint = "A resemblance is the shared part of the three-word sequences, such as 0.8.";
                self.problems.add(threshold.span(), "`threshold` is not between 0 and 1", hint);
            }
            threshold.into_inner()
        });
        let embedder = table.embedder.map(|name| {
            if name.get_ref() != HASHED {
                self.reference(&name, models, "model");
            }
            name.into_inner()
        });
        Data { files, astray, mapping, split, leaks: LeakRule { threshold, allow: table.leaks.allow }, embedder }
    }

    /// Why a path that is written leads to no file of rows, with its line. It keeps only the rows of its split from being used: the
    /// rest of the workbench is as good as ever. `named` are the files of all splits: one of another split is not what was meant.
    fn astray(&self, path: &Spanned<String>, named: &[String]) -> Option<DataError> {
        let (name, place) = (path.get_ref(), self.root.join(path.get_ref()));
        let (what, hint) = if place.is_file() {
            return None;
        } else if place.is_dir() {
            let hint = "Name one of the files in it, or each split with a file of its own.";
            (format!("the data file `{name}` is a folder"), hint.to_owned())
        } else if place.exists() {
            let hint = "Save what comes out of it to a file first: rows are read more than once.";
            (format!("the data file `{name}` is not a plain file"), hint.to_owned())
        } else {
            let mut others = self.files_beside(Path::new(name), &ENDINGS);
            others.retain(|other| !named.contains(other));
            let hint = match nearest(name, others.iter().map(String::as_str)) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => "Paths start at the folder of this file.".to_owned(),
            };
            (format!("there is no data file `{name}`"), hint)
        };
        let Problem { line, what, hint, .. } = self.problems.at(path.span(), what, hint);
        Some(DataError::Astray { path: place, at: format!("{MANIFEST}:{line}"), reason: what, hint })
    }

    fn layout(&mut self, name: &Spanned<String>) -> Option<Layout> {
        let found = Layout::named(name.get_ref());
        if found.is_none() {
            let known: Vec<&str> = Layout::ALL.into_iter().map(Layout::as_str).collect();
            let hint = did_you_mean(name.get_ref(), &known, "layout");
            self.problems.add(name.span(), format!("unknown layout `{}`", name.get_ref()), hint);
        }
        found
    }

    fn answer_as(&mut self, name: &Spanned<String>) -> Option<AnswerAs> {
        let found = AnswerAs::named(name.get_ref());
        if found.is_none() {
            let known: Vec<&str> = AnswerAs::ALL.into_iter().map(AnswerAs::as_str).collect();
            let hint = did_you_mean(name.get_ref(), &known, "way");
            self.problems.add(name.span(), format!("`answer_as` is `{}`", name.get_ref()), hint);
        }
        found
    }

    fn split(&mut self, table: Spanned<SplitTable>) -> Option<SplitPlan> {
        let span = table.span();
        let table = table.into_inner();
        let pin = table.pin.map(Spanned::into_inner);
        let keeps: Vec<(&str, Spanned<String>)> =
            [("stratify", table.stratify), ("group", table.group), ("time", table.time)]
                .into_iter()
                .filter_map(|(name, column)| Some((name, column?)))
                .collect();
        let mut part = |name: &str, part: Option<Spanned<f64>>| {
            let Some(part) = part else { return Part::Rows(0) };
            let (span, value) = (part.span(), part.into_inner());
            if value > 0.0 && value < 1.0 {
                return Part::Share(value);
            }
            if !(value >= 0.0 && value.fract() == 0.0 && value < 1e9) {
                let hint = "Write a share such as 0.2, or a number of rows such as 200.";
                self.problems.add(span, format!("`{name}` is neither a share nor a number of rows"), hint);
            }
            Part::Rows(value as usize)
        };
        let (dev, test) = (part("dev", table.dev), part("test", table.test));
        if let (Part::Share(dev), Part::Share(test)) = (dev, test)
            && dev + test > 1.0
        {
            self.problems.add(
                span.clone(),
                "`dev` and `test` together are more than all rows",
                "Leave some for train.",
            );
        }
        let nothing = (dev, test) == (Part::Rows(0), Part::Rows(0));
        if let Some(column) = table.column {
            if !nothing || !keeps.is_empty() {
                let hint = "Take out the field, or all of `dev`, `test`, `stratify`, `group` and `time`.";
                self.problems.add(column.span(), "`column` names the splits, and others are to be drawn", hint);
            }
            return Some(SplitPlan { by: SplitBy::Column(column.into_inner()), pin });
        }
        if nothing {
            let hint = "Write `{ test = 0.2, dev = 0.1 }`, or `{ column = \"split\" }`.";
            self.problems.add(span, "`split` draws nothing", hint);
            return None;
        }
        if let [_, (name, second), ..] = keeps.as_slice() {
            let hint = "A draw keeps to one of `stratify`, `group` and `time`.";
            self.problems.add(second.span(), format!("`{name}` is beside another of its kind"), hint);
        }
        let keep = match keeps.into_iter().next() {
            None => Keep::Nothing,
            Some(("stratify", column)) => Keep::Shares(column.into_inner()),
            Some(("group", column)) => Keep::Groups(column.into_inner()),
            Some((_, column)) => Keep::Time(column.into_inner()),
        };
        Some(SplitPlan { by: SplitBy::Draw(Draw { dev, test, seed: table.seed, keep }), pin })
    }
}
