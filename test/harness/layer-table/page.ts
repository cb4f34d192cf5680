import { COLUMNS } from './columns.js';
import { rowsOf, SECTIONS } from './rows.js';

const INTRODUCTION = `# All layers

What each layer can do, read from its declaration by a program: \`npm run docs:layers\` writes this page, and a test
fails when it is out of date. The equations and their sources are behind the links.

| column | says |
|---|---|
| trains | \`yes\`: it has weights to train; \`gradients pass\`: it has none |
| streams | whether \`model.stream()\` takes it, one time step at a time |
| masks | \`pass\`: the steps that do not count stay so for the layer after it; \`end\`: it leaves them out, and its output has no mask; \`begin\`: it makes a mask; \`moved\`: it has a mask at other steps; \`no\`: a mask is an error |
| bidirectional | whether \`bidirectional\` takes it |
| 8-bit | whether \`quantize\` has a form for its weights |
| threads | whether the kernels of its forward pass are shared out among threads |
`;

/** docs/layers.md. */
export function layersPage(): string {
  const names = Object.keys(COLUMNS);
  const reasons: string[] = [];
  const sections = Object.entries(SECTIONS).map(([title, groups]) => {
    const lines = groups.flatMap((group) =>
      rowsOf(group).map((row) => {
        const cells = names.map((name) => {
          const { text, reason } = COLUMNS[name](row);
          if (reason !== undefined) reasons.push(`- ${code(row.text)}, ${name}: ${reason}`);
          return text;
        });
        const page = group.page.replace(/\.md.*/, '').replace('README', 'overview');
        return `| ${[code(row.text), `[${page}](equations/${group.page})`, ...cells].join(' | ')} |`;
      }),
    );
    const head = [`| layer | equations | ${names.join(' | ')} |`, `|${'---|'.repeat(names.length + 2)}`];
    return [`## ${title}`, '', ...head, ...lines].join('\n');
  });
  return `${[INTRODUCTION, ...sections.map((text) => `${text}\n`), `## Why not\n\n${reasons.join('\n')}\n`].join('\n')}`;
}

/** `lstm`, peephole */
function code(text: string): string {
  return text.replace(/^\w+/, (name) => `\`${name}\``);
}
