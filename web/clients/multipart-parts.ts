import { LineSplitter } from './lines.ts';

/**
 * Takes a multipart body apart that comes in pieces of text (RFC 2046 §5.1.1). Which boundary it has, its first line
 * tells: nothing stands before that here.
 */
export class PartSplitter {
  readonly #lines = new LineSplitter();
  #delimiter: string | undefined;
  /** Undefined within a part's head. */
  #body: string[] | undefined;
  #over = false;

  /** The bodies of the parts that are complete with this piece; undefined for what is no multipart body. */
  split(text: string): readonly string[] | undefined {
    const bodies: string[] = [];
    for (const line of this.#lines.split(text)) {
      if (this.#over) break;
      if (!this.#take(line.endsWith('\r') ? line.slice(0, -1) : line, line, bodies)) return undefined;
    }
    return bodies;
  }

  /** `line` without its whole end, `raw` with what LineSplitter has left of it. */
  #take(line: string, raw: string, bodies: string[]): boolean {
    if (this.#delimiter === undefined) {
      this.#delimiter = line;
      return line.startsWith('--');
    }
    const last = line === `${this.#delimiter}--`;
    if (last || line === this.#delimiter) {
      // The line end before a delimiter is the delimiter's, not the body's.
      if (this.#body) bodies.push(this.#body.join('\n').replace(/\r$/, ''));
      this.#body = undefined;
      this.#over = last;
    } else if (this.#body) this.#body.push(raw);
    else if (line === '') this.#body = [];
    return true;
  }
}
