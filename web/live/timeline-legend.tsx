/** How to read the bars. The samples are drawn as the timeline draws, in the text's colour: the shapes count. */
export function TimelineLegend() {
  return (
    <ul class="legend" aria-label="How to read the timeline">
      <li>
        <svg viewBox="0 0 26 14" aria-hidden="true">
          <rect x="4.5" y="1.5" width="3" height="11" class="hollow" />
          <rect x="17.5" y="1.5" width="3" height="11" class="hollow" />
        </svg>
        poll, nothing new
      </li>
      <li>
        <svg viewBox="0 0 26 14" aria-hidden="true">
          <rect x="10" y="1" width="4" height="12" class="solid" />
          <circle cx="12" cy="7" r="4.5" class="solid ringed" />
        </svg>
        poll that brings messages
      </li>
      <li>
        <svg viewBox="0 0 40 14" aria-hidden="true">
          <rect x="1.5" y="1.5" width="37" height="11" class="tint" />
          <rect x="36" y="1" width="3" height="12" class="solid" />
        </svg>
        poll held until there is something
      </li>
      <li>
        <svg viewBox="0 0 40 14" aria-hidden="true">
          <rect x="0" y="1" width="40" height="12" class="tint bare" />
          <path d="M6 3.5l4 3.5l-4 3.5M18 3.5l4 3.5l-4 3.5M30 3.5l4 3.5l-4 3.5" class="stroke" />
        </svg>
        one endless response
      </li>
      <li>
        <svg viewBox="0 0 40 14" aria-hidden="true">
          <rect x="0" y="1" width="40" height="2.5" class="solid" />
          <rect x="0" y="10.5" width="40" height="2.5" class="solid" />
        </svg>
        one socket
      </li>
      <li>
        <svg viewBox="0 0 26 14" aria-hidden="true">
          <path d="M4 1L14 13M9 1L14 13M14 1V13" class="stroke thin" />
        </svg>
        messages waiting
      </li>
      <li>
        <svg viewBox="0 0 26 14" aria-hidden="true">
          <path d="M0 13L12 1M7 13L19 1M14 13L26 1" class="stroke faint" />
        </svg>
        line down
      </li>
    </ul>
  );
}
