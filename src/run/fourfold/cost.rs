//! What the cells of the table cost: of one case, and over the cases that are compared. Dollars; pure. A cheap tuned model
//! against a dear prompted one is decided by this as much as by the scores.

use super::{Cell, Cells, table};
use crate::model::{Cost, amount};
use crate::stats::{FourfoldVerdict, Interval, Mean, Settings, wording};

/// Prices nearer to each other than this share are told as the same.
const SAME: f64 = 0.02;

/// What an answer cost, as far as anybody says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Paid {
    /// Nobody says what its model costs.
    Unknown,
    /// So much; on this machine nothing.
    Of(Cost),
}

impl Paid {
    /// Of an answer's cost, where that is known.
    pub fn of(cost: Option<Cost>) -> Self {
        cost.map_or(Self::Unknown, Self::Of)
    }

    /// In dollars.
    pub const fn dollars(self) -> Option<f64> {
        match self {
            Self::Unknown => None,
            Self::Of(cost) => Some(cost.dollars),
        }
    }

    /// For people: `$0.0012`, `free`, `price unknown`.
    pub fn in_words(self) -> String {
        match self {
            Self::Unknown => "price unknown".to_owned(),
            Self::Of(cost) if cost.dollars == 0.0 => "free".to_owned(),
            Self::Of(cost) => cost.in_words(),
        }
    }
}

/// What each method adds to the price of one case, in words; nothing before all four cells have answered.
pub fn in_words(cells: &Cells<Option<Paid>>) -> Vec<String> {
    if cells.iter().any(Option::is_none) {
        return Vec::new();
    }
    let dollars = cells.map(|paid| paid.and_then(Paid::dollars));
    if dollars.iter().all(|known| *known == Some(0.0)) {
        return vec![FREE.to_owned()];
    }
    if let Some(words) = unknown(dollars) {
        return vec![words];
    }
    let Some(known) = table(dollars).complete() else { return Vec::new() };
    let margins = known.margins();
    vec![
        format!(
            "Cost of this case: prompting {}, tuning {}, both {}.",
            more(margins.prompting),
            more(margins.tuning),
            more(margins.both)
        ),
        against(known.plain_tuned, known.prompted_base),
    ]
}

/// What is said where nothing was paid.
const FREE: &str = "All four cells run on this machine: none has a price.";

/// Which price is not known; a price is a model's, so a whole column has it or has not.
fn unknown([plain_base, plain_tuned, prompted_base, prompted_tuned]: Cells<Option<f64>>) -> Option<String> {
    let (base, tuned) = (plain_base.and(prompted_base).is_none(), plain_tuned.and(prompted_tuned).is_none());
    let (whose, them) = match (base, tuned) {
        (true, true) => ("of both models is", "give each"),
        (true, false) => ("of the base model is", "give it"),
        (false, true) => ("of the tuned model is", "give it"),
        (false, false) => return None,
    };
    Some(format!(
        "The price {whose} unknown, so what each method costs cannot be said: {them} a `price` in fourfold.toml."
    ))
}

/// A difference of prices.
fn more(dollars: f64) -> String {
    match dollars {
        more if more > 0.0 => format!("${} more", amount(more)),
        less if less < 0.0 => format!("${} less", amount(-less)),
        _ => "no more".to_owned(),
    }
}

/// The two cells that are most often chosen between, the dearer as the subject.
fn against(tuned: f64, prompted: f64) -> String {
    let (tuned, prompted) = ((Cell::PlainTuned.title(), tuned), (Cell::PromptedBase.title(), prompted));
    let ((dear, most), (cheap, least)) = if tuned.1 > prompted.1 { (tuned, prompted) } else { (prompted, tuned) };
    if most - least <= SAME * most {
        return format!("{} and {} cost the same, ${}.", tuned.0, prompted.0, amount(most));
    }
    if least <= 0.0 {
        return format!("{dear} costs ${}, {cheap} nothing.", amount(most));
    }
    let times = most / least;
    let times = if times < 10.0 { format!("{times:.1}") } else { format!("{times:.0}") };
    format!("{dear} costs {times} times as much as {cheap}: ${} against ${}.", amount(most), amount(least))
}

/// Dollars for a case, over several.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CostFigure {
    /// Over how many cases.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// Student's interval; none of a single case.
    pub interval: Option<Interval>,
}

impl CostFigure {
    fn of(dollars: &[f64], settings: &Settings) -> Option<Self> {
        let mean = Mean::of(dollars)?;
        Some(Self { n: mean.n, mean: mean.value, interval: mean.interval(settings.confidence) })
    }

    /// An amount of money with its interval: `$0.0012 (0.0010 to 0.0014)`.
    pub fn in_words(&self) -> String {
        if self.mean == 0.0 {
            return "free".to_owned();
        }
        let interval = self
            .interval
            .map_or_else(String::new, |it| format!(" ({} to {})", amount(it.low.max(0.0)), amount(it.high)));
        format!("${}{interval}", amount(self.mean))
    }

    /// A difference with its interval: `$0.0012 more (0.0010 to 0.0014)`.
    fn difference_in_words(&self) -> String {
        let sign = if self.mean < 0.0 { -1.0 } else { 1.0 };
        let signed = |dollars: f64| {
            let minus = if dollars < 0.0 { "-" } else { "" };
            format!("{minus}{}", amount(dollars.abs()))
        };
        let interval = self.interval.filter(|_| self.mean != 0.0).map_or_else(String::new, |it| {
            let (low, high) = if sign < 0.0 { (-it.high, -it.low) } else { (it.low, it.high) };
            format!(" ({} to {})", signed(low), signed(high))
        });
        format!("{}{interval}", more(self.mean))
    }
}

/// What the four cells cost over the cases that are compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellCosts {
    /// Each cell, in the order of [`Cell::ALL`]; `None` where no price is known.
    pub cells: Cells<Option<CostFigure>>,
    /// Cases of each whose price is not known.
    pub unpriced: Cells<usize>,
    /// What prompting adds to a case's price on the base model; with the next ones over the cases priced in both cells.
    pub prompting: Option<CostFigure>,
    /// What tuning adds under the plain prompt.
    pub tuning: Option<CostFigure>,
    /// What both add.
    pub both: Option<CostFigure>,
    /// Tuning alone, less prompting alone.
    pub tuned_for_prompted: Option<CostFigure>,
}

impl CellCosts {
    /// Of each case's prices in the order of [`Cell::ALL`]; `None` where one is not known.
    pub fn of(rows: &[Cells<Option<f64>>], settings: &Settings) -> Self {
        let column = |cell: usize| -> Vec<f64> { rows.iter().filter_map(|row| row[cell]).collect() };
        let difference = |one: usize, other: usize| {
            let dollars: Vec<f64> = rows.iter().filter_map(|row| Some(row[one]? - row[other]?)).collect();
            CostFigure::of(&dollars, settings)
        };
        let [plain, tuned, prompted, both] = [0, 1, 2, 3];
        Self {
            cells: std::array::from_fn(|cell| CostFigure::of(&column(cell), settings)),
            unpriced: std::array::from_fn(|cell| rows.len() - column(cell).len()),
            prompting: difference(prompted, plain),
            tuning: difference(tuned, plain),
            both: difference(both, plain),
            tuned_for_prompted: difference(tuned, prompted),
        }
    }

    /// Whether there is anything to say: some case has a price, or none is known.
    pub fn is_worth_telling(&self) -> bool {
        self.cells.iter().any(|cell| cell.is_none_or(|figure| figure.mean != 0.0))
    }

    /// A cell as a table shows it.
    pub fn cell_in_words(&self, cell: usize) -> String {
        let Some(Some(figure)) = self.cells.get(cell) else { return "price unknown".to_owned() };
        match self.unpriced.get(cell) {
            Some(0) | None => figure.in_words(),
            Some(unpriced) => format!("{}, {unpriced} unknown", figure.in_words()),
        }
    }

    /// What each method adds to the price, and tuning alone against prompting alone with what each scores.
    pub fn in_words(&self, verdict: &FourfoldVerdict, settings: &Settings) -> Vec<String> {
        if !self.is_worth_telling() {
            return vec![FREE.to_owned()];
        }
        let (Some(prompting), Some(tuning), Some(both)) = (self.prompting, self.tuning, self.both) else {
            return unknown(self.cells.map(|figure| figure.map(|figure| figure.mean))).into_iter().collect();
        };
        let intervals = both
            .interval
            .map_or_else(String::new, |_| format!(", {} intervals", wording::percent(settings.confidence)));
        let mut lines = vec![format!(
            "A case costs, n = {}{intervals}: with prompting {}; with tuning {}; with both {}.",
            wording::grouped(both.n as u64),
            prompting.difference_in_words(),
            tuning.difference_in_words(),
            both.difference_in_words()
        )];
        if let [_, Some(tuned), Some(prompted), _] = self.cells {
            let (tuning, prompting) = (verdict.cells.plain_tuned.mean, verdict.cells.prompted_base.mean);
            let words = against(tuned.mean, prompted.mean);
            let words = words.trim_end_matches('.');
            let (paired, judged) = &verdict.tuning_for_prompting;
            lines.push(format!(
                "{words}; {} scores {tuning:.3}, {} {prompting:.3}: {} (exploratory).",
                Cell::PlainTuned.title(),
                Cell::PromptedBase.title(),
                wording::difference(paired, judged)
            ));
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paid(dollars: Cells<Option<f64>>) -> Cells<Option<Paid>> {
        dollars.map(|dollars| Some(Paid::of(dollars.map(|dollars| Cost { dollars, exact: true }))))
    }

    #[test]
    fn one_case_says_what_each_method_costs() {
        for (dollars, expected) in [
            ([Some(0.0); 4], vec![FREE]),
            (
                [Some(0.003), Some(0.0001), Some(0.0034), Some(0.0005)],
                vec![
                    "Cost of this case: prompting $0.0004 more, tuning $0.0029 less, both $0.0025 less.",
                    "prompted · base costs 34 times as much as plain · tuned: $0.0034 against $0.0001.",
                ],
            ),
            (
                [Some(0.0), Some(0.5), Some(0.0), Some(0.6)],
                vec![
                    "Cost of this case: prompting no more, tuning $0.50 more, both $0.60 more.",
                    "plain · tuned costs $0.50, prompted · base nothing.",
                ],
            ),
            (
                [Some(0.1), Some(0.2), Some(0.2), Some(0.3)],
                vec![
                    "Cost of this case: prompting $0.10 more, tuning $0.10 more, both $0.20 more.",
                    "plain · tuned and prompted · base cost the same, $0.20.",
                ],
            ),
        ] {
            assert_eq!(in_words(&paid(dollars)), expected, "{dollars:?}");
        }
        let half = in_words(&paid([None, Some(0.1), None, Some(0.1)]));
        assert!(half[0].starts_with("The price of the base model is unknown"), "{half:?}");
        assert!(in_words(&paid([None; 4]))[0].starts_with("The price of both models is unknown"));
        assert!(in_words(&[None; 4]).is_empty(), "nothing was asked yet");
        assert_eq!(Paid::Unknown.in_words(), "price unknown");
        assert_eq!(Paid::Of(Cost::NOTHING).in_words(), "free");
    }

    #[test]
    fn over_cases_prices_are_paired_and_unknown_ones_are_counted() {
        let settings = Settings::default();
        let cost = |cents: [f64; 4]| cents.map(|cents| Some(cents / 100.0));
        let mut rows = vec![cost([1.0, 0.1, 5.0, 0.2]), cost([2.0, 0.1, 7.0, 0.4]), cost([3.0, 0.1, 6.0, 0.3])];
        rows.push([Some(0.9), None, None, None]);
        let costs = CellCosts::of(&rows, &settings);
        assert_eq!(costs.unpriced, [0, 1, 1, 1]);
        let prompting = costs.prompting.unwrap();
        assert!((prompting.mean - 0.04).abs() < 1e-12 && prompting.n == 3, "the case without a price is in neither");
        assert!((costs.tuned_for_prompted.unwrap().mean + 0.059).abs() < 1e-12);
        assert!(costs.cell_in_words(1).starts_with("$0.001 (0.001 to 0.001), 1 unknown"), "{}", costs.cell_in_words(1));
        assert_eq!(CellCosts::of(&[[None; 4]], &settings).cell_in_words(0), "price unknown");

        let scores: Vec<[f64; 4]> = (0..20).map(|row| [0.0, f64::from(row % 2), 1.0, 1.0]).collect();
        let verdict = FourfoldVerdict::of(&scores, &settings).unwrap();
        let words = costs.in_words(&verdict, &settings);
        assert!(words[0].starts_with("A case costs, n = 3, 95 % intervals: with prompting $0.04 more ("), "{words:?}");
        assert!(words[0].contains("; with tuning $0.019 less ("), "{words:?}");
        assert_eq!(
            words[1],
            "prompted · base costs 60 times as much as plain · tuned: $0.06 against $0.001; plain · tuned scores 0.500, \
             prompted · base 1.000: -0.500 (-50 % of 1.000), 95 % interval -0.701 to -0.258 (exploratory)."
        );
        let free = CellCosts::of(&[[Some(0.0); 4]], &settings);
        assert_eq!((free.in_words(&verdict, &settings), free.is_worth_telling()), (vec![FREE.to_owned()], false));
        let unknown = CellCosts::of(&[[Some(0.0), None, Some(0.0), None]], &settings);
        assert!(unknown.in_words(&verdict, &settings)[0].contains("of the tuned model is unknown"));
    }
}
