export function print(line = ''): void {
  process.stdout.write(`${line}\n`);
}

/** What is being done now, on one line that the next one overwrites; nothing where nobody watches. */
export function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${text}`);
}

/** Something that took a while has begun. */
export function announce(text: string): void {
  progress('');
  process.stderr.write(`${text}\n`);
}

/** A Markdown table whose columns line up; the first column is text, the others are figures. */
export function printTable(header: readonly string[], rows: readonly (readonly string[])[]): void {
  progress('');
  const all = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  print(line(header));
  print(`| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`);
  for (const row of rows) print(line(row));
}
