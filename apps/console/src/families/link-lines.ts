interface Link {
  readonly title: string;
  readonly url: string;
}

/** Links as lines that people write: `title https://…`. */
export function linkLines(links: readonly Link[]): string {
  return links.map(({ title, url }) => (title === url ? url : `${title} ${url}`)).join('\n');
}

/** The inverse; undefined where a line has no address of the web. A line without a title is called by its address. */
export function readLinks(text: string): readonly Link[] | undefined {
  const links: Link[] = [];
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const match = /^(?:(.*)\s)?(https?:\/\/\S+)$/.exec(line.trim());
    const url = match?.[2];
    if (url === undefined || !URL.canParse(url)) return undefined;
    const title = match?.[1]?.trim() ?? '';
    links.push({ title: (title === '' ? url : title).slice(0, 300), url });
  }
  return links;
}
