/** Archives and compressed streams that can be opened, by their first bytes. */
export type ContainerKind =
  | 'gzip'
  | 'xz'
  | 'bzip2'
  | 'zstd'
  | 'lzma'
  | 'tar'
  | 'cpio'
  | 'ar'
  | 'rpm'
  | 'zip'
  | '7z'
  | 'cab'
  | 'wim'
  | 'iso'
  | 'vhdx'
  | 'vhd'
  | 'ntfs'
  | 'fat'
  | 'disk';

/** First bytes that `containerKind` wants to see: the descriptor of an ISO image comes last. */
export const KIND_HEAD = 32_768 + 2_048;

const text = (head: Uint8Array, at: number, length: number): string =>
  Buffer.from(head.subarray(at, at + length)).toString('latin1');

const BY_START: readonly (readonly [string, ContainerKind])[] = [
  ['\x1f\x8b\x08', 'gzip'],
  ['\xfd7zXZ\0', 'xz'],
  ['BZh', 'bzip2'],
  ['\x28\xb5\x2f\xfd', 'zstd'],
  ['070701', 'cpio'],
  ['070702', 'cpio'],
  ['!<arch>\n', 'ar'],
  ['\xed\xab\xee\xdb', 'rpm'],
  ['PK\x03\x04', 'zip'],
  ['PK\x05\x06', 'zip'],
  ["7z\xbc\xaf'\x1c", '7z'],
  ['MSCF\0\0\0\0', 'cab'],
  ['MSWIM\0\0\0', 'wim'],
  ['WLPWM\0\0\0', 'wim'],
  ['vhdxfile', 'vhdx'],
  ['conectix', 'vhd'],
];

/** What the bytes claim to be; null where they claim nothing that can be opened. */
export function containerKind(head: Uint8Array): ContainerKind | null {
  const start = text(head, 0, 8);
  const found = BY_START.find(([magic]) => start.startsWith(magic));
  if (found !== undefined) return found[1];
  if (text(head, 257, 5) === 'ustar') return 'tar';
  if (text(head, 32_769, 5) === 'CD001') return 'iso';
  if (text(head, 510, 2) !== '\x55\xaa') return null;
  if (text(head, 3, 8) === 'NTFS    ') return 'ntfs';
  if (text(head, 82, 5) === 'FAT32' || text(head, 54, 4) === 'FAT1') return 'fat';
  // A partition table: of GPT the second sector begins so, of MBR the first partition has a type and a length.
  if (text(head, 512, 8) === 'EFI PART') return 'disk';
  const [status = 1, type = 0] = [head[446], head[450]];
  return (status === 0 || status === 0x80) && type !== 0 && head[0] !== 0x4d ? 'disk' : null;
}
