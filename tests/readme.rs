//! The README's table of keys is the one the action table makes.

use std::fs;
use std::path::Path;
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

#[test]
fn every_page_that_is_linked_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    let mut links = 0;
    for page in pages.chain([root.join("README.md")]) {
        let text = fs::read_to_string(&page).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split([')', '#']).next()) {
            assert!(page.with_file_name(link).exists(), "{}: {link}", page.display());
            links += 1;
        }
    }
    assert!(links > 10, "{links} links");
}
