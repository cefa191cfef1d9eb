// node validate-v2.mjs FOLDER FILE...: checks resources against the types of @grafana/schema, which is
// installed below FOLDER; prints a line for each that is valid, and what is wrong with the others.
import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(pathToFileURL(folder + '/package.json'));
const {createGenerator} = await import(pathToFileURL(require.resolve('ts-json-schema-generator')));
const Ajv = require('ajv').default;
const types = folder + '/node_modules/@grafana/schema/dist/types/schema/dashboard/v2/types.spec.gen.d.ts';
const schema = createGenerator({path: types, type: 'Spec', skipTypeCheck: true}).createSchema('Spec');
const validate = new Ajv({allErrors: true, strict: false}).compile(schema);
for (const file of files) {
  const {apiVersion, kind, spec} = JSON.parse(readFileSync(file, 'utf8'));
  if (apiVersion !== 'dashboard.grafana.app/v2' || kind !== 'Dashboard') console.log(file, 'is no dashboard of v2');
  else if (validate(spec)) console.log('valid', file);
  else console.log(file, validate.errors.slice(0, 5).map(error => error.instancePath + ' ' + error.message).join('; '));
}
