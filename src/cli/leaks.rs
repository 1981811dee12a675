//! Arguments about test rows that are train rows, or almost: they stand over `leaks` of fourfold.toml for this call.

use clap::Args;

use crate::run::Session;

/// What is done about leaks, for this call.
#[derive(Clone, Copy, Debug, Default, Args, PartialEq)]
pub struct LeakArguments {
    /// Measure on test rows that are train rows, or almost; every answer then says so
    #[arg(long)]
    pub allow_leaks: bool,
    /// From which resemblance on two rows are almost the same: the shared part of their three-word sequences
    #[arg(long, value_name = "0.8", value_parser = resemblance)]
    pub leak_threshold: Option<f64>,
}

fn resemblance(text: &str) -> Result<f64, String> {
    let value = text.parse().ok().filter(|value| (0.0..=1.0).contains(value));
    value.ok_or_else(|| "needs a number from 0 to 1, such as 0.8".to_owned())
}

impl LeakArguments {
    /// Puts them over what the workbench says.
    pub(super) fn apply(self, session: &mut Session) {
        let rule = &mut session.workbench.data.leaks;
        rule.allow |= self.allow_leaks;
        rule.threshold = self.leak_threshold.unwrap_or(rule.threshold);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::{SAMPLES, copy_sample};

    #[test]
    fn a_leak_is_refused_until_it_is_allowed_and_the_threshold_counts() {
        let home = tempfile::tempdir().unwrap();
        copy_sample(&SAMPLES[0], home.path()).unwrap();
        let train = home.path().join("data/train.jsonl");
        let test = fs::read_to_string(home.path().join("data/test.jsonl")).unwrap();
        let stolen = test.lines().nth(4).unwrap().replace("test-005", "stolen");
        fs::write(&train, format!("{}{stolen}\n", fs::read_to_string(&train).unwrap())).unwrap();
        let count = |arguments: LeakArguments| {
            let mut session = crate::cli::session_at(Some(home.path()), home.path()).unwrap();
            arguments.apply(&mut session);
            let found = session.leaks().unwrap();
            (session.workbench.data.leaks.allow, found.count, found.threshold)
        };
        assert_eq!(count(LeakArguments::default()), (false, 1, crate::data::GUARD));
        let (allowed, found, threshold) = count(LeakArguments { allow_leaks: true, leak_threshold: Some(0.3) });
        assert!(allowed && found > 1 && (threshold - 0.3).abs() < 1e-9, "{found}");
        assert!(resemblance("1.2").is_err() && resemblance("x").is_err());
    }
}
