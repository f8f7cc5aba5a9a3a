/**
 * Data in the form of a script: a call of a function with JSON, which stands in a page's `<script>` element or is one
 * that it loads. Nothing in the data ends the script, or reads otherwise in JavaScript than it does in JSON.
 */
export function scriptCall(callback: string, json: string): string {
  return `${callback}(${scriptJson(json)});`;
}

/** JSON as a JavaScript expression of the same value. `json` is without white space, as JSON.stringify writes it. */
export function scriptJson(json: string): string {
  return json.replace(TROUBLE, (text) => ESCAPES[text] ?? text);
}

/**
 * - `<` begins what ends a script element, or hides its end (WHATWG HTML §13.2.5.15); in JSON it stands in strings alone.
 * - U+2028 and U+2029 end lines, in strings as well, for JavaScript before ES2019.
 * - The key `__proto__` would set the object's prototype (ECMA-262 §B.3.1); a computed key does not. Behind a backslash
 *   the quotation mark is none: the key is a longer one.
 */
const TROUBLE = /[<\u2028\u2029]|(?<!\\)"__proto__":/g;

const ESCAPES: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
  '"__proto__":': '["__proto__"]:',
};
