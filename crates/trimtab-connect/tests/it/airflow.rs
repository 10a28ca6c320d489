//! Jobs as DAG runs: against a small server that answers as both generations of Airflow do, and
//! against a real one where `TRIMTAB_TEST_AIRFLOW_URL` names it (`cargo x test --slow` starts it).

use crate::jobs::{clock, handle, is_over, job, submit, wait_for};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use trimtab_connect::orchestrators::airflow::{Airflow, AirflowLogin, AirflowSettings};
use trimtab_connect::{AllowList, Orchestrators};
use trimtab_domain::ports::orchestrator::{JobStatus, Orchestrator as _, TrainingJob};
use trimtab_domain::{Error, ErrorKind};

fn orchestrators(url: &str, user: &str, password: &str, dags: &[&str]) -> Orchestrators {
    let settings = AirflowSettings {
        url: url.to_owned(),
        login: AirflowLogin::Password {
            user: user.to_owned(),
            password: password.to_owned(),
        },
        dags: dags.iter().map(|&dag| dag.to_owned()).collect(),
        allowed: AllowList::new(&[] as &[&str]).unwrap(),
    };
    Orchestrators {
        airflow: Some(Airflow::new(settings, clock()).unwrap()),
        ..Orchestrators::default()
    }
}

/// What a small Airflow knows.
struct Small {
    generation: u8,
    runs: BTreeMap<String, Value>,
    n_triggers: u32,
    token: u32,
    result: Value,
}

struct SmallAirflow {
    address: SocketAddr,
    state: Arc<Mutex<Small>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for SmallAirflow {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl SmallAirflow {
    async fn start(generation: u8) -> Self {
        let state = Arc::new(Mutex::new(Small {
            generation,
            runs: BTreeMap::new(),
            n_triggers: 0,
            token: 1,
            result: Value::Null,
        }));
        let router = Router::new()
            .fallback(answer)
            .with_state(Arc::clone(&state));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self {
            address,
            state,
            task,
        }
    }

    fn jobs(&self) -> Orchestrators {
        let url = format!("http://{}", self.address);
        orchestrators(&url, "admin", "hush", &["train", "paused", "missing"])
    }

    fn change(&self, change: impl FnOnce(&mut Small)) {
        change(&mut self.state.lock().unwrap());
    }

    fn set_run(&self, state: &str) {
        self.change(|small| {
            for run in small.runs.values_mut() {
                run["state"] = json!(state);
            }
        });
    }
}

/// The paths, bodies and statuses as measured on 3.3.2 and 2.11.2.
#[expect(clippy::too_many_lines, reason = "one list of paths")]
async fn answer(
    State(state): State<Arc<Mutex<Small>>>,
    method: Method,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut small = state.lock().unwrap();
    let say = |status: u16, body: Value| {
        (StatusCode::from_u16(status).unwrap(), axum::Json(body)).into_response()
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path: Vec<&str> = uri.path().trim_matches('/').split('/').collect();
    let own = if small.generation == 3 { "v2" } else { "v1" };
    let authorization = headers
        .get("authorization")
        .map_or("", |value| value.to_str().unwrap());
    let wanted = match small.generation {
        3 => format!("Bearer token-{}", small.token),
        _ => "Basic YWRtaW46aHVzaA==".to_owned(),
    };
    if path[..] == ["auth", "token"] && small.generation == 3 {
        if body != json!({"username": "admin", "password": "hush"}) {
            return say(401, json!({"detail": "Invalid credentials"}));
        }
        return say(
            201,
            json!({"access_token": format!("token-{}", small.token)}),
        );
    }
    if path.len() < 3 || path[0] != "api" || path[1] != own {
        return say(404, json!({"detail": "Not Found"}));
    }
    if path[2] == "version" {
        return say(200, json!({"version": "x"}));
    }
    if authorization != wanted {
        let status = if small.generation == 3 { 401 } else { 403 };
        return say(status, json!({"detail": null}));
    }
    match (&method, &path[2..]) {
        (&Method::GET, ["dags", "missing"]) => say(404, json!({"detail": "no DAG"})),
        (&Method::GET, ["dags", dag]) => say(200, json!({"is_paused": *dag == "paused"})),
        (&Method::POST, ["dags", _, "dagRuns"]) => {
            if small.generation == 3 && !body.as_object().unwrap().contains_key("logical_date") {
                return say(422, json!({"detail": "logical_date: field required"}));
            }
            let id = body["dag_run_id"].as_str().unwrap().to_owned();
            if small.runs.contains_key(&id) {
                return say(409, json!({"detail": "exists"}));
            }
            small.n_triggers += 1;
            let run = json!({"dag_run_id": id, "state": "queued", "conf": body["conf"],
                             "note": body["note"]});
            small.runs.insert(id, run.clone());
            say(200, run)
        }
        (&Method::GET, ["dags", _, "dagRuns", id]) => match small.runs.get(*id) {
            Some(run) => say(200, run.clone()),
            None => say(404, json!({"detail": "no run"})),
        },
        (&Method::PATCH, ["dags", _, "dagRuns", id, rest @ ..]) => {
            let is_note = if small.generation == 3 {
                body.get("note").is_some()
            } else {
                *rest == ["setNote"]
            };
            let run = small.runs.get_mut(*id).unwrap();
            let name = if is_note { "note" } else { "state" };
            run[name] = body[name].clone();
            say(200, run.clone())
        }
        (&Method::GET, ["dags", _, "dagRuns", _, "taskInstances"]) => {
            let task = json!({"task_id": "fit", "state": "failed", "try_number": 2,
                              "end_date": "2026-01-01T00:00:00Z"});
            say(200, json!({"task_instances": [task]}))
        }
        (&Method::GET, [.., "xcomEntries", "return_value"]) => {
            // Generation 2 spells Python unless asked not to.
            let plain = small.generation == 3 || uri.query() == Some("stringify=false");
            let value = if plain {
                small.result.clone()
            } else {
                json!("{'registered_version': 3}")
            };
            say(200, json!({"value": value}))
        }
        (&Method::GET, [.., "logs", "2"]) => say(200, json!({"content": "one\ntwo\n"})),
        _ => say(405, json!({"detail": "what?"})),
    }
}

#[tokio::test]
async fn both_generations_run_a_job_once_and_tell_its_result() {
    for generation in [2, 3] {
        let airflow = SmallAirflow::start(generation).await;
        let jobs = airflow.jobs();
        let job = job("airflow", "train", "1");
        let submitted = jobs.submit(&job).await.unwrap();
        assert_eq!(submitted.external_id, "trimtab-ret_1");
        assert!(submitted.url.unwrap().contains("trimtab-ret_1"));
        // A lost reply, and a server that came again.
        airflow.jobs().submit(&job).await.unwrap();
        airflow.change(|small| {
            assert_eq!(small.n_triggers, 1);
            let run = &small.runs["trimtab-ret_1"];
            assert_eq!(run["conf"]["snapshot"]["id"], "snap_1");
            assert!(
                !run.to_string().contains("hush"),
                "Airflow shows it to everybody"
            );
        });
        let handle = handle(&job, None);
        assert_eq!(jobs.status(&handle).await.unwrap(), JobStatus::Queued);
        airflow.set_run("running");
        assert_eq!(jobs.status(&handle).await.unwrap(), JobStatus::Running);
        // A token lives for a day.
        airflow.change(|small| small.token += 1);
        assert_eq!(jobs.status(&handle).await.unwrap(), JobStatus::Running);
        airflow.set_run("success");
        airflow.change(|small| small.result = json!({"registered_version": 3}));
        let JobStatus::Succeeded(result) = jobs.status(&handle).await.unwrap() else {
            panic!("not a success");
        };
        assert_eq!(result.registered_version, Some(3));
        airflow.set_run("failed");
        let JobStatus::Failed { reason } = jobs.status(&handle).await.unwrap() else {
            panic!("not a failure");
        };
        assert!(reason.contains("`fit` (try 2)"), "{reason}");
        let logs = jobs.logs(&handle, 1_000).await.unwrap();
        assert!(logs.text.ends_with("one\ntwo\n"), "{}", logs.text);
    }
}

#[tokio::test]
async fn what_we_stop_is_cancelled_and_what_fails_by_itself_is_not() {
    for generation in [2, 3] {
        let airflow = SmallAirflow::start(generation).await;
        let jobs = airflow.jobs();
        let job = job("airflow", "train", "1");
        let handle = handle(&job, None);
        jobs.cancel(&handle).await.unwrap();
        jobs.submit(&job).await.unwrap();
        jobs.cancel(&handle).await.unwrap();
        let status = jobs.status(&handle).await.unwrap();
        assert_eq!(status, JobStatus::Cancelled);
        airflow.change(|small| small.runs.clear());
        let status = jobs.status(&handle).await.unwrap();
        assert!(matches!(status, JobStatus::Lost { .. }), "{status:?}");
    }
}

#[tokio::test]
async fn what_cannot_run_is_refused() {
    for generation in [2, 3] {
        let airflow = SmallAirflow::start(generation).await;
        let jobs = airflow.jobs();
        for (dag, words) in [
            ("paused", "paused"),
            ("missing", "no DAG `missing`"),
            ("other", "allow-list"),
        ] {
            let error = jobs.submit(&job("airflow", dag, "1")).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
            assert!(error.to_string().contains(words), "{error}");
        }
        let url = format!("http://{}", airflow.address);
        let stranger = orchestrators(&url, "admin", "wrong", &["train"]);
        let error = stranger
            .submit(&job("airflow", "train", "1"))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
        assert!(!error.to_string().contains("wrong"), "{error}");
        airflow.change(|small| assert_eq!(small.n_triggers, 0));
    }
}

/// The DAGs are those of `tests/airflow/dags.py`.
#[tokio::test]
async fn a_real_airflow_runs_fails_stops_and_repeats_nothing() {
    let Some([url, user, password]) = real_airflow() else {
        println!("skipped: TRIMTAB_TEST_AIRFLOW_URL, _USER and _PASSWORD name no Airflow");
        return;
    };
    let dags = [
        "trimtab_train",
        "trimtab_fail",
        "trimtab_slow",
        "trimtab_unknown",
    ];
    let jobs = orchestrators(&url, &user, &password, &dags);
    // Identities of their own: the same Airflow may be asked again.
    let run = |what: &str| format!("{what}{}", std::process::id());

    let good = job("airflow", "trimtab_train", &run("good"));
    let submitted = submit(&jobs, &good).await;
    submit(&jobs, &good).await;
    // As if the reply had never come: the run is found by its identity.
    let handle_of_good = handle(&good, None);
    let status = wait_for(&jobs, &handle_of_good, is_over).await;
    let JobStatus::Succeeded(result) = status else {
        panic!("{status:?}");
    };
    assert_eq!(result.registered_version, Some(7));
    assert_eq!(result.metrics.get("roc_auc"), Some(&0.71));
    let logs = loop {
        match jobs.logs(&handle_of_good, 20_000).await {
            Ok(logs) => break logs.text,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}"),
        }
    };
    assert!(logs.contains("training on snap_1"), "{logs}");
    assert!(submitted.url.unwrap().starts_with(&url));

    let bad = job("airflow", "trimtab_fail", &run("bad"));
    submit(&jobs, &bad).await;
    let status = wait_for(&jobs, &handle(&bad, None), is_over).await;
    let JobStatus::Failed { reason } = &status else {
        panic!("{status:?}");
    };
    assert!(reason.contains("`fit`"), "{reason}");

    let slow = job("airflow", "trimtab_slow", &run("slow"));
    submit(&jobs, &slow).await;
    let handle_of_slow = handle(&slow, None);
    wait_for(&jobs, &handle_of_slow, |status| {
        *status == JobStatus::Running
    })
    .await;
    while let Err(error) = jobs.cancel(&handle_of_slow).await {
        assert_eq!(error.kind(), ErrorKind::Unavailable, "{error}");
    }
    let status = wait_for(&jobs, &handle_of_slow, is_over).await;
    assert_eq!(status, JobStatus::Cancelled);

    let unknown = job("airflow", "trimtab_unknown", &run("unknown"));
    let error = refusal(&jobs, &unknown).await;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
    let stranger = orchestrators(&url, &user, "wrong", &dags);
    let error = refusal(&stranger, &good).await;
    assert_eq!(error.kind(), ErrorKind::Invalid, "{error}");
}

/// Why a job is refused; somebody who is away is asked again.
async fn refusal(jobs: &Orchestrators, job: &TrainingJob) -> Error {
    loop {
        let error = jobs.submit(job).await.unwrap_err();
        if error.kind() != ErrorKind::Unavailable {
            return error;
        }
    }
}

fn real_airflow() -> Option<[String; 3]> {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever starts the Airflow says so by the environment"
    )]
    let variable = |name: &str| std::env::var(format!("TRIMTAB_TEST_AIRFLOW_{name}")).ok();
    Some([variable("URL")?, variable("USER")?, variable("PASSWORD")?])
}
