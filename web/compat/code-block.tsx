import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';

/** Configuration to take along. */
export function CodeBlock({ code }: { readonly code: string }) {
  const element = useRef<HTMLElement>(null);
  const said = useSignal('');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(code);
      said.value = 'Copied';
    } catch {
      // Pages of an origin that is not secure have no clipboard: the reader's own keys do it then.
      if (element.current) getSelection()?.selectAllChildren(element.current);
      said.value = 'Selected: copy it with your keys';
    }
  };
  return (
    <div class="code-block">
      <pre class="code">
        <code ref={element}>{code}</code>
      </pre>
      <button type="button" onClick={copy}>
        Copy
      </button>
      <span role="status" class="hint">
        {said.value}
      </span>
    </div>
  );
}
