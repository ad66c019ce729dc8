/** A document without its fenced and inline code, line by line as it was: what looks like a link there is none. */
export function withoutCode(text: string): string {
  return text
    .replaceAll(/^ *```[^]*?^ *```/gm, (block) => block.replaceAll(/[^\n]/g, ''))
    .replaceAll(/`[^`\n]*`/g, (code) => '`'.repeat(code.length));
}

export type Link = { readonly path: string; readonly anchor: string };

/** The links and pictures that lead to files of this repository, or to a heading of the document itself (its path is ''). */
export function linksIn(text: string): readonly Link[] {
  const targets = [...withoutCode(text).matchAll(/\]\(([^)\s]+)(?: "[^"]*")?\)|(?:src|href)="([^"]+)"/g)].map(
    ([, link, html]) => link ?? html ?? '',
  );
  return targets
    .filter((target) => !/^(?:https?|mailto):/.test(target))
    .map((target) => {
      const [path = '', anchor = ''] = target.split('#');
      return { path, anchor };
    });
}

/**
 * The anchors that GitHub gives to the headings: lower case, punctuation away, a hyphen for each blank, a number for a
 * heading that was there before.
 */
export function anchorsIn(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  const body = text.replaceAll(/^ *```[^]*?^ *```/gm, '');
  for (const [, heading] of body.matchAll(/^#{1,6} +(.+?) *#*$/gm)) {
    const plain = (heading ?? '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1');
    const slug = plain
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}\p{Pc} -]/gu, '')
      .replaceAll(' ', '-');
    let anchor = slug;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${String(count)}`;
    anchors.add(anchor);
  }
  for (const [, id] of body.matchAll(/<a (?:id|name)="([^"]+)"/g)) anchors.add(id ?? '');
  return anchors;
}

/** The rows of each table, as numbers of cells. A `\|` is no border; a `|` in code is one (GitHub Flavored Markdown, 4.10). */
export function tablesIn(text: string): readonly (readonly number[])[] {
  const body = text.replaceAll(/^ *```[^]*?^ *```/gm, '');
  const tables = body.match(/^\|.*\|[ ]*\n\|[ :|-]+\|[ ]*\n(?:\|.*(?:\n|$))*/gm) ?? [];
  return tables.map((table) =>
    table
      .trimEnd()
      .split('\n')
      .map((row) => row.trim().replaceAll(/\\\|/g, '').split('|').length - 2),
  );
}
