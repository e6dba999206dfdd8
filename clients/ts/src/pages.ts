/** One page of a list. */
export interface Page<T> {
  /** What is on it. */
  readonly items: readonly T[];
  /** Token of the next page. Absent on the last. */
  readonly nextPageToken?: string;
}

/**
 * A list, which is read page by page as it is iterated over. To await it is to read the first page alone: that of `pageToken`, if
 * one was given. Nothing is asked for before either.
 */
export class Pages<T> implements AsyncIterable<T>, PromiseLike<Page<T>> {
  readonly #read: (pageToken: string) => Promise<Page<T>>;
  readonly #first: string;

  /** @internal */
  constructor(read: (pageToken: string) => Promise<Page<T>>, first: string) {
    this.#read = read;
    this.#first = first;
  }

  /** Reads the first page: what `await` calls. */
  then<A = Page<T>, B = never>(
    fulfilled?: ((page: Page<T>) => A | PromiseLike<A>) | null,
    rejected?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#read(this.#first).then(fulfilled, rejected);
  }

  /** All pages, one after another. */
  async *pages(): AsyncGenerator<Page<T>, void> {
    let page = await this.#read(this.#first);
    yield page;
    while (page.nextPageToken !== undefined) {
      page = await this.#read(page.nextPageToken);
      yield page;
    }
  }

  /** All items of all pages. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    for await (const page of this.pages()) {
      yield* page.items;
    }
  }
}

/** Makes a page of what was answered. */
export function toPage<T>(items: T[], nextPageToken: string): Page<T> {
  return nextPageToken === "" ? { items } : { items, nextPageToken };
}
