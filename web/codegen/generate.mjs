// Writes src/api/schema.ts from api/openapi.json. `--check` compares the document's hash that stands
// in the committed file, so that a check needs neither the generator nor TypeScript 5.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, '../../api/openapi.json');
const target = join(here, '../src/api/schema.ts');

const text = readFileSync(source, 'utf8');
const hash = createHash('sha256')
  .update(JSON.stringify(JSON.parse(text)))
  .digest('hex')
  .slice(0, 16);
const head = `// Generated from api/openapi.json (${hash}) by web/codegen: "npm run codegen".\n`;

if (process.argv.includes('--check')) {
  const fresh = existsSync(target) && readFileSync(target, 'utf8').startsWith(head);
  if (!fresh) console.error('src/api/schema.ts does not fit api/openapi.json: run "npm run codegen"');
  process.exit(fresh ? 0 : 1);
}

const { default: openapiTS, astToString } = await import('openapi-typescript');
const ast = await openapiTS(JSON.parse(text), { alphabetize: true });
writeFileSync(target, head + astToString(ast));
console.log(`src/api/schema.ts written from ${hash}`);
