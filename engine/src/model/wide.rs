//! Products of two tiles of weights with many rows of activations at a time, for processors that multiply pairs of 16-bit
//! numbers and add them up in one instruction on 512-bit vectors (AVX-512 VNNI).
//!
//! A vector holds two values of each of sixteen rows of weights, so that its sums are those of sixteen outputs: widening the
//! bytes and sorting them is done once for twelve rows of activations. Sums are whole numbers and the scales meet them in the
//! same order as in the kernels of `packed`, so the products are the same to the bit.

#[cfg(not(target_arch = "x86_64"))]
pub(super) use elsewhere::Rows;
#[cfg(target_arch = "x86_64")]
pub(super) use x86::Rows;

#[cfg(not(target_arch = "x86_64"))]
mod elsewhere {
    use super::super::packed::{Activations, Block, LANES};

    /// No processor of this kind has them.
    pub(in super::super) enum Rows {}

    impl Rows {
        pub(in super::super) const fn new(_: &[Activations], _: usize) -> Option<Self> {
            None
        }

        pub(in super::super) const fn multiply(&self, _: &[Block], _: usize, _: &mut [[f32; LANES]]) -> bool {
            match *self {}
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use core::arch::x86_64::{__m512, __m512i};

    use pulp::x86::V4;

    use super::super::packed::{Activations, Block, GROUPS, LANES};

    /// Rows that are multiplied while a block is in registers.
    const MANY: usize = 12;
    /// With fewer rows than this, widening costs more than it brings.
    const FEWEST: usize = 8;
    /// Pairs of values of a block.
    const PAIRS: usize = 2 * GROUPS;

    pulp::simd_type! {
        /// What the kernel is compiled for.
        struct Paired {
            avx512f: "avx512f",
            avx512bw: "avx512bw",
            avx512cd: "avx512cd",
            avx512dq: "avx512dq",
            avx512vl: "avx512vl",
            avx512vnni: "avx512vnni",
        }
    }

    /// One block of twelve rows, side by side: all that meets a block of weights is found from one place.
    #[derive(Clone, Copy)]
    struct Wide {
        scales: [f32; MANY],
        /// Two 16-bit values each.
        pairs: [[i32; MANY]; PAIRS],
    }

    /// Rows of activations in 16-bit pairs; those that are missing in the last group are zero.
    pub(in super::super) struct Rows {
        count: usize,
        /// Group after group, each block after block.
        blocks: Vec<Wide>,
        features: Paired,
        simd: V4,
    }

    impl Rows {
        /// Widens rows; nothing for few rows, and on processors without the instructions.
        pub(in super::super) fn new(activations: &[Activations], rows: usize) -> Option<Self> {
            if rows < FEWEST {
                return None;
            }
            let (features, simd) = (Paired::try_new()?, V4::try_new()?);
            let depth = activations.len() / rows;
            let mut blocks = vec![Wide { scales: [0.0; MANY], pairs: [[0; MANY]; PAIRS] }; rows.div_ceil(MANY) * depth];
            for (row, narrow) in activations.chunks_exact(depth.max(1)).enumerate() {
                let (group, place) = (row / MANY, row % MANY);
                for (wide, narrow) in blocks[group * depth..(group + 1) * depth].iter_mut().zip(narrow) {
                    wide.scales[place] = narrow.scale;
                    for (pair, quants) in narrow.quants.iter().enumerate() {
                        let [a, b, c, d] = quants.to_ne_bytes().map(|byte| i32::from(byte as i8) & 0xffff);
                        wide.pairs[2 * pair][place] = a | b << 16;
                        wide.pairs[2 * pair + 1][place] = c | d << 16;
                    }
                }
            }
            Some(Self { count: rows, blocks, features, simd })
        }

        /// The products of two tiles, one after the other in `blocks` and in `output`; `false` for a single one.
        pub(in super::super) fn multiply(&self, blocks: &[Block], depth: usize, output: &mut [[f32; LANES]]) -> bool {
            if blocks.len() != 2 * depth || output.len() != 2 * self.count || depth == 0 {
                return false;
            }
            let (upper, lower) = blocks.split_at(depth);
            let (above, below) = output.split_at_mut(self.count);
            let tiles = Tiles { simd: self.simd, rows: &self.blocks, blocks: [upper, lower], output: [above, below] };
            self.features.vectorize(tiles);
            true
        }
    }

    struct Tiles<'a> {
        simd: V4,
        rows: &'a [Wide],
        blocks: [&'a [Block]; 2],
        output: [&'a mut [[f32; LANES]]; 2],
    }

    impl pulp::NullaryFnOnce for Tiles<'_> {
        type Output = ();

        #[inline(always)]
        fn call(self) {
            let Self { simd, rows, blocks, output: [above, below] } = self;
            let depth = blocks[0].len();
            for (group, rows) in rows.chunks_exact(depth).enumerate() {
                let products = products(simd, blocks, rows);
                let first = group * MANY;
                let count = MANY.min(above.len() - first);
                for row in 0..count {
                    let [upper, lower] = products[row];
                    above[first + row] = upper;
                    below[first + row] = lower;
                }
            }
        }
    }

    /// The products of sixteen rows of weights with twelve rows of activations. The two halves of a block have sums of their
    /// own, so that none waits for another.
    #[inline(always)]
    fn products(simd: V4, [upper, lower]: [&[Block]; 2], rows: &[Wide]) -> [[[f32; LANES]; 2]; MANY] {
        let (wide, bytes) = (simd.avx512f, simd.avx512bw);
        // From two vectors of eight rows with two pairs each: the first pairs of all sixteen, the second pairs.
        let first: __m512i = pulp::cast([0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30_i32]);
        let second: __m512i = pulp::cast([1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31_i32]);
        let depth = upper.len().min(lower.len()).min(rows.len());
        let (upper, lower, rows) = (&upper[..depth], &lower[..depth], &rows[..depth]);
        let mut sums: [__m512; MANY] = [wide._mm512_setzero_ps(); MANY];
        for index in 0..depth {
            let (above, below, row) = (&upper[index], &lower[index], &rows[index]);
            let mut even: [__m512i; MANY] = [wide._mm512_setzero_si512(); MANY];
            let mut odd: [__m512i; MANY] = [wide._mm512_setzero_si512(); MANY];
            for group in 0..GROUPS {
                let above = bytes._mm512_cvtepi8_epi16(pulp::cast(above.quants[group]));
                let below = bytes._mm512_cvtepi8_epi16(pulp::cast(below.quants[group]));
                let weights = wide._mm512_permutex2var_epi32(above, first, below);
                for (sum, pair) in even.iter_mut().zip(&row.pairs[2 * group]) {
                    let added = bytes._mm512_madd_epi16(weights, wide._mm512_set1_epi32(*pair));
                    *sum = wide._mm512_add_epi32(*sum, added);
                }
                let weights = wide._mm512_permutex2var_epi32(above, second, below);
                for (sum, pair) in odd.iter_mut().zip(&row.pairs[2 * group + 1]) {
                    let added = bytes._mm512_madd_epi16(weights, wide._mm512_set1_epi32(*pair));
                    *sum = wide._mm512_add_epi32(*sum, added);
                }
            }
            let scales: __m512 = pulp::cast([above.scales, below.scales]);
            for place in 0..MANY {
                let scale = wide._mm512_mul_ps(scales, wide._mm512_set1_ps(row.scales[place]));
                let product = wide._mm512_cvtepi32_ps(wide._mm512_add_epi32(even[place], odd[place]));
                sums[place] = wide._mm512_fmadd_ps(product, scale, sums[place]);
            }
        }
        // Plain loops here and above: what the array's own `map` makes of it is compiled apart.
        let mut products = [[[0.0; LANES]; 2]; MANY];
        for place in 0..MANY {
            products[place] = pulp::cast(sums[place]);
        }
        products
    }
}
