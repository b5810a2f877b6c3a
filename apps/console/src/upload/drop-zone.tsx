import { type ReactNode, useState } from 'react';
import { texts } from '../texts.ts';
import { chosenFiles, filesOf, type Picked } from './dropped-files.ts';
import css from './upload.module.css';

interface Props {
  readonly label: string;
  readonly directory: boolean;
  readonly onFiles: (files: readonly Picked[]) => void;
  readonly children: ReactNode;
}

/** A place to drop files or a directory, with a field that does the same for the keyboard. */
export function DropZone({ label, directory, onFiles, children }: Props) {
  const [over, setOver] = useState(false);
  const [unread, setUnread] = useState(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping is the mouse's way of the field inside
    <div
      className={css.zone}
      data-over={over}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        setUnread(false);
        filesOf(event.dataTransfer).then(onFiles, () => setUnread(true));
      }}
    >
      {children}
      <label className={css.field}>
        {label}
        <input
          type="file"
          multiple
          {...(directory ? { webkitdirectory: '' } : {})}
          onChange={(event) => {
            onFiles(chosenFiles(event.currentTarget.files));
            event.currentTarget.value = '';
          }}
        />
      </label>
      <span aria-hidden="true" className={css.hint}>
        {texts.upload.drop}
      </span>
      {unread && <p role="alert">{texts.upload.unread}</p>}
    </div>
  );
}
