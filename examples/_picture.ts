/** A PNG of 16 x 16 pixels: two red and two blue squares. */
const base64 =
  "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAIUlEQVR42mNQcLiAFV1QUMCKGEY10EQDLglcBo1qoI" +
  "kGABznIBBnJjiBAAAAAElFTkSuQmCC";

/** The bytes of the picture. */
export const picture: Uint8Array = Uint8Array.from(
  atob(base64),
  (character) => character.charCodeAt(0),
);
