export function runAtEdge(entry: string): Promise<{ result: unknown; modules: number }>;
