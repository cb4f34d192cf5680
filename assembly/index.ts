// The ABI: every kernel that TypeScript may call, and nothing else.
// linalg
export { fill } from "./linalg/fill";
