-- A/B tests, and what each look at them showed.

-- Two versions side by side, one row a test.
create table ab_tests (
    sequence {identity}, -- order of entry
    id text not null unique, -- abt_…
    model text not null, -- the model
    name text not null, -- the document's
    champion text not null, -- label of the version that served
    challenger text not null, -- label of the candidate
    state text not null, -- running, decided, expired or stopped
    verdict text, -- ship, keep, no_difference, blocked_by_sample_ratio or undecided, at its end
    started_at bigint not null, -- wall clock, microseconds since 1970, UTC
    revision bigint not null, -- counts up from 1 with every change
    body text not null -- all of it, JSON
);

create index ab_tests_by_model on ab_tests (model, sequence);
create index ab_tests_by_state on ab_tests (state);

-- What was shown when: append only.
create table ab_looks (
    test_id text not null references ab_tests (id) on delete cascade, -- which test
    at bigint not null, -- event time, microseconds since 1970, UTC
    verdict text not null, -- what it said
    body text not null, -- all of it, JSON
    primary key (test_id, at)
);
