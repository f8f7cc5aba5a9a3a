/** Puts text that comes in pieces together to lines. */
export class LineSplitter {
  #rest = '';

  /** The lines that are complete with this piece, without their ends. */
  split(text: string): readonly string[] {
    if (!text.includes('\n')) {
      this.#rest += text;
      return [];
    }
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines;
  }
}
