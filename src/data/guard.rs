//! The leak guard: test rows that a strategy or a training may have seen, because they are train rows, or almost.
//!
//! Two rows are equal if they ask the same, in whatever order they offer choices, and almost equal from a resemblance on: the part of the
//! three-word sequences of both that both have (Broder, 1997). The test rows are put into buckets of minimum hashes and
//! the train rows go past them once, so that the time is in proportion to the rows and the memory to the test rows.

use std::collections::HashMap;

use super::case::Case;
use super::cases::Cases;
use super::check::near::{Index, Sketch};
use super::check::text_of;
use super::error::DataError;
use super::leak::question;

/// From this resemblance on a test row is almost a train row, unless a workbench says otherwise. Higher than where
/// `fourfold data check` begins to warn: here a measurement is refused.
pub const GUARD: f64 = 0.8;
/// Pairs that are kept; the rest is counted.
const KEPT: usize = 20;
/// How much of a row is shown.
const SHOWN: usize = 160;

/// One of the two rows of a leak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeakRow {
    /// Its 0-based place in its split.
    pub index: usize,
    /// Its id.
    pub id: String,
    /// The beginning of what it asks, on one line.
    pub text: String,
}

/// A test row that is a train row, or almost.
#[derive(Clone, Debug, PartialEq)]
pub struct Leak {
    /// The train row.
    pub train: LeakRow,
    /// The test row.
    pub test: LeakRow,
    /// How alike they are; 1 if they ask the same.
    pub alike: f64,
}

impl std::fmt::Display for Leak {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (train, test) = (&self.train, &self.test);
        let how = if self.alike >= 1.0 { "is".to_owned() } else { format!("is to {:.0} %", self.alike * 100.0) };
        write!(
            formatter,
            "test row {} (`{}`: {}) {how} train row {} (`{}`: {})",
            test.index + 1,
            test.id,
            test.text,
            train.index + 1,
            train.id,
            train.text
        )
    }
}

/// A leak by its places alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakPlace {
    /// The 0-based place of the test row in its split.
    pub test: usize,
    /// That of the train row.
    pub train: usize,
    /// How alike they are; 1 if they ask the same.
    pub alike: f64,
}

/// What the guard found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Leaks {
    /// The first pairs, one for each test row, in the order of the test rows.
    pub pairs: Vec<Leak>,
    /// Every test row that has leaked, with the train row it is most like, in the order of the test rows.
    pub places: Vec<LeakPlace>,
    /// How many test rows have leaked.
    pub count: usize,
    /// How many test rows there are.
    pub of: usize,
    /// The resemblance from which on rows counted as almost equal.
    pub threshold: f64,
}

impl Leaks {
    /// One sentence for a result, or for a refusal; `None` where nothing leaked.
    pub fn statement(&self) -> Option<String> {
        (self.count > 0).then(|| {
            let share = self.threshold * 100.0;
            format!("{} of {} test rows are train rows, or share {share:.0} % with one", self.count, self.of)
        })
    }
}

/// The most alike train row of each test row so far.
struct Found {
    train: usize,
    alike: f64,
}

/// Holds every train row against the test rows.
pub fn leaks(train: &dyn Cases, test: &dyn Cases, threshold: f64) -> Result<Leaks, DataError> {
    let mut index = Index::for_many(threshold);
    let (mut equal, mut places) = (HashMap::<u128, Vec<usize>>::new(), Vec::new());
    for row in 0..test.count() {
        let case = test.case(row)?;
        equal.entry(hash(&case)).or_default().push(row);
        if let Some(sketch) = Sketch::new(&text_of(&case)) {
            index.add(sketch);
            places.push(row);
        }
    }
    let mut found: HashMap<usize, Found> = HashMap::new();
    let mut note = |test: usize, train: usize, alike: f64| {
        let known = found.entry(test).or_insert(Found { train, alike });
        if alike > known.alike {
            *known = Found { train, alike };
        }
    };
    for row in 0..train.count() {
        let case = train.case(row)?;
        if let Some(same) = equal.get(&hash(&case)) {
            for test in same {
                note(*test, row, 1.0);
            }
        }
        let Some(sketch) = Sketch::new(&text_of(&case)) else { continue };
        for (place, alike) in index.near(&sketch) {
            if let Some(test) = places.get(place) {
                // Equal in every sequence, and yet another text: not said to be the same.
                note(*test, row, alike.min(0.999));
            }
        }
    }
    let count = found.len();
    let mut rows: Vec<(usize, Found)> = found.into_iter().collect();
    rows.sort_unstable_by_key(|(test, _)| *test);
    let place = |(test, found): &(usize, Found)| LeakPlace { test: *test, train: found.train, alike: found.alike };
    let places = rows.iter().map(place).collect();
    rows.truncate(KEPT);
    let pair = |(row, found): (usize, Found)| {
        Ok(Leak { train: shown(train, found.train)?, test: shown(test, row)?, alike: found.alike })
    };
    let pairs = rows.into_iter().map(pair).collect::<Result<_, DataError>>()?;
    Ok(Leaks { pairs, places, count, of: test.count(), threshold })
}

fn hash(case: &Case) -> u128 {
    super::digest::long(&blake3::hash(question(case).as_bytes()))
}

fn shown(cases: &dyn Cases, index: usize) -> Result<LeakRow, DataError> {
    let case = cases.case(index)?;
    let text = text_of(&case);
    // A row may hold anything, and this goes to terminals and logs.
    let plain: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).collect();
    let mut line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(SHOWN) {
        line.truncate(end);
        line.push('…');
    }
    Ok(LeakRow { index, id: case.id, text: line })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn cases(texts: &[String]) -> Vec<Case> {
        let case = |(index, text): (usize, &String)| Case {
            id: format!("r{index}"),
            variables: json!({"q": text}).as_object().unwrap().clone(),
            ..Case::default()
        };
        texts.iter().enumerate().map(case).collect()
    }

    fn text(n: usize) -> String {
        (0..20).map(|word| format!("w{}", (n * 7919 + word * word * 31 + word) % 9973)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn equal_and_almost_equal_rows_are_shown_in_pairs() {
        let train: Vec<String> = (0..300).map(text).collect();
        let mut test: Vec<String> = (1000..1100).map(text).collect();
        test[7] = format!("{}!", text(42).to_uppercase());
        test[30] = format!("{} and more", text(99));
        test[31] = "short".to_owned();
        let found = leaks(&cases(&train), &cases(&test), GUARD).unwrap();
        assert_eq!((found.count, found.of), (2, 100));
        let pairs: Vec<(usize, usize)> = found.pairs.iter().map(|leak| (leak.test.index, leak.train.index)).collect();
        assert_eq!(pairs, [(7, 42), (30, 99)]);
        assert_eq!(found.places.iter().map(|place| (place.test, place.train)).collect::<Vec<_>>(), pairs);
        assert!((found.pairs[0].alike - 1.0).abs() < f64::EPSILON);
        assert!((found.pairs[1].alike - 0.9).abs() < 0.001, "{}", found.pairs[1].alike);
        let said = found.pairs[1].to_string();
        assert!(
            said.starts_with("test row 31 (`r30`: w") && said.contains("is to 90 % train row 100 (`r99`: w"),
            "{said}"
        );
        assert_eq!(found.statement().unwrap(), "2 of 100 test rows are train rows, or share 80 % with one");
    }

    #[test]
    fn a_row_equal_to_one_test_row_is_held_against_the_others_too() {
        let near = format!("{} and more", text(5));
        let found = leaks(&cases(&[text(5)]), &cases(&[text(5), near, text(900)]), GUARD).unwrap();
        assert_eq!(found.places.iter().map(|place| place.test).collect::<Vec<_>>(), [0, 1]);
        assert!(found.places[0].alike > 0.9999 && found.places[1].alike < 0.9999);
    }

    #[test]
    fn a_lower_threshold_finds_more_and_a_clean_split_nothing() {
        let train: Vec<String> = (0..50).map(text).collect();
        let changed = text(5).replace('w', "v");
        let half = format!("{} {}", text(5), changed.split(' ').take(8).collect::<Vec<_>>().join(" "));
        let test = vec![half, "short".to_owned()];
        let (train, test) = (cases(&train), cases(&test));
        assert_eq!(leaks(&train, &test, 0.8).unwrap().statement(), None);
        assert_eq!(leaks(&train, &test, 0.6).unwrap().count, 1);
        assert_eq!(leaks(&train, &cases(&[]), 0.8).unwrap(), Leaks { threshold: 0.8, ..Leaks::default() });
    }

    #[test]
    fn short_rows_leak_when_they_are_equal() {
        let train = cases(&["yes".to_owned(), "2 + 2".to_owned()]);
        let test = cases(&["2 + 2".to_owned(), "2 - 2".to_owned()]);
        let found = leaks(&train, &test, GUARD).unwrap();
        assert_eq!(found.pairs.iter().map(|leak| leak.test.index).collect::<Vec<_>>(), [0]);
    }
}
