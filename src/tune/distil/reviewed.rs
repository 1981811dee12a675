//! The rows that passed a review, as a data file of the workbench's own form: what `fourfold tune --data` learns from.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::{DistilEvent, DistilPlace, DistilRow, Review, append, distillations};
use crate::data::{Case, Mapping};
use crate::store::case_key;
use crate::tune::TuneError;
use crate::tune::job::write_whole;

/// A reviewed file of a workbench.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReviewedFile {
    /// The name of what was distilled.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Its rows.
    pub rows: usize,
}

/// The reviewed files there are, those with rows.
pub fn reviewed_files(root: &Path) -> Vec<ReviewedFile> {
    distillations(root)
        .into_iter()
        .filter_map(|name| {
            let path = DistilPlace::new(root, &name).ok()?.reviewed();
            let rows = std::fs::read_to_string(&path).ok()?.lines().filter(|line| !line.trim().is_empty()).count();
            (rows > 0).then_some(ReviewedFile { name, path, rows })
        })
        .collect()
}

/// Writes the rows that passed to the place's own file, whole or not at all. Gives how many.
pub fn write_reviewed(place: &DistilPlace, mapping: &Mapping, rows: &[DistilRow]) -> Result<usize, TuneError> {
    let mut text = Vec::new();
    let mut count = 0;
    for row in rows {
        let Some(answer) = row.learned() else { continue };
        serde_json::to_writer(&mut text, &line(&row.case, answer, mapping)).unwrap_or_default();
        text.push(b'\n');
        count += 1;
    }
    std::fs::create_dir_all(&place.folder).map_err(|error| TuneError::file(&place.folder, &error))?;
    write_whole(&place.reviewed(), &text)?;
    Ok(count)
}

/// A row in the workbench's own columns, with another reference.
fn line(case: &Case, answer: &str, mapping: &Mapping) -> Value {
    let column = |named: &Option<String>, usual: &str| named.clone().unwrap_or_else(|| usual.to_owned());
    let mut row = Map::new();
    row.insert(column(&mapping.id, "id"), json!(case.id));
    row.extend(case.variables.clone());
    if !case.turns.is_empty() || mapping.turns.is_some() {
        row.insert(column(&mapping.turns, "turns"), json!(case.turns));
    }
    row.insert(column(&mapping.reference, "reference"), json!(answer));
    Value::Object(row)
}

/// Accepts every usable answer about which nothing was decided; gives how many.
pub fn accept_all(place: &DistilPlace, rows: &mut [DistilRow]) -> Result<usize, TuneError> {
    let mut events = Vec::new();
    for row in rows.iter_mut().filter(|row| row.review == Review::Undecided && row.is_usable()) {
        row.review = Review::Accept;
        let (id, case) = (row.case.id.clone(), case_key(&row.case));
        events.push(DistilEvent::Reviewed { row: id, case, review: Review::Accept });
    }
    append(&place.journal(), &events)?;
    Ok(events.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Cases, DataSet};
    use crate::prompt::{Message, Role};
    use crate::score::Outcome;

    fn row(id: &str, answer: &str, review: Review) -> DistilRow {
        let variables = json!({ "text": format!("{id} wants tea"), "n": 2 }).as_object().unwrap().clone();
        let turns = vec![Message::new(Role::User, "hello")];
        let case = Case { id: id.to_owned(), variables, turns, reference: Some("gold".to_owned()) };
        DistilRow { case, answer: Some((Outcome::Answer, answer.to_owned())), review }
    }

    #[test]
    fn what_passed_is_read_back_as_the_workbench_reads_its_rows() {
        let home = tempfile::tempdir().unwrap();
        let place = DistilPlace::new(home.path(), "big").unwrap();
        assert!(reviewed_files(home.path()).is_empty());
        let mut rows = vec![
            row("a", "one", Review::Accept),
            row("b", "two", Review::Edit { answer: "zwei".to_owned() }),
            row("c", "three", Review::Drop),
            row("d", "four", Review::Undecided),
            row("e", " ", Review::Undecided),
        ];
        for mapping in [
            Mapping::default(),
            Mapping { reference: Some("answer".to_owned()), id: Some("key".to_owned()), ..Mapping::default() },
        ] {
            assert_eq!(write_reviewed(&place, &mapping, &rows).unwrap(), 2);
            let set = DataSet::open(&place.reviewed(), &mapping).unwrap();
            let case = set.case(1).unwrap();
            assert_eq!(case, Case { reference: Some("zwei".to_owned()), ..rows[1].case.clone() });
        }
        assert_eq!(accept_all(&place, &mut rows).unwrap(), 1, "an empty answer is not accepted unseen");
        assert_eq!(write_reviewed(&place, &Mapping::default(), &rows).unwrap(), 3);
        let files = reviewed_files(home.path());
        assert_eq!((files.len(), files[0].rows, files[0].name.as_str()), (1, 3, "big"));
    }
}
