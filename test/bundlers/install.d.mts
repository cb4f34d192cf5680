export function installBundlers(): boolean;
