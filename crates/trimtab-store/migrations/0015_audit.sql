-- The audit log becomes a chain: every entry holds the hash of the one before it and its own.
-- The entries written so far are taken over, oldest first, when this is applied (chain.rs).

drop index audit_log_by_model;
alter table audit_log rename to audit_log_unchained;

-- The audit log: append only, every entry linked to the one before. It outlives the things it speaks of.
create table audit_log (
    number bigint not null primary key, -- counts up from 1 without a gap
    at bigint not null, -- microseconds since 1970, UTC
    actor text not null, -- local, token:tok_…, command line or system
    action text not null, -- document_put, model_deleted, incident_acknowledged…
    model text, -- the model it is about
    object text not null, -- the thing it is about
    text text not null, -- one line for people
    before_json text, -- what it was before, JSON with sorted keys
    after_json text, -- what it is from now on, JSON with sorted keys
    reason text, -- why
    previous_hash text not null unique, -- hash of the entry before, hex: nothing follows it twice
    hash text not null -- SHA-256 over the hash before and all of the entry, hex
);

create index audit_log_of_model on audit_log (model, number);
create index audit_log_of_object on audit_log (object, number);

-- The end of the chain. Its one row is also the lock of whoever appends.
create table audit_head (
    id bigint not null primary key, -- always 1
    number bigint not null, -- number of the last entry
    hash text not null -- its hash, hex
);

insert into audit_head (id, number, hash)
values (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- Not even by accident.
--sqlite create trigger audit_log_not_updated before update on audit_log begin select raise(abort, 'the audit log is append-only'); end;
--sqlite create trigger audit_log_not_deleted before delete on audit_log begin select raise(abort, 'the audit log is append-only'); end;
--postgres create function audit_log_is_append_only() returns trigger language plpgsql as $$ begin raise exception 'the audit log is append-only'; end $$;
--postgres create trigger audit_log_append_only before update or delete or truncate on audit_log for each statement execute function audit_log_is_append_only();
