// What esbuild makes of the sources on the way into dist/.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { root } from './files.mjs';
import { bytesName, STEPS_CORE } from './kernel-sources.mjs';

/**
 * Says of every constant that is computed when a module is loaded that nothing is lost where nobody uses it, so that
 * the bundlers of users may drop it: modules here do nothing but define.
 */
const keepPure = (context) => (file) => {
  const { factory } = context;
  const isComputed = (node) => {
    if (ts.isFunctionLike(node) || ts.isClassLike(node)) return false;
    return (
      ts.isCallExpression(node) ||
      ts.isNewExpression(node) ||
      ts.isPropertyAccessExpression(node) ||
      ts.isElementAccessExpression(node) ||
      ts.isSpreadElement(node) ||
      ts.isSpreadAssignment(node) ||
      (ts.forEachChild(node, isComputed) ?? false)
    );
  };
  const pure = (node) => {
    const body = factory.createParenthesizedExpression(node);
    const arrow = factory.createArrowFunction(undefined, undefined, [], undefined, undefined, body);
    const call = factory.createCallExpression(factory.createParenthesizedExpression(arrow), undefined, []);
    return ts.addSyntheticLeadingComment(call, ts.SyntaxKind.MultiLineCommentTrivia, ' @__PURE__ ', false);
  };
  const visit = (statement) => {
    if (!ts.isVariableStatement(statement)) return statement;
    if (!(statement.declarationList.flags & ts.NodeFlags.Const)) return statement;
    const declarations = statement.declarationList.declarations.map((d) =>
      d.initializer !== undefined && ts.isIdentifier(d.name) && isComputed(d.initializer)
        ? factory.updateVariableDeclaration(d, d.name, d.exclamationToken, d.type, pure(d.initializer))
        : d,
    );
    const list = factory.updateVariableDeclarationList(statement.declarationList, declarations);
    return factory.updateVariableStatement(statement, statement.modifiers, list);
  };
  return factory.updateSourceFile(file, file.statements.map(visit));
};

/** Methods of a model that what only loads and predicts does without. */
const BUILDING = ['apply', 'applyAll', 'close', 'fingerprint', 'summary'];

/** How layers say that a step of a stream is made as a pass is. */
const STEP_AS_FORWARD = 'forward';

/**
 * Leaves out how layers are trained: methods and functions that are called `backward` in objects and classes, and what a
 * layer does where `k.training` is true. With `streaming`, also what is called `forward` beside a step of its own.
 */
const withoutTraining = (streaming) => (context) => (file) => {
  const isModel = /[\\/]model[\\/]network\.ts$/.test(file.fileName);
  const isLayer = /[\\/]layers[\\/]/.test(file.fileName);
  const nameOf = (node) => node.name?.getText(file);
  const hasOwnStep = (object) =>
    ts.isObjectLiteralExpression(object) &&
    object.properties.some(
      (property) =>
        nameOf(property) === 'step' &&
        !(ts.isPropertyAssignment(property) && property.initializer.getText(file) === `'${STEP_AS_FORWARD}'`),
    );
  const isDropped = (node) => {
    // What is only data stays: the directions of a bidirectional layer.
    const isCode = ts.isPropertyAssignment(node) && !ts.isObjectLiteralExpression(node.initializer);
    if (!ts.isMethodDeclaration(node) && !isCode) return false;
    const name = nameOf(node);
    if (name === 'forward') return streaming && isLayer && hasOwnStep(node.parent);
    return name === 'backward' || (isModel && ts.isClassLike(node.parent) && BUILDING.includes(name));
  };
  const isTraining = (node) =>
    isLayer && ts.isPropertyAccessExpression(node) && node.getText(file) === 'k.training';
  const visit = (node) => {
    if (isDropped(node)) return undefined;
    return isTraining(node) ? context.factory.createFalse() : ts.visitEachChild(node, visit, context);
  };
  return ts.visitEachChild(file, visit, context);
};

/** Files of src/layers/ that src/inference/ has others for: they only remember what is of training. */
const REMEMBERED = {
  constraints: 'penalties',
  'initializers/lookup': 'initializers',
  regularizers: 'penalties',
};

/** Sources are transformed before esbuild sees them. `lean`: 'inference' or 'streaming', without what those do not do. */
export function sources({ lean } = {}) {
  const before = lean ? [withoutTraining(lean === 'streaming'), keepPure] : [keepPure];
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  };
  return {
    name: 'sources',
    setup(build) {
      if (lean) {
        build.onResolve({ filter: /^\.{1,2}[\\/].*\.js$/ }, ({ path, resolveDir }) => {
          const [, name] = /[\\/]src[\\/]layers[\\/](.*)\.js$/.exec(join(resolveDir, path)) ?? [];
          const other = REMEMBERED[name?.replaceAll('\\', '/')];
          return other && { path: join(root, 'src', 'inference', `${other}.ts`), sideEffects: false };
        });
      }
      build.onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
        if (path.includes('generated')) return undefined;
        const { outputText } = ts.transpileModule(readFileSync(path, 'utf8'), {
          fileName: path,
          compilerOptions,
          transformers: { before },
        });
        return { contents: outputText, loader: 'js' };
      });
    },
  };
}

const FAMILY = /^\.\/portable\/([a-z0-9-]+)\.js$/;

/** Whether a family is for training alone. */
const isTraining = (family) =>
  /(^|-)training$|^(constraints|crossentropy|ctc|losses|noise|optimizers|sampled)$/.test(family);

/** The file in dist/kernels that has the text of a family: Node reads those that an entry needs. */
export const textOf = (family) =>
  family === STEPS_CORE ? 'steps' : isTraining(family) ? 'training' : 'forward';

/** What an import of a family's bytes is called in dist/; package.json says where it leads. */
const familyImport = (family) => `#${isTraining(family) ? 'training-' : ''}kernels/${family}`;

/** Such an import, and the family. */
export const FAMILY_IMPORT = /from ?"#(?:training-)?kernels\/([a-z0-9-]+)"/g;

/**
 * The bytes of a family stay an import of their own, but in one file they are inside. For an entry that is lean those of
 * families that only train are left out, and one that only streams has the core for steps.
 */
export function familyImports({ lean, inside = false } = {}) {
  return {
    name: 'family imports',
    setup(build) {
      build.onResolve({ filter: FAMILY }, ({ path }) => {
        const named = FAMILY.exec(path)[1];
        if (lean && isTraining(named)) return { path: named, namespace: 'left-out', sideEffects: false };
        if (inside) return undefined;
        const family = lean === 'streaming' && named === 'core' ? STEPS_CORE : named;
        return { path: familyImport(family), external: true, sideEffects: false };
      });
      build.onLoad({ filter: /.*/, namespace: 'left-out' }, ({ path }) => ({
        contents: `export const ${bytesName(path)} = '';`,
      }));
    },
  };
}

/** Files of src/ that an entry exports as a namespace. */
export const NAMESPACES = ['by-value/kinds.ts', 'training/metrics/index.ts'];

/**
 * Namespaces stay files of their own in dist/: bundled into an entry, one would be an object of functions, which the
 * bundlers of users cannot take apart.
 */
export const namespaces = {
  name: 'namespaces',
  setup(build) {
    build.onResolve({ filter: /\/(kinds|metrics\/index)\.js$/ }, ({ path, importer, resolveDir }) => {
      const file = join(resolveDir, path).replace(/\.js$/, '.ts');
      const isNamespace = NAMESPACES.some((name) => file === join(root, 'src', name));
      const isEntry = ['index.ts', join('by-value', 'index.ts')].some(
        (name) => importer === join(root, 'src', name),
      );
      return isNamespace && isEntry ? { path, external: true, sideEffects: false } : undefined;
    });
  },
};

/** Leaves out builds that are loaded later, and with `families: false` the bytes of the families. */
export function withoutBytes({ families, reason }) {
  return {
    name: 'without bytes',
    setup(build) {
      build.onLoad({ filter: /[\\/]generated[\\/](dot|relaxed|[a-z]+-threads)\.ts$/ }, () => ({
        contents: `throw new Error(${JSON.stringify(reason)}); export const BYTES = '';`,
      }));
      if (families) return;
      build.onLoad({ filter: /[\\/]generated[\\/]portable[\\/].*\.ts$/ }, ({ path }) => ({
        contents: `export const ${bytesName(basename(path, '.ts'))} = '';`,
      }));
    },
  };
}
