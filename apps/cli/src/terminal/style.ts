/** Colours carry no meaning of their own: each has its word beside it. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  yellow(text: string): string;
  green(text: string): string;
  blue(text: string): string;
}

const codes = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  yellow: [33, 39],
  green: [32, 39],
  blue: [34, 39],
} as const;

function paint(name: keyof typeof codes): (text: string) => string {
  const [on, off] = codes[name];
  return (text) => `\u001b[${on}m${text}\u001b[${off}m`;
}

const plain = (text: string): string => text;

export const colourful: Style = {
  bold: paint('bold'),
  dim: paint('dim'),
  red: paint('red'),
  yellow: paint('yellow'),
  green: paint('green'),
  blue: paint('blue'),
};

export const colourless: Style = { bold: plain, dim: plain, red: plain, yellow: plain, green: plain, blue: plain };
