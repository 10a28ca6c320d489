-- Rollouts, their history, and who saw which side of a split.

-- Candidates on their way, and those that arrived or came back.
create table rollouts (
    sequence {identity}, -- order of entry
    id text not null unique, -- rol_…
    model text not null, -- the model
    champion text not null, -- label of the version that served when it began
    challenger text not null, -- label of the candidate
    validation text not null, -- the validation that let it begin
    phase text not null, -- running, paused, promoting, rolling_back, completed, rolled_back or superseded
    stage text not null, -- shadow, canary, ab or full
    is_active boolean not null, -- whether something is still to happen
    started_at bigint not null, -- wall clock, microseconds since 1970, UTC
    ended_at bigint, -- wall clock of its end
    revision bigint not null, -- counts up from 1 with every change
    body text not null -- all of it, JSON
);

create unique index rollouts_active on rollouts (model) where is_active;
create index rollouts_by_model on rollouts (model, sequence);

-- The history of rollouts: append only.
create table rollout_notes (
    sequence {identity}, -- order of entry
    rollout_id text not null references rollouts (id) on delete cascade, -- which rollout
    at bigint not null, -- wall clock, microseconds since 1970, UTC
    event_at bigint, -- event time, where the model has one
    kind text not null, -- started, step_entered, paused, promoted, rolled_back…
    step bigint not null, -- position of the policy's step, from 0
    actor text not null, -- who
    reason text, -- why, where somebody or a rule said so
    text text not null -- for people
);

create index rollout_notes_by_rollout on rollout_notes (rollout_id, sequence);

-- Evaluations of flags that split, by hour.
create table exposure_counts (
    flag text not null, -- route.MODEL
    rollout_id text not null, -- the rollout that split the traffic
    step bigint not null, -- position of its policy's step, from 0
    variant text not null, -- champion or challenger
    version text not null, -- label of the version
    hour bigint not null, -- its start, wall clock, microseconds since 1970, UTC
    n_evaluations bigint not null, -- how many
    primary key (flag, hour, rollout_id, step, variant, version)
);

-- The first time each key fell on a side, by step.
create table exposures (
    flag text not null, -- route.MODEL
    rollout_id text not null, -- the rollout that split the traffic
    step bigint not null, -- position of its policy's step, from 0
    key_hash bigint not null, -- 64 bits of the targeting key
    variant text not null, -- champion or challenger
    version text not null, -- label of the version
    first_at bigint not null, -- wall clock, microseconds since 1970, UTC
    primary key (flag, rollout_id, step, key_hash, variant)
);
