//! The 2 x 2 table: what prompting adds, what tuning adds, and what both add against the sum of their parts.

mod interaction;
mod judge;

pub use interaction::Interaction;
pub use judge::{FourfoldVerdict, Headline, Together};

/// One value for each cell of the table: {plain, prompted} x {base, tuned}.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fourfold<T> {
    /// The plain prompt on the base model.
    pub plain_base: T,
    /// The plain prompt on the tuned model.
    pub plain_tuned: T,
    /// The full prompt on the base model.
    pub prompted_base: T,
    /// The full prompt on the tuned model.
    pub prompted_tuned: T,
}

/// Differences between the cells, all in the unit of the values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margins {
    /// What prompting adds on the base model.
    pub prompting: f64,
    /// What prompting adds on the tuned model.
    pub prompting_tuned: f64,
    /// What tuning adds under the plain prompt.
    pub tuning: f64,
    /// What tuning adds under the full prompt.
    pub tuning_prompted: f64,
    /// What both add, over neither.
    pub both: f64,
}

impl Margins {
    /// What prompting and tuning add alone, added up.
    pub fn sum(&self) -> f64 {
        self.prompting + self.tuning
    }

    /// The interaction: the difference of differences, `both - (prompting + tuning)`.
    pub fn interaction(&self) -> f64 {
        self.both - self.sum()
    }
}

impl Fourfold<f64> {
    /// The differences between the cells.
    pub fn margins(&self) -> Margins {
        Margins {
            prompting: self.prompted_base - self.plain_base,
            prompting_tuned: self.prompted_tuned - self.plain_tuned,
            tuning: self.plain_tuned - self.plain_base,
            tuning_prompted: self.prompted_tuned - self.prompted_base,
            both: self.prompted_tuned - self.plain_base,
        }
    }
}

impl<T> Fourfold<T> {
    /// The table of these cells, in the order plain base, plain tuned, prompted base, prompted tuned.
    pub fn of([plain_base, plain_tuned, prompted_base, prompted_tuned]: [T; 4]) -> Self {
        Self { plain_base, plain_tuned, prompted_base, prompted_tuned }
    }

    /// The cells in that order.
    pub fn cells(self) -> [T; 4] {
        [self.plain_base, self.plain_tuned, self.prompted_base, self.prompted_tuned]
    }
}

impl<T> Fourfold<Option<T>> {
    /// The table, once every cell has its value.
    pub fn complete(self) -> Option<Fourfold<T>> {
        Some(Fourfold {
            plain_base: self.plain_base?,
            plain_tuned: self.plain_tuned?,
            prompted_base: self.prompted_base?,
            prompted_tuned: self.prompted_tuned?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(plain_base: f64, plain_tuned: f64, prompted_base: f64, prompted_tuned: f64) -> Fourfold<f64> {
        Fourfold { plain_base, plain_tuned, prompted_base, prompted_tuned }
    }

    #[test]
    fn the_interaction_is_the_difference_of_differences() {
        for (cells, interaction) in [
            (table(0.1, 0.3, 0.2, 0.4), 0.0),
            (table(0.0, 0.2, 0.1, 0.9), 0.6),
            (table(0.0, 0.8, 0.3, 0.5), -0.6),
            (table(0.5, 0.4, 0.4, 0.1), -0.2),
        ] {
            assert!((cells.margins().interaction() - interaction).abs() < 1e-12, "{cells:?}");
        }
    }

    #[test]
    fn both_is_one_method_after_the_other_by_either_way() {
        let margins = table(0.13, 0.37, 0.29, 0.81).margins();
        assert!((margins.prompting + margins.tuning_prompted - margins.both).abs() < 1e-12);
        assert!((margins.tuning + margins.prompting_tuned - margins.both).abs() < 1e-12);
    }

    #[test]
    fn a_table_with_a_missing_cell_is_not_one() {
        let cells =
            Fourfold { plain_base: Some(1.0), plain_tuned: None, prompted_base: Some(0.0), prompted_tuned: Some(1.0) };
        assert_eq!(cells.complete(), None);
        let whole = Fourfold { plain_tuned: Some(0.5), ..cells };
        assert_eq!(whole.complete(), Some(table(1.0, 0.5, 0.0, 1.0)));
    }
}
