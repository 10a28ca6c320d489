-- Validations: what a candidate showed beside the champion, and the verdict.

-- One look of the gate at one candidate; once it has ended it is never changed.
create table validations (
    sequence {identity}, -- order of arrival
    id text not null unique, -- val_…
    model text not null, -- the model's name
    candidate text not null, -- the version that wants to serve, as events carry it
    champion text, -- the version that served; absent where none did
    policy text not null, -- the validation policy's name
    state text not null, -- running, finished, failed, interrupted
    verdict text, -- passed, failed, could_not_decide; absent while it runs
    requested_by text not null, -- local, token:tok_…, system
    requested_at bigint not null, -- microseconds since 1970
    finished_at bigint, -- microseconds since 1970
    body text not null -- everything as JSON: checks, evidence, sentence
);
create index validations_by_model on validations (model, sequence);
create index validations_by_state on validations (state, sequence);
