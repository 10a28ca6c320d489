"""Jobs as Trimtab asks Airflow for them; for Airflow 3 and 2.11 alike."""

import time

try:
    from airflow.sdk import dag, get_current_context, task
except ImportError:  # Airflow 2
    from airflow.decorators import dag, task
    from airflow.operators.python import get_current_context

OPTIONS = {"schedule": None, "catchup": False, "is_paused_upon_creation": False}


@dag(dag_id="trimtab_train", **OPTIONS)
def train():
    @task
    def fit():
        conf = get_current_context()["dag_run"].conf
        print(f"training on {conf['snapshot']['id']} of {conf['model']}")
        return {"registered_version": "7", "metrics": {"roc_auc": 0.71}}

    @task
    def tidy(made):
        print(f"tidying up behind version {made['registered_version']}")

    tidy(fit())


@dag(dag_id="trimtab_fail", **OPTIONS)
def fail():
    @task
    def fit():
        raise RuntimeError("there is nothing to learn")

    fit()


@dag(dag_id="trimtab_slow", **OPTIONS)
def slow():
    @task
    def fit():
        time.sleep(600)

    fit()


train()
fail()
slow()
