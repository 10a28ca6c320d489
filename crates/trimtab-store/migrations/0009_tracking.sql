-- Experiments, runs, logged models and artifacts, as clients of MLflow keep them.
-- Milliseconds here are what clients sent. Texts that are sorted or searched by prefix compare by
-- their bytes.

-- Numbers that are never given twice, not even after a purge.
create table tracking_counters (
    name text not null primary key, -- what is counted: experiment, run, metric, dataset
    value bigint not null -- the last number given
);

insert into tracking_counters (name, value)
    values ('experiment', 0), ('run', 0), ('metric', 0), ('dataset', 0);

-- Named groups of runs.
create table experiments (
    id bigint not null primary key, -- 0 is the default one
    name text {bytewise} not null unique, -- unique among the deleted ones too
    artifact_location text not null, -- where the artifacts of its runs lie
    stage text not null, -- active or deleted
    created_ms bigint not null, -- milliseconds since 1970, UTC
    updated_ms bigint not null -- milliseconds since 1970, UTC
) {clustered};

insert into experiments (id, name, artifact_location, stage, created_ms, updated_ms)
    values (0, 'Default', 'mlflow-artifacts:/0', 'active', 0, 0);

-- Tags of experiments.
create table experiment_tags (
    experiment bigint not null references experiments (id) on delete cascade, -- whose
    key text {bytewise} not null, -- which
    value text {bytewise} not null, -- its value
    primary key (experiment, key)
) {clustered};

-- Runs: one execution of somebody's code.
create table runs (
    number bigint not null primary key, -- short, for the tables below
    run_id text {bytewise} not null unique, -- what clients know, 32 hexadecimal digits
    experiment bigint not null references experiments (id), -- where it belongs
    name text {bytewise} not null, -- repeated in the tag mlflow.runName
    user_id text {bytewise} not null, -- who started it
    status text not null, -- RUNNING, SCHEDULED, FINISHED, FAILED, KILLED
    start_ms bigint not null, -- milliseconds since 1970, UTC
    end_ms bigint, -- milliseconds since 1970, UTC
    artifact_uri text {bytewise} not null, -- where its artifacts lie
    stage text not null, -- active or deleted
    deleted_ms bigint -- when it was deleted, milliseconds since 1970, UTC
) {clustered};

create index runs_by_experiment on runs (experiment, stage, start_ms desc, run_id);

-- Parameters of runs: they never change.
create table run_params (
    run bigint not null references runs (number) on delete cascade, -- whose
    key text {bytewise} not null, -- which
    value text {bytewise} not null, -- its value
    primary key (run, key)
) {clustered};

-- Tags of runs.
create table run_tags (
    run bigint not null references runs (number) on delete cascade, -- whose
    key text {bytewise} not null, -- which
    value text {bytewise} not null, -- its value
    primary key (run, key)
) {clustered};

-- Names of metrics, once each.
create table metric_names (
    id bigint not null primary key, -- short, for the tables below
    name text {bytewise} not null unique -- what clients know
) {clustered};

-- The newest value of each metric of each run: by step, then time, then value.
create table run_metrics (
    run bigint not null references runs (number) on delete cascade, -- whose
    metric bigint not null, -- which
    rank bigint not null, -- the value as an integer that sorts as it does, NaN last
    step bigint not null, -- at which step
    at_ms bigint not null, -- milliseconds since 1970, UTC
    primary key (run, metric)
) {clustered};

-- Every value of every metric.
create table metric_points (
    run bigint not null references runs (number) on delete cascade, -- whose
    metric bigint not null, -- which
    at_ms bigint not null, -- milliseconds since 1970, UTC
    step bigint not null, -- at which step
    rank bigint not null, -- the value as an integer that sorts as it does, NaN last
    model_id text, -- the logged model it was measured on
    dataset_name text, -- the data set it was measured on
    dataset_digest text, -- the data set it was measured on
    primary key (run, metric, at_ms, step, rank)
) {clustered};

-- Data sets that runs read.
create table run_datasets (
    id bigint not null primary key, -- short, for the table below
    experiment bigint not null references experiments (id), -- where it was used
    name text {bytewise} not null, -- its name
    digest text {bytewise} not null, -- what tells its contents apart
    source_type text not null, -- what kind of source it has
    source text not null, -- where it comes from
    schema text, -- its schema
    profile text, -- its profile
    unique (experiment, name, digest)
);

-- Which run read which data set.
create table run_inputs (
    run bigint not null references runs (number) on delete cascade, -- who
    dataset bigint not null references run_datasets (id), -- what
    context text {bytewise}, -- what for: the tag mlflow.data.context
    tags text not null, -- JSON object
    primary key (run, dataset)
);

-- Logged models that runs read and made.
create table run_models (
    run bigint not null references runs (number) on delete cascade, -- who
    model_id text {bytewise} not null, -- which logged model
    is_output boolean not null, -- made, not read
    step bigint not null, -- at which step it was made
    primary key (run, model_id, is_output)
);

-- Models that runs wrote, registered or not.
create table logged_models (
    model_id text {bytewise} not null primary key, -- m- and 32 hexadecimal digits
    experiment bigint not null references experiments (id), -- where it belongs
    name text {bytewise} not null, -- its name
    artifact_uri text not null, -- where its files lie
    created_ms bigint not null, -- milliseconds since 1970, UTC
    updated_ms bigint not null, -- milliseconds since 1970, UTC
    status text not null, -- LOGGED_MODEL_PENDING, LOGGED_MODEL_READY, LOGGED_MODEL_UPLOAD_FAILED
    model_type text {bytewise}, -- what kind of model
    source_run text {bytewise}, -- the run that wrote it
    stage text not null -- active or deleted
);

create index logged_models_by_experiment on logged_models (experiment, stage, created_ms);

-- Parameters of logged models.
create table logged_model_params (
    model_id text {bytewise} not null references logged_models (model_id) on delete cascade, -- whose
    key text {bytewise} not null, -- which
    value text {bytewise} not null, -- its value
    primary key (model_id, key)
);

-- Tags of logged models.
create table logged_model_tags (
    model_id text {bytewise} not null references logged_models (model_id) on delete cascade, -- whose
    key text {bytewise} not null, -- which
    value text {bytewise} not null, -- its value
    primary key (model_id, key)
);

-- The newest value of each metric of each logged model and data set.
create table logged_model_metrics (
    model_id text {bytewise} not null references logged_models (model_id) on delete cascade, -- whose
    key text {bytewise} not null, -- which
    dataset_name text {bytewise} not null, -- empty without one
    dataset_digest text {bytewise} not null, -- empty without one
    run_id text not null, -- who measured it
    rank bigint not null, -- the value as an integer that sorts as it does, NaN last
    step bigint not null, -- at which step
    at_ms bigint not null, -- milliseconds since 1970, UTC
    primary key (model_id, key, dataset_name, dataset_digest)
);

-- The names of artifact files; their contents are kept by hash.
create table artifact_files (
    path text {bytewise} not null primary key, -- below the root of all artifacts
    sha256 text not null, -- of its contents, hex
    n_bytes bigint not null, -- length of its contents
    stored_ms bigint not null -- milliseconds since 1970, UTC
);

create index artifact_files_by_content on artifact_files (sha256);
