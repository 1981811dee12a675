//! The page of keys: over panes, forms and lists, which stay as they were.

use super::bench;
use crate::app::event::{EventKind, Pointer};
use crate::state::{ArmSlot, Overlay};
use crate::view::screen::Target;

#[test]
fn it_lies_over_what_is_in_front_and_esc_brings_that_back_as_it_was() {
    for keys in ["ctrl+p", "ctrl+o", "alt+3 p", "alt+3 n", "f3", "f9", "ctrl+n", "alt+7", "alt+3 c", "ctrl+q"] {
        let mut bench = bench();
        bench.press(keys);
        let before = format!("{:?}", bench.state.overlays);
        for (open, close) in [("f1", "esc"), ("ctrl+g", "f1"), ("f1", "?")] {
            bench.press(open);
            assert_eq!(bench.state.help, Some(0), "{keys}: {open}");
            bench.press("down x 1");
            assert_eq!(bench.state.help, Some(1), "{keys}: scrolled, and nothing else");
            bench.press(close);
            assert_eq!(bench.state.help, None, "{keys}: {close}");
            assert_eq!(format!("{:?}", bench.state.overlays), before, "{keys}");
        }
    }
}

#[test]
fn a_question_mark_is_text_where_text_is_typed_and_asks_for_the_keys_elsewhere() {
    let mut bench = bench();
    bench.press("ctrl+p ?");
    let Some(Overlay::Pick(_, picker)) = bench.state.overlays.last() else { panic!() };
    assert_eq!((picker.query.as_str(), bench.state.help), ("?", None));
    bench.press("esc alt+3 c ?");
    assert_eq!(bench.state.help, Some(0));
    bench.press("ctrl+c");
    assert!(bench.said().contains("Ctrl+C again"), "what works everywhere works here");
    bench.press("? ?");
    assert_eq!(bench.state.overlays.len(), 1, "the page under it is still there");
}

#[test]
fn the_wheel_scrolls_the_page_in_front() {
    let mut bench = bench();
    bench.press("f9 f1");
    let mut wheel = |rows| bench.happens(EventKind::Pointer(Pointer::Wheel { target: Target::Page, rows }));
    wheel(3);
    wheel(-9);
    wheel(6);
    assert_eq!(bench.state.help, Some(6));
    bench.press("esc");
    bench.happens(EventKind::Pointer(Pointer::Wheel { target: Target::Page, rows: 3 }));
    let page = bench.state.overlays.last();
    assert!(matches!(page, Some(Overlay::Preview { slot: ArmSlot::A, scroll: 3 })), "{page:?}");
}
