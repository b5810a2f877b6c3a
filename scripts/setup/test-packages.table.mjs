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
  { package: 'sudo', has: ['sudo', '/etc/sudoers'], why: 'a user with sudo hunts in a fresh clone' },
  { package: 'procps', has: ['pgrep'], why: 'nothing is left running after a hunt' },
  { package: 'postgresql', has: ['/usr/lib/postgresql'], why: 'negative control: LLVM as a JIT' },
  { package: 'python3', has: ['python3'], why: 'negative control: an interpreter with ctypes callbacks' },
  {
    package: 'openjdk-17-jdk-headless',
    has: ['java', 'javac'],
    why: 'negative control: a JIT that writes executable memory',
  },
  { package: 'luajit', has: ['luajit'], why: 'negative control: a JIT that writes executable memory' },
  { package: 'tinyproxy-bin', has: ['tinyproxy'], why: 'the scanner delivers through a real proxy' },
  {
    package: 'wine',
    has: ['wine', '/usr/lib/x86_64-linux-gnu/wine/x86_64-windows/ntdll.dll'],
    why: 'the Windows scanner runs in it; its libraries are real PE images for the parser',
  },
  { package: 'wine64', has: ['/usr/lib/wine/wine64'], why: '64-bit programs in Wine' },
  {
    package: 'gcc-mingw-w64-x86-64',
    has: ['x86_64-w64-mingw32-gcc'],
    why: 'test/targets/windows compiles harmless Windows programs that behave like threats',
  },
  { package: 'chromium', has: ['chromium'], why: 'the console is tested in a real browser' },
  { package: 'lib32stdc++6', has: ['/usr/lib32/libstdc++.so.6'], why: 'real code of 32 bits for the decoder' },
  { package: 'gcc-mingw-w64-i686', has: ['i686-w64-mingw32-gcc'], why: 'PE files of 32 bits for parser and genes' },
  {
    package: 'binutils-aarch64-linux-gnu',
    has: ['aarch64-linux-gnu-objdump'],
    why: 'the yardstick of the arm64 decoder',
  },
  {
    package: 'libstdc++6-arm64-cross',
    has: ['/usr/aarch64-linux-gnu/lib/libstdc++.so.6', '/usr/aarch64-linux-gnu/lib/libc.so.6'],
    why: 'real arm64 code for the decoder and its genes',
  },
  {
    package: 'libc6-dev-arm64-cross',
    has: ['/usr/aarch64-linux-gnu/lib/libc.a'],
    why: 'its relocations are the yardstick of address pairs in arm64 code',
  },
  { package: 'mono-utils', has: ['monodis'], why: 'the yardstick of the CIL decoder' },
  {
    package: 'mono-mcs',
    has: ['/usr/lib/mono/4.5/mcs.exe'],
    why: 'real assemblies for the CIL decoder and its genes',
  },
];
