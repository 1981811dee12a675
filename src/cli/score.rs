//! Arguments of `fourfold score`: every score of pairs of texts from a file, without a workbench.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use serde_json::Value;

use super::{Exit, Fault, Output};
use crate::score::{ALL, CodeLanguage, CorpusScores, PairScores};

/// Arguments of `fourfold score`.
#[derive(Clone, Debug, Args, PartialEq, Eq)]
pub struct ScoreArguments {
    /// JSON lines with `reference`, `hypothesis` and, for code, `lang`; `-` reads standard input
    #[arg(value_name = "FILE.jsonl", required_unless_present = "list")]
    pub file: Option<PathBuf>,
    /// The language of lines that name none, such as python, for CodeBLEU
    #[arg(long, value_name = "LANGUAGE")]
    pub lang: Option<String>,
    /// Show the metrics a workbench can name, and what each speaks of
    #[arg(long, conflicts_with = "file")]
    pub list: bool,
}

/// One pair as a line of the file has it.
struct Pair {
    id: Option<Value>,
    lang: Option<String>,
    reference: String,
    hypothesis: String,
    code: Option<CodeLanguage>,
    /// What was left out and why.
    note: Option<String>,
}

/// What is printed for a pair.
#[derive(Serialize)]
struct Scored<'a> {
    line: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lang: Option<&'a str>,
    /// What is not among the scores, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    scores: PairScores,
}

/// Prints the scores of each pair, then those of all together.
pub(super) fn score<W: Write>(arguments: &ScoreArguments, current: &Path, out: &mut Output<W>) -> Result<Exit, Fault> {
    let Some(file) = arguments.file.as_deref().filter(|_| !arguments.list) else { return list(out) };
    let default = arguments.lang.as_deref().map(|name| language(name).map_err(asked)).transpose()?;
    let cannot = |error: io::Error| Fault::Asked {
        what: format!("cannot read {}: {error}", file.display()),
        hint: "Name a file with a JSON object on each line: reference, hypothesis and, for code, lang.".to_owned(),
    };
    if file == Path::new("-") {
        return score_lines(io::stdin().lock(), file, default, out).map_err(|error| error.or(cannot));
    }
    let reader = BufReader::new(File::open(current.join(file)).map_err(cannot)?);
    score_lines(reader, file, default, out).map_err(|error| error.or(cannot))
}

/// Reading and printing fail apart.
enum Broken {
    Read(io::Error),
    Print(Fault),
}

impl Broken {
    fn or(self, cannot: impl FnOnce(io::Error) -> Fault) -> Fault {
        match self {
            Self::Read(error) => cannot(error),
            Self::Print(fault) => fault,
        }
    }
}

fn score_lines<W: Write>(
    mut reader: impl BufRead,
    file: &Path,
    default: Option<CodeLanguage>,
    out: &mut Output<W>,
) -> Result<Exit, Broken> {
    let mut corpus = CorpusScores::default();
    let (mut number, mut bad) = (0, 0_usize);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(Broken::Read)? == 0 {
            break;
        }
        number += 1;
        let mut line = bytes.as_slice();
        if number == 1 {
            // What some editors put before the first character of a file.
            line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match pair(line, default) {
            Ok(pair) => {
                corpus.add(&pair.reference, &pair.hypothesis);
                let scores = PairScores::of(&pair.reference, &pair.hypothesis, pair.code);
                let notes = pair.note.clone().into_iter().chain(scores.left_out(pair.code)).collect();
                out.json(&Scored { line: number, id: pair.id.as_ref(), lang: pair.lang.as_deref(), notes, scores })
                    .map_err(Broken::Print)?;
            }
            Err(what) => {
                bad += 1;
                let error = format!("{}:{number}: {what}", file.display());
                out.json(&serde_json::json!({ "line": number, "error": error })).map_err(Broken::Print)?;
            }
        }
    }
    if corpus.pairs == 0 && bad == 0 {
        return Err(Broken::Print(Fault::Asked {
            what: format!("{} has no pair: every line of it is empty, or it has none", file.display()),
            hint: "Write a JSON object on each line: reference, hypothesis and, for code, lang.".to_owned(),
        }));
    }
    out.json(&serde_json::json!({
        "pairs": corpus.pairs, "lines_with_errors": bad,
        "corpus": { "bleu": corpus.bleu(), "chrf": corpus.chrf(), "chrfpp": corpus.chrf_plus_plus() },
    }))
    .map_err(Broken::Print)?;
    Ok(if bad == 0 { Exit::Success } else { Exit::Failure })
}

fn pair(bytes: &[u8], default: Option<CodeLanguage>) -> Result<Pair, String> {
    let mut record: Value = serde_json::from_slice(bytes).map_err(|error| format!("not JSON: {error}"))?;
    let Some(table) = record.as_object_mut() else {
        return Err("not a JSON object with `reference` and `hypothesis`".to_owned());
    };
    let mut text = |name: &str| match table.remove(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("`{name}` is not a text")),
        None => Err(format!("there is no `{name}`")),
    };
    let (reference, hypothesis) = (text("reference")?, text("hypothesis")?);
    let lang = table.get("lang").map(|lang| lang.as_str().map(str::to_owned).ok_or("`lang` is not a text"));
    let lang = lang.transpose()?;
    let mut note = None;
    let code = match (table.get("kind").and_then(Value::as_str), &lang) {
        // Where a line says that it is code, its language has to be one.
        (Some("code"), Some(lang)) => Some(language(lang)?),
        (Some("code") | None, None) => default,
        // It may as well be the language of a text.
        (None, Some(lang)) => language(lang).map_err(|what| note = Some(format!("no CodeBLEU: {what}"))).ok(),
        (Some(_), _) => None,
    };
    Ok(Pair { id: table.remove("id"), lang, reference, hypothesis, code, note })
}

fn language(name: &str) -> Result<CodeLanguage, String> {
    CodeLanguage::parse(name).ok_or_else(|| {
        let known: Vec<&str> = CodeLanguage::ALL.into_iter().map(CodeLanguage::as_str).collect();
        format!("no programming language is called `{name}` here; there are {}", known.join(", "))
    })
}

fn asked(what: String) -> Fault {
    Fault::Asked { what, hint: "Leave --lang out for texts that are no code.".to_owned() }
}

fn list<W: Write>(out: &mut Output<W>) -> Result<Exit, Fault> {
    for metric in ALL {
        out.line(&format!("{:<24}{:<9}{}", metric.id().as_str(), metric.aspect().as_str(), metric.description()))?;
    }
    Ok(Exit::Success)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(lines: &str, default: Option<CodeLanguage>) -> (Exit, Vec<Value>) {
        let mut bytes = Vec::new();
        let result = score_lines(lines.as_bytes(), Path::new("pairs.jsonl"), default, &mut Output::new(&mut bytes));
        let exit = result.unwrap_or_else(|_| panic!("a failure"));
        let lines = String::from_utf8(bytes).unwrap();
        (exit, lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
    }

    #[test]
    fn each_pair_has_its_line_and_the_corpus_the_last() {
        let lines = "{\"id\": 7, \"reference\": \"a b c d\", \"hypothesis\": \"a b c d\"}\n\n\
                     {\"reference\": \"x = 1\", \"hypothesis\": \"x = 2\", \"lang\": \"python\"}";
        let (exit, printed) = scored(lines, None);
        assert_eq!((exit, printed.len()), (Exit::Success, 3));
        assert_eq!((&printed[0]["id"], &printed[0]["line"]), (&Value::from(7), &Value::from(1)));
        assert_eq!(printed[0]["scores"]["exact_match"], 1);
        assert!(printed[0]["scores"].get("codebleu").is_none());
        assert_eq!(printed[1]["line"], 3);
        assert!((printed[1]["scores"]["codebleu"]["syntax"].as_f64().unwrap() - 1.0).abs() < 1e-9);
        assert_eq!(printed[2]["pairs"], 2);
        assert!(
            scored("{\"reference\": \"\", \"hypothesis\": \"\"}", Some(CodeLanguage::Go)).1[0]["scores"]["codebleu"]
                .is_object()
        );
    }

    #[test]
    fn bad_lines_are_named_and_the_rest_is_scored() {
        let lines = b"nonsense\n{\"reference\": \"a\"}\n{\"reference\": 1, \"hypothesis\": \"a\"}\n[]\n\xff\xfe\n\
                      {\"reference\": \"a\", \"hypothesis\": \"a\", \"kind\": \"code\", \"lang\": \"cobol\"}\n\
                      {\"reference\": \"a\", \"hypothesis\": \"a\", \"lang\": \"fr\"}\n";
        let mut bytes = Vec::new();
        let result = score_lines(&lines[..], Path::new("pairs.jsonl"), None, &mut Output::new(&mut bytes));
        assert!(matches!(result, Ok(Exit::Failure)));
        let text = String::from_utf8(bytes).unwrap();
        let printed: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let expected = [
            "pairs.jsonl:1: not JSON",
            "pairs.jsonl:2: there is no `hypothesis`",
            "pairs.jsonl:3: `reference` is not a text",
            "pairs.jsonl:4: not a JSON object",
            "pairs.jsonl:5: not JSON",
            "pairs.jsonl:6: no programming language is called `cobol`",
        ];
        for (line, expected) in printed.iter().zip(expected) {
            assert!(line["error"].as_str().unwrap().starts_with(expected), "{line}");
        }
        assert_eq!(printed[6]["scores"]["exact_match"], 1);
        assert!(
            printed[6]["notes"][0].as_str().unwrap().starts_with("no CodeBLEU: no programming language is called `fr`")
        );
        assert_eq!((&printed[7]["pairs"], &printed[7]["lines_with_errors"]), (&Value::from(1), &Value::from(6)));
    }

    #[test]
    fn a_mark_before_the_first_line_and_short_names_are_read() {
        let line = |lang: &str| format!("{{\"reference\": \"a\", \"hypothesis\": \"a\", \"lang\": \"{lang}\"}}\n");
        let names = ["py", "JS", "rs", "rb", "golang"];
        let (exit, printed) = scored(&format!("\u{feff}{}", names.map(line).concat()), None);
        assert_eq!((exit, printed.len()), (Exit::Success, names.len() + 1));
        for one in &printed[..names.len()] {
            assert!(one["scores"]["codebleu"].is_object() && one.get("notes").is_none(), "{one}");
        }
    }

    #[test]
    fn a_file_without_a_pair_is_refused() {
        for lines in ["", "\n \n", "\u{feff}"] {
            let result =
                score_lines(lines.as_bytes(), Path::new("pairs.jsonl"), None, &mut Output::new(&mut Vec::new()));
            let Err(Broken::Print(Fault::Asked { what, .. })) = result else { panic!("{lines:?} is scored") };
            assert!(what.contains("has no pair"), "{what}");
        }
    }

    #[test]
    fn every_metric_is_listed_with_what_it_speaks_of() {
        let mut bytes = Vec::new();
        list(&mut Output::new(&mut bytes)).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().count(), ALL.len());
        assert!(text.lines().all(|line| line.contains(" form ") || line.contains(" content ")));
    }
}
