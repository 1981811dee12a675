//! Patterns of file names, as `prompts/*.txt`: the files that they name, inside the one folder.

use std::path::Path;

/// Files that one pattern may name.
const MOST: usize = 1_000;
/// Folders within folders that `**` goes down.
const DEEPEST: usize = 8;

/// Whether a path is a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?'])
}

/// The files under `root` that a pattern names, by their paths in it, sorted; and whether there were more. `*` and `?` stand for
/// letters of a name, `**` for any folders. Nothing above the folder is named, and a link to a folder is not followed.
pub(super) fn named(root: &Path, pattern: &str) -> Result<(Vec<String>, bool), String> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern);
    let parts: Vec<&str> = pattern.split('/').collect();
    if pattern.starts_with('/') || parts.contains(&"..") {
        return Err("it leads out of the folder".to_owned());
    }
    if pattern.contains(['{', '[', '!']) {
        return Err("of patterns `*`, `**` and `?` are followed; name each file".to_owned());
    }
    let mut found = Vec::new();
    walk(root, "", &parts, 0, &mut found);
    found.sort();
    found.dedup();
    let more = found.len() > MOST;
    found.truncate(MOST);
    if found.is_empty() { Err("no file of the folder has such a name".to_owned()) } else { Ok((found, more)) }
}

fn walk(folder: &Path, before: &str, parts: &[&str], depth: usize, found: &mut Vec<String>) {
    let Some((part, rest)) = parts.split_first() else { return };
    if depth > DEEPEST || found.len() > MOST {
        return;
    }
    if *part == "**" {
        walk(folder, before, rest, depth, found);
    }
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
        let path = format!("{before}{name}");
        if *part == "**" {
            // What is hidden is no part of a pattern.
            if kind.is_dir() && !name.starts_with('.') {
                walk(&entry.path(), &format!("{path}/"), parts, depth + 1, found);
            }
        } else if fits(part, &name) {
            match rest {
                [] if !kind.is_dir() => found.push(path),
                [] => {}
                _ if kind.is_dir() => walk(&entry.path(), &format!("{path}/"), rest, depth + 1, found),
                _ => {}
            }
        }
    }
}

/// Whether a name fits a part of a pattern.
fn fits(pattern: &str, name: &str) -> bool {
    if name.starts_with('.') && !pattern.starts_with('.') {
        return false;
    }
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    // The last star, and how far it has reached: where what follows it does not fit, it reaches one further.
    let (mut at, mut of, mut star) = (0, 0, None);
    while of < name.len() {
        if pattern.get(at) == Some(&'*') {
            star = Some((at, of));
            at += 1;
        } else if pattern.get(at).is_some_and(|one| *one == '?' || Some(one) == name.get(of)) {
            (at, of) = (at + 1, of + 1);
        } else if let Some((place, reached)) = star {
            star = Some((place, reached + 1));
            (at, of) = (place + 1, reached + 1);
        } else {
            return false;
        }
    }
    pattern.iter().skip(at).all(|one| *one == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_question_marks_stand_for_letters() {
        for (pattern, name, does) in [
            ("*.txt", "a.txt", true),
            ("*.txt", ".hidden.txt", false),
            ("*.txt", "a.txt.bak", false),
            ("a*b*c", "aXbYbZc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("*", "anything", true),
            ("**", "anything", true),
            ("", "a", false),
        ] {
            assert_eq!(fits(pattern, name), does, "{pattern} {name}");
        }
    }

    #[test]
    fn patterns_name_files_inside_the_folder_alone() {
        let home = tempfile::tempdir().unwrap();
        let root = home.path().join("root");
        std::fs::create_dir_all(root.join("p/deep/er")).unwrap();
        std::fs::create_dir_all(home.path().join("beside")).unwrap();
        for name in ["root/p/b.txt", "root/p/a.txt", "root/p/deep/er/c.txt", "root/top.txt", "beside/out.txt"] {
            std::fs::write(home.path().join(name), "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(home.path().join("beside"), root.join("p/link")).unwrap();
        let of = |pattern: &str| named(&root, pattern).map(|(found, _)| found);
        assert_eq!(of("p/*.txt"), Ok(vec!["p/a.txt".to_owned(), "p/b.txt".to_owned()]));
        assert_eq!(of("./p/**/*.txt").unwrap(), ["p/a.txt", "p/b.txt", "p/deep/er/c.txt"]);
        assert_eq!(of("*/?.txt").unwrap().len(), 2);
        for bad in ["../beside/*.txt", "/tmp/*.txt", "p/*.md", "p/{a,b}.txt", "p/link/*.txt"] {
            assert!(of(bad).is_err(), "{bad}");
        }
    }
}
