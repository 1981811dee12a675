//! The mapping screen's roles, and what they come to.

use super::*;

fn form(columns: &[&str], layout: Layout, recognised: Mapping) -> MappingForm {
    let column = |name: &&str| ColumnChoice {
        name: (*name).to_owned(),
        sample: String::new(),
        is_turns: *name == "messages",
        role: ColumnRole::Variable(None),
    };
    let mut form = MappingForm {
        path: "/d/new.csv".into(),
        name: "data/new.csv".into(),
        about: String::new(),
        layout,
        recognised,
        said: None,
        rows: 10,
        columns: columns.iter().map(column).collect(),
        prompt_variables: vec!["order".to_owned()],
        files: DataFiles::None,
        can_pin: false,
        used: FileUse::Drawn,
        selected: 0,
        before: None,
        row: 0,
        generation: 0,
        preview: None,
        scroll: 0,
        fault: None,
        writing: false,
    };
    form.recognise();
    form.usual_use();
    form
}

fn said(form: &MappingForm) -> Vec<String> {
    form.columns.iter().map(|column| column.role.in_words(&column.name)).collect()
}

#[test]
fn a_recognised_layout_is_said_by_its_name_until_a_role_changes() {
    let recognised = Mapping { reference: Some("answer".into()), ..Mapping::default() };
    let mut form = form(&["id", "question", "answer"], Layout::QuestionAnswer, recognised);
    assert_eq!(said(&form), ["id: the row's name", "variable {{ question }}", "reference: the right answer"]);
    assert_eq!(form.mapping(), Mapping { layout: Some(Layout::QuestionAnswer), ..Mapping::default() });
    form.selected = 2;
    form.turn(1);
    let own = form.mapping();
    assert_eq!(own.reference.as_deref(), Some("answer"));
    assert_eq!(own.variables.get("order").map(String::as_str), Some("question"));
    assert_eq!(own.layout, None);
    form.selected = 3;
    form.turn(-1);
    assert_eq!(form.columns[2].role, ColumnRole::Variable(Some("order".to_owned())));
    assert_eq!(form.columns[1].role, ColumnRole::Variable(None), "one column fills a variable");
    assert_eq!(form.mapping().layout, Some(Layout::Plain), "it is not to be recognised again");
}

#[test]
fn a_column_of_a_usual_name_is_what_it_says_unless_another_is() {
    let mut form = form(&["id", "code", "reference"], Layout::Plain, Mapping::default());
    assert_eq!(form.mapping(), Mapping::default());
    form.selected = 1;
    form.turn(1);
    assert_eq!(form.columns[0].role, ColumnRole::Id, "there is no other id");
    form.selected = 2;
    for _ in 0..3 {
        form.turn(1);
    }
    assert_eq!((&form.columns[0].role, &form.columns[1].role), (&ColumnRole::Variable(None), &ColumnRole::Id));
    assert_eq!(form.mapping().id.as_deref(), Some("code"));
}

#[test]
fn what_a_column_passes_over_is_not_taken_from_another() {
    let mut form = form(&["Ticket", "Request text", "Wanted JSON"], Layout::Plain, Mapping::default());
    assert_eq!(said(&form)[1..], ["variable {{ request_text }}", "variable {{ wanted_json }}"], "names to be said");
    // Ticket: the prompt's variable, the reference, the id.
    form.selected = 1;
    (0..3).for_each(|_| form.turn(1));
    form.selected = 2;
    form.turn(1);
    // The answer passes over the variable that the question has.
    form.selected = 3;
    (0..2).for_each(|_| form.turn(1));
    let wanted = ["id: the row's name", "variable {{ order }}", "reference: the right answer"];
    assert_eq!(said(&form), wanted);
    // And over the id, which stays with the ticket once it has gone on.
    form.turn(1);
    assert_eq!(said(&form)[0], "variable {{ Ticket }}", "one column is the id");
    form.turn(-1);
    assert_eq!(said(&form), wanted);
    let mapping = form.mapping();
    assert_eq!(mapping.variables.get("order").map(String::as_str), Some("Request text"));
    assert_eq!((mapping.id.as_deref(), mapping.reference.as_deref()), (Some("Ticket"), Some("Wanted JSON")));
}

#[test]
fn in_which_way_the_right_choice_is_told_can_be_said() {
    let mut form = form(&["question", "options", "answer"], Layout::Plain, Mapping::default());
    form.take(&Mapping { choices: vec!["options".into()], answer: Some("answer".into()), ..Mapping::default() });
    form.selected = 3;
    form.turn(1);
    form.turn(1);
    assert_eq!(said(&form)[2], "which choice is right, by its number from 0");
    let mapping = form.mapping();
    assert_eq!((mapping.answer.as_deref(), mapping.answer_as), (Some("answer"), Some(AnswerAs::Index)));
    form.selected = 2;
    form.turn(1);
    assert_eq!(said(&form)[1..], ["which choice is right", "variable {{ answer }}"], "one column tells it");
}

#[test]
fn how_a_file_is_used_goes_with_the_files_there_are() {
    let mut form = form(&["order", "reference"], Layout::Plain, Mapping::default());
    let one = DataFiles::One("data/new.csv".into());
    assert_eq!((form.change().files, form.change().split), (one.clone(), SplitChange::Draw(0.1, 0.2)));
    form.files = DataFiles::One("data/old.csv".into());
    form.used = FileUse::Split(Split::Test);
    let files = DataFiles::Splits { train: Some("data/old.csv".into()), dev: None, test: Some("data/new.csv".into()) };
    assert_eq!((form.change().files, form.change().split), (files.clone(), SplitChange::None));
    form.files = files.clone();
    form.usual_use();
    assert_eq!((form.used, form.change().files), (FileUse::AsNow, files));
    form.selected = 0;
    form.turn(1);
    assert_eq!((form.used, form.change().pin), (FileUse::Drawn, false));
    form.turn(1);
    assert_eq!((form.change().split, form.change().pin), (SplitChange::Draw(0.1, 0.2), true));
    form.turn(1);
    assert_eq!((form.change().files, form.change().split), (one, SplitChange::None));
}
