//! Tracking against the real MLflow server in one run: the same client, the same machine, the
//! same requests over one open connection; MLflow with one worker and as it starts by default.
//!
//! `mlflow --mlflow PYTHON [--runs N] [--seconds S] [--folder FOLDER]`, with an interpreter that
//! has `mlflow`. A folder that is named is kept, and what a run before filled is used again.
//!
//! Timed is from the first byte sent to the last byte received: making the request and reading
//! what the answer says is the client's own affair. `/health` shows what remains of client, kernel
//! and connection. Beside the time stands what the server's processes burned of the processors,
//! which other work on the machine disturbs less.

#![expect(clippy::print_stdout, reason = "a benchmark talks to its terminal")]
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the clock: that is its purpose"
)]
#![expect(clippy::cast_precision_loss, reason = "counts are small")]

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use trimtab_benches::server::Client;
use trimtab_benches::{median, print_header, sibling};

const API: &str = "/api/2.0/mlflow";
/// Clients that fill the server before searches are timed.
const N_FILLERS: usize = 8;
const STARTED_S_MAX: u64 = 90;

struct Options {
    mlflow: Option<PathBuf>,
    /// Kept after the run; without it a folder of the run's own.
    folder: Option<PathBuf>,
    n_runs: usize,
    seconds: u64,
}

/// What was measured of one server.
struct Figures {
    name: &'static str,
    requests: [Timing; N_REQUESTS],
    /// Megabytes, shared pages counted by share.
    idle_mb: f64,
    after_mb: f64,
}

const N_REQUESTS: usize = 5;
const TITLES: [&str; N_REQUESTS] = [
    "/health",
    "log_metric",
    "batch 1000",
    "search 100",
    "page 1000",
];

/// Of one kind of request.
#[derive(Clone, Copy)]
struct Timing {
    /// The median, milliseconds.
    wall_ms: f64,
    /// What the server's processes burned, milliseconds a request.
    cpu_ms: f64,
}

fn main() -> Result<()> {
    let options = options()?;
    print_header("mlflow");
    let own = std::env::temp_dir().join(format!("trimtab-bench-{}", std::process::id()));
    let folder = options.folder.as_deref().unwrap_or(&own);
    std::fs::create_dir_all(folder)?;
    let outcome = all(&options, folder);
    if options.folder.is_none() {
        std::fs::remove_dir_all(&own)?;
    }
    print(&outcome?);
    Ok(())
}

fn print(found: &[Figures]) {
    let line = |title: String, cells: Vec<String>| {
        let cells: Vec<String> = cells.iter().map(|cell| format!("{cell:>14}")).collect();
        println!("{title:<30}{}", cells.concat());
    };
    let memory = ["idle", "after"];
    let titles = TITLES.iter().chain(&memory).map(|&title| title.to_owned());
    line(String::new(), titles.collect());
    for one in found {
        let mut cells: Vec<String> = one
            .requests
            .iter()
            .map(|timing| format!("{:.2} ms", timing.wall_ms))
            .collect();
        cells.extend([one.idle_mb, one.after_mb].map(|size| format!("{size:.0} MB")));
        line(one.name.to_owned(), cells);
        let burned = one
            .requests
            .iter()
            .map(|timing| format!("{:.2} ms", timing.cpu_ms));
        line("  processor".to_owned(), burned.collect());
    }
    let Some((ours, theirs)) = found.split_first() else {
        return;
    };
    for one in theirs {
        let pairs = one.requests.iter().zip(&ours.requests);
        let mut cells: Vec<String> = pairs
            .clone()
            .map(|(their, our)| format!("{:.1}×", their.wall_ms / our.wall_ms))
            .collect();
        let sizes = [(one.idle_mb, ours.idle_mb), (one.after_mb, ours.after_mb)];
        cells.extend(sizes.map(|(their, our)| format!("{:.1}×", their / our)));
        line(format!("{} over trimtab", one.name), cells);
        let burned = pairs.map(|(their, our)| format!("{:.1}×", their.cpu_ms / our.cpu_ms));
        line("  processor".to_owned(), burned.collect());
    }
}

fn options() -> Result<Options> {
    let mut options = Options {
        mlflow: None,
        folder: None,
        n_runs: 10_000,
        seconds: 4,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().context("every option takes a value")?;
        match argument.as_str() {
            "--mlflow" => options.mlflow = Some(PathBuf::from(value)),
            "--folder" => options.folder = Some(PathBuf::from(value)),
            "--runs" => options.n_runs = value.parse()?,
            "--seconds" => options.seconds = value.parse()?,
            other => bail!("`{other}` is not understood"),
        }
    }
    Ok(options)
}

fn all(options: &Options, folder: &Path) -> Result<Vec<Figures>> {
    let mut found = vec![one("trimtab", options, |port| {
        let mut command = Command::new(sibling("trimtab"));
        command
            .arg("serve")
            .env("TRIMTAB_DATA_DIR", folder.join("data"))
            .env("TRIMTAB_SERVER__LISTEN", format!("127.0.0.1:{port}"));
        command
    })?];
    let Some(python) = &options.mlflow else {
        println!("without `--mlflow PYTHON` there is nothing to compare with");
        return Ok(found);
    };
    // The second one finds the runs that the first was filled with.
    for (name, workers) in [("mlflow, 1 worker", Some("1")), ("mlflow, default", None)] {
        found.push(one(name, options, |port| {
            let mut command = Command::new(python);
            let database = format!("sqlite:///{}", folder.join("mlflow.db").display());
            let files = folder.join("files").display().to_string();
            let port = port.to_string();
            let fixed = ["-m", "mlflow", "server", "--host", "127.0.0.1", "--port"];
            command.args(fixed).arg(port);
            command.args(["--backend-store-uri", &database]);
            command.args(["--artifacts-destination", &files]);
            if let Some(workers) = workers {
                command.args(["--workers", workers]);
            }
            command.env("MLFLOW_SERVER_ENABLE_JOB_EXECUTION", "false");
            command
        })?);
    }
    Ok(found)
}

/// A server with everything it starts.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(command: &mut Command, port: u16) -> Result<Self> {
        let child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let server = Self { child, port };
        let deadline = Instant::now() + Duration::from_secs(STARTED_S_MAX);
        while Instant::now() < deadline {
            let asked = Client::new(port).and_then(|mut client| client.get("/health"));
            if asked.is_ok_and(|(status, _)| status == 200) {
                // What a server does right after its start is not measured.
                std::thread::sleep(Duration::from_secs(3));
                return Ok(server);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        bail!("a server did not start")
    }

    /// A sum over all its processes; `of` gets the process's folder and what its `stat` says after
    /// the name in brackets: state, parent, group, …
    fn sum(&self, of: impl Fn(&Path, &[&str]) -> Option<f64>) -> f64 {
        let group = self.child.id().to_string();
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        entries
            .filter_map(|entry| {
                let folder = entry.path();
                let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
                let words: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
                if *words.get(2)? != group {
                    return None;
                }
                of(&folder, &words)
            })
            .sum()
    }

    /// Megabytes, a shared page counted by its share.
    fn memory_mb(&self) -> f64 {
        let kilobytes = self.sum(|folder, _| {
            let rollup = std::fs::read_to_string(folder.join("smaps_rollup")).ok()?;
            let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
            pss.trim().strip_suffix(" kB")?.trim().parse().ok()
        });
        kilobytes / 1_024.0
    }

    /// Milliseconds of the processors since the start.
    fn cpu_ms(&self) -> f64 {
        const TICK_MS: f64 = 10.0;
        let ticks = self.sum(|_, words| {
            let user: f64 = words.get(11)?.parse().ok()?;
            let system: f64 = words.get(12)?.parse().ok()?;
            Some(user + system)
        });
        ticks * TICK_MS
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let group = format!("-{}", self.child.id());
        let killed = Command::new("kill").args(["-KILL", "--", &group]).status();
        if killed.is_err() || self.child.wait().is_err() {
            println!("a server may still be running: group {group}");
        }
    }
}

fn one(name: &'static str, options: &Options, command: impl Fn(u16) -> Command) -> Result<Figures> {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let server = Server::start(&mut command(port), port)?;
    let idle_mb = server.memory_mb();
    let mut connection = Client::new(port)?;
    let singles = experiment(&mut connection, "singles")?;
    let run = create_run(&mut connection, &singles)?;
    let time = Duration::from_secs(options.seconds);
    let health = repeated(&server, time, || None, &mut connection, "/health")?;
    let mut step = 0;
    let metric = || {
        step += 1;
        Some(
            json!({ "run_id": run, "key": "loss", "value": 0.5, "timestamp": 1_000 + step,
                     "step": step }),
        )
    };
    let single = repeated(&server, time, metric, &mut connection, "runs/log-metric")?;
    let mut n_batches = 0;
    let batch = || {
        n_batches += 1;
        let metrics: Vec<Value> = (0..1_000)
            .map(|at| {
                let step = n_batches * 1_000 + at;
                json!({ "key": format!("m{}", at % 10), "value": f64::from(at) / 7.0,
                        "timestamp": 1_000 + step, "step": step })
            })
            .collect();
        Some(json!({ "run_id": run, "metrics": metrics }))
    };
    let batch = repeated(&server, time, batch, &mut connection, "runs/log-batch")?;
    let searched = experiment(&mut connection, "searches")?;
    fill_up(&server, &mut connection, &searched, options.n_runs)?;
    let search = |limit: u32, filter: &str| {
        Some(
            json!({ "experiment_ids": [searched], "max_results": limit, "filter": filter,
                     "order_by": ["metrics.m1 DESC"] }),
        )
    };
    let filtered = || search(100, "metrics.m0 > 0.5 and params.p1 = 'v1'");
    let filtered = repeated(&server, time, filtered, &mut connection, "runs/search")?;
    let page = || search(1_000, "");
    let page = repeated(&server, time, page, &mut connection, "runs/search")?;
    println!("{name}: measured");
    Ok(Figures {
        name,
        requests: [health, single, batch, filtered, page],
        idle_mb,
        after_mb: server.memory_mb(),
    })
}

/// As many requests as the time allows, at least ten.
fn repeated(
    server: &Server,
    time: Duration,
    mut body: impl FnMut() -> Option<Value>,
    connection: &mut Client,
    path: &str,
) -> Result<Timing> {
    let mut exchange = || {
        let body = body().map(|body| body.to_string());
        let path = match body {
            Some(_) => format!("{API}/{path}"),
            None => path.to_owned(),
        };
        let began = Instant::now();
        let (status, answer) = match &body {
            Some(body) => connection.post(&path, "application/json", body.as_bytes())?,
            None => connection.get(&path)?,
        };
        let took = began.elapsed().as_secs_f64() * 1e3;
        if status != 200 {
            bail!("{path}: {status} {}", String::from_utf8_lossy(&answer));
        }
        Ok(took)
    };
    // The first few warm up what is warm in a server that runs.
    for _ in 0..3 {
        exchange()?;
    }
    let mut all = Vec::new();
    let (started, burned) = (Instant::now(), server.cpu_ms());
    while all.len() < 10 || started.elapsed() < time {
        all.push(exchange()?);
    }
    let cpu_ms = (server.cpu_ms() - burned) / all.len() as f64;
    all.sort_by(f64::total_cmp);
    Ok(Timing {
        wall_ms: median(&all),
        cpu_ms,
    })
}

fn post(connection: &mut Client, path: &str, body: &Value) -> Result<Value> {
    let body = body.to_string();
    let path = format!("{API}/{path}");
    let (status, answer) = connection.post(&path, "application/json", body.as_bytes())?;
    if status != 200 {
        bail!("{path}: {status} {}", String::from_utf8_lossy(&answer));
    }
    Ok(serde_json::from_slice(&answer)?)
}

fn word(value: &Value) -> Result<String> {
    let text = value.as_str().context("an identifier is missing")?;
    Ok(text.to_owned())
}

/// The experiment of this name, made if need be.
fn experiment(connection: &mut Client, name: &str) -> Result<String> {
    let filter = json!({ "filter": format!("name = '{name}'"), "max_results": 1 });
    let found = post(connection, "experiments/search", &filter)?;
    if let Some(one) = found["experiments"].get(0) {
        return word(&one["experiment_id"]);
    }
    let made = post(connection, "experiments/create", &json!({ "name": name }))?;
    word(&made["experiment_id"])
}

fn create_run(connection: &mut Client, experiment: &str) -> Result<String> {
    let new = json!({ "experiment_id": experiment, "start_time": 1_000, "user_id": "bench" });
    let made = post(connection, "runs/create", &new)?;
    word(&made["run"]["info"]["run_id"])
}

/// Runs of ten metrics, ten parameters and six tags, unless they are there.
fn fill_up(
    server: &Server,
    connection: &mut Client,
    experiment: &str,
    n_runs: usize,
) -> Result<()> {
    // Written at the end: counting them would have the server read them all.
    let filled = format!("name = 'searches' and tags.filled = '{n_runs}'");
    let filled = json!({ "filter": filled, "max_results": 1 });
    let found = post(connection, "experiments/search", &filled)?;
    if found["experiments"].get(0).is_some() {
        return Ok(());
    }
    let started = Instant::now();
    std::thread::scope(|scope| {
        let fillers: Vec<_> = (0..N_FILLERS)
            .map(|filler| scope.spawn(move || fill(server.port, experiment, filler, n_runs)))
            .collect();
        for filler in fillers {
            filler
                .join()
                .map_err(|_| anyhow::anyhow!("a filler stopped"))??;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    let seconds = started.elapsed().as_secs_f64();
    println!("{n_runs} runs stored in {seconds:.0} s");
    let tag = json!({ "experiment_id": experiment, "key": "filled", "value": n_runs.to_string() });
    // The connection was idle so long that it may be closed.
    *connection = Client::new(server.port)?;
    post(connection, "experiments/set-experiment-tag", &tag).map(drop)
}

fn fill(port: u16, experiment: &str, filler: usize, n_runs: usize) -> Result<()> {
    let mut connection = Client::new(port)?;
    for number in (filler..n_runs).step_by(N_FILLERS) {
        let run = create_run(&mut connection, experiment)?;
        let spread = |at: usize| (number * 7_919 + at * 104_729) % 10_007;
        let metrics: Vec<Value> = (0..10)
            .map(|at| {
                let value = spread(at) as f64 / 10_007.0;
                json!({ "key": format!("m{at}"), "value": value, "timestamp": 1_000, "step": 0 })
            })
            .collect();
        let params: Vec<Value> = (0..10)
            .map(|at| json!({ "key": format!("p{at}"), "value": format!("v{}", spread(at) % 5) }))
            .collect();
        let tags: Vec<Value> = (0..5)
            .map(|at| json!({ "key": format!("t{at}"), "value": format!("w{}", spread(at) % 9) }))
            .collect();
        let body = json!({ "run_id": run, "metrics": metrics, "params": params, "tags": tags });
        post(&mut connection, "runs/log-batch", &body)?;
    }
    Ok(())
}
