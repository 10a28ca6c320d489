#!/usr/bin/env python3
"""Starts a real `airflow standalone` with the DAGs of this folder, runs a command that is told
where it answers (TRIMTAB_TEST_AIRFLOW_URL, _USER, _PASSWORD), and stops it again.

    standalone.py 3 cargo test … a_real_airflow
    standalone.py 2 cargo test … a_real_airflow

Each version lives in an environment of its own, from the Python package index.
"""

import base64
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
# What was tested.
VERSIONS = {"3": "3.3.2", "2": "2.11.2"}
DAGS = ["trimtab_train", "trimtab_fail", "trimtab_slow"]
SECONDS_TO_START = 600


def installed(generation):
    """The folder of programs of an environment with this Airflow."""
    venv = pathlib.Path.home() / f".cache/trimtab-venv-airflow{generation}"
    stamp = venv / "installed.txt"
    wanted = f"apache-airflow=={VERSIONS[generation]}"
    if stamp.is_file() and stamp.read_text() == wanted:
        return venv / "bin"
    print(f"installing {wanted} in {venv}", flush=True)
    if not (venv / "bin/pip").exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    pip = [venv / "bin/pip", "install", "--quiet", "--disable-pip-version-check", wanted]
    subprocess.run(pip, check=True)
    stamp.write_text(wanted)
    return venv / "bin"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def environment(generation, home, bin_folder, port):
    url = f"http://127.0.0.1:{port}"
    variables = {
        "PATH": f"{bin_folder}:{os.environ['PATH']}",
        "HOME": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        # Each worker is a process of 150 MB that is made at the start.
        "AIRFLOW__CORE__PARALLELISM": "2",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }
    if generation == "3":
        variables |= {
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": url,
            # Without it tasks report to port 8080.
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "10",
        }
    else:
        variables |= {
            "AIRFLOW__WEBSERVER__WEB_SERVER_HOST": "127.0.0.1",
            "AIRFLOW__WEBSERVER__WEB_SERVER_PORT": str(port),
            "AIRFLOW__WEBSERVER__WORKERS": "1",
            "AIRFLOW__API__AUTH_BACKENDS": "airflow.api.auth.backend.basic_auth",
            "AIRFLOW__SCHEDULER__DAG_DIR_LIST_INTERVAL": "10",
        }
    return url, variables


def password(generation, home):
    """The one that the first start made up, once it is there."""
    try:
        if generation == "3":
            file = home / "simple_auth_manager_passwords.json.generated"
            return json.loads(file.read_text())["admin"]
        return (home / "standalone_admin_password.txt").read_text().strip()
    except (OSError, ValueError, KeyError):
        return None


def has_dags(generation, url, secret):
    """Whether the server answers and has read every DAG."""
    def ask(path, headers, body=None):
        request = urllib.request.Request(url + path, headers=headers, data=body)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    if generation == "3":
        body = json.dumps({"username": "admin", "password": secret}).encode()
        token = ask("/auth/token", {"Content-Type": "application/json"}, body)["access_token"]
        path, headers = "/api/v2/dags", {"Authorization": f"Bearer {token}"}
    else:
        pair = base64.b64encode(f"admin:{secret}".encode()).decode()
        path, headers = "/api/v1/dags", {"Authorization": f"Basic {pair}"}
    known = {dag["dag_id"] for dag in ask(path, headers)["dags"]}
    return known.issuperset(DAGS)


def wait_until_ready(generation, url, home, airflow):
    begun = time.monotonic()
    while time.monotonic() - begun < SECONDS_TO_START:
        if airflow.poll() is not None:
            raise SystemExit(f"airflow ended with {airflow.returncode}")
        secret = password(generation, home)
        try:
            if secret and has_dags(generation, url, secret):
                return secret
        except (urllib.error.URLError, OSError, ValueError, KeyError):
            pass
        time.sleep(1)
    raise SystemExit(f"airflow was not ready within {SECONDS_TO_START} s")


def main():
    generation, command = sys.argv[1], sys.argv[2:]
    bin_folder = installed(generation)
    home = pathlib.Path(tempfile.mkdtemp(prefix="trimtab-airflow-"))
    shutil.copytree(HERE / "dags", home / "dags")
    url, variables = environment(generation, home, bin_folder, free_port())
    log = (home / "log").open("wb")
    # It takes no notice of SIGINT in the background; a group of its own can be ended whole.
    airflow = subprocess.Popen(
        [bin_folder / "airflow", "standalone"], env=variables, stdin=subprocess.DEVNULL,
        stdout=log, stderr=log, start_new_session=True)
    code = 1
    try:
        begun = time.monotonic()
        secret = wait_until_ready(generation, url, home, airflow)
        print(f"Airflow {VERSIONS[generation]} answers after "
              f"{time.monotonic() - begun:.0f} s", flush=True)
        told = {"URL": url, "USER": "admin", "PASSWORD": secret}
        told = {f"TRIMTAB_TEST_AIRFLOW_{name}": value for name, value in told.items()}
        code = subprocess.run(command, env=os.environ | told, check=False).returncode
    finally:
        stop(airflow)
        if code != 0:
            print((home / "log").read_text(errors="replace")[-6_000:], file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
    sys.exit(code)


def stop(airflow):
    for name, seconds in [(signal.SIGTERM, 30), (signal.SIGKILL, 10)]:
        try:
            os.killpg(airflow.pid, name)
            airflow.wait(seconds)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
    airflow.poll()
    # The processor of DAG files has a group of its own and outlives a scheduler that is killed.
    for left in of_session(airflow.pid):
        try:
            os.kill(left, signal.SIGKILL)
        except ProcessLookupError:
            pass


def of_session(session):
    """The processes of a session."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit():
                # After the name in brackets: state, parent, group, session.
                words = (entry / "stat").read_text().rsplit(")", 1)[1].split()
                if int(words[3]) == session:
                    yield int(entry.name)
        except OSError:
            pass


if __name__ == "__main__":
    main()
