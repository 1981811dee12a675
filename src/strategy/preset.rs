//! Presets: sets of arms that belong together, as two studies had them. Structure and settings are theirs, the wording of the
//! prompts is our own.

/// A set of arms with the prompts they ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// Its name.
    pub id: &'static str,
    /// What it is, in one sentence without a full stop.
    pub summary: &'static str,
    /// Where its structure comes from.
    pub source: &'static str,
    /// The prompts, by file name.
    pub prompts: &'static [(&'static str, &'static str)],
    /// Arms as fourfold.toml has them: `MODEL` and `TUNED` stand for the models' ids.
    arms: &'static str,
}

impl Preset {
    /// Its arms as blocks of fourfold.toml; those that ask a tuned model only where there is one.
    pub fn arms(&self, model: &str, tuned: Option<&str>) -> String {
        let quoted = |id: &str| toml::Value::String(id.to_owned()).to_string();
        let blocks = self.arms.split("\n\n").filter(|block| tuned.is_some() || !block.contains("\"TUNED\""));
        let text = blocks.map(str::trim).collect::<Vec<_>>().join("\n\n") + "\n";
        text.replace("\"MODEL\"", &quoted(model)).replace("\"TUNED\"", &quoted(tuned.unwrap_or_default()))
    }

    /// That `arms`, made of this preset, are not all of it, and how the others come; nothing where they are.
    pub fn left_out(&self, arms: &str) -> Option<String> {
        let count = |text: &str| text.matches("[[arm]]").count();
        let left_out = count(self.arms).saturating_sub(count(arms));
        let arms = if left_out == 1 { "arm that asks" } else { "arms that ask" };
        (left_out > 0).then(|| {
            format!(
                "{left_out} {arms} a tuned model left out: there is none yet. Once there is, take the preset again."
            )
        })
    }
}

/// All of them.
pub static PRESETS: &[Preset] = &[
    Preset {
        id: "code-review",
        summary: "Revising code by a reviewer's comment: plain, persona, 3 exemplars by BM25 inline, tuned, and tuned with exemplars",
        source: "Pornprasit and Tantithamthavorn 2024, arXiv 2402.00905; tuned with exemplars is the arm they did not run",
        prompts: &[
            ("code-review.prompty", include_str!("presets/code-review.prompty")),
            ("code-review-examples.prompty", include_str!("presets/code-review-examples.prompty")),
        ],
        arms: include_str!("presets/code-review.toml"),
    },
    Preset {
        id: "medprompt-ladder",
        summary: "Multiple choice, one stage after the other: zero-shot, random examples, own reasoning, nearest, ensemble",
        source: "Nori et al. 2023, arXiv 2311.16452",
        prompts: &[("choices.prompty", include_str!("presets/choices.prompty"))],
        arms: include_str!("presets/medprompt-ladder.toml"),
    },
];

/// The preset of that name.
pub fn preset(id: &str) -> Option<&'static Preset> {
    PRESETS.iter().find(|preset| preset.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::{Prompt, PromptKind, Severity};
    use crate::strategy::StrategyConfig;

    #[test]
    fn every_arm_and_every_prompt_of_a_preset_can_be_read() {
        for preset in PRESETS {
            let arms: toml::Table = toml::from_str(&preset.arms("a \"model\"", Some("b"))).unwrap();
            let arms = arms["arm"].as_array().unwrap();
            for arm in arms {
                StrategyConfig::from_toml(&arm["strategy"]).unwrap();
                let file = arm["prompt"].as_str().unwrap();
                assert!(preset.prompts.iter().any(|(name, _)| *name == file), "{file}");
                assert!(["a \"model\"", "b"].contains(&arm["model"].as_str().unwrap()));
            }
            for (file, text) in preset.prompts {
                let prompt = Prompt::parse(text, PromptKind::Prompty);
                let faults = prompt.problems().iter().filter(|problem| problem.severity == Severity::Error);
                assert_eq!(faults.count(), 0, "{file}: {:?}", prompt.problems());
            }
        }
    }

    #[test]
    fn without_a_tuned_model_its_arms_are_left_out() {
        let review = preset("code-review").unwrap();
        let count = |tuned| review.arms("m", tuned).matches("[[arm]]").count();
        assert_eq!((count(None), count(Some("t"))), (4, 7));
        assert_eq!(review.left_out(&review.arms("m", Some("t"))), None);
        let left_out = review.left_out(&review.arms("m", None)).unwrap();
        assert!(left_out.starts_with("3 arms that ask a tuned model left out"), "{left_out}");
        let settings = "temperature = 0.0\nmax_tokens = 512\n";
        assert_eq!(review.arms("m", Some("t")).matches(settings).count(), 7, "as the study asked");
        // Reasoning needs room, whatever the model's own setting is.
        assert_eq!(preset("medprompt-ladder").unwrap().arms("m", None).matches("max_tokens = 500\n").count(), 6);
    }
}
