-- The public interface for SQL and Grafana: names and columns stay, columns may be added.

create view ml_drift_history as
select
    r.model,
    r.monitor,
    to_timestamp(r.window_start / 1000000.0) as window_start,
    to_timestamp(r.window_end / 1000000.0) as window_end,
    c ->> 'name' as column_name,
    c ->> 'type' as column_type,
    c ->> 'decision' as decision,
    case c ->> 'severity'
        when 'critical' then 'critical'
        when 'high' then 'warning'
        when 'medium' then 'warning'
        when 'low' then 'info'
    end as severity,
    cast(c ->> 'p_value_adjusted' as double precision) as p_value_adjusted,
    c -> 'effect' ->> 'name' as effect_name,
    cast(c -> 'effect' ->> 'value' as double precision) as effect,
    cast(c -> 'effect' ->> 'floor' as double precision) as effect_floor,
    (
        select cast(m ->> 'statistic' as double precision)
        from jsonb_array_elements(c -> 'results') as m
        where m ->> 'method' = 'psi'
        limit 1
    ) as psi,
    cast(c ->> 'n_reference' as bigint) as n_reference,
    cast(c ->> 'n_current' as bigint) as n_current,
    r.revision,
    to_timestamp(r.evaluated_at / 1000000.0) as evaluated_at
from results as r
cross join lateral jsonb_array_elements(cast(r.detail as jsonb) -> 'columns') as c
where not r.is_superseded and r.monitor_kind in ('data_drift', 'prediction_drift');

create view ml_performance_metrics as
select
    r.model,
    r.monitor,
    to_timestamp(r.window_start / 1000000.0) as window_start,
    to_timestamp(r.window_end / 1000000.0) as window_end,
    m.key as metric,
    cast(m.value #>> '{}' as double precision) as value,
    m.key = cast(r.detail as jsonb) ->> 'metric' as is_judged,
    r.decision,
    cast(cast(r.detail as jsonb) ->> 'n_predictions' as bigint) as n_predictions,
    cast(cast(r.detail as jsonb) ->> 'n_labelled' as bigint) as n_labelled,
    cast(cast(r.detail as jsonb) ->> 'maturity' as double precision) as maturity,
    cast(cast(r.detail as jsonb) ->> 'reference_mean' as double precision) as reference_mean,
    r.revision,
    to_timestamp(r.evaluated_at / 1000000.0) as evaluated_at
from results as r
cross join lateral jsonb_each(cast(r.detail as jsonb) -> 'metrics') as m
where not r.is_superseded and r.monitor_kind = 'performance';

create view ml_monitoring_alerts as
select
    i.id as alert_id,
    i.number,
    i.model,
    i.monitor,
    i.kind,
    i.title,
    case i.severity
        when 'critical' then 'critical'
        when 'high' then 'warning'
        when 'medium' then 'warning'
        when 'low' then 'info'
    end as severity,
    i.state,
    to_timestamp(i.opened_at / 1000000.0) as opened_at,
    to_timestamp(i.resolved_at / 1000000.0) as resolved_at,
    to_timestamp(i.known_opened_at / 1000000.0) as known_opened_at,
    i.acknowledged_by,
    i.n_alerts,
    (
        select string_agg(c, ', ')
        from jsonb_array_elements_text(cast(i.body as jsonb) -> 'columns') as c
    ) as columns
from incidents as i;

comment on view ml_drift_history is 'Every column of every window a drift monitor judged: the newest look. Times are event time.';
comment on column ml_drift_history.severity is 'critical, warning (high and medium) or info (low); empty where nothing was found';
comment on column ml_drift_history.p_value_adjusted is 'corrected over the columns of the look; empty where there is none';
comment on column ml_drift_history.effect is 'size of the difference in the unit that effect_name says';
comment on column ml_drift_history.effect_floor is 'smaller differences do not matter';
comment on column ml_drift_history.psi is 'population stability index, nats';
comment on column ml_drift_history.revision is '1 for the first look; more when late data asked for another';
comment on view ml_performance_metrics is 'Every metric of every window a performance monitor judged: the newest look. Times are event time.';
comment on column ml_performance_metrics.value is 'empty where the metric is undefined';
comment on column ml_performance_metrics.is_judged is 'whether the monitor judges this metric';
comment on column ml_performance_metrics.maturity is 'share of labels that have arrived';
comment on view ml_monitoring_alerts is 'Incidents: what was found, how bad, and where it stands.';
comment on column ml_monitoring_alerts.severity is 'worst so far: critical, warning (high and medium) or info (low)';
comment on column ml_monitoring_alerts.opened_at is 'event time of the first window that belongs to it';
comment on column ml_monitoring_alerts.known_opened_at is 'wall clock of its opening';
