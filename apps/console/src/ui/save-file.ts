/** Hands the browser a file that the page made. */
export function saveFile(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.download = name;
  link.href = URL.createObjectURL(content);
  link.click();
  URL.revokeObjectURL(link.href);
}

/** What a route that answers with bytes sent, as a file: its answer is a stream, though typed by what it can do. */
export async function blobOf(bytes: AsyncIterable<Uint8Array>, type: string): Promise<Blob> {
  if (!(bytes instanceof ReadableStream)) throw new TypeError('The answer has no bytes');
  return new Blob([await new Response(bytes).arrayBuffer()], { type });
}
