//! Products of matrices in 32-bit floats: what training spends its time in.
//!
//! The right side comes in strips of 16 columns, filled by whoever owns it: frozen weights unpack their 8-bit blocks into
//! them, so they never exist as floats elsewhere. A strip stays in the cache while all rows meet it (Goto and van de Geijn,
//! "Anatomy of High-Performance Matrix Multiplication", 2008). Every value is summed up in one order whatever the number of
//! threads and whatever the processor's vectors.

use std::ops::Range;

use rayon::prelude::*;

use super::kernel::{Block, ROWS};
use crate::model::{Linear, STRIP, Vectorised, vectorised};

/// Lines of a strip filled at a time: strip and rows fit the first-level cache.
const DEPTH: usize = 256;
/// Strips a thread takes at most at a time: its rows are read once for all of them.
const STRIPS: usize = 4;
/// Multiplications below which a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 200_000;

/// Numbers seen as rows and columns.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_step: usize,
    column_step: usize,
}

impl<'a> View<'a> {
    /// Rows that follow each other.
    pub(super) fn new(values: &'a [f32], columns: usize) -> Self {
        Self { values, rows: values.len() / columns.max(1), columns, row_step: columns, column_step: 1 }
    }

    /// Rows become columns.
    pub(super) fn transposed(self) -> Self {
        Self { rows: self.columns, columns: self.rows, row_step: self.column_step, column_step: self.row_step, ..self }
    }

    /// Some of the columns.
    pub(super) fn columns(self, columns: Range<usize>) -> Self {
        let values = self.values.get(columns.start * self.column_step..).unwrap_or_default();
        Self { values, columns: columns.len(), ..self }
    }
}

/// The right side of a product.
pub(super) trait Right: Sync {
    /// Columns there are.
    fn columns(&self) -> usize;
    /// Fills `strip` with the columns `first..first + 16` of the lines `lines`; columns beyond the last become zero.
    fn fill(&self, first: usize, lines: Range<usize>, strip: &mut [[f32; STRIP]]);
}

impl Right for View<'_> {
    fn columns(&self) -> usize {
        self.columns
    }

    fn fill(&self, first: usize, lines: Range<usize>, strip: &mut [[f32; STRIP]]) {
        let count = self.columns.saturating_sub(first).min(STRIP);
        for (line, target) in lines.zip(strip) {
            let start = line * self.row_step + first * self.column_step;
            let values = self.values.get(start..).unwrap_or_default();
            *target = [0.0; STRIP];
            if self.column_step == 1 {
                for (target, value) in target.iter_mut().zip(values.get(..count).unwrap_or_default()) {
                    *target = *value;
                }
            } else {
                for (target, value) in target.iter_mut().take(count).zip(values.iter().step_by(self.column_step)) {
                    *target = *value;
                }
            }
        }
    }
}

/// A frozen layer on the right: rows of its inputs become rows of its outputs.
pub(super) struct Forwards<'a>(pub(super) &'a Linear);

impl Right for Forwards<'_> {
    fn columns(&self) -> usize {
        self.0.outputs()
    }

    fn fill(&self, first: usize, lines: Range<usize>, strip: &mut [[f32; STRIP]]) {
        self.0.strip_of_outputs(first, lines, strip);
    }
}

/// A frozen layer on the right, the other way: rows of gradients of its outputs become gradients of its inputs.
pub(super) struct Backwards<'a>(pub(super) &'a Linear);

impl Right for Backwards<'_> {
    fn columns(&self) -> usize {
        self.0.inputs()
    }

    fn fill(&self, first: usize, lines: Range<usize>, strip: &mut [[f32; STRIP]]) {
        self.0.strip_of_inputs(first, lines, strip);
    }
}

/// The left side of a product: rows in groups of six, each group value by value.
pub(super) struct Left {
    groups: Vec<[f32; ROWS]>,
    rows: usize,
    depth: usize,
}

impl Left {
    /// Arranges rows.
    pub(super) fn new(view: View) -> Self {
        let (rows, depth) = (view.rows, view.columns);
        let mut groups = vec![[0.0; ROWS]; rows.div_ceil(ROWS) * depth];
        groups
            .par_chunks_mut(depth.max(1))
            .with_min_len((1 << 14) / depth.max(1) + 1)
            .enumerate()
            .for_each(|(group, lines)| fill_group(&view, group * ROWS, lines));
        Self { groups, rows, depth }
    }
}

/// Fills a group with the rows from `first` on. Written for each direction in which values follow each other.
fn fill_group(view: &View, first: usize, lines: &mut [[f32; ROWS]]) {
    let count = ROWS.min(view.rows - first);
    let values = view.values.get(first * view.row_step..).unwrap_or_default();
    if view.row_step == 1 && view.column_step >= count {
        for (line, values) in lines.iter_mut().zip(values.chunks(view.column_step.max(1))) {
            for (target, value) in line.iter_mut().zip(values.get(..count).unwrap_or_default()) {
                *target = *value;
            }
        }
        return;
    }
    for (lane, row) in values.chunks(view.row_step.max(1)).take(count).enumerate() {
        let put = |line: &mut [f32; ROWS], value: &f32| {
            if let Some(target) = line.get_mut(lane) {
                *target = *value;
            }
        };
        if view.column_step == 1 {
            lines.iter_mut().zip(row).for_each(|(line, value)| put(line, value));
        } else {
            lines
                .iter_mut()
                .zip(row.iter().step_by(view.column_step.max(1)))
                .for_each(|(line, value)| put(line, value));
        }
    }
}

/// Where a product goes: columns `column..` of rows of `width` values.
pub(super) struct Target<'a> {
    pub(super) values: &'a mut [f32],
    pub(super) width: usize,
    pub(super) column: usize,
    /// The product is multiplied by this.
    pub(super) scale: f32,
}

impl<'a> Target<'a> {
    /// Whole rows.
    pub(super) fn new(values: &'a mut [f32], width: usize) -> Self {
        Self { values, width, column: 0, scale: 1.0 }
    }
}

/// Adds the product of `left` and `right` to `target`.
pub(super) fn add_product(left: &Left, right: &impl Right, target: Target) {
    add_product_of(left, 0..left.depth, right, target);
}

/// Adds the product of some of `left`'s columns and `right` to `target`.
pub(super) fn add_product_of(left: &Left, depth: Range<usize>, right: &impl Right, target: Target) {
    let columns = right.columns();
    let strips = columns.div_ceil(STRIP);
    let groups = left.rows.div_ceil(ROWS);
    if groups == 0 || depth.is_empty() || strips == 0 {
        return;
    }
    let mut tiles = vec![[[0.0_f32; STRIP]; ROWS]; strips * groups];
    let at_once = strips_at_once(strips);
    let work = left.rows * depth.len() * at_once * STRIP;
    tiles
        .par_chunks_mut(groups * at_once)
        .with_min_len((WORTH_A_THREAD / 2).div_ceil(work.max(1)))
        .enumerate()
        .for_each(|(index, tiles)| {
            let first = index * at_once * STRIP;
            let mut lines = vec![[0.0; STRIP]; at_once * DEPTH.min(depth.len())];
            for start in depth.clone().step_by(DEPTH) {
                let end = (start + DEPTH).min(depth.end);
                let count = end - start;
                for (offset, lines) in lines.chunks_mut(count).take(tiles.len() / groups).enumerate() {
                    right.fill(first + offset * STRIP, start - depth.start..end - depth.start, lines);
                }
                vectorised(Block {
                    lines: &lines,
                    rows: &left.groups,
                    depth: left.depth,
                    from: start,
                    count,
                    tiles: &mut *tiles,
                    groups,
                });
            }
        });
    let Target { values, width, column, scale } = target;
    let width = width.max(1);
    let values = values.get_mut(..left.rows * width).unwrap_or_default();
    values.par_chunks_mut(width * ROWS).with_min_len((1 << 14) / (columns * ROWS) + 1).enumerate().for_each(
        |(group, rows)| vectorised(Spread { tiles: &tiles, groups, group, rows, width, column, columns, scale }),
    );
}

/// Adds a group's tiles to its rows: tile by tile, so that each is read once and in order.
struct Spread<'a> {
    /// Strip by strip a tile for each group.
    tiles: &'a [[[f32; STRIP]; ROWS]],
    groups: usize,
    group: usize,
    /// The rows of the group, all `width` values of them.
    rows: &'a mut [f32],
    width: usize,
    column: usize,
    columns: usize,
    scale: f32,
}

impl Vectorised for Spread<'_> {
    type Output = ();

    const WIDE: bool = true;

    #[inline(always)]
    fn run(self) {
        let Self { tiles, groups, group, rows, width, column, columns, scale } = self;
        for (tile, first) in tiles.iter().skip(group).step_by(groups).zip((0..columns).step_by(STRIP)) {
            let count = STRIP.min(columns - first);
            for (row, products) in rows.chunks_mut(width).zip(tile) {
                let values = row.get_mut(column + first..column + first + count).unwrap_or_default();
                if let Some(values) = values.first_chunk_mut::<STRIP>() {
                    for (value, product) in values.iter_mut().zip(products) {
                        *value += scale * product;
                    }
                } else {
                    for (value, product) in values.iter_mut().zip(products) {
                        *value += scale * product;
                    }
                }
            }
        }
    }
}

/// How many strips a thread takes at a time, so that all threads end at about the same time.
fn strips_at_once(strips: usize) -> usize {
    let threads = rayon::current_num_threads().max(1);
    let last = |at_once: usize| strips.div_ceil(at_once).div_ceil(threads) * at_once;
    (1..=STRIPS).rev().min_by_key(|&at_once| last(at_once)).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn plainly(left: &[f32], right: &[f32], depth: usize, columns: usize) -> Vec<f64> {
        let mut product = vec![0.0; left.len() / depth * columns];
        for (row, product) in product.chunks_mut(columns).enumerate() {
            for (column, value) in product.iter_mut().enumerate() {
                *value = (0..depth)
                    .map(|index| f64::from(left[row * depth + index]) * f64::from(right[index * columns + column]))
                    .sum();
            }
        }
        product
    }

    fn values(count: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..count)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn products_are_right_whatever_the_shape(rows in 1_usize..40, depth in 1_usize..600, columns in 1_usize..150, seed in any::<u32>()) {
            let (left, right) = (values(rows * depth, seed), values(depth * columns, seed ^ 1));
            let expected = plainly(&left, &right, depth, columns);
            let close = |product: &[f32]| product.iter().zip(&expected).all(|(ours, exact)| (f64::from(*ours) - exact).abs() < 1e-4);

            let mut product = vec![0.0; rows * columns];
            add_product(&Left::new(View::new(&left, depth)), &View::new(&right, columns), Target::new(&mut product, columns));
            prop_assert!(close(&product));

            // Both sides stored the other way round.
            let turned = |values: &[f32], width: usize| -> Vec<f32> {
                (0..width).flat_map(|column| values.iter().skip(column).step_by(width).copied()).collect()
            };
            let (left_turned, right_turned) = (turned(&left, depth), turned(&right, columns));
            let mut product = vec![0.0; rows * columns];
            add_product(
                &Left::new(View::new(&left_turned, rows).transposed()),
                &View::new(&right_turned, depth).transposed(),
                Target::new(&mut product, columns),
            );
            prop_assert!(close(&product));
        }
    }

    #[test]
    fn parts_of_the_depth_go_to_scaled_columns_and_add_up() {
        let (left, right) = (values(7 * 40, 1), values(40 * 20, 2));
        let mut target = vec![1.0; 7 * 50];
        let rows = Left::new(View::new(&left, 40));
        add_product_of(
            &rows,
            8..40,
            &View::new(&right[8 * 20..], 20),
            Target { values: &mut target, width: 50, column: 25, scale: 0.5 },
        );
        let mut zeroed = left.clone();
        zeroed.chunks_mut(40).for_each(|row| row[..8].fill(0.0));
        let expected = plainly(&zeroed, &right, 40, 20);
        for (row, values) in target.chunks(50).enumerate() {
            for (column, value) in values.iter().enumerate() {
                let product = if (25..45).contains(&column) { expected[row * 20 + column - 25] } else { 0.0 };
                assert!((f64::from(*value) - 1.0 - 0.5 * product).abs() < 1e-5);
            }
        }
        let some = View::new(&right, 20).columns(5..9);
        let mut strip = [[7.0; STRIP]; 1];
        some.fill(0, 3..4, &mut strip);
        assert_eq!(strip[0][..5], [right[65], right[66], right[67], right[68], 0.0]);
    }
}
