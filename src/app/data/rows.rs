//! Rows of a split or a file: windows of them, looking for one, taking one as the case.

use std::sync::Arc;

use serde_json::Value;

use super::pending::Pending;
use super::{DataFind, Desk, called, in_words, is_named, is_same_file};
use crate::app::event::DataNews;
use crate::data::{Cases, DataSet, RowReader, Sheet, SheetRow, Split, SplitRows, holds_text};
use crate::run::{Session, now_milliseconds};
use crate::state::{DATA_WINDOW, DataColumn, DataQuery, DataRow, DataSource, DataWindow, MappingForm, Taken, TakenRow};
use crate::store::Store;

/// How much of a value is held.
const CELL: usize = 2_000;
/// Rows that are looked through between two looks at whether anybody still wants it.
const BLOCK: usize = 256;

/// Rows of one source.
pub(super) enum Rows<'a> {
    Split(Split, &'a SplitRows),
    File(Arc<Sheet>),
}

impl Rows<'_> {
    pub(super) fn set(&self) -> &DataSet {
        match self {
            Self::Split(_, rows) => rows.set(),
            Self::File(sheet) => sheet.set(),
        }
    }

    pub(super) fn count(&self) -> usize {
        match self {
            Self::Split(_, rows) => rows.count(),
            Self::File(sheet) => sheet.set().count(),
        }
    }

    fn faulty(&self) -> u64 {
        match self {
            Self::Split(..) => 0,
            Self::File(sheet) => sheet.faulty(),
        }
    }

    /// The row of the file at a place of the source.
    pub(super) fn in_file(&self, place: usize) -> Option<usize> {
        match self {
            Self::Split(_, rows) => rows.row_in_file(place),
            Self::File(sheet) => (place < sheet.set().count()).then_some(place),
        }
    }

    /// The place of a row of the file in the source.
    pub(super) fn place_of(&self, row: usize) -> Option<usize> {
        match self {
            Self::Split(_, rows) => rows.place_of(row),
            Self::File(sheet) => (row < sheet.set().count()).then_some(row),
        }
    }

    /// The split that has a place, and where it is there.
    pub(super) fn place(&self, session: &Session, place: usize) -> Option<(Split, usize)> {
        match self {
            Self::Split(split, _) => Some((*split, place)),
            Self::File(sheet) => Split::ALL.into_iter().find_map(|split| {
                let rows = session.splits.get(split)?;
                is_same_file(rows.set().path(), sheet.set().path()).then_some(())?;
                Some((split, rows.place_of(place)?))
            }),
        }
    }

    /// Reads rows by their places.
    pub(super) fn reader(&self) -> PlaceReader<'_> {
        let reader = match self {
            Self::Split(_, rows) => rows.set().reader(),
            Self::File(sheet) => sheet.reader(),
        };
        PlaceReader { rows: self, reader }
    }
}

/// Reads rows of a source by their places, one after another.
pub(super) struct PlaceReader<'a> {
    rows: &'a Rows<'a>,
    reader: RowReader<'a>,
}

impl PlaceReader<'_> {
    pub(super) fn read(&mut self, place: usize) -> Result<SheetRow, String> {
        let row = self.rows.in_file(place).ok_or("there is no such row")?;
        self.reader.read(row).map_err(|error| in_words(&error))
    }
}

/// The rows of a source; a file is read through first, for question `generation`.
pub(super) fn rows_of<'a>(desk: &'a Desk<'a>, source: &DataSource, generation: u64) -> Result<Rows<'a>, String> {
    match source {
        DataSource::Split(split) => {
            let rows = desk.session.splits.look(*split).map_err(|error| in_words(&error))?;
            let rows = rows.ok_or_else(|| format!("there is no {} split", split.as_str()))?;
            rows.set().verify_unchanged().map_err(|error| in_words(&error))?;
            Ok(Rows::Split(*split, rows))
        }
        DataSource::File(path) => desk.open(path, generation).map(Rows::File),
    }
}

/// Reads a window; nothing for a question that is no longer wanted.
pub(super) fn window(desk: &Desk<'_>, query: DataQuery) -> DataNews {
    let generation = query.generation;
    let result = rows_of(desk, &query.source, generation).and_then(|rows| {
        if !desk.files.wants(generation) {
            return Ok(DataWindow::default());
        }
        read(desk.session, &rows, query)
    });
    DataNews::Read { generation, result }
}

fn read(session: &Session, rows: &Rows<'_>, query: DataQuery) -> Result<DataWindow, String> {
    let set = rows.set();
    let column = |name: &String| DataColumn { name: name.clone(), role: MappingForm::role_in(set.mapping(), name) };
    let (all, first) = (rows.count(), query.first);
    let (places, total) = query.rows.map_or_else(
        || {
            let from = usize::try_from(first).unwrap_or(usize::MAX).min(all);
            let until = all.min(from.saturating_add(DATA_WINDOW as usize));
            ((from..until).collect::<Vec<usize>>(), all as u64)
        },
        |(places, total)| (places.into_iter().map(|place| place as usize).collect(), total),
    );
    let mut reader = rows.reader();
    let line = |place: usize| {
        if place >= all {
            // An added row: what it holds is known where it was added.
            return Ok(DataRow { at: place as u64, ..DataRow::default() });
        }
        let SheetRow { values, fault } = reader.read(place)?;
        let broken = values.is_err();
        let cells = match values {
            Ok(mut row) => {
                set.columns().iter().map(|name| row.shift_remove(name).map_or_else(String::new, cell)).collect()
            }
            Err(raw) => vec![cell(Value::String(raw))],
        };
        let number = rows.in_file(place).map_or(0, |row| row as u64 + 1);
        let at = place as u64;
        let fault = fault.map(|fault| fault.to_string());
        Ok(DataRow { number, at, place: rows.place(session, place), cells, fault, broken })
    };
    let window = places.into_iter().map(line).collect::<Result<Vec<DataRow>, String>>()?;
    let layout = set.layout().as_str();
    let mut about = format!("{all} rows · {} · layout {layout}", set.format());
    if let (Rows::Split(..), Some(drawn)) = (rows, &session.splits.statement) {
        about = format!("{about} · {drawn}");
    }
    Ok(DataWindow {
        file: called(session, set.path()),
        path: set.path().to_owned(),
        used: is_named(session, set.path()).is_some(),
        faulty: rows.faulty(),
        about,
        columns: set.columns().iter().map(column).collect(),
        total,
        of: all as u64,
        first,
        rows: window,
    })
}

/// A value as the pane shows it.
pub(in crate::app) fn cell(value: Value) -> String {
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

/// Where a row holds a text: the first of its columns that does, a name without a letter for a row that cannot be read and holds
/// it as it stands. `None` where it does not hold it.
pub(super) fn held(row: SheetRow, text: &str) -> Option<String> {
    match row.values {
        Ok(row) => row
            .into_iter()
            .find(|(_, value)| match value {
                Value::String(shown) => holds_text(shown, text),
                other => holds_text(&other.to_string(), text),
            })
            .map(|(name, _)| name),
        Err(raw) => holds_text(&raw, text).then(String::new),
    }
}

/// Looks for a text among the rows that are shown, from the row after `from` on and around the end, or backwards.
pub(super) fn find(desk: &Desk<'_>, find: &DataFind) -> DataNews {
    let DataFind { generation, source, from, text, forward, order, changes } = find;
    let mut column = None;
    let mut search = || -> Result<Option<u64>, String> {
        let rows = rows_of(desk, source, *generation)?;
        let mut reader = Pending::new(&rows, changes);
        let total = order.as_ref().map_or_else(|| reader.count(), |order| order.len());
        let mut holds = |at: usize| -> Result<bool, String> {
            let place = order.as_ref().map_or(Some(at), |order| order.get(at).map(|place| *place as usize));
            let Some(place) = place else { return Ok(false) };
            let held = held(reader.read(place)?, text);
            let holds = held.is_some();
            column = held.filter(|name| !name.is_empty()).or_else(|| column.take());
            Ok(holds)
        };
        // Rows are read front to back, which is how files give them, block by block.
        let from = usize::try_from(*from).unwrap_or(0).min(total.saturating_sub(1));
        let mut blocks: Vec<(usize, usize)> = Vec::new();
        let parts = if *forward { [(from + 1, total), (0, from + 1)] } else { [(0, from), (from, total)] };
        for (start, end) in parts {
            let starts = (start..end).step_by(BLOCK).map(|start| (start, end.min(start + BLOCK)));
            if *forward { blocks.extend(starts) } else { blocks.extend(starts.rev()) }
        }
        for (start, end) in blocks {
            if !desk.files.wants(*generation) {
                return Ok(None);
            }
            let mut last = None;
            for at in start..end {
                if holds(at)? {
                    last = Some(at as u64);
                    if *forward {
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
    let result = search();
    DataNews::Found { generation: *generation, result, column }
}

/// Looks for the row of an id.
pub(super) fn jump(desk: &Desk<'_>, (generation, source): (u64, &DataSource), text: &str) -> DataNews {
    let find = || -> Result<Option<u64>, String> {
        let rows = rows_of(desk, source, generation)?;
        let by_id = match &rows {
            Rows::Split(_, rows) => rows.find(text),
            Rows::File(sheet) => sheet.set().find(text),
        };
        Ok(by_id.map_err(|error| in_words(&error))?.map(|place| place as u64))
    };
    DataNews::Found { generation, result: find(), column: None }
}

/// Reads a row as a case. That a test row was opened is recorded first.
pub(super) fn take(desk: &Desk<'_>, source: &DataSource, place: u64) -> DataNews {
    let Desk { session, store, files, .. } = *desk;
    let take = || -> Result<TakenRow, String> {
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let rows = match source {
            DataSource::Split(_) => rows_of(desk, source, 0)?,
            DataSource::File(path) => {
                Rows::File(files.open(session, path, &|_, _| true).map_err(|error| in_words(&error))?)
            }
        };
        let fault = rows.reader().read(place)?.fault;
        if let Some(fault) = fault {
            return Err(format!("A faulty row is no case: {fault}."));
        }
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
