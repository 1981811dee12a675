//! The exact Levenshtein distance: Myers (1999) in the block form of Hyyrö (2003), 64 cells of a column at a time.

use super::positions::{CELLS, Positions, Unit, without_common_ends};

/// Columns after which it is looked again which blocks are still needed.
const LOOK: usize = 64;

/// How many 64-cell column steps [`distance`] would take at most, common ends already left out.
pub(super) fn work<T: Unit>(a: &[T], b: &[T]) -> usize {
    let (a, b) = without_common_ends(a, b);
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    short.len().div_ceil(CELLS).saturating_mul(long.len())
}

/// The fewest insertions, deletions and replacements that turn `a` into `b`.
///
/// A way through the table that strays `d` cells from its diagonal costs at least as much as it takes to stray and to come back.
/// So with a bound on the distance only blocks near the diagonal are needed (Ukkonen 1985); the bound is at first the longer
/// length, and is drawn closer as columns are done. What lies outside is taken to grow by one with every cell, never too small.
pub(super) fn distance<T: Unit>(a: &[T], b: &[T]) -> usize {
    let (a, b) = without_common_ends(a, b);
    let (pattern, text) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if pattern.is_empty() {
        return text.len();
    }
    let positions = Positions::of(pattern);
    let mut table = Table::new(pattern.len(), text.len());
    let (pairs, rest) = text.as_chunks::<2>();
    for (number, [first, second]) in pairs.iter().enumerate() {
        if (2 * number).is_multiple_of(LOOK) {
            table.look(2 * number);
        }
        table.two_columns(positions.matches(*first), positions.matches(*second));
    }
    if let [last] = rest {
        if (2 * pairs.len()).is_multiple_of(LOOK) {
            table.look(2 * pairs.len());
        }
        table.one_column(positions.matches(*last));
    }
    table.score
}

/// The present column, as far as it is needed.
struct Table {
    pattern: usize,
    text: usize,
    column: Vec<Block>,
    /// The blocks that are needed: from the first...
    top: usize,
    /// ...to before this one.
    end: usize,
    /// The bit of the lowest needed cell in its block.
    lowest: usize,
    /// The distance at that cell.
    score: usize,
    /// No less than the distance that is looked for.
    bound: usize,
}

impl Table {
    fn new(pattern: usize, text: usize) -> Self {
        let column = vec![Block { positive: u64::MAX, negative: 0 }; pattern.div_ceil(CELLS)];
        Self { pattern, text, column, top: 0, end: 0, lowest: 0, score: 0, bound: text }
    }

    /// The cells above the end of a block.
    fn cells(&self, end: usize) -> usize {
        (end * CELLS).min(self.pattern)
    }

    /// Which blocks the columns up to the next look need, `done` columns being done.
    fn look(&mut self, done: usize) {
        let mut score = self.score;
        for end in (self.top + 1..=self.end).rev() {
            let (cells, above) = (self.cells(end), self.cells(end - 1));
            self.bound = self.bound.min(score + (self.pattern - cells).max(self.text - done));
            let Some(block) = self.column.get(end - 1) else { break };
            let mask = u64::MAX >> (CELLS - (cells - above));
            // Down a column the distance changes by one at most: up again by what it rose.
            score =
                score + (block.negative & mask).count_ones() as usize - (block.positive & mask).count_ones() as usize;
        }
        let longer = self.text - self.pattern;
        let (above, below) = (self.bound.midpoint(longer), self.bound.saturating_sub(longer) / 2);
        self.top = self.top.max(done.saturating_sub(above) / CELLS);
        let wanted = (done + LOOK + below).div_ceil(CELLS).clamp(self.end.max(1), self.column.len());
        self.score += self.cells(wanted) - self.cells(self.end);
        self.end = wanted;
        self.lowest = (self.cells(self.end) - 1) % CELLS;
    }

    fn ends(&mut self, (rise, fall): (u64, u64)) {
        self.score = self.score + (rise >> self.lowest & 1) as usize - (fall >> self.lowest & 1) as usize;
    }

    fn one_column(&mut self, equals: &[u64]) {
        let (mut carry, mut last) = (Carry::TOP, (0, 0));
        for (block, equal) in self.column.iter_mut().zip(equals).take(self.end).skip(self.top) {
            last = block.step(*equal, &mut carry);
        }
        self.ends(last);
    }

    fn two_columns(&mut self, first: &[u64], second: &[u64]) {
        let needed = self.top..self.end;
        let (Some(column), Some(first), Some(second)) =
            (self.column.get_mut(needed.clone()), first.get(needed.clone()), second.get(needed))
        else {
            return;
        };
        let (first, second) = two_columns(column, first, second);
        self.ends(first);
        self.ends(second);
    }
}

/// Moves over two columns at once, the second a block behind the first: neither then waits for the other's arithmetic. Gives the
/// horizontal differences of the last block in each.
fn two_columns(column: &mut [Block], first: &[u64], second: &[u64]) -> ((u64, u64), (u64, u64)) {
    let (Some((mut place, blocks)), Some((first_top, first)), Some((second_bottom, second))) =
        (column.split_first_mut(), first.split_first(), second.split_last())
    else {
        return ((0, 0), (0, 0));
    };
    let (mut carry, mut carry_behind) = (Carry::TOP, Carry::TOP);
    // Written back only once both columns have it.
    let mut behind = *place;
    let mut last = behind.step(*first_top, &mut carry);
    for ((block, equal), equal_behind) in blocks.iter_mut().zip(first).zip(second) {
        let mut ahead = *block;
        last = ahead.step(*equal, &mut carry);
        behind.step(*equal_behind, &mut carry_behind);
        *place = behind;
        (place, behind) = (block, ahead);
    }
    let end = behind.step(*second_bottom, &mut carry_behind);
    *place = behind;
    (last, end)
}

/// The horizontal differences of the block above, of which the lowest is handed down: bits rather than three cases, as a branch here
/// would be guessed wrong half of the time, and whole words, as a shift takes their highest bit in along with the rest.
#[derive(Clone, Copy)]
struct Carry {
    rise: u64,
    fall: u64,
}

impl Carry {
    /// The row above the table grows by one with every column.
    const TOP: Self = Self { rise: u64::MAX, fall: 0 };
}

/// The vertical differences of 64 neighbouring cells of a column, as two bit vectors.
#[derive(Clone, Copy)]
struct Block {
    positive: u64,
    negative: u64,
}

impl Block {
    /// Moves one column to the right; returns the horizontal differences and sets the carry for the block below.
    #[inline]
    fn step(&mut self, equal: u64, carry: &mut Carry) -> (u64, u64) {
        const LAST: u32 = CELLS as u32 - 1;
        let vertical = equal | self.negative;
        let equal = equal | carry.fall >> LAST;
        let horizontal = ((equal & self.positive).wrapping_add(self.positive) ^ self.positive) | equal;
        let rise = self.negative | !(horizontal | self.positive);
        let fall = self.positive & horizontal;
        let shifted_rise = rise << 1 | carry.rise >> LAST;
        let shifted_fall = fall << 1 | carry.fall >> LAST;
        self.positive = shifted_fall | !(vertical | shifted_rise);
        self.negative = shifted_rise & vertical;
        *carry = Carry { rise, fall };
        (rise, fall)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook table of Wagner and Fischer.
    fn by_table(a: &[char], b: &[char]) -> usize {
        let mut row: Vec<usize> = (0..=b.len()).collect();
        for (i, left) in a.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i + 1;
            for (j, right) in b.iter().enumerate() {
                let above = row[j + 1];
                row[j + 1] = (diagonal + usize::from(left != right)).min(above + 1).min(row[j] + 1);
                diagonal = above;
            }
        }
        row[b.len()]
    }

    /// Every pair of short texts: what is left between common ends is often a letter or two.
    #[test]
    fn agrees_on_all_short_texts() {
        let texts: Vec<Vec<char>> = (0..6_u32)
            .flat_map(|length| {
                (0..3_usize.pow(length)).map(move |mut number| {
                    let letter = |_| {
                        let letter = ['a', 'b', 'c'][number % 3];
                        number /= 3;
                        letter
                    };
                    (0..length).map(letter).collect()
                })
            })
            .collect();
        for a in &texts {
            for b in &texts {
                assert_eq!(distance(a, b), by_table(a, b), "{a:?} {b:?}");
            }
        }
    }

    /// Around whole words and around the places at which it is looked again which blocks are needed.
    #[test]
    fn agrees_on_every_length_around_whole_blocks() {
        for length in (0..3_usize).chain(60..70).chain(124..134).chain(190..196) {
            for other in length.saturating_sub(3)..length + 4 {
                let a: Vec<char> = ['x', 'y'].into_iter().cycle().take(length).collect();
                for b in [vec!['z'; other], ['y', 'z'].into_iter().cycle().take(other).collect()] {
                    assert_eq!(distance(&a, &b), by_table(&a, &b), "{length} {other}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_textbook_table(a in "[abcé]{0,300}", b in "[abcé]{0,300}") {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            prop_assert_eq!(distance(&a, &b), by_table(&a, &b));
        }

        /// Near texts, of which only a band is looked at, bytes as well as characters.
        #[test]
        fn agrees_where_little_was_changed(
            text in "[a-d]{200,700}",
            edits in proptest::collection::vec((any::<proptest::sample::Index>(), 0..3_u8, "[a-e]{1,40}"), 0..12),
        ) {
            let a: Vec<char> = text.chars().collect();
            let mut b = a.clone();
            for (place, how, with) in edits {
                let at = place.index(b.len() + 1);
                let end = (at + with.len()).min(b.len());
                let with = with.chars();
                match how {
                    0 => { b.splice(at..at, with); }
                    1 => { b.drain(at..end); }
                    _ => { b.splice(at..end, with); }
                }
            }
            let expected = by_table(&a, &b);
            prop_assert_eq!(distance(&a, &b), expected);
            prop_assert_eq!(distance(&b, &a), expected);
            let bytes = |text: &[char]| text.iter().collect::<String>().into_bytes();
            prop_assert_eq!(distance(&bytes(&a), &bytes(&b)), expected);
        }

        #[test]
        fn agrees_around_whole_blocks(length in 60_usize..200, cut in 0_usize..60, extra in "[ab]{0,70}") {
            let a: Vec<char> = "abc".chars().cycle().take(length).collect();
            let b: Vec<char> = a[cut..].iter().copied().chain(extra.chars()).collect();
            prop_assert_eq!(distance(&a, &b), by_table(&a, &b));
        }
    }
}
