import { FormatError } from '../../errors.js';
import { describeNode } from './node.js';
import type { GraphProto, NodeProto } from './proto/messages.js';

/** Names that a node reads: its inputs, and what the graphs inside it read, their own values included. */
function namesRead(node: NodeProto): readonly string[] {
  if (node.attributes.every(({ g }) => g === null)) return node.inputs;
  const inner = node.attributes.flatMap(({ g }) => [
    ...(g?.nodes.flatMap(namesRead) ?? []),
    ...(g?.outputs.map(({ name }) => name) ?? []),
  ]);
  return [...node.inputs, ...inner];
}

/** The nodes of a graph that its outputs depend on, and who reads what. */
export class NodeOrder {
  /** In the order of the file, which is one in which they can run. */
  readonly live: readonly NodeProto[];
  private readonly producers = new Map<string, NodeProto>();
  private readonly consumers = new Map<string, NodeProto[]>();
  private readonly outputs: ReadonlySet<string>;

  /** @throws FormatError for a value made twice */
  constructor(graph: GraphProto) {
    this.outputs = new Set(graph.outputs.map(({ name }) => name));
    for (const node of graph.nodes) {
      for (const name of node.outputs) {
        if (name === '') continue;
        if (this.producers.has(name)) throw new FormatError(`${describeNode(node)}: '${name}' is made twice`);
        this.producers.set(name, node);
      }
    }
    const reached = new Set<NodeProto>();
    const waiting = [...this.outputs];
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const node = this.producers.get(name);
      if (node === undefined || reached.has(node)) continue;
      reached.add(node);
      for (const input of namesRead(node)) waiting.push(input);
    }
    this.live = graph.nodes.filter((node) => reached.has(node));
    for (const node of this.live) {
      for (const name of new Set(namesRead(node))) {
        const list = this.consumers.get(name);
        if (list === undefined) this.consumers.set(name, [node]);
        else list.push(node);
      }
    }
  }

  /** Whether anything reads a value. */
  isRead(name: string): boolean {
    return name !== '' && (this.outputs.has(name) || this.consumers.has(name));
  }

  /** Live nodes that read a value, or null where it is also an output of the graph. */
  readers(name: string): readonly NodeProto[] | null {
    return this.outputs.has(name) ? null : (this.consumers.get(name) ?? []);
  }

  /** All live nodes that read a value. */
  readersOf(name: string): readonly NodeProto[] {
    return this.consumers.get(name) ?? [];
  }

  /** Inputs of the graph, by name, that a value depends on. */
  sources(name: string): Set<string> {
    const found = new Set<string>();
    const seen = new Set<string>();
    const waiting = [name];
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      if (seen.has(at)) continue;
      seen.add(at);
      const node = this.producers.get(at);
      if (node === undefined) found.add(at);
      else waiting.push(...namesRead(node));
    }
    return found;
  }
}
