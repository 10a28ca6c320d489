import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { storeToken } from '../api/client';

/** Asked for when the server trusts nobody by itself: kept for this browser tab only. */
export function SignIn() {
  const [token, setToken] = useState('');
  const client = useQueryClient();
  return (
    <form
      className="empty sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        storeToken(token.trim() || null);
        void client.resetQueries();
      }}
    >
      <p className="empty-title">This server wants a token.</p>
      <p className="empty-text">
        Make one with <code>trimtab token create</code> on the machine that runs it. It is kept until this tab
        closes.
      </p>
      <label className="field">
        Token
        <input type="password" autoComplete="off" value={token} onChange={(e) => setToken(e.target.value)} />
      </label>
      <button type="submit" className="button is-primary">
        Sign in with token
      </button>
    </form>
  );
}
