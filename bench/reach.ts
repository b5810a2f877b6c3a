/**
 * What this project promises of a figure, beside what was measured: printed as met or MISSED; where it is missed, or
 * could not be measured, the bench ends with exit code 1.
 */
export function reach(promise: string, measured: { readonly met: boolean; readonly value: string }): void {
  console.log(`${measured.met ? 'met   ' : 'MISSED'}  ${promise}: ${measured.value}`);
  if (!measured.met) process.exitCode = 1;
}
