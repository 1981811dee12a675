//! What the pages of longer work hear from the tasks that do it.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::config::ModelSpec;
use crate::run::failures::Step;
use crate::run::judge::{PairJudged, SelfTest};
use crate::state::{Cells, DataWindow, Fault, LeakMarks, MappedRow, MappingForm, TakenRow, Tone, WriteAsk};
use crate::tune::distil::{DistilRow, DistilStep};
use crate::tune::{Entry, ItemResult, Phase, Reckoned};

/// What is heard of recording a model's answers.
#[derive(Clone, Debug)]
pub enum RecordingNews {
    /// What it would take was reckoned.
    Planned {
        /// The model's id.
        model: String,
        /// The lines to say yes to, or why it cannot be.
        result: Result<Vec<String>, Fault>,
    },
    /// Another case is done.
    Step {
        /// Cases done.
        done: usize,
        /// Cases in all.
        total: usize,
    },
    /// It has ended.
    Over {
        /// How.
        tone: Tone,
        /// What came of it.
        words: String,
    },
}

/// What the data pane and the mapping screen hear.
#[derive(Clone, Debug)]
pub enum DataNews {
    /// A window was read.
    Read {
        /// Which question this answers.
        generation: u64,
        /// The window, or what is wrong.
        result: Result<DataWindow, String>,
    },
    /// How far the reading of a file is.
    Reading {
        /// Which question waits for it.
        generation: u64,
        /// A share, where that is known.
        share: Option<f64>,
        /// Rows so far.
        rows: u64,
    },
    /// The rows that are shown, in their order, as far as they were found.
    Arranged {
        /// Which order this answers.
        generation: u64,
        /// Their places, or what is wrong.
        result: Result<Arc<[u32]>, String>,
        /// How much was looked through; `None` at the end.
        share: Option<f64>,
        /// Long texts were not kept whole.
        coarse: bool,
        /// The place in it of the row that was to be followed, where it is one of them.
        followed: Option<u64>,
    },
    /// What was asked to stop has stopped.
    Stopped,
    /// A value was read in full.
    Value {
        /// The file.
        path: PathBuf,
        /// The 0-based row of the file.
        row: usize,
        /// The column; without one the whole row.
        column: Option<String>,
        /// It, or what is wrong.
        result: Result<Value, String>,
    },
    /// The row that a case would be in a file.
    RowMade {
        /// The file.
        path: PathBuf,
        /// It, or why it cannot be one.
        result: Result<Map<String, Value>, String>,
    },
    /// What is to be asked before a version is written.
    AskedVersion(Result<WriteAsk, String>),
    /// How far the writing of a version is.
    Writing(Option<f64>),
    /// A version was written, with its rows and why `[data]` does not name it, or what is wrong.
    Written {
        /// The file.
        from: PathBuf,
        /// The version.
        to: PathBuf,
        /// Rows, and the reason.
        result: Result<(u64, Option<String>), String>,
    },
    /// A row was found, by its 0-based place among the shown ones.
    Found {
        /// Which question this answers.
        generation: u64,
        /// The row, none, or what is wrong.
        result: Result<Option<u64>, String>,
        /// The first of its columns that holds the text.
        column: Option<String>,
    },
    /// So many rows hold the text that was looked for.
    Counted {
        /// Which count this answers.
        generation: u64,
        /// The row that was found, by its 0-based place among the shown ones.
        row: u64,
        /// The how many-th of them it is, from 1.
        place: u64,
        /// How many there are, as far as they were counted.
        of: u64,
        /// Whether all rows were gone through.
        whole: bool,
    },
    /// A row was taken as the case.
    Taken(Result<Box<TakenRow>, String>),
    /// Which test rows are train rows.
    Leaks(Result<Arc<LeakMarks>, String>),
    /// The file that a typed path means.
    Opened(PathBuf),
    /// The data files of the workbench.
    Listed(Vec<String>),
    /// The columns of a file.
    Mapped(Result<Box<MappingForm>, String>),
    /// What comes of a row.
    Previewed {
        /// Which preview.
        generation: u64,
        /// It, or what is wrong.
        result: Result<Box<MappedRow>, String>,
    },
}

/// What the page of failures hears.
#[derive(Clone, Debug)]
pub enum FailureNews {
    /// The arm is chosen, and its cases are asked now.
    Begun {
        /// The arm.
        arm: String,
        /// Why this one.
        why: String,
        /// Cases.
        cases: usize,
        /// Answers to each.
        repeats: u32,
        /// Why no other seed is asked, where all answers would be equal.
        equal: Option<&'static str>,
        /// What asking will take, in words.
        ahead: Vec<String>,
    },
    /// A case is through.
    Step(Box<Step>),
    /// It is over, by itself or by a fault.
    Over(Result<(), Fault>),
}

/// What the page of the judge hears.
#[derive(Clone, Debug)]
pub enum JudgeNews {
    /// The judge is there.
    Begun {
        /// Who.
        judge: String,
        /// What is told of it.
        notices: Vec<String>,
    },
    /// It is of the lineage of what it would judge; the fault comes with `Over`.
    Refused,
    /// A pair of the self-test is through.
    Tried {
        /// So many are.
        done: usize,
        /// Of so many.
        of: usize,
    },
    /// The self-test is through.
    SelfTest(SelfTest),
    /// It is over, by itself or by a fault.
    Over(Box<Result<PairJudged, Fault>>),
}

/// What the page of a bigger model's answers hears.
#[derive(Clone, Debug)]
pub enum DistilNews {
    /// The train rows and what is known of them were read.
    Loaded {
        /// Which asking.
        generation: u64,
        /// The name of the collection.
        name: String,
        /// The rows.
        rows: Vec<DistilRow>,
        /// How many of them are asked now.
        wanted: usize,
        /// What asking them will take, in words.
        ahead: Vec<String>,
    },
    /// A row was asked.
    Answered {
        /// Which asking.
        generation: u64,
        /// The row and its answer.
        step: DistilStep,
    },
    /// The asking is over.
    Over {
        /// Which asking.
        generation: u64,
        /// What ended it early.
        fault: Option<Fault>,
    },
    /// A decision was kept, and the rows that passed were written: the files there are to learn from, each with what it is.
    Written(Result<Vec<(String, String)>, Fault>),
}

/// What the page of what was lost hears.
#[derive(Clone, Debug)]
pub enum ForgettingNews {
    /// An item was measured.
    Item {
        /// How many are.
        done: usize,
        /// Of how many.
        of: usize,
    },
    /// It is over.
    Over(Result<Vec<ItemResult>, Fault>),
}

/// What the Tune screen hears.
#[derive(Clone, Debug)]
pub enum TuneNews {
    /// What the choices would take.
    Reckoned {
        /// Which question this answers.
        generation: u64,
        /// The estimate, or why such a training cannot begin.
        result: Result<Reckoned, Fault>,
    },
    /// A training has begun, or could not.
    Begun {
        /// The adapter's name.
        name: String,
        /// What is wrong.
        result: Result<(), Fault>,
    },
    /// A training went on.
    Went {
        /// The adapter's name.
        name: String,
        /// What happened since the last look.
        entries: Vec<Entry>,
        /// How it is doing.
        phase: Phase,
    },
    /// A wish could not be followed.
    Refused(Fault),
    /// The tuned model is in the workbench, or could not be taken in.
    Adopted(Result<Box<Adopted>, Fault>),
}

/// A tuned model that was taken into the workbench.
#[derive(Clone, Debug, PartialEq)]
pub struct Adopted {
    /// The model, as fourfold.toml has it now.
    pub spec: ModelSpec,
    /// The four cells with it.
    pub cells: Result<Cells, String>,
    /// Whether `[fourfold]` names it from now on, and named another one.
    pub in_table: bool,
}
