-- Alerts, incidents and the messages about them: one step of alerting is one transaction.

-- Where each alert rule stands.
create table alert_states (
    model text not null, -- the model
    rule text not null, -- the rule
    state text not null, -- phase and last window seen, JSON
    primary key (model, rule)
);

-- What people work on.
create table incidents (
    id text not null primary key, -- inc_…
    number bigint not null unique, -- counts up from 1, for people
    model text not null, -- the model
    monitor text not null, -- the monitor (or rule) whose findings it gathers
    kind text not null, -- the monitor's kind, or signal
    title text not null, -- a headline
    severity text not null, -- worst so far: low, medium, high or critical
    state text not null, -- open, acknowledged or resolved
    opened_at bigint not null, -- event time of its first window, microseconds since 1970, UTC
    resolved_at bigint, -- event time of its end
    known_opened_at bigint not null, -- wall clock of its opening
    acknowledged_by text, -- who took it
    n_alerts bigint not null, -- alerts that ever fired inside
    body text not null -- all of it, JSON
);

create unique index incidents_unresolved on incidents (model, monitor) where state <> 'resolved';
create index incidents_by_model on incidents (model, number);

-- The timelines of incidents.
create table incident_events (
    sequence {identity}, -- order of entry
    incident_id text not null references incidents (id) on delete cascade, -- which incident
    at bigint not null, -- event time, microseconds since 1970, UTC
    known_at bigint not null, -- wall clock
    kind text not null, -- opened, alert_fired, acknowledged, resolved, note…
    text text not null, -- for people
    actor text -- who, where it was a person
);

create index incident_events_by_incident on incident_events (incident_id, sequence);

-- Messages on their way out: kept until delivered or given up.
create table outbox (
    sequence {identity}, -- order of entry
    id text not null unique, -- msg_…, the receiver's idempotency key
    channel text not null, -- where to
    incident_id text not null references incidents (id) on delete cascade, -- about what
    event_type text not null, -- incident.opened or incident.resolved
    data text not null, -- the body's data, JSON
    created_at bigint not null, -- wall clock, microseconds since 1970, UTC
    state text not null, -- pending, delivered or failed
    attempts bigint not null, -- so far
    next_attempt_at bigint not null, -- not to be tried before
    last_error text -- what went wrong last
);

create index outbox_pending on outbox (next_attempt_at) where state = 'pending';
create index outbox_by_incident on outbox (incident_id, sequence);
