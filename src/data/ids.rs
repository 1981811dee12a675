//! The ids of a file's rows, in bounded memory: which row has an id, and whether two rows share one.
//!
//! Where every id is its row's number, nothing is kept. Else the first [`MOST`] ids are kept as 64-bit hashes with their
//! rows; of later ones a bit each ("Space/Time Trade-offs in Hash Coding with Allowable Errors": Bloom, 1970), which tells
//! of most ids that they are new and of a few that they may not be: those are looked at in a second reading of the file.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::io::{self, Read, Write};

use super::words::{put, take};

/// Ids that are kept with their rows: as many as a table of 2^18 places takes; one more would double it, to 9 MB.
const MOST: usize = 7 << 15;
/// Bits of the filter: 16 MiB, for ten million ids one in about 200 suspected for nothing.
const BITS: u64 = 1 << 27;
/// Bits an id sets.
const MARKS: u64 = 4;
/// Suspected ids that are looked at again: enough for 25 million rows. Of a file with more of them it is said that not all were.
const SUSPECTS: usize = 1_000_000;

/// The ids met so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ids {
    /// Rows so far.
    count: u64,
    /// `None` as long as every id is its row's number.
    named: Option<Named>,
    most: Option<usize>,
    /// How many suspects are kept, where that is not the usual number.
    most_suspects: Option<usize>,
    /// Whether there were more suspects than are looked at again.
    unsure: bool,
}

#[derive(Clone, Debug, Default)]
struct Named {
    first: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
    later: Option<Filter>,
    suspects: HashMap<u64, Option<u64>>,
}

#[derive(Clone, Debug)]
struct Filter(Vec<u64>);

/// The hash of what is a hash already. To hash a quarter of a million anew was a quarter of what a start with a kept index cost.
#[derive(Clone, Copy, Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0 << 8 | u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// What is known of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// It is that of this 0-based row, unless the hashes of two ids are the same.
    Row(usize),
    /// No row has it.
    Nowhere,
    /// It may be that of a row from this one on.
    From(usize),
}

impl Filter {
    /// Sets the id's bits; whether all were set before.
    fn add(&mut self, hash: u64) -> bool {
        let mut known = true;
        // Two halves of the hash make any number of others (Kirsch and Mitzenmacher, 2006).
        let (start, step) = (hash & 0xffff_ffff, (hash >> 32) | 1);
        for mark in 0..MARKS {
            let bit =
                start.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(mark.wrapping_mul(step << 5)) >> 7 & (BITS - 1);
            if let Some(word) = self.0.get_mut((bit / 64) as usize) {
                let mask = 1_u64 << (bit % 64);
                known &= *word & mask != 0;
                *word |= mask;
            }
        }
        known
    }
}

impl Ids {
    #[cfg(test)]
    fn keeping(most: usize) -> Self {
        Self { most: Some(most), ..Self::default() }
    }

    /// Whether a second row of one id may have gone unnoticed, in a file of very many rows.
    pub(crate) const fn unsure(&self) -> bool {
        self.unsure
    }

    /// Adds the id of the next row. The 0-based row that has it already, if that is certain.
    pub(crate) fn add(&mut self, id: &str) -> Option<u64> {
        let row = self.count;
        self.count += 1;
        if self.named.is_none() {
            if is_number(id, row + 1) {
                return None;
            }
            self.named = Some(Named::default());
            for earlier in 0..row {
                self.add_named(&(earlier + 1).to_string(), earlier);
            }
        }
        self.add_named(id, row)
    }

    /// Counts the next row, which cannot be read and so has no id; a row's place among the ids is its number.
    pub(crate) fn add_none(&mut self) {
        let row = self.count;
        self.count += 1;
        if self.named.is_some() {
            // No id begins with what no text of a row may hold.
            self.add_named(&format!("\0{}", row + 1), row);
        }
    }

    fn add_named(&mut self, id: &str, row: u64) -> Option<u64> {
        let most = self.most.unwrap_or(MOST);
        let named = self.named.as_mut()?;
        let hash = short_hash(id);
        if let Some(first) = named.first.get(&hash) {
            return Some(u64::from(*first));
        }
        if named.first.len() < most
            && let Ok(row) = u32::try_from(row)
        {
            named.first.insert(hash, row);
            return None;
        }
        let filter = named.later.get_or_insert_with(|| Filter(vec![0; (BITS / 64) as usize]));
        if filter.add(hash) {
            if named.suspects.len() < self.most_suspects.unwrap_or(SUSPECTS) {
                named.suspects.insert(hash, None);
            } else if !named.suspects.contains_key(&hash) {
                self.unsure = true;
            }
        }
        None
    }

    /// Whether the file has to be read again, each id given to [`Ids::confirm`].
    pub(crate) fn has_suspects(&self) -> bool {
        self.named.as_ref().is_some_and(|named| !named.suspects.is_empty())
    }

    /// Looks at the id of a 0-based row again. The row that had it before, if one had.
    pub(crate) fn confirm(&mut self, id: &str, row: u64) -> Option<u64> {
        let seen = self.named.as_mut()?.suspects.get_mut(&short_hash(id))?;
        if seen.is_none() {
            *seen = Some(row);
            return None;
        }
        *seen
    }

    /// Forgets what was only needed for [`Ids::confirm`].
    pub(crate) fn finish(&mut self) {
        if let Some(named) = &mut self.named {
            named.suspects = HashMap::new();
            if named.later.is_some() {
                named.later = Some(Filter(Vec::new()));
            }
        }
    }

    /// Writes what is known of a file in which no two rows share an id, for [`Ids::read`]: of the ids that were kept, their
    /// hashes in the order of the rows.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let Some(named) = &self.named else { return put(out, 1, std::iter::once(self.count)) };
        let mut hashes = vec![0; named.first.len()];
        for (hash, row) in &named.first {
            // An id that was left out is the second of its kind.
            *hashes.get_mut(*row as usize).ok_or(io::ErrorKind::InvalidData)? = *hash;
        }
        let later = u64::from(named.later.is_some()) + u64::from(self.unsure);
        put(out, 2, [self.count, later].into_iter())?;
        put(out, hashes.len(), hashes.into_iter())
    }

    /// Reads what was written.
    pub(super) fn read(input: &mut dyn Read) -> io::Result<Self> {
        let mut shape = Vec::new();
        take(input, 2, |word| shape.push(word))?;
        let later = match shape.as_slice() {
            [count] => return Ok(Self { count: *count, ..Self::default() }),
            [_, later] => *later != 0,
            _ => return Err(io::ErrorKind::InvalidData.into()),
        };
        let (mut first, mut row) = (HashMap::with_capacity_and_hasher(MOST, BuildHasherDefault::default()), 0);
        take(input, MOST, |hash| {
            first.insert(hash, row);
            row += 1;
        })?;
        let named = Named { first, later: later.then(|| Filter(Vec::new())), suspects: HashMap::new() };
        let count = shape.first().copied().unwrap_or_default();
        Ok(Self { count, named: Some(named), unsure: shape.get(1) == Some(&2), ..Self::default() })
    }

    /// Where an id is.
    pub(crate) fn find(&self, id: &str) -> Found {
        let Some(named) = &self.named else {
            let number = id.parse::<u64>().ok().filter(|number| (1..=self.count).contains(number));
            return match number {
                Some(number) if is_number(id, number) => Found::Row(number as usize - 1),
                _ => Found::Nowhere,
            };
        };
        match named.first.get(&short_hash(id)) {
            Some(row) => Found::Row(*row as usize),
            None if named.later.is_none() => Found::Nowhere,
            None => Found::From(named.first.len()),
        }
    }
}

/// Whether `id` is this number, written as a number is.
fn is_number(id: &str, number: u64) -> bool {
    id.len() <= 20 && id.parse() == Ok(number) && !id.starts_with(['0', '+'])
}

fn short_hash(id: &str) -> u64 {
    super::digest::short(&blake3::hash(id.as_bytes()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_of_rows_need_no_memory() {
        let mut ids = Ids::default();
        for row in 1..=1000 {
            assert_eq!(ids.add(&row.to_string()), None);
        }
        assert!(ids.named.is_none());
        assert_eq!(ids.find("1000"), Found::Row(999));
        for absent in ["0", "1001", "01", "+1", "x", ""] {
            assert_eq!(ids.find(absent), Found::Nowhere, "{absent}");
        }
        assert_eq!(ids.add("7"), Some(6));
    }

    #[test]
    fn more_suspects_than_are_kept_are_no_secret() {
        let mut ids = Ids { most_suspects: Some(2), ..Ids::keeping(1) };
        for id in ["a", "b", "c", "b", "c", "b"] {
            ids.add(id);
        }
        assert!(!ids.unsure(), "two ids are suspected, one of them twice");
        for id in ["d", "d"] {
            ids.add(id);
        }
        assert!(ids.unsure());
        let mut written = Vec::new();
        ids.write(&mut written).unwrap();
        assert!(Ids::read(&mut written.as_slice()).unwrap().unsure(), "a kept index says so too");
    }

    proptest! {
        #[test]
        fn the_second_row_of_an_id_is_named_with_the_first(ids in proptest::collection::vec(0_u32..40, 0..60), most in 0_usize..20) {
            let mut known = Ids::keeping(most);
            let mut first: HashMap<u32, u64> = HashMap::new();
            let mut told = Vec::new();
            let mut wanted = Vec::new();
            for (row, id) in ids.iter().enumerate() {
                told.extend(known.add(&format!("x{id}")).map(|first| (row as u64, first)));
                match first.get(id) {
                    Some(first) => wanted.push((row as u64, *first)),
                    None => drop(first.insert(*id, row as u64)),
                }
            }
            if known.has_suspects() {
                for (row, id) in ids.iter().enumerate() {
                    told.extend(known.confirm(&format!("x{id}"), row as u64).map(|first| (row as u64, first)));
                }
            }
            told.sort_unstable();
            prop_assert_eq!(told, wanted);
            known.finish();
            for (id, row) in &first {
                let found = known.find(&format!("x{id}"));
                prop_assert!(found == Found::Row(*row as usize) || matches!(found, Found::From(_)), "{:?}", found);
            }
            if first.len() == ids.len() {
                let mut written = Vec::new();
                known.write(&mut written).unwrap();
                let read = Ids::read(&mut written.as_slice()).unwrap();
                for id in 0..41 {
                    prop_assert_eq!(read.find(&format!("x{id}")), known.find(&format!("x{id}")));
                }
            }
        }
    }
}
