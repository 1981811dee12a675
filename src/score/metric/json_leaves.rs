//! A JSON value taken apart: its leaves by their paths.

use std::collections::BTreeMap;

use serde_json::{Number, Value};

/// One step of a path. Names and indices are kept apart, so that `{"0": 1}` is not `[1]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step<'a> {
    Name(&'a str),
    Index(usize),
}

/// All leaves by path. An empty object or array is a leaf itself: saying "no items" is saying something.
pub(super) fn leaves(value: &Value) -> BTreeMap<Vec<Step<'_>>, &Value> {
    let mut found = BTreeMap::new();
    collect(value, &mut Vec::new(), &mut found);
    found
}

/// Recursion is bounded by the parser, which refuses more than 128 levels.
fn collect<'a>(value: &'a Value, path: &mut Vec<Step<'a>>, found: &mut BTreeMap<Vec<Step<'a>>, &'a Value>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (name, field) in fields {
                path.push(Step::Name(name));
                collect(field, path, found);
                path.pop();
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                path.push(Step::Index(index));
                collect(item, path, found);
                path.pop();
            }
        }
        _ => {
            found.insert(path.clone(), value);
        }
    }
}

/// Whether two leaves say the same: numbers by value, everything else exactly.
pub(super) fn agree(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => same_number(left, right),
        _ => left == right,
    }
}

/// 1, 1.0 and 1e0 are the same; integers are compared as integers, so that none is lost to rounding.
fn same_number(left: &Number, right: &Number) -> bool {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => left == right,
        // Two readings of the same decimal give the same float.
        _ => left.as_f64() == right.as_f64(),
    }
}
