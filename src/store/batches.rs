//! Batches that were handed to a provider from here, and which questions are under way in them: what is under way is paid for, and
//! is not asked a second time.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::runs::Identity;
use super::{Pending, Store, StoreError};

/// A batch file as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedFile {
    /// The hash of its bytes.
    pub hash: [u8; 32],
    /// The run whose open questions it holds.
    pub run: i64,
    /// The model's id in the workbench.
    pub model: String,
}

/// A batch that is about to be handed over. Written down before anything is sent: a batch that was begun is never forgotten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchRecord {
    /// When, in milliseconds since 1970, UTC.
    pub time: i64,
    /// The run it was exported from, where that is known.
    pub run: Option<i64>,
    /// The model's id in the workbench.
    pub model: String,
    /// Where it is sent.
    pub endpoint: String,
    /// The file, as it was named.
    pub file: String,
    /// Lines of the file.
    pub lines: u64,
    /// Those of them that are trials of ours.
    pub questions: Vec<Identity>,
}

/// A batch as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentBatch {
    /// Its number in this workbench.
    pub number: i64,
    /// When it was sent, in milliseconds since 1970, UTC.
    pub time: i64,
    /// The run it was exported from, where that is known.
    pub run: Option<i64>,
    /// The model's id in the workbench.
    pub model: String,
    /// Where it was sent.
    pub endpoint: String,
    /// The file, as it was named.
    pub file: String,
    /// Lines of the file.
    pub lines: u64,
    /// The provider's name for it; none where its answer never arrived.
    pub name: Option<String>,
    /// The status last heard, in the provider's word.
    pub status: Option<String>,
    /// Whether nothing more will happen there.
    pub over: bool,
    /// Questions whose results were not taken in, and may still come.
    pub under_way: u64,
}

const BATCHES: &str = "
    SELECT number, time, run, model, endpoint, file, line_count, name, status, over,
           (SELECT count(*) FROM batch_questions WHERE batch = number) AS under_way
    FROM batches";

impl Store {
    /// Takes down which run a batch file is of.
    pub fn record_export(&self, file: ExportedFile) -> Pending<()> {
        self.inner.writer.submit(move |connection| {
            connection
                .prepare_cached("INSERT OR REPLACE INTO batch_files (hash, run, model) VALUES (?, ?, ?)")?
                .execute(params![file.hash, file.run, file.model])
                .map(|_| ())
        })
    }

    /// The batch file with this hash, where it was written here.
    pub fn exported_file(&self, hash: [u8; 32]) -> Result<Option<ExportedFile>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT run, model FROM batch_files WHERE hash = ?")?
                .query_row([hash], |row| Ok(ExportedFile { hash, run: row.get(0)?, model: row.get(1)? }))
                .optional()
        })
    }

    /// Takes down that a batch is about to be sent; its number arrives when that is durable.
    pub fn begin_batch(&self, record: BatchRecord) -> Pending<i64> {
        self.inner.writer.submit(move |connection| insert(connection, &record))
    }

    /// Takes down what the provider calls a batch.
    pub fn name_batch(&self, number: i64, name: String) -> Pending<()> {
        self.inner.writer.submit(move |connection| {
            connection
                .prepare_cached("UPDATE batches SET name = ? WHERE number = ?")?
                .execute(params![name, number])
                .map(|_| ())
        })
    }

    /// Forgets a batch that came to be none: the provider refused it, or it was sent again.
    pub fn drop_batch(&self, number: i64) -> Pending<()> {
        self.inner.writer.submit(move |connection| {
            connection.prepare_cached("DELETE FROM batch_questions WHERE batch = ?")?.execute([number])?;
            connection.prepare_cached("DELETE FROM batches WHERE number = ?")?.execute([number]).map(|_| ())
        })
    }

    /// Takes down what the provider said of a batch. One that is over keeps the questions under way that `coming` names: of the others
    /// nothing will come. `None` where it is not known which have a result.
    pub fn note_batch(
        &self,
        number: i64,
        status: Option<String>,
        over: bool,
        coming: Option<HashSet<Identity>>,
    ) -> Pending<()> {
        self.inner.writer.submit(move |connection| {
            connection
                .prepare_cached("UPDATE batches SET status = ?, over = ? WHERE number = ?")?
                .execute(params![status, over, number])?;
            let Some(coming) = &coming else { return Ok(()) };
            let questions: Vec<Identity> = connection
                .prepare_cached("SELECT identity FROM batch_questions WHERE batch = ?")?
                .query_map([number], |row| Ok(Identity(row.get(0)?)))?
                .collect::<Result<_, _>>()?;
            let mut delete =
                connection.prepare_cached("DELETE FROM batch_questions WHERE identity = ? AND batch = ?")?;
            for question in questions.iter().filter(|question| !coming.contains(question)) {
                delete.execute(params![question.0, number])?;
            }
            Ok(())
        })
    }

    /// Takes down that these questions have come back, whichever batch they were in.
    pub fn settle_questions(&self, questions: Vec<Identity>) -> Pending<()> {
        self.inner.writer.submit(move |connection| {
            let mut delete = connection.prepare_cached("DELETE FROM batch_questions WHERE identity = ?")?;
            questions.iter().try_for_each(|question| delete.execute([question.0]).map(|_| ()))
        })
    }

    /// Every batch that was sent from here, the newest first.
    pub fn batches(&self) -> Result<Vec<SentBatch>, StoreError> {
        self.read(|connection| {
            connection.prepare_cached(&format!("{BATCHES} ORDER BY number DESC"))?.query_map([], read)?.collect()
        })
    }

    /// The newest batch that a provider calls so.
    pub fn batch_named(&self, name: &str) -> Result<Option<SentBatch>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached(&format!("{BATCHES} WHERE name = ? ORDER BY number DESC LIMIT 1"))?
                .query_row([name], read)
                .optional()
        })
    }

    /// The questions that are under way in batches.
    pub fn questions_under_way(&self) -> Result<HashSet<Identity>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT DISTINCT identity FROM batch_questions")?
                .query_map([], |row| Ok(Identity(row.get(0)?)))?
                .collect()
        })
    }

    /// How many of these questions are under way, by the number of their batch.
    pub fn batches_of(&self, questions: &[Identity]) -> Result<BTreeMap<i64, u64>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached("SELECT batch FROM batch_questions WHERE identity = ?")?;
            let mut found = BTreeMap::new();
            for question in questions {
                for batch in statement.query_map([question.0], |row| row.get::<_, i64>(0))? {
                    *found.entry(batch?).or_insert(0) += 1;
                }
            }
            Ok(found)
        })
    }

    /// The questions of a batch that are under way.
    fn questions_of(&self, number: i64) -> Result<HashSet<Identity>, StoreError> {
        self.read(|connection| {
            connection
                .prepare_cached("SELECT identity FROM batch_questions WHERE batch = ?")?
                .query_map([number], |row| Ok(Identity(row.get(0)?)))?
                .collect()
        })
    }

    /// Brings over the batches that were sent from another store, whose runs have these numbers here. Of one that both know only what is
    /// under way in both is.
    pub(super) fn merge_batches(&self, other: &Self, runs: &HashMap<i64, i64>) -> Result<(), StoreError> {
        let here = self.batches()?;
        for batch in other.batches()?.into_iter().rev() {
            let questions = other.questions_of(batch.number)?;
            let same = |known: &&SentBatch| {
                (known.time, &known.endpoint, &known.file) == (batch.time, &batch.endpoint, &batch.file)
            };
            let known = here.iter().find(same);
            let number = if let Some(known) = known {
                known.number
            } else {
                let SentBatch { time, model, endpoint, file, lines, .. } = batch.clone();
                let run = batch.run.and_then(|run| runs.get(&run).copied());
                let questions = questions.iter().copied().collect();
                self.begin_batch(BatchRecord { time, run, model, endpoint, file, lines, questions }).wait()?
            };
            if let (Some(name), None) = (batch.name, known.and_then(|known| known.name.as_ref())) {
                self.name_batch(number, name).wait()?;
            }
            let over = batch.over || known.is_some_and(|known| known.over);
            let status =
                if batch.over { batch.status } else { known.map_or(batch.status, |known| known.status.clone()) };
            self.note_batch(number, status, over, Some(questions)).wait()?;
        }
        Ok(())
    }
}

fn insert(connection: &Connection, record: &BatchRecord) -> rusqlite::Result<i64> {
    let number = connection
        .prepare_cached("INSERT INTO batches (time, run, model, endpoint, file, line_count) VALUES (?, ?, ?, ?, ?, ?)")?
        .insert(params![
            record.time,
            record.run,
            record.model,
            record.endpoint,
            record.file,
            record.lines.cast_signed(),
        ])?;
    let mut statement =
        connection.prepare_cached("INSERT OR IGNORE INTO batch_questions (identity, batch) VALUES (?, ?)")?;
    for question in &record.questions {
        statement.execute(params![question.0, number])?;
    }
    Ok(number)
}

fn read(row: &Row<'_>) -> rusqlite::Result<SentBatch> {
    let count = |name: &str| row.get::<_, i64>(name).map(i64::cast_unsigned);
    Ok(SentBatch {
        number: row.get("number")?,
        time: row.get("time")?,
        run: row.get("run")?,
        model: row.get("model")?,
        endpoint: row.get("endpoint")?,
        file: row.get("file")?,
        lines: count("line_count")?,
        name: row.get("name")?,
        status: row.get("status")?,
        over: row.get("over")?,
        under_way: count("under_way")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(questions: &[Identity]) -> BatchRecord {
        BatchRecord {
            time: 5,
            run: None,
            model: "m".to_owned(),
            endpoint: "http://127.0.0.1:1/v1".to_owned(),
            file: "out/batch.jsonl".to_owned(),
            lines: 3,
            questions: questions.to_vec(),
        }
    }

    #[test]
    fn a_question_is_under_way_until_its_result_is_taken_in_or_nothing_will_come() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path()).unwrap();
        let all = [1_u8, 2, 3].map(|byte| Identity([byte; 32]));
        let number = store.begin_batch(record(&all)).wait().unwrap();
        let sent = store.batches().unwrap().remove(0);
        assert_eq!((sent.number, sent.name, sent.under_way, sent.over), (number, None, 3, false));
        store.name_batch(number, "batch_7".to_owned()).wait().unwrap();
        store.note_batch(number, Some("in_progress".to_owned()), false, None).wait().unwrap();
        assert_eq!(store.batches_of(&all[..2]).unwrap(), BTreeMap::from([(number, 2)]));
        store.settle_questions(vec![all[0]]).wait().unwrap();
        assert_eq!(store.questions_under_way().unwrap(), HashSet::from([all[1], all[2]]));
        // Over, with a result for one of the two that are left.
        store.note_batch(number, Some("expired".to_owned()), true, Some(HashSet::from([all[2]]))).wait().unwrap();
        let known = store.batch_named("batch_7").unwrap().unwrap();
        assert_eq!((known.status.as_deref(), known.over, known.under_way), (Some("expired"), true, 1));
        store.drop_batch(number).wait().unwrap();
        assert_eq!((store.batches().unwrap(), store.questions_under_way().unwrap()), (Vec::new(), HashSet::new()));
    }

    #[test]
    fn batches_of_joined_stores_are_known_once_and_what_came_back_in_either_is_back() {
        let folders = [(); 3].map(|()| tempfile::tempdir().unwrap());
        let [here, there] = [0, 1].map(|number: usize| Store::open(folders[number].path()).unwrap());
        let all = [1_u8, 2].map(|byte| Identity([byte; 32]));
        let number = there.begin_batch(record(&all)).wait().unwrap();
        there.name_batch(number, "batch_7".to_owned()).wait().unwrap();
        let merge = || here.merge(&folders[1].path().join("runs.db"), folders[2].path()).unwrap();
        merge();
        there.settle_questions(vec![all[0]]).wait().unwrap();
        there.note_batch(number, Some("completed".to_owned()), true, None).wait().unwrap();
        merge();
        let known = here.batches().unwrap();
        assert_eq!(known.len(), 1);
        assert_eq!((known[0].name.as_deref(), known[0].over, known[0].under_way), (Some("batch_7"), true, 1));
        assert_eq!(here.questions_under_way().unwrap(), HashSet::from([all[1]]));
    }
}
