import { createRootRoute, createRoute, createRouter } from '@tanstack/react-router';
import {
  parseSearch,
  readDrift,
  readFleet,
  readIncident,
  readIncidents,
  readOverview,
  readPerformance,
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

export const routeTree = root.addChildren([fleet, overview, drift, performance, incidents, incident]);

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
