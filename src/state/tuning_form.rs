//! What a tuning costs, typed by a person: the training, the rows, somebody's hours.

use crate::run::scores::TuningCost;

/// Names of the fields, with what they are counted in.
pub const FIELDS: [(&str, &str); 5] =
    [("training", "$"), ("rows", ""), ("a row", "$"), ("hours", ""), ("an hour", "$")];
/// Characters of a number.
const LONGEST: usize = 12;

/// Five numbers as they were typed, and which of them is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TuningForm {
    /// The numbers.
    pub typed: [String; 5],
    /// The one that is typed into.
    pub field: usize,
}

impl TuningForm {
    /// Another field, around the end.
    pub fn step(&mut self, by: isize) {
        self.field = (self.field as isize + by).rem_euclid(FIELDS.len() as isize) as usize;
    }

    /// One more character of the number; what is none is not taken.
    pub fn type_in(&mut self, typed: char) {
        let Some(text) = self.typed.get_mut(self.field) else { return };
        let fits = typed.is_ascii_digit() || typed == '.' && !text.contains('.');
        if fits && text.len() < LONGEST {
            text.push(typed);
        }
    }

    /// Takes the last character away.
    pub fn rub_out(&mut self) {
        if let Some(text) = self.typed.get_mut(self.field) {
            text.pop();
        }
    }

    /// What they come to.
    pub fn cost(&self) -> TuningCost {
        let [training, rows, row, hours, hour] =
            self.typed.each_ref().map(|text| text.parse().ok().filter(|it: &f64| it.is_finite()).unwrap_or(0.0));
        TuningCost { training, rows, row, hours, hour }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_typed_field_by_field_and_nothing_else() {
        let mut form = TuningForm::default();
        assert!(form.cost().total() < f64::EPSILON);
        "12.5.x".chars().for_each(|typed| form.type_in(typed));
        form.step(-1);
        "80".chars().for_each(|typed| form.type_in(typed));
        form.step(-1);
        "33".chars().for_each(|typed| form.type_in(typed));
        form.rub_out();
        assert_eq!(form.cost(), TuningCost { training: 12.5, hours: 3.0, hour: 80.0, ..TuningCost::default() });
        "1".repeat(40).chars().for_each(|typed| form.type_in(typed));
        assert_eq!(form.typed[form.field].len(), LONGEST);
    }
}
