-- Retraining: when policies looked and what they decided, and the runs that came of it.

-- What happened to alerts, as it became known on the model's own clock: policies decide from it.
create table alert_history (
    sequence {identity}, -- order of entry
    model text not null, -- the model
    rule text not null, -- the rule
    at bigint not null, -- event time at which it could be known, microseconds since 1970, UTC
    body text not null -- what happened, JSON
);

create index alert_history_by_model on alert_history (model, sequence);

-- Every training that was asked for: one per cause, for ever.
create table retraining_runs (
    sequence {identity}, -- order of entry
    id text not null unique, -- ret_…, the idempotency key of its job
    model text not null, -- the model
    policy text not null, -- the policy it follows
    cause text not null, -- what makes it one cause
    state text not null, -- requested, approved, snapshot, submitting, submitted, running…
    requested_by text not null, -- local, token:tok_… or system
    requested_at bigint not null, -- wall clock, microseconds since 1970, UTC
    event_at bigint not null, -- where the model's own clock stood
    ended_at bigint, -- wall clock of its end
    revision bigint not null, -- counts up with every change
    body text not null -- all of it, JSON
);

create unique index retraining_runs_by_cause on retraining_runs (model, cause);
create index retraining_runs_open on retraining_runs (model, sequence) where ended_at is null;
create index retraining_runs_by_model on retraining_runs (model, sequence);

-- The timelines of runs.
create table retraining_entries (
    sequence {identity}, -- order of entry
    run_id text not null references retraining_runs (id) on delete cascade, -- which run
    at bigint not null, -- wall clock, microseconds since 1970, UTC
    state text not null, -- where the run stood after it
    actor text not null, -- who
    text text not null -- for people
);

create index retraining_entries_by_run on retraining_entries (run_id, sequence);

-- How far each policy has looked.
create table retraining_policies (
    model text not null, -- the model
    policy text not null, -- the policy
    looked_until bigint not null, -- event time, microseconds since 1970, UTC
    decision text, -- what it decided then, JSON
    primary key (model, policy)
);

-- Decisions that said something new.
create table retraining_decisions (
    sequence {identity}, -- order of entry
    model text not null, -- the model
    policy text not null, -- the policy
    at bigint not null, -- event time, microseconds since 1970, UTC
    known_at bigint not null, -- wall clock
    outcome text not null, -- fires, suggests, held, waiting or quiet
    run_id text, -- the run it began
    body text not null -- every trigger and guard with its reason, JSON
);

create index retraining_decisions_by_model on retraining_decisions (model, sequence);

alter table tokens add column person text; -- whose it is: approvals count people, not tokens
