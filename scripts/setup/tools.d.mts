/** The first Go that is new enough, or the version of one that is not. */
export function findGo(): { readonly path: string; readonly version: string } | { readonly tooOld: string | undefined };
