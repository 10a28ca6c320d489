-- What people declare. Every version stays for the record; the newest one counts.

-- Declared documents, every version of them.
create table documents (
    kind text not null, -- model, reference, channel, monitor or rule
    model text not null, -- the model it belongs to; empty for channels
    name text not null, -- unique within kind and model
    version bigint not null, -- counts up from 1 with every change
    is_newest boolean not null, -- exactly one version of a document is
    is_deleted boolean not null, -- this version says that the document is gone
    body text, -- the document as JSON; absent in a deletion
    changed_at bigint not null, -- microseconds since 1970, UTC
    changed_by text not null, -- who applied it
    primary key (kind, model, name, version)
);

create unique index documents_newest on documents (kind, model, name) where is_newest;
create index documents_by_model on documents (model);
