//! Tracking against the real MLflow server in one run: the same client, the same machine, the
//! same requests over one open connection; MLflow with one worker and as it starts by default.
//!
//! `mlflow --mlflow PYTHON [--runs N] [--seconds S]`, with an interpreter that has `mlflow`.

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
    n_runs: usize,
    seconds: u64,
}

/// What was measured of one server.
struct Figures {
    name: &'static str,
    /// Median, milliseconds.
    single_ms: f64,
    batch_ms: f64,
    search_ms: f64,
    page_ms: f64,
    /// Megabytes, shared pages counted by share.
    idle_mb: f64,
    after_mb: f64,
}

fn main() -> Result<()> {
    let options = options()?;
    print_header("mlflow");
    let folder = std::env::temp_dir().join(format!("trimtab-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let outcome = all(&options, &folder);
    std::fs::remove_dir_all(&folder)?;
    let found = outcome?;
    println!(
        "{:<28} {:>12} {:>12} {:>12} {:>12} {:>9} {:>9}",
        "", "log_metric", "batch 1000", "search 100", "page 1000", "idle", "after"
    );
    for one in &found {
        println!(
            "{:<28} {:>9.3} ms {:>9.2} ms {:>9.2} ms {:>9.1} ms {:>6.0} MB {:>6.0} MB",
            one.name,
            one.single_ms,
            one.batch_ms,
            one.search_ms,
            one.page_ms,
            one.idle_mb,
            one.after_mb
        );
    }
    let Some((ours, theirs)) = found.split_first() else {
        return Ok(());
    };
    for one in theirs {
        println!(
            "{:<28} {:>11.1}× {:>11.1}× {:>11.1}× {:>11.1}× {:>8.1}× {:>8.1}×",
            format!("{} over trimtab", one.name),
            one.single_ms / ours.single_ms,
            one.batch_ms / ours.batch_ms,
            one.search_ms / ours.search_ms,
            one.page_ms / ours.page_ms,
            one.idle_mb / ours.idle_mb,
            one.after_mb / ours.after_mb
        );
    }
    Ok(())
}

fn options() -> Result<Options> {
    let mut options = Options {
        mlflow: None,
        n_runs: 10_000,
        seconds: 4,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let value = arguments.next().context("every option takes a value")?;
        match argument.as_str() {
            "--mlflow" => options.mlflow = Some(PathBuf::from(value)),
            "--runs" => options.n_runs = value.parse()?,
            "--seconds" => options.seconds = value.parse()?,
            other => bail!("`{other}` is not understood"),
        }
    }
    Ok(options)
}

fn all(options: &Options, folder: &Path) -> Result<Vec<Figures>> {
    let mut found = vec![one("trimtab", options, true, |port| {
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
        found.push(one(name, options, workers.is_some(), |port| {
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

    /// Megabytes of all its processes, a shared page counted by its share.
    fn memory_mb(&self) -> f64 {
        let group = self.child.id().to_string();
        let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
        let kilobytes: f64 = entries
            .filter_map(|entry| {
                let folder = entry.path();
                let stat = std::fs::read_to_string(folder.join("stat")).ok()?;
                // After the name in brackets: state, parent, group.
                let rest = stat.rsplit_once(')')?.1;
                if rest.split_whitespace().nth(2)? != group {
                    return None;
                }
                let rollup = std::fs::read_to_string(folder.join("smaps_rollup")).ok()?;
                let pss = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
                pss.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok()
            })
            .sum();
        kilobytes / 1_024.0
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

fn one(
    name: &'static str,
    options: &Options,
    must_fill: bool,
    command: impl Fn(u16) -> Command,
) -> Result<Figures> {
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let server = Server::start(&mut command(port), port)?;
    let idle_mb = server.memory_mb();
    let mut connection = Client::new(port)?;
    let experiment = experiment(&mut connection, "singles")?;
    let run = create_run(&mut connection, &experiment)?;
    let time = Duration::from_secs(options.seconds);
    let mut step = 0;
    let single_ms = repeated(time, || {
        step += 1;
        let body = json!({ "run_id": run, "key": "loss", "value": 0.5, "timestamp": 1_000 + step,
                           "step": step });
        post(&mut connection, "runs/log-metric", &body)
    })?;
    let mut n_batches = 0;
    let batch_ms = repeated(time, || {
        n_batches += 1;
        let metrics: Vec<Value> = (0..1_000)
            .map(|at| {
                let step = n_batches * 1_000 + at;
                json!({ "key": format!("m{}", at % 10), "value": f64::from(at) / 7.0,
                        "timestamp": 1_000 + step, "step": step })
            })
            .collect();
        let body = json!({ "run_id": run, "metrics": metrics });
        post(&mut connection, "runs/log-batch", &body)
    })?;
    let searched = experiment_of_searches(&server, &mut connection, options, must_fill)?;
    let search = |limit: u32, filter: &str| {
        json!({ "experiment_ids": [searched], "max_results": limit, "filter": filter,
                "order_by": ["metrics.m1 DESC"] })
    };
    let filter = "metrics.m0 > 0.5 and params.p1 = 'v1'";
    let search_ms = repeated(time, || {
        post(&mut connection, "runs/search", &search(100, filter))
    })?;
    let page_ms = repeated(time, || {
        post(&mut connection, "runs/search", &search(1_000, ""))
    })?;
    let figures = Figures {
        name,
        single_ms,
        batch_ms,
        search_ms,
        page_ms,
        idle_mb,
        after_mb: server.memory_mb(),
    };
    println!("{name}: measured");
    Ok(figures)
}

/// Median milliseconds of as many as the time allows, at least ten.
fn repeated(time: Duration, mut work: impl FnMut() -> Result<Value>) -> Result<f64> {
    let mut all = Vec::new();
    let started = Instant::now();
    // The first few warm up what is warm in a server that runs.
    for _ in 0..3 {
        work()?;
    }
    while all.len() < 10 || started.elapsed() < time {
        let began = Instant::now();
        work()?;
        all.push(began.elapsed().as_secs_f64() * 1e3);
    }
    all.sort_by(f64::total_cmp);
    Ok(median(&all))
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

/// Runs of ten metrics, ten parameters and six tags.
fn experiment_of_searches(
    server: &Server,
    connection: &mut Client,
    options: &Options,
    must_fill: bool,
) -> Result<String> {
    let searched = experiment(connection, "searches")?;
    if !must_fill {
        return Ok(searched);
    }
    std::thread::scope(|scope| {
        let fillers: Vec<_> = (0..N_FILLERS)
            .map(|filler| {
                let searched = &searched;
                scope.spawn(move || fill(server.port, searched, filler, options.n_runs))
            })
            .collect();
        for filler in fillers {
            filler
                .join()
                .map_err(|_| anyhow::anyhow!("a filler stopped"))??;
        }
        Ok::<_, anyhow::Error>(())
    })?;
    Ok(searched)
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
