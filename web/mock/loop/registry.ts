import type {
  ModelVersion,
  RegisteredModel,
  RegistryRow,
  Served,
  VersionDiff,
} from '../../src/api/loop_shapes';

const wall = (hoursAgo: number) => new Date(Date.now() - hoursAgo * 3_600_000).toISOString();

const served: Served[] = [
  {
    version: 'v1',
    from: '2013-04-01T04:00:00Z',
    to: '2013-10-05T04:00:00Z',
    decided_at: wall(40),
    actor: 'Inès M.',
    reason: 'first version',
    kind: 'set_by_hand',
  },
  {
    version: 'v3',
    from: '2013-10-05T04:00:00Z',
    to: '2013-11-27T05:00:00Z',
    decided_at: wall(40),
    actor: 'system',
    reason: 'rollout `rol_v3` held in every step',
    kind: 'promoted',
  },
  {
    version: 'v6',
    from: '2013-11-27T05:00:00Z',
    to: '2013-12-02T05:00:00Z',
    decided_at: wall(40),
    actor: 'Bo L.',
    reason: 'larger ensemble, gate passed',
    kind: 'promoted',
  },
  {
    version: 'v3',
    from: '2013-12-02T05:00:00Z',
    to: null,
    decided_at: wall(40),
    actor: 'Bo L.',
    reason: 'v6 answers too slowly',
    kind: 'rolled_back',
  },
];

const inputs = [
  'month',
  'dep_hour',
  'weekday',
  'carrier',
  'origin',
  'dest',
  'distance',
  'temp',
  'dewp',
  'humid',
  'wind_speed',
  'precip',
  'pressure',
  'visib',
  'origin_delay_2h',
];

function version(number: number, change: Partial<ModelVersion>): ModelVersion {
  const label = `v${number}`;
  return {
    version: label,
    number,
    stage: null,
    aliases: [],
    status: 'READY',
    created_at: `2013-${String(Math.min(12, 3 + number)).padStart(2, '0')}-14T05:00:00Z`,
    created_by: 'system',
    description: null,
    tags: {},
    run_id: `a${number}`.padEnd(32, '0'),
    run_name: `flights-${label}`,
    experiment_id: '1',
    source: `models:/m-${String(number).padEnd(32, 'b')}`,
    lineage: {
      snapshot: { id: `snap_flights_${number - 2}` },
      code_revision: `9f2e1c4b7a${number}`,
      run_id: `a${number}`.padEnd(32, '0'),
      logged_model_id: `m-${String(number).padEnd(32, 'b')}`,
    },
    artifact: {
      path: 'model.onnx',
      sha256: `${number}c7e55aa01be90${number}`,
      size_bytes: 1_800_000 + number * 40_000,
      verified: true,
    },
    signature: {
      inputs: inputs.map((name) => ({ name, type: /carrier|origin$|dest/.test(name) ? 'string' : 'double' })),
      outputs: [{ name: 'probability', type: 'float' }],
    },
    metrics: {
      roc_auc: 0.64 + number * 0.008,
      brier: 0.152 - number * 0.0015,
      log_loss: 0.47 - number * 0.004,
    },
    params: {
      model: 'HistGradientBoosting',
      max_depth: String(4 + (number % 3)),
      learning_rate: '0.1',
      max_iter: String(100 + number * 20),
      l2_regularization: '1.0',
    },
    approvals: [],
    validation: null,
    ...change,
  };
}

const versions: ModelVersion[] = [
  version(7, {
    aliases: ['challenger'],
    approvals: [{ actor: 'Bo L.', at: '2013-12-19T05:00:00Z', reason: 'loss is real' }],
    validation: { id: 'val_v7', verdict: 'passed' },
    created_at: '2013-12-19T05:00:00Z',
  }),
  version(6, {
    validation: { id: 'val_v6', verdict: 'passed' },
    created_at: '2013-11-20T05:00:00Z',
    tags: { size: 'large' },
  }),
  version(5, {
    validation: { id: 'val_v5', verdict: 'failed' },
    created_at: '2013-11-04T05:00:00Z',
    tags: { trained_on: 'April' },
  }),
  version(4, { validation: { id: 'val_v4', verdict: 'failed' }, created_at: '2013-10-28T05:00:00Z' }),
  version(3, {
    aliases: ['champion'],
    approvals: [{ actor: 'Bo L.', at: '2013-09-14T04:00:00Z', reason: null }],
    validation: { id: 'val_v3', verdict: 'passed' },
    created_at: '2013-09-14T04:00:00Z',
  }),
  version(2, {
    created_at: '2013-08-28T04:00:00Z',
    run_id: null,
    run_name: null,
    lineage: { snapshot: null, code_revision: null, run_id: null, logged_model_id: null },
  }),
  version(1, {
    created_at: '2013-03-31T04:00:00Z',
    run_id: null,
    run_name: null,
    artifact: null,
    source: 'models/model_v1.onnx',
    lineage: { snapshot: null, code_revision: null, run_id: null, logged_model_id: null },
  }),
];

export function registryRows(): RegistryRow[] {
  return [
    {
      model: 'flights',
      champion: 'v3',
      challenger: 'v7',
      n_versions: versions.length,
      changed_at: '2013-12-19T05:00:00Z',
      changed_text: 'challenger set to v7 by system',
      served,
    },
    {
      model: 'car_loan',
      champion: 'v1',
      challenger: null,
      n_versions: 1,
      changed_at: '2013-05-02T04:00:00Z',
      changed_text: 'champion set to v1 by Inès M.',
      served: [
        {
          version: 'v1',
          from: '2013-05-02T04:00:00Z',
          to: null,
          decided_at: wall(90),
          actor: 'Inès M.',
          reason: null,
          kind: 'set_by_hand',
        },
      ],
    },
    {
      model: 'bike_demand',
      champion: null,
      challenger: null,
      n_versions: 0,
      changed_at: null,
      changed_text: null,
      served: [],
    },
  ];
}

export function registered(model: string): RegisteredModel | undefined {
  const row = registryRows().find((r) => r.model === model);
  if (!row) return undefined;
  const own =
    model === 'flights' ? versions : model === 'car_loan' ? [version(1, { aliases: ['champion'] })] : [];
  return {
    model,
    description: null,
    tags: {},
    aliases: own.flatMap((v) => v.aliases.map((alias) => ({ alias, version: v.version }))),
    versions: own,
    served: row.served,
    history:
      model === 'flights'
        ? [
            {
              at: wall(40),
              event_at: '2013-12-19T05:00:00Z',
              kind: 'alias_set',
              how: null,
              text: '',
              version: 'v7',
              alias: 'challenger',
              before: null,
              after: 'v7',
              actor: 'system',
              reason: 'rollout `rol_v7` began',
            },
            {
              at: wall(40),
              event_at: '2013-12-02T05:00:00Z',
              kind: 'alias_set',
              how: null,
              text: '',
              version: 'v3',
              alias: 'champion',
              before: 'v6',
              after: 'v3',
              actor: 'Bo L.',
              reason: 'v6 answers too slowly',
            },
            {
              at: wall(40),
              event_at: '2013-11-27T05:00:00Z',
              kind: 'alias_set',
              how: null,
              text: '',
              version: 'v6',
              alias: 'champion',
              before: 'v3',
              after: 'v6',
              actor: 'Bo L.',
              reason: 'larger ensemble, gate passed',
            },
            {
              at: wall(40),
              event_at: '2013-10-05T04:00:00Z',
              kind: 'alias_set',
              how: null,
              text: '',
              version: 'v3',
              alias: 'champion',
              before: 'v1',
              after: 'v3',
              actor: 'system',
              reason: 'rollout `rol_v3` held in every step',
            },
            {
              at: wall(40),
              event_at: '2013-09-14T04:00:00Z',
              kind: 'version_created',
              how: null,
              text: '',
              version: 'v3',
              alias: null,
              before: null,
              after: null,
              actor: 'system',
              reason: null,
            },
          ]
        : [],
  };
}

export function serving(model: string, at: string) {
  const found = registryRows()
    .find((r) => r.model === model)
    ?.served.find(
      (s) => Date.parse(s.from) <= Date.parse(at) && (s.to === null || Date.parse(at) < Date.parse(s.to)),
    );
  return {
    at,
    version: found?.version ?? null,
    since: found?.from ?? null,
    until: found?.to ?? null,
    actor: found?.actor ?? null,
    reason: found?.reason ?? null,
  };
}

export function diff(model: string, from: string, to: string): VersionDiff | undefined {
  const own = registered(model)?.versions ?? [];
  const a = own.find((v) => v.version === from);
  const b = own.find((v) => v.version === to);
  if (!a || !b) return undefined;
  const names = (x: object, y: object) => [...new Set([...Object.keys(x), ...Object.keys(y)])];
  const changed = <T extends string | number>(x: Record<string, T>, y: Record<string, T>) =>
    names(x, y)
      .filter((n) => x[n] !== y[n])
      .map((name) => ({ name, before: x[name] ?? null, after: y[name] ?? null }));
  return {
    from,
    to,
    params: changed(a.params, b.params),
    metrics: changed(a.metrics, b.metrics),
    signature: [],
    lineage: [
      { name: 'snapshot', before: a.lineage.snapshot?.id ?? null, after: b.lineage.snapshot?.id ?? null },
      { name: 'code_revision', before: a.lineage.code_revision, after: b.lineage.code_revision },
    ].filter((c) => c.before !== c.after),
    tags: changed(a.tags, b.tags),
    n_same_params: names(a.params, b.params).length - changed(a.params, b.params).length,
  };
}
