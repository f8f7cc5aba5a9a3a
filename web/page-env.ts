import type { PageEnv } from './clients/client.ts';

/** What a page lets its browser load: scripts, and documents in frames. */
export function createPageEnv(): PageEnv {
  return {
    loadScript(url, callback, handlers) {
      const scope = ScriptScope.take();
      let called = false;
      let over = false;
      scope.load(url, callback, {
        value(value) {
          if (over) return;
          called = true;
          // What a frame has made keeps it alive: the page is to have objects of its own.
          handlers.value(structuredClone(value));
        },
        ended() {
          if (over) return;
          over = true;
          scope.release();
          handlers.ended(called);
        },
      });
      return () => {
        if (!over) scope.close();
        over = true;
      };
    },
    openFrame(url, handlers) {
      const source = new URL(url);
      source.searchParams.set('origin', location.origin);
      const frame = hiddenFrame();
      frame.src = source.href;
      const receive = (event: MessageEvent): void => {
        if (event.source === frame.contentWindow && event.origin === source.origin)
          handlers.value(event.data);
      };
      const close = (): void => {
        frame.onload = null;
        removeEventListener('message', receive);
        frame.remove();
      };
      let closed = false;
      // Complete, or broken off, or never come: all is a load to the frame. What it has sent before may still be on
      // its way from another process.
      frame.onload = () =>
        setTimeout(() => {
          if (closed) return;
          close();
          handlers.ended();
        });
      addEventListener('message', receive);
      document.body.append(frame);
      return () => {
        closed = true;
        close();
      };
    },
  };
}

interface ScopeHandlers {
  value(value: unknown): void;
  ended(): void;
}

/**
 * A hidden frame in which a script is loaded and has its globals. A browser loads to its end what was once a script of
 * the page, even if its element is removed, and the server would hold it: what is loaded in a frame ends with that.
 */
class ScriptScope {
  static readonly #idle = new Set<ScriptScope>();
  readonly #frame = hiddenFrame();
  readonly #ready: Promise<unknown>;

  /** One that is idle, if there is one: a frame takes longer to make than a script to load. */
  static take(): ScriptScope {
    for (const scope of ScriptScope.#idle) {
      ScriptScope.#idle.delete(scope);
      return scope;
    }
    return new ScriptScope();
  }

  private constructor() {
    // A document of its own address, unlike an empty one, sends the page's as its Referer.
    this.#frame.srcdoc = '<!doctype html>';
    this.#ready = new Promise((resolve) => {
      this.#frame.onload = resolve;
    });
    document.body.append(this.#frame);
  }

  async load(url: string, callback: string, { value, ended }: ScopeHandlers): Promise<void> {
    await this.#ready;
    const { contentDocument, contentWindow } = this.#frame;
    if (!contentDocument || !contentWindow) return; // closed meanwhile
    Reflect.set(contentWindow, callback, value);
    const script = contentDocument.createElement('script');
    const over = (): void => {
      script.remove();
      ended();
    };
    script.onload = over;
    script.onerror = over;
    script.referrerPolicy = 'origin';
    script.src = url;
    contentDocument.head.append(script);
  }

  /** Whoever goes on asking does so within this turn; after it, nobody needs the frame any more. */
  release(): void {
    ScriptScope.#idle.add(this);
    setTimeout(() => {
      if (ScriptScope.#idle.delete(this)) this.close();
    });
  }

  close(): void {
    this.#frame.remove();
  }
}

/** The server is to learn which page asks, whatever the page's own policy. */
function hiddenFrame(): HTMLIFrameElement {
  const frame = document.createElement('iframe');
  frame.hidden = true;
  frame.referrerPolicy = 'origin';
  return frame;
}
