/** Exported only as a type. */
export class Inside {}
