// Short names for the shapes of the HTTP API; the shapes themselves come from api/openapi.json.
import type { components } from './schema';

type Shapes = components['schemas'];

export type Sentence = Shapes['Sentence'];
export type Part = Shapes['Part'];
export type Ref = Shapes['PartRef'];
export type Problem = Shapes['Problem'];
export type Range = Shapes['Range'];

export type Severity = Shapes['Severity'];
export type ModelStatus = Shapes['ModelStatus'];
export type CellState = Shapes['CellState'];
export type Decision = Shapes['Decision'];
export type PointKind = Shapes['PointKind'];

export type Fleet = Shapes['Fleet'];
export type FleetModel = Shapes['FleetModel'];
export type Change = Shapes['FleetChange'];
export type ChangeKind = Shapes['FleetChangeKind'];

export type ModelList = Shapes['ModelList'];
export type ModelDetail = Shapes['Model'];
export type Overview = Shapes['Overview'];
export type Lane = Shapes['Lane'];
export type LaneName = Shapes['LaneName'];
export type Series = Shapes['Series'];
export type SeriesPoint = Shapes['SeriesPoint'];
export type Annotation = Shapes['Annotation'];
export type SignalSet = Shapes['SignalList'];

export type DriftBy = Shapes['DriftBy'];
export type DriftMap = Shapes['DriftMap'];
export type DriftColumn = Shapes['DriftColumn'];
export type DriftWindow = Shapes['DriftWindow'];
export type DriftCell = Shapes['DriftCell'];
export type DriftDetail = Shapes['DriftDetail'];
export type NumericDistribution = Extract<Shapes['Distribution'], { kind: 'numeric' }>;
export type CategoricalDistribution = Extract<Shapes['Distribution'], { kind: 'categorical' }>;

export type Performance = Shapes['Performance'];
export type PerformanceMetric = Shapes['PerformanceMetric'];

export type IncidentSummary = Shapes['IncidentSummary'];
export type IncidentList = Shapes['IncidentList'];
export type IncidentDetail = Shapes['Incident'];
