import { type ReactNode, useState } from 'react';
import { texts } from '../texts.ts';
import { chosenFiles, filesOf, type Picked } from './dropped-files.ts';
import css from './upload.module.css';

interface Props {
  readonly label: string;
  readonly directory: boolean;
  /** Of a second field, for archives of such a directory. */
  readonly archives?: string;
  readonly onFiles: (files: readonly Picked[]) => void;
  readonly children: ReactNode;
}

interface FieldProps {
  readonly label: string;
  readonly onFiles: (files: readonly Picked[]) => void;
  readonly webkitdirectory?: string;
  readonly accept?: string;
}

function Field({ label, onFiles, ...how }: FieldProps) {
  return (
    <label className={css.field}>
      {label}
      <input
        type="file"
        multiple
        {...how}
        onChange={(event) => {
          onFiles(chosenFiles(event.currentTarget.files));
          event.currentTarget.value = '';
        }}
      />
    </label>
  );
}

/** A place to drop files or a directory, with a field that does the same for the keyboard. */
export function DropZone({ label, directory, archives, onFiles, children }: Props) {
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
      <Field label={label} onFiles={onFiles} {...(directory ? { webkitdirectory: '' } : {})} />
      {archives !== undefined && <Field label={archives} onFiles={onFiles} accept=".zip,.tar,.tgz,.gz" />}
      <span aria-hidden="true" className={css.hint}>
        {texts.upload.drop}
      </span>
      {unread && <p role="alert">{texts.upload.unread}</p>}
    </div>
  );
}
