/** Every word of the response's parts of the console. */
export const responseTexts = {
  doNow: 'Do now',
  kinds: {
    isolate: 'Isolate',
    save: 'Save',
    stop: 'Stop',
    disable: 'Disable',
    remove: 'Remove',
    rotate: 'Rotate the credentials of',
    review: 'Review',
  },
  process: (pid: number) => `process ${pid}`,
  mind: 'Mind',
  unknown: 'Not known',
  leftOut: (n: number) => `${n} more steps of these kinds; the report lists what they are about.`,
  all: (n: number) => `Show all ${n} steps`,
  aliases: 'Also called',
  elsewhere: 'The same code on other endpoints',
  more: (n: number) => `and ${n} more`,
  techniques: 'Techniques (MITRE ATT&CK)',
} as const;
