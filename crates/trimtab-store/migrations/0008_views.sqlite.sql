-- The public interface for SQL and Grafana: names and columns stay, columns may be added.

create view ml_drift_history as
select
    r.model,
    r.monitor,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.window_start / 1000000, 'unixepoch') as window_start,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.window_end / 1000000, 'unixepoch') as window_end,
    json_extract(c.value, '$.name') as column_name,
    json_extract(c.value, '$.type') as column_type,
    json_extract(c.value, '$.decision') as decision,
    case json_extract(c.value, '$.severity')
        when 'critical' then 'critical'
        when 'high' then 'warning'
        when 'medium' then 'warning'
        when 'low' then 'info'
    end as severity,
    json_extract(c.value, '$.p_value_adjusted') as p_value_adjusted,
    json_extract(c.value, '$.effect.name') as effect_name,
    json_extract(c.value, '$.effect.value') as effect,
    json_extract(c.value, '$.effect.floor') as effect_floor,
    (
        select json_extract(m.value, '$.statistic')
        from json_each(c.value, '$.results') as m
        where json_extract(m.value, '$.method') = 'psi'
        limit 1
    ) as psi,
    json_extract(c.value, '$.n_reference') as n_reference,
    json_extract(c.value, '$.n_current') as n_current,
    r.revision,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.evaluated_at / 1000000, 'unixepoch') as evaluated_at
from results as r
cross join json_each(r.detail, '$.columns') as c
where not r.is_superseded and r.monitor_kind in ('data_drift', 'prediction_drift');

create view ml_performance_metrics as
select
    r.model,
    r.monitor,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.window_start / 1000000, 'unixepoch') as window_start,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.window_end / 1000000, 'unixepoch') as window_end,
    m.key as metric,
    m.atom as value,
    m.key = json_extract(r.detail, '$.metric') as is_judged,
    r.decision,
    json_extract(r.detail, '$.n_predictions') as n_predictions,
    json_extract(r.detail, '$.n_labelled') as n_labelled,
    json_extract(r.detail, '$.maturity') as maturity,
    json_extract(r.detail, '$.reference_mean') as reference_mean,
    r.revision,
    strftime('%Y-%m-%dT%H:%M:%SZ', r.evaluated_at / 1000000, 'unixepoch') as evaluated_at
from results as r
cross join json_each(r.detail, '$.metrics') as m
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
    strftime('%Y-%m-%dT%H:%M:%SZ', i.opened_at / 1000000, 'unixepoch') as opened_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', i.resolved_at / 1000000, 'unixepoch') as resolved_at,
    strftime('%Y-%m-%dT%H:%M:%SZ', i.known_opened_at / 1000000, 'unixepoch') as known_opened_at,
    i.acknowledged_by,
    i.n_alerts,
    (
        select group_concat(c.value, ', ')
        from json_each(i.body, '$.columns') as c
    ) as columns
from incidents as i;
