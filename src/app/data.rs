//! Work of the data pane, off the screen's thread: reading a window of rows, looking for a text, taking a row, marking
//! leaks, listing files. A set is gone through once and kept; after that only the rows in sight are read.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use serde_json::{Map, Value};

use super::effect::DataWork;
use super::event::{DataNews, EventKind};
use super::mapping;
use crate::data::{Cases, DataError, DataSet, Mapping, Split, SplitRows};
use crate::run::{RECORDED, Session, now_milliseconds};
use crate::state::{
    DATA_WINDOW, DataColumn, DataQuery, DataRow, DataSource, DataWindow, LeakMarks, MappingForm, Taken, TakenRow,
};
use crate::store::Store;

/// How much of a value is held.
const CELL: usize = 2_000;
/// Rows that are looked through between two looks at whether anybody still wants it.
const BLOCK: usize = 256;
/// Files that are listed at most, and how deep folders are looked into.
const LISTED: (usize, usize) = (200, 4);
/// The endings of data files.
const ENDINGS: [&str; 6] = ["jsonl", "ndjson", "json", "csv", "tsv", "parquet"];

type Opening = Arc<OnceLock<Result<Arc<DataSet>, DataError>>>;

/// The files that were opened since the start, and what is wanted now.
#[derive(Default)]
pub(super) struct OpenFiles {
    sets: Mutex<HashMap<PathBuf, Opening>>,
    /// The newest question; work for an older one stops.
    wanted: AtomicU64,
}

impl OpenFiles {
    /// Makes `generation` the newest question.
    pub(super) fn want(&self, generation: u64) {
        self.wanted.store(generation, Ordering::Relaxed);
    }

    fn wants(&self, generation: u64) -> bool {
        self.wanted.load(Ordering::Relaxed) == generation
    }

    /// The set of a file; read through on the first question, and again when the file has changed since.
    pub(super) fn open(&self, session: &Session, path: &Path) -> Result<Arc<DataSet>, DataError> {
        for _ in 0..2 {
            let opening = {
                let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(sets.entry(path.to_owned()).or_default())
            };
            let made = opening.get_or_init(|| {
                let mapping = session.workbench.data.mapping.if_it_fits(path)?;
                DataSet::open(path, &mapping).map(Arc::new)
            });
            match made {
                Ok(set) if set.verify_unchanged().is_ok() => return Ok(Arc::clone(set)),
                _ => drop(self.sets.lock().unwrap_or_else(PoisonError::into_inner).remove(path)),
            }
            if let Err(error) = made {
                return Err(error.clone());
            }
        }
        Err(DataError::Changed { path: path.to_owned() })
    }
}

/// Does what the pane or the mapping screen asked for.
pub(super) fn done(work: DataWork, session: &Session, store: &Store, files: &OpenFiles) -> EventKind {
    EventKind::Data(match work {
        DataWork::Read(query) => window(session, files, &query),
        DataWork::Find { generation, source, from, text, forward } => {
            find(session, files, (generation, &source), from, &text, forward)
        }
        DataWork::Jump { generation, source, id } => jump(session, files, (generation, &source), &id),
        DataWork::Take { source, place } => take(session, store, files, &source, place),
        DataWork::Leaks => leaks(session),
        DataWork::List => list(&session.workbench.root),
        DataWork::Open(typed) => DataNews::Opened(meant(&session.workbench.root, &typed.to_string_lossy())),
        DataWork::Map { source, variables } => mapping::form(session, files, &source, variables),
        DataWork::Preview { generation, path, row, mapping, question } => {
            mapping::preview(session, files, (generation, &path), row, &mapping, *question)
        }
        DataWork::Write(change) => return EventKind::Reopened(mapping::write(session, &change)),
    })
}

/// The splits there are, as what the pane can show.
pub(super) fn sources(session: &Session) -> Vec<DataSource> {
    let there = Split::ALL.into_iter().filter(|split| session.splits.get(*split).is_some());
    there.map(DataSource::Split).collect()
}

/// Rows of one source.
enum Rows<'a> {
    Split(Split, &'a SplitRows),
    File(Arc<DataSet>),
}

impl Rows<'_> {
    fn set(&self) -> &DataSet {
        match self {
            Self::Split(_, rows) => rows.set(),
            Self::File(set) => set,
        }
    }

    fn count(&self) -> usize {
        match self {
            Self::Split(_, rows) => rows.count(),
            Self::File(set) => set.count(),
        }
    }

    /// The row of the file at a place of the source.
    fn in_file(&self, place: usize) -> Option<usize> {
        match self {
            Self::Split(_, rows) => rows.row_in_file(place),
            Self::File(set) => (place < set.count()).then_some(place),
        }
    }

    /// The split that has a place, and where it is there.
    fn place(&self, session: &Session, place: usize) -> Option<(Split, usize)> {
        match self {
            Self::Split(split, _) => Some((*split, place)),
            Self::File(set) => Split::ALL.into_iter().find_map(|split| {
                let rows = session.splits.get(split).filter(|rows| is_same_file(rows.set().path(), set.path()))?;
                Some((split, rows.place_of(place)?))
            }),
        }
    }

    fn row(&self, place: usize) -> Result<Map<String, Value>, String> {
        let row = self.in_file(place).ok_or("there is no such row")?;
        self.set().row(row).map_err(|error| in_words(&error))
    }
}

fn is_same_file(left: &Path, right: &Path) -> bool {
    left == right || left.canonicalize().is_ok_and(|left| right.canonicalize().is_ok_and(|right| left == right))
}

fn in_words(error: &DataError) -> String {
    format!("{error}. {}", error.hint())
}

fn rows_of<'a>(session: &'a Session, files: &OpenFiles, source: &DataSource) -> Result<Rows<'a>, String> {
    match source {
        DataSource::Split(split) => {
            let rows = session.splits.get(*split).ok_or_else(|| format!("there is no {} split", split.as_str()))?;
            Ok(Rows::Split(*split, rows))
        }
        DataSource::File(path) => files.open(session, path).map(Rows::File).map_err(|error| in_words(&error)),
    }
}

/// A file as a person calls it.
pub(super) fn called(session: &Session, path: &Path) -> String {
    path.strip_prefix(&session.workbench.root).unwrap_or(path).display().to_string()
}

/// Reads a window; nothing for a question that is no longer wanted.
fn window(session: &Session, files: &OpenFiles, query: &DataQuery) -> DataNews {
    let generation = query.generation;
    let result = rows_of(session, files, &query.source).and_then(|rows| {
        if !files.wants(generation) {
            return Ok(DataWindow::default());
        }
        read(session, &rows, query.first)
    });
    DataNews::Read { generation, result }
}

fn read(session: &Session, rows: &Rows<'_>, first: u64) -> Result<DataWindow, String> {
    let set = rows.set();
    let column = |name: &String| DataColumn { name: name.clone(), role: MappingForm::role_in(set.mapping(), name) };
    let (total, from) = (rows.count(), usize::try_from(first).unwrap_or(usize::MAX));
    let until = total.min(from.saturating_add(DATA_WINDOW as usize));
    let line = |place: usize| {
        let mut row = rows.row(place)?;
        let cells = set.columns().iter().map(|name| row.shift_remove(name).map_or_else(String::new, cell)).collect();
        let number = rows.in_file(place).map_or(0, |row| row as u64 + 1);
        Ok(DataRow { number, place: rows.place(session, place), cells })
    };
    let window = (from..until).map(line).collect::<Result<Vec<DataRow>, String>>()?;
    let layout = set.layout().as_str();
    let mut about = format!("{total} rows · {} · layout {layout}", set.format());
    if let (Rows::Split(..), Some(drawn)) = (rows, &session.splits.statement) {
        about = format!("{about} · {drawn}");
    }
    Ok(DataWindow {
        file: called(session, set.path()),
        about,
        columns: set.columns().iter().map(column).collect(),
        total: total as u64,
        first,
        rows: window,
    })
}

/// A value as the pane shows it.
pub(super) fn cell(value: Value) -> String {
    let mut text = match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    if text.len() > CELL {
        let length = text.len();
        text.truncate((0..=CELL).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0));
        text = format!("{text}… ({length} bytes)");
    }
    text
}

/// Looks for a text, from the row after `from` on and around the end, or backwards. Capitals count where the text has some.
fn find(
    session: &Session,
    files: &OpenFiles,
    (generation, source): (u64, &DataSource),
    from: u64,
    text: &str,
    forward: bool,
) -> DataNews {
    let find = || -> Result<Option<u64>, String> {
        let rows = rows_of(session, files, source)?;
        let (total, from) = (rows.count(), usize::try_from(from).unwrap_or(0));
        let exact = text.chars().any(char::is_uppercase);
        let holds = |place: usize| -> Result<bool, String> {
            let has = |value: Value| {
                let shown = if let Value::String(text) = value { text } else { value.to_string() };
                if exact { shown.contains(text) } else { shown.to_lowercase().contains(text) }
            };
            Ok(rows.row(place)?.into_iter().any(|(_, value)| has(value)))
        };
        // Rows are read front to back, which is how files give them, block by block.
        let from = from.min(total.saturating_sub(1));
        let mut blocks: Vec<(usize, usize)> = Vec::new();
        let parts = if forward { [(from + 1, total), (0, from + 1)] } else { [(0, from), (from, total)] };
        for (start, end) in parts {
            let starts = (start..end).step_by(BLOCK).map(|start| (start, end.min(start + BLOCK)));
            if forward { blocks.extend(starts) } else { blocks.extend(starts.rev()) }
        }
        for (start, end) in blocks {
            if !files.wants(generation) {
                return Ok(None);
            }
            let mut last = None;
            for place in start..end {
                if holds(place)? {
                    last = Some(place as u64);
                    if forward {
                        break;
                    }
                }
            }
            if last.is_some() {
                return Ok(last);
            }
        }
        Ok(None)
    };
    DataNews::Found { generation, result: find() }
}

/// Looks for the row of a number (from 1) or, where the text is none, of an id.
fn jump(session: &Session, files: &OpenFiles, (generation, source): (u64, &DataSource), text: &str) -> DataNews {
    let find = || -> Result<Option<u64>, String> {
        let rows = rows_of(session, files, source)?;
        let by_id = match &rows {
            Rows::Split(_, rows) => rows.find(text),
            Rows::File(set) => set.find(text),
        };
        Ok(by_id.map_err(|error| in_words(&error))?.map(|place| place as u64))
    };
    DataNews::Found { generation, result: find() }
}

/// Reads a row as a case. That a test row was opened is recorded first.
fn take(session: &Session, store: &Store, files: &OpenFiles, source: &DataSource, place: u64) -> DataNews {
    let take = || -> Result<TakenRow, String> {
        let rows = rows_of(session, files, source)?;
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let its = rows.place(session, place).and_then(|(split, at)| Some((split, at, session.splits.get(split)?)));
        let Some((split, at, split_rows)) = its else {
            let case = rows.set().case(place).map_err(|error| in_words(&error))?;
            let origin = format!("{} row {}", called(session, rows.set().path()), place + 1);
            return Ok(TakenRow { case, index: None, taken: Some(Taken { split: None, origin, opened: 0 }) });
        };
        let case = split_rows.case(at).map_err(|error| in_words(&error))?;
        if split == Split::Dev {
            return Ok(TakenRow { case, index: Some(at), taken: None });
        }
        let opened = if split == Split::Test { opened(store, split_rows, &case.id)? } else { 0 };
        let origin = format!("{} {} of {}", split.as_str(), at + 1, split_rows.count());
        Ok(TakenRow { case, index: None, taken: Some(Taken { split: Some(split), origin, opened }) })
    };
    DataNews::Taken(take().map(Box::new))
}

/// Records that a test row is looked at; how many different ones have been.
fn opened(store: &Store, rows: &SplitRows, id: &str) -> Result<u64, String> {
    let hash = rows.content_hash();
    let recorded = store.record_opened_test_case(hash.clone(), id.to_owned(), now_milliseconds()).wait();
    let counted = recorded.and_then(|()| store.opened_test_cases(&hash));
    counted.map_err(|error| format!("the test row stays closed, for it cannot be recorded that it was opened: {error}"))
}

/// Which rows of test are rows of train, or almost.
fn leaks(session: &Session) -> DataNews {
    let found = session.leaks().map(|found| Arc::new(LeakMarks::new(&found.places)));
    DataNews::Leaks(found.map_err(|error| in_words(&error)))
}

/// The data files of the workbench's folder.
fn list(root: &Path) -> DataNews {
    let mut files = Vec::new();
    gather(root, root, LISTED.1, &mut files);
    files.sort();
    DataNews::Listed(files)
}

fn gather(root: &Path, folder: &Path, depth: usize, files: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        let (path, name) = (entry.path(), entry.file_name());
        // Folders of programs, and links that may lead anywhere or around, are left out.
        let Ok(kind) = entry.file_type() else { continue };
        let name = name.to_string_lossy();
        // What training and recording leave behind are no data sets.
        let other = name.starts_with('.') || name == "adapters" || name == RECORDED;
        if other || files.len() >= LISTED.0 {
            continue;
        }
        if kind.is_dir() && depth > 0 {
            gather(root, &path, depth - 1, files);
        }
        let is_data = path.extension().is_some_and(|it| ENDINGS.iter().any(|ending| it.eq_ignore_ascii_case(ending)));
        if !kind.is_dir() && is_data {
            files.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
        }
    }
}

/// The path that a person means: from the workbench, from the folder the program was started in, `~` for home.
fn meant(root: &Path, typed: &str) -> PathBuf {
    let typed = typed.trim().trim_matches(['"', '\'']);
    let home = || std::env::home_dir().zip(typed.strip_prefix("~/"));
    if let Some((home, rest)) = home() {
        return home.join(rest);
    }
    let here = root.join(typed);
    if here.is_file() { here } else { std::path::absolute(typed).unwrap_or(here) }
}

/// What the workbench says of the columns of a file, where it names the file.
pub(super) fn is_named<'a>(session: &'a Session, path: &Path) -> Option<&'a Mapping> {
    let named = session.workbench.split_files().named();
    named.iter().any(|(_, file)| is_same_file(file, path)).then_some(&session.workbench.data.mapping)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::app::start::open_session;
    use crate::config::{SAMPLES, copy_sample};

    struct Bench {
        session: Session,
        store: Store,
        files: OpenFiles,
        folder: tempfile::TempDir,
    }

    fn bench() -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("orders");
        copy_sample(&SAMPLES[0], &root).unwrap();
        let session = open_session(&root).unwrap();
        let store = Store::open(&root.join(".fourfold")).unwrap();
        Bench { session, store, files: OpenFiles::default(), folder }
    }

    impl Bench {
        fn does(&self, work: DataWork) -> DataNews {
            match done(work, &self.session, &self.store, &self.files) {
                EventKind::Data(news) => news,
                other => panic!("{other:?}"),
            }
        }

        fn window(&self, source: DataSource, first: u64) -> Result<DataWindow, String> {
            self.files.want(7);
            match self.does(DataWork::Read(DataQuery { generation: 7, source, first })) {
                DataNews::Read { generation: 7, result } => result,
                other => panic!("{other:?}"),
            }
        }

        fn found(&self, source: &DataSource, from: u64, text: &str, forward: bool) -> Option<u64> {
            self.files.want(9);
            let source = source.clone();
            match self.does(DataWork::Find { generation: 9, source, from, text: text.to_owned(), forward }) {
                DataNews::Found { generation: 9, result } => result.unwrap(),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_split_and_its_file_show_the_same_rows_and_whose_they_are() {
        let bench = bench();
        let test = DataSource::Split(Split::Test);
        let window = bench.window(test, 150).unwrap();
        assert_eq!((window.total, window.first, window.rows.len()), (200, 150, 50));
        let row = &window.rows[0];
        assert_eq!((row.number, row.place), (151, Some((Split::Test, 150))));
        assert!(row.cells.contains(&"test-151".to_owned()), "{row:?}");
        assert!(window.columns.iter().any(|column| column.name == "answer" && column.role == Some("reference")));
        let file = DataSource::File(bench.session.workbench.root.join("data/test.jsonl"));
        assert_eq!(bench.window(file, 150).unwrap().rows, window.rows);
        let outside = bench.folder.path().join("other.csv");
        fs::write(&outside, "question,answer\nwhat,that\n").unwrap();
        let window = bench.window(DataSource::File(outside.clone()), 0).unwrap();
        assert_eq!(window.rows[0].place, None);
        assert!(window.about.contains("layout plain"), "the workbench's map fits, and says more: {}", window.about);
        fs::write(&outside, "question,answer\nwhat,that\nwho,she\n").unwrap();
        assert_eq!(bench.window(DataSource::File(outside), 0).unwrap().total, 2, "a changed file is read again");
        let error = bench.window(DataSource::File("/nowhere/x.csv".into()), 0).unwrap_err();
        assert!(error.contains("/nowhere/x.csv"), "{error}");
    }

    #[test]
    fn a_text_is_found_onwards_backwards_and_around_the_ends() {
        let bench = bench();
        let rows: String = (0..1_000)
            .map(|row| format!("{{\"q\": \"row {row} {}\"}}", if row % 400 == 7 { "Kettle" } else { "" }))
            .collect::<Vec<String>>()
            .join("\n");
        let path = bench.folder.path().join("many.jsonl");
        fs::write(&path, rows).unwrap();
        let source = DataSource::File(path);
        assert_eq!(bench.found(&source, 0, "kettle", true), Some(7));
        assert_eq!(bench.found(&source, 7, "kettle", true), Some(407));
        assert_eq!(bench.found(&source, 807, "Kettle", true), Some(7));
        assert_eq!(bench.found(&source, 407, "kettle", false), Some(7));
        assert_eq!(bench.found(&source, 7, "kettle", false), Some(807));
        assert_eq!(bench.found(&source, 0, "KETTLE", true), None, "capitals count where there are some");
        bench.files.want(10);
        let find = DataWork::Find { generation: 9, source, from: 0, text: "kettle".to_owned(), forward: true };
        assert!(
            matches!(bench.does(find), DataNews::Found { result: Ok(None), .. }),
            "an old question is not looked for"
        );
        let jump = DataWork::Jump { generation: 1, source: DataSource::Split(Split::Dev), id: "dev-012".to_owned() };
        assert!(matches!(bench.does(jump), DataNews::Found { result: Ok(Some(11)), .. }));
    }

    #[test]
    fn a_test_row_is_recorded_when_it_is_opened_and_others_are_not() {
        let bench = bench();
        let take = |split, place| match bench.does(DataWork::Take { source: DataSource::Split(split), place }) {
            DataNews::Taken(taken) => *taken.unwrap(),
            other => panic!("{other:?}"),
        };
        assert_eq!(take(Split::Test, 4).taken.unwrap().opened, 1);
        assert_eq!(take(Split::Test, 4).taken.unwrap().opened, 1, "the same row again is no other row");
        let taken = take(Split::Test, 9);
        let said = taken.taken.unwrap();
        assert_eq!((said.split, said.opened, said.origin.as_str()), (Some(Split::Test), 2, "test 10 of 200"));
        assert_eq!(taken.case.id, "test-010");
        let dev = take(Split::Dev, 3);
        assert_eq!((dev.index, dev.taken), (Some(3), None));
        assert_eq!(take(Split::Train, 0).taken.unwrap().opened, 0);
        let hash = bench.session.splits.test.as_ref().unwrap().content_hash();
        assert_eq!(bench.store.opened_test_cases(&hash).unwrap(), 2);
    }

    #[test]
    fn files_are_listed_and_paths_are_understood() {
        let bench = bench();
        let DataNews::Listed(files) = bench.does(DataWork::List) else { panic!("a list") };
        assert!(
            files.contains(&"data/train.jsonl".to_owned()) && files.iter().all(|file| !file.starts_with('.')),
            "{files:?}"
        );
        let root = &bench.session.workbench.root;
        assert_eq!(meant(root, " 'data/dev.jsonl' "), root.join("data/dev.jsonl"));
        assert_eq!(meant(root, "/x/y.csv"), PathBuf::from("/x/y.csv"));
    }
}
