-- Registered models as MLflow's clients know them, and the history that MLflow does not keep.

-- Registered models.
create table registered_models (
    name text not null primary key, -- any text without / and :
    description text, -- for people
    last_version bigint not null, -- the last version number that was given
    revision bigint not null, -- counts changes: what was decided on another one is not committed
    created_ms bigint not null, -- milliseconds since 1970, UTC
    updated_ms bigint not null -- milliseconds since 1970, UTC
);

-- Tags of registered models.
create table registered_model_tags (
    model text not null references registered_models (name) on update cascade on delete cascade, -- whose
    key text not null, -- which
    value text not null, -- its value
    primary key (model, key)
);

-- Where the aliases of registered models point.
create table registered_model_aliases (
    model text not null references registered_models (name) on update cascade on delete cascade, -- whose
    alias text not null, -- champion serves, challenger is the candidate on its way
    version bigint not null, -- where it points
    primary key (model, alias)
);

-- Versions of registered models.
create table model_versions (
    model text not null references registered_models (name) on update cascade on delete cascade, -- whose
    version bigint not null, -- counts up from 1; deleted ones are not given again
    source text not null, -- where its files lie, as the client said it
    folder text, -- the folder of our own artifacts that this means; absent where they lie elsewhere
    run_id text, -- the run it comes from
    run_link text, -- a link to the run, for people
    logged_model_id text, -- the logged model it comes from
    status text not null, -- PENDING_REGISTRATION, FAILED_REGISTRATION or READY
    description text, -- for people
    stage text not null, -- None, Staging, Production or Archived
    created_by text not null, -- who registered it
    created_ms bigint not null, -- milliseconds since 1970, UTC
    updated_ms bigint not null, -- milliseconds since 1970, UTC
    primary key (model, version)
);

create index model_versions_by_run on model_versions (run_id);

-- The files of versions as they were when the version was registered.
create table model_version_files (
    model text not null, -- whose
    version bigint not null, -- whose
    path text not null, -- below the version's folder
    sha256 text not null, -- of its contents, hex
    n_bytes bigint not null, -- length of its contents
    primary key (model, version, path),
    foreign key (model, version) references model_versions (model, version) on update cascade on delete cascade
);

create index model_version_files_by_content on model_version_files (sha256);

-- Tags of versions.
create table model_version_tags (
    model text not null, -- whose
    version bigint not null, -- whose
    key text not null, -- which
    value text not null, -- its value
    primary key (model, version, key),
    foreign key (model, version) references model_versions (model, version) on update cascade on delete cascade
);

-- What happened to registered models. It outlives them.
create table registry_history (
    sequence {identity}, -- order of entry
    model text not null, -- the model, by its newest name
    kind text not null, -- alias_set, alias_removed, stage, version_created…
    at bigint not null, -- wall clock, microseconds since 1970, UTC
    event_at bigint, -- how far the model's events had come, where it lives on an event clock
    version bigint, -- the version it is about
    alias text, -- the alias it is about
    before_text text, -- what it was before: a version's label, a stage, a name
    after_text text, -- what it is from then on
    how text, -- promoted, rolled_back or set_by_hand, where an alias was set
    actor text not null, -- who
    reason text -- why
);

create index registry_history_by_model on registry_history (model, sequence);
