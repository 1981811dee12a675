//! What the pane shows of a window, and that no size breaks it.

use super::*;
use crate::data::Split;
use crate::state::{DataColumn, DataRow, DataWindow, LeakMarks};
use crate::theme::{ColorLevel, Library};

fn pane(total: u64) -> DataState {
    let row = |place: u64| DataRow {
        number: place + 1,
        at: place,
        fault: None,
        broken: false,
        place: Some((Split::Test, place as usize)),
        cells: vec![
            format!("t-{place}"),
            "Two kettles\nfor Ada \u{1b}[31m".to_owned(),
            "{\"item\": \"kettle\"}".to_owned(),
        ],
    };
    let column = |name: &str, role| DataColumn { name: name.to_owned(), role };
    let window = DataWindow {
        used: true,
        file: "data/test.jsonl".to_owned(),
        about: format!("{total} rows · JSON lines"),
        columns: vec![column("id", Some("id")), column("order", None), column("answer", Some("reference"))],
        path: "/w/data/test.jsonl".into(),
        faulty: 0,
        total,
        of: total,
        first: 0,
        rows: (0..total.min(60)).map(row).collect(),
    };
    let mut marks = LeakMarks::default();
    marks.test.insert(1, (11, 0.87));
    DataState {
        sources: Split::ALL.map(DataSource::Split).to_vec(),
        here: 2,
        window: Some(window),
        leaks: Some(Ok(std::sync::Arc::new(marks))),
        ..DataState::default()
    }
}

fn drawn(data: &mut DataState, width: u16, height: u16) -> (String, Drawn) {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    let mut places = Drawn::default();
    draw(data, &crate::app::default_keys(), area, &mut buffer, &Library::default_theme(ColorLevel::Mono), &mut places);
    (super::super::text_of(&buffer), places)
}

#[test]
fn rows_columns_splits_and_leaks_are_seen() {
    let mut data = pane(200);
    data.selected = 1;
    let (text, places) = drawn(&mut data, 120, 40);
    for part in [
        "[test]",
        "row 2 of 200",
        "answer (reference)",
        "! 1 test row is in train, or almost",
        "▸ !  2  t-1",
        "test 2 · row 2 of the file · Enter opens it by hand, which is recorded",
        "! 87 % of its three-word sequences are those of train row 12",
    ] {
        assert!(text.contains(part), "{part}:\n{text}");
    }
    assert!(!text.contains('\u{1b}'));
    assert!(places.targets.iter().any(|(_, target)| *target == Target::Tab(0)));
    assert!(places.targets.iter().any(|(_, target)| *target == Target::Line(1)));
    data.left = 2;
    assert!(drawn(&mut data, 120, 40).0.contains("‹"), "columns to the left are told");
}

#[test]
fn what_a_filter_cannot_mean_is_said_while_it_is_typed() {
    let mut data = pane(5);
    data.typing = DataTyping::Filter;
    data.typed = Some(crate::editor::Editor::single_line("city = Oslo"));
    assert!(drawn(&mut data, 120, 20).0.contains("Enter: a text"));
    data.fault = Some("There is no column `city`.".to_owned());
    let (text, _) = drawn(&mut data, 120, 20);
    assert!(text.contains("There is no column `city`.") && text.contains("keep rows with: city = Oslo"), "{text}");
}

#[test]
fn no_size_breaks_it_and_the_selected_row_stays_in_sight() {
    let mut data = pane(10_000_000);
    data.selected = 50;
    for typing in [DataTyping::Rows, DataTyping::Search] {
        data.typing = typing;
        data.typed = (typing != DataTyping::Rows).then(|| crate::editor::Editor::single_line("kettle"));
        for width in (0..=50).chain([79, 80, 120, 200]) {
            for height in (0..=24).chain([60]) {
                let (text, _) = drawn(&mut data, width, height);
                if width >= 40 && height >= 12 {
                    assert!(text.contains("▸"), "{width}x{height}:\n{text}");
                }
            }
        }
    }
}
