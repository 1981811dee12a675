//! Indexes are believed of the file they were made of, and of no other.

use std::fmt::Write as _;
use std::time::Duration;

use super::*;
use crate::data::Cases;

/// A shelf that keeps the index of every file, however small.
fn shelf(root: &Path) -> Shelf {
    let prepare = |root: &Path| fs::create_dir_all(root.join("state")).map(|()| root.to_owned());
    Shelf { smallest: 0, ..Shelf::new(root.join("state/rows"), root.to_owned(), prepare) }
}

fn write(path: &Path, rows: usize, answer: &str) {
    let mut text = String::new();
    for row in 0..rows {
        writeln!(text, "{{\"id\": \"r{row}\", \"q\": \"question {row}\", \"reference\": \"{answer}\"}}").unwrap();
    }
    fs::write(path, text).unwrap();
}

/// Sets a file's own time to an hour ago; the time of the change, which the system sets, is now.
fn age(path: &Path) {
    let time = fs::metadata(path).unwrap().modified().unwrap() - Duration::from_hours(1);
    File::options().write(true).open(path).unwrap().set_modified(time).unwrap();
}

fn kept(root: &Path) -> Vec<PathBuf> {
    fs::read_dir(root.join("state/rows")).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
}

/// Everything a set is asked, of the rows at both ends and in the middle.
fn asked(set: &DataSet) -> Vec<String> {
    let mut all = vec![format!(
        "{} {} {} {:?} {} {:?}",
        set.count(),
        set.hash(),
        set.references(),
        set.columns(),
        set.format(),
        set.mapping()
    )];
    for index in [0, set.count() / 2, set.count() - 1] {
        let case = set.case(index).unwrap();
        all.push(format!("{index} {case:?} {:?}", set.find(&case.id)));
    }
    all.push(format!("{:?}", set.find("absent").unwrap()));
    all
}

/// Marks the index as made long after the file's last change, which a test cannot wait for.
fn settle(root: &Path) {
    let place = &kept(root)[0];
    let bytes = fs::read(place).unwrap();
    let start = MAGIC.len() + 8;
    let length = u64::from_le_bytes(bytes[MAGIC.len()..start].try_into().unwrap()) as usize;
    let mut head: Head = serde_json::from_slice(&bytes[start..start + length]).unwrap();
    head.settled = true;
    let head = serde_json::to_vec(&head).unwrap();
    let mut out = Summed::new(Vec::new());
    for part in [MAGIC.as_slice(), &(head.len() as u64).to_le_bytes(), &head] {
        out.write_all(part).unwrap();
    }
    out.write_all(&bytes[start + length..bytes.len() - blake3::OUT_LEN]).unwrap();
    fs::write(place, out.end().unwrap()).unwrap();
}

fn place<'a>(shelf: &'a Shelf, path: &'a Path, mapping: &'a Mapping) -> Place<'a> {
    Place { shelf, file: shelf.file(&path.canonicalize().unwrap(), mapping), path, mapping }
}

#[test]
fn a_set_by_its_index_answers_as_one_that_was_read_through() {
    let folder = tempfile::tempdir().unwrap();
    let (shelf, mapping) = (shelf(folder.path()), Mapping::default());
    let csv = "id,q,reference\n\"a\",\"two\nlines\",x\n\"b\",q,y\n";
    for (name, text) in [
        ("rows.csv", csv.to_owned()),
        ("rows.tsv", csv.replace(',', "\t")),
        ("rows.json", "[{\"q\": 1}, {\"q\": 2, \"more\": [1]}]".to_owned()),
        ("rows.jsonl", "\n{\"q\": 1}\r\n\n{\"q\": 2}".to_owned()),
    ] {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        let fresh = asked(&DataSet::open(&path, &mapping).unwrap());
        assert_eq!(asked(&shelf.open(&path, &mapping).unwrap()), fresh, "{name}");
        assert!(place(&shelf, &path, &mapping).by_its_bytes().is_some(), "{name}");
        assert_eq!(asked(&shelf.open(&path, &mapping).unwrap()), fresh, "{name}");
    }
    let path = folder.path().join("many.jsonl");
    write(&path, 3_000, "x");
    let fresh = asked(&DataSet::open(&path, &mapping).unwrap());
    shelf.open(&path, &mapping).unwrap();
    assert_eq!(asked(&place(&shelf, &path, &mapping).by_its_bytes().unwrap()), fresh);
    // What the columns mean is part of the question.
    let other = Mapping { reference: Some("q".to_owned()), ..Mapping::default() };
    assert_eq!(shelf.open(&path, &other).unwrap().case(1).unwrap().reference.as_deref(), Some("question 1"));
    assert!(kept(folder.path()).iter().all(|path| path.extension().unwrap() == EXTENSION), "nothing is left aside");
}

#[test]
#[cfg(unix)]
fn a_file_is_believed_unread_only_while_nothing_has_touched_it() {
    let folder = tempfile::tempdir().unwrap();
    let (shelf, mapping) = (shelf(folder.path()), Mapping::default());
    let path = folder.path().join("rows.jsonl");
    write(&path, 2_000, "x");
    shelf.open(&path, &mapping).unwrap();
    // Changed a moment ago: the next change may have the same time, so the bytes are hashed.
    assert!(place(&shelf, &path, &mapping).by_its_looks().is_none());
    assert!(place(&shelf, &path, &mapping).by_its_bytes().is_some());
    settle(folder.path());
    assert!(place(&shelf, &path, &mapping).by_its_looks().is_some());
    // The same length and the same time of its own, as a copy that keeps times has.
    let time = fs::metadata(&path).unwrap().modified().unwrap();
    let changed = fs::read_to_string(&path).unwrap().replacen("question 777\"", "question 778\"", 1);
    fs::write(&path, changed).unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
    assert!(place(&shelf, &path, &mapping).by_its_looks().is_none());
    assert!(place(&shelf, &path, &mapping).by_its_bytes().is_none());
    let set = shelf.open(&path, &mapping).unwrap();
    assert_eq!(set.case(777).unwrap().variables["q"], "question 778");
    assert_eq!(set.hash(), DataSet::open(&path, &mapping).unwrap().hash());
}

#[test]
fn a_changed_file_is_read_through_and_its_index_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let (shelf, mapping) = (shelf(folder.path()), Mapping::default());
    let path = folder.path().join("rows.jsonl");
    write(&path, 50, "x");
    assert_eq!(shelf.open(&path, &mapping).unwrap().count(), 50);
    for (rows, answer) in [(51, "x"), (49, "x"), (49, "y")] {
        write(&path, rows, answer);
        let set = shelf.open(&path, &mapping).unwrap();
        assert_eq!((set.count(), set.case(3).unwrap().reference.as_deref()), (rows, Some(answer)));
        assert!(place(&shelf, &path, &mapping).by_its_bytes().is_some(), "it was kept anew");
    }
    // A touched file is the same file, and its index is brought up to it.
    age(&path);
    assert_eq!(shelf.open(&path, &mapping).unwrap().count(), 49);
    // A faulty file has no index, and is told of each time.
    fs::write(&path, "{\"q\": 1}\nnothing\n").unwrap();
    for _ in 0..2 {
        assert!(matches!(shelf.open(&path, &mapping), Err(DataError::Rows { .. })));
    }
}

#[test]
fn a_damaged_foreign_or_older_index_is_as_good_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let (shelf, mapping) = (shelf(folder.path()), Mapping::default());
    let path = folder.path().join("rows.jsonl");
    write(&path, 500, "x");
    let fresh = asked(&shelf.open(&path, &mapping).unwrap());
    let index = kept(folder.path()).remove(0);
    let whole = fs::read(&index).unwrap();
    let program = format!("\"program\":\"{PROGRAM}\"");
    let at = whole.windows(program.len()).position(|bytes| bytes == program.as_bytes()).unwrap();
    let mut older = whole.clone();
    older[at + program.len() - 2] = b'x';
    let (mut flipped, mut longer) = (whole.clone(), whole.clone());
    flipped[whole.len() - 100] ^= 1;
    longer.push(0);
    let cut = |to: usize| whole[..to].to_vec();
    let huge = [MAGIC.as_slice(), &[0xff; 64]].concat();
    let foreign = b"SQLite format 3\0 and whatever else".to_vec();
    for bytes in [older, flipped, longer, cut(0), cut(20), cut(whole.len() / 2), cut(whole.len() - 1), huge, foreign] {
        fs::write(&index, &bytes).unwrap();
        assert!(place(&shelf, &path, &mapping).by_its_bytes().is_none());
        assert_eq!(asked(&shelf.open(&path, &mapping).unwrap()), fresh);
        assert!(place(&shelf, &path, &mapping).by_its_bytes().is_some(), "it was made anew");
    }
    // A folder in its place, or none that can be made, keeps nothing and hinders nothing.
    fs::remove_file(&index).unwrap();
    fs::create_dir(&index).unwrap();
    assert_eq!(asked(&shelf.open(&path, &mapping).unwrap()), fresh);
    let nowhere = Shelf { prepare: |_| Err(io::ErrorKind::PermissionDenied.into()), ..shelf };
    assert_eq!(asked(&nowhere.open(&path, &mapping).unwrap()), fresh);
}

#[test]
fn so_many_are_kept_and_no_more_and_none_of_a_small_file() {
    let folder = tempfile::tempdir().unwrap();
    let (shelf, mapping) = (shelf(folder.path()), Mapping::default());
    let path = folder.path().join("small.jsonl");
    write(&path, 5, "x");
    Shelf { smallest: SMALLEST, ..shelf.clone() }.open(&path, &mapping).unwrap();
    assert!(!folder.path().join("state").exists());
    for number in 0..MOST + 5 {
        let path = folder.path().join(format!("{number}.jsonl"));
        write(&path, 5, "x");
        assert_eq!(shelf.open(&path, &mapping).unwrap().count(), 5);
    }
    assert_eq!(kept(folder.path()).len(), MOST);
}

#[test]
fn a_file_that_is_looked_through_goes_by_its_index_and_leaves_one() {
    let folder = tempfile::tempdir().unwrap();
    let (shelf, mapping) = (shelf(folder.path()), Mapping::default());
    let path = folder.path().join("rows.jsonl");
    write(&path, 3_000, "x");
    age(&path);
    let read = std::cell::Cell::new(false);
    let watch = |_: Option<f64>, _: u64| {
        read.set(true);
        true
    };
    let first = shelf.sheet(&path, &mapping, &watch).unwrap();
    assert!(read.take() && kept(folder.path()).len() == 1);
    settle(folder.path());
    let again = shelf.sheet(&path, &mapping, &watch).unwrap();
    assert!(!read.take(), "by its index, and not read through");
    assert_eq!(asked(again.set()), asked(first.set()));
    assert_eq!(asked(&shelf.open(&path, &mapping).unwrap()), asked(first.set()), "it is the index of splits as well");
    assert!(!read.take());
    // Of a faulty one nothing is kept, and its faults are seen every time.
    let faulty = folder.path().join("faulty.jsonl");
    fs::write(&faulty, "{\"q\": 1}\n{\"q\": \n").unwrap();
    for _ in 0..2 {
        assert_eq!(shelf.sheet(&faulty, &mapping, &watch).unwrap().faulty(), 1);
    }
    assert_eq!(kept(folder.path()).len(), 1);
    write(&path, 3_001, "y");
    assert_eq!(shelf.sheet(&path, &mapping, &watch).unwrap().set().count(), 3_001, "a changed file is read anew");
}
