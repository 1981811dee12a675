//! Weights as plain floats, a strip at a time, for training: the strip is used while it is in the processor's cache, so
//! that the whole model never exists as floats.

use std::ops::Range;

use super::linear::{Linear, Weights};
use super::packed::{BLOCK, GROUP, LANES, Packed};
use super::vector::{Vectorised, vectorised};

/// Columns of a strip.
pub(crate) const STRIP: usize = 16;

impl Linear {
    /// Inputs `inputs` of the outputs `first..first + 16`: one line per input, holding that input's weight for each output.
    /// Outputs beyond the last are zero. `inputs` begins and ends at a multiple of 32 or at the last input.
    pub(crate) fn strip_of_outputs(&self, first: usize, inputs: Range<usize>, strip: &mut [[f32; STRIP]]) {
        match &self.weights {
            Weights::Packed(packed) => vectorised(Outputs { packed, first, inputs, strip }),
            Weights::Exact(weights) => {
                for lane in 0..STRIP {
                    let row = weights.get((first + lane) * self.inputs..).unwrap_or_default();
                    let row = row.get(..self.inputs).unwrap_or_default();
                    let row = row.iter().skip(inputs.start).copied().chain(std::iter::repeat(0.0));
                    for (line, weight) in strip.iter_mut().zip(row) {
                        if let Some(value) = line.get_mut(lane) {
                            *value = weight;
                        }
                    }
                }
            }
        }
    }

    /// Outputs `outputs` of the inputs `first..first + 16`: one line per output. `first` is a multiple of 16, `outputs`
    /// begins at a multiple of 8. Inputs beyond the last are zero.
    pub(crate) fn strip_of_inputs(&self, first: usize, outputs: Range<usize>, strip: &mut [[f32; STRIP]]) {
        match &self.weights {
            Weights::Packed(packed) => vectorised(Inputs { packed, first, start: outputs.start, strip }),
            Weights::Exact(weights) => {
                let rows = weights.chunks_exact(self.inputs).skip(outputs.start);
                for (line, row) in strip.iter_mut().zip(rows) {
                    let end = (first + STRIP).min(self.inputs);
                    let values = row.get(first..end).unwrap_or_default();
                    *line = [0.0; STRIP];
                    for (target, value) in line.iter_mut().zip(values) {
                        *target = *value;
                    }
                }
            }
        }
    }
}

struct Outputs<'a> {
    packed: &'a Packed,
    first: usize,
    inputs: Range<usize>,
    strip: &'a mut [[f32; STRIP]],
}

impl Vectorised for Outputs<'_> {
    type Output = ();

    const WIDE: bool = true;

    #[inline(always)]
    fn run(self) {
        let depth = self.packed.depth;
        for half in 0..STRIP / LANES {
            let start = (self.first / LANES + half) * depth + self.inputs.start / BLOCK;
            let tile = self.packed.blocks.get(start..).unwrap_or_default();
            for (index, lines) in self.strip.as_chunks_mut::<BLOCK>().0.iter_mut().enumerate() {
                let Some(block) = tile.get(index) else {
                    // Beyond the last eight outputs.
                    for line in lines {
                        line.as_chunks_mut::<LANES>().0.iter_mut().skip(half).take(1).for_each(|lane| lane.fill(0.0));
                    }
                    continue;
                };
                for (group, lines) in block.quants.iter().zip(lines.as_chunks_mut::<GROUP>().0) {
                    let words = words(group);
                    for (byte, line) in lines.iter_mut().enumerate() {
                        if let Some(line) = line.as_chunks_mut::<LANES>().0.get_mut(half) {
                            let shift = 24 - 8 * byte as u32;
                            for ((value, word), scale) in line.iter_mut().zip(words).zip(block.scales) {
                                *value = ((word << shift) >> 24) as f32 * scale;
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The four bytes of each row as one number.
#[inline(always)]
fn words(group: &[i8; LANES * GROUP]) -> [i32; LANES] {
    let mut words = [0; LANES];
    for (word, bytes) in words.iter_mut().zip(group.as_chunks::<GROUP>().0) {
        *word = i32::from_le_bytes(bytes.map(i8::cast_unsigned));
    }
    words
}

struct Inputs<'a> {
    packed: &'a Packed,
    first: usize,
    start: usize,
    strip: &'a mut [[f32; STRIP]],
}

impl Vectorised for Inputs<'_> {
    type Output = ();

    const WIDE: bool = true;

    #[inline(always)]
    fn run(self) {
        let depth = self.packed.depth.max(1);
        let half = self.first % BLOCK / STRIP;
        let blocks = self.packed.blocks.iter().skip(self.start / LANES * depth + self.first / BLOCK).step_by(depth);
        for (lines, block) in self.strip.chunks_mut(LANES).zip(blocks) {
            // The four groups that hold these sixteen inputs.
            let Some(groups) = block.quants.as_chunks::<{ STRIP / GROUP }>().0.get(half) else { continue };
            for (lane, (line, scale)) in lines.iter_mut().zip(block.scales).enumerate() {
                let mut bytes = [0_i8; STRIP];
                for (target, group) in bytes.as_chunks_mut::<GROUP>().0.iter_mut().zip(groups) {
                    *target = group.as_chunks::<GROUP>().0.get(lane).copied().unwrap_or_default();
                }
                for (value, byte) in line.iter_mut().zip(bytes) {
                    *value = f32::from(byte) * scale;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_are_the_rows_of_the_weights() {
        let (outputs, inputs) = (21, 96);
        let weights: Vec<f32> = (0..outputs * inputs).map(|index| ((index * 37 % 255) as f32 - 127.0) / 9.0).collect();
        let packed = Packed::pack(&weights, inputs);
        let rows: Vec<Vec<f32>> = (0..outputs).map(|row| packed.row(row).collect()).collect();
        let packed = Linear::of(Weights::Packed(packed), inputs, outputs);
        let exact = Linear::of(Weights::Exact(rows.concat()), inputs, outputs);
        for linear in [packed, exact] {
            for first in [0, 16] {
                let mut strip = vec![[9.0; STRIP]; 64];
                linear.strip_of_outputs(first, 32..96, &mut strip);
                for (input, line) in strip.iter().enumerate() {
                    for (lane, &value) in line.iter().enumerate() {
                        let expected = rows.get(first + lane).map_or(0.0, |row| row[32 + input]);
                        assert_eq!(value.to_bits(), expected.to_bits(), "{first} {lane} {input}");
                    }
                }
            }
            for first in [0, 16, 48, 80] {
                let mut strip = vec![[9.0; STRIP]; 13];
                linear.strip_of_inputs(first, 8..21, &mut strip);
                for (output, line) in strip.iter().enumerate() {
                    assert_eq!(line.as_slice(), &rows[8 + output][first..first + STRIP]);
                }
            }
        }
    }
}
