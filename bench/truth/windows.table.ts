/** Debian packages with Windows programs and libraries: Wine's, and builds by MinGW. Nobody labels them. */
export const DEBIAN_WITH_WINDOWS: readonly string[] = [
  'gdb-mingw-w64-target',
  'libassuan-mingw-w64-dev',
  'libgcrypt-mingw-w64-dev',
  'libgpg-error-mingw-w64-dev',
  'libksba-mingw-w64-dev',
  'libnpth-mingw-w64-dev',
  'libwine',
  'libz-mingw-w64',
  'nsis-common',
];

/** Learnt as libraries before anything is judged: what compilers and languages put into every program. */
export const RUNTIMES: readonly { readonly name: string; readonly packages: RegExp }[] = [
  { name: 'GNU C library', packages: /^libc6$/ },
  { name: 'GCC runtime', packages: /^(libgcc-s1|libgomp1|libgfortran5|libquadmath0|libatomic1)$/ },
  { name: 'GNU C++ library', packages: /^libstdc\+\+6$/ },
  { name: 'MinGW runtime', packages: /^gcc-mingw-w64-(i686|x86-64)-(win32|posix)-runtime$/ },
  { name: 'Go', packages: /^golang-1\.(15|19|24)-go$/ },
  { name: 'Rust', packages: /^libstd-rust-[\d.]+$/ },
];
