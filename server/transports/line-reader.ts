const LINE_END = '\n'.charCodeAt(0);

/** Puts bytes that come in pieces together to lines, each bounded in length. */
export class LineReader {
  readonly #limitBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** The lines that are complete with these bytes, without their ends; undefined as soon as one is too long. */
  read(chunk: Buffer): readonly Buffer[] | undefined {
    const lines: Buffer[] = [];
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      this.#add(chunk.subarray(from, end));
      if (this.#bytes > this.#limitBytes) return undefined;
      lines.push(this.#pieces.length === 1 ? chunk.subarray(from, end) : Buffer.concat(this.#pieces));
      this.#pieces = [];
      this.#bytes = 0;
      from = end + 1;
    }
    if (from < chunk.length) this.#add(chunk.subarray(from));
    return this.#bytes > this.#limitBytes ? undefined : lines;
  }

  #add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
  }
}
