//! The matrix in a real terminal, as a person uses it: a run is begun, watched, paused, gone on with; a cell is opened and left;
//! the program is quit in the middle, started again, and the rest is asked.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of a test stop it by panicking")]

mod support;

use fourfold::store::{Cell, Store};
use support::bench::Bench;
use support::many::{Behaviour, ManyServer};
use support::pty::{Terminal, command};

const PROGRAM: &str = env!("CARGO_BIN_EXE_fourfold");
const MATRIX: &str = "\x1d";
const QUIT: &str = "\x11";
const CASES: usize = 60;

/// Two arms over some cases, asked of a server.
fn bench(server: &ManyServer) -> Bench {
    let bench = Bench::new("provider = \"openai\"");
    bench.write("short.prompty", "user:\n{{ word }}?");
    bench.write("long.prompty", "user:\nTell me, {{ word }}?");
    let rows: Vec<String> = (0..CASES)
        .map(|row| format!("{{\"id\": \"case-{row}\", \"word\": \"word {row}\", \"answer\": \"yes\"}}"))
        .collect();
    bench.write("data/dev.jsonl", &rows.join("\n"));
    let arm = |id: &str| format!("[[arm]]\nid = \"{id}\"\nprompt = \"{id}.prompty\"\nmodel = \"m\"\n");
    let text = format!(
        "version = 1\n[[model]]\nid = \"m\"\nprovider = \"openai\"\nmodel = \"m\"\nbase_url = \"{}\"\n{}{}\
         [data]\nfile = {{ dev = \"data/dev.jsonl\" }}\nmap = {{ reference = \"answer\" }}\n\
         [score]\nmetrics = [\"exact-match\"]\n",
        server.url(),
        arm("short"),
        arm("long"),
    );
    bench.write("fourfold.toml", &text);
    bench
}

fn start(bench: &Bench) -> Terminal {
    let mut terminal = Terminal::start(command(PROGRAM, &bench.root(), &bench.home()), 120, 40);
    terminal.wait_for("short.prompty");
    terminal
}

fn cells(bench: &Bench) -> (Vec<Cell>, Option<String>) {
    let store = Store::open(&bench.root().join(".fourfold")).unwrap();
    let run = store.runs(None, 1).unwrap().remove(0);
    let mut cells = Vec::new();
    store.each_cell(run.id, |cell| cells.push(cell)).unwrap();
    (cells, run.end.map(|end| end.how))
}

#[test]
fn a_run_is_begun_paused_left_for_compose_quit_and_gone_on_with() {
    let server =
        ManyServer::start(Behaviour::good(|asked| (if asked.contains('7') { "yes" } else { "no" }).to_owned()));
    let bench = bench(&server);
    server.hold();
    let mut terminal = start(&bench);
    terminal.press(MATRIX);
    terminal.wait_for("Nothing has been measured here yet");
    terminal.press("n");
    terminal.wait_for("120 trials: 2 arms × 60 cases");
    terminal.press("\r");
    terminal.wait_for("Run 1");
    terminal.wait_for("… asking");
    terminal.press("p");
    terminal.wait_for("paused");
    server.release();
    // What was under way ends, and nothing new is asked.
    terminal.wait_until("answers under a pause", |screen| {
        let text = screen.contents();
        text.contains('✗') && !text.contains("asking") && text.contains("paused")
    });
    let so_far = server.requests();
    assert!(so_far < 120, "{so_far}");
    server.hold();
    terminal.press("p");
    server.wait_for(so_far + 1);

    // The run goes on while a cell is looked at in Compose, and the matrix is as it was left.
    terminal.press("s");
    terminal.wait_until("the order's first rows", |screen| {
        let text = screen.contents();
        text.contains("short worst first") && (text.contains("▸✗ 0") || text.contains("▸✓ 1"))
    });
    terminal.press("\r");
    terminal.wait_for("goes back to the matrix");
    terminal.wait_for("run 1:");
    terminal.wait_for("exact-match");
    terminal.press(MATRIX);
    terminal.wait_for("short worst first");
    terminal.press(QUIT);
    terminal.wait_for("run 1 is under way");
    terminal.press("y");
    let (code, _) = terminal.end();
    assert_eq!(code, 0);
    let (before, how) = cells(&bench);
    assert!(before.len() < 120 && before.len() as u64 <= so_far, "{}", before.len());
    assert_eq!(how.as_deref(), Some("interrupted"));

    server.release();
    let asked = server.requests();
    let mut terminal = start(&bench);
    terminal.press(MATRIX);
    terminal.wait_for("interrupted");
    terminal.press("g");
    terminal.wait_for("━ finished ━");
    terminal.press(QUIT);
    assert_eq!(terminal.end().0, 0);
    let (after, how) = cells(&bench);
    assert_eq!((after.len(), how.as_deref()), (120, Some("finished")));
    assert_eq!(server.requests() - asked, (120 - before.len()) as u64, "exactly the rest was asked");
    for cell in before {
        let same = after.iter().find(|other| other.place == cell.place).map(|other| other.trial);
        assert_eq!(same, Some(cell.trial), "what was answered stays");
    }
}
