import { useSignal } from '@preact/signals';

/** Asks for the token that the server was started with, and says why it is asked for. */
export function TokenForm({
  why,
  onToken,
}: {
  readonly why: string;
  readonly onToken: (token: string) => void;
}) {
  const token = useSignal('');
  return (
    <form
      class="notice"
      onSubmit={(event) => {
        event.preventDefault();
        onToken(token.value);
      }}
    >
      <p role="alert">{why}</p>
      <label>
        Token{' '}
        <input
          type="password"
          autocomplete="off"
          required
          value={token.value}
          onInput={({ currentTarget }) => {
            token.value = currentTarget.value;
          }}
        />
      </label>
      <button type="submit">Use token</button>
    </form>
  );
}
