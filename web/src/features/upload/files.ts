/** The files behind what was dropped, folders opened; and which of a folder's files are media. */

const ENDINGS = new Set(
  (
    "mp4 m4v mov mkv webm avi mpg mpeg ts mts m2ts flv wmv asf ogv ogg 3gp mxf vob " +
    "gif jpg jpeg png apng webp avif heic heif tif tiff bmp"
  ).split(" "),
);

/** Whether a file in a folder is worth sending; one that a person chose alone is always sent. */
export function isMedia(file: { name: string; type: string }): boolean {
  if (/^(video|image)\//.test(file.type)) return true;
  const dot = file.name.lastIndexOf(".");
  return dot > 0 && ENDINGS.has(file.name.slice(dot + 1).toLowerCase());
}

export interface Dropped {
  files: File[];
  /** Some of them lay in a folder. */
  folders: boolean;
}

/** Must be called while the drop event is being handled: later its items are gone. */
export async function filesOf(transfer: DataTransfer): Promise<Dropped> {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry());
  const plain = [...transfer.files];
  const folders = entries.some((entry) => entry?.isDirectory);
  if (!folders) return { files: plain, folders };
  const files: File[] = [];
  for (const entry of entries) if (entry) await walk(entry, files);
  return { files, folders };
}

async function walk(entry: FileSystemEntry, into: File[]): Promise<void> {
  if (entry.isFile) {
    const file = entry as FileSystemFileEntry;
    into.push(await new Promise<File>((found, failed) => file.file(found, failed)));
  } else {
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader gives a hundred at a time, and nothing at the end.
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((found, failed) =>
        reader.readEntries(found, failed),
      );
      if (!some.length) return;
      for (const one of some) await walk(one, into);
    }
  }
}
