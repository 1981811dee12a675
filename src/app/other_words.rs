//! Other words for what can be done, by which the palette finds it: those of other programs, and of people who know what they
//! want and not what it is called here.

use super::action::Action;

/// Words that neither the title nor the help of `action` has, with a blank between.
pub(super) const fn other_words(action: Action) -> &'static str {
    match action {
        Action::Run => "start send generate execute submit ask go",
        Action::Help | Action::HelpHere => "shortcuts keybindings bindings manual docs",
        Action::Save => "store keep",
        Action::History => "past previous earlier log trials",
        Action::ExternalEditor => "vim emacs nano",
        Action::Blind => "vote human preference arena ab a/b",
        Action::Preview => "estimate dry run render price",
        Action::Zoom | Action::ZoomHere => "maximise maximize fullscreen full",
        Action::Fourfold => "2x2 two by two grid quadrants panes compare",
        Action::Matrix => "batch evaluate evaluation eval dataset data set experiment table results report export",
        Action::Ablation => "ladder chart",
        Action::Presets => "templates recipes",
        Action::Data => "dataset set table spreadsheet browse csv",
        Action::OpenData => "import load dataset",
        Action::AddCase => "save new row append",
        Action::MapData => "mapping import schema",
        Action::Failures => "errors mistakes wrong breakdown analysis",
        Action::Distil => "distill distillation teacher student synthetic",
        Action::Tune => "fine-tune finetune lora peft adapter",
        Action::OpenPrompt => "load switch template file",
        Action::NewPrompt => "create template file write",
        Action::NextFault => "error warning problem diagnostic line",
        Action::BlindUndo => "revert retract withdraw",
        Action::Quit => "exit close bye",
        Action::Suspend => "background",
        Action::PickTheme => "colour color dark light appearance skin",
        Action::KeepArms => "save strategy model settings measure",
        Action::AddArm => "column model c d new another",
        Action::RemoveArm => "delete close drop",
        Action::PickModel => "provider server switch change llm",
        Action::GiveKey => "api token password secret credentials login",
        Action::PickStrategy => "few-shot chain of thought cot medprompt zero-shot technique",
        Action::Parameters => "options temperature top-p top_p max tokens seed configure",
        Action::MatrixPage => "export share save",
        Action::Scores | Action::MatrixScores => "statistics stats metrics significance p-value confidence verdict",
        Action::Judge => "llm grade rate",
        Action::Forgetting => "catastrophic regression perplexity",
        Action::Strengths => "scale slider alpha lora weight",
        Action::Samples => "repeat repeats consistency n variance",
        Action::Calls => "trace inspect debug details steps",
        Action::CopyHere | Action::CopyMenuHere => "clipboard yank curl python export",
        Action::ToggleRaw => "plain source",
        Action::RecordAnswers => "golden snapshot shutdown deprecate save",
        Action::PinReference => "expected gold target truth label",
        Action::GetModel => "fetch pull install weights smollm2",
        Action::Undo => "revert",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::super::action::TABLE;
    use super::*;

    #[test]
    fn no_word_stands_where_it_is_found_already() {
        for row in TABLE {
            let said = format!("{} {} {}", row.title, row.id, row.help).to_lowercase();
            let known: Vec<&str> = said.split(|letter: char| !letter.is_alphanumeric()).collect();
            let twice: Vec<&str> =
                other_words(row.action).split(' ').filter(|word| known.contains(word) && word.len() > 3).collect();
            assert!(twice.is_empty(), "{}: {twice:?}", row.id);
        }
    }
}
