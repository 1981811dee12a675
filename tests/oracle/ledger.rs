//! What was compared, what differed, and what this program does not compute.

use std::collections::BTreeMap;

use serde_json::Value;

/// See the file's head.
#[derive(Default)]
pub(crate) struct Ledger {
    compared: BTreeMap<String, usize>,
    not_ours: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Ledger {
    /// Compares within 1e-9 relative.
    pub(crate) fn compare(&mut self, id: &str, what: &str, ours: f64, theirs: &Value) {
        self.compare_within(id, what, ours, theirs, 1e-9);
    }

    /// Compares within a relative tolerance.
    pub(crate) fn compare_within(&mut self, id: &str, what: &str, ours: f64, theirs: &Value, tolerance: f64) {
        *self.compared.entry(what.to_owned()).or_default() += 1;
        if !agrees(ours, theirs, tolerance) {
            self.wrong(id, what, &format!("ours {ours}, theirs {theirs}"));
        }
    }

    /// Notes a comparison that was made by another rule.
    pub fn note(&mut self, id: &str, what: &str, agrees: bool, how: &str) {
        *self.compared.entry(what.to_owned()).or_default() += 1;
        if !agrees {
            self.wrong(id, what, how);
        }
    }

    /// What differs.
    pub fn faults(&self) -> &[String] {
        &self.wrong
    }

    /// Notes what differs.
    pub(crate) fn wrong(&mut self, id: &str, what: &str, how: &str) {
        self.wrong.push(format!("{id} {what}: {how}"));
    }

    /// Notes what is not computed here.
    #[allow(dead_code, reason = "for kinds of records that are not computed yet")]
    pub(crate) fn skip(&mut self, what: &str) {
        *self.not_ours.entry(what.to_owned()).or_default() += 1;
    }

    /// Stops the test where something differs, or where nothing was compared.
    pub(crate) fn settle(&self) {
        println!("compared: {:?}\nnot computed: {:?}", self.compared, self.not_ours);
        assert!(self.wrong.is_empty(), "{} differ:\n{}", self.wrong.len(), self.wrong.join("\n"));
        assert!(!self.compared.is_empty(), "there was nothing to compare");
    }
}

/// Whether two numbers agree within a relative tolerance.
pub(crate) fn agrees(ours: f64, theirs: &Value, tolerance: f64) -> bool {
    theirs.as_f64().is_some_and(|theirs| (ours - theirs).abs() <= tolerance * theirs.abs().max(1e-12))
}

/// A list of numbers.
#[allow(dead_code, reason = "not every kind of record has one")]
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|each| each.as_f64().unwrap()).collect()
}
