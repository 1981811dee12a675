//! Keys and what leaves the machine, with the whole program: a canary key is looked for in every byte written, and a key goes
//! only where it belongs (redirects, proxies, certificates, prompts that name an address, workbenches that want too much).

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "helpers of a test stop it by panicking")]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::json;
use support::bench::{Bench, Ran};
use support::fake_server::{FakeServer, events, response};

/// A key with letters that Base64 and URLs write differently.
const CANARY: &str = "sk-canary+7f3a91/q==Zz";

/// The canary as a server could say it back: as it is, as in a URL, and in Base64 behind some letters.
fn spellings() -> Vec<String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let letter = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let url: String = CANARY.bytes().map(letter).collect();
    let encoded = ["", "B", "Be", "Bearer "].into_iter().flat_map(|before| {
        let text = format!("{before}{CANARY}");
        [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)]
    });
    [CANARY.to_owned(), url.to_lowercase(), url].into_iter().chain(encoded).collect()
}

/// What would give the canary away: each spelling, and of Base64 the part that holds nothing but the key.
fn traces() -> Vec<String> {
    let (whole, encoded) = (spellings(), spellings().split_off(3));
    let middles = encoded.iter().map(|text| text[text.len() - 26..text.len() - 2].to_owned());
    whole.into_iter().chain(middles).collect()
}

fn holds(bytes: &[u8], trace: &str) -> bool {
    bytes.windows(trace.len()).any(|window| window == trace.as_bytes())
}

/// Fails if any output or any file but `kept` holds a trace of the canary.
fn nothing_tells(bench: &Bench, ran: &[Ran], kept: Option<&Path>) {
    for trace in traces() {
        for ran in ran {
            assert!(!ran.stdout.contains(&trace) && !ran.stderr.contains(&trace), "{trace} in {ran:?}");
        }
        for (path, bytes) in bench.written() {
            assert!(kept == Some(path.as_path()) || !holds(&bytes, &trace), "{trace} in {}", path.display());
        }
    }
}

fn answer(text: &str) -> Vec<u8> {
    let chunk = json!({ "choices": [{ "delta": { "content": text }, "finish_reason": "stop" }] });
    events(format!("data: {chunk}\n\ndata: [DONE]\n\n"))
}

/// An answer that says the key back in every way it can, cut into pieces of no regard for it.
fn echoing() -> Vec<u8> {
    let said: Vec<char> = format!("hi {}", spellings().join(" and ")).chars().collect();
    let chunk = |text: &[char]| json!({ "choices": [{ "delta": { "content": text.iter().collect::<String>() } }] });
    let chunks: Vec<String> = said.chunks(7).map(|piece| format!("data: {}\n\n", chunk(piece))).collect();
    let chunks = chunks.concat();
    let end = json!({ "choices": [{ "delta": {}, "finish_reason": "stop" }] });
    events(format!("{chunks}data: {end}\n\ndata: [DONE]\n\n"))
}

/// A refusal that says the key back in every way it can.
fn echo() -> Vec<u8> {
    let said = spellings().join(" and ");
    let body = json!({ "error": { "message": format!("Incorrect API key: {said}"), "type": "auth" } });
    response(401, &["content-type: application/json"], body.to_string())
}

fn model_at(url: &str, key: &str) -> String {
    format!("provider = \"openai\"\nbase_url = \"{url}/v1\"\nmodel = \"m\"\n{key}")
}

/// Answers, refuses, and lists nothing.
fn server() -> FakeServer {
    FakeServer::answering(vec![echoing(), echo(), answer("hi")])
}

fn authorised(server: &FakeServer) -> usize {
    let header = format!("authorization: bearer {CANARY}").to_lowercase();
    server.requests().iter().filter(|request| request.to_lowercase().contains(&header)).count()
}

/// The same things done with a key from anywhere.
fn use_it(bench: &Bench, variables: &[(&str, &str)]) -> Vec<Ran> {
    let ran = vec![
        bench.ask(variables),
        bench.run(&["run", "--case", "1"], variables),
        bench.run(&["run", "--case", "1", "--diff", "reference"], variables),
        bench.run(&["history", "--json"], variables),
        bench.run(&["keys"], variables),
        bench.run(&["keys", "list", "--json"], variables),
    ];
    assert_eq!(ran[0].code, 0, "{:?}", ran[0]);
    assert_eq!(ran[1].code, 3, "the second call is refused: {:?}", ran[1]);
    assert!(ran[1].stdout.contains("[key]") && ran[1].stdout.contains("the key came from"), "{:?}", ran[1]);
    ran
}

#[test]
fn a_key_from_the_environment_is_written_nowhere() {
    let server = server();
    let bench = Bench::new(&model_at(&server.url(), "api_key = { env = \"MY_KEY\" }"));
    let ran = use_it(&bench, &[("MY_KEY", CANARY)]);
    assert_eq!(authorised(&server), 3);
    assert!(ran[0].stderr.contains("First use in this folder"), "{:?}", ran[0]);
    assert!(ran[0].stderr.contains("the environment variable MY_KEY"), "{:?}", ran[0]);
    assert!(!ran[1].stderr.contains("First use"), "{:?}", ran[1]);
    nothing_tells(&bench, &ran, None);
}

#[test]
fn a_kept_key_is_in_its_own_file_and_nowhere_else() {
    let server = server();
    let bench = Bench::new(&model_at(&server.url(), "api_key = { file = \"mine\" }"));
    let kept = bench.settings().join("keys/mine");
    let set = bench.run_with_input(&["keys", "set", "mine"], &[], &format!("{CANARY}\n"));
    assert_eq!(set.code, 0, "{set:?}");
    assert_eq!(fs::metadata(&kept).unwrap().permissions().mode() & 0o777, 0o600);
    let mut ran = use_it(&bench, &[]);
    ran.push(set);
    assert_eq!(authorised(&server), 3);
    nothing_tells(&bench, &ran, Some(&kept));
    fs::set_permissions(&kept, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = bench.ask(&[]);
    assert!(refused.code == 2 && refused.stderr.contains("others can read the key file"), "{refused:?}");
    nothing_tells(&bench, &[refused], Some(&kept));
}

#[test]
fn a_command_needs_leave_and_its_key_is_written_nowhere() {
    let server = server();
    // What it says on its error output is nobody's business either.
    let command = "sh -c 'cat \"$CANARY_FILE\"; cat \"$CANARY_FILE\" >&2'";
    let key = format!("api_key = {{ command = {} }}", toml::Value::from(command));
    let bench = Bench::new(&model_at(&server.url(), &key));
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), CANARY).unwrap();
    let variables = [("CANARY_FILE", secret.path().to_str().unwrap())];
    let refused = bench.ask(&variables);
    assert_eq!((refused.code, server.requests().len()), (2, 0), "{refused:?}");
    assert!(refused.stderr.contains("wants to run") && refused.stderr.contains("fourfold keys allow"), "{refused:?}");
    let allowed = bench.run(&["keys", "allow"], &variables);
    assert!(allowed.code == 0 && allowed.stdout.contains("Allowed in this folder: run `sh"), "{allowed:?}");
    let mut ran = use_it(&bench, &variables);
    ran.extend([refused, allowed]);
    assert_eq!(authorised(&server), 3);
    nothing_tells(&bench, &ran, None);
}

#[test]
fn a_known_key_goes_to_nobody_elses_host_without_leave() {
    let bench = Bench::new(&model_at("https://models.invalid", "api_key = { env = \"OPENAI_API_KEY\" }"));
    let refused = bench.ask(&[("OPENAI_API_KEY", CANARY)]);
    assert!(refused.stderr.contains("wants to send your OpenAI key to https://models.invalid"), "{refused:?}");
    nothing_tells(&bench, &[refused], None);
}

#[test]
fn a_prompt_that_names_an_address_is_sent_nowhere_else_and_gets_no_key() {
    let (server, named) = (FakeServer::answering(vec![answer("hi")]), FakeServer::answering(vec![answer("no")]));
    let bench = Bench::new(&model_at(&server.url(), ""));
    bench.write(
        "ask.prompty",
        &format!(
            "---\nname: ask\nmodel:\n  id: gpt-x\n  provider: openai\n  connection:\n    kind: key\n    endpoint: {}/v1\n    \
             apiKey: ${{env:OPENAI_API_KEY}}\n---\nuser:\nSay {{{{ word }}}}.",
            named.url()
        ),
    );
    let ran = bench.ask(&[("OPENAI_API_KEY", CANARY)]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(named.requests().is_empty(), "the prompt's own address was asked");
    // The model of fourfold.toml names no key and is nobody's own host: it gets none.
    assert_eq!((server.requests().len(), authorised(&server)), (1, 0));
    nothing_tells(&bench, &[ran], None);
}

#[test]
fn fault_36_a_redirect_takes_neither_the_request_nor_the_key_along() {
    for status in [301, 302, 307, 308] {
        let other = FakeServer::answering(vec![answer("no")]);
        let location = format!("location: {}/v1/chat/completions?key={CANARY}", other.url());
        let server = FakeServer::answering(vec![response(status, &[&location], "")]);
        let bench = Bench::new(&model_at(&server.url(), "api_key = { env = \"MY_KEY\" }"));
        let ran = bench.ask(&[("MY_KEY", CANARY)]);
        assert!(ran.code == 3 && other.requests().is_empty(), "{status}: {ran:?}");
        assert!(ran.stdout.contains("requests are not sent on"), "{status}: {ran:?}");
        nothing_tells(&bench, &[ran], None);
    }
}

#[test]
fn fault_37_a_proxy_is_used_for_others_and_never_for_this_machine() {
    let (proxy, here) = (FakeServer::answering(vec![answer("by proxy")]), FakeServer::answering(vec![answer("here")]));
    let address = proxy.url().replace("http://", "http://me:canary-password@");
    for name in ["HTTP_PROXY", "ALL_PROXY"] {
        let bench = Bench::new(&model_at(&here.url(), ""));
        let direct = bench.ask(&[(name, &address)]);
        if name == "HTTP_PROXY" {
            assert!(direct.stdout.contains("\"answer\":\"here\""), "{direct:?}");
            bench.describe(&model_at("http://models.invalid", ""), "");
            let ran = bench.ask(&[(name, &address)]);
            assert!(ran.stdout.contains("by proxy"), "{ran:?}");
            let seen = proxy.requests().remove(0);
            assert!(seen.starts_with("POST http://models.invalid/v1/chat/completions"), "{seen}");
            assert!(seen.to_lowercase().contains("proxy-authorization: basic"), "{seen}");
            assert!(!format!("{ran:?}").contains("canary-password"), "{ran:?}");
        }
        assert!(bench.written().iter().all(|(_, bytes)| !holds(bytes, "canary-password")));
    }
    assert_eq!(proxy.requests().len(), 1, "a loopback address never takes the proxy");
}

#[test]
fn fault_37_a_dead_proxy_is_named_without_its_password() {
    let bench = Bench::new(&model_at("http://models.invalid", ""));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let ran = bench.ask(&[("HTTP_PROXY", &format!("http://me:canary-password@{nobody}"))]);
    assert!(ran.stdout.contains(&format!("by the proxy http://{nobody} (HTTP_PROXY)")), "{ran:?}");
    assert!(!format!("{ran:?}").contains("canary-password"), "{ran:?}");
}

/// Case 37: plain addresses get the 407 as an answer, others when the proxy is asked for a connection.
#[test]
fn fault_37_a_proxy_that_asks_who_one_is_says_what_to_do() {
    for (url, variable) in [("http://models.invalid", "HTTP_PROXY"), ("https://models.invalid", "HTTPS_PROXY")] {
        for user in ["", "me:canary-password@"] {
            let refusal = response(407, &["proxy-authenticate: Basic", "content-length: 0"], "");
            let proxy = FakeServer::answering(vec![refusal]);
            let bench = Bench::new(&model_at(url, ""));
            let ran = bench.ask(&[(variable, &proxy.url().replace("http://", &format!("http://{user}")))]);
            let says = if user.is_empty() { "wants a user name and a password" } else { "does not take its user name" };
            let named = format!("the proxy {} ({variable}) {says}", proxy.url());
            assert!(ran.stdout.contains(&named) && ran.stdout.contains("missing:network"), "{url}: {ran:?}");
            let next = if user.is_empty() { "Put them into" } else { "Correct user and password in" };
            assert!(ran.stdout.contains(&format!("{next} {variable}")), "{url}: {ran:?}");
            assert_eq!(proxy.requests().len(), 1, "{url}: asked again in vain");
            assert!(!format!("{ran:?}").contains("canary-password"), "{ran:?}");
            assert!(bench.written().iter().all(|(_, bytes)| !holds(bytes, "canary-password")));
        }
    }
}

#[test]
fn fault_37_a_proxy_that_opens_no_connection_gets_no_key_and_is_named() {
    for refusal in [response(403, &["content-length: 0"], ""), response(502, &[], "no such host"), Vec::new()] {
        let proxy = FakeServer::answering(vec![refusal]);
        let bench = Bench::new(&model_at("https://models.invalid", "api_key = { env = \"MY_KEY\" }"));
        let ran = bench.ask(&[("MY_KEY", CANARY), ("HTTPS_PROXY", &proxy.url())]);
        let named = format!("the proxy {} (HTTPS_PROXY) would not open a connection to it", proxy.url());
        assert!(ran.stdout.contains(&named) && ran.stdout.contains("name the host in NO_PROXY"), "{ran:?}");
        let seen = proxy.requests().remove(0);
        assert!(seen.starts_with("CONNECT models.invalid:443 HTTP/1.1"), "{seen}");
        assert!(traces().iter().all(|trace| !seen.contains(trace)), "{seen}");
        nothing_tells(&bench, &[ran], None);
    }
}

#[test]
fn fault_37_a_key_never_passes_a_proxy_in_plain_text() {
    let proxy = FakeServer::answering(vec![answer("no")]);
    let bench = Bench::new(&model_at("http://models.invalid", "api_key = { env = \"MY_KEY\" }"));
    let variables = [("MY_KEY", CANARY), ("HTTP_PROXY", &*proxy.url())];
    let ran = bench.ask(&variables);
    assert!(ran.code == 3 && ran.stdout.contains("would pass the proxy"), "{ran:?}");
    assert!(ran.stdout.contains("in plain text") && ran.stdout.contains("NO_PROXY"), "{ran:?}");
    let doctor = bench.run(&["doctor", "--online"], &variables);
    assert_eq!(proxy.requests(), [""; 0], "{doctor:?}");
    nothing_tells(&bench, &[ran, doctor], None);
}

#[test]
fn fault_38_credentials_in_an_address_are_refused_and_not_repeated() {
    let bench =
        Bench::new("provider = \"openai\"\nbase_url = \"https://me:canary-password@models.invalid/v1\"\nmodel = \"m\"");
    for arguments in [&["run", "--case", "1"][..], &["doctor"]] {
        let ran = bench.run(arguments, &[]);
        assert!(ran.code != 0 && format!("{ran:?}").contains("user name or a password"), "{ran:?}");
        assert!(!format!("{ran:?}").contains("canary-password"), "{ran:?}");
    }
    let files = bench.written();
    let telling: Vec<_> = files.iter().filter(|(_, bytes)| holds(bytes, "canary-password")).collect();
    assert!(telling.iter().all(|(path, _)| path.ends_with("fourfold.toml")), "{telling:?}");
}

/// Serves one answer to each of `count` connections over TLS, and tells how many requests came through.
fn tls_server(count: usize) -> (u16, Receiver<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls");
    let certificate = CertificateDer::from_pem_file(folder.join("localhost.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(folder.join("localhost.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let (config, listener) = (Arc::new(config), TcpListener::bind("127.0.0.1:0").unwrap());
    let (port, (sender, requests)) = (listener.local_addr().unwrap().port(), channel());
    std::thread::spawn(move || {
        for stream in listener.incoming().take(count).flatten() {
            let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut tls = rustls::StreamOwned::new(connection, stream);
            let (mut request, mut byte) = (Vec::new(), [0]);
            while !request.ends_with(b"\r\n\r\n") && tls.read(&mut byte).is_ok_and(|read| read == 1) {
                request.push(byte[0]);
            }
            if request.is_empty() {
                continue;
            }
            sender.send(String::from_utf8_lossy(&request).into_owned()).unwrap();
            let _ = tls.write_all(&answer("over tls"));
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
    });
    (port, requests)
}

#[test]
fn fault_28_a_certificate_that_does_not_hold_is_never_passed_over() {
    let (port, requests) = tls_server(3);
    let bench = Bench::new(&model_at(&format!("https://localhost:{port}"), "api_key = { env = \"MY_KEY\" }"));
    let authority = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls/ca.pem");
    let refused = bench.ask(&[("MY_KEY", CANARY)]);
    assert!(refused.code == 3 && refused.stdout.contains("missing:network"), "{refused:?}");
    assert!(requests.try_recv().is_err(), "nothing was sent to a server that could not be trusted");
    let trusted = bench.ask(&[("MY_KEY", CANARY), ("FOURFOLD_CA_BUNDLE", authority.to_str().unwrap())]);
    assert!(trusted.code == 0 && trusted.stdout.contains("over tls"), "{trusted:?}");
    assert!(requests.recv().unwrap().to_lowercase().contains("authorization: bearer"));
    bench.set(&format!("ca_bundle = {}\n", toml::Value::from(authority.to_str().unwrap())));
    let by_settings = bench.ask(&[("MY_KEY", CANARY)]);
    assert!(by_settings.code == 0 && by_settings.stdout.contains("over tls"), "{by_settings:?}");
    bench.set("ca_bundle = \"/no/such/file.pem\"\n");
    let wrong = bench.ask(&[("MY_KEY", CANARY)]);
    assert!(
        wrong.code == 3 && wrong.stdout.contains("the certificates in /no/such/file.pem cannot be used"),
        "{wrong:?}"
    );
    nothing_tells(&bench, &[refused, trusted, by_settings, wrong], None);
}
