import { useState } from 'react';
import { Icon } from '../../ui/Icon';

const steps: { title: string; text: string; code: string }[] = [
  {
    title: 'Describe your model',
    text: 'Trimtab reads a data set that the model is known to do well on, and writes the documents for it.',
    code: 'trimtab init reference.parquet --model my-model',
  },
  {
    title: 'Apply the documents',
    text: 'This declares the model and uploads its reference. With plan instead of apply nothing changes.',
    code: 'trimtab apply my-model',
  },
  {
    title: 'Send predictions',
    text: 'From a file now, from your service later. This page fills by itself.',
    code: 'trimtab replay my-model --predictions predictions.parquet --labels labels.parquet',
  },
];

export function FirstRun() {
  return (
    <div className="first-run">
      <h1 className="page-sentence">
        <strong>No model is watched yet.</strong> Three commands change that.
      </h1>
      <ol>
        {steps.map((s, i) => (
          <Step key={s.title} n={i + 1} {...s} />
        ))}
      </ol>
      <p className="listening">
        <i /> Listening for the first prediction
      </p>
    </div>
  );
}

function Step({ n, title, text, code }: { n: number; title: string; text: string; code: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <li className="panel">
      <b className="step-n">{n}</b>
      <div>
        <h2>{title}</h2>
        <p>{text}</p>
        <pre>
          <code>{code}</code>
        </pre>
      </div>
      <button
        type="button"
        className="button"
        onClick={() => void navigator.clipboard?.writeText(code).then(() => setCopied(true))}
      >
        <Icon name={copied ? 'check' : 'copy'} /> {copied ? 'Copied' : 'Copy'}
      </button>
    </li>
  );
}
