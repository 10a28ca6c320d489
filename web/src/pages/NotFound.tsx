import { type ErrorComponentProps, Link, useRouterState } from '@tanstack/react-router';
import { Page } from '../shell/Page';
import { Empty } from '../ui/states';

export function NotFound() {
  const path = useRouterState({ select: (s) => s.location.pathname });
  return (
    <Page title="Not found" crumbs={[{ text: 'Fleet', to: '/' }, { text: 'Not found' }]}>
      <h1 className="sr-only">Not found</h1>
      <Empty
        title="There is no page at this address."
        action={
          <Link to="/" className="button is-primary">
            Go to the fleet
          </Link>
        }
      >
        <p>
          <code>{path}</code> may be from a newer version, or mistyped. Every model is reachable from the
          fleet, or press <kbd>/</kbd> to find it by name.
        </p>
      </Empty>
    </Page>
  );
}

export function Crash({ error }: ErrorComponentProps) {
  return (
    <main className="page">
      <h1 className="sr-only">This page failed</h1>
      <Empty
        title="This page could not be drawn."
        action={
          <a className="button is-primary" href="/">
            Go to the fleet
          </a>
        }
      >
        <p>{error instanceof Error ? error.message : String(error)}</p>
        <p>The data is safe: only its display failed.</p>
      </Empty>
    </main>
  );
}
