/**
 * Streams by id, each with a state of its own. One that nobody has asked for `idleMs` is closed when the next is opened.
 * A closed stream serves again, reset: the model's memory grows with the sessions that are open at once, not with those
 * that ever were.
 */
export class Sessions {
  #open = new Map();
  #idle = [];

  constructor(makeStream, { sessions, idleMs }, now = Date.now) {
    this.makeStream = makeStream;
    this.limit = sessions;
    this.idleMs = idleMs;
    this.now = now;
  }

  /** A new session's id, or null when there are as many as there may be. */
  open() {
    for (const [id, { used }] of this.#open) if (this.now() - used > this.idleMs) this.close(id);
    if (this.#open.size >= this.limit) return null;
    const id = crypto.randomUUID();
    const stream = this.#idle.pop() ?? this.makeStream();
    stream.reset();
    this.#open.set(id, { stream, used: this.now() });
    return id;
  }

  /** The stream of a session, or null. */
  find(id) {
    const session = this.#open.get(id);
    if (session === undefined) return null;
    session.used = this.now();
    return session.stream;
  }

  /** Whether there was such a session. */
  close(id) {
    const session = this.#open.get(id);
    if (session === undefined) return false;
    this.#open.delete(id);
    this.#idle.push(session.stream);
    return true;
  }
}
