-- Who may do what, and who did what.

-- API tokens; the secret itself is never stored.
create table tokens (
    id text not null primary key, -- tok_…, the public half
    name text not null, -- what it is for
    permissions text not null, -- JSON array of words
    hash text not null, -- SHA-256 of the whole token, hex
    created_at bigint not null, -- microseconds since 1970, UTC
    expires_at bigint, -- when it stops working
    revoked_at bigint -- when it was revoked
);

-- The audit log: append only. It outlives the things it speaks of.
create table audit_log (
    sequence {identity}, -- order of entry
    at bigint not null, -- microseconds since 1970, UTC
    actor text not null, -- local, token:tok_… or system
    action text not null, -- document_put, model_deleted, incident_acknowledged…
    model text, -- the model it is about
    object text not null, -- the thing it is about
    text text not null -- one line for people
);

create index audit_log_by_model on audit_log (model, sequence);
