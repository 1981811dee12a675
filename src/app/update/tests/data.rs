//! The data pane and the mapping screen: which questions they ask, and what becomes of the answers.

use super::{Bench, bench, case, names};
use crate::app::data::{DataFind, DataWork};
use crate::app::effect::Effect;
use crate::app::event::{DataNews, EventKind, Reread, Shown};
use crate::config::DataFiles;
use crate::data::{Layout, Mapping, Split};
use crate::state::{
    ArmSlot, ColumnChoice, ColumnRole, DataColumn, DataRow, DataSource, DataWindow, EditedRow, FileUse, MappingForm,
    Overlay, Taken, TakenRow, Tunable, WriteAsk,
};

fn works(effects: &[Effect]) -> Vec<&DataWork> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Data(work) = effect { Some(work.as_ref()) } else { None })
        .collect()
}

fn window(total: u64, first: u64) -> DataWindow {
    let row = |place: u64| DataRow {
        number: place + 1,
        at: place,
        place: Some((Split::Dev, place as usize)),
        cells: vec!["blue kettle".to_owned(); 3],
        ..DataRow::default()
    };
    DataWindow {
        path: "/w/dev.jsonl".into(),
        total,
        of: total,
        first,
        columns: vec![DataColumn { name: "order".to_owned(), role: None }; 3],
        rows: (first..total.min(first + crate::state::DATA_WINDOW)).map(row).collect(),
        ..DataWindow::default()
    }
}

fn news(bench: &mut Bench, news: DataNews) -> Vec<Effect> {
    bench.happens(EventKind::Data(news))
}

fn opened() -> Bench {
    let mut bench = bench();
    bench.state.data.sources = Split::ALL.map(DataSource::Split).to_vec();
    let effects = bench.press("alt+7");
    let [DataWork::Read(query), DataWork::Leaks] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(query.source, DataSource::Split(Split::Dev), "it begins where the case is");
    let generation = query.generation;
    news(&mut bench, DataNews::Read { generation, result: Ok(window(10_000_000, 0)) });
    bench
}

#[test]
fn only_the_window_is_asked_for_and_late_answers_are_dropped() {
    let mut bench = opened();
    assert_eq!(bench.press("down pagedown j"), []);
    assert_eq!(bench.state.data.selected, 17);
    let effects = bench.press("end");
    let [DataWork::Read(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((bench.state.data.selected, query.first), (9_999_999, 9_999_939));
    let old = query.generation - 1;
    news(&mut bench, DataNews::Read { generation: old, result: Err("late".to_owned()) });
    assert_eq!(bench.state.data.fault, None);
    assert_eq!(bench.press("enter"), [], "a row that has not been read cannot be taken");
    let effects = bench.press("g 5 _ 0 0 0 enter");
    assert!(matches!(works(&effects)[..], [DataWork::Read(_)]));
    assert_eq!(bench.state.data.selected, 4_999);
    let effects = bench.press("tab");
    let [DataWork::Read(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((&query.source, query.first), (&DataSource::Split(Split::Test), 0));
    bench.press("right right right");
    assert_eq!(bench.state.data.column, 0, "nothing of it has been read");
}

#[test]
fn rows_are_kept_and_ordered_a_part_at_a_time_and_esc_stops_it() {
    let mut bench = opened();
    bench.press("f");
    bench.types("oder = x");
    assert_eq!(bench.press("enter"), []);
    assert!(bench.state.data.fault.as_ref().is_some_and(|fault| fault.contains("Did you mean `order`?")));
    assert_eq!(bench.state.data.typing, crate::state::DataTyping::Filter, "it can be corrected");
    bench.press("ctrl+u");
    bench.types("order ~ kettle");
    let effects = bench.press("enter");
    let [DataWork::Arrange(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert!(query.filter.is_some() && query.sort.is_none());
    let generation = query.generation;
    let arranged = |rows: &[u32], share| DataNews::Arranged {
        generation,
        result: Ok(rows.into()),
        share,
        coarse: false,
        followed: None,
    };
    let effects = news(&mut bench, arranged(&[4, 9], Some(0.2)));
    let [DataWork::Read(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(query.rows, Some((vec![4, 9], 2)));
    let effects = bench.press("esc");
    assert!(matches!(works(&effects)[..], [DataWork::Stop]));
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Data)), "the pane stays");
    assert_eq!(news(&mut bench, arranged(&[4, 9, 11], None)), [], "what was stopped is not heard");
    assert!(bench.state.data.order_note.as_ref().is_some_and(|note| note.contains("2 rows")));
    // By the column, upwards, downwards, and as in the file; the filter stays.
    for sort in [Some(("order".to_owned(), false)), Some(("order".to_owned(), true)), None] {
        let effects = bench.press("s");
        let [DataWork::Arrange(query)] = works(&effects)[..] else { panic!("{effects:?}") };
        assert_eq!(query.sort, sort);
    }
    let effects = bench.press("0");
    let [DataWork::Stop, DataWork::Read(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(query.rows, None);
    let effects = bench.happens(EventKind::Input(crate::terminal::Input::Key("=".parse().unwrap())));
    let [DataWork::Arrange(_)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(bench.state.data.filter, "order = blue kettle");
}

#[test]
fn a_cell_is_typed_anew_kept_taken_back_and_written_once_that_was_asked() {
    let mut bench = opened();
    let path = std::path::PathBuf::from("/w/dev.jsonl");
    let effects = bench.press("down e");
    let [DataWork::Value { row: 1, column, .. }] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(column.as_deref(), Some("order"));
    let value = |bench: &mut Bench, value| {
        let column = Some("order".to_owned());
        news(bench, DataNews::Value { path: "/w/dev.jsonl".into(), row: 1, column, result: Ok(value) })
    };
    value(&mut bench, serde_json::json!(2));
    bench.types("x");
    bench.press("enter");
    let fault = bench.state.data.cell.as_ref().unwrap().fault.clone().unwrap();
    assert!(fault.contains("typed as JSON"), "{fault}");
    bench.press("backspace 3 enter");
    assert_eq!(bench.state.data.edits().unwrap().in_words(), "1 row changed");
    assert_eq!(bench.press("e"), [], "a changed value is known");
    assert_eq!(bench.state.data.cell.as_ref().unwrap().editor.text(), "23");
    bench.press("esc d");
    assert_eq!(bench.state.data.edits().unwrap().in_words(), "1 row taken out");
    bench.press("u i");
    assert_eq!(bench.state.data.edits().unwrap().in_words(), "1 row changed, 1 added");
    assert_eq!(bench.state.data.selected, 10_000_000, "the new row is the last");
    assert!(matches!(bench.press("ctrl+q")[..], []), "quitting asks");
    assert!(
        matches!(bench.state.overlays.last(), Some(Overlay::ConfirmQuit(work)) if work.contains("dev.jsonl has changes"))
    );
    bench.press("esc");
    let effects = bench.press("w");
    assert!(matches!(works(&effects)[..], [DataWork::AskVersion { .. }]));
    let to = std::path::PathBuf::from("/w/dev.v2.jsonl");
    let ask = WriteAsk::Version { from: path.clone(), to: to.clone(), used: true, left_out: Vec::new() };
    news(&mut bench, DataNews::AskedVersion(Ok(ask.clone())));
    assert_eq!(bench.press("x"), []);
    bench.press("esc");
    assert_eq!(bench.state.data.ask, None, "nothing was written");
    news(&mut bench, DataNews::AskedVersion(Ok(ask)));
    let effects = bench.press("enter");
    let [DataWork::WriteVersion { used: true, changes, .. }] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((changes.rows.len(), changes.added.len()), (1, 1));
    let reread = Reread {
        shown: Shown::Version { from: path.clone(), to: to.clone(), back: false },
        prompts: Vec::new(),
        count: 4,
        sources: Split::ALL.map(DataSource::Split).to_vec(),
        arms: Vec::new(),
        tunable: Tunable::default(),
        cells: Err("no cells".to_owned()),
        words: "dev.v2.jsonl is in use".to_owned(),
    };
    let effects = bench.happens(EventKind::Reread(Box::new(reread)));
    assert!(matches!(works(&effects)[..], [DataWork::Read(_)]), "{effects:?}");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Data)), "the pane stays");
    let generation = bench.state.data.generation;
    let written = DataWindow { path: to.clone(), ..window(10_000_001, 0) };
    news(&mut bench, DataNews::Read { generation, result: Ok(written) });
    bench.press("u");
    assert_eq!(bench.state.data.ask, Some(WriteAsk::Back { from: to, to: path }));
    let effects = bench.press("enter");
    assert!(matches!(works(&effects)[..], [DataWork::Back { .. }]));
    // A version that is written and not in use leaves nothing to take back.
    let (from, to) = (std::path::PathBuf::from("/w/dev.v2.jsonl"), std::path::PathBuf::from("/w/dev.v3.jsonl"));
    news(&mut bench, DataNews::Written { from, to: to.clone(), result: Ok((4, None)) });
    let generation = bench.state.data.generation;
    let written = DataWindow { path: to, ..window(4, 0) };
    news(&mut bench, DataNews::Read { generation, result: Ok(written) });
    bench.press("u");
    assert_eq!(bench.state.data.ask, None);
    assert_eq!(bench.state.data.fault.as_deref(), Some("Nothing has been changed here."));
}

#[test]
fn the_pane_opens_on_dev_cases_that_cannot_be_used() {
    let mut bench = bench();
    let file = DataSource::File("/w/dev.jsonl".into());
    bench.state.data.sources = vec![DataSource::Split(Split::Train), file.clone()];
    bench.state.place.faulty_dev = Some(("dev.jsonl".to_owned(), "row 3 is no JSON".to_owned()));
    let effects = bench.press("alt+7");
    let [DataWork::Read(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(query.source, file);
}

#[test]
fn esc_and_a_letter_right_behind_it_are_two_keys_where_alt_means_nothing() {
    let mut bench = opened();
    bench.press("f");
    bench.types("ket");
    let effects = bench.press("alt+s");
    let [DataWork::Arrange(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert!(query.sort.is_some() && query.filter.is_none());
    assert_eq!(bench.state.data.typing, crate::state::DataTyping::Rows);
    // A value that is typed is not thrown away by what may have been Alt.
    bench.press("0 i e");
    bench.types("x");
    assert_eq!(bench.press("alt+s"), []);
    assert_eq!(bench.state.data.cell.as_ref().unwrap().editor.text(), "x");
}

#[test]
fn a_changed_row_leaves_or_joins_the_filter_and_of_very_many_rows_it_is_said() {
    let mut bench = opened();
    let generation = bench.state.data.generation;
    let small = |total: u64| DataWindow { total, ..window(500, 0) };
    news(&mut bench, DataNews::Read { generation, result: Ok(small(500)) });
    bench.press("f");
    bench.types("order = blue kettle");
    let arranged = |bench: &mut Bench, rows: &[u32], followed| {
        let generation = bench.state.data.arranging;
        let result = Ok(rows.into());
        news(bench, DataNews::Arranged { generation, result, share: None, coarse: false, followed });
        let generation = bench.state.data.generation;
        let rows = rows.iter().filter_map(|row| window(500, 0).rows.get(*row as usize).cloned());
        let window = DataWindow { rows: rows.collect(), ..small(3) };
        news(bench, DataNews::Read { generation, result: Ok(window) });
    };
    bench.press("enter");
    arranged(&mut bench, &[3, 8, 9], None);
    bench.press("down e");
    let column = Some("order".to_owned());
    let value = DataNews::Value { path: "/w/dev.jsonl".into(), row: 8, column, result: Ok("blue kettle".into()) };
    news(&mut bench, value);
    bench.types("s");
    let effects = bench.press("enter");
    let [DataWork::Arrange(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((query.follow, query.changes.rows.len()), (Some(EditedRow::Of(8)), 1));
    assert_eq!(bench.state.data.selected, 1, "what is selected stays until it is known");
    arranged(&mut bench, &[3, 9], None);
    assert_eq!(bench.state.data.order_note.as_deref(), Some("row 9 of the file is no longer among them"));
    let effects = bench.press("u");
    assert!(matches!(works(&effects)[..], [DataWork::Arrange(_)]));
    arranged(&mut bench, &[3, 8, 9], Some(1));
    assert_eq!((bench.state.data.selected, &bench.state.data.order_note), (1, &None));
    // The order is whole, so only the changed row is looked at; while it still grows, all are.
    bench.press("e");
    let column = Some("order".to_owned());
    let value = || DataNews::Value {
        path: "/w/dev.jsonl".into(),
        row: 8,
        column: column.clone(),
        result: Ok("blue kettle".into()),
    };
    news(&mut bench, value());
    bench.types("s");
    let effects = bench.press("enter");
    let [DataWork::Arrange(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(query.before.as_deref(), Some([3, 8, 9].as_slice()));
    let effects = bench.press("u");
    let [DataWork::Arrange(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((query.follow, &query.before), (Some(EditedRow::Of(8)), &None));
}

#[test]
fn the_case_on_the_screen_is_added_where_the_dev_cases_are() {
    let mut bench = bench();
    bench.state.data.sources = Split::ALL.map(DataSource::Split).to_vec();
    let effects = super::super::actions::act(&mut bench.state, crate::app::Action::AddCase);
    let [DataWork::Read(query), ..] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(query.source, DataSource::Split(Split::Dev));
    let generation = query.generation;
    let effects = news(&mut bench, DataNews::Read { generation, result: Ok(window(3, 0)) });
    let [DataWork::RowOfCase { path, .. }] = works(&effects)[..] else { panic!("{effects:?}") };
    let path = path.clone();
    let row = serde_json::json!({"order": "two"}).as_object().unwrap().clone();
    news(&mut bench, DataNews::RowMade { path, result: Ok(row) });
    assert_eq!((bench.state.data.selected, bench.state.data.shown()), (3, 4));
}

#[test]
fn a_text_is_looked_for_and_esc_leaves_what_is_typed_first() {
    let mut bench = opened();
    bench.press("/");
    bench.types("kettle");
    bench.press("esc");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Data)));
    bench.press("/");
    bench.types("mug");
    let effects = bench.press("enter");
    let [DataWork::Find(DataFind { generation, from: 0, text, forward: true, order: None, .. })] = works(&effects)[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(text, "mug");
    let generation = *generation;
    let effects = news(&mut bench, DataNews::Found { generation, result: Ok(Some(77_000)), column: None });
    let [DataWork::Read(_), DataWork::Count(DataFind { generation, from: 77_000, .. })] = works(&effects)[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(bench.state.data.selected, 77_000);
    let (row, counted) = (77_000, *generation);
    let said = |bench: &Bench| bench.state.data.hits.map(|hits| hits.in_words(bench.state.data.selected));
    news(&mut bench, DataNews::Counted { generation: counted, row, place: 3, of: 5, whole: false });
    assert_eq!(said(&bench).as_deref(), Some("3 of 5 so far"));
    news(&mut bench, DataNews::Counted { generation: counted, row, place: 3, of: 17, whole: true });
    news(&mut bench, DataNews::Counted { generation: counted - 1, row, place: 1, of: 2, whole: true });
    assert_eq!(said(&bench).as_deref(), Some("3 of 17"));
    bench.state.data.selected = 76_999;
    assert_eq!(said(&bench).as_deref(), Some("17 rows"));
    bench.state.data.selected = row;
    let effects = bench.press("N");
    assert!(matches!(works(&effects)[..], [DataWork::Find(DataFind { from: 77_000, forward: false, .. })]));
    let generation = bench.state.data.generation;
    news(&mut bench, DataNews::Found { generation, result: Ok(None), column: None });
    assert_eq!(bench.state.data.fault.as_deref(), Some("No row holds \"mug\"."));
    bench.press("esc");
    assert!(bench.state.overlays.is_empty());
}

#[test]
fn a_test_row_becomes_the_case_with_its_split_and_says_so() {
    let mut bench = opened();
    let effects = bench.press("down enter");
    assert!(matches!(works(&effects)[..], [DataWork::Take { place: 1, .. }]));
    let taken = Taken { split: Some(Split::Test), origin: "test 2 of 200".to_owned(), opened: 1 };
    let row = TakenRow { case: case("t-2", "one mug"), index: None, taken: Some(taken.clone()) };
    news(&mut bench, DataNews::Taken(Ok(Box::new(row))));
    assert!(bench.state.overlays.is_empty());
    assert!(bench.said().starts_with("You opened test 2 of 200: recorded."), "{}", bench.said());
    let effects = bench.press("ctrl+r");
    let Some(Effect::Ask(ask)) = effects.first() else { panic!("{effects:?}") };
    assert_eq!((ask.question.split, ask.question.case.id.as_str()), (Some(Split::Test), "t-2"));
    assert_eq!(bench.state.case.taken, Some(taken));
    let effects = bench.press("f8");
    assert!(effects.contains(&Effect::LoadCase(0)), "stepping goes on with the dev cases");
    bench.happens(EventKind::CaseLoaded { index: 0, result: Ok(Box::new(case("dev-1", "x"))) });
    assert_eq!((bench.state.case.split(), &bench.state.case.taken), (Some(Split::Dev), &None));
}

#[test]
fn a_file_is_picked_typed_or_pasted() {
    let mut bench = opened();
    assert!(matches!(works(&bench.press("o"))[..], [DataWork::List]));
    news(&mut bench, DataNews::Listed(vec!["data/a.csv".to_owned()]));
    let effects = bench.press("enter");
    let [DataWork::Read(query)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(query.source, DataSource::File("/bench/data/a.csv".into()));
    bench.happens(EventKind::Input(crate::terminal::Input::Paste("/tmp/b.jsonl\n".to_owned())));
    let effects = bench.press("enter");
    assert!(matches!(works(&effects)[..], [DataWork::Open(path)] if path.to_str() == Some("/tmp/b.jsonl")));
    let effects = news(&mut bench, DataNews::Opened("/tmp/b.jsonl".into()));
    assert!(matches!(works(&effects)[..], [DataWork::Read(_)]));
    assert_eq!(bench.state.data.sources.len(), 5);
}

#[test]
fn a_path_can_be_typed_where_the_files_are_listed() {
    let mut bench = opened();
    assert!(matches!(works(&bench.press("o"))[..], [DataWork::List]));
    news(&mut bench, DataNews::Listed(vec!["data/a.csv".to_owned()]));
    bench.types("../b.csv");
    let effects = bench.press("enter");
    assert!(matches!(works(&effects)[..], [DataWork::Open(path)] if path.as_os_str() == "../b.csv"), "{effects:?}");
    assert!(matches!(bench.state.overlays.last(), Some(Overlay::Data)));
}

fn form() -> Box<MappingForm> {
    let column = |name: &str| ColumnChoice {
        name: name.to_owned(),
        sample: String::new(),
        is_turns: false,
        role: ColumnRole::Variable(None),
    };
    Box::new(MappingForm {
        path: "/bench/data/a.csv".into(),
        name: "data/a.csv".into(),
        about: String::new(),
        layout: Layout::Plain,
        recognised: Mapping::default(),
        said: None,
        rows: 9,
        columns: vec![column("text"), column("label")],
        prompt_variables: vec!["order".to_owned()],
        files: DataFiles::None,
        can_pin: false,
        used: FileUse::Drawn,
        before: None,
        selected: 0,
        row: 0,
        generation: 0,
        preview: None,
        scroll: 0,
        fault: None,
        writing: false,
    })
}

fn on_screen(bench: &Bench) -> &MappingForm {
    match bench.state.overlays.last() {
        Some(Overlay::Mapping(form)) => form,
        other => panic!("{other:?}"),
    }
}

#[test]
fn columns_get_roles_each_change_is_previewed_and_enter_writes() {
    let mut bench = opened();
    assert!(matches!(works(&bench.press("m"))[..], [DataWork::Map { .. }]));
    let effects = news(&mut bench, DataNews::Mapped(Ok(form())));
    let [DataWork::Preview { generation: 1, question, .. }] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(question.strategy.name(), "zero-shot", "examples would be of other data");
    assert_eq!(bench.press("right"), [], "how the file is used changes no row");
    let effects = bench.press("left down right");
    let [DataWork::Preview { generation: 2, mapping, .. }] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(mapping.variables.get("order").map(String::as_str), Some("text"));
    news(&mut bench, DataNews::Previewed { generation: 1, result: Err("late".to_owned()) });
    assert_eq!(on_screen(&bench).preview, None);
    let effects = bench.press("down right right n");
    assert!(matches!(works(&effects)[..], [DataWork::Preview { row: 1, .. }]));
    let effects = bench.press("enter");
    let [DataWork::Write(change)] = works(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!(change.files, DataFiles::One("data/a.csv".into()));
    assert_eq!(bench.press("enter"), [], "once is enough");
    bench.happens(EventKind::Reopened(Err("line 3 is wrong".to_owned())));
    assert!(on_screen(&bench).fault.as_ref().is_some_and(|fault| fault.contains("line 3 is wrong")));
    assert!(!on_screen(&bench).writing);
}

#[test]
fn a_workbench_on_new_data_begins_at_its_first_dev_case() {
    let mut bench = opened();
    news(&mut bench, DataNews::Mapped(Ok(form())));
    let reread = Reread {
        shown: Shown::Case(Some(case("new-1", "fresh"))),
        prompts: vec!["b.prompty".to_owned()],
        count: 4,
        sources: vec![DataSource::Split(Split::Dev)],
        arms: Vec::new(),
        tunable: Tunable::default(),
        cells: Err("no cells".to_owned()),
        words: "in use".to_owned(),
    };
    let effects = bench.happens(EventKind::Reread(Box::new(reread)));
    assert!(names(&effects).contains(&"Analyse".to_owned()), "{effects:?}");
    assert!(bench.state.overlays.is_empty());
    assert_eq!((bench.state.case.index, bench.state.case.count), (Some(0), 4));
    assert_eq!(bench.state.case.original.id, "new-1");
    assert_eq!(bench.said(), "in use");
    assert!(bench.state.arm(ArmSlot::A).is_some_and(|arm| arm.answer.is_empty()));
}
