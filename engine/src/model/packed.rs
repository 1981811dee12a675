//! Weights in 8-bit blocks, packed for multiplying eight rows of weights at a time.
//!
//! The numbers are those of GGML's `Q8_0` format: blocks of 32 values, each an 8-bit integer times the block's scale.
//! candle has kernels for that format, bound to a pool of its own whose threads wait for each other by spinning. Measured
//! in the same build on 2 cores with AVX2, SmolLM2-135M: candle reads 100 and answers 74 tokens/s, this 447 and 119;
//! beside four busy processes the answers come at 14 and 29. Both choose the same tokens equally often (`real_model`).

use rayon::prelude::*;

use super::matrix::Matrix;
use super::vector::{ROUND, Vectorised, vectorised};
use super::wide;

/// Values that share a scale.
pub(super) const BLOCK: usize = 32;
/// Rows of weights packed together.
pub(super) const LANES: usize = 8;
/// Bytes of one row that follow each other before the next row's.
pub(super) const GROUP: usize = 4;
pub(super) const GROUPS: usize = BLOCK / GROUP;
/// Rows of activations multiplied with a block while it is in registers.
const ROWS: usize = 4;
/// Multiplications below which a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 400_000;

/// One block of eight rows.
#[derive(Clone)]
#[repr(align(32))]
pub(super) struct Block {
    pub(super) scales: [f32; LANES],
    /// Group by group: four bytes of the first row, four of the second, and so on.
    pub(super) quants: [[i8; LANES * GROUP]; GROUPS],
}

/// A matrix of weights.
pub(super) struct Packed {
    /// Eight rows after eight rows, each block after block.
    pub(super) blocks: Vec<Block>,
    rows: usize,
    /// Blocks per row.
    pub(super) depth: usize,
}

/// One block of one row of activations.
#[derive(Clone, Copy)]
pub(super) struct Activations {
    pub(super) scale: f32,
    /// Group by group, the four bytes of each as one number.
    pub(super) quants: [i32; GROUPS],
}

impl Packed {
    /// Packs rows that follow each other in `values`. `width` is a multiple of [`BLOCK`].
    pub(super) fn pack(values: &[f32], width: usize) -> Self {
        let rows = values.len() / width.max(1);
        let depth = width / BLOCK;
        let tiles: Vec<&[f32]> = values.chunks(LANES * width.max(1)).collect();
        let blocks =
            tiles.into_par_iter().flat_map_iter(|tile| (0..depth).map(move |index| pack_block(tile, width, index)));
        Self { blocks: blocks.collect(), rows, depth }
    }

    /// Puts the rows of several matrices of the same width below each other. All but the last fill their tiles.
    pub(super) fn stack(parts: Vec<Self>) -> Self {
        let mut stacked =
            Self { blocks: Vec::with_capacity(parts.iter().map(|part| part.blocks.len()).sum()), rows: 0, depth: 0 };
        for part in parts {
            debug_assert!(stacked.rows.is_multiple_of(LANES), "a tile of two matrices");
            stacked.rows += part.rows;
            stacked.depth = part.depth;
            stacked.blocks.extend(part.blocks);
        }
        stacked
    }

    /// Bytes in memory.
    pub(super) fn bytes(&self) -> usize {
        self.blocks.len() * size_of::<Block>()
    }

    /// One row of weights as floats.
    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = f32> {
        let lane = row % LANES;
        self.blocks.iter().skip(row / LANES * self.depth).take(self.depth).flat_map(move |block| {
            let scale = block.scales.get(lane).copied().unwrap_or_default();
            let quants = block.quants.iter().flat_map(move |group| group.iter().skip(lane * GROUP).take(GROUP));
            quants.map(move |&quant| f32::from(quant) * scale)
        })
    }

    /// Multiplies rows of activations with all rows of weights.
    pub(super) fn multiply(&self, input: &Matrix) -> Matrix {
        let rows = input.rows();
        let activations = quantise(input);
        let tiles = self.rows.div_ceil(LANES);
        let mut tiled = vec![[0.0; LANES]; tiles * rows];
        // Two tiles at a time, where there is a kernel for that.
        let work = rows * self.depth * BLOCK * LANES * 2;
        let wide = wide::Rows::new(&activations, rows);
        tiled
            .par_chunks_mut(2 * rows.max(1))
            .with_min_len((WORTH_A_THREAD / 2).div_ceil(work.max(1)))
            .zip_eq(self.blocks.par_chunks(2 * self.depth.max(1)))
            .for_each(|(output, blocks)| {
                if wide.as_ref().is_some_and(|wide| wide.multiply(blocks, self.depth, output)) {
                    return;
                }
                let tiles = output.chunks_mut(rows.max(1)).zip(blocks.chunks(self.depth.max(1)));
                for (output, blocks) in tiles {
                    vectorised(Tile { blocks, activations: &activations, depth: self.depth, output });
                }
            });
        let mut output = Matrix::zeros(rows, self.rows);
        let width = self.rows.max(1);
        output.values_mut().par_chunks_mut(width).with_min_len(16).enumerate().for_each(|(row, output)| {
            for (tile, output) in output.chunks_mut(LANES).enumerate() {
                if let Some(tile) = tiled.get(tile * rows + row) {
                    output.copy_from_slice(tile.get(..output.len()).unwrap_or_default());
                }
            }
        });
        output
    }
}

/// Packs block `index` of up to eight rows; missing rows stay zero.
fn pack_block(tile: &[f32], width: usize, index: usize) -> Block {
    let mut block = Block { scales: [0.0; LANES], quants: [[0; LANES * GROUP]; GROUPS] };
    for (lane, row) in tile.chunks_exact(width).enumerate() {
        let Some(values) = row.as_chunks::<BLOCK>().0.get(index) else { continue };
        let quantised = quantise_block(values);
        if let Some(scale) = block.scales.get_mut(lane) {
            *scale = quantised.scale;
        }
        for (group, quants) in block.quants.iter_mut().zip(quantised.quants) {
            for (target, quant) in group.iter_mut().skip(lane * GROUP).zip(quants.to_ne_bytes()) {
                *target = quant as i8;
            }
        }
    }
    block
}

#[inline(always)]
fn quantise_block(values: &[f32; BLOCK]) -> Activations {
    let (mut most, mut overflow) = (0.0_f32, 0.0_f32);
    for value in values {
        most = if value.abs() > most { value.abs() } else { most };
        // Nothing of a number, and no number of what is none: as eight bits it would pass for one.
        overflow += value * 0.0;
    }
    let scale = most / 127.0 + overflow;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    let mut bytes = [0_u8; BLOCK];
    for (byte, value) in bytes.iter_mut().zip(values) {
        *byte = (value * inverse + ROUND).to_bits() as u8;
    }
    let (groups, _) = bytes.as_chunks::<GROUP>();
    let mut quants = [0; GROUPS];
    for (quants, bytes) in quants.iter_mut().zip(groups) {
        *quants = i32::from_ne_bytes(*bytes);
    }
    Activations { scale, quants }
}

/// Brings activations into blocks, row after row.
fn quantise(input: &Matrix) -> Vec<Activations> {
    struct Rows<'a>(&'a [f32]);
    impl Vectorised for Rows<'_> {
        type Output = Vec<Activations>;
        #[inline(always)]
        fn run(self) -> Self::Output {
            let (blocks, _) = self.0.as_chunks::<BLOCK>();
            let mut quantised = Vec::with_capacity(blocks.len());
            for block in blocks {
                quantised.push(quantise_block(block));
            }
            quantised
        }
    }
    let rows: Vec<&[f32]> = input.values().chunks(input.width().max(1) * 16).collect();
    match rows.as_slice() {
        [rows] => vectorised(Rows(rows)),
        _ => rows.into_par_iter().flat_map_iter(|rows| vectorised(Rows(rows))).collect(),
    }
}

/// The products of eight rows of weights with all rows of activations.
struct Tile<'a> {
    blocks: &'a [Block],
    activations: &'a [Activations],
    depth: usize,
    output: &'a mut [[f32; LANES]],
}

impl Tile<'_> {
    /// Goes over the activations in groups of rows, so that every block is loaded once for several rows.
    #[inline(always)]
    fn by_groups(
        self,
        several: impl Fn(&[Block], [&[Activations]; ROWS]) -> [[f32; LANES]; ROWS],
        one: impl Fn(&[Block], [&[Activations]; 1]) -> [[f32; LANES]; 1],
    ) {
        let depth = self.depth;
        let row = |index: usize| self.activations.get(index * depth..(index + 1) * depth).unwrap_or_default();
        let (groups, rest) = self.output.as_chunks_mut::<ROWS>();
        for (index, output) in groups.iter_mut().enumerate() {
            *output = several(self.blocks, std::array::from_fn(|offset| row(index * ROWS + offset)));
        }
        let start = groups.len() * ROWS;
        for (offset, output) in rest.iter_mut().enumerate() {
            let [product] = one(self.blocks, [row(start + offset)]);
            *output = product;
        }
    }
}

impl Vectorised for Tile<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.by_groups(portable, portable);
    }

    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn run_avx2(self, simd: pulp::x86::V3) {
        self.by_groups(
            |blocks, rows| avx2::products(simd, blocks, rows),
            |blocks, rows| avx2::products(simd, blocks, rows),
        );
    }
}

/// The products for processors without a kernel of their own; the loops have fixed lengths for the compiler to vectorise.
#[inline(always)]
fn portable<const N: usize>(blocks: &[Block], rows: [&[Activations]; N]) -> [[f32; LANES]; N] {
    rows.map(|row| {
        let mut sums = [0.0; LANES];
        for (block, activations) in blocks.iter().zip(row) {
            let mut products = [0_i32; LANES];
            for (weights, activations) in block.quants.iter().zip(&activations.quants) {
                for (product, weights) in products.iter_mut().zip(weights.as_chunks::<GROUP>().0) {
                    for (weight, activation) in weights.iter().zip(activations.to_ne_bytes()) {
                        *product += i32::from(*weight) * i32::from(activation as i8);
                    }
                }
            }
            for ((sum, product), scale) in sums.iter_mut().zip(products).zip(block.scales) {
                *sum += product as f32 * (scale * activations.scale);
            }
        }
        sums
    })
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use pulp::x86::V3;

    use super::{Activations, Block, LANES};

    /// The products with 256-bit vectors: unsigned times signed bytes are what the processor can multiply, so the sign of
    /// the weight moves to the activation.
    #[inline(always)]
    pub(super) fn products<const N: usize>(simd: V3, blocks: &[Block], rows: [&[Activations]; N]) -> [[f32; LANES]; N] {
        let (avx, avx2) = (simd.avx, simd.avx2);
        let ones = avx._mm256_set1_epi16(1);
        let mut sums = [avx._mm256_setzero_ps(); N];
        for (index, block) in blocks.iter().enumerate() {
            let Some(rows) = each(rows, index) else { break };
            let mut products = [avx._mm256_setzero_si256(); N];
            for (group, weights) in block.quants.iter().enumerate() {
                let weights = pulp::cast(*weights);
                let sizes = avx2._mm256_abs_epi8(weights);
                for (product, row) in products.iter_mut().zip(rows) {
                    let activations = avx._mm256_set1_epi32(row.quants.get(group).copied().unwrap_or_default());
                    let signed = avx2._mm256_sign_epi8(activations, weights);
                    let pairs = avx2._mm256_maddubs_epi16(sizes, signed);
                    *product = avx2._mm256_add_epi32(*product, avx2._mm256_madd_epi16(pairs, ones));
                }
            }
            let scales = pulp::cast(block.scales);
            for ((sum, product), row) in sums.iter_mut().zip(products).zip(rows) {
                let scale = avx._mm256_mul_ps(scales, avx._mm256_set1_ps(row.scale));
                *sum = simd.fma._mm256_fmadd_ps(avx._mm256_cvtepi32_ps(product), scale, *sum);
            }
        }
        sums.map(pulp::cast)
    }

    #[inline(always)]
    fn each<const N: usize>(rows: [&[Activations]; N], index: usize) -> Option<[&Activations; N]> {
        let mut found = [rows.first()?.get(index)?; N];
        for (found, row) in found.iter_mut().zip(rows) {
            *found = row.get(index)?;
        }
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values that blocks hold without loss: integers, with one of 127 in every block.
    fn exact_values(rows: usize, width: usize, seed: u32) -> Vec<f32> {
        let mut state = seed;
        (0..rows * width)
            .map(|index| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                if index % BLOCK == 5 { 127.0 } else { f32::from((state >> 24) as u8 as i8).max(-127.0) }
            })
            .collect()
    }

    fn plainly(weights: &[f32], input: &[f32], width: usize) -> Vec<f32> {
        let product = |row: &[f32], weights: &[f32]| {
            row.iter().zip(weights).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>() as f32
        };
        input.chunks(width).flat_map(|row| weights.chunks(width).map(move |weights| product(row, weights))).collect()
    }

    #[test]
    fn whole_numbers_multiply_exactly_whatever_the_shape() {
        for (outputs, inputs, width) in [(1, 1, 32), (8, 1, 64), (9, 3, 32), (24, 4, 96), (17, 5, 64), (40, 37, 32)] {
            let weights = exact_values(outputs, width, 1);
            let input = exact_values(inputs, width, 2);
            let packed = Packed::pack(&weights, width);
            let product = packed.multiply(&Matrix::new(input.clone(), width));
            // Sums stay below 2^24, so the only rounding is that of the scales.
            for (ours, exact) in product.values().iter().zip(plainly(&weights, &input, width)) {
                assert!((ours - exact).abs() <= exact.abs() * 1e-6 + 0.5, "{outputs}x{inputs}x{width}: {ours} {exact}");
            }
            assert_eq!(product.values().len(), outputs * inputs);
            let row: Vec<f32> = packed.row(outputs - 1).collect();
            for (ours, exact) in row.iter().zip(&weights[(outputs - 1) * width..]) {
                assert!((ours - exact).abs() < 1e-4);
            }
        }
    }

    #[test]
    fn extreme_products_do_not_overflow() {
        for sign in [1.0, -1.0] {
            let packed = Packed::pack(&[127.0; 8 * 32], 32);
            let product = packed.multiply(&Matrix::new(vec![sign * 127.0; 32], 32));
            assert!(product.values().iter().all(|value| (value - sign * 127.0 * 127.0 * 32.0).abs() < 1.0));
        }
    }

    #[test]
    fn stacked_parts_are_one_matrix() {
        let (first, second) = (exact_values(16, 32, 3), exact_values(5, 32, 4));
        let stacked = Packed::stack(vec![Packed::pack(&first, 32), Packed::pack(&second, 32)]);
        let whole = Packed::pack(&[first, second].concat(), 32);
        let input = Matrix::new(exact_values(3, 32, 5), 32);
        assert_eq!(stacked.multiply(&input).values(), whole.multiply(&input).values());
    }

    proptest! {
        // The rounding of both sides bounds the error: half a step of each, times the other.
        #[test]
        fn the_error_is_that_of_rounding(weights in prop::collection::vec(-3.0_f32..3.0, 8 * 64), input in prop::collection::vec(-5.0_f32..5.0, 5 * 64)) {
            let product = Packed::pack(&weights, 64).multiply(&Matrix::new(input.clone(), 64));
            for (index, (ours, exact)) in product.values().iter().zip(plainly(&weights, &input, 64)).enumerate() {
                let (row, column) = (&input[index / 8 * 64..][..64], &weights[index % 8 * 64..][..64]);
                let bound: f32 = row.iter().zip(column).map(|(a, w)| 0.51 * (a.abs() * 3.0 + w.abs() * 5.0) / 127.0 + 0.001).sum();
                prop_assert!((ours - exact).abs() <= bound, "{} {} {}", ours, exact, bound);
                // Rounding errors cancel; a systematic one would not.
                prop_assert!((ours - exact).abs() <= 1.5, "{} {}", ours, exact);
            }
        }

        #[test]
        fn a_row_alone_equals_the_row_among_others(weights in prop::collection::vec(-3.0_f32..3.0, 16 * 32), input in prop::collection::vec(-5.0_f32..5.0, 7 * 32)) {
            let packed = Packed::pack(&weights, 32);
            let together = packed.multiply(&Matrix::new(input.clone(), 32));
            for (row, together) in input.chunks(32).zip(together.values().chunks(16)) {
                let alone = packed.multiply(&Matrix::new(row.to_vec(), 32));
                prop_assert_eq!(alone.values(), together);
            }
        }

        #[test]
        fn two_tiles_at_a_time_come_to_the_same_bits(weights in prop::collection::vec(-3.0_f32..3.0, 16 * 64), input in prop::collection::vec(-5.0_f32..5.0, 23 * 64)) {
            let packed = Packed::pack(&weights, 64);
            let activations = quantise(&Matrix::new(input, 64));
            let mut plain = vec![[0.0; LANES]; 46];
            for (output, blocks) in plain.chunks_mut(23).zip(packed.blocks.chunks(2)) {
                vectorised(Tile { blocks, activations: &activations, depth: 2, output });
            }
            let mut paired = vec![[0.0; LANES]; 46];
            if let Some(wide) = wide::Rows::new(&activations, 23) {
                prop_assert!(wide.multiply(&packed.blocks, 2, &mut paired));
                prop_assert_eq!(plain, paired);
            }
        }

        #[test]
        fn the_kernels_agree(weights in prop::collection::vec(-3.0_f32..3.0, 8 * 96), input in prop::collection::vec(-5.0_f32..5.0, 96)) {
            let packed = Packed::pack(&weights, 96);
            let activations = quantise(&Matrix::new(input, 96));
            let [ours] = portable(&packed.blocks, [activations.as_slice()]);
            let mut output = [[0.0; LANES]];
            vectorised(Tile { blocks: &packed.blocks, activations: &activations, depth: 3, output: &mut output });
            for (left, right) in ours.iter().zip(&output[0]) {
                prop_assert!((left - right).abs() <= left.abs() * 1e-5 + 1e-4);
            }
        }
    }
}
