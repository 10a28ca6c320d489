//! The binary as a command, and as a server.

use serde_json::{Value, json};
use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use tokio::time::Instant;

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_mins(2);

/// The binary in a folder, without the settings of whoever runs the tests.
pub(crate) fn trimtab(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_trimtab"));
    command.current_dir(folder).stdin(Stdio::null());
    for name in [
        "TRIMTAB_DATA_DIR",
        "TRIMTAB_SERVER__LISTEN",
        "TRIMTAB_SERVER_URL",
        "TRIMTAB_TOKEN",
    ] {
        command.env_remove(name);
    }
    command
}

/// What a finished command said.
pub(crate) struct Said {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    /// The command must have succeeded.
    #[track_caller]
    pub(crate) fn fine(self) -> Self {
        assert_eq!(self.code, Some(0), "out: {}\nerr: {}", self.out, self.err);
        self
    }

    /// The command must have refused, naming all of these.
    #[track_caller]
    pub(crate) fn refused(self, words: &[&str]) -> Self {
        assert_eq!(self.code, Some(2), "out: {}\nerr: {}", self.out, self.err);
        for word in words {
            assert!(self.err.contains(word), "`{word}` is not in: {}", self.err);
        }
        assert!(!self.err.contains("panicked"), "{}", self.err);
        self
    }
}

pub(crate) fn run(folder: &Path, arguments: &[&str]) -> Said {
    trimtab(folder).args(arguments).output().unwrap().into()
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// A running server.
pub(crate) struct Server {
    pub(crate) folder: TempDir,
    pub(crate) port: u16,
    child: Option<Child>,
    http: reqwest::Client,
    variables: Vec<(&'static str, String)>,
}

impl Server {
    /// Starts one in a fresh folder.
    pub(crate) async fn start() -> Self {
        Self::start_with(Vec::new()).await
    }

    /// Starts one with variables of its own.
    pub(crate) async fn start_with(variables: Vec<(&'static str, String)>) -> Self {
        // The test process has the same two TLS providers as the binary.
        drop(rustls::crypto::ring::default_provider().install_default());
        #[expect(clippy::disallowed_methods, reason = "a test speaks to its own server")]
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut server = Self {
            folder: tempfile::tempdir().unwrap(),
            port: free_port(),
            child: None,
            http,
            variables,
        };
        server.again().await;
        server
    }

    /// Starts it again on the same data.
    pub(crate) async fn again(&mut self) {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .unwrap();
        let child = trimtab(self.folder.path())
            .arg("serve")
            .env("TRIMTAB_DATA_DIR", self.data_dir())
            .env("TRIMTAB_SERVER__LISTEN", format!("127.0.0.1:{}", self.port))
            .env("TRIMTAB_WORK__EVALUATOR_INTERVAL_MS", "200")
            .env("TRIMTAB_WORK__PROFILER_INTERVAL_MS", "100")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
        let begun = Instant::now();
        loop {
            let ready = self.http.get(self.url("/readyz")).send().await;
            if ready.is_ok_and(|answer| answer.status().is_success()) {
                return;
            }
            let ended = self.child.as_mut().unwrap().try_wait().unwrap();
            assert!(ended.is_none(), "the server ended: {}", self.log());
            assert!(begun.elapsed() < PATIENCE, "not ready: {}", self.log());
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }

    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// `kill -9`; already dead is fine.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            child.wait().unwrap();
        }
    }

    /// SIGTERM; the exit code.
    pub(crate) fn stop(&mut self) -> Option<i32> {
        let mut child = self.child.take()?;
        let status = Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap();
        assert!(status.success());
        child.wait().unwrap().code()
    }

    /// The command line as a client of this server.
    pub(crate) fn client(&self, arguments: &[&str]) -> Said {
        trimtab(self.folder.path())
            .args(arguments)
            .env("TRIMTAB_SERVER_URL", self.url(""))
            .output()
            .unwrap()
            .into()
    }

    pub(crate) async fn get(&self, path: &str) -> Value {
        let answer = self.http.get(self.url(path)).send().await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(status.is_success(), "GET {path}: {status} {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Posts a body; `None` if the connection broke.
    pub(crate) async fn post(
        &self,
        path: &str,
        media_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> Option<(u16, Value)> {
        let answer = self
            .http
            .post(self.url(path))
            .header("content-type", media_type)
            .body(body)
            .send()
            .await
            .ok()?;
        let status = answer.status().as_u16();
        let text = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::Null)))
    }

    pub(crate) async fn post_json(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        self.post(path, "application/json", body.to_string()).await
    }

    /// Declares documents.
    pub(crate) async fn declare(&self, documents: &[Value]) {
        let body = json!({"documents": documents});
        let (status, answer) = self.post_json("/api/v1/documents", &body).await.unwrap();
        assert_eq!(status, 200, "{answer}");
    }

    /// Waits until the profiler has seen the whole journal.
    pub(crate) async fn settle(&self) {
        let begun = Instant::now();
        loop {
            let status = self.get("/api/v1/status").await;
            let head = &status["journal"]["position"];
            let profiler = status["consumers"]
                .as_array()
                .unwrap()
                .iter()
                .find(|consumer| consumer["name"] == "profiler")
                .unwrap();
            if profiler["position"] == *head {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "still behind: {status}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Asks again and again until the answer is as wanted.
    pub(crate) async fn wait_for(&self, path: &str, is_wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let answer = self.get(path).await;
            if is_wanted(&answer) {
                return answer;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "GET {path} never became as wanted: {answer}\n{}",
                self.log()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// A small model with two inputs.
pub(crate) fn shop() -> Value {
    json!({
        "kind": "model", "name": "shop", "task": "binary_classification", "clock": "event",
        "label_delay_seconds": 3600,
        "columns": [
            {"name": "price", "data_type": "float"},
            {"name": "country", "data_type": "string"},
            {"name": "score", "data_type": "float", "role": "score"},
            {"name": "prediction", "data_type": "integer", "role": "prediction",
             "semantic": "categorical"},
            {"name": "label", "data_type": "integer", "role": "label"},
        ],
    })
}

/// One prediction, `n` minutes after 1 March 2026.
pub(crate) fn row(n: u32) -> Value {
    let at: jiff::Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
    let at = at + jiff::SignedDuration::from_mins(i64::from(n));
    // Spread without a period that days could share.
    let spread = f64::from(n.wrapping_mul(2_654_435_761) >> 16) / 65_536.0;
    let country = ["FR", "DE", "IT"][(n.wrapping_mul(40_503) >> 8) as usize % 3];
    json!({
        "prediction_id": format!("p-{n}"),
        "timestamp": at,
        "price": 10.0 + 90.0 * spread,
        "country": country,
        "score": spread,
        "prediction": i32::from(spread >= 0.5),
    })
}

/// Rows as NDJSON.
pub(crate) fn lines(rows: &[Value]) -> String {
    let mut text = String::new();
    for row in rows {
        text.push_str(&row.to_string());
        text.push('\n');
    }
    text
}

/// A folder of the sample data, or a printed line that says why the test is skipped.
pub(crate) fn shared_data(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data")
        .join(name);
    if path.is_dir() {
        return Some(path.canonicalize().unwrap());
    }
    println!("skipped: ../shared/data/{name} is not here");
    None
}
