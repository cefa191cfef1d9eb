// node parse-logql.mjs FOLDER < queries: parses each query, a JSON string on a line of its own, by Grafana's grammar, which is
// installed in FOLDER, and prints for each "ok", or "bad" and where the first error is.
import {createRequire} from 'node:module';
import {readFileSync} from 'node:fs';

const folder = process.argv[2];
const {parser} = createRequire(folder + '/package.json')('@grafana/lezer-logql');

for (const line of readFileSync(0, 'utf8').split('\n')) {
  if (line === '') {
    continue;
  }
  const errors = [];
  parser.parse(JSON.parse(line)).iterate({
    enter: node => {
      if (node.type.isError) {
        errors.push(node.from);
      }
    }
  });
  console.log(errors.length === 0 ? 'ok' : 'bad ' + errors[0]);
}
