export const BUNDLERS: Record<
  'esbuild' | 'Rollup' | 'webpack' | 'Vite',
  (entry: string, out: string, folder: string) => Promise<void>
>;
export function downloaded(out: string): { entry: string; bytes: number; text: string };
