// node validate-perses.mjs FOLDER FILE...: checks dashboards against Perses' own types, which lie below FOLDER with
// TypeScript; prints a line for each that is valid, and what is wrong with the others.
import {copyFileSync, readFileSync, writeFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {pathToFileURL} from 'node:url';

const [folder, ...files] = process.argv.slice(2);
const ts = createRequire(pathToFileURL(folder + '/package.json'))('typescript');
copyFileSync(new URL('perses.ts', import.meta.url), folder + '/perses.ts');
const checked = files.map((file, i) => {
  const path = `${folder}/check-${i}.ts`;
  const text = readFileSync(file, 'utf8');
  writeFileSync(path, `import type {Dashboard} from './perses';\nexport const it: Dashboard =\n${text};\n`);
  return path;
});
const program = ts.createProgram(checked, {
  strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'],
  target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
});
const own = program.getSemanticDiagnostics(program.getSourceFile(folder + '/perses.ts'));
if (own.length > 0) throw new Error(own.map(it => ts.flattenDiagnosticMessageText(it.messageText, ' ')).join('\n'));
checked.forEach((path, i) => {
  const source = program.getSourceFile(path);
  const wrong = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  if (wrong.length === 0) console.log('valid', files[i]);
  else {
    console.log(files[i], wrong.map(it => `${source.getLineAndCharacterOfPosition(it.start).line - 1}: `
      + ts.flattenDiagnosticMessageText(it.messageText, ' ')).join('; ').replaceAll('\n', ' '));
  }
});
