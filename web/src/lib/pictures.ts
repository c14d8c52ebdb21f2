/** Where pictures of a media are fetched from. Pure. */

/** The frame on show at a second, `width` pixels wide. */
export function frameUrl(media: string, seconds: number, width: number): string {
  const at = Number(Math.max(0, seconds).toFixed(4));
  return `/api/v1/media/${encodeURIComponent(media)}/frame.jpg?t=${at}&width=${width}`;
}

/** The picture that stands for a media. */
export function thumbnailUrl(media: string, width: number): string {
  return `/api/v1/media/${encodeURIComponent(media)}/thumbnail.jpg?width=${width}`;
}
