//! `fourfold init --data`: a workbench of the person's own rows. Which column is asked and which holds the right answer is read
//! off the columns' names, or said; the prompts are a beginning that can be asked at once.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Component, Path, PathBuf};

use serde_json::Value;

use super::texts::{Answers, Task, manifest, prompt};
use super::{InitArguments, next};
use crate::app;
use crate::cli::{Exit, Fault, Output};
use crate::config::{DataChange, DataFiles, MANIFEST, SampleError, SplitChange, did_you_mean, portable, with_data};
use crate::data::{Cases, DataError, Layout, Mapping, Sheet, Split, is_variable, variable_for};

/// Rows that are looked at to tell what an answer looks like.
const SAMPLED: usize = 200;
/// Shares of the rows that are drawn for dev and for test, as on the mapping screen.
const DRAWN: SplitChange = SplitChange::Draw(0.1, 0.2);
/// Answers of so many letters are right word for word or not at all.
const SHORT: usize = 60;
/// Fields that a prompt can name in one sentence.
const MOST_FIELDS: usize = 12;
/// More different answers than these are no set of labels, and neither are those that stand on fewer rows each, on average.
const LABELS: (usize, usize) = (24, 4);
/// Words in the names of columns that hold the right answer, the surest first.
const ANSWERS: [&str; 20] = [
    "reference",
    "expected",
    "answer",
    "output",
    "completion",
    "response",
    "target",
    "wanted",
    "gold",
    "label",
    "result",
    "solution",
    "reply",
    "correct",
    "category",
    "class",
    "intent",
    "sentiment",
    "summary",
    "translation",
];
/// Words in the names of columns that hold what is asked, the surest first.
const INPUTS: [&str; 18] = [
    "input",
    "question",
    "prompt",
    "instruction",
    "query",
    "request",
    "text",
    "message",
    "body",
    "content",
    "source",
    "ticket",
    "mail",
    "email",
    "review",
    "comment",
    "sentence",
    "document",
];
/// The column that names a row without being told to.
const ID: &str = "id";
/// What the name of another one ends in, where its values tell the rows apart.
const NAMES: [&str; 5] = ["id", "uuid", "key", "nr", "number"];

/// What the columns are.
#[derive(Clone)]
struct Columns {
    asked: String,
    reference: String,
    /// What names a row, where that is not called `id`.
    id: Option<String>,
    hidden: Vec<String>,
}

/// Makes the workbench. Nothing is overwritten.
pub(super) fn make<W: Write>(
    arguments: &InitArguments,
    file: &Path,
    current: &Path,
    out: &mut Output<W>,
) -> Result<Exit, Fault> {
    let from: PathBuf = current.join(file).components().collect();
    if !from.is_file() {
        return Err(Fault::Asked {
            what: format!("there is no file {}", from.display()),
            hint: "Name the file that holds your rows.".to_owned(),
        });
    }
    let sheet = Sheet::open(&from, &Mapping::default(), &|_, _| true).map_err(|error| unread(&error))?;
    let (_, layout) = Mapping::default().for_file(&from).map_err(|error| unread(&error))?;
    let said = arguments.input.is_some() || arguments.answer.is_some();
    // Other layouts say by themselves which column is what.
    let by_name = said || matches!(layout, Layout::Plain | Layout::QuestionAnswer);
    let mut columns = by_name.then(|| columns(arguments, sheet.set().columns())).transpose()?;
    if let Some(columns) = &mut columns {
        columns.name_rows(&sheet)?;
    }
    let mapping = columns.as_ref().map_or_else(Mapping::default, Columns::mapping);
    let task = task(&sheet, (columns.as_ref(), layout), &mapping)?;

    let folder: PathBuf = current.join(&arguments.directory).components().collect();
    // A file that lies in the folder already stays where it is.
    let is_below = |path: &&Path| path.components().all(|part| matches!(part, Component::Normal(_)));
    let inside = from.strip_prefix(&folder).ok().filter(is_below).map(Path::to_owned);
    let rows = inside.clone().unwrap_or_else(|| Path::new("data").join(from.file_name().unwrap_or_default()));
    let prompts = [("plain.prompty", prompt(&task, false)), ("detailed.prompty", prompt(&task, true))];
    let mut targets: Vec<PathBuf> = prompts.iter().map(|(name, _)| folder.join(name)).collect();
    targets.push(folder.join(MANIFEST));
    targets.extend(inside.is_none().then(|| folder.join(&rows)));
    targets.retain(|path| path.symlink_metadata().is_ok());
    if !targets.is_empty() {
        return Err(SampleError::InTheWay { paths: targets }.into());
    }
    if inside.is_none() {
        written(&folder.join(&rows), |to| io::copy(&mut fs::File::open(&from)?, to).map(drop))?;
    }
    for (name, text) in &prompts {
        written(&folder.join(name), |to| to.write_all(text.as_bytes()))?;
    }
    let change = DataChange { files: DataFiles::One(rows.clone()), split: DRAWN, pin: false, mapping };
    // Last, for a folder with one is whole.
    let text = with_data(&manifest(&task), &folder, &change)?;
    written(&folder.join(MANIFEST), |to| to.write_all(text.as_bytes()))?;

    out.line(&format!("Made a workbench of {} rows in {}:", sheet.set().count(), folder.display()))?;
    out.line(&format!("  {}", portable(&rows)))?;
    out.line("  plain.prompty     asks in one sentence")?;
    out.line("  detailed.prompty  the same with room for rules; asked with three solved rows before the case")?;
    out.line("  fourfold.toml")?;
    if let Some(columns) = &columns {
        out.line(&columns.in_words())?;
    }
    if !sheet.set().left_out().is_empty() {
        out.line(&format!("Left out, for they hold bytes and no text: {}.", sheet.set().left_out().join(", ")))?;
    }
    let session = app::open_session(&folder).map_err(|error| Fault::Failed { what: error.what, hint: error.hint })?;
    let count = |split: Split| session.splits.get(split).map(|rows| format!("{} {}", rows.count(), split.as_str()));
    let counts: Vec<String> = Split::ALL.into_iter().filter_map(count).collect();
    out.line(&if counts.is_empty() {
        format!("{} of its rows cannot be read: F10 on the screen shows and mends them.", sheet.faulty())
    } else {
        format!("Drawn: {}.", counts.join(", "))
    })?;
    let at = arguments.folder();
    let steps = [
        (format!("fourfold data check{at}"), "names rows that spoil a measurement"),
        (
            format!("fourfold{at}"),
            "opens it: Ctrl+R asks, Ctrl+O takes the other prompt, F10 and m say anew what the columns are",
        ),
    ];
    next(&steps, out)
}

fn unread(error: &DataError) -> Fault {
    Fault::Asked { what: error.to_string(), hint: error.hint() }
}

fn written(path: &Path, write: impl FnOnce(&mut fs::File) -> io::Result<()>) -> Result<(), Fault> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all);
    let made = made.and_then(|()| OpenOptions::new().write(true).create_new(true).open(path));
    let made = made.and_then(|mut file| write(&mut file));
    made.map_err(|source| SampleError::Unwritable { path: path.to_owned(), source }.into())
}

/// What the columns are: as said, else by their names.
fn columns(arguments: &InitArguments, all: &[String]) -> Result<Columns, Fault> {
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    let named = |name: &String| {
        let found = all.iter().find(|column| *column == name);
        let found = found.or_else(|| all.iter().find(|column| column.eq_ignore_ascii_case(name)));
        found.cloned().ok_or_else(|| Fault::Asked {
            what: format!("there is no column `{name}`"),
            hint: did_you_mean(name, &names, "column"),
        })
    };
    let said = |name: &Option<String>| name.as_ref().map(named).transpose();
    let (asked, reference) = (said(&arguments.input)?, said(&arguments.answer)?);
    let free = |column: &&String| column.as_str() != ID && Some(*column) != asked.as_ref();
    let Some(reference) = reference.or_else(|| by_words(&all.iter().filter(free).collect::<Vec<_>>(), &ANSWERS)) else {
        // Both are asked for at once, rather than one try after the other.
        let is_clear =
            asked.is_some() || all.len() <= 2 || by_words(&all.iter().collect::<Vec<_>>(), &INPUTS).is_some();
        return Err(if is_clear {
            unclear("the right answer", "it with --answer COLUMN", all)
        } else {
            unclear("what is asked, and which one the right answer", "them with --input COLUMN --answer COLUMN", all)
        });
    };
    let others: Vec<&String> = all.iter().filter(|column| column.as_str() != ID && **column != reference).collect();
    let asked = asked.or_else(|| by_words(&others, &INPUTS)).or_else(|| match others.as_slice() {
        [one] => Some((*one).clone()),
        _ => None,
    });
    let asked = match asked {
        Some(asked) if asked != reference => asked,
        _ => return Err(unclear("what is asked", "it with --input COLUMN", all)),
    };
    let hidden = others.into_iter().filter(|column| **column != asked).cloned().collect();
    Ok(Columns { asked, reference, id: None, hidden })
}

/// The column whose name holds the first of these words.
fn by_words(columns: &[&String], words: &[&str]) -> Option<String> {
    let holds = |column: &str, word: &str| {
        column.split(|letter: char| !letter.is_alphanumeric()).any(|part| part.eq_ignore_ascii_case(word))
    };
    words.iter().find_map(|word| columns.iter().find(|column| holds(column, word)).map(|column| (*column).clone()))
}

fn unclear(what: &str, flags: &str, all: &[String]) -> Fault {
    Fault::Asked {
        what: format!("the columns' names do not say which one holds {what}"),
        hint: format!("Name {flags}. The columns are: {}.", all.join(", ")),
    }
}

impl Columns {
    fn mapping(&self) -> Mapping {
        let mut mapping = Mapping {
            reference: Some(self.reference.clone()),
            id: self.id.clone(),
            hide: self.hidden.clone(),
            ..Mapping::default()
        };
        if !is_variable(&self.asked) {
            mapping.variables.insert(self.variable(), self.asked.clone());
        }
        mapping
    }

    /// Takes the first column that is called like a name of rows and tells them apart. Without one rows are known by their number.
    fn name_rows(&mut self, sheet: &Sheet) -> Result<(), Fault> {
        if sheet.set().columns().iter().any(|column| column == ID) {
            return Ok(());
        }
        for column in self.hidden.iter().filter(|column| names_rows(column)) {
            let named = Self { id: Some(column.clone()), hidden: Vec::new(), ..self.clone() };
            let apart =
                Sheet::open(sheet.set().path(), &named.mapping(), &|_, _| true).map_err(|error| unread(&error))?;
            if apart.faulty() == sheet.faulty() {
                self.id = Some(column.clone());
                break;
            }
        }
        self.hidden.retain(|column| self.id.as_ref() != Some(column));
        Ok(())
    }

    fn variable(&self) -> String {
        variable_for(&self.asked).unwrap_or_else(|| "input".to_owned())
    }

    fn in_words(&self) -> String {
        let hidden = match self.hidden.as_slice() {
            [] => String::new(),
            some => format!("; kept from the prompt: {}", some.join(", ")),
        };
        let names = self.id.as_ref().map_or_else(String::new, |id| format!("; `{id}` names a row"));
        let Self { asked, reference, .. } = self;
        format!(
            "`{asked}` is what is asked, {{{{ {} }}}} in a prompt; `{reference}` is the right answer{names}{hidden}.",
            self.variable()
        )
    }
}

/// Whether a column is called like a name of rows: `ticket_id`, `Ticket ID`, `ticketId`, `Order nr.`.
fn names_rows(column: &str) -> bool {
    let words: Vec<&str> =
        column.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let last = words.last().copied().unwrap_or_default();
    NAMES.iter().any(|name| last.eq_ignore_ascii_case(name)) || last.ends_with("Id") || last.ends_with("ID")
}

/// What the rows ask for, by the first of them.
fn task(sheet: &Sheet, (columns, layout): (Option<&Columns>, Layout), mapping: &Mapping) -> Result<Task, Fault> {
    let (whole, _) = mapping.for_file(sheet.set().path()).map_err(|error| unread(&error))?;
    let (mut references, mut variables) = (Vec::new(), Vec::new());
    let mut reader = sheet.reader();
    for row in 0..sheet.set().count().min(SAMPLED) {
        let read = reader.read(row).map_err(|error| unread(&error))?;
        let Some(case) = read.values.ok().and_then(|values| whole.case(values, row as u64 + 1).ok()) else { continue };
        references.extend(case.reference.filter(|reference| !reference.trim().is_empty()));
        if variables.is_empty() {
            let sayable = case.variables.iter().filter(|(name, _)| is_variable(name));
            variables.extend(sayable.map(|(name, value)| (name.clone(), value.is_array())));
        }
    }
    if references.is_empty() || variables.is_empty() {
        return Err(Fault::Asked {
            what: format!("no row of {} has both something to ask and a right answer", sheet.set().path().display()),
            hint: "Name the columns with --input COLUMN and --answer COLUMN.".to_owned(),
        });
    }
    let longest = references.iter().map(|reference| reference.chars().count()).max().unwrap_or(0);
    let in_words =
        |column: &str, usual: &str| variable_for(column).map_or(usual.to_owned(), |name| name.replace('_', " "));
    let words = columns.map_or_else(Default::default, |columns| {
        (in_words(&columns.asked, "input"), in_words(&columns.reference, "answer"))
    });
    Ok(Task { layout, variables, words, answers: answers(&references, longest), max_tokens: room(longest) })
}

/// Room for the longest answer at two letters a token, which is more than it takes.
fn room(longest: usize) -> usize {
    (longest / 2).next_multiple_of(32).clamp(64, 512)
}

/// The answers where they are names of something: few of them, each on several rows, of which a template reads none.
fn labels(references: &[String]) -> Option<Vec<String>> {
    let (most, rows) = LABELS;
    let different: BTreeSet<&str> = references.iter().map(|reference| reference.trim()).collect();
    let are_few = different.len() <= most && different.len() * rows <= references.len();
    let are_plain = different.iter().all(|label| !label.contains(['{', '}', '\n', '\r']));
    (are_few && are_plain).then(|| different.into_iter().map(str::to_owned).collect())
}

fn answers(references: &[String], longest: usize) -> Answers {
    let objects: Vec<Value> =
        references.iter().filter_map(|text| serde_json::from_str(text).ok()).filter(Value::is_object).collect();
    // Now and then one is spoilt.
    if objects.len() * 10 < references.len() * 9 {
        if let Some(labels) = labels(references).filter(|_| longest <= SHORT) {
            return Answers::Labels(labels);
        }
        return if longest <= SHORT { Answers::Short } else { Answers::Long };
    }
    let mut fields: Vec<String> = Vec::new();
    // What few rows have is not what is asked of every one.
    for (field, _) in objects.iter().filter_map(Value::as_object).flatten() {
        let having = objects.iter().filter(|object| object.get(field).is_some()).count();
        if having * 2 > objects.len() && !fields.contains(field) && is_variable(field) {
            fields.push(field.clone());
        }
    }
    Answers::Json(if fields.len() > MOST_FIELDS { Vec::new() } else { fields })
}

#[cfg(test)]
mod tests {
    use super::super::init;
    use super::super::tests::arguments;
    use super::*;
    use crate::prompt::{Prompt, PromptKind};

    /// A folder with the file `rows.csv`, and what `init` says of it.
    fn made(csv: &str, change: impl FnOnce(&mut InitArguments)) -> (tempfile::TempDir, Result<String, Fault>) {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("rows.csv"), csv).unwrap();
        let mut arguments = InitArguments { data: Some(PathBuf::from("rows.csv")), ..arguments("mine") };
        change(&mut arguments);
        let mut bytes = Vec::new();
        let said = init(&arguments, home.path(), &mut Output::new(&mut bytes));
        (home, said.map(|_| String::from_utf8(bytes).unwrap()))
    }

    fn meetings() -> String {
        let row = |row: usize| {
            format!(
                "T-{row},\"Could we meet, Anna and I, on day {row}?\",\"{{\"\"with\"\": \"\"Anna\"\", \"\"day\"\": {row}}}\",mail\n"
            )
        };
        let rows: String = (0..40).map(row).collect();
        format!("\u{feff}Ticket,Request text,Wanted JSON,channel\n{rows}")
    }

    #[test]
    fn a_column_that_is_called_like_a_name_and_tells_the_rows_apart_names_them() {
        let rows = |id: fn(usize) -> usize| -> String {
            let line = |row| format!("T-{},Where is parcel {row}?,{}", id(row), ["late", "lost"][row % 2]);
            (0..40).map(line).collect::<Vec<_>>().join("\n")
        };
        for (heading, id, named) in [
            ("ticket_id,text,Category", (|row| row) as fn(usize) -> usize, Some("ticket_id")),
            ("TicketID,text,Category", |row| row, Some("TicketID")),
            ("Order nr.,text,Category", |row| row, Some("Order nr.")),
            ("customer_id,text,Category", |row| row / 2, None),
            ("paid,text,Category", |row| row, None),
        ] {
            let (home, said) = made(&format!("{heading}\n{}", rows(id)), |_| {});
            let said = said.unwrap();
            let session = app::open_session(&home.path().join("mine")).map_err(|error| error.what).unwrap();
            let first = session.dev().unwrap().case(0).unwrap();
            assert_eq!(first.id.starts_with("T-"), named.is_some(), "{heading}: {}", first.id);
            assert!(first.variables.len() == 1 && first.variables.contains_key("text"), "{:?}", first.variables);
            assert_eq!(said.contains(" names a row"), named.is_some(), "{said}");
            assert!(said.contains("`Category` is the right answer"), "{said}");
        }
    }

    #[test]
    fn columns_that_say_nothing_are_asked_for_at_once() {
        let hint = |csv: &str| match made(csv, |_| {}).1.unwrap_err() {
            Fault::Asked { hint, .. } => hint,
            other => panic!("{other:?}"),
        };
        assert!(hint("a,b,c\n1,2,3\n").starts_with("Name them with --input COLUMN --answer COLUMN. "));
        assert!(hint("a,text,c\n1,2,3\n").starts_with("Name it with --answer COLUMN. "));
    }

    #[test]
    fn rows_become_a_workbench_that_can_be_asked_at_once() {
        let (home, said) = made(&meetings(), |_| {});
        let said = said.unwrap();
        for words in [
            "Made a workbench of 40 rows",
            "`Request text` is what is asked, {{ request_text }} in a prompt; `Wanted JSON` is the right answer; kept from the prompt: Ticket, channel.",
            "Drawn: 28 train, 4 dev, 8 test.",
            "fourfold data check mine ",
        ] {
            assert!(said.contains(words), "{words} is not in\n{said}");
        }
        let root = home.path().join("mine");
        let session = app::open_session(&root).unwrap();
        let case = session.splits.get(Split::Dev).unwrap().case(0).unwrap();
        assert_eq!(case.variables.keys().collect::<Vec<_>>(), ["request_text"]);
        assert_eq!(session.primary(), "json-fields");
        for name in ["plain.prompty", "detailed.prompty"] {
            let text = fs::read_to_string(root.join(name)).unwrap();
            let prompt = Prompt::parse(&text, PromptKind::Prompty);
            assert!(prompt.problems().is_empty(), "{name}: {:?}", prompt.problems());
            assert!(text.contains("Turn the request text into the wanted json."), "{text}");
            assert_eq!(text.contains("with these fields: \"with\", \"day\"."), name == "detailed.prompty");
        }

        // Nothing is overwritten, and a second one says what is in the way.
        let again = InitArguments { data: Some(PathBuf::from("rows.csv")), ..arguments("mine") };
        let error = init(&again, home.path(), &mut Output::new(Vec::new())).unwrap_err();
        assert!(error.to_string().contains("plain.prompty"), "{error}");
        let nothing = InitArguments { data: Some(PathBuf::from("nothing.csv")), ..arguments("other") };
        let error = init(&nothing, home.path(), &mut Output::new(Vec::new())).unwrap_err();
        assert!(error.to_string().contains("there is no file"), "{error}");
    }

    #[test]
    fn a_file_in_the_folder_stays_where_it_is() {
        let (home, said) = made(&meetings(), |arguments| arguments.directory = PathBuf::from("."));
        assert!(said.unwrap().contains("  fourfold data check  names"));
        assert!(!home.path().join("data").exists());
        assert!(fs::read_to_string(home.path().join(MANIFEST)).unwrap().contains("file = \"rows.csv\""));
    }

    #[test]
    fn columns_whose_names_say_nothing_are_asked_for() {
        let csv = "a,b,c\n".to_owned() + &"x,y,z\n".repeat(9);
        let fault = made(&csv, |_| {}).1.unwrap_err();
        assert_eq!(fault.hint(), "Name them with --input COLUMN --answer COLUMN. The columns are: a, b, c.");
        let name = |column: &str| Some(column.to_owned());
        let fault = made(&csv, |arguments| arguments.answer = name("c")).1.unwrap_err();
        assert!(fault.hint().contains("--input COLUMN"), "{fault}");
        let fault = made(&csv, |arguments| arguments.answer = name("d")).1.unwrap_err();
        assert!(fault.to_string().contains("no column `d`"), "{fault}");
        let said = made(&csv, |arguments| (arguments.input, arguments.answer) = (name("A"), name("c"))).1.unwrap();
        assert!(said.contains("`a` is what is asked") && said.contains("kept from the prompt: b"), "{said}");
    }

    #[test]
    fn labels_are_named_in_the_detailed_prompt() {
        let rows = |label: fn(usize) -> String| -> String {
            let row = |row: usize| format!("note {row},{}\n", label(row));
            format!("text,label\n{}", (0..40).map(row).collect::<String>())
        };
        let detailed = |csv: &str| {
            let (home, said) = made(csv, |_| {});
            said.unwrap();
            fs::read_to_string(home.path().join("mine/detailed.prompty")).unwrap()
        };
        let text = detailed(&rows(|row| ["spam", "ham"][row % 2].to_owned()));
        assert!(text.contains("Answer with one of these and nothing else: ham, spam."), "{text}");
        for no_labels in [rows(|row| format!("word{row}")), rows(|row| ["{{ x }}", "y"][row % 2].to_owned())] {
            assert!(detailed(&no_labels).contains("Answer with that and nothing else."));
        }
    }

    #[test]
    fn a_layout_that_is_known_needs_no_names() {
        let row = |row: usize| format!("What is {row}?,one,two,three,four,B\n");
        let csv = format!("question,A,B,C,D,answer\n{}", (0..40).map(row).collect::<String>());
        let (home, said) = made(&csv, |_| {});
        assert!(!said.unwrap().contains("kept from the prompt"));
        let text = fs::read_to_string(home.path().join("mine/plain.prompty")).unwrap();
        assert!(
            text.contains("the letter of the right choice") && text.contains("{% for item in choices %}"),
            "{text}"
        );
        let prompt = Prompt::parse(&text, PromptKind::Prompty);
        assert!(prompt.problems().is_empty(), "{:?}", prompt.problems());
    }
}
