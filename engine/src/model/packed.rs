//! Weights in 8-bit blocks, packed for multiplying eight rows of weights at a time.
//!
//! The numbers are those of GGML's `Q8_0` format: blocks of 32 values, each an 8-bit integer times the block's scale.
//! candle has kernels for that format, but they are bound to its own thread pool, whose threads wait for each other by
//! spinning: on a machine that has anything else to do, an answer slows down tenfold. Packed this way and on rayon's pool
//! nobody waits for a thread that has not begun, and reading prompts is more than twice as fast.

use rayon::prelude::*;

use super::matrix::Matrix;
use super::vector::{Vectorised, vectorised};

/// Values that share a scale.
pub(super) const BLOCK: usize = 32;
/// Rows of weights packed together.
pub(super) const LANES: usize = 8;
/// Bytes of one row that follow each other before the next row's.
const GROUP: usize = 4;
const GROUPS: usize = BLOCK / GROUP;
/// Rows of activations multiplied with a block while it is in registers.
const ROWS: usize = 4;
/// Multiplications below which a second thread costs more than it brings.
const WORTH_A_THREAD: usize = 400_000;

/// One block of eight rows.
#[derive(Clone)]
#[repr(align(32))]
pub(super) struct Block {
    scales: [f32; LANES],
    /// Group by group: four bytes of the first row, four of the second, and so on.
    quants: [[i8; LANES * GROUP]; GROUPS],
}

/// A matrix of weights.
pub(super) struct Packed {
    /// Eight rows after eight rows, each block after block.
    blocks: Vec<Block>,
    rows: usize,
    /// Blocks per row.
    depth: usize,
}

/// One block of one row of activations.
#[derive(Clone, Copy)]
struct Activations {
    scale: f32,
    quants: [[i8; GROUP]; GROUPS],
}

impl Packed {
    /// Packs rows that follow each other in `values`. `width` is a multiple of [`BLOCK`].
    pub(super) fn pack(values: &[f32], width: usize) -> Self {
        let rows = values.len() / width.max(1);
        let depth = width / BLOCK;
        let tiles: Vec<&[f32]> = values.chunks(LANES * width.max(1)).collect();
        let blocks = tiles.into_par_iter().flat_map_iter(|tile| (0..depth).map(move |index| pack_block(tile, width, index)));
        Self { blocks: blocks.collect(), rows, depth }
    }

    /// Puts the rows of several matrices of the same width below each other. All but the last fill their tiles.
    pub(super) fn stack(parts: Vec<Self>) -> Self {
        let mut stacked = Self { blocks: Vec::with_capacity(parts.iter().map(|part| part.blocks.len()).sum()), rows: 0, depth: 0 };
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
        let work = rows * self.depth * BLOCK * LANES;
        tiled
            .par_chunks_mut(rows.max(1))
            .with_min_len((WORTH_A_THREAD / 2).div_ceil(work.max(1)))
            .zip_eq(self.blocks.par_chunks(self.depth.max(1)))
            .for_each(|(output, blocks)| {
                vectorised(Tile { blocks, activations: &activations, depth: self.depth, output });
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
        let values = row.get(index * BLOCK..(index + 1) * BLOCK).unwrap_or_default();
        let quantised = quantise_block(values);
        if let Some(scale) = block.scales.get_mut(lane) {
            *scale = quantised.scale;
        }
        for (group, quants) in block.quants.iter_mut().zip(quantised.quants) {
            if let Some(target) = group.get_mut(lane * GROUP..(lane + 1) * GROUP) {
                target.copy_from_slice(&quants);
            }
        }
    }
    block
}

#[expect(clippy::inline_always, reason = "it must become part of the vectorised caller")]
#[inline(always)]
fn quantise_block(values: &[f32]) -> Activations {
    let most = values.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
    let scale = most / 127.0;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    let mut quants = [[0; GROUP]; GROUPS];
    for (quants, values) in quants.iter_mut().zip(values.chunks_exact(GROUP)) {
        for (quant, value) in quants.iter_mut().zip(values) {
            *quant = (value * inverse).round_ties_even() as i8;
        }
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
            self.0.chunks_exact(BLOCK).map(quantise_block).collect()
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
    #[expect(clippy::inline_always, reason = "it must become part of the vectorised caller")]
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
        self.by_groups(|blocks, rows| avx2::products(simd, blocks, rows), |blocks, rows| avx2::products(simd, blocks, rows));
    }
}

/// The products for processors without a kernel of their own; the loops have fixed lengths for the compiler to vectorise.
#[expect(clippy::inline_always, reason = "it must become part of the vectorised caller")]
#[inline(always)]
fn portable<const N: usize>(blocks: &[Block], rows: [&[Activations]; N]) -> [[f32; LANES]; N] {
    rows.map(|row| {
        let mut sums = [0.0; LANES];
        for (block, activations) in blocks.iter().zip(row) {
            let mut products = [0_i32; LANES];
            for (weights, activations) in block.quants.iter().zip(&activations.quants) {
                for (product, weights) in products.iter_mut().zip(weights.as_chunks::<GROUP>().0) {
                    for (weight, activation) in weights.iter().zip(activations) {
                        *product += i32::from(*weight) * i32::from(*activation);
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
    #[expect(clippy::inline_always, reason = "it must become part of the vectorised caller")]
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
                    let quants = row.quants.get(group).copied().unwrap_or_default();
                    let activations = avx._mm256_set1_epi32(i32::from_ne_bytes(quants.map(|quant| quant as u8)));
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
        sums.map(|sum| pulp::cast(sum))
    }

    #[expect(clippy::inline_always, reason = "it must become part of the vectorised caller")]
    #[inline(always)]
    fn each<'a, const N: usize>(rows: [&'a [Activations]; N], index: usize) -> Option<[&'a Activations; N]> {
        let mut found = [rows.first()?.get(index)?; N];
        for (found, row) in found.iter_mut().zip(rows) {
            *found = row.get(index)?;
        }
        Some(found)
    }
}
