//! Going to what is wrong in the prompt.

use super::{bench, names};
use crate::app::event::{EventKind, Pointer};
use crate::prompt::{Problem, Severity};
use crate::state::Pane;
use crate::view::screen::Target;

#[test]
fn a_key_and_a_click_go_to_a_fault() {
    let mut bench = bench();
    bench.press("alt+3 alt+e");
    assert!(bench.said().contains("Nothing is wrong"), "{}", bench.said());
    let problem = |start: usize, line: usize| Problem {
        range: start..start + 2,
        line,
        column: 1,
        severity: Severity::Error,
        message: "wrong".to_owned(),
        hint: "mend it".to_owned(),
    };
    bench.state.prompt.problems = vec![problem(9, 2), problem(2, 1)];
    bench.state.focus = Pane::Arm(crate::state::ArmSlot::A);
    // The caret stands at the end: around it goes on from the first.
    let mut places = Vec::new();
    for _ in 0..3 {
        assert_eq!(names(&bench.press("alt+e")), Vec::<String>::new());
        places.push(bench.state.prompt.editor.caret_line_and_column());
    }
    assert_eq!((bench.state.focus, places), (Pane::Prompt, vec![(1, 3), (2, 4), (1, 3)]));
    bench.happens(EventKind::Pointer(Pointer::Press { target: Target::Fault(0), column: 0, row: 0 }));
    assert_eq!(bench.state.prompt.editor.caret_line_and_column(), (2, 4));
}
