export { type CodeLine, disassemble, type Listing, type Region } from './disassemble.ts';
