/** A file and where it lies in what was chosen. */
export interface Picked {
  readonly path: string;
  readonly file: File;
}

/** Files of a directory that are taken at once; a scan has some thousands. */
const MOST = 200_000;

function readEntries(reader: FileSystemDirectoryReader): Promise<readonly FileSystemEntry[]> {
  return new Promise((resolve, reject) => reader.readEntries(resolve, reject));
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function walk(entry: FileSystemEntry, files: Picked[]): Promise<void> {
  if (files.length >= MOST) throw new RangeError(`More than ${MOST} files`);
  if (entry.isFile) {
    files.push({ path: entry.fullPath, file: await fileOf(entry as FileSystemFileEntry) });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  // A reader gives a hundred at a time, and nothing at its end.
  for (let batch = await readEntries(reader); batch.length > 0; batch = await readEntries(reader)) {
    for (const inner of batch) await walk(inner, files);
  }
}

/** What was dropped, directories with all that lies in them. Throws where not all of it can be read or is too much. */
export async function filesOf(dropped: DataTransfer): Promise<readonly Picked[]> {
  // Entries have to be taken before the first pause: the list is empty afterwards.
  const entries = [...dropped.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const files: Picked[] = [];
  for (const entry of entries) await walk(entry, files);
  return files;
}

export function chosenFiles(list: FileList | null): readonly Picked[] {
  return [...(list ?? [])].map((file) => ({ path: file.webkitRelativePath || file.name, file }));
}
