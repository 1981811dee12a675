//! The README's table of keys is the one the action table makes.

use std::process::Command;

#[test]
fn the_readme_shows_the_keys_there_are() {
    let output = Command::new(env!("CARGO_BIN_EXE_fourfold")).arg("actions").output().unwrap();
    assert!(output.status.success());
    let table = String::from_utf8(output.stdout).unwrap();
    let readme = include_str!("../README.md");
    assert!(table.lines().count() > 20);
    assert!(readme.contains(table.trim_end()), "the README's keys are out of date; `fourfold actions` prints them");
}
