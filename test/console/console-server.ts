import assert from 'node:assert/strict';
import { after, before, type TestContext } from 'node:test';
import type { Browser } from 'playwright-core';
import { genehound, makeDataDirectory, type Server, startServer } from '../harness/server.ts';
import { openBrowser, signIn, type View, visit, type Watched } from './browser.ts';

/** A server with its console, and a browser, for the tests of one file. */
export interface ConsoleServer {
  readonly server: Server;
  readonly password: string;
  /** A fresh visitor who is not signed in; undefined after the test was skipped for the lack of a browser. */
  visitor(context: TestContext, view?: View): Promise<Watched | undefined>;
  /** A visitor who is signed in at an address of the console. */
  at(context: TestContext, address: string, view?: View): Promise<Watched | undefined>;
}

interface State {
  data: Awaited<ReturnType<typeof makeDataDirectory>>;
  server: Server;
  password: string;
}

/** Starts one before the file's tests and ends it after them. `prepare` runs once it answers. */
export function consoleServer(prepare?: (server: Server) => Promise<unknown>): ConsoleServer {
  let state: State | undefined;
  let browser: Browser | undefined;
  const here = (): State => {
    if (state === undefined) throw new Error('The server of this file did not start');
    return state;
  };
  before(async () => {
    const data = await makeDataDirectory();
    const server = await startServer(data.path);
    const reset = await genehound(data.path, ['server', 'reset-password', 'admin']);
    const password = /: (\S+)\s*$/.exec(reset.stdout)?.[1] ?? '';
    assert.ok(reset.code === 0 && password !== '', reset.stderr);
    state = { data, server, password };
    await prepare?.(server);
  });
  after(async () => {
    await browser?.close();
    await state?.server.stop();
    await state?.data.remove();
  });
  const visitor = async (context: TestContext, view: View = {}): Promise<Watched | undefined> => {
    browser ??= await openBrowser(context);
    return browser === undefined ? undefined : await visit(browser, view);
  };
  return {
    get server() {
      return here().server;
    },
    get password() {
      return here().password;
    },
    visitor,
    async at(context, address, view) {
      const watched = await visitor(context, view);
      if (watched === undefined) return undefined;
      await signIn(watched.page, here().server, here().password, address);
      return watched;
    },
  };
}
