//! One line of the table of hosted models.

use jiff::civil::Date;

use crate::model::Price;

/// A hosted model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HostedModel {
    /// The provider's name, as in [`KEY_OWNERS`](crate::model::KEY_OWNERS).
    pub provider: &'static str,
    /// The provider's name for it.
    pub id: &'static str,
    /// Tokens that its context holds.
    pub context: Option<u64>,
    /// What it costs.
    pub price: Price,
    /// Whether its provider tunes it.
    pub tuned_there: bool,
    /// The last day it answers.
    pub shutdown: Option<Date>,
    /// What its provider names in its place.
    pub successor: Option<&'static str>,
}

/// The rows of the table. A line that cannot be read is left out; a test counts them.
pub(super) fn rows(text: &'static str) -> Vec<HostedModel> {
    text.lines().filter(|line| !line.starts_with('#')).filter_map(row).collect()
}

fn row(line: &'static str) -> Option<HostedModel> {
    let fields: Vec<&'static str> = line.split('\t').collect();
    let [provider, id, context, input, cached, output, tuned, shutdown, successor] = fields.try_into().ok()?;
    let full = |text: &'static str| Some(text).filter(|text| !text.is_empty());
    Some(HostedModel {
        provider,
        id,
        context: full(context).map(str::parse).transpose().ok()?,
        price: Price {
            input: input.parse().ok()?,
            output: output.parse().ok()?,
            cached: full(cached).map(str::parse).transpose().ok()?,
        },
        tuned_there: tuned == "hosted",
        shutdown: full(shutdown).map(str::parse).transpose().ok()?,
        successor: full(successor),
    })
}
