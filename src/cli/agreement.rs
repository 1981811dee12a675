//! How far several answers of one arm agree, printed: what the arm's pane shows of them.

use std::io::Write;

use super::{Fault, Output};
use crate::score::{Agreement, GroupKind, Outcome};
use crate::stats::{Confidence, Interval, Proportion};

/// One of the answers.
pub(super) struct Said {
    /// The recorded trial.
    pub(super) trial: i64,
    /// What became of it.
    pub(super) outcome: Outcome,
    /// The text that is scored and compared.
    pub(super) text: String,
}

/// Prints the distinct answers of `arm` with counts, shares and their 95 % intervals.
pub(super) fn print<W: Write>(
    arm: &str,
    said: &[Said],
    reference: Option<&str>,
    json: bool,
    out: &mut Output<W>,
) -> Result<(), Fault> {
    let answers: Vec<(Outcome, &str)> = said.iter().map(|said| (said.outcome, said.text.as_str())).collect();
    let agreement = Agreement::of(&answers, reference);
    let interval =
        |count| Proportion::new(count, agreement.n).unwrap_or(Proportion::NOTHING).wilson(Confidence::NINETY_FIVE);
    let share = |count: u64| (agreement.n > 0).then(|| count as f64 / agreement.n as f64);
    if json {
        let groups: Vec<_> = agreement
            .groups
            .iter()
            .map(|group| {
                let Interval { low, high } = interval(group.count());
                let first = group.members.first().and_then(|place| said.get(*place));
                serde_json::json!({
                    "answer": first.map(|said| &said.text),
                    "outcome": first.map(|said| said.outcome.as_str()),
                    "equals_reference": match group.kind { GroupKind::Answer { right } => right, GroupKind::NonAnswer(_) => None },
                    "count": group.count(),
                    "share": share(group.count()),
                    "interval": [low, high],
                    "trials": group.members.iter().filter_map(|place| said.get(*place)).map(|said| said.trial).collect::<Vec<_>>(),
                })
            })
            .collect();
        let right = agreement.right();
        let right_interval = right.map(interval).map(|Interval { low, high }| [low, high]);
        return out.json(&serde_json::json!({
            "agreement": arm, "n": agreement.n, "missing": agreement.missing, "groups": groups,
            "equal_to_reference": right, "equal_to_reference_interval": right_interval,
        }));
    }
    let told = |count: u64| {
        let Interval { low, high } = interval(count);
        let percent = 100.0 * share(count).unwrap_or(0.0);
        format!("{count} of {}, {percent:.0} % (95 %: {:.0} to {:.0})", agreement.n, 100.0 * low, 100.0 * high)
    };
    out.line("")?;
    out.line(&format!("{arm}: {} distinct in {} answers", agreement.groups.len(), agreement.n))?;
    for group in &agreement.groups {
        let first = group.members.first().and_then(|place| said.get(*place));
        let mark = match group.kind {
            GroupKind::Answer { right: Some(true) } => "= reference  ",
            _ => "",
        };
        let words = match (group.kind, first) {
            (GroupKind::NonAnswer(_), Some(said)) => format!("({})", said.outcome.as_str()),
            (_, Some(said)) => said.text.split_whitespace().collect::<Vec<_>>().join(" "),
            _ => String::new(),
        };
        out.line(&format!("  {:<34} {mark}{words}", told(group.count())))?;
    }
    if let Some(right) = agreement.right() {
        out.line(&format!("  equal to the reference: {}", told(right)))?;
    }
    if agreement.missing > 0 {
        out.line(&format!("  {} missing, not counted", agreement.missing))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::score::Missing;

    fn printed(json: bool) -> String {
        let said = |trial, outcome, text: &str| Said { trial, outcome, text: text.to_owned() };
        let all = [
            said(1, Outcome::Answer, "{\"a\": 1}"),
            said(2, Outcome::Answer, "no"),
            said(3, Outcome::Answer, "{ \"a\":1 }"),
            said(4, Outcome::Missing(Missing::Network), ""),
        ];
        let mut bytes = Vec::new();
        print("plain", &all, Some("{\"a\":1}"), json, &mut Output::new(&mut bytes)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn counts_shares_and_intervals() {
        let text = printed(false);
        assert!(text.contains("plain: 2 distinct in 3 answers"), "{text}");
        assert!(text.contains("2 of 3, 67 % (95 %: 21 to 94)      = reference  {\"a\": 1}"), "{text}");
        assert!(text.contains("1 missing, not counted"), "{text}");
        let json: serde_json::Value = serde_json::from_str(&printed(true)).unwrap();
        assert_eq!(json["groups"][0]["trials"], serde_json::json!([1, 3]));
        assert_eq!((&json["n"], &json["equal_to_reference"]), (&3.into(), &2.into()));
    }
}
