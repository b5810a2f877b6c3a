/** Debian packages that only the tests need. `has`: a program or a file that shows that it is there. */
export const TEST_PACKAGES = [
  { package: 'gcc', has: ['gcc'], why: 'test/targets compiles the harmless programs that behave like threats' },
  { package: 'libc6-dev', has: ['/usr/include/stdio.h'], why: 'headers for those programs' },
  {
    package: 'binutils',
    has: ['objcopy', 'objdump'],
    why: 'flat blobs of code for the plants; the yardstick of the decoder',
  },
  { package: 'iproute2', has: ['ip'], why: 'each end-to-end case has a network namespace of its own' },
  { package: 'util-linux', has: ['unshare', 'setpriv', 'nsenter'], why: 'namespaces of the end-to-end cases' },
  { package: 'python3', has: ['python3'], why: 'negative control: an interpreter with ctypes callbacks' },
  {
    package: 'openjdk-17-jdk-headless',
    has: ['java', 'javac'],
    why: 'negative control: a JIT that writes executable memory',
  },
  { package: 'luajit', has: ['luajit'], why: 'negative control: a JIT that writes executable memory' },
  { package: 'tinyproxy-bin', has: ['tinyproxy'], why: 'the scanner delivers through a real proxy' },
  { package: 'chromium', has: ['chromium'], why: 'the console is tested in a real browser' },
];
