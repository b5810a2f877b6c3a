import { FAST_CODE } from './fast-code.gen.ts';

/** What the module asks of its user. */
export interface FastImports {
  readonly decode: (address: number) => number;
  readonly step: (at: number) => number;
  readonly takeTargets: (count: number) => void;
  readonly takeBlocks: (blocks: number, calls: number) => void;
}

/** What it exports; places are addresses of its memory. */
export interface FastExports {
  readonly instructions: { readonly value: number };
  readonly codeBytes: { readonly value: number };
  readonly attach: (address: number, size: number, marks: number, narrow: number) => void;
  readonly sweep: () => number;
  readonly cutBlocks: () => void;
}

export interface FastModule {
  readonly api: WebAssemblyApi;
  readonly module: object;
}

/** As much of WebAssembly as is needed: its types come with those of browsers only. */
interface WebAssemblyApi {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: {
    readonly initial: number;
    readonly maximum: number;
  }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (
    module: object,
    imports: Readonly<Record<string, unknown>>,
  ) => { readonly exports: FastExports };
}

const PAGE = 0x1_0000;

/** Null where there is no WebAssembly, as under --jitless. */
export function compile(): FastModule | null {
  const api: WebAssemblyApi | undefined = Reflect.get(globalThis, 'WebAssembly');
  if (api === undefined) return null;
  return { api, module: new api.Module(Uint8Array.from(atob(FAST_CODE), (letter) => letter.charCodeAt(0))) };
}

/** An instance with `bytes` of memory at least; throws RangeError where there are not as many. */
export function instantiate(
  { api, module }: FastModule,
  bytes: number,
  imports: FastImports,
): { readonly exports: FastExports; readonly buffer: ArrayBuffer } {
  const pages = Math.ceil(bytes / PAGE);
  const memory = new api.Memory({ initial: pages, maximum: pages });
  const { exports } = new api.Instance(module, { env: { memory }, x86: imports });
  return { exports, buffer: memory.buffer };
}
