import { type UseQueryResult } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useEffect, useState } from 'react';
import { ApiError } from '../api/client';
import { sentence } from '../lib/format';
import { Icon } from './Icon';
import { SignIn } from './SignIn';
import { Ticked } from './Ticked';

/** Nothing to show, why, and what to do about it. */
export function Empty({
  title,
  children,
  action,
}: {
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children && <div className="empty-text">{children}</div>}
      {action}
    </div>
  );
}

export function Failure({ error, retry, what }: { error: Error; retry?: () => void; what: string }) {
  const known = error instanceof ApiError ? error : null;
  if (known?.status === 401) return <SignIn />;
  const details = [
    error.message,
    known && `status ${known.status}`,
    known?.requestId && `request ${known.requestId}`,
  ]
    .filter(Boolean)
    .join(', ');
  return (
    <div className="empty is-error" role="alert">
      <p className="empty-title">
        {known?.code === 'not_found' ? `${what} was not found.` : `${what} could not be loaded.`}
      </p>
      <p className="empty-text">
        <Ticked text={sentence(error.message)} />
        {known?.requestId && (
          <>
            {' '}
            Request <code>{known.requestId}</code>.
          </>
        )}
      </p>
      <div className="empty-actions">
        {known?.code === 'not_found' && (
          <Link to="/" className="button">
            Go to the fleet
          </Link>
        )}
        {retry && known?.code !== 'not_found' && (
          <button type="button" className="button" onClick={retry}>
            <Icon name="refresh" /> Load again
          </button>
        )}
        <button
          type="button"
          className="button is-quiet"
          onClick={() => void navigator.clipboard?.writeText(details)}
        >
          Copy details
        </button>
      </div>
    </div>
  );
}

/** Grey shapes of the final size, but only when the answer takes longer than a blink. */
export function Skeleton({ height = 200, lines = 0 }: { height?: number; lines?: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 200);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={late ? 'skeleton is-late' : 'skeleton'} style={{ minHeight: height }} aria-busy="true">
      {late && (
        <span className="sr-only" role="status">
          Loading
        </span>
      )}
      {late &&
        Array.from({ length: lines || 1 }, (_, i) => <i key={i} style={{ height: lines ? 14 : height }} />)}
    </div>
  );
}

interface AnsweredProps<T> {
  query: UseQueryResult<T, Error>;
  what: string;
  height?: number;
  children: (data: T) => ReactNode;
}

/** A panel is loading, ready, refreshing (old data stays), or failed; it never blanks its page. */
export function Answered<T>({ query, what, height, children }: AnsweredProps<T>) {
  if (query.data === undefined) {
    if (query.error) return <Failure error={query.error} what={what} retry={() => void query.refetch()} />;
    return <Skeleton height={height ?? 200} />;
  }
  return (
    <div className={query.isPlaceholderData ? 'answered is-refreshing' : 'answered'}>
      {query.isPlaceholderData && <div className="hairline-progress" />}
      {query.error && (
        <p className="stale-bar" role="status">
          The last refresh failed: {sentence(query.error.message)} Older data is shown.{' '}
          <button type="button" className="text-button" onClick={() => void query.refetch()}>
            Load again
          </button>
        </p>
      )}
      {children(query.data)}
    </div>
  );
}
