//! The innermost loops of a product: strips of sixteen columns meet groups of six rows, and the sums stay in registers.
//! Each sum goes along the depth value by value, so every kernel comes to the same bits, portable ones without fused
//! multiplication excepted.

use crate::model::{STRIP, Vectorised};

/// Rows in a group.
pub(super) const ROWS: usize = 6;

/// Some strips' lines against all rows.
pub(super) struct Block<'a> {
    /// `count` lines a strip.
    pub(super) lines: &'a [[f32; STRIP]],
    /// Rows in groups of six, `depth` values a group.
    pub(super) rows: &'a [[f32; ROWS]],
    pub(super) depth: usize,
    /// The first of the rows' values that meets the lines.
    pub(super) from: usize,
    /// How many do.
    pub(super) count: usize,
    /// A tile for each group of rows, strip by strip.
    pub(super) tiles: &'a mut [[[f32; STRIP]; ROWS]],
    /// Groups of rows.
    pub(super) groups: usize,
}

impl Block<'_> {
    #[inline(always)]
    fn with(self, kernel: &impl Kernel) {
        for group in 0..self.groups {
            let start = group * self.depth + self.from;
            let rows = self.rows.get(start..start + self.count).unwrap_or_default();
            let tiles = self.tiles.iter_mut().skip(group).step_by(self.groups);
            for (lines, tile) in self.lines.chunks_exact(self.count).zip(tiles) {
                kernel.add(lines, rows, tile);
            }
        }
    }
}

impl Vectorised for Block<'_> {
    type Output = ();

    const WIDE: bool = true;

    #[inline(always)]
    fn run(self) {
        self.with(&Portable);
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn run_avx2(self, simd: pulp::x86::V3) {
        self.with(&Avx2(simd));
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn run_avx512(self, simd: pulp::x86::V4) {
        self.with_avx512(simd);
    }
}

#[cfg(target_arch = "x86_64")]
impl Block<'_> {
    /// Two strips meet two groups of rows at a time, where there are as many.
    #[inline(always)]
    fn with_avx512(self, simd: pulp::x86::V4) {
        let Self { lines, rows, depth, from, count, tiles, groups } = self;
        let rows = |group: usize| {
            let start = group * depth + from;
            rows.get(start..start + count).unwrap_or_default()
        };
        for (lines, tiles) in lines.chunks(2 * count).zip(tiles.chunks_mut(2 * groups)) {
            let (first, second) = lines.split_at(count);
            let (above, below) = tiles.split_at_mut(groups);
            let mut below = below.chunks_mut(2);
            for (pair, above) in above.chunks_mut(2).enumerate() {
                let group = 2 * pair;
                match (above, below.next()) {
                    ([a, b], Some([c, d])) => {
                        add_avx512(simd, [first, second], [rows(group), rows(group + 1)], [[a, b], [c, d]]);
                    }
                    ([a], Some([c])) => add_avx512(simd, [first, second], [rows(group)], [[a], [c]]),
                    ([a, b], _) => add_avx512(simd, [first], [rows(group), rows(group + 1)], [[a, b]]),
                    ([a], _) => add_avx512(simd, [first], [rows(group)], [[a]]),
                    _ => {}
                }
            }
        }
    }
}

/// Adds the products of strips' lines with groups of rows to their tiles. A line is a vector; of 32 registers 24 hold sums,
/// two hold lines and one a value.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn add_avx512<const STRIPS: usize, const GROUPS: usize>(
    simd: pulp::x86::V4,
    lines: [&[[f32; STRIP]]; STRIPS],
    rows: [&[[f32; ROWS]]; GROUPS],
    tiles: [[&mut [[f32; STRIP]; ROWS]; GROUPS]; STRIPS],
) {
    use core::arch::x86_64::__m512;

    let avx512 = simd.avx512f;
    let count = lines.iter().map(|lines| lines.len()).chain(rows.iter().map(|rows| rows.len())).min().unwrap_or(0);
    let (lines, rows) = (lines.map(|lines| &lines[..count]), rows.map(|rows| &rows[..count]));
    let mut sums: [[[__m512; ROWS]; GROUPS]; STRIPS] =
        std::array::from_fn(|strip| std::array::from_fn(|group| pulp::cast(*tiles[strip][group])));
    for at in 0..count {
        let lines: [__m512; STRIPS] = std::array::from_fn(|strip| pulp::cast(lines[strip][at]));
        for group in 0..GROUPS {
            for (row, value) in rows[group][at].iter().enumerate() {
                let value = avx512._mm512_set1_ps(*value);
                for strip in 0..STRIPS {
                    let sum = &mut sums[strip][group][row];
                    *sum = avx512._mm512_fmadd_ps(value, lines[strip], *sum);
                }
            }
        }
    }
    for (tiles, sums) in tiles.into_iter().zip(sums) {
        for (tile, sums) in tiles.into_iter().zip(sums) {
            *tile = pulp::cast(sums);
        }
    }
}

/// Adds the products of a strip's lines with a group of rows to a tile. A trait and no closure: it must become part of its
/// caller, or every instruction would be a call.
trait Kernel {
    fn add(&self, lines: &[[f32; STRIP]], rows: &[[f32; ROWS]], tile: &mut [[f32; STRIP]; ROWS]);
}

/// Loops of fixed lengths for the compiler to vectorise.
struct Portable;

impl Kernel for Portable {
    #[inline(always)]
    fn add(&self, lines: &[[f32; STRIP]], rows: &[[f32; ROWS]], tile: &mut [[f32; STRIP]; ROWS]) {
        let mut sums = *tile;
        for (line, row) in lines.iter().zip(rows) {
            for (sums, value) in sums.iter_mut().zip(row) {
                for (sum, weight) in sums.iter_mut().zip(line) {
                    *sum += value * weight;
                }
            }
        }
        *tile = sums;
    }
}

/// Two vectors are a line; twelve sums, two weights and a value fill the sixteen registers.
#[cfg(target_arch = "x86_64")]
struct Avx2(pulp::x86::V3);

#[cfg(target_arch = "x86_64")]
impl Kernel for Avx2 {
    #[inline(always)]
    fn add(&self, lines: &[[f32; STRIP]], rows: &[[f32; ROWS]], tile: &mut [[f32; STRIP]; ROWS]) {
        use core::arch::x86_64::__m256;

        let (avx, fma) = (self.0.avx, self.0.fma);
        let mut sums: [[__m256; 2]; ROWS] = pulp::cast(*tile);
        for (line, row) in lines.iter().zip(rows) {
            let [low, high] = line.as_chunks::<8>().0 else { return };
            let (low, high): (__m256, __m256) = (pulp::cast(*low), pulp::cast(*high));
            for ([first, second], value) in sums.iter_mut().zip(row) {
                let value = avx._mm256_set1_ps(*value);
                *first = fma._mm256_fmadd_ps(value, low, *first);
                *second = fma._mm256_fmadd_ps(value, high, *second);
            }
        }
        *tile = pulp::cast(sums);
    }
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    /// The tiles of `strips` strips and `groups` groups of rows, by one of the kernels.
    fn tiles(strips: usize, groups: usize, run: impl FnOnce(Block)) -> Vec<[[f32; STRIP]; ROWS]> {
        let (count, depth) = (37, 50);
        let value = |index: usize| ((index * 7919) % 1009) as f32 / 504.5 - 1.0;
        let lines: Vec<[f32; STRIP]> =
            (0..strips * count).map(|line| std::array::from_fn(|lane| value(line * STRIP + lane))).collect();
        let rows: Vec<[f32; ROWS]> =
            (0..groups * depth).map(|row| std::array::from_fn(|lane| value(row * ROWS + lane + 5))).collect();
        let mut tiles = vec![[[0.5; STRIP]; ROWS]; strips * groups];
        run(Block { lines: &lines, rows: &rows, depth, from: 9, count, tiles: &mut tiles, groups });
        tiles
    }

    /// On a processor without these vectors there is nothing to compare.
    #[test]
    fn wider_vectors_come_to_the_same_bits() {
        let (Some(v3), Some(v4)) = (pulp::x86::V3::try_new(), pulp::x86::V4::try_new()) else { return };
        for (strips, groups) in [(1, 1), (1, 2), (2, 1), (2, 2), (3, 5), (4, 3)] {
            let portable = tiles(strips, groups, |block| block.run());
            let narrow = tiles(strips, groups, |block| block.run_avx2(v3));
            let wide = tiles(strips, groups, |block| block.run_avx512(v4));
            let flat = |tiles: Vec<[[f32; STRIP]; ROWS]>| tiles.concat().concat();
            let (portable, narrow, wide) = (flat(portable), flat(narrow), flat(wide));
            for ((portable, narrow), wide) in portable.iter().zip(&narrow).zip(&wide) {
                assert_eq!(narrow.to_bits(), wide.to_bits(), "{strips} strips, {groups} groups");
                assert!((portable - wide).abs() < 1e-4, "{strips} strips, {groups} groups");
            }
        }
    }
}
