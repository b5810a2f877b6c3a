import { generate } from 'lean-qr';
import css from './settings.module.css';

/** Empty modules around it that readers need (ISO/IEC 18004). */
const QUIET = 4;

/** A text as a QR code: one path, so that nothing needs an exception from the page's policy. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const code = generate(text);
  let path = '';
  for (let y = 0; y < code.size; y += 1)
    for (let x = 0; x < code.size; x += 1) if (code.get(x, y)) path += `M${x} ${y}h1v1h-1z`;
  const size = code.size + 2 * QUIET;
  return (
    <svg className={css.code} viewBox={`${-QUIET} ${-QUIET} ${size} ${size}`} role="img" aria-label={label}>
      <path d={path} fill="#000" shapeRendering="crispEdges" />
    </svg>
  );
}
