import { count } from './format/quantity.ts';

const plural = (value: number, one: string, many: string): string => `${count(value)} ${value === 1 ? one : many}`;

/** Texts of the scanner's page, of what is uploaded, and of sources of knowledge; part of `texts`. */
export const scannerTexts = {
  heading: 'Scanner',
  intro:
    'One file, nothing to install: it reads the memory of a machine, sends code that this server does not know, and ends.',
  many: 'For more than a few machines a hunt makes kits for your deployment tool:',
  platforms: {
    'windows-amd64': 'Windows 10, Server 2016 and later, 64 bit',
    'linux-amd64': 'Linux 4.18 and later, x86-64',
    'linux-arm64': 'Linux 4.18 and later, ARM64',
  },
  download: (file: string) => `Download ${file}`,
  notBuilt: 'This build is not on the server. On the server, in the directory of Genehound:',
  buildCommand: 'node scanner/build.mjs --all',
  check: 'Is it whole?',
  run: 'Scan, with administrative rights',
  selfTest: 'See it find harmless test code',
  offline: 'Without a network: into a directory, which Upload takes',
} as const;

export const uploadTexts = {
  heading: 'Upload',
  intro: 'A file to be analysed, or a scan that was written to a directory.',
  file: 'Analyse files',
  fileHelp: 'Programs and libraries: ELF, PE, Mach-O. They are never run. Drop them here or choose them.',
  choose: 'Choose files',
  scan: 'Deliver an offline scan',
  scanHelp:
    'The directory that the scanner’s -o wrote, with every scan in it, or an archive of it (ZIP, tar, tar.gz). What the server has already is not sent again: after a broken connection choose the same once more.',
  chooseScan: 'Choose the directory',
  chooseArchive: 'Choose an archive of it',
  drop: 'Drop here',
  unread: 'What was dropped could not be read whole, or is more than 200,000 files: nothing of it was taken.',
  forbidden: 'Your account may look, not deliver.',
  noKey:
    'An offline scan is delivered with a key, and keys are the administrator’s: he can deliver it here, or give you a key for genehound upload.',
  name: 'File',
  state: 'State',
  waiting: 'waits',
  sending: (share: string) => `sending, ${share}`,
  analysing: 'being analysed',
  failed: 'not taken',
  result: 'See what it is',
  cancel: 'Cancel',
  again: 'Try again',
  scanSteps: {
    reading: 'Reading the directory',
    sending: (done: number, all: number) => `${count(done)} of ${plural(all, 'message', 'messages')} delivered`,
    binaries: (sent: number) => `${plural(sent, 'file of code', 'files of code')} sent`,
    done: 'Delivered.',
    problems: 'Not taken',
  },
  open: (number: number, of: number) => (of === 1 ? 'Open the scan' : `Open scan ${number} of ${of}`),
  noScan: 'This holds no scan: scanner_info.json is missing.',
} as const;

export const sourceTexts = {
  heading: 'Sources of knowledge',
  name: 'Name',
  kind: 'What',
  kinds: { pack: 'pack of genes', import: 'import', hashes: 'list of hashes' },
  licence: 'Licence',
  tlp: 'TLP',
  genes: 'Genes',
  labels: 'Labels',
  files: 'Files',
  added: 'Added',
  revoked: 'revoked',
  nothing: 'No source was imported. The commands of genehound genome import packs, package archives and directories.',
  pack: 'Import a pack',
  packHelp: 'A signed file of genes without code. It is taken where its signer is one of those that you trust.',
  choosePack: 'Choose a pack',
  importing: (share: string) => `${share} sent; then its signature is checked`,
  imported: (genes: number) => `Imported: ${plural(genes, 'gene', 'genes')}. Past scans are judged again.`,
  known: 'This very pack was imported before and still speaks.',
} as const;
