import { ApiError, parseJson, resources } from '@genehound/contract';

interface Sending {
  readonly path: string;
  readonly body: Blob;
  readonly headers?: Readonly<Record<string, string>>;
  /** 0..1 of the body. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * A POST that tells how far it is, which `fetch` does not. Answers the parsed JSON; throws ApiError as the client does.
 */
export function sendBytes({ path, body, headers = {}, onProgress, signal }: Sending): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fail = (status: number, code: string, message: string): void => reject(new ApiError(status, code, message));
    request.open('POST', path);
    // A header that is set twice is sent as a list of both.
    const all = { 'content-type': 'application/octet-stream', ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded, total }) => onProgress?.(total === 0 ? 0 : loaded / total);
    request.onerror = () => fail(0, 'unreachable', 'The connection broke');
    request.onabort = () => fail(0, 'aborted', 'Cancelled');
    request.onload = () => {
      let value: unknown;
      try {
        value = parseJson(request.responseText);
      } catch {
        return fail(request.status, 'not_json', `The server answered ${request.status} without JSON`);
      }
      if (request.status < 300) return resolve(value);
      const { data } = resources.problem.partial().safeParse(value);
      fail(
        request.status,
        data?.code ?? 'unknown',
        data?.detail ?? data?.error ?? `The server answered ${request.status}`,
      );
    };
    signal?.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}
