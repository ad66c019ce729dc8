// As much of yauzl 3.4 as the tests use: the package has no types of its own.
declare module 'yauzl' {
  type Entry = { readonly fileName: string; readonly compressedSize: number; readonly crc32: number };
  type ZipFile = {
    readonly eachEntry: () => AsyncIterable<Entry>;
    readonly openReadStreamPromise: (entry: Entry) => Promise<NodeJS.ReadableStream>;
  };
  export function fromBufferPromise(zip: Buffer): Promise<ZipFile>;
}
