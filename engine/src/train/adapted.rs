//! A frozen stacked layer with the adapter's pairs beside it, forwards and backwards. The frozen weights get no gradient.
//!
//! With h = A d(x), where d drops values out: y = W x + s B h, s = alpha / rank. Backwards, from dy:
//! dh = s B' dy, dB = s dy h', dA = dh d(x)', dx = W' dy + d(A' dh).

use std::ops::Range;

use super::dropout::Dropout;
use super::product::{Backwards, Forwards, Left, Target, View, add_product, add_product_of};
use crate::adapter::PlaceLayout;
use crate::model::Linear;

/// A stacked layer and the place the adapter has at it.
pub(super) struct Adapted<'a> {
    pub(super) linear: &'a Linear,
    pub(super) place: &'a PlaceLayout,
    /// All numbers of the adapter.
    pub(super) parameters: &'a [f32],
    pub(super) rank: usize,
    pub(super) scale: f32,
    pub(super) dropout: Option<Dropout>,
}

impl Adapted<'_> {
    fn parameters(&self, range: &Range<usize>) -> &[f32] {
        self.parameters.get(range.clone()).unwrap_or_default()
    }

    /// Values per row of `h`.
    fn inner(&self) -> usize {
        self.place.parts.len() * self.rank
    }

    /// The output of rows of input, and the `h` that goes with it.
    pub(super) fn forward(&self, input: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let (inputs, outputs) = (self.linear.inputs(), self.linear.outputs());
        let rows = Left::new(View::new(input, inputs));
        let mut output = vec![0.0; input.len() / inputs.max(1) * outputs];
        add_product(&rows, &Forwards(self.linear), Target::new(&mut output, outputs));
        if let Some(bias) = self.linear.bias() {
            for row in output.chunks_exact_mut(outputs) {
                for (value, bias) in row.iter_mut().zip(bias) {
                    *value += bias;
                }
            }
        }
        if self.place.parts.is_empty() {
            return (output, Vec::new());
        }
        let dropped = self.dropout.as_ref().map(|dropout| Left::new(View::new(&dropout.apply(input), inputs)));
        let inner = self.inner();
        let mut hidden = vec![0.0; input.len() / inputs.max(1) * inner];
        let down = View::new(self.parameters(&self.place.a), inputs).transposed();
        add_product(dropped.as_ref().unwrap_or(&rows), &down, Target::new(&mut hidden, inner));
        let left = Left::new(View::new(&hidden, inner));
        for (index, part) in self.place.parts.iter().enumerate() {
            let up = View::new(self.parameters(&part.b), part.columns.len());
            let target = Target { values: &mut output, width: outputs, column: part.columns.start, scale: self.scale };
            add_product_of(&left, index * self.rank..(index + 1) * self.rank, &up, target);
        }
        (output, hidden)
    }

    /// Adds to the adapter's gradients, and returns the input's gradients where they are wanted.
    pub(super) fn backward(
        &self,
        input: &[f32],
        hidden: &[f32],
        gradients: &[f32],
        into: &mut [f32],
        wants_input: bool,
    ) -> Vec<f32> {
        let (inputs, outputs, inner) = (self.linear.inputs(), self.linear.outputs(), self.inner());
        let rows = input.len() / inputs.max(1);
        let left = Left::new(View::new(gradients, outputs));
        let mut of_input = vec![0.0; if wants_input { input.len() } else { 0 }];
        if wants_input {
            add_product(&left, &Backwards(self.linear), Target::new(&mut of_input, inputs));
        }
        if self.place.parts.is_empty() {
            return of_input;
        }
        let mut of_hidden = vec![0.0; rows * inner];
        for (index, part) in self.place.parts.iter().enumerate() {
            let up = View::new(self.parameters(&part.b), part.columns.len()).transposed();
            let target = Target { values: &mut of_hidden, width: inner, column: index * self.rank, scale: self.scale };
            add_product_of(&left, part.columns.clone(), &up, target);

            let hidden = View::new(hidden, inner).columns(index * self.rank..(index + 1) * self.rank);
            let gradients = View::new(gradients, outputs).columns(part.columns.clone());
            let values = into.get_mut(part.b.clone()).unwrap_or_default();
            let target = Target { values, width: part.columns.len(), column: 0, scale: self.scale };
            add_product(&Left::new(hidden.transposed()), &gradients, target);
        }
        let dropped = self.dropout.as_ref().map(|dropout| dropout.apply(input));
        let down_left = Left::new(View::new(&of_hidden, inner).transposed());
        let down_right = View::new(dropped.as_deref().unwrap_or(input), inputs);
        add_product(
            &down_left,
            &down_right,
            Target::new(into.get_mut(self.place.a.clone()).unwrap_or_default(), inputs),
        );
        if wants_input {
            let left = Left::new(View::new(&of_hidden, inner));
            let down = View::new(self.parameters(&self.place.a), inputs);
            match &self.dropout {
                None => add_product(&left, &down, Target::new(&mut of_input, inputs)),
                Some(dropout) => {
                    let mut side = vec![0.0; of_input.len()];
                    add_product(&left, &down, Target::new(&mut side, inputs));
                    for (value, side) in of_input.iter_mut().zip(dropout.apply(&side)) {
                        *value += side;
                    }
                }
            }
        }
        of_input
    }
}
