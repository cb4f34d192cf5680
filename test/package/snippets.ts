/** A program made of the code blocks of a page. */
export interface Snippet {
  /** File name to write it to, without the ending: `README-streaming`. */
  readonly name: string;
  /** `README.md, Streaming` */
  readonly title: string;
  readonly code: string;
}

const FENCE = /^```(\w+)?([^\n]*)\n([\s\S]*?)^```$|^<!-- ts\n([\s\S]*?)^-->$|^#{1,2} (.+)$/gm;

/**
 * The programs of a Markdown page. Blocks fenced as `ts` between one heading of the first or second level
 * and the next are one program. `ts continued` on a section's first block puts the program of the section
 * before in front. A comment that begins with `<!-- ts` is code that readers do not see, such as data.
 */
export function snippetsOf(file: string, markdown: string): Snippet[] {
  const page = file.replace(/\.md$/, '').replace(/[^A-Za-z0-9]+/g, '-');
  const sections: { title: string; code: string; continued: boolean }[] = [];
  const current = () => sections[sections.length - 1];
  sections.push({ title: '', code: '', continued: false });
  for (const [, language, words, shown, hidden, heading] of markdown.matchAll(FENCE)) {
    if (heading !== undefined) {
      sections.push({ title: heading, code: '', continued: false });
    } else if (language === 'ts' || hidden !== undefined) {
      const section = current();
      if (section.code === '' && words?.trim() === 'continued') {
        const before = sections.filter((earlier) => earlier.code !== '').at(-1);
        if (before === undefined)
          throw new Error(`${file}, ${section.title}: continued, but nothing comes before`);
        section.code = before.code;
      }
      section.code += shown ?? hidden;
    }
  }
  return sections
    .filter((section) => section.code !== '')
    .map(({ title, code }) => ({
      name: `${page}-${title.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`,
      title: `${file}, ${title}`,
      code,
    }));
}
