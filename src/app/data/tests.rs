//! The data pane's work over a sample's files and over files of its own.

use std::fs;

use super::files::meant;
use super::*;
use crate::app::start::open_session;
use crate::config::{SAMPLES, copy_sample};
use crate::data::{Cases, Changes};
use crate::state::{ArrangeQuery, DataQuery, DataWindow, EditedRow, Edits, WriteAsk};

struct Bench {
    session: Session,
    store: Store,
    files: OpenFiles,
    folder: tempfile::TempDir,
}

fn bench() -> Bench {
    bench_after(|_| {})
}

/// A sample in which something was changed before it is opened.
fn bench_after(change: impl FnOnce(&Path)) -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("orders");
    copy_sample(&SAMPLES[0], &root).unwrap();
    change(&root);
    let session = open_session(&root).unwrap();
    let store = Store::open(&root.join(".fourfold")).unwrap();
    Bench { session, store, files: OpenFiles::default(), folder }
}

impl Bench {
    fn does(&self, work: DataWork) -> DataNews {
        let Self { session, store, files, .. } = self;
        match done(work, &Desk { session, store, files, tell: &|_| true }) {
            EventKind::Data(news) => news,
            other => panic!("{other:?}"),
        }
    }

    fn window(&self, source: DataSource, first: u64) -> Result<DataWindow, String> {
        self.files.want(7);
        match self.does(DataWork::Read(DataQuery { generation: 7, source, first, rows: None })) {
            DataNews::Read { generation: 7, result } => result,
            other => panic!("{other:?}"),
        }
    }

    fn found(&self, source: &DataSource, from: u64, text: &str, forward: bool) -> Option<u64> {
        self.files.want(9);
        let source = source.clone();
        match self.does(DataWork::Find(DataFind {
            generation: 9,
            source,
            from,
            text: text.to_owned(),
            forward,
            order: None,
            changes: Arc::default(),
        })) {
            DataNews::Found { generation: 9, result, .. } => result.unwrap(),
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
    let find = DataWork::Find(DataFind {
        generation: 9,
        source,
        from: 0,
        text: "kettle".to_owned(),
        forward: true,
        order: None,
        changes: Arc::default(),
    });
    assert!(matches!(bench.does(find), DataNews::Found { result: Ok(None), .. }), "an old question is not looked for");
    let count = |text: &str, from, wanted: u64| {
        bench.files.want_count(wanted);
        let (source, text) = (DataSource::Split(Split::Dev), text.to_owned());
        let find = DataFind { generation: 4, source, from, text, forward: true, order: None, changes: Arc::default() };
        bench.does(DataWork::Count(find))
    };
    let rows = bench.session.dev().unwrap();
    let asked = |row: u64| rows.case(row as usize).unwrap().variables["text"].to_string().to_lowercase();
    let with: Vec<u64> = (0..rows.count() as u64).filter(|row| asked(*row).contains("seven")).collect();
    assert!(with.len() > 1);
    for time in ["counted", "looked up"] {
        let DataNews::Counted { generation: 4, row, place: 2, of, whole: true } = count("seven", with[1], 4) else {
            panic!("not {time}")
        };
        assert_eq!((row, of), (with[1], with.len() as u64), "{time}");
    }
    assert!(matches!(count("eight", 0, 5), DataNews::Stopped), "an old count is given up");
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

impl Bench {
    fn arranged(&self, source: &DataSource, filter: &str, sort: Option<(&str, bool)>) -> Vec<u32> {
        self.arranged_with(source, (filter, sort), Changes::default(), (None, None)).0
    }

    fn arranged_with(
        &self,
        source: &DataSource,
        (filter, sort): (&str, Option<(&str, bool)>),
        changes: Changes,
        (follow, before): (Option<EditedRow>, Option<Arc<[u32]>>),
    ) -> (Vec<u32>, Option<u64>) {
        self.files.want_order(3);
        let columns = self.window(source.clone(), 0).unwrap().columns;
        let columns: Vec<String> = columns.into_iter().map(|column| column.name).collect();
        let query = ArrangeQuery {
            generation: 3,
            source: source.clone(),
            filter: crate::data::RowFilter::parse(filter, &columns).unwrap(),
            sort: sort.map(|(column, downwards)| (column.to_owned(), downwards)),
            marks: [2, 3].into(),
            leaks: None,
            changes: Arc::new(changes),
            follow,
            before,
        };
        match self.does(DataWork::Arrange(query)) {
            DataNews::Arranged { generation: 3, result, share: None, followed, .. } => {
                (result.unwrap().to_vec(), followed)
            }
            other => panic!("{other:?}"),
        }
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

#[test]
fn rows_are_filtered_ordered_and_read_by_their_places() {
    let bench = bench();
    let rows: Vec<String> = (0..700).map(|row| format!("{},row {row},{}", (row * 37) % 700, row % 7)).collect();
    let path = bench.file("numbers.csv", &format!("n,q,day\n{}\nragged\n", rows.join("\n")));
    let source = DataSource::File(path);
    let upwards = bench.arranged(&source, "", Some(("n", false)));
    assert_eq!((upwards.len(), upwards[0], upwards[1]), (701, 0, 473), "473 * 37 is 1 more than 25 times 700");
    assert_eq!(upwards[700], 700, "what has no number stands last");
    let downwards = bench.arranged(&source, "n < 10 & day = 3", Some(("n", true)));
    let numbers: Vec<u32> = downwards.iter().map(|row| (row * 37) % 700).collect();
    assert!(numbers.is_sorted_by(|a, b| a > b) && numbers.iter().all(|n| *n < 10), "{numbers:?}");
    assert_eq!(bench.arranged(&source, "faulty", None), [700]);
    assert_eq!(bench.arranged(&source, "marked & row", None), [1, 2]);
    bench.files.want(7);
    let query = DataQuery { generation: 7, source, first: 1, rows: Some((vec![700, 473], 9)) };
    let DataNews::Read { result: Ok(window), .. } = bench.does(DataWork::Read(query)) else { panic!("a window") };
    assert_eq!((window.total, window.of, window.faulty), (9, 701, 1));
    assert_eq!((window.rows[1].at, window.rows[1].cells[1].as_str()), (473, "row 473"));
    assert!(window.rows[0].broken);
    let fault = window.rows[0].fault.clone().unwrap();
    assert_eq!(fault, "row 701 (line 702): it has 1 columns, the header 3");
}

#[test]
fn filters_orders_and_searches_see_rows_as_they_will_be() {
    let bench = bench();
    let path = bench.file("numbers.csv", "n,q\n1,one\n2,two\n3,three\nragged\n");
    let source = DataSource::File(path.clone());
    let mut edits = Edits::default();
    edits.set_cell(0, "n", serde_json::json!("30"));
    edits.set_cell(2, "q", serde_json::json!("a kettle"));
    edits.set_text(3, "4,four".to_owned());
    edits.add(serde_json::json!({"n": "0", "q": "added"}).as_object().unwrap().clone());
    let changes = || edits.changes().clone();
    let arranged = |filter: &str, sort, follow| bench.arranged_with(&source, (filter, sort), changes(), (follow, None));
    assert_eq!(arranged("", Some(("n", false)), Some(EditedRow::Of(0))), (vec![4, 1, 2, 3, 0], Some(4)));
    assert_eq!(arranged("n < 5", None, Some(EditedRow::Of(0))), (vec![1, 2, 3, 4], None), "it has left");
    assert_eq!(arranged("n = 30", None, Some(EditedRow::Of(0))), (vec![0], Some(0)), "it has joined");
    assert_eq!(arranged("added", None, Some(EditedRow::Added(0))), (vec![4], Some(0)));
    assert_eq!(arranged("faulty", None, None).0, Vec::<u32>::new(), "it was mended");
    bench.files.want(9);
    let find = |text: &str, order: Option<Vec<u32>>| {
        let (source, text) = (source.clone(), text.to_owned());
        let (order, changes) = (order.map(Into::into), Arc::new(changes()));
        match bench.does(DataWork::Find(DataFind {
            generation: 9,
            source,
            from: 0,
            text,
            forward: true,
            order,
            changes,
        })) {
            DataNews::Found { result, .. } => result.unwrap(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!((find("kettle", None), find("three", None), find("added", None)), (Some(2), None, Some(4)));
    assert_eq!(find("added", Some(vec![2, 4, 1])), Some(1));
    // In a window an added row has its place and nothing else: what it holds is known where it was added.
    bench.files.want(7);
    let query = DataQuery { generation: 7, source, first: 0, rows: Some((vec![4, 0], 2)) };
    let DataNews::Read { result: Ok(window), .. } = bench.does(DataWork::Read(query)) else { panic!("a window") };
    assert_eq!((window.rows[0].at, window.rows[0].cells.len(), window.rows[1].number), (4, 0, 1));
}

/// An order in which one changed row was put into its place is the order that going through all rows finds.
#[test]
fn a_changed_row_finds_its_place_without_the_others_being_read() {
    let bench = bench();
    let rows: Vec<String> =
        (0..200).map(|row| format!("{},{}", (row * 37) % 50, ["pear", "Apple", "", "12"][row % 4])).collect();
    let source = DataSource::File(bench.file("numbers.csv", &format!("n,q\n{}\n", rows.join("\n"))));
    let asked = [("", Some(("n", false))), ("n < 25", Some(("n", true))), ("n < 25", None), ("", Some(("q", true)))];
    for (row, column, value) in
        [(7, "n", "0"), (7, "n", "49.5"), (0, "n", "x"), (199, "n", ""), (3, "q", "apple"), (60, "q", "zebra")]
    {
        for (filter, sort) in asked {
            let before: Arc<[u32]> = bench.arranged(&source, filter, sort).into();
            let mut edits = Edits::default();
            edits.set_cell(row, column, serde_json::json!(value));
            let of = |before| {
                let follow = Some(EditedRow::Of(row));
                bench.arranged_with(&source, (filter, sort), edits.changes().clone(), (follow, before))
            };
            assert_eq!(of(Some(before)), of(None), "{row} {column} {value} {filter} {sort:?}");
        }
    }
    // A row that was added joins, and goes when it is taken back.
    let mut edits = Edits::default();
    edits.add(serde_json::json!({"n": "10", "q": "added"}).as_object().unwrap().clone());
    let sort = Some(("n", false));
    let before: Arc<[u32]> = bench.arranged(&source, "", sort).into();
    let of = |changes: &Edits, before| {
        let follow = Some(EditedRow::Added(0));
        bench.arranged_with(&source, ("", sort), changes.changes().clone(), (follow, before))
    };
    let (joined, at) = of(&edits, Some(Arc::clone(&before)));
    assert_eq!((joined.clone(), at), of(&edits, None));
    assert_eq!(of(&Edits::default(), Some(joined.into())), (before.to_vec(), None));
}

#[test]
fn a_data_file_that_is_not_there_is_told_with_its_line() {
    let bench = bench_after(|root| {
        let path = root.join("fourfold.toml");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace("data/test.jsonl", "data/tset.jsonl")).unwrap();
    });
    let path = bench.session.workbench.root.join("data/tset.jsonl");
    let said = faults(&bench.session).concat();
    assert!(said.starts_with("fourfold.toml:"), "{said}");
    let rest = "there is no data file `data/tset.jsonl`. Did you mean `data/test.jsonl`? Until that is mended test is left out; all \
                else can be used.";
    assert!(said.ends_with(rest), "{said}");
    let error = bench.window(DataSource::File(path), 0).unwrap_err();
    assert!(error.contains("there is no data file `data/tset.jsonl`. Did you mean"), "{error}");
}

#[test]
fn an_order_that_nobody_wants_ends_and_a_stopped_reading_says_so() {
    let bench = bench();
    let path = bench.file("many.jsonl", &"{\"q\": \"x\"}\n".repeat(20_000));
    bench.files.want(1);
    let query = DataQuery { generation: 2, source: DataSource::File(path.clone()), first: 0, rows: None };
    let DataNews::Read { result: Err(reason), .. } = bench.does(DataWork::Read(query)) else { panic!("stopped") };
    assert!(reason.contains("was stopped"), "{reason}");
    let source = DataSource::File(path);
    assert_eq!(bench.window(source.clone(), 0).unwrap().total, 20_000, "and is read when it is wanted again");
    bench.files.want_order(4);
    let query = ArrangeQuery {
        generation: 3,
        source,
        filter: None,
        sort: Some(("q".to_owned(), false)),
        marks: std::collections::BTreeSet::new(),
        leaks: None,
        changes: Arc::default(),
        follow: None,
        before: None,
    };
    let DataNews::Arranged { result, .. } = bench.does(DataWork::Arrange(query)) else { panic!("an order") };
    assert!(result.unwrap().is_empty());
}

#[test]
fn a_version_stands_beside_the_file_is_in_use_and_goes_back() {
    let bench = bench();
    let root = bench.session.workbench.root.clone();
    let (from, manifest) = (root.join("data/dev.jsonl"), root.join("fourfold.toml"));
    let (rows, text) = (fs::read_to_string(&from).unwrap(), fs::read_to_string(&manifest).unwrap());
    let DataNews::AskedVersion(Ok(ask)) = bench.does(DataWork::AskVersion { path: from.clone() }) else {
        panic!("a question")
    };
    let to = root.join("data/dev.v2.jsonl");
    assert_eq!(ask, WriteAsk::Version { from: from.clone(), to: to.clone(), used: true, left_out: Vec::new() });
    let mut edits = Edits::default();
    edits.set_cell(0, "answer", serde_json::Value::from("changed"));
    let case = bench.session.dev().unwrap().case(1).unwrap();
    let made = bench.does(DataWork::RowOfCase { path: from.clone(), case: Box::new(case.clone()) });
    let DataNews::RowMade { result: Ok(row), .. } = made else { panic!("{made:?}") };
    assert_eq!(row["id"], format!("{}-2", case.id), "an id of its own");
    edits.add(row);
    let work = DataWork::WriteVersion {
        from: from.clone(),
        to: to.clone(),
        changes: Box::new(edits.changes().clone()),
        used: true,
    };
    let desk = Desk { session: &bench.session, store: &bench.store, files: &bench.files, tell: &|_| true };
    let EventKind::Reopened(Ok(new)) = done(work, &desk) else { panic!("in use") };
    let dev = new.session.dev().unwrap();
    assert_eq!(dev.count(), rows.lines().count() + 1);
    assert_eq!(dev.case(0).unwrap().reference.as_deref(), Some("changed"));
    assert_eq!(dev.case(dev.count() - 1).unwrap().variables, case.variables);
    assert_eq!(fs::read_to_string(&from).unwrap(), rows, "the file itself stays");
    assert_eq!(fs::read_to_string(&manifest).unwrap(), text.replace("data/dev.jsonl", "data/dev.v2.jsonl"));
    let desk = Desk { session: &new.session, ..desk };
    let EventKind::Reopened(Ok(back)) = done(DataWork::Back { from: to.clone(), to: from }, &desk) else {
        panic!("back")
    };
    assert_eq!(fs::read_to_string(&manifest).unwrap(), text);
    assert_eq!(back.session.dev().unwrap().count(), rows.lines().count());
    assert!(to.is_file(), "the version stays too");
}

#[test]
fn a_faulty_split_is_looked_at_as_a_file_and_mended_there() {
    let bench = bench_after(|root| {
        let path = root.join("data/test.jsonl");
        let rows = fs::read_to_string(&path).unwrap();
        fs::write(path, format!("{rows}{{\"id\": \"cut\n")).unwrap();
    });
    let path = bench.session.workbench.root.join("data/test.jsonl");
    let file = DataSource::File(path.clone());
    let splits = [Split::Train, Split::Dev].map(DataSource::Split);
    assert_eq!(sources(&bench.session), [splits.as_slice(), std::slice::from_ref(&file)].concat());
    let said = faults(&bench.session).concat();
    assert!(said.contains("test.jsonl: row 201 (line 201): it is not JSON"), "{said}");
    assert!(
        said.contains("Until that is mended test is left out; all else can be used. F10 shows the rows."),
        "{said}"
    );
    let window = bench.window(file, 150).unwrap();
    assert_eq!((window.faulty, window.used, window.rows.last().unwrap().broken), (1, true, true));
    let DataNews::Leaks(Err(reason)) = bench.does(DataWork::Leaks) else { panic!("leaks of what cannot be read") };
    assert!(reason.contains("row 201"), "{reason}");
    let mut edits = Edits::default();
    edits.toggle_removed(200);
    let to = path.with_file_name("test.v2.jsonl");
    let changes = Box::new(edits.changes().clone());
    let work = DataWork::WriteVersion { from: path, to, changes, used: true };
    let desk = Desk { session: &bench.session, store: &bench.store, files: &bench.files, tell: &|_| true };
    let EventKind::Reopened(Ok(new)) = done(work, &desk) else { panic!("in use") };
    assert_eq!(sources(&new.session), Split::ALL.map(DataSource::Split));
    assert_eq!(new.session.splits.get(Split::Test).unwrap().count(), 200);
}
