//! A real browser over the `WebDriver` protocol: Chromium without a window, driven by chromedriver. Where one of the two is not on the
//! machine there is no browser, and the test says so.

#![allow(dead_code, reason = "every test program uses its own part")]
#![allow(unreachable_pub, reason = "test programs have no outside")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a helper of tests stops them by panicking")]
#![allow(clippy::print_stderr, reason = "a test that was skipped says so")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use serde_json::{Value, json};

/// A page open in a browser. Both programs end with it.
pub struct Browser {
    driver: Child,
    client: reqwest::Client,
    session: String,
}

impl Browser {
    /// Starts a browser of this size. `None`, with a line that says why, where there is none.
    pub async fn start(width: u32, height: u32, dark: bool) -> Option<Self> {
        let Ok(mut driver) =
            Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
        else {
            eprintln!("skipped: there is no chromedriver on this machine to open the page with");
            return None;
        };
        let port = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok).find_map(|line| {
            line.split("successfully on port ").nth(1)?.trim_end_matches('.').trim().parse::<u16>().ok()
        });
        let Some(port) = port else {
            eprintln!("skipped: chromedriver did not start");
            let _ = driver.kill();
            return None;
        };
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let scheme = format!("--blink-settings=preferredColorScheme={}", u8::from(!dark));
        let asked = json!({ "capabilities": { "alwaysMatch": { "browserName": "chrome", "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--hide-scrollbars", format!("--window-size={width},{height}"), scheme] } } } });
        let made = post(&client, &format!("http://127.0.0.1:{port}/session"), &asked).await;
        let Some(id) = made["value"]["sessionId"].as_str() else {
            eprintln!("skipped: the browser did not start: {}", made["value"]["message"]);
            let _ = driver.kill();
            return None;
        };
        let session = format!("http://127.0.0.1:{port}/session/{id}");
        let browser = Self { driver, client, session };
        // A window is not smaller than 500 px; what the page sees is.
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        browser
            .call("goog/cdp/execute", &json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics }))
            .await;
        Some(browser)
    }

    /// Opens a file.
    pub async fn open(&self, page: &Path) {
        self.call("url", &json!({ "url": format!("file://{}", page.display()) })).await;
    }

    /// Runs a function's body in the page; what it returns.
    pub async fn run(&self, script: &str) -> Value {
        self.call("execute/sync", &json!({ "script": script, "args": [] })).await
    }

    /// Runs `script` over and over until it returns something true, as the page takes its time.
    pub async fn wait_until(&self, script: &str) {
        for _ in 0..2_000 {
            if self.run(script).await == json!(true) {
                return;
            }
            tokio::task::yield_now().await;
        }
        panic!("the page never came to: {script}");
    }

    async fn element(&self, selector: &str) -> String {
        let found = self.call("element", &json!({ "using": "css selector", "value": selector })).await;
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    /// Clicks what the selector finds, as a mouse would: what is covered is not clicked.
    pub async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.call(&format!("element/{element}/click"), &json!({})).await;
    }

    /// Types into what the selector finds.
    pub async fn write(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.call(&format!("element/{element}/value"), &json!({ "text": text })).await;
    }

    /// What the page complained of, at any level.
    pub async fn complaints(&self) -> Vec<String> {
        let lines = self.call("se/log", &json!({ "type": "browser" })).await;
        lines.as_array().unwrap().iter().map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// A picture of the window, as PNG.
    pub async fn picture(&self) -> Vec<u8> {
        let answer = self.client.get(format!("{}/screenshot", self.session)).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        base64::engine::general_purpose::STANDARD.decode(answer["value"].as_str().unwrap()).unwrap()
    }

    /// Ends the browser.
    pub async fn close(self) {
        let _ = self.client.delete(&self.session).send().await;
    }

    async fn call(&self, command: &str, body: &Value) -> Value {
        let mut answer = post(&self.client, &format!("{}/{command}", self.session), body).await;
        assert!(answer["value"].get("error").is_none(), "{command}: {answer}");
        answer["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

async fn post(client: &reqwest::Client, url: &str, body: &Value) -> Value {
    client.post(url).json(body).send().await.unwrap().json().await.unwrap()
}
