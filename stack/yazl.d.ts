// As much of yazl 3.3 as the stack uses: the package has no types of its own.
declare module 'yazl' {
  type Options = {
    readonly mtime: Date;
    /** Without it there is an extra field with the time in UTC, which depends on the time zone. */
    readonly forceDosTimestamp: boolean;
    readonly mode: number;
    readonly compressionLevel: number;
  };
  export class ZipFile {
    readonly outputStream: NodeJS.ReadableStream;
    addBuffer(content: Buffer, name: string, options: Options): void;
    end(): void;
  }
}
