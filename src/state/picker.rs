//! A list that narrows as one types: fuzzy over titles, names and keys, word by word over remarks and synonyms. Knows no terminal.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

/// One line of a [`Picker`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What choosing it stands for: an action id, a model id, a path.
    pub value: String,
    /// What is read first.
    pub title: String,
    /// A remark in a quieter voice, after the title.
    pub note: String,
    /// A key or a figure at the right edge.
    pub aside: String,
    /// What is said of it under the list while it is the selected one.
    pub detail: String,
    /// Other words for it, never shown.
    pub also: &'static str,
    /// What it takes, in figures: said there first.
    pub figures: String,
    /// Why it cannot be chosen now; it stays in its place, so that hands find it again.
    pub disabled: Option<String>,
}

impl Item {
    /// An item with a title only.
    pub fn new(value: impl Into<String>, title: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            title: title.into(),
            note: String::new(),
            aside: String::new(),
            detail: String::new(),
            also: "",
            figures: String::new(),
            disabled: None,
        }
    }

    /// Adds the quieter remark.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// Adds what is said under the list.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// Adds other words for it.
    #[must_use]
    pub const fn also(mut self, words: &'static str) -> Self {
        self.also = words;
        self
    }

    /// Adds what it takes.
    #[must_use]
    pub fn figures(mut self, figures: impl Into<String>) -> Self {
        self.figures = figures.into();
        self
    }

    /// Adds the text at the right edge.
    #[must_use]
    pub fn aside(mut self, aside: impl Into<String>) -> Self {
        self.aside = aside.into();
        self
    }
}

/// A filterable list with one line selected.
#[derive(Clone, Debug, Default)]
pub struct Picker {
    /// The heading.
    pub title: String,
    /// What has been typed.
    pub query: String,
    /// What to say when the list is empty.
    pub empty: String,
    items: Vec<Item>,
    /// Indices into `items`, best match first.
    shown: Vec<usize>,
    selected: usize,
}

impl Picker {
    /// A picker over `items`, with the one whose value is `current` selected.
    pub fn new(title: impl Into<String>, items: Vec<Item>, current: &str) -> Self {
        let selected = items.iter().position(|item| item.value == current).unwrap_or(0);
        let shown = (0..items.len()).collect();
        Self { title: title.into(), query: String::new(), empty: "nothing matches".to_owned(), items, shown, selected }
    }

    /// The lines that match, best first.
    pub fn shown(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.shown.iter().filter_map(|index| self.items.get(*index)).collect::<Vec<_>>().into_iter()
    }

    /// Whether a line, shown or not, has a value that begins so.
    pub fn holds(&self, beginning: &str) -> bool {
        self.items.iter().any(|item| item.value.starts_with(beginning))
    }

    /// Whether something is said of any line under the list.
    pub fn has_details(&self) -> bool {
        self.items.iter().any(|item| !item.detail.is_empty())
    }

    /// Whether figures are said of any line.
    pub fn has_figures(&self) -> bool {
        self.items.iter().any(|item| !item.figures.is_empty())
    }

    /// Says what lines take, by their values. No line moves.
    pub fn tell_figures(&mut self, told: &[(String, String)]) {
        for item in &mut self.items {
            if let Some((_, figures)) = told.iter().find(|(value, _)| *value == item.value) {
                item.figures.clone_from(figures);
            }
        }
    }

    /// Which of the shown lines is selected.
    pub const fn selected_index(&self) -> usize {
        self.selected
    }

    /// The selected line, if any matches.
    pub fn selected(&self) -> Option<&Item> {
        self.shown.get(self.selected).and_then(|index| self.items.get(*index))
    }

    /// Shows other lines under the same query, on the line with the same value where there is one.
    pub fn replace(&mut self, items: Vec<Item>) {
        let current = self.selected().map(|item| item.value.clone());
        self.items = items;
        self.filter();
        let place = self.shown().position(|item| Some(&item.value) == current.as_ref());
        self.selected = place.unwrap_or(0);
    }

    /// Adds a typed character to the query.
    pub fn insert(&mut self, text: &str) {
        self.query.extend(text.chars().filter(|letter| !letter.is_control()));
        self.filter();
    }

    /// Takes the query's last grapheme away.
    pub fn backspace(&mut self) {
        use unicode_segmentation::UnicodeSegmentation;
        if let Some((start, _)) = self.query.grapheme_indices(true).next_back() {
            self.query.truncate(start);
        }
        self.filter();
    }

    /// Empties the query.
    pub fn clear(&mut self) {
        self.query.clear();
        self.filter();
    }

    /// Moves the selection `step` lines, stopping at the ends.
    pub fn step(&mut self, step: isize) {
        let last = self.shown.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(step).min(last);
    }

    /// Selects a shown line, as a click does.
    pub fn select(&mut self, index: usize) {
        if index < self.shown.len() {
            self.selected = index;
        }
    }

    fn filter(&mut self) {
        let mut matcher = Matcher::new(Config::DEFAULT);
        let pattern = Pattern::parse(&self.query, CaseMatching::Ignore, Normalization::Smart);
        let typed = self.query.trim().to_lowercase();
        let mut scored: Vec<(Found, u32, usize)> = Vec::new();
        let mut buffer = Vec::new();
        for (index, item) in self.items.iter().enumerate() {
            let name = format!("{} {} {}", item.title, item.value, item.aside);
            let score = pattern.score(Utf32Str::new(&name, &mut buffer), &mut matcher);
            let name = name.to_lowercase();
            // Scattered letters are found in every sentence: there, whole words count.
            let said = format!("{name} {} {}", item.note, item.also).to_lowercase();
            let has = |text: &str| typed.split_whitespace().all(|word| text.contains(word));
            let found = match score {
                Some(_) if item.title.to_lowercase().starts_with(&typed) => Found::Called,
                Some(_) if has(&name) => Found::Named,
                _ if has(&said) => Found::Said,
                Some(_) => Found::Scattered,
                None => continue,
            };
            scored.push((found, score.unwrap_or(0), index));
        }
        // A stable sort keeps the table's order among equals, and the whole order for an empty query.
        scored.sort_by_key(|(found, score, _)| std::cmp::Reverse((*found, *score)));
        self.shown = scored.into_iter().map(|(.., index)| index).collect();
        self.selected = 0;
    }
}

/// How a line was found, the best last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    /// Its title, name and key have the letters in order.
    Scattered,
    /// What is said of it has the words.
    Said,
    /// Its title, name or key has the words.
    Named,
    /// Its title begins with what was typed.
    Called,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picker() -> Picker {
        let items = vec![
            Item::new("run", "run").aside("Ctrl+R"),
            Item::new("history", "history").aside("F3"),
            Item::new("pick-theme", "theme").note("colours"),
        ];
        Picker::new("commands", items, "history")
    }

    #[test]
    fn it_opens_on_the_current_value_and_finds_names_synonyms_and_keys() {
        let mut picker = picker();
        assert_eq!(picker.selected().map(|item| item.value.as_str()), Some("history"));
        for (query, value) in [("thm", "pick-theme"), ("f3", "history"), ("colour", "pick-theme"), ("ctrl+r", "run")] {
            picker.clear();
            picker.insert(query);
            assert_eq!(picker.selected().map(|item| item.value.as_str()), Some(value), "{query}");
        }
    }

    #[test]
    fn what_is_called_as_it_was_typed_comes_first() {
        let items = vec![
            Item::new("fourfold", "fourfold").note("add this case in four cells, add this case add this case"),
            Item::new("add-case", "add this case"),
        ];
        let mut picker = Picker::new("commands", items, "");
        picker.insert("Add this");
        assert_eq!(picker.selected().map(|item| item.value.as_str()), Some("add-case"));
    }

    #[test]
    fn remarks_and_other_words_are_found_by_whole_words_alone() {
        let items = vec![
            Item::new("tune", "tune").note("Tune a model on this machine with the train rows.").also("fine-tune lora"),
            Item::new("data", "data").note("Go through the rows of every split."),
            Item::new("granularity", "line, word, letter"),
        ];
        let mut picker = Picker::new("commands", items, "");
        let table = [
            ("lora", ["tune", "granularity"].as_slice()),
            ("rows", &["tune", "data"]),
            ("machine train", &["tune"]),
            ("tmrows", &[]),
        ];
        for (query, expected) in table {
            picker.clear();
            picker.insert(query);
            assert_eq!(picker.shown().map(|item| item.value.clone()).collect::<Vec<_>>(), expected, "{query}");
        }
    }

    #[test]
    fn lines_that_arrive_later_do_not_move_the_selection() {
        let mut picker = picker();
        let mut items = vec![Item::new("new", "before all")];
        items.extend(picker.shown().cloned());
        picker.replace(items);
        assert_eq!(picker.selected().map(|item| item.value.as_str()), Some("history"));
        assert_eq!(picker.shown().len(), 4);
        picker.replace(vec![Item::new("new", "alone")]);
        assert_eq!(picker.selected().map(|item| item.value.as_str()), Some("new"));
    }

    #[test]
    fn nothing_matching_selects_nothing_and_backspace_brings_it_back() {
        let mut picker = picker();
        picker.insert("zzzz");
        assert!(picker.selected().is_none());
        picker.step(1);
        for _ in 0..5 {
            picker.backspace();
        }
        assert_eq!(picker.shown().len(), 3);
        picker.step(10);
        assert_eq!(picker.selected_index(), 2);
    }
}
