// The ABI: every kernel that TypeScript may call, and nothing else.
// linalg
export { fill } from "./linalg/fill";
export { pack_panels } from "./linalg/pack";
export { gemm } from "./linalg/gemm";
