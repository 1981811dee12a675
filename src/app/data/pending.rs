//! Rows as they will be once the changes of a file are written: what filters, orders and searches look at.

use super::rows::{PlaceReader, Rows};
use crate::data::{Changes, RowChange, SheetRow, row_of_text};

/// Reads rows of a source by their places, changes and all; added rows have the places behind the last.
pub(super) struct Pending<'a> {
    rows: &'a Rows<'a>,
    reader: PlaceReader<'a>,
    changes: &'a Changes,
}

impl<'a> Pending<'a> {
    pub(super) fn new(rows: &'a Rows<'a>, changes: &'a Changes) -> Self {
        Self { rows, reader: rows.reader(), changes }
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> usize {
        self.rows.count() + self.changes.added.len()
    }

    /// The row at a place. A changed one is not faulty as far as anybody knows before it is written.
    pub(super) fn read(&mut self, place: usize) -> Result<SheetRow, String> {
        if let Some(added) = place.checked_sub(self.rows.count()) {
            let values = self.changes.added.get(added).cloned().ok_or("there is no such row")?;
            return Ok(SheetRow { values: Ok(values), fault: None });
        }
        let row = self.reader.read(place)?;
        let change = self.rows.in_file(place).and_then(|number| self.changes.rows.get(&number));
        Ok(match (change, row) {
            (Some(RowChange::Cells(cells)), SheetRow { values: Ok(mut values), .. }) => {
                values.extend(cells.clone());
                SheetRow { values: Ok(values), fault: None }
            }
            (Some(RowChange::Text(text)), _) => {
                let set = self.rows.set();
                let values = row_of_text(set.path(), set.columns(), text).map_err(|_| text.clone());
                SheetRow { values, fault: None }
            }
            (_, row) => row,
        })
    }
}
