//! Work of the mapping screen, off the screen's thread: what a file's columns are, what comes of a row, and writing it.

use std::path::Path;
use std::sync::Arc;

use super::data::{OpenFiles, called, cell, in_words, is_named};
use super::event::{Changed, DataNews, NewSession, Reread, Shown};
use super::outside::keep;
use super::start::{parse_workbench, prompts, tunable};
use super::{cells, data};
use crate::config::{DataChange, portable, with_data, with_pin};
use crate::data::{Cases, DataSet, Mapping, Sheet, Split, looks_like_turns};
use crate::run::{Question, Session};
use crate::state::{ColumnChoice, ColumnRole, DataSource, FileUse, MappedRow, MappingForm};

/// Rows that are looked at for a value of each column.
const SAMPLED: usize = 50;

/// What a source's file looks like.
pub(super) fn form(session: &Session, files: &OpenFiles, source: &DataSource, variables: Vec<String>) -> DataNews {
    let path = match source {
        DataSource::File(path) => Some(path.clone()),
        DataSource::Split(split) => session.splits.get(*split).map(|rows| rows.set().path().to_owned()),
    };
    let made = path.ok_or_else(|| "there is no such split".to_owned()).and_then(|path| {
        let sheet = files.open(session, &path, &|_, _| true).map_err(|error| in_words(&error))?;
        looked_at(session, &sheet, variables)
    });
    DataNews::Mapped(made.map(Box::new))
}

fn looked_at(session: &Session, sheet: &Sheet, variables: Vec<String>) -> Result<MappingForm, String> {
    let set = sheet.set();
    let (recognised, layout) = Mapping::default().for_file(set.path()).map_err(|error| in_words(&error))?;
    let column = |name: &String| ColumnChoice {
        name: name.clone(),
        sample: String::new(),
        is_turns: false,
        role: ColumnRole::Variable(None),
    };
    let mut columns: Vec<ColumnChoice> = set.columns().iter().map(column).collect();
    let mut reader = sheet.reader();
    for row in 0..set.count().min(SAMPLED) {
        let Ok(mut row) = reader.read(row).map_err(|error| in_words(&error))?.values else { continue };
        for column in columns.iter_mut().filter(|column| column.sample.is_empty()) {
            if let Some(value) = row.shift_remove(&column.name).filter(|value| !value.is_null()) {
                column.is_turns = looks_like_turns(&value);
                column.sample = cell(value);
            }
        }
    }
    let named = is_named(session, set.path());
    let path = set.path();
    let name = path.strip_prefix(&session.workbench.root).unwrap_or(path);
    let mut form = MappingForm {
        path: path.to_owned(),
        name: portable(name).into(),
        about: about(session, set),
        layout,
        recognised,
        said: None,
        rows: set.count() as u64,
        columns,
        prompt_variables: variables,
        files: session.workbench.data.files.clone(),
        can_pin: can_pin(session),
        used: FileUse::AsNow,
        selected: 0,
        before: None,
        row: 0,
        generation: 0,
        preview: None,
        scroll: 0,
        fault: None,
        writing: false,
    };
    form.recognise();
    if let Some(mapping) = named.filter(|mapping| **mapping != Mapping::default()) {
        // What the workbench says already is where one begins.
        let (whole, _) = mapping.for_file(path).map_err(|error| in_words(&error))?;
        form.take(&whole);
        form.said = Some((mapping.clone(), whole));
    }
    form.usual_use();
    Ok(form)
}

/// Whether splits are made of one file, and not held as they come out now.
fn can_pin(session: &Session) -> bool {
    session.workbench.data.split.as_ref().is_some_and(|plan| plan.pin.is_none() || session.splits.pin.is_none())
}

fn about(session: &Session, set: &DataSet) -> String {
    let left_out = match set.left_out() {
        [] => String::new(),
        names => format!(" · left out, bytes: {}", names.join(", ")),
    };
    format!("{} · {} rows · {}{left_out}", called(session, set.path()), set.count(), set.format())
}

/// What comes of a row with a mapping: the case, and the prompt's messages for it.
pub(super) fn preview(
    session: &Session,
    files: &OpenFiles,
    (generation, path): (u64, &Path),
    row: u64,
    mapping: &Mapping,
    question: Question,
) -> DataNews {
    let make = || -> Result<MappedRow, String> {
        let sheet = files.open(session, path, &|_, _| true).map_err(|error| in_words(&error))?;
        let (mapping, _) = mapping.for_file(path).map_err(|error| in_words(&error))?;
        let place = usize::try_from(row).unwrap_or(usize::MAX);
        let read = sheet.reader().read(place).map_err(|error| in_words(&error))?;
        let said = read.fault.map(|fault| fault.to_string());
        let values = read.values.map_err(|_| said.unwrap_or_default())?;
        let case = mapping.case(values, row + 1).map_err(|reason| format!("row {}: {reason}", row + 1))?;
        let asked = Question { case: Arc::new(case.clone()), split: None, ..question };
        let messages = session.messages(&asked).map_err(|error| format!("{}. {}", error.what, error.hint));
        Ok(MappedRow { case, messages: messages.map(|(messages, _, _)| messages) })
    };
    DataNews::Previewed { generation, result: make().map(Box::new) }
}

/// Writes what `[data]` is to say into fourfold.toml, once the whole data set has been read with it; the session on it.
pub(super) fn write(session: &Session, change: &DataChange) -> Result<NewSession, String> {
    let root = &session.workbench.root;
    let reopened = keep(root, |text| changed(session, text, change))?;
    Ok(NewSession { session: Arc::new(reopened), changed: Changed::Data })
}

/// The text with the change in it, and the session on it.
fn changed(session: &Session, text: &str, change: &DataChange) -> Result<(String, Session), String> {
    let root = &session.workbench.root;
    let mut changed = with_data(text, root, change).map_err(|error| error.to_string())?;
    let mut reopened = session.reopened(parse_workbench(&changed, root).map_err(|error| error.what)?);
    if let Some(pin) = reopened.splits.pin_now().filter(|_| change.pin).map(str::to_owned) {
        changed = with_pin(&changed, root, &pin).map_err(|error| error.to_string())?;
        let workbench = parse_workbench(&changed, root).map_err(|error| error.what)?;
        // Splits that are there are those of the pin; else another pin kept them from being.
        if reopened.splits.pin.is_some() {
            reopened.workbench = workbench;
        } else {
            reopened = session.reopened(workbench);
        }
    }
    // What was faulty before stays so, until its turn comes.
    match reopened.splits.faults.iter().find(|fault| !session.splits.faults.contains(fault)) {
        Some(fault) => Err(in_words(&fault.error)),
        None => Ok((changed, reopened)),
    }
}

/// What the screen has to know of a workbench that was read again.
pub(super) fn reread(session: &Session, changed: Changed) -> Result<Reread, String> {
    let dev = session.dev().filter(|dev| dev.count() > 0);
    let count = |split: Split| session.splits.get(split).map(|rows| format!("{} {}", rows.count(), split.as_str()));
    let counts: Vec<String> = Split::ALL.into_iter().filter_map(count).collect();
    let is_pinned = session.workbench.data.split.as_ref().is_some_and(|plan| plan.pin.is_some());
    let pinned = if is_pinned { ", pinned" } else { "" };
    let (shown, words) = match changed {
        Changed::Data => {
            let case = dev.map(|dev| dev.case(0)).transpose().map_err(|error| in_words(&error))?;
            let words = format!("fourfold.toml has it, and it is in use: {}{pinned}.", counts.join(", "));
            (Shown::Case(case), words)
        }
        Changed::Arms { ids, words } => {
            let arms = session.workbench.arms.iter().filter(|arm| ids.contains(&arm.id)).cloned();
            (Shown::Arms(arms.collect()), words)
        }
        Changed::Prompt { file, arm: id } => {
            let Some(arm) = session.workbench.arms.iter().find(|arm| arm.id == id).cloned() else {
                return Err(format!("fourfold.toml has no arm `{id}`"));
            };
            let words = format!("Made {file}; the arm {id} in fourfold.toml asks it.");
            (Shown::Prompt { file, arm: Box::new(arm) }, words)
        }
        Changed::Version { from, to, back } => {
            let words = format!("{} is in use: {}{pinned}.", called(session, &to), counts.join(", "));
            (Shown::Version { from, to, back }, words)
        }
    };
    Ok(Reread {
        shown,
        prompts: prompts(&session.workbench.root),
        count: dev.map_or(0, Cases::count),
        sources: data::sources(session),
        arms: session.workbench.arms.clone(),
        tunable: tunable(session),
        cells: cells::of(&session.workbench),
        words,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::app::start::open_session;
    use crate::config::{DataFiles, SAMPLES, copy_sample};
    use crate::data::Layout;
    use crate::strategy::StrategyConfig;

    fn mapped(news: DataNews) -> MappingForm {
        match news {
            DataNews::Mapped(form) => *form.unwrap(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_from_elsewhere_is_recognised_previewed_written_and_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("orders");
        copy_sample(&SAMPLES[0], &root).unwrap();
        let session = open_session(&root).unwrap();
        let rows: Vec<String> = (0..40).map(|row| format!("question {row},answer {row}")).collect();
        let path = folder.path().join("qa.csv");
        fs::write(&path, format!("question,response\n{}\n", rows.join("\n"))).unwrap();
        let files = OpenFiles::default();
        let mut form = mapped(form(&session, &files, &DataSource::File(path.clone()), vec!["text".to_owned()]));
        assert_eq!((form.layout, form.used), (Layout::QuestionAnswer, FileUse::Drawn));
        assert_eq!(form.columns[1].role, ColumnRole::Reference);
        form.selected = 1;
        form.turn(1);
        let question = Question {
            arm: "plain".to_owned(),
            prompt_path: root.join("orders.prompty"),
            prompt_text: None,
            strategy: StrategyConfig::default(),
            model: "base".to_owned(),
            parameters: crate::model::Parameters::default(),
            case: Arc::default(),
            split: None,
            sample: 0,
        };
        let shown = |mapping: &Mapping| match preview(&session, &files, (3, &path), 2, mapping, question.clone()) {
            DataNews::Previewed { generation: 3, result } => result.unwrap(),
            other => panic!("{other:?}"),
        };
        let row = shown(&form.mapping());
        assert_eq!(row.case.reference.as_deref(), Some("answer 2"));
        assert!(row.messages.unwrap().iter().any(|message| message.content.contains("question 2")));
        let unfit = shown(&Mapping::default()).messages.unwrap_err();
        assert!(unfit.contains("`text`"), "{unfit}");

        let NewSession { session: new, changed } = write(&session, &form.change()).unwrap();
        assert_eq!(new.workbench.data.files, DataFiles::One(path.clone()));
        let reread = reread(&new, changed).unwrap();
        assert_eq!(
            (reread.count, reread.words.as_str()),
            (4, "fourfold.toml has it, and it is in use: 28 train, 4 dev, 8 test.")
        );
        let Shown::Case(Some(case)) = reread.shown else { panic!("a case") };
        assert!(case.variables.contains_key("text"), "{case:?}");
        let text = fs::read_to_string(root.join("fourfold.toml")).unwrap();
        assert!(text.starts_with("# Orders in free text to JSON"), "comments stay: {text}");

        // Used as it is, and held so; other rows are refused, until they are held to instead.
        let again = mapped(super::form(&new, &files, &DataSource::File(path.clone()), Vec::new()));
        assert_eq!((again.used, again.can_pin), (FileUse::AsNow, true));
        let mut hold = again;
        hold.selected = 0;
        hold.turn(1);
        assert_eq!(hold.used, FileUse::AsNowPinned);
        let NewSession { session: held, changed } = write(&new, &hold.change()).unwrap();
        assert!(super::reread(&held, changed).unwrap().words.ends_with("28 train, 4 dev, 8 test, pinned."));
        let pinned = fs::read_to_string(root.join("fourfold.toml")).unwrap();
        let pin = held.workbench.data.split.as_ref().and_then(|plan| plan.pin.clone()).unwrap();
        assert!(pin.len() == 16 && pinned.contains(&format!("test = 0.2, pin = \"{pin}\" }}")), "{pinned}");
        fs::write(&path, format!("question,response\n{}\nanother,one\n", rows.join("\n"))).unwrap();
        let files = OpenFiles::default();
        let changed = open_session(&root).unwrap();
        assert!(changed.splits.look(Split::Train).is_err());
        let mut hold = mapped(super::form(&changed, &files, &DataSource::File(path.clone()), Vec::new()));
        hold.selected = 0;
        hold.turn(1);
        let NewSession { session: held, .. } = write(&changed, &hold.change()).unwrap();
        assert_ne!(held.workbench.data.split.as_ref().and_then(|plan| plan.pin.clone()).unwrap(), pin);
        assert_eq!(held.splits.look(Split::Train).unwrap().unwrap().count(), 29);

        // What cannot be read with the mapping is not written.
        let text = fs::read_to_string(root.join("fourfold.toml")).unwrap();
        fs::write(&path, "question,response\n\"a\",b,c\n").unwrap();
        let refused = write(&session, &form.change()).unwrap_err();
        assert!(refused.contains("qa.csv"), "{refused}");
        assert_eq!(fs::read_to_string(root.join("fourfold.toml")).unwrap(), text);
    }

    #[test]
    fn what_the_workbench_says_already_is_where_one_begins() {
        let folder = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], folder.path()).unwrap();
        let session = open_session(folder.path()).unwrap();
        let dev = DataSource::Split(crate::data::Split::Dev);
        let form = mapped(form(&session, &OpenFiles::default(), &dev, Vec::new()));
        assert_eq!(form.used, FileUse::AsNow);
        let answer = form.columns.iter().find(|column| column.name == "answer").unwrap();
        assert_eq!(answer.role, ColumnRole::Reference);
        assert_eq!(form.change().files, session.workbench.data.files);
        assert_eq!(form.change().mapping, session.workbench.data.mapping);
    }
}
