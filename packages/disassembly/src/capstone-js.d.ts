/** What is used of the package, which has no types of its own. */
declare module '@alexaltea/capstone-js' {
  interface CapstoneInstruction {
    readonly size: number;
    readonly mnemonic: string;
    readonly op_str: string;
  }
  interface CapstoneHandle {
    /** Up to `max` instructions, ending before bytes that are none. Throws where the first is none. */
    disasm(bytes: Uint8Array, address: number, max?: number): readonly CapstoneInstruction[];
    close(): void;
  }
  interface CapstoneModule {
    readonly ARCH_ARM64: number;
    readonly MODE_ARM: number;
    readonly Capstone: new (architecture: number, mode: number) => CapstoneHandle;
  }
  export default function load(): Promise<CapstoneModule>;
}
