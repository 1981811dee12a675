//! The tables, and the steps that bring an older file to them. A step, once released, never changes.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// One entry for each schema version, applied in order.
const MIGRATIONS: [&str; 11] = [
    VERSION_1, VERSION_2, VERSION_3, VERSION_4, VERSION_5, VERSION_6, VERSION_7, VERSION_8, VERSION_9, VERSION_10,
    VERSION_11,
];

/// The version this program writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

const VERSION_1: &str = "
CREATE TABLE prompts (
    hash TEXT PRIMARY KEY,
    text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE trials (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    origin TEXT NOT NULL,
    prompt_path TEXT NOT NULL,
    prompt_hash TEXT NOT NULL REFERENCES prompts (hash),
    arm TEXT NOT NULL,
    arm_key TEXT NOT NULL,
    strategy TEXT NOT NULL,
    model TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    parameters TEXT NOT NULL,
    case_id TEXT NOT NULL,
    case_key TEXT NOT NULL,
    split TEXT,
    case_json TEXT NOT NULL,
    messages TEXT NOT NULL,
    answer TEXT NOT NULL,
    extracted TEXT,
    reasoning TEXT NOT NULL,
    outcome TEXT NOT NULL,
    stop TEXT,
    error TEXT,
    error_hint TEXT,
    notes TEXT NOT NULL,
    tokens_input INTEGER,
    tokens_cached INTEGER,
    tokens_output INTEGER,
    first_token_ms INTEGER,
    total_ms INTEGER NOT NULL,
    seed INTEGER,
    sample INTEGER NOT NULL
) STRICT;
CREATE INDEX trials_by_case ON trials (case_key, id);
CREATE INDEX trials_by_prompt ON trials (prompt_path, id);

CREATE TABLE scores (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    trial INTEGER NOT NULL REFERENCES trials (id),
    time INTEGER NOT NULL,
    scores TEXT NOT NULL
) STRICT;
CREATE INDEX scores_by_trial ON scores (trial, id);

CREATE TABLE votes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    trial_a INTEGER NOT NULL REFERENCES trials (id),
    trial_b INTEGER NOT NULL REFERENCES trials (id),
    side_of_a TEXT NOT NULL,
    choice TEXT NOT NULL
) STRICT;

CREATE TABLE opened_test_cases (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    data_hash TEXT NOT NULL,
    case_id TEXT NOT NULL
) STRICT;
CREATE INDEX opened_by_data ON opened_test_cases (data_hash, case_id);

CREATE TRIGGER prompts_stay BEFORE UPDATE ON prompts BEGIN SELECT RAISE(ABORT, 'prompts are never changed'); END;
CREATE TRIGGER prompts_remain BEFORE DELETE ON prompts BEGIN SELECT RAISE(ABORT, 'prompts are never deleted'); END;
CREATE TRIGGER trials_stay BEFORE UPDATE ON trials BEGIN SELECT RAISE(ABORT, 'trials are never changed'); END;
CREATE TRIGGER trials_remain BEFORE DELETE ON trials BEGIN SELECT RAISE(ABORT, 'trials are never deleted'); END;
CREATE TRIGGER votes_stay BEFORE UPDATE ON votes BEGIN SELECT RAISE(ABORT, 'votes are never changed'); END;
CREATE TRIGGER votes_remain BEFORE DELETE ON votes BEGIN SELECT RAISE(ABORT, 'votes are never deleted'); END;
";

/// The calls behind a trial of several.
const VERSION_2: &str = "ALTER TABLE trials ADD COLUMN calls TEXT;";

/// Runs: what was planned, the matrix of cells with the trial that fills each, and the sums of its columns. What a trial cost,
/// in dollars. An identity that is forgotten is asked again; its trial stays.
const VERSION_3: &str = "
ALTER TABLE trials ADD COLUMN cost REAL;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    split TEXT NOT NULL,
    data_hash TEXT NOT NULL,
    plan TEXT NOT NULL,
    plan_key BLOB NOT NULL,
    row_count INTEGER NOT NULL,
    repeats INTEGER NOT NULL
) STRICT;
CREATE INDEX runs_by_plan ON runs (plan_key, id);
CREATE INDEX runs_by_data ON runs (data_hash, id);

CREATE TABLE run_arms (
    run INTEGER NOT NULL REFERENCES runs (id),
    arm INTEGER NOT NULL,
    name TEXT NOT NULL,
    arm_key TEXT NOT NULL,
    prompt_hash TEXT NOT NULL,
    planned INTEGER NOT NULL,
    done INTEGER NOT NULL DEFAULT 0,
    answers INTEGER NOT NULL DEFAULT 0,
    non_answers INTEGER NOT NULL DEFAULT 0,
    missing INTEGER NOT NULL DEFAULT 0,
    known INTEGER NOT NULL DEFAULT 0,
    scored INTEGER NOT NULL DEFAULT 0,
    sum REAL NOT NULL DEFAULT 0,
    squares REAL NOT NULL DEFAULT 0,
    graded INTEGER NOT NULL DEFAULT 0,
    cost REAL NOT NULL DEFAULT 0,
    unpriced INTEGER NOT NULL DEFAULT 0,
    tokens INTEGER NOT NULL DEFAULT 0,
    token_ms INTEGER NOT NULL DEFAULT 0,
    total_ms INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (run, arm)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_ends (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs (id),
    time INTEGER NOT NULL,
    how TEXT NOT NULL
) STRICT;
CREATE INDEX ends_by_run ON run_ends (run, number);

CREATE TABLE cells (
    run INTEGER NOT NULL REFERENCES runs (id),
    row INTEGER NOT NULL,
    arm INTEGER NOT NULL,
    repeat INTEGER NOT NULL,
    trial INTEGER NOT NULL REFERENCES trials (id),
    outcome TEXT NOT NULL,
    score REAL,
    cost REAL,
    first_token_ms INTEGER,
    total_ms INTEGER NOT NULL,
    tokens INTEGER,
    known INTEGER NOT NULL,
    PRIMARY KEY (run, row, arm, repeat)
) STRICT, WITHOUT ROWID;

CREATE TABLE identities (
    identity BLOB PRIMARY KEY,
    trial INTEGER NOT NULL REFERENCES trials (id)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER runs_stay BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'runs are never changed'); END;
CREATE TRIGGER runs_remain BEFORE DELETE ON runs BEGIN SELECT RAISE(ABORT, 'runs are never deleted'); END;
";

/// What a run's limits are held against: calls and dollars of all that was asked, also of what was asked again since.
const VERSION_4: &str = "
ALTER TABLE run_arms ADD COLUMN calls INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_arms ADD COLUMN spent REAL NOT NULL DEFAULT 0;
UPDATE run_arms SET calls = done - known, spent = cost;
";

/// Trials that were made although rows had leaked: found by their number and by their case, and counted for each column of a
/// run. Hardly a trial is one, so the indexes are as good as empty.
const VERSION_5: &str = "
CREATE INDEX leaked_trials ON trials (id) WHERE instr(notes, '\"leak allowed: ') > 0;
CREATE INDEX leaked_cases ON trials (case_key) WHERE instr(notes, '\"leak allowed: ') > 0;
ALTER TABLE run_arms ADD COLUMN leaked INTEGER NOT NULL DEFAULT 0;
UPDATE run_arms SET leaked = (
    SELECT count(*) FROM cells WHERE cells.run = run_arms.run AND cells.arm = run_arms.arm AND cells.trial IN (
        SELECT id FROM trials INDEXED BY leaked_trials WHERE instr(notes, '\"leak allowed: ') > 0
    )
) WHERE EXISTS (SELECT 1 FROM trials INDEXED BY leaked_trials WHERE instr(notes, '\"leak allowed: ') > 0);
";

/// What the trials in a column cost and took, whichever run made them: arms are compared by it.
const VERSION_6: &str = "
ALTER TABLE run_arms ADD COLUMN priced INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run_arms ADD COLUMN worth REAL NOT NULL DEFAULT 0;
ALTER TABLE run_arms ADD COLUMN took INTEGER NOT NULL DEFAULT 0;
UPDATE run_arms SET (priced, worth, took) = (
    SELECT count(cost), total(cost), coalesce(sum(total_ms), 0) FROM cells
    WHERE cells.run = run_arms.run AND cells.arm = run_arms.arm AND outcome NOT GLOB 'missing*'
);
";

/// The limits that a run was gone on with: a plan stays as it was begun.
const VERSION_7: &str = "
CREATE TABLE run_limits (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    run INTEGER NOT NULL REFERENCES runs (id),
    cost REAL,
    calls INTEGER
) STRICT;
CREATE INDEX limits_by_run ON run_limits (run, number);
";

/// Batches handed to a provider, and the questions under way in them; which run a batch file is of, by the hash of its bytes.
const VERSION_8: &str = "
CREATE TABLE batch_files (
    hash BLOB PRIMARY KEY,
    run INTEGER NOT NULL REFERENCES runs (id),
    model TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE batches (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    run INTEGER REFERENCES runs (id),
    model TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    file TEXT NOT NULL,
    line_count INTEGER NOT NULL,
    name TEXT,
    status TEXT,
    over INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX batches_by_name ON batches (name, number);

CREATE TABLE batch_questions (
    identity BLOB NOT NULL,
    batch INTEGER NOT NULL REFERENCES batches (number),
    PRIMARY KEY (identity, batch)
) STRICT, WITHOUT ROWID;
CREATE INDEX questions_by_batch ON batch_questions (batch);
";

/// A trial may answer several cases, which ask the same in the same words and may want different answers: scores that are held against
/// something else than its own case say what, and so does a cell that it fills for another.
const VERSION_9: &str = "
ALTER TABLE scores ADD COLUMN against TEXT;
ALTER TABLE cells ADD COLUMN against TEXT;
";

/// Votes that were taken back: the vote stays as it was given, and no longer counts.
const VERSION_10: &str = "
CREATE TABLE retractions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time INTEGER NOT NULL,
    vote INTEGER NOT NULL UNIQUE REFERENCES votes (id)
) STRICT;
CREATE TRIGGER retractions_stay BEFORE UPDATE ON retractions
BEGIN SELECT RAISE(ABORT, 'retractions are never changed'); END;
CREATE TRIGGER retractions_remain BEFORE DELETE ON retractions
BEGIN SELECT RAISE(ABORT, 'retractions are never deleted'); END;
CREATE VIEW standing_votes AS SELECT * FROM votes WHERE id NOT IN (SELECT vote FROM retractions);
";

/// How many of a column's times were measured: a mean is theirs alone.
const VERSION_11: &str = "
ALTER TABLE run_arms ADD COLUMN timed INTEGER NOT NULL DEFAULT 0;
UPDATE run_arms SET timed = (
    SELECT count(*) FROM cells
    WHERE cells.run = run_arms.run AND cells.arm = run_arms.arm AND outcome NOT GLOB 'missing*'
        AND (total_ms > 0 OR first_token_ms IS NOT NULL)
);
";

/// The schema version of the file.
pub(super) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Brings the file to this program's schema. Two programs may do so at once: the version is read again under the lock.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let lift = |error: rusqlite::Error| StoreError::from_sqlite(&error, path);
    let found = version(connection).map_err(lift)?;
    if found == VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(lift)?;
    let found = version(&transaction).map_err(lift)?;
    if found > VERSION {
        return Err(StoreError::Newer { path: path.to_path_buf(), found, known: VERSION });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for step in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(step).map_err(lift)?;
    }
    transaction.pragma_update(None, "user_version", VERSION).map_err(lift)?;
    transaction.commit().map_err(lift)
}
