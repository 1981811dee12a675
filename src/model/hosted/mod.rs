//! What is known of hosted models: context, price, where they can be tuned, and until when they answer. A dated table that
//! comes with the program; nothing here asks the network.

mod read;

use std::sync::OnceLock;

use jiff::civil::Date;

pub use read::HostedModel;

use super::{KeyOwner, Price};

/// The day the table was made.
pub const AS_OF: &str = "2026-11-27";

/// OpenAI's own notice: no new organisations, and no new job at all after this day.
const OPENAI_TUNES_UNTIL: &str = "2027-01-06";

const TABLE: &str = include_str!("models.tsv");

/// Every model of the table, in its order.
pub fn table() -> &'static [HostedModel] {
    static MODELS: OnceLock<Vec<HostedModel>> = OnceLock::new();
    MODELS.get_or_init(|| read::rows(TABLE))
}

/// What is known of the model `id` at the provider called `provider` (see [`KEY_OWNERS`](super::KEY_OWNERS)).
pub fn find(provider: &str, id: &str) -> Option<&'static HostedModel> {
    let of = |id: &str| table().iter().find(|model| model.provider == provider && model.id == id);
    of(id).or_else(|| of(&tuned_kind(id)?)).or_else(|| of(undated(id)?))
}

/// As [`find`], by the address that the model is asked at: a table of hosted models says nothing of other servers.
pub fn find_at(base_url: &str, id: &str) -> Option<&'static HostedModel> {
    let url = reqwest::Url::parse(base_url).ok()?;
    find(KeyOwner::of(&url)?.name, id)
}

/// Every model of the table that answers at this address.
pub fn of(base_url: &str) -> impl Iterator<Item = &'static HostedModel> {
    let owner = reqwest::Url::parse(base_url).ok().and_then(|url| KeyOwner::of(&url));
    table().iter().filter(move |model| owner.as_ref().is_some_and(|owner| owner.name == model.provider))
}

/// The model that a tuned one was tuned from, where its id says so: `ft:BASE:organisation:name:job`.
pub fn base_of(id: &str) -> Option<&str> {
    id.strip_prefix("ft:")?.split(':').next().filter(|base| !base.is_empty())
}

/// The share of a call's price that a batch costs at this address, where that is known: OpenAI and Anthropic take half.
pub fn batch_share_at(base_url: &str) -> Option<f64> {
    let url = reqwest::Url::parse(base_url).ok()?;
    matches!(KeyOwner::of(&url)?.name, "openai" | "anthropic").then_some(0.5)
}

/// The kind under which tuned models are priced: `ft:BASE`.
fn tuned_kind(id: &str) -> Option<String> {
    base_of(id).map(|base| format!("ft:{base}"))
}

/// An id without the date at its end, under which it may be listed: `-20250929`, `-2025-09-29`.
pub fn undated(id: &str) -> Option<&str> {
    let cut = |length: usize| {
        let (name, date) = id.split_at_checked(id.len().checked_sub(length)?)?;
        let digits = date.chars().filter(char::is_ascii_digit).count();
        (date.starts_with("-20") && digits == 8).then_some(name)
    };
    cut(9).or_else(|| cut(11))
}

impl HostedModel {
    /// Days until it is shut down; negative once it was.
    pub fn days_left(&self, today: Date) -> Option<i32> {
        Some((self.shutdown? - today).get_days())
    }

    /// Until when it answers, in words: `12 days left (2026-12-09), then gpt-6-luna`.
    pub fn end_in_words(&self, today: Date) -> Option<String> {
        let (date, left) = (self.shutdown?, self.days_left(today)?);
        let left = match left {
            ..0 => format!("shut down since {date}"),
            0 => "shut down today".to_owned(),
            1 => format!("1 day left ({date})"),
            _ => format!("{left} days left ({date})"),
        };
        let next = self.successor.map_or_else(String::new, |next| format!(", then {next}"));
        Some(left + &next)
    }

    /// Where it can be tuned, in words.
    pub fn tuning_in_words(&self) -> Option<String> {
        if !self.tuned_there {
            return None;
        }
        Some(match self.provider {
            "openai" => format!("OpenAI tunes it for present customers until {OPENAI_TUNES_UNTIL}"),
            other => format!("{other} tunes it"),
        })
    }

    /// The context in words: `128k`.
    pub fn context_in_words(&self) -> Option<String> {
        self.context.map(|tokens| match tokens {
            0..10_000 => format!("{tokens} tokens"),
            10_000..1_000_000 => format!("{}k tokens", tokens / 1_000),
            _ => format!("{:.1}M tokens", tokens as f64 / 1e6),
        })
    }
}

/// A price and who says so.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Priced {
    /// Dollars for tokens.
    pub price: Price,
    /// Who says so.
    pub by: PricedBy,
}

/// Who says what a model costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PricedBy {
    /// `price` of its [[model]] in fourfold.toml.
    Workbench,
    /// `[prices]` in the person's settings.
    Settings,
    /// The table that comes with the program.
    Table,
    /// It runs on this machine.
    Here,
}

impl PricedBy {
    /// In words, with the date where there is one.
    pub fn in_words(self) -> String {
        match self {
            Self::Workbench => "fourfold.toml".to_owned(),
            Self::Settings => "your settings".to_owned(),
            Self::Table => format!("prices of {AS_OF}"),
            Self::Here => "on this machine".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_batch_costs_half_where_that_is_known_and_nowhere_else() {
        assert_eq!(batch_share_at("https://api.openai.com/v1"), Some(0.5));
        assert_eq!(batch_share_at("https://api.anthropic.com/v1"), Some(0.5));
        for other in ["http://127.0.0.1:8000/v1", "https://example.org/v1", "no address"] {
            assert_eq!(batch_share_at(other), None, "{other}");
        }
    }

    #[test]
    fn the_table_is_well_formed() {
        let lines = TABLE.lines().filter(|line| !line.starts_with('#')).count();
        assert_eq!(table().len(), lines, "every line is read");
        let mut seen = HashSet::new();
        for model in table() {
            assert!(seen.insert((model.provider, model.id)), "{} stands twice", model.id);
            assert!(KeyOwner::named(model.provider).is_some(), "{}", model.provider);
            assert!(model.price.is_sound(), "{}", model.id);
            assert!(model.price.cached.is_none_or(|cached| cached <= model.price.input), "{}", model.id);
            assert_ne!(model.context, Some(0), "{}", model.id);
        }
        assert!(AS_OF.parse::<Date>().is_ok() && TABLE.contains(AS_OF));
    }

    #[test]
    fn models_are_found_by_their_id_with_a_date_or_tuned() {
        let mini = find("openai", "gpt-4o-mini").unwrap();
        assert_eq!(mini.price, Price { input: 0.15, output: 0.6, cached: Some(0.075) });
        let tuned = find("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc123").unwrap();
        assert_eq!(tuned.price.input.to_bits(), 0.3_f64.to_bits(), "tuned ones have their own price");
        assert_eq!(base_of("ft:gpt-4o-mini-2024-07-18:acme::abc123"), Some("gpt-4o-mini-2024-07-18"));
        assert_eq!((base_of("gpt-4o"), base_of("ft:")), (None, None));
        assert_eq!(find("anthropic", "claude-haiku-4-5-20991231").map(|model| model.id), Some("claude-haiku-4-5"));
        assert!(find("openai", "gpt-nothing").is_none() && find("mistral", "gpt-4o-mini").is_none());
        assert!(find_at("https://api.openai.com/v1", "gpt-4o-mini").is_some());
        assert!(find_at("http://127.0.0.1:8080/v1", "gpt-4o-mini").is_none(), "a local server's names are its own");
    }

    #[test]
    fn the_end_is_counted_in_days() {
        let model =
            HostedModel { shutdown: Some("2026-12-09".parse().unwrap()), successor: Some("next"), ..table()[0] };
        let said = |today: &str| model.end_in_words(today.parse().unwrap()).unwrap();
        assert_eq!(said("2026-11-27"), "12 days left (2026-12-09), then next");
        assert_eq!(said("2026-12-08"), "1 day left (2026-12-09), then next");
        assert_eq!(said("2026-12-09"), "shut down today, then next");
        assert_eq!(said("2027-01-01"), "shut down since 2026-12-09, then next");
        assert_eq!(model.days_left("2026-01-01".parse().unwrap()), Some(342), "days, not months");
        assert_eq!(HostedModel { shutdown: None, ..model }.end_in_words("2026-11-27".parse().unwrap()), None);
    }
}
