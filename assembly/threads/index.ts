// What the builds for several threads have beside the ABI. A kernel that returns `bool` may stand in a
// program; false ends the run.
export { barrier } from "./barrier";
export { arrive } from "./barrier";
