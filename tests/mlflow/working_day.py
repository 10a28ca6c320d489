"""A working day with the unmodified `mlflow` client, against the real binary.

Runs with MLflow 3 and with MLflow 2.22: what only the newer client has is asked of it alone.
"""

from __future__ import annotations

import math
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "scenarios"))

# A server that answers wrongly must fail here, not be asked again for minutes.
os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "1"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"
os.environ["GIT_PYTHON_REFRESH"] = "quiet"
os.environ["MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING"] = "false"

import mlflow  # noqa: E402
import mlflow.sklearn  # noqa: E402
import numpy as np  # noqa: E402
import pandas as pd  # noqa: E402
import requests  # noqa: E402
from _server import TRIMTAB, Server  # noqa: E402
from mlflow.entities import Metric, Param, RunTag, ViewType  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.models import infer_signature  # noqa: E402
from mlflow.tracking import MlflowClient  # noqa: E402
from sklearn.ensemble import RandomForestClassifier  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

IS_3 = int(mlflow.__version__.split(".")[0]) >= 3
# Where the packages of a model are known, no `pip freeze` of half a minute is needed.
REQUIREMENTS = ["scikit-learn"]


def refused(part: str, code: str, act, *arguments, **named) -> None:
    """The call fails with this code and a message with this in it."""
    try:
        act(*arguments, **named)
    except MlflowException as error:
        assert part in str(error), f"{part!r} is not in {error}"
        assert error.error_code == code, f"{error.error_code} instead of {code}: {error}"
        return
    raise AssertionError(f"{act} was not refused: {part}")


def data() -> tuple[pd.DataFrame, np.ndarray]:
    numbers = np.random.default_rng(7)
    frame = pd.DataFrame(numbers.normal(size=(400, 3)), columns=["age", "income", "debt"])
    return frame, (frame["income"] - frame["debt"] + numbers.normal(size=400) > 0).to_numpy().astype(int)


def experiments(client: MlflowClient) -> None:
    assert client.get_experiment("0").name == "Default"
    made = client.create_experiment("churn", tags={"team": "red"})
    assert client.get_experiment_by_name("churn").tags == {"team": "red"}
    assert client.get_experiment_by_name("nobody") is None
    refused("already exists", "RESOURCE_ALREADY_EXISTS", client.create_experiment, "churn")
    refused("No Experiment with id=999", "RESOURCE_DOES_NOT_EXIST", client.get_experiment, "999")
    client.set_experiment_tag(made, "stage", "exploring")
    client.rename_experiment(made, "churn 2026")
    found = client.search_experiments(filter_string="tags.stage = 'exploring' AND name LIKE 'churn%'")
    assert [one.experiment_id for one in found] == [made]
    client.delete_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "deleted"
    assert made not in [one.experiment_id for one in client.search_experiments()]
    client.restore_experiment(made)
    assert client.get_experiment(made).lifecycle_stage == "active"


def logging(client: MlflowClient) -> str:
    mlflow.set_experiment("logging")
    with mlflow.start_run(run_name="everything", tags={"who": "me"}, description="a run") as run:
        mlflow.log_param("depth", 4)
        mlflow.log_params({"rate": 0.1, "kind": "forest"})
        mlflow.log_metric("auc", 0.7, step=0)
        for step in range(1, 6):
            mlflow.log_metric("auc", 0.7 + step / 100, step=step)
        mlflow.log_metrics({"loss": 0.3, "f1": 0.6}, step=5)
        mlflow.log_metric("broken", math.nan)
        mlflow.log_metric("huge", math.inf)
        mlflow.log_metric("tiny", -math.inf)
        mlflow.set_tag("mood", "good")
        mlflow.set_tags({"a": "1", "b": "2"})
        mlflow.delete_tag("b")
        mlflow.log_text("hello\n", "notes/hello.txt")
        mlflow.log_dict({"a": [1, 2]}, "notes/a.json")
        mlflow.log_table({"x": [1, 2], "y": ["a", "b"]}, "table.json")
        frame, _ = data()
        mlflow.log_input(mlflow.data.from_pandas(frame, name="people", source="people.csv"), context="training")
        # Later logging without waiting.
        for step in range(20):
            mlflow.log_metric("later", step, step=step, synchronous=False)
        mlflow.flush_async_logging()
        refused("Changing param values is not allowed", "INVALID_PARAMETER_VALUE", mlflow.log_param, "depth", 5)
        mlflow.log_param("depth", 4)
    run_id = run.info.run_id
    seen = client.get_run(run_id)
    assert seen.info.status == "FINISHED" and seen.info.run_name == "everything", seen.info
    assert seen.data.params == {"depth": "4", "rate": "0.1", "kind": "forest"}, seen.data.params
    metrics = seen.data.metrics
    assert metrics["auc"] == 0.75 and metrics["loss"] == 0.3, metrics
    assert math.isnan(metrics["broken"]) and metrics["huge"] == math.inf and metrics["tiny"] == -math.inf
    assert metrics["later"] == 19
    assert seen.data.tags["mood"] == "good" and "b" not in seen.data.tags
    [used] = seen.inputs.dataset_inputs
    assert used.dataset.name == "people" and used.tags[0].value == "training"
    history = client.get_metric_history(run_id, "auc")
    assert [point.step for point in history] == [0, 1, 2, 3, 4, 5]
    assert client.get_metric_history(run_id, "nothing") == []
    assert {one.path: one.is_dir for one in client.list_artifacts(run_id)} == {"notes": True, "table.json": False}
    assert [one.path for one in client.list_artifacts(run_id, "notes")] == ["notes/a.json", "notes/hello.txt"]
    return run_id


def batches(client: MlflowClient) -> None:
    run = client.create_run(client.get_experiment_by_name("logging").experiment_id, run_name="batches")
    now = int(time.time() * 1000)
    points = [Metric("m", step / 7, now + step, step) for step in range(1000)]
    for _ in range(2):
        client.log_batch(run.info.run_id, metrics=points)
    history = client.get_metric_history(run.info.run_id, "m")
    assert [point.value for point in history] == [step / 7 for step in range(1000)]
    tags = [RunTag(f"t{at}", "x" * 3000) for at in range(50)]
    params = [Param(f"p{at}", "y" * 3000) for at in range(50)]
    client.log_batch(run.info.run_id, params=params, tags=tags)
    seen = client.get_run(run.info.run_id)
    assert seen.data.params["p49"] == "y" * 3000 and seen.data.tags["t0"] == "x" * 3000
    client.set_terminated(run.info.run_id, "FAILED")
    assert client.get_run(run.info.run_id).info.status == "FAILED"
    client.delete_run(run.info.run_id)
    refused("must be in the 'active' state", "INVALID_PARAMETER_VALUE", client.log_metric, run.info.run_id, "m", 1.0)
    client.restore_run(run.info.run_id)
    client.log_metric(run.info.run_id, "m", 1.0)
    # Many first writers of one tag: none of them is told about it.
    errors = []

    def write(at: int) -> None:
        try:
            client.set_tag(run.info.run_id, "contested", str(at))
        except MlflowException as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors


def searches(client: MlflowClient) -> None:
    experiment = client.create_experiment("searches")
    for at in range(30):
        run = client.create_run(experiment, run_name=f"r{at:02}", tags={"parity": "even" if at % 2 == 0 else "odd"})
        client.log_metric(run.info.run_id, "score", math.nan if at == 29 else at / 10)
        client.log_param(run.info.run_id, "fold", at % 3)
        client.set_terminated(run.info.run_id)

    def names(filter_string: str, **named) -> list[str]:
        found = client.search_runs([experiment], filter_string, **named)
        return [run.info.run_name for run in found]

    assert names("metrics.score > 2.5 and tags.parity = 'odd'", order_by=["metrics.score ASC"]) == ["r27"]
    assert names("params.fold = '1' AND metrics.score <= 0.4", order_by=["run_name"]) == ["r01", "r04"]
    assert names("tags.`parity` LIKE 'ev%' and metrics.score < 0.5", order_by=["metrics.score DESC"]) == [
        "r04", "r02", "r00",
    ]
    assert names("attributes.run_name ILIKE 'R0%' and params.fold != '0'", max_results=2, order_by=["run_name DESC"]) == ["r08", "r07"]
    assert names("", order_by=["metrics.score DESC"])[-1] == "r29", "NaN comes last"
    assert len(names("status = 'FINISHED'")) == 30
    assert names("run_name = 'r03' OR NOT metrics.score < 2.8", order_by=["run_name"]) == ["r03", "r28", "r29"]
    refused("Invalid clause(s) in filter string", "INVALID_PARAMETER_VALUE", names, "metrics.score >")
    refused("Invalid attribute key", "INVALID_PARAMETER_VALUE", names, "attributes.nonsense = 'a'")
    # Page by page, nobody is seen twice.
    seen, token = [], None
    while True:
        page = client.search_runs([experiment], "", max_results=7, order_by=["metrics.score"], page_token=token)
        seen += [run.info.run_name for run in page]
        token = page.token
        if not token:
            break
    assert sorted(seen) == [f"r{at:02}" for at in range(30)], seen
    table = mlflow.search_runs([experiment], "metrics.score > 2", order_by=["metrics.score DESC"])
    assert list(table["tags.mlflow.runName"])[:2] == ["r28", "r27"]
    assert list(table["metrics.score"])[:2] == [2.8, 2.7]
    first = client.search_runs([experiment])[0].info.run_id
    client.delete_run(first)
    assert len(client.search_runs([experiment])) == 29
    assert len(client.search_runs([experiment], run_view_type=ViewType.ALL)) == 30


def artifacts(client: MlflowClient, run_id: str) -> None:
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/notes/hello.txt") == "hello\n"
    assert mlflow.artifacts.load_dict(f"runs:/{run_id}/notes/a.json") == {"a": [1, 2]}
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        # Larger than the limit of ordinary requests: it must be streamed.
        large = os.urandom(24 << 20)
        (folder / "up/deep/er").mkdir(parents=True)
        (folder / "up/large.bin").write_bytes(large)
        (folder / "up/deep/er/with space & ü.txt").write_text("ü")
        (folder / "up/empty").write_bytes(b"")
        client.log_artifacts(run_id, str(folder / "up"), "dir")
        back = Path(client.download_artifacts(run_id, "dir", str(folder)))
        assert (back / "large.bin").read_bytes() == large
        assert (back / "deep/er/with space & ü.txt").read_text() == "ü"
        assert (back / "empty").read_bytes() == b""
    # The same contents under two names are kept once, and outlive one of them.
    for name in ("one.txt", "two.txt"):
        client.log_text(run_id, "the same", name)
    root = client.get_run(run_id).info.artifact_uri.removeprefix("mlflow-artifacts:/")
    files = f"{mlflow.get_tracking_uri()}/api/2.0/mlflow-artifacts/artifacts/{root}"
    assert requests.delete(f"{files}/one.txt", timeout=10).status_code == 200
    assert requests.get(f"{files}/one.txt", timeout=10).status_code == 404
    assert mlflow.artifacts.load_text(f"runs:/{run_id}/two.txt") == "the same"
    for path in ("a/%2e%2e/%2e%2e/b", "%252e%252e/a", "a%5C..%5Cb"):
        answer = requests.put(f"{files}/{path}", data=b"x", timeout=10)
        assert answer.status_code == 400 and "Invalid path" in answer.text, answer.text


def autolog() -> str:
    """The run of scikit-learn's autologging."""
    frame, labels = data()
    mlflow.set_experiment("autolog")
    mlflow.sklearn.autolog(log_datasets=True, silent=True, extra_tags={"by": "autolog"})
    try:
        with mlflow.start_run() as run:
            RandomForestClassifier(n_estimators=10, random_state=1).fit(frame, labels)
    finally:
        mlflow.sklearn.autolog(disable=True)
    client = MlflowClient()
    seen = client.get_run(run.info.run_id)
    assert seen.data.params["n_estimators"] == "10"
    assert seen.data.metrics["training_accuracy_score"] > 0.9
    assert seen.inputs.dataset_inputs, "autolog notes the data"
    if IS_3:
        [output] = seen.outputs.model_outputs
        model = client.get_logged_model(output.model_id)
        assert model.status == "READY" and model.params["n_estimators"] == "10"
        path = f"models:/{output.model_id}"
    else:
        path = f"runs:/{run.info.run_id}/model"
    assert set(mlflow.sklearn.load_model(path).predict(frame)) <= {0, 1}
    return run.info.run_id


def registry(client: MlflowClient) -> None:
    frame, labels = data()
    mlflow.set_experiment("registry")
    model = LogisticRegression().fit(frame, labels)
    wanted = model.predict(frame)
    signature = infer_signature(frame, wanted)
    named = {"name": "model"} if IS_3 else {"artifact_path": "model"}
    with mlflow.start_run() as run:
        mlflow.sklearn.log_model(
            model, **named, signature=signature, input_example=frame.head(2),
            registered_model_name="credit", pip_requirements=REQUIREMENTS,
        )
    first = client.get_model_version("credit", "1")
    assert first.run_id == run.info.run_id and first.status == "READY", first
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(model, **named, signature=signature, pip_requirements=REQUIREMENTS)
    second = mlflow.register_model(info.model_uri, "credit", tags={"source": "by hand"})
    assert int(second.version) == 2
    refused("already exists", "RESOURCE_ALREADY_EXISTS", client.create_registered_model, "credit")
    client.update_registered_model("credit", "who pays back")
    client.set_registered_model_tag("credit", "owner", "risk")
    client.set_model_version_tag("credit", "2", "checked", "yes")
    client.update_model_version("credit", "2", "the second")
    client.set_registered_model_alias("credit", "champion", "1")
    client.set_registered_model_alias("credit", "challenger", "2")
    assert client.get_model_version_by_alias("credit", "champion").version in ("1", 1)
    assert client.get_registered_model("credit").description == "who pays back"
    # Three kinds of loading.
    by_version = mlflow.pyfunc.load_model("models:/credit/2")
    by_alias = mlflow.sklearn.load_model("models:/credit@champion")
    by_run = mlflow.pyfunc.load_model(info.model_uri)
    for loaded in (by_version, by_alias, by_run):
        assert (loaded.predict(frame) == wanted).all()
    assert by_version.metadata.signature == signature
    found = client.search_model_versions("name = 'credit'", order_by=["version_number DESC"])
    assert [int(one.version) for one in found] == [2, 1]
    assert [int(one.version) for one in client.search_model_versions("tags.checked = 'yes'")] == [2]
    assert [one.name for one in client.search_registered_models("name LIKE 'cre%'")] == ["credit"]
    assert int(client.get_latest_versions("credit")[0].version) == 2
    client.transition_model_version_stage("credit", "1", "Production")
    client.set_registered_model_alias("credit", "champion", "2")
    client.delete_registered_model_alias("credit", "challenger")
    assert client.get_model_version("credit", "2").aliases == ["champion"]
    refused("", "INVALID_PARAMETER_VALUE", client.get_model_version_by_alias, "credit", "nobody")
    copied = client.copy_model_version("models:/credit/2", "credit-eu")
    assert (mlflow.pyfunc.load_model(f"models:/credit-eu/{copied.version}").predict(frame) == wanted).all()
    client.rename_registered_model("credit-eu", "credit-europe")
    client.delete_model_version("credit-europe", copied.version)
    client.delete_registered_model("credit-europe")
    refused("not found", "RESOURCE_DOES_NOT_EXIST", client.get_registered_model, "credit-europe")


def logged_models(client: MlflowClient) -> None:
    frame, labels = data()
    experiment = mlflow.set_experiment("logged models").experiment_id
    scores = {}
    for strength in (0.01, 1.0):
        model = LogisticRegression(C=strength).fit(frame, labels)
        with mlflow.start_run():
            info = mlflow.sklearn.log_model(model, name="scorer", params={"C": strength}, pip_requirements=REQUIREMENTS)
            dataset = mlflow.data.from_pandas(frame, name="holdout")
            scores[info.model_id] = float(model.score(frame, labels))
            mlflow.log_metric("accuracy", scores[info.model_id], model_id=info.model_id, dataset=dataset)
        mlflow.set_logged_model_tags(info.model_id, {"strength": str(strength)})
    best = max(scores, key=scores.get)
    found = client.search_logged_models(
        [experiment], filter_string="name = 'scorer'",
        order_by=[{"field_name": "metrics.accuracy", "ascending": False}],
    )
    assert found[0].model_id == best and len(found) == 2, found
    assert found[0].metrics[0].dataset_name == "holdout"
    [weak] = client.search_logged_models([experiment], filter_string="params.C = '0.01'")
    assert weak.tags["strength"] == "0.01"
    client.delete_logged_model_tag(weak.model_id, "strength")
    assert "strength" not in client.get_logged_model(weak.model_id).tags
    assert client.list_logged_model_artifacts(weak.model_id)
    client.delete_logged_model(weak.model_id)
    assert len(client.search_logged_models([experiment])) == 1


def foreign_paths(address: str) -> None:
    """What this server does not have is refused in a way that clients understand."""
    for path in ("/api/3.0/mlflow/traces/search", "/api/2.0/mlflow/gateway/endpoints", "/graphql"):
        answer = requests.post(address + path, json={}, timeout=10)
        assert answer.status_code in (404, 405), f"{path}: {answer.status_code}"
    version = requests.get(address + "/version", timeout=10)
    assert version.text == "3.17.2", version.text
    assert requests.get(address + "/health", timeout=10).text == "OK"


def tokens() -> None:
    """Our tokens are MLflow's bearer tokens and passwords."""
    server = Server()
    # Beyond loopback nobody is trusted without a token.
    server.environment["TRIMTAB_SERVER__LISTEN"] = f"0.0.0.0:{server.port}"
    made = subprocess.run(
        [TRIMTAB, "token", "create", "training", "--allow", "ingest,read"],
        env=server.environment, capture_output=True, text=True, check=False,
    )
    assert made.returncode == 0, made.stderr
    secret = made.stdout.strip()
    with server:
        client = MlflowClient(server.address)
        refused("", "UNAUTHENTICATED", client.search_experiments)
        for names in (("MLFLOW_TRACKING_TOKEN",), ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD")):
            os.environ.update(dict.fromkeys(names, secret))
            mlflow.set_tracking_uri(server.address)
            run = client.create_run("0", run_name="with a token")
            client.log_metric(run.info.run_id, "m", 1.0)
            client.log_text(run.info.run_id, "a", "a.txt")
            # It may not delete.
            refused("", "PERMISSION_DENIED", client.delete_run, run.info.run_id)
            for name in names:
                del os.environ[name]
        refused("", "UNAUTHENTICATED", client.search_experiments)


def timed(title: str, act, *arguments) -> None:
    started = time.monotonic()
    act(*arguments)
    print(f"{title}: {time.monotonic() - started:.1f} s", flush=True)


def main() -> None:
    with Server() as server:
        mlflow.set_tracking_uri(server.address)
        client = MlflowClient()
        for title, act in [("experiments", experiments), ("logging", logging), ("searches", searches), ("batches", batches)]:
            timed(title, act, client)
        run_id = client.search_runs(
            [client.get_experiment_by_name("logging").experiment_id], "run_name = 'everything'"
        )[0].info.run_id
        timed("artifacts", artifacts, client, run_id)
        timed("autolog", autolog)
        timed("registry", registry, client)
        if IS_3:
            timed("logged models", logged_models, client)
        timed("foreign paths", foreign_paths, server.address)
        assert server.stop() == 0
    timed("tokens", tokens)
    print(f"a working day with mlflow {mlflow.__version__}: everything as expected")


if __name__ == "__main__":
    main()
