import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import {
  parseSearch,
  pathOfHash,
  readAb,
  readAbTest,
  readAudit,
  readDrift,
  readFleet,
  readIncident,
  readIncidents,
  readOverview,
  readPerformance,
  readPipeline,
  readPipelines,
  readRegistry,
  readRun,
  readRuns,
  readVersions,
  stringifySearch,
} from './lib/search';
import { Crash, NotFound } from './pages/NotFound';
import { Shell } from './shell/Shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound, errorComponent: Crash });

const fleet = createRoute({ getParentRoute: () => root, path: '/', validateSearch: readFleet }).lazy(() =>
  import('./pages/fleet/FleetPage').then((m) => m.Route),
);
const overview = createRoute({
  getParentRoute: () => root,
  path: '/models/$model',
  validateSearch: readOverview,
}).lazy(() => import('./pages/model/OverviewPage').then((m) => m.Route));
const drift = createRoute({
  getParentRoute: () => root,
  path: '/models/$model/drift',
  validateSearch: readDrift,
}).lazy(() => import('./pages/drift/DriftPage').then((m) => m.Route));
const performance = createRoute({
  getParentRoute: () => root,
  path: '/models/$model/performance',
  validateSearch: readPerformance,
}).lazy(() => import('./pages/performance/PerformancePage').then((m) => m.Route));
const incidents = createRoute({
  getParentRoute: () => root,
  path: '/incidents',
  validateSearch: readIncidents,
}).lazy(() => import('./pages/incidents/IncidentsPage').then((m) => m.Route));
const incident = createRoute({
  getParentRoute: () => root,
  path: '/incidents/$incident',
  validateSearch: readIncident,
}).lazy(() => import('./pages/incidents/IncidentPage').then((m) => m.Route));

const pipelines = createRoute({
  getParentRoute: () => root,
  path: '/pipelines',
  validateSearch: readPipelines,
}).lazy(() => import('./pages/pipelines/PipelinesPage').then((m) => m.Route));
const pipeline = createRoute({
  getParentRoute: () => root,
  path: '/models/$model/pipeline',
  validateSearch: readPipeline,
}).lazy(() => import('./pages/pipelines/PipelinePage').then((m) => m.Route));
const registry = createRoute({
  getParentRoute: () => root,
  path: '/registry',
  validateSearch: readRegistry,
}).lazy(() => import('./pages/registry/RegistryPage').then((m) => m.Route));
const versions = createRoute({
  getParentRoute: () => root,
  path: '/models/$model/versions',
  validateSearch: readVersions,
}).lazy(() => import('./pages/registry/VersionsPage').then((m) => m.Route));
const experiments = createRoute({
  getParentRoute: () => root,
  path: '/experiments',
  validateSearch: readRuns,
}).lazy(() => import('./pages/experiments/ExperimentsPage').then((m) => m.Route));
const compare = createRoute({
  getParentRoute: () => root,
  path: '/experiments/compare',
  validateSearch: readRuns,
}).lazy(() => import('./pages/experiments/ComparePage').then((m) => m.Route));
const run = createRoute({
  getParentRoute: () => root,
  path: '/experiments/$experiment/runs/$run',
  validateSearch: readRun,
}).lazy(() => import('./pages/experiments/RunPage').then((m) => m.Route));
const abTests = createRoute({
  getParentRoute: () => root,
  path: '/ab-tests',
  validateSearch: readAb,
}).lazy(() => import('./pages/ab/AbTestsPage').then((m) => m.Route));
const abTest = createRoute({
  getParentRoute: () => root,
  path: '/models/$model/ab-tests/$test',
  validateSearch: readAbTest,
}).lazy(() => import('./pages/ab/AbTestPage').then((m) => m.Route));
const audit = createRoute({
  getParentRoute: () => root,
  path: '/audit',
  validateSearch: readAudit,
}).lazy(() => import('./pages/audit/AuditPage').then((m) => m.Route));

export const routeTree = root.addChildren([
  fleet,
  overview,
  drift,
  performance,
  incidents,
  incident,
  pipelines,
  pipeline,
  registry,
  versions,
  experiments,
  compare,
  run,
  abTests,
  abTest,
  audit,
]);

if (typeof window !== 'undefined') {
  // The mlflow client prints addresses of its own server's pages; here they lead to ours.
  const path = pathOfHash(window.location.hash);
  if (path !== null && window.location.pathname === '/') window.history.replaceState(null, '', path);
}

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
